//! What is told of requests: each of them, however it ends, and never what is in it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use codecompass_ollama::{
    audit::{Audit, Content, Entry},
    error::Failure,
    options::{Login, Policy},
    secret::{Secret, Source},
};
use serde_json::json;

use crate::{
    fake::{Fake, Gate, Reply},
    open, options, question, quick, read, talk,
};

/// Keeps what it hears.
#[derive(Default)]
struct Ear {
    entries: Mutex<Vec<Entry>>,
    deaf: Mutex<bool>,
}

impl Audit for Ear {
    fn ready(&self) -> Result<(), String> {
        if *self.deaf.lock().unwrap() { Err("the log is full".to_owned()) } else { Ok(()) }
    }

    fn record(&self, entry: &Entry) {
        self.entries.lock().unwrap().push(entry.clone());
    }
}

impl Ear {
    /// Endpoint, status, error, bytes sent and received of each.
    fn heard(&self) -> Vec<(String, Option<u16>, Option<&'static str>)> {
        let entries = self.entries.lock().unwrap();
        entries.iter().map(|entry| (entry.endpoint.clone(), entry.status, entry.error)).collect()
    }
}

fn audited(fake: &Fake) -> (codecompass_ollama::host::Host, Arc<Ear>) {
    let ear = Arc::<Ear>::default();
    let mut options = options(&fake.address);
    options.login = Login::Bearer(Source::Given(Secret::new("hush-token")));
    let host = open(&options, Policy::default(), quick()).audited(ear.clone());
    (host, ear)
}

fn told(
    endpoint: &str,
    status: Option<u16>,
    error: Option<&'static str>,
) -> (String, Option<u16>, Option<&'static str>) {
    (endpoint.to_owned(), status, error)
}

#[tokio::test]
async fn every_request_is_told_of_without_its_content() {
    let fake = Fake::tame_but(|_| None);
    let (host, ear) = audited(&fake);
    host.version().await.unwrap();
    let content = Content { files: vec!["src/a.rs".to_owned()], redactions: 2 };
    let (pieces, failure) = read(host.sending(content.clone()).chat(&question("qwen")).await.unwrap()).await;
    assert_eq!((pieces.len(), failure), (3, None));
    assert_eq!(
        ear.heard(),
        [told("api/version", Some(200), None), told("api/tags", Some(200), None), told("api/chat", Some(200), None)]
    );
    let entries = ear.entries.lock().unwrap();
    let chat = &entries[2];
    assert_eq!((chat.method.as_str(), chat.model.as_deref(), chat.host.as_str()), ("POST", Some("qwen"), "fake"));
    assert_eq!(chat.url, format!("http://{}", fake.address));
    assert_eq!(chat.content, content);
    assert_eq!(chat.sent as usize, fake.asked("/api/chat")[0].body.len());
    assert!(chat.received > 100 && chat.took < Duration::from_secs(30), "{chat:?}");
    assert_eq!(entries[0].model, None);
    let all = format!("{entries:?}");
    assert!(!all.contains("hush") && !all.contains("count") && !all.contains(" two"), "{all}");
}

#[tokio::test]
async fn what_fails_is_told_of_with_the_reason() {
    let fake = Fake::tame_but(|request| match request.path.as_str() {
        "/api/version" => Some(Reply::whole(401, &[], "<html>secret words</html>")),
        "/api/chat" => {
            Some(Reply::stream().lines(&[json!({"message": {"content": "x"}}), json!({"error": "boom"})]).end())
        }
        _ => None,
    });
    let (host, ear) = audited(&fake);
    host.version().await.unwrap_err();
    assert!(talk(&host).await.1.is_some());
    let wanted = [
        told("api/version", Some(401), Some("unauthorised")),
        told("api/tags", Some(200), None),
        told("api/chat", Some(200), Some("server")),
    ];
    assert_eq!(ear.heard(), wanted);
    drop(fake);

    // Nobody is there: each try is a request.
    let ear = Arc::<Ear>::default();
    let nobody = open(&options("127.0.0.1:1"), Policy::default(), quick()).audited(ear.clone());
    nobody.models().await.unwrap_err();
    assert_eq!(ear.heard(), vec![told("api/tags", None, Some("transport")); 3]);
}

#[tokio::test]
async fn an_answer_that_nobody_reads_to_its_end_is_told_of() {
    let gate = Gate::default();
    let held = gate.clone();
    let fake = Fake::tame_but(move |request| {
        (request.path == "/api/chat")
            .then(|| Reply::stream().lines(&[json!({"message": {"content": "x"}})]).wait(&held).silence())
    });
    let (host, ear) = audited(&fake);
    let mut events = host.chat(&question("qwen")).await.unwrap();
    events.next().await.unwrap().unwrap();
    assert_eq!(ear.heard().len(), 1, "the answer is not over yet");
    drop(events);
    gate.open();
    assert_eq!(ear.heard().last(), Some(&told("api/chat", Some(200), Some("dropped"))));
}

#[tokio::test]
async fn what_cannot_be_accounted_for_is_not_sent() {
    let fake = Fake::tame_but(|_| None);
    let (host, ear) = audited(&fake);
    *ear.deaf.lock().unwrap() = true;
    let error = host.version().await.unwrap_err();
    assert_eq!(error.failure, Failure::Audit { message: "the log is full".to_owned() });
    assert!(error.to_string().contains("nothing was sent"), "{error}");
    assert_eq!(fake.requests().len(), 0);
    *ear.deaf.lock().unwrap() = false;
    host.version().await.unwrap();
}
