//! Commands, as clients of three kinds see them: those that know us, those that open documents, and those that do neither.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use serde_json::{Value, json};

use crate::{
    chat::read_when_written,
    client::{Client, Fixture},
    lookup::{client, store, until},
};

fn execute(client: &mut Client, command: &str, arguments: Value) -> Value {
    client.request("workspace/executeCommand", json!({ "command": command, "arguments": arguments }))
}

/// Waits until there is an index that serves.
fn ready(client: &mut Client) {
    let some = |found: &Value| found.as_array().is_some_and(|found| !found.is_empty());
    until(client, "workspace/symbol", &json!({ "query": "add" }), some);
}

fn plain(fixture: &Fixture) -> Client {
    let mut client = client(fixture, json!({ "window": { "showDocument": { "support": true } } }));
    ready(&mut client);
    client
}

fn knowing(fixture: &Fixture) -> Client {
    let mut client = client(fixture, json!({ "experimental": { "codecompass": true } }));
    ready(&mut client);
    client
}

/// The document that the server has opened: its URI and text.
fn opened(client: &mut Client) -> (String, String) {
    let request = client.expect_request("window/showDocument");
    client.answer(&request, json!({ "success": true }));
    assert_eq!(request["params"]["takeFocus"], true);
    let uri = request["params"]["uri"].as_str().unwrap().to_owned();
    (uri.clone(), read_when_written(&path(&uri)))
}

fn path(uri: &str) -> PathBuf {
    PathBuf::from(uri.strip_prefix("file://").unwrap())
}

#[test]
fn every_command_is_announced() {
    let fixture = store();
    let client = Client::start(&fixture);
    let commands = &client.server["capabilities"]["executeCommandProvider"]["commands"];
    assert_eq!(commands.as_array().unwrap().len(), 18);
    assert!(commands.as_array().unwrap().contains(&json!("codecompass.chat.open")));
}

#[test]
fn a_search_opens_a_document_whose_citations_lead_to_the_code() {
    let fixture = store();
    let mut client = plain(&fixture);
    assert_eq!(execute(&mut client, "codecompass.search", json!([{ "query": "items on the shelf" }])), Value::Null);
    let (uri, text) = opened(&mut client);
    assert!(text.starts_with("# Search: items on the shelf\n"), "{text}");
    assert!(text.contains("```rust\n"), "{text}");
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path(&uri)), 0o600);
    assert_eq!(mode(path(&uri).parent().unwrap().to_owned()), 0o700);

    let links = client.request("textDocument/documentLink", json!({ "textDocument": { "uri": uri } }));
    let target = links[0]["target"].as_str().unwrap().to_owned();
    assert!(target.starts_with(&format!("{}#L", fixture.uri("src/store.rs"))), "{target}");
    let at = json!({ "textDocument": { "uri": uri }, "position": links[0]["range"]["start"] });
    let definition = client.request("textDocument/definition", at);
    assert_eq!(definition["uri"], fixture.uri("src/store.rs"));

    // The same in the editor's buffer, which may say something else by now.
    client.open(&uri, "markdown", "see src/main.rs:2\n");
    let at = json!({ "textDocument": { "uri": uri }, "position": { "line": 0, "character": 8 } });
    let definition = client.request("textDocument/definition", at);
    assert_eq!(definition["uri"], fixture.uri("src/main.rs"));
    assert_eq!(definition["range"]["start"]["line"], 1);
}

#[test]
fn other_documents_have_no_citations() {
    let fixture = store();
    fixture.write("notes.md", "see src/main.rs:2\n");
    let mut client = plain(&fixture);
    let document = json!({ "textDocument": { "uri": fixture.uri("notes.md") } });
    assert_eq!(client.request("textDocument/documentLink", document), Value::Null);
    let at = json!({ "textDocument": { "uri": fixture.uri("notes.md") }, "position": { "line": 0, "character": 8 } });
    assert_eq!(client.request("textDocument/definition", at), Value::Null);
}

#[test]
fn a_client_that_opens_no_documents_is_told_where_they_are() {
    let fixture = store();
    let mut client = client(&fixture, json!({}));
    ready(&mut client);
    execute(&mut client, "codecompass.search", json!(["items on the shelf"]));
    let message = client.expect("window/showMessage")["message"].as_str().unwrap().to_owned();
    let path = message.strip_prefix("CodeCompass: the answer is in ").unwrap();
    assert!(fs::read_to_string(path).unwrap().starts_with("# Search: items on the shelf"));
}

#[test]
fn helix_opens_documents_without_saying_that_it_can() {
    let fixture = store();
    let mut params = fixture.initialize();
    params["clientInfo"] = json!({ "name": "helix" });
    let mut client = Client::start_as(&fixture, params);
    client.ignore("$/progress");
    ready(&mut client);
    execute(&mut client, "codecompass.search", json!(["items", "on the shelf"]));
    let request = client.expect_request("window/showDocument");
    client.refuse(&request);
    let message = client.expect("window/showMessage");
    assert!(message["message"].as_str().unwrap().contains("the answer is in"), "{message}");
}

