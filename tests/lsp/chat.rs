//! Questions and explanations with a host that only pretends: what a client that knows us gets, and how an answer grows in a
//! document of any other.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    client::{Client, DEADLINE, Fixture},
    fake::{Fake, Gate, Reply, Request, tame},
    lookup::{store, until},
};

/// A server whose models are on this host.
fn server(fixture: &Fixture, host: &str, capabilities: Value) -> Client {
    let mut client = Client::spawn(fixture.program().env("OLLAMA_HOST", host));
    let mut params = fixture.initialize();
    params["capabilities"] = capabilities;
    client.initialize(params);
    client.tolerate("$/progress");
    client.tolerate("codecompass/status");
    let some = |found: &Value| found.as_array().is_some_and(|found| !found.is_empty());
    until(&mut client, "workspace/symbol", &json!({ "query": "add" }), some);
    client
}

fn knowing(fixture: &Fixture, host: &str) -> Client {
    server(fixture, host, json!({ "experimental": { "codecompass": true } }))
}

fn said(text: &str) -> Value {
    json!({ "message": { "role": "assistant", "content": text }, "done": false })
}

fn done() -> Value {
    json!({ "message": { "role": "assistant", "content": "" }, "done": true, "done_reason": "stop",
            "prompt_eval_count": 200, "eval_count": 9, "eval_duration": 90_000_000 })
}

