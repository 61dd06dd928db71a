//! What models there are, fetching and deleting them.

use std::time::Duration;

use codecompass_ollama::{error::Failure, models::Loaded, options::Policy, pull::Fetched, timers::Timers};
use serde_json::json;
use tokio::time::timeout;

use crate::{
    fake::{Fake, Gate, Reply},
    host, open, options, quick,
};

#[tokio::test]
async fn models_are_listed_with_what_they_can_do() {
    let fake = Fake::tame_but(|_| None);
    let models = host(&fake).models().await.unwrap();
    let names: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
    assert_eq!(names, ["minilm:latest", "qwen:latest", "stub:latest"]);
    assert_eq!((models[0].can("embedding"), models[0].can("completion")), (Some(true), Some(false)));
    assert_eq!((models[1].context, models[1].size), (Some(32768), 4_700_000_000));
    assert_eq!(models[1].loaded, Some(Loaded { size: 6000, on_gpu: 3000, context: Some(4096) }));
    assert_eq!(models.iter().map(|model| model.cloud).collect::<Vec<_>>(), [false, false, true]);
}

#[tokio::test]
async fn an_old_host_that_says_little_is_listed_too() {
    let fake = Fake::start(|request| match request.path.as_str() {
        "/api/tags" => Reply::json(200, &json!({"models": [{"name": "old:latest", "details": null}]})),
        "/api/show" => Reply::json(200, &json!({"license": "x"})),
        _ => Reply::whole(404, &[("content-type", "text/plain")], "404 page not found"),
    });
    let models = host(&fake).models().await.unwrap();
    assert_eq!((models[0].name.as_str(), models[0].can("completion"), models[0].context), ("old:latest", None, None));
    let error = host(&fake).version().await.unwrap_err();
    assert_eq!(error.failure, Failure::NoSuchEndpoint { path: "api/version".to_owned() });
}

#[tokio::test]
async fn fetching_counts_layers_that_come_mixed() {
    let fake = Fake::tame_but(|_| None);
    let mut events = host(&fake).pull("new").await.unwrap();
    let mut fetched = Fetched::default();
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        fetched.add(&event.unwrap());
        seen.push((fetched.completed(), fetched.total()));
    }
    assert_eq!(seen, [(0, 0), (0, 100), (20, 150), (120, 150), (150, 150), (150, 150), (150, 150)]);
}

#[tokio::test]
async fn checking_a_large_model_may_take_longer_than_a_token() {
    let gate = Gate::default();
    let checked = gate.clone();
    let fake = Fake::tame_but(move |_| {
        let first = Reply::stream().lines(&[json!({"status": "verifying sha256 digest"})]);
        Some(first.wait(&checked).lines(&[json!({"status": "success"})]).end())
    });
    let between = Duration::from_millis(1);
    let timers = Timers { between, first_event: between, ..quick() };
    let mut events = open(&options(&fake.address), Policy::default(), timers).pull("new").await.unwrap();
    assert!(events.next().await.unwrap().is_ok());
    // Long after a model would have been given up, it is still waited for.
    assert!(timeout(50 * between, events.next()).await.is_err());
    gate.open();
    assert_eq!(events.next().await.unwrap().unwrap().status, "success");
}

#[tokio::test]
async fn fetching_that_does_not_succeed_is_an_error() {
    let fake = Fake::tame_but(|_| None);
    let mut events = host(&fake).pull("unheard").await.unwrap();
    assert!(events.next().await.unwrap().is_ok());
    let error = events.next().await.unwrap().unwrap_err();
    assert!(error.to_string().contains("file does not exist"), "{error}");
    assert!(events.next().await.is_none());
    let cut = Fake::tame_but(|_| Some(Reply::stream().lines(&[json!({"status": "writing manifest"})]).end()));
    let mut events = host(&cut).pull("new").await.unwrap();
    assert!(events.next().await.unwrap().is_ok());
    assert_eq!(events.next().await.unwrap().unwrap_err().failure, Failure::Incomplete);
}

#[tokio::test]
async fn deleting() {
    let fake = Fake::tame_but(|_| None);
    host(&fake).delete("qwen").await.unwrap();
    let request = fake.requests().pop().unwrap();
    assert_eq!((request.method.as_str(), request.json()["model"].as_str()), ("DELETE", Some("qwen")));
    let error = host(&fake).delete("unheard").await.unwrap_err();
    assert_eq!(error.failure, Failure::NotFound { model: "unheard".to_owned() });
}

#[tokio::test]
async fn a_short_answer_shows_the_pace() {
    let fake = Fake::tame_but(|_| None);
    let pace = host(&fake).pace("qwen").await.unwrap();
    assert_eq!((pace.events, pace.tokens_per_second, pace.streamed), (2, Some(40.0), None));
}
