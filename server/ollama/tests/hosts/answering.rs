//! Questions and their answers, through the pool.

use std::time::{Duration, Instant};

use codecompass_ollama::{
    error::Failure,
    pool::{Answering, ChatRequest, Pool, Role, Think, Wish, Wishes},
    request::ChatMessage,
};
use serde_json::{Value, json};

use crate::{
    fake::{Fake, Gate, Reply, Request},
    pool, pool_of,
};

fn question() -> ChatRequest {
    ChatRequest { messages: vec![ChatMessage::user("what is it?".to_owned())], ..ChatRequest::default() }
}

async fn ask(pool: &Pool, request: ChatRequest) -> Result<Answering, codecompass_ollama::error::Error> {
    let chosen = pool.choose(Role::Chat, None).await?;
    pool.chat(&chosen, request).await
}

async fn read(answering: &mut Answering) -> (String, Option<Failure>) {
    let mut text = String::new();
    while let Some(piece) = answering.next().await {
        match piece {
            Ok(piece) => text.push_str(&piece.text),
            Err(error) => return (text, Some(error.failure)),
        }
    }
    (text, None)
}

fn chatting(reply: impl Fn(Value) -> Reply + Send + Sync + 'static) -> Fake {
    Fake::tame_but(move |request| (request.path == "/api/chat").then(|| reply(request.json())))
}

fn piece(text: &str) -> Value {
    json!({"message": {"role": "assistant", "content": text}, "done": false})
}

#[tokio::test]
async fn every_request_says_what_it_needs_and_always_the_same_context() {
    let fake = Fake::tame_but(|_| None);
    let wish = Wish { num_ctx: Some(4096), keep_alive: Some("30m".to_owned()), ..Wish::default() };
    let pool = pool_of(&[&fake.address], Wishes { chat: wish, ..Wishes::default() });
    for _ in 0..2 {
        let request = ChatRequest { num_predict: Some(100), temperature: Some(0.5), ..question() };
        let mut answering = ask(&pool, request).await.unwrap();
        assert_eq!((answering.host().name(), answering.model()), ("first", "qwen:latest"));
        assert_eq!(read(&mut answering).await, ("one two".to_owned(), None));
        assert!(answering.notes().is_empty());
    }
    pool.warm_up(&pool.choose(Role::Chat, None).await.unwrap()).await.unwrap();
    let bodies: Vec<Value> = fake.asked("/api/chat").iter().map(Request::json).collect();
    assert_eq!(bodies.len(), 3);
    for body in &bodies {
        assert_eq!(body["options"]["num_ctx"], json!(4096));
        assert_eq!((&body["truncate"], &body["keep_alive"]), (&json!(false), &json!("30m")));
        assert_eq!((body.get("think"), body.get("shift")), (None, None));
    }
    assert_eq!(
        (&bodies[0]["options"]["num_predict"], &bodies[0]["options"]["temperature"]),
        (&json!(100), &json!(0.5))
    );
    let listed = fake.asked("/api/tags").len() + fake.asked("/api/show").len() + fake.asked("/api/version").len();
    assert!(listed <= 5, "what is known is not asked again: {listed}");
}

#[tokio::test]
async fn the_next_host_answers_when_the_first_one_fails_before_it_began() {
    for failing in [
        || Reply::whole(502, &[], "<h1>Bad Gateway</h1>"),
        || Reply::error(500, "model runner has unexpectedly stopped"),
        || Reply::error(503, "server busy, please try again"),
        || Reply::error(404, "model 'qwen' not found"),
        || Reply::stream().reset(),
        || Reply::stream().chunk(b"{\"message\":{\"con").reset(),
    ] {
        let (first, second) = (chatting(move |_| failing()), Fake::tame_but(|_| None));
        let pool = pool(&[&first, &second]);
        let mut answering = ask(&pool, question()).await.unwrap();
        assert_eq!(answering.host().name(), "second");
        assert!(answering.notes()[0].contains("second answers instead"), "{:?}", answering.notes());
        assert_eq!(read(&mut answering).await, ("one two".to_owned(), None));
    }
}

#[tokio::test]
async fn an_answer_that_began_is_not_begun_again_elsewhere() {
    let first = chatting(|_| Reply::stream().lines(&[piece("half")]).chunk(b"{\"message\":{\"con").reset());
    let second = Fake::tame_but(|_| None);
    let mut answering = ask(&pool(&[&first, &second]), question()).await.unwrap();
    let (text, failure) = read(&mut answering).await;
    assert_eq!(text, "half");
    assert!(matches!(failure, Some(Failure::Transport { connecting: false, .. })), "{failure:?}");
    assert_eq!(second.asked("/api/chat").len(), 0);
}

#[tokio::test]
async fn what_is_wrong_with_a_question_is_no_fault_of_the_host() {
    for (status, message) in [
        (400, "request (9000 tokens) exceeds the available context size (4096 tokens), try increasing it"),
        (400, "\"qwen\" does not support chat"),
        (400, "invalid options"),
        (499, "request canceled"),
    ] {
        let first = chatting(move |_| Reply::error(status, message));
        let second = Fake::tame_but(|_| None);
        let pool = pool(&[&first, &second]);
        for _ in 0..3 {
            ask(&pool, question()).await.unwrap_err();
        }
        assert_eq!(pool.states()[0].state, "up", "{message}");
        assert_eq!((first.asked("/api/chat").len(), second.asked("/api/chat").len()), (3, 0), "{message}");
    }
}

