//! Refusals, proxies and connections that fail: what it is called, what is tried again, what is kept to ourselves.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use codecompass_ollama::{
    error::Failure,
    options::Policy,
    request::{EmbeddingsInput, GenerateEmbeddingsRequest},
};
use serde_json::json;

use crate::{
    fake::{Fake, Reply, vector},
    host, open, options, question, quick, talk,
};

/// How a conversation fails when the host answers like this, and how often it was asked.
async fn failure(reply: impl Fn() -> Reply + Send + Sync + 'static) -> (Failure, usize) {
    let fake = Fake::tame_but(move |request| (request.path == "/api/chat").then(&reply));
    let (_, failure) = talk(&host(&fake)).await;
    (failure.unwrap(), fake.asked("/api/chat").len())
}

#[tokio::test]
async fn what_will_not_pass_is_not_tried_again() {
    let html = || Reply::whole(302, &[("location", "https://login.example/")], "");
    assert_eq!(failure(html).await, (Failure::Proxy { status: 302, snippet: String::new() }, 1));
    let unauthorised = || Reply::whole(401, &[("www-authenticate", "Bearer")], "<html>who are you</html>");
    assert_eq!(failure(unauthorised).await, (Failure::Unauthorised, 1));
    let message = "model runner has unexpectedly stopped".to_owned();
    let crashed = || Reply::error(500, "model runner has unexpectedly stopped");
    assert_eq!(failure(crashed).await, (Failure::Server { status: 500, message }, 1));
    let page = || Reply::whole(200, &[("content-type", "text/html")], "<html>Welcome to nginx!</html>\n");
    assert_eq!(failure(page).await, (Failure::Proxy { status: 200, snippet: "Welcome to nginx!".to_owned() }, 1));
    let forbidden = || Reply::whole(403, &[], "");
    assert_eq!(failure(forbidden).await, (Failure::Forbidden { message: String::new() }, 1));
}

#[tokio::test]
async fn what_may_pass_is_tried_three_times() {
    let busy = || Reply::error(503, "server busy, please try again.  maximum pending requests exceeded");
    assert_eq!(failure(busy).await, (Failure::Busy { retry_after: None }, 3));
    let gateway = || Reply::whole(502, &[], "<h1>Bad Gateway</h1>");
    assert_eq!(failure(gateway).await, (Failure::Proxy { status: 502, snippet: "Bad Gateway".to_owned() }, 3));
}

#[tokio::test]
async fn a_host_that_was_busy_answers_after_all() {
    let tries = Arc::new(AtomicUsize::new(0));
    let fake = Fake::tame_but(move |request| {
        (request.path == "/api/chat" && tries.fetch_add(1, Ordering::SeqCst) < 2).then(|| Reply::error(503, "busy"))
    });
    assert_eq!(talk(&host(&fake)).await, ("one two".to_owned(), None));
}

#[tokio::test]
async fn nothing_is_asked_twice_once_an_answer_began() {
    let fake = Fake::tame_but(|request| {
        (request.path == "/api/chat").then(|| Reply::stream().lines(&[json!({"message": {"content": "a"}})]))
    });
    let (_, failure) = talk(&host(&fake)).await;
    assert!(failure.is_some());
    assert_eq!(fake.asked("/api/chat").len(), 1);
}

#[tokio::test]
async fn nobody_there() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let host = open(&options(&port.to_string()), Policy::default(), quick());
    let error = host.version().await.unwrap_err();
    assert!(matches!(error.failure, Failure::Transport { connecting: true, .. }), "{error:?}");
    assert!(error.to_string().starts_with(&format!("http://{port} cannot be reached: ")), "{error}");
    assert!(error.advice().contains("ollama serve"));
    let closing = Fake::start(|_| Reply::default());
    let error = crate::host(&closing).version().await.unwrap_err();
    assert!(matches!(error.failure, Failure::Transport { connecting: false, .. }), "{error:?}");
}

#[tokio::test]
async fn nothing_is_sent_to_the_cloud_unless_that_is_allowed() {
    let fake = Fake::tame_but(|_| None);
    let local = host(&fake);
    for model in ["big:cloud", "stub", "stub:latest"] {
        let error = local.chat(&question(model)).await.unwrap_err();
        assert_eq!(error.failure, Failure::Cloud { model: model.to_owned() });
        let input = EmbeddingsInput::Single("secret".to_owned());
        let error = local.embed(&GenerateEmbeddingsRequest::new(model.to_owned(), input)).await.unwrap_err();
        assert_eq!(error.failure, Failure::Cloud { model: model.to_owned() });
    }
    assert_eq!(local.pull("big:cloud").await.unwrap_err().failure, Failure::Cloud { model: "big:cloud".to_owned() });
    assert!(fake.requests().iter().all(|request| request.path == "/api/tags"), "{:?}", fake.requests());
    let allowed = open(&options(&fake.address), Policy { allow_cloud: true, ..Policy::default() }, quick());
    // The host decides now.
    assert!(matches!(allowed.chat(&question("big:cloud")).await.unwrap_err().failure, Failure::NotFound { .. }));
}

#[tokio::test]
async fn offline_means_this_machine_only() {
    let fake = Fake::tame_but(|_| None);
    let policy = Policy { offline: true, ..Policy::default() };
    let port = fake.address.rsplit(':').next().unwrap();
    for here in [fake.address.clone(), format!("localhost:{port}")] {
        assert_eq!(open(&options(&here), policy, quick()).version().await.unwrap(), "0.12.3", "{here}");
    }
    for elsewhere in ["192.0.2.1:9", "http://[2001:db8::1]:9", "gpu.example", "https://gpu.example/ollama"] {
        let error = open(&options(elsewhere), policy, quick()).version().await.unwrap_err();
        assert_eq!(error.failure, Failure::Offline, "{elsewhere}: {error}");
    }
}

#[tokio::test]
async fn vectors_are_checked_before_anybody_uses_them() {
    let texts = || EmbeddingsInput::Multiple(vec!["fn main".to_owned(), "fn other".to_owned()]);
    let request = |input| GenerateEmbeddingsRequest::new("minilm".to_owned(), input);
    let fake = Fake::tame_but(|_| None);
    let embedded = host(&fake).embed(&request(texts())).await.unwrap();
    assert_eq!(embedded.vectors, [vector("fn main"), vector("fn other")]);
    assert_eq!(fake.asked("/api/embed")[0].json()["truncate"], json!(false));
    assert_eq!(host(&fake).embed(&request(EmbeddingsInput::Multiple(vec![]))).await.unwrap().vectors.len(), 0);
    assert_eq!(fake.asked("/api/embed").len(), 1, "there is nothing to ask");
    for (answer, says) in [
        (json!([[1.0, 0.0]]), "1 vectors for 2 texts"),
        (json!([[1.0, 0.0], [1.0]]), "vectors of different lengths"),
        (json!([[], []]), "empty ones"),
        (json!([[1.0, null], [1.0, 0.0]]), "not a number"),
    ] {
        let fake = Fake::tame_but(move |request| {
            (request.path == "/api/embed").then(|| Reply::json(200, &json!({"embeddings": answer})))
        });
        let error = host(&fake).embed(&request(texts())).await.unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
    let long = Fake::tame_but(|request| {
        (request.path == "/api/embed").then(|| Reply::error(400, "the input length exceeds the context length"))
    });
    let error = host(&long).embed(&request(texts())).await.unwrap_err();
    assert_eq!(error.failure, Failure::ContextOverflow { sent: None, fits: None });
}
