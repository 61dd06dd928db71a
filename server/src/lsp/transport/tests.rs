//! The loop with handlers that are slow, that panic and that wait for the client, over real pipes in one process.

#![expect(clippy::unwrap_used, clippy::needless_pass_by_value, reason = "tests")]

use std::{
    io::{BufRead, BufReader, PipeReader, PipeWriter},
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
    thread::JoinHandle,
};

use serde_json::json;
use tokio::runtime::Runtime;

use super::*;
use crate::{
    config::{folders::Environment, settings::LogLevel},
    lsp::{
        backend::Backend,
        outbox::Outbox,
        proto::{MessageType, jsonrpc},
        settings::Launch,
    },
};

/// How many jobs have begun, and how many have heard that nobody waits any more.
static BEGUN: AtomicUsize = AtomicUsize::new(0);
static STOPPED: AtomicUsize = AtomicUsize::new(0);

/// Works until it is cancelled.
async fn slow(backend: &Backend, _: Value) -> jsonrpc::Result<Value> {
    let work = backend.run(|_, token| {
        BEGUN.fetch_add(1, Ordering::SeqCst);
        while !token.is_cancelled() {
            thread::sleep(Duration::from_millis(1));
        }
        STOPPED.fetch_add(1, Ordering::SeqCst);
        Ok(Value::Null)
    });
    work.await
}

/// Waits for ever without working.
async fn stuck(_: &Backend, _: Value) -> jsonrpc::Result<Value> {
    std::future::pending().await
}

async fn panics(_: &Backend, params: Value) -> jsonrpc::Result<Value> {
    if params["later"] == true {
        tokio::task::yield_now().await;
    }
    panic!("on purpose");
}

async fn panics_at_work(backend: &Backend, _: Value) -> jsonrpc::Result<Value> {
    backend.run(|_, _| -> anyhow::Result<Value> { panic!("on purpose") }).await
}

async fn fails(backend: &Backend, _: Value) -> jsonrpc::Result<Value> {
    backend.run(|_, _| -> anyhow::Result<Value> { Err(anyhow::anyhow!("disk full").context("cannot write")) }).await
}

/// The text of a document.
async fn text(backend: &Backend, params: Value) -> jsonrpc::Result<Option<String>> {
    let uri = params["uri"].as_str().unwrap_or_default().parse().map_err(|_| Error::internal_error())?;
    backend.run(move |scene, _| Ok(scene.text(&uri).map(|text| text.to_string()))).await
}

/// Shows progress of three steps, or until it is cancelled.
async fn progresses(backend: &Backend, params: Value) -> jsonrpc::Result<&'static str> {
    let given = params.get("workDoneToken").and_then(|token| serde_json::from_value(token.clone()).ok());
    let until_cancelled = params["untilCancelled"] == true;
    let work = backend.run(move |scene, _| {
        let cancel = CancellationToken::new();
        let progress = scene.progress.begin(given, "Working", Some(cancel.clone()));
        for step in 0..3 {
            progress.report(format!("step {step}"), Some(step * 50));
        }
        while until_cancelled && !cancel.is_cancelled() {
            thread::sleep(Duration::from_millis(1));
        }
        Ok("done")
    });
    work.await
}

struct Wired {
    to: Option<PipeWriter>,
    from: BufReader<PipeReader>,
    serving: Option<JoinHandle<Ending>>,
}

impl Wired {
    fn new(initialize: Value) -> Self {
        let (input, to) = std::io::pipe().unwrap();
        let (from, output) = std::io::pipe().unwrap();
        let serving = thread::spawn(move || {
            let runtime = Runtime::new().unwrap();
            let (wire, root) = (Wire::default(), CancellationToken::new());
            let launch = Launch {
                environment: Environment::from([("CODECOMPASS_CACHE_DIR", "/nowhere")]),
                current_dir: PathBuf::from("/"),
                offline: true,
                workspace: None,
                least_log: LogLevel::Off,
            };
            let service = LspService::build(|client| {
                Backend::new(Arc::new(launch), Outbox::new(client, wire.clone(), runtime.handle().clone()))
            })
            .custom_method("window/workDoneProgress/cancel", Backend::work_done_progress_cancel)
            .custom_method("test/slow", slow)
            .custom_method("test/stuck", stuck)
            .custom_method("test/panics", panics)
            .custom_method("test/panicsAtWork", panics_at_work)
            .custom_method("test/fails", fails)
            .custom_method("test/text", text)
            .custom_method("test/progresses", progresses)
            .finish();
            let ending = serve(service, &wire, input, output, runtime.handle(), &root).unwrap();
            runtime.shutdown_timeout(Duration::from_secs(2));
            ending
        });
        let mut wired = Self { to: Some(to), from: BufReader::new(from), serving: Some(serving) };
        wired.send(&json!({ "id": 0, "method": "initialize", "params": initialize }));
        assert_eq!(wired.next()["id"], 0);
        wired.send(&json!({ "method": "initialized", "params": {} }));
        wired
    }

    fn plain() -> Self {
        Self::new(json!({ "capabilities": {} }))
    }