/// A host that answers every question like this.
fn answering(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Fake {
    Fake::tame_but(move |request| (request.path == "/api/chat").then(&reply))
}

/// What it was asked; a request without messages only loads the model.
fn questions(fake: &Fake) -> Vec<Request> {
    fake.asked("/api/chat").into_iter().filter(|request| request.json()["messages"] != json!([])).collect()
}

fn execute(client: &mut Client, command: &str, argument: Value) -> Value {
    client.request("workspace/executeCommand", json!({ "command": command, "arguments": [argument] }))
}

fn path(uri: &str) -> PathBuf {
    PathBuf::from(uri.strip_prefix("file://").unwrap())
}

#[test]
fn an_answer_streams_and_is_checked() {
    let fake = answering(|| Reply::stream().lines(&[said("Items are added "), said("by `add` [1]."), done()]).end());
    let fixture = store();
    let mut client = knowing(&fixture, &fake.address);
    let id = client.send_request("codecompass/chat", json!({ "message": "how are items added?", "token": "t" }));
    let answer = client.result(id);
    assert_eq!((&answer["complete"], &answer["error"]), (&json!(true), &Value::Null), "{answer:#}");
    assert_eq!((&answer["model"], &answer["usage"]["answerTokens"]), (&json!("qwen:latest"), &json!(9)));
    let citation = &answer["citations"][0];
    assert_eq!((&citation["verified"], &citation["source"]), (&json!(true), &json!(1)), "{answer:#}");
    assert_eq!(citation["uri"], answer["sources"][0]["uri"]);
    let start = citation["textRange"]["start"]["character"].as_u64().unwrap() as usize;
    assert!(answer["text"].as_str().unwrap()[start..].starts_with(['[', '1']), "{answer:#}");
    assert!(answer["ledger"]["context"].as_u64().unwrap() > 0);

    let deltas = client.take("codecompass/chatDelta");
    let kinds: Vec<&str> = deltas.iter().map(|delta| delta["params"]["kind"].as_str().unwrap()).collect();
    let first = |kind: &str| kinds.iter().position(|known| *known == kind).unwrap();
    assert!(first("status") < first("sources") && first("sources") < first("text"), "{kinds:?}");
    for (number, delta) in deltas.iter().enumerate() {
        assert_eq!((&delta["params"]["sequence"], &delta["params"]["token"]), (&json!(number), &json!("t")));
    }
    let text: String = deltas
        .iter()
        .filter(|delta| delta["params"]["kind"] == "text")
        .map(|delta| delta["params"]["text"].as_str().unwrap())
        .collect();
    assert_eq!(text, "Items are added by `add` [1].");
    assert_eq!(deltas[first("sources")]["params"]["conversation"], answer["conversation"]);
}

#[test]
fn what_was_just_edited_goes_with_a_question() {
    let fake = answering(|| Reply::stream().lines(&[said("Yes."), done()]).end());
    let fixture = store();
    let mut client = knowing(&fixture, &fake.address);
    let uri = fixture.uri("src/store.rs");
    let text = fs::read_to_string(path(&uri)).unwrap();
    let lines = text.lines().count();
    client.notify(
        "textDocument/didOpen",
        json!({ "textDocument": { "uri": uri, "languageId": "rust", "version": 1, "text": text } }),
    );
    let end = json!({ "line": lines, "character": 0 });
    client.notify(
        "textDocument/didChange",
        json!({
            "textDocument": { "uri": uri, "version": 2 },
            "contentChanges": [{ "range": { "start": end, "end": end }, "text": "\nfn zebra_crossing() {}\n" }],
        }),
    );
    let answer = client.request("codecompass/chat", json!({ "message": "does this look right to you?" }));
    let asked = fake.asked("/api/chat")[0].json()["messages"].to_string();
    assert!(asked.contains("zebra_crossing"), "{answer:#}");
    let entries = answer["ledger"]["entries"].as_array().unwrap();
    let changed = entries.iter().any(|entry| entry["included"] == true && entry.to_string().contains("changed lately"));
    assert!(changed, "{entries:#?}");
}

#[test]
fn a_conversation_is_gone_on_with_kept_and_removed() {
    let fake = answering(|| Reply::stream().lines(&[said("Yes."), done()]).end());
    let fixture = store();
    let mut client = knowing(&fixture, &fake.address);
    let first = client.request("codecompass/chat", json!({ "message": "is there a store?" }));
    let id = first["conversation"].as_str().unwrap().to_owned();
    let ask = json!({ "message": "and who calls it?", "conversation": id });
    assert_eq!(client.request("codecompass/chat", ask)["conversation"], json!(id));
    let messages = fake.asked("/api/chat")[1].json()["messages"].to_string();
    assert!(messages.contains("is there a store?") && messages.contains("Yes."), "{messages}");
    client.request("codecompass/chat", json!({ "conversation": id, "regenerate": true }));

    let list = client.request("codecompass/conversations", json!({ "action": "list" }));
    let summary = &list["conversations"][0];
    assert_eq!((&summary["id"], &summary["turns"]), (&json!(id), &json!(2)), "a new answer takes the old one's place");
    assert_eq!(summary["title"], "is there a store?");
    let rename = json!({ "action": "rename", "id": id, "title": "The store" });
    client.request("codecompass/conversations", rename);
    let kept = client.request("codecompass/conversations", json!({ "action": "get", "id": id }));
    assert_eq!(kept["conversation"]["title"], "The store");
    assert_eq!(kept["conversation"]["asked"][1]["message"], "and who calls it?");
    assert_eq!(kept["conversation"]["asked"][1]["answer"]["text"], "Yes.");
    let exported = client.request("codecompass/conversations", json!({ "action": "export", "id": id }));
    assert!(exported["markdown"].as_str().unwrap().starts_with("# The store\n"), "{exported}");
    client.request("codecompass/conversations", json!({ "action": "delete", "id": id }));
    let gone = client.request_error("codecompass/conversations", json!({ "action": "get", "id": id }));
    assert!(gone["message"].as_str().unwrap().contains("there is no conversation"), "{gone}");
}

#[test]
fn a_cancelled_request_closes_the_connection_and_keeps_what_came() {
    let fake = answering(|| Reply::stream().lines(&[said("Items are ")]).silence());
    let fixture = store();
    let mut client = knowing(&fixture, &fake.address);
    let id = client.send_request("codecompass/chat", json!({ "message": "how are items added?", "token": "t" }));
    while client.expect("codecompass/chatDelta")["kind"] != "text" {}
    let cancelled = Instant::now();
    client.notify("$/cancelRequest", json!({ "id": id }));
    assert_eq!(client.error(&json!(id))["code"], -32800);
    let after = fake.gone().duration_since(cancelled);
    assert!(after < Duration::from_millis(100), "{after:?}");
    let list = until(&mut client, "codecompass/conversations", &json!({ "action": "list" }), |list| {
        list["conversations"][0].is_object()
    });
    let get = json!({ "action": "get", "id": list["conversations"][0]["id"] });
    let kept = client.request("codecompass/conversations", get);
    assert_eq!(kept["conversation"]["asked"][0]["answer"]["text"].as_str().unwrap().trim(), "Items are");
    client.take("codecompass/chatDelta");
}

#[test]
fn a_stopped_answer_is_a_result() {
    let fake = answering(|| Reply::stream().lines(&[said("Items are ")]).silence());
    let fixture = store();
    let mut client = knowing(&fixture, &fake.address);
    let id = client.send_request("codecompass/chat", json!({ "message": "how are items added?", "token": "t" }));
    while client.expect("codecompass/chatDelta")["kind"] != "text" {}
    let stopped = execute(&mut client, "codecompass.chat.stop", json!({ "token": "t" }));
    assert_eq!(stopped["message"], "stopped");
    let answer = client.result(id);
    assert_eq!((&answer["stopped"], &answer["complete"]), (&json!(true), &json!(false)), "{answer:#}");
    client.take("codecompass/chatDelta");
}

#[test]
fn a_server_whose_client_is_gone_closes_the_connection_to_the_host() {
    let fake = answering(|| Reply::stream().lines(&[said("Items are ")]).silence());
    let fixture = store();
    let mut client = knowing(&fixture, &fake.address);
    client.send_request("codecompass/chat", json!({ "message": "how are items added?", "token": "t" }));
    while client.expect("codecompass/chatDelta")["kind"] != "text" {}
    client.close_input();
    client.wait();
    // Whether it still hears that its request was cancelled, is chance.
    while client.next_within(DEADLINE).is_some() {}
    fake.gone();
}

#[test]
fn what_makes_no_sense_is_said() {
    let fixture = store();
    let mut client = knowing(&fixture, "127.0.0.1:9");
    for (params, wanted) in [
        (json!({ "message": " " }), "there is no question"),
        (json!({ "message": "x".repeat(300 << 10) }), "300 KiB"),
        (json!({ "message": "x", "conversation": "../../etc" }), "there is no conversation"),
        (json!({ "message": "x", "host": "gpu" }), "there is no host `gpu`"),
        (json!({ "message": "x", "think": "hard" }), "`think` is"),
        (json!({ "mode": "explain" }), "say what is to be explained"),
        (json!({ "mode": "explain", "subject": { "uri": "file:///etc/passwd" } }), "in no workspace folder"),
        (json!({ "regenerate": true }), "there is no question"),
    ] {
        let error = client.request_error("codecompass/chat", params);
        assert!(error["message"].as_str().unwrap().contains(wanted), "{wanted}: {error}");
    }
}

#[test]
fn mentions_are_completed() {
    let fixture = store();
    let mut client = knowing(&fixture, "127.0.0.1:9");
    let found = client.request("codecompass/complete", json!({ "prefix": "sto" }));
    let texts: Vec<&str> = found["items"].as_array().unwrap().iter().map(|it| it["text"].as_str().unwrap()).collect();
    assert!(texts.contains(&"@src/store.rs") && texts.contains(&"@Store"), "{texts:?}");
}

#[test]
fn a_short_explanation_is_shown_by_hovers_as_long_as_it_is_true() {
    let fake = answering(|| Reply::stream().lines(&[said("Puts one more on the shelf."), done()]).end());
    let fixture = store();
    let mut client = knowing(&fixture, &fake.address);
    let uri = fixture.uri("src/store.rs");
    let hover = json!({ "textDocument": { "uri": uri }, "position": { "line": 5, "character": 12 } });
    let shown = |client: &mut Client| client.request("textDocument/hover", hover.clone())["contents"]["value"].clone();
    assert!(!shown(&mut client).as_str().unwrap().contains("Puts one more"));
    let explain = json!({ "uri": uri, "line": 6, "symbol": "add", "brief": true });
    let answer = execute(&mut client, "codecompass.explain", explain);
    assert_eq!(answer["text"], "Puts one more on the shelf.", "{answer:#}");
    let said = shown(&mut client);
    assert!(said.as_str().unwrap().starts_with("Puts one more on the shelf.\n\n*qwen:latest*"), "{said}");
    let text = fs::read_to_string(path(&uri)).unwrap().replace("item + 1", "item + 2");
    client.open(&uri, "rust", &text);
    let said = shown(&mut client);
    assert!(!said.as_str().unwrap().contains("Puts one more"), "{said}");
    assert_eq!(fake.asked("/api/chat").len(), 1, "a hover asks nobody");
}

/// An editor with one document, which takes edits and tells of its changes.
struct Editor {
    client: Client,
    uri: String,
    version: i32,
    text: String,
}

const PLAIN: &str = r#"{
    "window": { "showDocument": { "support": true }, "workDoneProgress": true },
    "workspace": { "applyEdit": true, "workspaceEdit": { "documentChanges": true } },
    "general": { "positionEncodings": ["utf-8"] }
}"#;

