//! Which host and which model are asked, and what becomes of it when a host fails.

use codecompass_ollama::{
    error::Failure,
    options::Policy,
    pool::{Chosen, Pool, Role, Wish, Wishes},
};
use serde_json::json;

use crate::{
    fake::{Fake, Reply, Request},
    open, options, pool, pool_of, quick,
};

/// An address where nobody listens.
fn nowhere() -> String {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[tokio::test]
async fn the_first_host_that_answers_serves_and_the_status_says_why() {
    let (fake, spare) = (Fake::tame_but(|_| None), Fake::tame_but(|_| None));
    let pool = pool_of(&[&nowhere(), &fake.address, &spare.address], Wishes::default());
    let chosen = pool.choose(Role::Chat, None).await.unwrap();
    assert_eq!((chosen.host.name(), chosen.model.name.as_str()), ("second", "qwen:latest"));
    assert_eq!(chosen.why, "qwen:latest on second: the best of what is there");
    assert!(chosen.passed_over[0].contains("cannot be reached"), "{:?}", chosen.passed_over);
    assert!(spare.requests().is_empty(), "nobody needs it");
    let states = pool.states();
    let seen: Vec<_> = states.iter().map(|state| (state.state, state.serves.clone())).collect();
    assert_eq!(seen, [("down", vec![]), ("up", vec!["chat", "embed"]), ("unknown", vec!["embed"])]);
    assert!(states[0].why.as_ref().unwrap().contains("start Ollama there"), "{states:?}");
    assert_eq!(states[2].why.as_deref(), Some("second is asked first"));
    let written = serde_json::to_value(&states).unwrap();
    assert_eq!(written[1]["models"], json!(["minilm:latest", "qwen:latest", "stub:latest"]));
    assert_eq!(written[1]["version"], "0.12.3");
}

#[tokio::test]
async fn a_host_that_is_down_is_left_alone_and_its_return_is_noticed() {
    let dead = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let is_dead = std::sync::Arc::clone(&dead);
    let fake = Fake::tame_but(move |_| {
        let dead = is_dead.load(std::sync::atomic::Ordering::SeqCst);
        dead.then(|| Reply::whole(502, &[], "<h1>Bad Gateway</h1>"))
    });
    let pool = pool(&[&fake]);
    for _ in 0..5 {
        let error = pool.choose(Role::Chat, None).await.unwrap_err();
        assert!(matches!(error.failure, Failure::Proxy { status: 502, .. }), "{error}");
    }
    assert_eq!(fake.requests().len(), 1, "one question was enough");
    let mut changes = pool.changes();
    changes.mark_unchanged();
    dead.store(false, std::sync::atomic::Ordering::SeqCst);
    tokio::select! {
        () = pool.watch() => panic!("it never ends"),
        news = changes.changed() => news.unwrap(),
    }
    assert_eq!(pool.states()[0].state, "up");
    pool.until_up(Role::Chat).await;
    assert!(pool.choose(Role::Chat, None).await.is_ok());
}

#[tokio::test]
async fn many_who_ask_at_once_ask_a_host_once_how_it_is() {
    let fake = Fake::tame_but(|_| None);
    let pool = pool(&[&fake]);
    let asked: Vec<_> = (0..8)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { pool.choose(Role::Chat, None).await.is_ok() })
        })
        .collect();
    for asked in asked {
        assert!(asked.await.unwrap());
    }
    assert_eq!(fake.asked("/api/version").len(), 1);
}

#[tokio::test]
async fn a_model_is_found_by_any_of_its_names_and_what_is_missing_is_named() {
    let fake = Fake::tame_but(|_| None);
    let pool = pool(&[&fake]);
    for name in ["qwen", "qwen:latest", "library/qwen"] {
        assert_eq!(pool.choose(Role::Chat, Some(name)).await.unwrap().model.name, "qwen:latest", "{name}");
    }
    for (role, wanted, says) in [
        (Role::Chat, "nobody", "`codecompass models pull nobody` fetches it"),
        (Role::Chat, "minilm", "does not support chat"),
        (Role::Embed, "qwen", "does not support embedding"),
        (Role::Chat, "stub", "Ollama's cloud"),
        (Role::Chat, "", ""),
    ] {
        match pool.choose(role, Some(wanted)).await {
            Ok(chosen) => assert_eq!(chosen.model.name, "qwen:latest", "nothing is wanted"),
            Err(error) => assert!(error.sentence().contains(says), "{wanted}: {}", error.sentence()),
        }
    }
    let bare =
        Fake::tame_but(|request| (request.path == "/api/tags").then(|| Reply::json(200, &json!({"models": []}))));
    let both = pool_of(&[&bare.address, &nowhere()], Wishes::default());
    let error = both.choose(Role::Chat, None).await.unwrap_err().sentence();
    for says in ["has no model that can answer", "models pull qwen2.5-coder:7b", "cannot be reached", "doctor"] {
        assert!(error.contains(says), "{error}");
    }
    let nobody = Pool::new([], Wishes::default()).choose(Role::Embed, None).await.unwrap_err().sentence();
    assert_eq!(nobody, "no host is configured for `embed`; give a host in `ollama.hosts` the role `embed`");
}