    fn send(&mut self, message: &Value) {
        let mut message = message.clone();
        message["jsonrpc"] = "2.0".into();
        let body = message.to_string();
        let to = self.to.as_mut().unwrap();
        to.write_all(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).unwrap();
    }

    fn request(&mut self, id: i64, method: &str, params: Value) {
        self.send(&json!({ "id": id, "method": method, "params": params }));
    }

    fn next(&mut self) -> Value {
        let mut header = String::new();
        self.from.read_line(&mut header).unwrap();
        let length = header["Content-Length: ".len()..].trim().parse().unwrap();
        self.from.read_line(&mut header).unwrap();
        let mut body = vec![0; length];
        self.from.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    /// Ends its input; gives back how it ended.
    fn end(&mut self) -> Ending {
        self.to = None;
        self.serving.take().unwrap().join().unwrap()
    }
}

fn wait_until(what: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(30);
    while !what() {
        assert!(Instant::now() < until, "it does not happen");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn cancelled_requests_are_answered_at_once_under_any_load() {
    let mut wired = Wired::plain();
    let many = 200;
    for id in 1..=many {
        wired.request(id, if id % 2 == 0 { "test/slow" } else { "test/stuck" }, json!({}));
    }
    wait_until(|| BEGUN.load(Ordering::SeqCst) > 0);
    for id in (1..=many).rev() {
        wired.send(&json!({ "method": "$/cancelRequest", "params": { "id": id } }));
    }
    for id in (1..=many).rev() {
        let answer = wired.next();
        assert_eq!(
            (&answer["id"], &answer["error"]["code"]),
            (&json!(id), &json!(-32800)),
            "in order, and nothing else"
        );
    }
    // What was cancelled twice, or never asked for, is nobody's business.
    wired.send(&json!({ "method": "$/cancelRequest", "params": { "id": 1 } }));
    wired.send(&json!({ "method": "$/cancelRequest", "params": { "id": "x" } }));
    // The ids are free again, and there is room to work.
    wired.request(2, "test/text", json!({ "uri": "untitled:x" }));
    assert_eq!(wired.next(), json!({ "jsonrpc": "2.0", "id": 2, "result": null }));
    wait_until(|| STOPPED.load(Ordering::SeqCst) == BEGUN.load(Ordering::SeqCst));
    assert_eq!(wired.end(), Ending::Abandoned);
}

#[test]
fn the_end_of_the_client_ends_work() {
    let mut wired = Wired::plain();
    wired.request(1, "test/slow", json!({}));
    wired.request(2, "test/stuck", json!({}));
    wired.request(3, "test/text", json!({ "uri": "untitled:x" }));
    assert_eq!(wired.next()["id"], 3);
    assert_eq!(wired.end(), Ending::Abandoned);
}

#[test]
fn an_id_that_is_in_use_is_refused() {
    let mut wired = Wired::plain();
    wired.request(1, "test/stuck", json!({}));
    wired.request(1, "test/text", json!({ "uri": "untitled:x" }));
    let answer = wired.next();
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(1), &json!(-32600)));
    wired.send(&json!({ "method": "$/cancelRequest", "params": { "id": 1 } }));
    assert_eq!(wired.next()["error"]["code"], -32800);
}

#[test]
fn a_panic_is_an_answer_and_not_the_end() {
    let mut wired = Wired::plain();
    for (id, method, params) in [
        (1, "test/panics", json!({})),
        (2, "test/panics", json!({ "later": true })),
        (3, "test/panicsAtWork", json!({})),
    ] {
        wired.request(id, method, params);
        let answer = wired.next();
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(id), &json!(-32603)));
        assert!(answer["error"]["message"].as_str().unwrap().contains("on purpose"), "{answer}");
    }
    wired.request(4, "test/fails", json!({}));
    assert_eq!(wired.next()["error"], json!({ "code": -32803, "message": "cannot write: disk full" }));
}

#[test]
fn changes_are_seen_in_the_order_in_which_they_came() {
    let mut wired = Wired::plain();
    let document = json!({ "uri": "untitled:x", "languageId": "text", "version": 0, "text": "" });
    wired.send(&json!({ "method": "textDocument/didOpen", "params": { "textDocument": document } }));
    let mut text = String::new();
    for version in 1..=400 {
        let word = format!("{version} ");
        let at = json!({ "line": 0, "character": text.len() });
        let change = json!({ "range": { "start": at, "end": at }, "text": word });
        let document = json!({ "uri": "untitled:x", "version": version });
        let params = json!({ "textDocument": document, "contentChanges": [change] });
        wired.send(&json!({ "method": "textDocument/didChange", "params": params }));
        text += &word;
        if version % 50 == 0 {
            wired.request(version, "test/text", json!({ "uri": "untitled:x" }));
            // A request sees what came before it, whatever comes behind it.
            assert_eq!(wired.next()["result"], text);
        }
    }
    wired.request(401, "test/text", json!({ "uri": "untitled:x" }));
    wired.send(&json!({ "method": "textDocument/didClose", "params": { "textDocument": { "uri": "untitled:x" } } }));
    assert_eq!(wired.next()["result"], text);
}