impl Editor {
    fn start(fixture: &Fixture, host: &str) -> Self {
        let capabilities = serde_json::from_str(PLAIN).unwrap();
        let client = server(fixture, host, capabilities);
        Self { client, uri: String::new(), version: 0, text: String::new() }
    }

    /// Runs a command that opens a document, and opens it.
    fn opens(&mut self, command: &str, argument: Value) {
        assert_eq!(execute(&mut self.client, command, argument), Value::Null);
        let request = self.client.expect_request("window/showDocument");
        request["params"]["uri"].as_str().unwrap().clone_into(&mut self.uri);
        self.text = fs::read_to_string(path(&self.uri)).unwrap();
        self.version = 1;
        self.client.answer(&request, json!({ "success": true }));
        self.client.open(&self.uri, "markdown", &self.text);
    }

    /// Takes edits, as the client of an editor does, until the text is as wanted.
    fn until(&mut self, good: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        while !good(&self.text) {
            assert!(Instant::now() < deadline, "{}", self.text);
            let message = self.client.wait_for("an edit", |it| {
                it["method"] == "workspace/applyEdit" || it["method"] == "window/workDoneProgress/create"
            });
            if message["method"] == "window/workDoneProgress/create" {
                self.client.answer(&message, Value::Null);
                continue;
            }
            let change = &message["params"]["edit"]["documentChanges"][0];
            assert_eq!(change["textDocument"]["uri"], self.uri.as_str());
            let current = change["textDocument"]["version"] == self.version;
            if current {
                let edit = &change["edits"][0];
                let at = |end: &str| self.byte(&edit["range"][end]);
                let (start, end) = (at("start"), at("end"));
                self.text.replace_range(start..end, edit["newText"].as_str().unwrap());
                self.tell();
            }
            self.client.answer(&message, json!({ "applied": current }));
        }
    }