#[test]
fn a_client_that_knows_us_gets_results() {
    let fixture = store();
    let mut client = knowing(&fixture);
    let found = execute(&mut client, "codecompass.search", json!([{ "query": "add", "limit": 1 }]));
    assert_eq!(found["hits"][0]["uri"], fixture.uri("src/store.rs"));
    let explained = execute(
        &mut client,
        "codecompass.explain",
        json!([{ "uri": fixture.uri("src/main.rs"), "line": 3, "symbol": "add" }]),
    );
    assert_eq!(explained["complete"], false);
    assert!(explained["error"].as_str().unwrap().contains("cannot be reached"), "{explained}");
    assert!(explained["text"].as_str().unwrap().contains("method `Store::add`"), "{explained}");
    assert_eq!(explained["sources"][0]["uri"], fixture.uri("src/store.rs"));
    assert_eq!(explained["sources"][0]["range"]["start"]["line"], 4, "with its documentation");
    let asked = execute(&mut client, "codecompass.ask", json!([{ "question": "where are items added?" }]));
    assert_eq!(asked["sources"][0]["n"], 1);
    let similar = execute(&mut client, "codecompass.similar", json!([{ "path": "src/store.rs", "line": 6 }]));
    assert!(similar["hits"].is_array());
    let why = execute(&mut client, "codecompass.why", json!(["src/store.rs"]));
    assert_eq!((&why["state"], &why["language"]), (&json!("indexed"), &json!("rust")));
    let doctor = execute(&mut client, "codecompass.doctor", json!([]));
    let cache = doctor["checks"].as_array().unwrap().iter().find(|check| check["name"] == "cache folder").unwrap();
    assert_eq!(cache["ok"], true);
    let models = execute(&mut client, "codecompass.models.list", json!([]));
    assert_eq!(models["hosts"][0]["models"], json!([]));
    assert!(models["hosts"][0]["error"].as_str().unwrap().contains("cannot be reached"), "{models}");
}

#[test]
fn explanations_and_reports_can_be_read() {
    let fixture = store();
    let mut client = plain(&fixture);
    let call = json!([{ "uri": fixture.uri("src/store.rs"), "line": 7 }]);
    for (command, arguments, wanted) in [
        ("codecompass.explain", call.clone(), "method `Store::add` `src/store.rs:6`"),
        ("codecompass.ask", json!([{ "question": "who adds items?" }]), "**No model has answered; this is what"),
        ("codecompass.ask", call.clone(), "**No model has answered; this is what"),
        ("codecompass.similar", call, "# Code like src/store.rs:7"),
        ("codecompass.chat.send", json!([{ "message": "who adds items?" }]), "**No model has answered; this is what"),
        ("codecompass.status", json!([]), "2 indexed"),
        ("codecompass.doctor", json!([]), "cache folder"),
    ] {
        assert_eq!(execute(&mut client, command, arguments), Value::Null);
        let (_, text) = opened(&mut client);
        assert!(text.contains(wanted), "{command}: {text}");
    }
}

#[test]
fn short_answers_are_messages() {
    let fixture = store();
    let mut client = plain(&fixture);
    for (command, arguments, wanted) in [
        ("codecompass.why", json!([{ "uri": fixture.uri("src/none.rs") }]), "src/none.rs does not exist"),
        ("codecompass.why", json!([{ "path": "/etc/passwd" }]), "in no workspace folder"),
        ("codecompass.chat.stop", json!([]), "nothing is being written"),
        (
            "codecompass.models.pull",
            json!([{ "model": "x" }]),
            "call `codecompass.models.pull` again with {\"confirmed\": true}",
        ),
        ("codecompass.pause", json!([]), "indexing is paused"),
        ("codecompass.resume", json!([]), "indexing goes on"),
        ("codecompass.explain", json!([]), "needs a file"),
        ("codecompass.search", json!([{ "query": "x lang:klingon" }]), "klingon"),
        ("codecompass.ask", json!([]), "there is no question"),
    ] {
        assert_eq!(execute(&mut client, command, arguments), Value::Null);
        let message = client.expect("window/showMessage")["message"].as_str().unwrap().to_owned();
        assert!(message.contains(wanted), "{command}: {message}");
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let fixture = store();
    let mut client = plain(&fixture);
    for params in [
        json!({ "command": "codecompass.dance" }),
        json!({ "command": "codecompass.search", "arguments": [{ "query": 5 }] }),
        json!({ "command": "codecompass.search", "arguments": [[]] }),
    ] {
        assert_eq!(client.request_error("workspace/executeCommand", params)["code"], -32602);
    }
}