#[test]
fn progress_under_the_clients_token_ends_before_the_answer() {
    let mut wired = Wired::plain();
    wired.request(1, "test/progresses", json!({ "workDoneToken": 7 }));
    let mut kinds = Vec::new();
    let answer = loop {
        let message = wired.next();
        if message["id"] == 1 {
            break message;
        }
        assert_eq!((&message["method"], &message["params"]["token"]), (&json!("$/progress"), &json!(7)));
        kinds.push(message["params"]["value"]["kind"].as_str().unwrap().to_owned());
    };
    assert_eq!(answer["result"], "done");
    assert_eq!((kinds.first().unwrap().as_str(), kinds.last().unwrap().as_str()), ("begin", "end"));
    assert!(kinds.len() <= 3, "not more often than anybody can read: {kinds:?}");
}

#[test]
fn progress_of_our_own_is_asked_for_and_can_be_cancelled() {
    let mut wired = Wired::new(json!({ "capabilities": { "window": { "workDoneProgress": true } } }));
    wired.request(1, "test/progresses", json!({ "untilCancelled": true }));
    let create = wired.next();
    assert_eq!(create["method"], "window/workDoneProgress/create");
    let token = create["params"]["token"].clone();
    assert!(token.is_string());
    wired.send(&json!({ "id": create["id"], "result": null }));
    let begin = wired.next();
    let value = &begin["params"]["value"];
    assert_eq!(
        (&begin["params"]["token"], &value["kind"], &value["title"]),
        (&token, &json!("begin"), &json!("Working"))
    );
    assert_eq!(value["cancellable"], true);
    wired.send(&json!({ "method": "window/workDoneProgress/cancel", "params": { "token": token } }));
    let end = loop {
        let message = wired.next();
        if message["params"]["value"]["kind"] != "report" {
            break message;
        }
    };
    assert_eq!((&end["params"]["token"], &end["params"]["value"]["kind"]), (&token, &json!("end")));
    assert_eq!(wired.next()["result"], "done");
}

#[test]
fn a_client_that_takes_no_progress_gets_none() {
    let mut wired = Wired::plain();
    wired.request(1, "test/progresses", json!({}));
    assert_eq!(wired.next()["result"], "done");
    let mut refuses = Wired::new(json!({ "capabilities": { "window": { "workDoneProgress": true } } }));
    refuses.request(1, "test/progresses", json!({ "untilCancelled": true }));
    let create = refuses.next();
    refuses.send(&json!({ "id": create["id"], "error": { "code": -32601, "message": "no" } }));
    let cancel = json!({ "token": create["params"]["token"] });
    refuses.send(&json!({ "method": "window/workDoneProgress/cancel", "params": cancel }));
    assert_eq!(refuses.next()["result"], "done");
}

#[test]
fn messages_are_traced_when_the_client_wants_it() {
    let mut wired = Wired::new(json!({ "capabilities": {}, "trace": "verbose" }));
    let received = wired.next();
    assert_eq!(received["params"]["message"], "Received notification 'initialized'");
    wired.request(1, "test/text", json!({ "uri": "untitled:x" }));
    let received = wired.next();
    assert_eq!(received["method"], "$/logTrace");
    let said = json!({ "message": "Received request 'test/text - (1)'", "verbose": "{\"uri\":\"untitled:x\"}" });
    assert_eq!(received["params"], said);
    let sending = wired.next();
    let message = sending["params"]["message"].as_str().unwrap();
    assert!(message.starts_with("Sending response 'test/text - (1)' in ") && message.ends_with(" ms"), "{message}");
    assert_eq!(wired.next()["id"], 1);
    wired.send(&json!({ "method": "$/setTrace", "params": { "value": "off" } }));
    assert_eq!(wired.next()["params"]["message"], "Received notification '$/setTrace'");
    wired.request(2, "test/text", json!({ "uri": "untitled:x" }));
    assert_eq!(wired.next()["id"], 2);
}

#[test]
fn a_slow_client_gets_the_latest_and_not_everything() {
    let wire = Wire::default();
    for number in 0..1000 {
        let request = Request::build("test/state").params(json!({ "number": number })).finish();
        wire.send_latest("state".to_owned(), request);
    }
    let params = json!({ "type": MessageType::INFO, "message": "x" });
    wire.send(Request::build("window/logMessage").params(params).finish());
    let (from, to) = std::io::pipe().unwrap();
    let writing = wire.clone();
    let writer = thread::spawn(move || writing.write_to(to));
    wire.close(Duration::from_secs(30));
    writer.join().unwrap().unwrap();
    let mut frames = Frames::new(from, LARGEST_MESSAGE);
    let Some(Frame::Json(first)) = frames.next().unwrap() else { panic!("nothing was written") };
    assert_eq!(first["params"]["number"], 999);
    assert!(matches!(frames.next().unwrap(), Some(Frame::Json(second)) if second["method"] == "window/logMessage"));
    assert!(frames.next().unwrap().is_none());
}