    /// The user types, while the server knows nothing of it yet.
    fn types(&mut self, before: &str, text: &str) {
        let at = self.text.find(before).unwrap();
        self.text.insert_str(at, text);
        self.tell();
    }

    fn tell(&mut self) {
        self.version += 1;
        self.client.change(&self.uri, self.version, json!([{ "text": self.text }]));
    }

    fn byte(&self, position: &Value) -> usize {
        let line = position["line"].as_u64().unwrap() as usize;
        let start: usize = self.text.split_inclusive('\n').take(line).map(str::len).sum();
        start + position["character"].as_u64().unwrap() as usize
    }
}

fn is_written(text: &str) -> bool {
    !text.contains("CodeCompass is writing")
}

#[test]
fn an_answer_grows_in_a_document_while_the_user_types_in_it() {
    let (more, rest) = (Gate::default(), Gate::default());
    let (held, last) = (more.clone(), rest.clone());
    let fake = answering(move || {
        Reply::stream()
            .lines(&[said("Items are added ")])
            .wait(&held)
            .lines(&[said("by `add` [1]. ")])
            .wait(&last)
            .lines(&[said("That is all."), done()])
            .end()
    });
    let fixture = store();
    let mut editor = Editor::start(&fixture, &fake.address);
    editor.opens("codecompass.ask", json!({ "question": "how are items added?" }));
    assert!(editor.text.starts_with("# how are items added?\n"), "{}", editor.text);
    editor.until(|text| text.contains("Items are added "));
    // Above, below and at the very place.
    editor.types("# how", "My notes.\n\n");
    editor.types("_CodeCompass is writing", "(mine)");
    let end = editor.text.len();
    editor.text.insert_str(end, "Below.\n");
    editor.tell();
    more.open();
    editor.until(|text| text.contains("by `add` (`src/store.rs:"));
    rest.open();
    editor.until(is_written);
    let text = &editor.text;
    assert!(text.starts_with("My notes.\n\n# how are items added?\n\nItems are added (mine)by `add` (`src/"), "{text}");
    assert!(text.contains("That is all.") && text.ends_with("Below.\n"), "{text}");
    assert!(text.contains("> qwen:latest on "), "{text}");

    // Citations lead to the code.
    let links = editor.client.request("textDocument/documentLink", json!({ "textDocument": { "uri": editor.uri } }));
    assert!(links[0]["target"].as_str().unwrap().starts_with(&fixture.uri("src/store.rs")), "{links}");
}