#[tokio::test]
async fn a_host_that_crashes_twice_is_left_alone() {
    let fake = chatting(|_| Reply::error(500, "out of memory"));
    let pool = pool(&[&fake]);
    for _ in 0..4 {
        let error = ask(&pool, question()).await.unwrap_err();
        assert!(error.to_string().contains("out of memory"), "{error}");
    }
    assert_eq!(fake.asked("/api/chat").len(), 2);
    assert_eq!(pool.states()[0].state, "down");
}

#[tokio::test]
async fn a_long_question_does_not_go_where_it_does_not_fit() {
    let first = chatting(|_| Reply::whole(502, &[], ""));
    let second = Fake::tame_but(|request| {
        let model = json!({"name": "qwen:latest", "size": 1, "size_vram": 1, "context_length": 2048});
        (request.path == "/api/ps").then(|| Reply::json(200, &json!({"models": [model]})))
    });
    let error = ask(&pool(&[&first, &second]), ChatRequest { estimate: 3000, ..question() }).await.unwrap_err();
    assert!(matches!(error.failure, Failure::Proxy { status: 502, .. }), "{error}");
    assert_eq!(second.asked("/api/chat").len(), 0);
    let first = chatting(|_| Reply::whole(502, &[], ""));
    assert!(ask(&pool(&[&first, &second]), ChatRequest { estimate: 1000, ..question() }).await.is_ok());
}

#[tokio::test]
async fn two_questions_are_answered_at_once_and_no_more() {
    let gate = Gate::default();
    let open = gate.clone();
    let fake = chatting(move |_| Reply::stream().lines(&[piece("x"), json!({"done": true})]).end().after(&open));
    let pool = pool(&[&fake]);
    let asked: Vec<_> = (0..5)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { read(&mut ask(&pool, question()).await.unwrap()).await })
        })
        .collect();
    while pool.states()[0].running.waiting < 3 || fake.asked("/api/chat").len() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(pool.states()[0].running.chat, 2);
    gate.open();
    for asked in asked {
        assert_eq!(asked.await.unwrap(), ("x".to_owned(), None));
    }
    assert_eq!(fake.most_at_once("/api/chat"), 2);
    assert_eq!(pool.states()[0].running, codecompass_ollama::pool::Running::default());
}

#[tokio::test]
async fn leaving_an_answer_stops_the_host_at_once() {
    let fake = chatting(|_| Reply::stream().lines(&[piece("a")]).silence());
    let pool = pool(&[&fake]);
    let mut answering = ask(&pool, question()).await.unwrap();
    assert_eq!(answering.next().await.unwrap().unwrap().text, "a");
    assert_eq!(pool.states()[0].running.chat, 1);
    let left = Instant::now();
    drop(answering);
    assert_eq!(pool.states()[0].running.chat, 0);
    let gone = tokio::task::spawn_blocking(move || fake.gone()).await.unwrap();
    assert!(gone - left < Duration::from_millis(100), "{:?}", gone - left);
}

#[tokio::test]
async fn models_that_may_not_reason_are_asked_again_without() {
    // An old host, which does not say what its models can do.
    let fake = Fake::tame_but(|request| match request.path.as_str() {
        "/api/show" => Some(Reply::json(200, &json!({"license": "x"}))),
        "/api/chat" if request.json().get("think").is_some() => {
            Some(Reply::error(400, "\"qwen\" does not support thinking"))
        }
        _ => None,
    });
    let pool = pool(&[&fake]);
    let mut answering = ask(&pool, ChatRequest { think: Think::Off, ..question() }).await.unwrap();
    assert_eq!(read(&mut answering).await, ("one two".to_owned(), None));
    let mut answering = ask(&pool, ChatRequest { think: Think::On, ..question() }).await.unwrap();
    assert_eq!(read(&mut answering).await, ("one two".to_owned(), None));
    assert!(answering.notes()[0].contains("not known to reason"), "{:?}", answering.notes());
    let thought: Vec<_> = fake.asked("/api/chat").iter().map(|request| request.json().get("think").cloned()).collect();
    assert_eq!(thought, [Some(json!(false)), None, None]);
}

#[tokio::test]
async fn an_answer_whose_question_was_cut_is_noticed() {
    let fake =
        chatting(|_| Reply::stream().lines(&[piece("x"), json!({"done": true, "prompt_eval_count": 2048})]).end());
    let pool = pool(&[&fake]);
    for (estimate, cut) in [(9000, true), (2500, false), (0, false)] {
        let mut answering = ask(&pool, ChatRequest { estimate, ..question() }).await.unwrap();
        let mut last = None;
        while let Some(piece) = answering.next().await {
            last = Some(piece.unwrap());
        }
        let metrics = last.unwrap().metrics;
        assert_eq!((answering.was_cut(&metrics), metrics.prompt_tokens), (cut, Some(2048)), "{estimate}");
    }
}

#[tokio::test]
async fn an_answer_that_trickles_is_read_as_it_comes() {
    let fake = chatting(|_| {
        let last = json!({"message": {"content": "é"}, "done": true}).to_string();
        Reply::stream().lines(&[piece("a")]).trickle(last.as_bytes(), Duration::from_millis(10)).end()
    });
    let mut answering = ask(&pool(&[&fake]), question()).await.unwrap();
    assert_eq!(read(&mut answering).await, ("aé".to_owned(), None));
}
