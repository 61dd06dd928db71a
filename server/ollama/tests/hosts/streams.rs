//! Answers that come piece by piece, cut and delayed in every way.

use std::time::{Duration, Instant};

use codecompass_ollama::{error::Failure, options::Policy, request::GenerationRequest, timers::Timers};
use serde_json::json;

use crate::{
    fake::{Fake, Gate, Reply},
    host, open, options, question, quick, read, talk,
};

/// A host whose conversations go like this.
fn saying(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Fake {
    Fake::tame_but(move |request| (request.path == "/api/chat").then(&reply))
}

#[tokio::test]
async fn an_answer_comes_with_what_it_cost() {
    let fake = Fake::tame_but(|_| None);
    let (pieces, failure) = read(host(&fake).chat(&question("qwen")).await.unwrap()).await;
    assert_eq!(failure, None);
    let last = pieces.last().unwrap();
    assert_eq!((last.done, last.done_reason.as_deref()), (true, Some("stop")));
    assert_eq!(last.metrics.tokens_per_second(), Some(40.0));
    assert_eq!(last.metrics.prompt_tokens, None);
    let sent = fake.asked("/api/chat")[0].json();
    assert_eq!((&sent["stream"], &sent["truncate"]), (&json!(true), &json!(false)));
    assert_eq!(sent.get("shift"), None, "it would make the host load the model again");
}

#[tokio::test]
async fn an_answer_cut_anywhere_is_the_same_answer() {
    let text = format!(
        "{}\r\n\n{}\n{}",
        r#"{"message":{"role":"assistant","content":"grün \"\u00e9\" 🦀"},"done":false}"#,
        r#"{"message":{"content":"","thinking":"日本"},"unknown":[1,{"x":null}]}"#,
        r#"{"message":{"content":"."},"done":true,"eval_count":3}"#,
    );
    let bytes = text.into_bytes();
    let length = bytes.len();
    let (send, cuts) = std::sync::mpsc::channel();
    let cuts = std::sync::Mutex::new(cuts);
    let fake = saying(move || {
        let cut = cuts.lock().unwrap().recv().unwrap();
        Reply::stream().chunk(&bytes[..cut]).chunk(&bytes[cut..]).end()
    });
    let host = host(&fake);
    for cut in 0..=length {
        send.send(cut).unwrap();
        assert_eq!(talk(&host).await, ("grün \"é\" 🦀.".to_owned(), None), "cut at {cut}");
    }
}

#[tokio::test]
async fn an_error_in_the_middle_keeps_what_came_before() {
    let said = json!({"message": {"content": "half an"}});
    let message = "an error was encountered while running the model: out of memory";
    let line = json!({"error": message});
    let fake = saying(move || Reply::stream().lines(&[said.clone(), line.clone()]).end());
    let failure = Failure::Server { status: 200, message: message.to_owned() };
    assert_eq!(talk(&host(&fake)).await, ("half an".to_owned(), Some(failure)));
}

#[tokio::test]
async fn an_answer_that_speaks_of_errors_is_no_error() {
    let fake = saying(|| {
        Reply::stream().lines(&[json!({"message": {"content": "{\"error\": 1}"}}), json!({"done": true})]).end()
    });
    assert_eq!(talk(&host(&fake)).await, ("{\"error\": 1}".to_owned(), None));
}

#[tokio::test]
async fn an_answer_without_its_end_is_incomplete() {
    let half = json!({"message": {"content": "half"}});
    let clean = {
        let half = half.clone();
        saying(move || Reply::stream().lines(std::slice::from_ref(&half)).end())
    };
    assert_eq!(talk(&host(&clean)).await, ("half".to_owned(), Some(Failure::Incomplete)));
    let in_a_line =
        saying(|| Reply::stream().chunk(b"{\"message\":{\"content\":\"half\"}}\n{\"message\":{\"con").end());
    assert_eq!(talk(&host(&in_a_line)).await, ("half".to_owned(), Some(Failure::Incomplete)));
    let cut = saying(move || Reply::stream().lines(std::slice::from_ref(&half)));
    let (said, failure) = talk(&host(&cut)).await;
    assert_eq!(said, "half");
    assert!(matches!(failure, Some(Failure::Transport { connecting: false, .. })), "{failure:?}");
    let nothing = saying(|| Reply::stream().end());
    assert_eq!(talk(&host(&nothing)).await, (String::new(), Some(Failure::Incomplete)));
}

#[tokio::test]
async fn what_comes_after_the_end_is_not_read() {
    let last = json!({"message": {"content": "x"}, "done": true});
    let fake = saying(move || Reply::stream().lines(&[last.clone(), last.clone(), json!({"error": "late"})]).end());
    assert_eq!(talk(&host(&fake)).await, ("x".to_owned(), None));
}

#[tokio::test]
async fn reasoning_and_tools_are_kept_apart_from_the_answer() {
    let fake = saying(|| {
        Reply::stream()
            .lines(&[
                json!({"message": {"content": "", "thinking": "hm"}}),
                json!({"message": {"content": null, "tool_calls": [
                    {"id": "7", "function": {"name": "search", "arguments": {"query": "x"}}}]}}),
                json!({"message": {"content": "done"}, "done": true, "done_reason": "length"}),
            ])
            .end()
    });
    let (pieces, failure) = read(host(&fake).chat(&question("qwen")).await.unwrap()).await;
    assert_eq!(failure, None);
    assert_eq!((pieces[0].text.as_str(), pieces[0].thinking.as_str()), ("", "hm"));
    let call = &pieces[1].tool_calls[0];
    assert_eq!((call.id.as_deref(), call.function.name.as_str()), (Some("7"), "search"));
    assert_eq!(call.function.arguments, json!({"query": "x"}));
    assert_eq!((pieces[2].text.as_str(), pieces[2].done_reason.as_deref()), ("done", Some("length")));
}

#[tokio::test]
async fn a_line_of_twenty_megabytes_and_ten_thousand_small_ones() {
    let fake = Fake::tame_but(|request| {
        (request.path == "/api/generate").then(|| {
            let mut reply = Reply::stream();
            for _ in 0..10_000 {
                reply = reply.chunk(b"{\"response\":\"x\",\"done\":false}\n");
            }
            let context = vec!["123456789"; 2_000_000].join(",");
            reply = reply.chunk(b"{\"response\":\"\",\"done\":true,\"context\":[");
            for piece in context.as_bytes().chunks(1400) {
                reply = reply.chunk(piece);
            }
            reply.chunk(b"]}\n").end()
        })
    });
    let request = GenerationRequest::new("qwen".to_owned(), "x");
    let (pieces, failure) = read(host(&fake).generate(&request).await.unwrap()).await;
    assert_eq!((pieces.len(), failure), (10_001, None));
}

#[tokio::test]
async fn leaving_closes_the_connection() {
    let fake = saying(|| Reply::stream().lines(&[json!({"message": {"content": "a"}})]).silence());
    let mut events = host(&fake).chat(&question("qwen")).await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap().text, "a");
    let left = Instant::now();
    drop(events);
    let gone = tokio::task::spawn_blocking(move || fake.gone()).await.unwrap();
    assert!(gone - left < Duration::from_secs(1), "the host must hear of it at once");
}