#[test]
fn cancelling_the_progress_stops_the_answer() {
    let fake = answering(|| Reply::stream().lines(&[said("Items are added ")]).silence());
    let fixture = store();
    let mut editor = Editor::start(&fixture, &fake.address);
    editor.opens("codecompass.ask", json!({ "question": "how are items added?" }));
    editor.until(|text| text.contains("Items are added "));
    let begun = |it: &Value| it["method"] == "$/progress" && it["params"]["value"]["title"] == "how are items added?";
    let progress = editor.client.wait_for("progress", begun);
    assert_eq!(progress["params"]["value"]["cancellable"], true);
    let token = json!({ "token": progress["params"]["token"] });
    editor.client.notify("window/workDoneProgress/cancel", token);
    editor.until(is_written);
    assert!(editor.text.contains("Items are added") && editor.text.contains("**Stopped.**"), "{}", editor.text);
    fake.gone();
}

#[test]
fn taking_the_mark_away_stops_the_answer() {
    let gate = Gate::default();
    let held = gate.clone();
    let fake = answering(move || {
        Reply::stream().lines(&[said("Items are added ")]).wait(&held).lines(&[said("by it.")]).silence()
    });
    let fixture = store();
    let mut editor = Editor::start(&fixture, &fake.address);
    editor.opens("codecompass.ask", json!({ "question": "how are items added?" }));
    editor.until(|text| text.contains("Items are added "));
    editor.text = "# I have seen enough\n".to_owned();
    editor.tell();
    gate.open();
    fake.gone();
    assert_eq!(editor.text, "# I have seen enough\n");
}

#[test]
fn opening_a_chat_loads_the_model_once_and_sends_no_code() {
    let fake = Fake::start(tame);
    let fixture = store();
    let mut client = knowing(&fixture, &fake.address);
    let began = Instant::now();
    while fake.asked("/api/chat").is_empty() {
        assert!(began.elapsed() < DEADLINE, "no model is loaded");
        client.request("codecompass/conversations", json!({ "action": "list" }));
    }
    client.request("codecompass/conversations", json!({ "action": "list" }));
    let loads = fake.asked("/api/chat");
    assert_eq!(loads.len(), 1);
    assert_eq!(loads[0].json()["messages"], json!([]));
}