#[tokio::test]
async fn the_next_host_is_asked_for_a_model_that_the_first_one_lacks() {
    let small = Fake::tame_but(|request| {
        (request.path == "/api/tags").then(|| Reply::json(200, &json!({"models": [{"name": "minilm:latest"}]})))
    });
    let large = Fake::tame_but(|_| None);
    let pool = pool(&[&small, &large]);
    assert_eq!(pool.choose(Role::Chat, None).await.unwrap().host.name(), "second");
    assert_eq!(pool.choose(Role::Embed, None).await.unwrap().host.name(), "first");
    let states = pool.states();
    assert_eq!(states[0].serves, ["embed"]);
    assert!(states[0].why.as_ref().unwrap().contains("has no model that can answer"), "{states:?}");
}

#[tokio::test]
async fn a_name_with_a_host_is_for_that_host_alone() {
    let (one, two) = (Fake::tame_but(|_| None), Fake::tame_but(|_| None));
    let pinned = Wish::default().naming("qwen@second");
    let pool = pool_of(&[&one.address, &two.address], Wishes { chat: pinned, ..Wishes::default() });
    let host = |chosen: &Chosen| chosen.host.name().to_owned();
    assert_eq!(host(&pool.choose(Role::Chat, None).await.unwrap()), "second");
    assert_eq!(host(&pool.choose(Role::Chat, Some("qwen")).await.unwrap()), "first", "what is wanted now counts");
    assert_eq!(host(&pool.choose(Role::Chat, Some("@second")).await.unwrap()), "second");
    let address = format!("qwen@{}", pool.hosts()[1].address());
    assert_eq!(host(&pool.choose(Role::Chat, Some(&address)).await.unwrap()), "second");
    let error = pool.choose(Role::Chat, Some("qwen@third")).await.unwrap_err().sentence();
    assert_eq!(error, "there is no host `third`; behind the `@` of a model stands one of `first`, `second`");
    let error = pool.choose(Role::Chat, Some("unheard@second")).await.unwrap_err();
    assert!(matches!(error.failure, Failure::NotFound { .. }), "no other host is asked: {error}");
}

#[tokio::test]
async fn a_model_of_the_cloud_is_used_only_when_allowed_and_then_marked() {
    let fake = Fake::tame_but(|_| None);
    let options = options(&fake.address);
    let host = open(&options, Policy { allow_cloud: true, ..Policy::default() }, quick());
    let allowed = Pool::new([(options, Ok(host))], Wishes::default());
    let chosen = allowed.choose(Role::Chat, Some("stub")).await.unwrap();
    assert!(chosen.why.contains("cloud"), "{}", chosen.why);
    assert_eq!(allowed.choose(Role::Chat, None).await.unwrap().model.name, "qwen:latest", "never by itself");
    let refused = pool(&[&fake]);
    for name in ["stub", "kimi:cloud"] {
        assert!(refused.choose(Role::Chat, Some(name)).await.is_err(), "{name}");
    }
    assert_eq!(fake.asked("/api/chat").len(), 0);
}

#[tokio::test]
async fn a_host_that_cannot_be_used_says_so() {
    let fake = Fake::tame_but(|_| None);
    let mut broken = options(&fake.address);
    broken.ca_file = Some("/nowhere/ca.pem".into());
    let host = codecompass_ollama::host::Host::open(&broken, Policy::default(), quick(), &|_| None);
    let pool = Pool::new([(broken, host)], Wishes::default());
    let state = &pool.states()[0];
    assert_eq!((state.state, state.serves.len()), ("unusable", 0));
    assert!(state.why.as_ref().unwrap().contains("/nowhere/ca.pem"));
    assert!(pool.choose(Role::Chat, None).await.unwrap_err().to_string().contains("/nowhere/ca.pem"));
}

#[tokio::test]
async fn the_context_of_a_loaded_model_is_taken_as_it_is_unless_the_user_sets_another() {
    let fake = Fake::tame_but(|_| None);
    // The pretended host has it loaded with 4096.
    assert_eq!(pool(&[&fake]).choose(Role::Chat, None).await.unwrap().num_ctx, 4096);
    let wish = Wish { num_ctx: Some(12_000), ..Wish::default() };
    let set = pool_of(&[&fake.address], Wishes { chat: wish, ..Wishes::default() });
    let chosen = set.choose(Role::Chat, None).await.unwrap();
    assert_eq!((chosen.num_ctx, set.context(&chosen)), (12_000, 12_000));
    set.warm_up(&chosen).await.unwrap();
    assert_eq!(set.context(&chosen), 4096, "the host could not give more");
    assert_eq!(set.choose(Role::Chat, None).await.unwrap().num_ctx, 4096);
}

#[tokio::test]
async fn models_are_loaded_before_they_are_needed_and_let_go() {
    let fake = Fake::tame_but(|_| None);
    let keep = |text: &str| Wish { keep_alive: Some(text.to_owned()), ..Wish::default() };
    let pool = pool_of(&[&fake.address], Wishes { chat: keep("10m"), embed: keep("-1") });
    let chat = pool.choose(Role::Chat, None).await.unwrap();
    pool.warm_up(&chat).await.unwrap();
    pool.unload(&chat).await.unwrap();
    pool.warm_up(&pool.choose(Role::Embed, None).await.unwrap()).await.unwrap();
    let bodies: Vec<_> = fake.asked("/api/chat").iter().map(Request::json).collect();
    assert_eq!((&bodies[0]["keep_alive"], &bodies[1]["keep_alive"]), (&json!("10m"), &json!(0)));
    assert_eq!(bodies[0]["options"]["num_ctx"], bodies[1]["options"]["num_ctx"]);
    assert_eq!(fake.asked("/api/embed")[0].json()["keep_alive"], json!(-1));
}