#[tokio::test]
async fn leaving_before_the_first_token_closes_the_connection_too() {
    let fake = saying(|| Reply::default().silence());
    let host = host(&fake);
    {
        let question = question("qwen");
        let asked = host.chat(&question);
        tokio::pin!(asked);
        // Until the question has arrived.
        while fake.asked("/api/chat").is_empty() {
            tokio::select! {
                biased;
                _ = &mut asked => panic!("there was no answer"),
                () = tokio::task::yield_now() => {}
            }
        }
    }
    tokio::task::spawn_blocking(move || fake.gone()).await.unwrap();
}

#[tokio::test]
async fn a_model_that_is_loaded_gets_less_time_than_one_that_is_not() {
    let timers = Timers { first_event: Duration::from_millis(20), loading: Duration::from_secs(20), ..quick() };
    // It is loaded and silent.
    let silent = saying(|| Reply::default().silence());
    let host = open(&options(&silent.address), Policy::default(), timers);
    let (_, failure) = talk(&host).await;
    assert!(matches!(failure, Some(Failure::Silent { what: "the first token", .. })), "{failure:?}");
    // It is being loaded: the host lists nothing, and only after that question it answers.
    let gate = Gate::default();
    let loaded = gate.clone();
    let loading = Fake::tame_but(move |request| match request.path.as_str() {
        "/api/ps" => {
            loaded.open();
            Some(Reply::json(200, &json!({"models": []})))
        }
        "/api/chat" => {
            Some(Reply::stream().lines(&[json!({"message": {"content": "hi"}, "done": true})]).end().after(&loaded))
        }
        _ => None,
    });
    let host = open(&options(&loading.address), Policy::default(), timers);
    assert_eq!(talk(&host).await, ("hi".to_owned(), None));
    // It never gets ready.
    let timers = Timers { loading: Duration::from_millis(60), ..timers };
    let never = Fake::tame_but(|request| match request.path.as_str() {
        "/api/ps" => Some(Reply::json(200, &json!({"models": []}))),
        "/api/chat" => Some(Reply::default().silence()),
        _ => None,
    });
    let host = open(&options(&never.address), Policy::default(), timers);
    let (_, failure) = talk(&host).await;
    assert!(matches!(failure, Some(Failure::Silent { what: "the model to load", .. })), "{failure:?}");
}

#[tokio::test]
async fn a_model_that_falls_silent_is_given_up() {
    let fake = saying(|| Reply::stream().lines(&[json!({"message": {"content": "a"}})]).silence());
    let timers = Timers { between: Duration::from_millis(30), ..quick() };
    let (said, failure) = talk(&open(&options(&fake.address), Policy::default(), timers)).await;
    assert_eq!(said, "a");
    assert!(matches!(failure, Some(Failure::Silent { what: "the next token", .. })), "{failure:?}");
}