#[test]
fn a_chat_document_is_the_conversation() {
    let fake = answering(|| Reply::stream().lines(&[said("By `add` [1]."), done()]).end());
    let fixture = store();
    let mut editor = Editor::start(&fixture, &fake.address);
    editor.opens("codecompass.chat.open", json!({}));
    assert!(editor.text.ends_with("## You\n\n"), "{:?}", editor.text);
    editor.text.push_str("how are items added?\n");
    editor.tell();

    let context = json!({ "diagnostics": [] });
    let place = json!({ "line": 0, "character": 0 });
    let params = json!({
        "textDocument": { "uri": editor.uri }, "range": { "start": place, "end": place }, "context": context,
    });
    let actions = editor.client.request("textDocument/codeAction", params);
    let send = &actions[0];
    assert_eq!(send["title"], "Send to CodeCompass", "{actions}");
    let command = if send["command"].is_object() { &send["command"] } else { send };
    let argument = command["arguments"][0].clone();
    assert_eq!(execute(&mut editor.client, "codecompass.chat.send", argument.clone()), Value::Null);
    editor.until(|text| text.contains("By `add` (`src/store.rs:") && is_written(text));
    assert!(editor.text.contains("## You\n\nhow are items added?\n\n## CodeCompass\n\nBy `add`"), "{}", editor.text);
    assert!(editor.text.ends_with("\n\n## You\n\n"), "{:?}", editor.text);

    // What the user changes counts.
    editor.text = editor.text.replace("how are items added?", "how are THINGS added?");
    editor.text.push_str("and who calls it?\n");
    editor.tell();
    execute(&mut editor.client, "codecompass.chat.send", argument.clone());
    editor.until(|text| text.matches("## CodeCompass").count() == 2 && is_written(text));
    let messages = questions(&fake)[1].json()["messages"].to_string();
    assert!(messages.contains("how are THINGS added?") && messages.contains("and who calls it?"), "{messages}");

    execute(&mut editor.client, "codecompass.chat.regenerate", argument.clone());
    editor.until(|text| text.contains("CodeCompass is writing"));
    editor.until(is_written);
    assert_eq!(editor.text.matches("## CodeCompass").count(), 2, "{}", editor.text);
    assert_eq!(questions(&fake).len(), 3);

    // An empty question is none.
    execute(&mut editor.client, "codecompass.chat.send", argument);
    let message = editor.client.expect("window/showMessage");
    assert!(message["message"].as_str().unwrap().contains("write a question below"), "{message}");

    let links = editor.client.request("textDocument/documentLink", json!({ "textDocument": { "uri": editor.uri } }));
    let at = json!({ "textDocument": { "uri": editor.uri }, "position": links[0]["range"]["start"] });
    let definition = editor.client.request("textDocument/definition", at);
    assert_eq!(definition["uri"], fixture.uri("src/store.rs"));
}

#[test]
fn where_no_edits_are_taken_the_file_is_written() {
    let fake = answering(|| Reply::stream().lines(&[said("By `add` [1]."), done()]).end());
    let fixture = store();
    let mut client = server(&fixture, &fake.address, json!({ "window": { "showDocument": { "support": true } } }));
    execute(&mut client, "codecompass.ask", json!({ "question": "how are items added?" }));
    let request = client.expect_request("window/showDocument");
    client.answer(&request, json!({ "success": true }));
    let file = path(request["params"]["uri"].as_str().unwrap());
    let text = read_when_written(&file);
    assert!(text.contains("By `add` (`src/store.rs:") && text.contains("> qwen:latest on "), "{text}");
}

#[test]
fn a_document_that_is_closed_is_finished_in_its_file() {
    let gate = Gate::default();
    let held = gate.clone();
    let fake = answering(move || {
        Reply::stream().lines(&[said("Items are added ")]).wait(&held).lines(&[said("by it."), done()]).end()
    });
    let fixture = store();
    let mut editor = Editor::start(&fixture, &fake.address);
    editor.opens("codecompass.ask", json!({ "question": "how are items added?" }));
    editor.until(|text| text.contains("Items are added "));
    editor.client.notify("textDocument/didClose", json!({ "textDocument": { "uri": editor.uri } }));
    gate.open();
    let text = read_when_written(&path(&editor.uri));
    assert!(text.contains("Items are added by it."), "{text}");
}

#[test]
fn a_host_that_dies_leaves_what_came_and_the_passages() {
    let fake = answering(|| Reply::stream().lines(&[said("Items are added ")]));
    let fixture = store();
    let mut editor = Editor::start(&fixture, &fake.address);
    editor.opens("codecompass.ask", json!({ "question": "how are items added?" }));
    editor.until(is_written);
    let text = &editor.text;
    assert!(text.contains("Items are added") && text.contains("**The answer is not complete.**"), "{text}");
    assert!(text.contains("## `src/store.rs:") && text.contains("```rust"), "{text}");
}

/// The text of a file when nobody writes it any more.
pub(crate) fn read_when_written(file: &std::path::Path) -> String {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let text = fs::read_to_string(file).unwrap();
        if is_written(&text) {
            return text;
        }
        assert!(Instant::now() < deadline, "{text}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
