//! Vectors through the pool: the right form, every text its vector, every host its share.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use codecompass_ollama::{
    address::Address,
    embedding::{EmbedError, EmbedModel, Passage, TemplateOptions},
    error::Failure,
    options::{HostOptions, Policy, Proxy},
    pool::{ChatRequest, Pool, Redact, Role, Wish, Wishes},
    request::ChatMessage,
    secret::Secret,
};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::{
    fake::{Fake, Gate, Reply, Request, embedded, vector},
    open, pool, pool_of, quick,
};

async fn model(pool: &Pool) -> EmbedModel {
    pool.embed_model(None, &TemplateOptions::default()).await.unwrap()
}

fn passages(count: usize) -> Vec<Passage> {
    (0..count).map(|i| Passage::from(format!("fn number_{i}() -> usize {{ {i} }}"))).collect()
}

/// A host that answers like this when it is asked for vectors.
fn embedding(reply: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Fake {
    Fake::tame_but(move |request| (request.path == "/api/embed").then(|| reply(request)))
}

fn inputs(fake: &Fake) -> Vec<Vec<String>> {
    let of = |request: &Request| serde_json::from_value(request.json()["input"].clone()).unwrap();
    fake.asked("/api/embed").iter().map(of).collect()
}

#[tokio::test]
async fn texts_go_out_in_the_form_of_the_family_and_are_never_cut() {
    let fake = Fake::tame_but(|request| match request.path.as_str() {
        "/api/tags" => {
            let model = json!({"name": "nomic-embed-text:latest", "digest": "sha256:0123456789abcdef01"});
            Some(Reply::json(200, &json!({"models": [model]})))
        }
        "/api/show" => Some(Reply::json(
            200,
            &json!({"capabilities": ["embedding"], "model_info": {
            "general.architecture": "nomic-bert", "nomic-bert.context_length": 2048}}),
        )),
        "/api/embed" => Some(embedded(request)),
        _ => None,
    });
    let wish = Wish { keep_alive: Some("30m".to_owned()), ..Wish::default() };
    let pool = pool_of(&[&fake.address], Wishes { embed: wish, ..Wishes::default() });
    let model = model(&pool).await;
    assert_eq!((model.model.as_str(), model.dimension), ("nomic-embed-text:latest", 64));
    assert!(model.id().starts_with("nomic-embed-text:latest@0123456789abcdef/64/1-"), "{}", model.id());
    let made = pool.embed_documents(&model, &passages(3)).await.unwrap();
    assert_eq!(made[2].as_ref().unwrap(), &vector("search_document: fn number_2() -> usize { 2 }"));
    let asked = pool.embed_query(&model, "which number?").await.unwrap();
    assert_eq!(asked, vector("search_query: which number?"));
    for request in fake.asked("/api/embed") {
        let body = request.json();
        assert_eq!((&body["truncate"], &body["keep_alive"]), (&json!(false), &json!("30m")));
        assert_eq!(body["options"]["num_ctx"], json!(2048), "always the same");
    }
    assert!(pool.embed_documents(&model, &[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn secrets_are_taken_out_for_other_machines_only() {
    let fake = embedding(embedded);
    let redact: Redact = Arc::new(|text| (text.replace("hunter2", "[secret]"), text.matches("hunter2").count()));
    let sent = async |address: &str, proxy| {
        let before = inputs(&fake).len();
        let options = HostOptions { proxy, ..HostOptions::at("gpu", Address::parse(address).unwrap().0) };
        let host = Ok(open(&options, Policy::default(), quick()));
        let pool = Pool::redacting([(options, host)], Wishes::default(), Some(Arc::clone(&redact)));
        let model = model(&pool).await;
        pool.embed_documents(&model, &[Passage::from("let password = hunter2;")]).await.unwrap()[0].as_ref().unwrap();
        pool.embed_query(&model, "who uses hunter2").await.unwrap();
        inputs(&fake)[before..].concat().join("\n")
    };
    let here = sent(&fake.address, Proxy::None).await;
    assert!(here.contains("password = hunter2") && here.contains("uses hunter2"), "{here}");
    let away = sent("http://gpu.example", Proxy::Through(Secret::new(fake.address.clone()))).await;
    assert!(away.contains("password = [secret]") && away.contains("uses [secret]"), "{away}");
    assert!(!away.contains("hunter2"), "{away}");
}

#[tokio::test]
async fn one_bad_text_costs_only_its_own_vector() {
    let bad = |request: &Request| request.json()["input"].to_string().contains("poison");
    let fake = embedding(move |request| {
        if bad(request) { Reply::error(400, "embedding contains NaN or Inf values") } else { embedded(request) }
    });
    let pool = pool(&[&fake]);
    let model = model(&pool).await;
    let mut texts = passages(16);
    texts[11].text = "poison".to_owned();
    let made = pool.embed_documents(&model, &texts).await.unwrap();
    for (i, made) in made.iter().enumerate() {
        match made {
            Ok(made) => assert_eq!(made, &vector(&texts[i].text), "{i}"),
            Err(error) => assert!(i == 11 && error.to_string().contains("NaN"), "{i} {error}"),
        }
    }
    // One to measure the model, then the whole, and two for each time it was halved.
    assert_eq!(fake.asked("/api/embed").len(), 1 + 1 + 2 * 4);
    assert_eq!(pool.states()[0].state, "up");
}

#[tokio::test]
async fn a_vector_that_is_none_costs_only_itself() {
    let fake = embedding(|request| {
        let texts = request.json()["input"].as_array().unwrap().len();
        let mut vectors = vec![json!([0.6, 0.8]); texts];
        if texts > 1 {
            vectors[1] = json!([null, 1.0]);
        }
        Reply::json(200, &json!({"embeddings": vectors}))
    });
    let pool = pool(&[&fake]);
    let made = pool.embed_documents(&model(&pool).await, &passages(3)).await.unwrap();
    assert_eq!(made.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
}

#[tokio::test]
async fn what_is_too_long_is_embedded_in_parts() {
    const FITS: usize = 300;
    let fake = embedding(|request| {
        let texts: Vec<String> = serde_json::from_value(request.json()["input"].clone()).unwrap();
        if texts.iter().any(|text| text.len() > FITS) {
            return Reply::error(400, "the input length exceeds the context length");
        }
        embedded(request)
    });
    let pool = pool(&[&fake]);
    let model = model(&pool).await;
    let mut texts = passages(5);
    texts[3].text = (0..60).map(|i| format!("let value_{i} = {i};")).collect::<Vec<_>>().join("\n");
    let made: Vec<Vec<f32>> =
        pool.embed_documents(&model, &texts).await.unwrap().into_iter().map(Result::unwrap).collect();
    assert_eq!(made[4], vector(&texts[4].text));
    let long = &made[3];
    assert!((long.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-4);
    let near = |other: &[f32]| long.iter().zip(other).map(|(a, b)| a * b).sum::<f32>();
    assert!(near(&vector("let value_30 = 30;")) > near(&vector("#include <stdio.h>")));
    // It is learned how much fits.
    let before = fake.asked("/api/embed").len();
    pool.embed_documents(&model, &texts[3..4]).await.unwrap();
    let after = fake.asked("/api/embed").len() - before;
    assert!(after <= 3, "{after}");
}

#[tokio::test]
async fn another_model_under_the_same_name_is_no_matter_of_course() {
    let components = Arc::new(AtomicUsize::new(3));
    let digest = Arc::new(Mutex::new("bbbb"));
    let (now, named) = (Arc::clone(&components), Arc::clone(&digest));
    let fake = Fake::tame_but(move |request| match request.path.as_str() {
        "/api/embed" => {
            let texts = request.json()["input"].as_array().unwrap().len();
            let vectors = vec![vec![1.0; now.load(SeqCst)]; texts];
            Some(Reply::json(200, &json!({"embeddings": vectors})))
        }
        "/api/tags" => {
            let digest = *named.lock().unwrap();
            Some(Reply::json(200, &json!({"models": [{"name": "minilm:latest", "digest": digest}]})))
        }
        _ => None,
    });
    let pool = pool(&[&fake]);
    let model = model(&pool).await;
    assert!(pool.embed_documents(&model, &passages(2)).await.is_ok());
    components.store(4, SeqCst);
    let error = pool.embed_documents(&model, &passages(2)).await.unwrap_err();
    assert!(matches!(&error, EmbedError::Changed { .. }), "{error}");
    assert!(error.to_string().contains("4 components instead of 3"), "{error}");
    components.store(3, SeqCst);
    *digest.lock().unwrap() = "cccc";
    let error = pool.embed_documents(&model, &passages(2)).await.unwrap_err();
    assert!(matches!(&error, EmbedError::Changed { .. }), "even though it looks the same: {error}");
    assert!(matches!(pool.embed_query(&model, "x").await, Err(EmbedError::Changed { .. })));
}

#[tokio::test]
async fn hosts_that_cannot_do_it_say_why() {
    let old = embedding(|_| Reply::whole(404, &[], "404 page not found"));
    let error = pool(&[&old]).embed_model(None, &TemplateOptions::default()).await.unwrap_err();
    assert_eq!(error.failure, Failure::NoSuchEndpoint { path: "api/embed".to_owned() });
    for answer in [json!([[1.0, 0.0], [1.0, 0.0]]), json!([[]]), json!([])] {
        let wrong = embedding(move |_| Reply::json(200, &json!({"embeddings": answer})));
        let error = pool(&[&wrong]).embed_model(None, &TemplateOptions::default()).await.unwrap_err();
        assert!(matches!(error.failure, Failure::Server { .. }), "{error}");
    }
}

#[tokio::test]
async fn faster_hosts_do_more_and_only_the_same_model_is_asked() {
    let working = |each: u64| {
        embedding(move |request| {
            let texts = request.json()["input"].as_array().unwrap().len();
            embedded(request).taking(Duration::from_micros(each * texts as u64))
        })
    };
    let (fast, slow) = (working(500), working(5000));
    let other = Fake::tame_but(|request| {
        let model = json!({"name": "minilm:latest", "digest": "another"});
        (request.path == "/api/tags").then(|| Reply::json(200, &json!({"models": [model]})))
    });
    let pool = pool(&[&fast, &slow, &other]);
    let model = model(&pool).await;
    let texts = passages(600);
    let made = pool.embed_documents(&model, &texts).await.unwrap();
    for (text, made) in texts.iter().zip(made) {
        assert_eq!(made.unwrap(), vector(&text.text));
    }
    let count = |fake: &Fake| inputs(fake).iter().map(Vec::len).sum::<usize>();
    let (by_fast, by_slow) = (count(&fast), count(&slow));
    assert!(by_slow > 0 && by_fast > 2 * by_slow, "{by_fast} {by_slow}");
    assert_eq!(by_fast + by_slow, 601, "nothing is done twice");
    assert_eq!((fast.most_at_once("/api/embed"), count(&other)), (1, 0));
    assert!(pool.states()[0].texts_per_second.unwrap() > pool.states()[1].texts_per_second.unwrap());
    let sizes: Vec<usize> = inputs(&fast).iter().map(Vec::len).collect();
    assert!(sizes.iter().max() > Some(&32), "batches grow where they are quick: {sizes:?}");
}

#[tokio::test]
async fn a_host_that_dies_in_the_middle_loses_nothing() {
    let dead = Arc::new(AtomicBool::new(false));
    let is_dead = Arc::clone(&dead);
    let dying = Fake::tame_but(move |request| {
        if request.path == "/api/embed" && request.json()["input"].as_array().unwrap().len() > 1 {
            is_dead.store(true, SeqCst);
        }
        is_dead.load(SeqCst).then(|| Reply::default().reset())
    });
    let well = Fake::tame_but(|_| None);
    let pool = pool(&[&dying, &well]);
    let model = model(&pool).await;
    let texts = passages(100);
    let made = pool.embed_documents(&model, &texts).await.unwrap();
    assert!(texts.iter().zip(made).all(|(text, made)| made.unwrap() == vector(&text.text)));
}

#[tokio::test]
async fn a_back_fill_waits_for_its_host_and_goes_on() {
    let failures = Arc::new(AtomicUsize::new(0));
    let failed = Arc::clone(&failures);
    let fake = embedding(move |request| {
        if request.json()["input"].as_array().unwrap().len() > 1 && failed.fetch_add(1, SeqCst) < 2 {
            return Reply::whole(502, &[], "");
        }
        embedded(request)
    });
    let pool = pool(&[&fake]);
    let model = model(&pool).await;
    let (send, receive) = mpsc::channel(64);
    let (done, mut made) = mpsc::channel(64);
    let work = {
        let pool = pool.clone();
        tokio::spawn(async move { pool.embed_all(&model, receive, done).await })
    };
    for text in passages(40).into_iter().enumerate() {
        send.send(text).await.unwrap();
    }
    drop(send);
    let mut keys = Vec::new();
    while let Some((key, vector)) = made.recv().await {
        vector.unwrap();
        keys.push(key);
    }
    keys.sort_unstable();
    assert_eq!(keys, (0..40).collect::<Vec<_>>());
    work.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_text_that_crashes_its_host_is_left_out_in_the_end() {
    let crash = |request: &Request| request.json()["input"].to_string().contains("crash");
    let fake = embedding(move |request| {
        if crash(request) { Reply::error(500, "model runner has unexpectedly stopped") } else { embedded(request) }
    });
    let pool = pool(&[&fake]);
    let model = model(&pool).await;
    let (send, receive) = mpsc::channel(64);
    let (done, mut made) = mpsc::channel(64);
    let mut texts = passages(6);
    texts[2].text = "crash".to_owned();
    for text in texts.into_iter().enumerate() {
        send.send(text).await.unwrap();
    }
    drop(send);
    let work = tokio::spawn(async move { pool.embed_all(&model, receive, done).await });
    let mut failed = Vec::new();
    let mut count = 0;
    while let Some((key, vector)) = made.recv().await {
        count += 1;
        if vector.is_err() {
            failed.push(key);
        }
    }
    work.await.unwrap().unwrap();
    assert_eq!((count, failed), (6, vec![2]));
}

#[tokio::test]
async fn a_host_that_answers_leaves_its_share_to_another() {
    let talk = || {
        Fake::tame_but(|request| {
            let began = json!({"message": {"role": "assistant", "content": "x"}});
            (request.path == "/api/chat").then(|| Reply::stream().lines(&[began]).silence())
        })
    };
    let (answers, free) = (talk(), talk());
    let pool = pool(&[&answers, &free]);
    let model = model(&pool).await;
    let chosen = pool.choose(Role::Chat, None).await.unwrap();
    let messages = vec![ChatMessage::user("?".to_owned())];
    let _answering = pool.chat(&chosen, ChatRequest { messages, ..ChatRequest::default() }).await.unwrap();
    let made = pool.embed_documents(&model, &passages(50)).await.unwrap();
    assert!(made.iter().all(Result::is_ok));
    assert_eq!(inputs(&answers).len(), 1, "only what measured the model");
}

#[tokio::test]
async fn nothing_is_indexed_while_the_host_answers_but_questions_are_looked_up() {
    let gate = Gate::default();
    let open = gate.clone();
    let fake = Fake::tame_but(move |request| {
        let began = json!({"message": {"role": "assistant", "content": "x"}});
        (request.path == "/api/chat")
            .then(|| Reply::stream().lines(&[began]).wait(&open).lines(&[json!({"done": true})]).end())
    });
    let pool = pool(&[&fake]);
    let model = model(&pool).await;
    let chosen = pool.choose(Role::Chat, None).await.unwrap();
    let messages = vec![ChatMessage::user("?".to_owned())];
    let mut answering = pool.chat(&chosen, ChatRequest { messages, ..ChatRequest::default() }).await.unwrap();
    let indexing = {
        let (pool, model) = (pool.clone(), model.clone());
        tokio::spawn(async move { pool.embed_documents(&model, &passages(4)).await })
    };
    while pool.states()[0].running.waiting == 0 {
        tokio::task::yield_now().await;
    }
    pool.embed_query(&model, "which?").await.unwrap();
    assert_eq!(inputs(&fake).last().unwrap(), &["which?"]);
    assert_eq!(pool.states()[0].running.embed, 0);
    gate.open();
    while answering.next().await.is_some() {}
    assert_eq!(indexing.await.unwrap().unwrap().len(), 4);
}

#[tokio::test]
async fn leaving_stops_a_slow_batch() {
    let fake = embedding(|request| {
        let single = request.json()["input"].as_array().unwrap().len() == 1;
        if single { embedded(request) } else { Reply::default().silence() }
    });
    let pool = pool(&[&fake]);
    let model = model(&pool).await;
    let texts = passages(8);
    tokio::select! {
        biased;
        _ = pool.embed_documents(&model, &texts) => panic!("it never answers"),
        () = async {
            while fake.asked("/api/embed").len() < 2 {
                tokio::task::yield_now().await;
            }
        } => {}
    }
    tokio::task::spawn_blocking(move || fake.gone()).await.unwrap();
    // Whatever was held is free again.
    while pool.states()[0].running.embed > 0 {
        tokio::task::yield_now().await;
    }
}

#[test]
fn similar_texts_have_similar_vectors_on_the_pretended_host() {
    let near = |a: &str, b: &str| vector(a).iter().zip(vector(b)).map(|(a, b)| a * b).sum::<f32>();
    assert!(near("open the file", "fn open_file(file)") > near("open the file", "draw a circle") + 0.2);
    let _: Value = json!(vector(""));
}
