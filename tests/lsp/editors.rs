//! What real editors send at the start, word for word: each gets what it announced, and nothing else.

use std::fs;

use serde_json::{Value, json};

use crate::{
    client::{Client, Fixture},
    lookup::until,
};

const EDITORS: [(&str, &str, &str, &str); 6] = [
    ("vscode", include_str!("fixtures/vscode.json"), "initialize", "utf-16"),
    ("vscode", include_str!("fixtures/vscode.json"), "languageclient_9_0_1", "utf-16"),
    ("vscode", include_str!("fixtures/vscode.json"), "languageclient_11_0_0", "utf-16"),
    ("neovim", include_str!("fixtures/neovim.json"), "initialize", "utf-8"),
    ("helix", include_str!("fixtures/helix.json"), "initialize_25_01_1", "utf-8"),
    ("helix", include_str!("fixtures/helix.json"), "initialize_git_079a789e", "utf-8"),
];

/// What an editor sends, with our folder in place of the one where it was recorded.
fn params(fixture: &Fixture, recorded: &str, key: &str) -> Value {
    let recorded: Value = serde_json::from_str(recorded).unwrap();
    let mut params = recorded[key].clone();
    assert!(params["capabilities"].is_object(), "{key}");
    params["processId"] = json!(std::process::id());
    params["rootPath"] = json!(fixture.root);
    params["rootUri"] = json!(fixture.uri(""));
    params["workspaceFolders"][0]["uri"] = json!(fixture.uri(""));
    params
}

/// Answers what a server may ask at the start, and only that, until the index serves.
fn meet(client: &mut Client, params: &Value) {
    let can = |pointer: &str| params["capabilities"].pointer(pointer) == Some(&json!(true));
    if can("/workspace/didChangeConfiguration/dynamicRegistration") {
        let register = client.expect_request("client/registerCapability");
        let registrations = register["params"]["registrations"].as_array().unwrap().clone();
        assert_eq!(registrations.len(), 1, "{registrations:?}");
        assert_eq!(registrations[0]["method"], "workspace/didChangeConfiguration");
        client.answer(&register, Value::Null);
    }
    if can("/workspace/configuration") {
        let asked = client.expect_request("workspace/configuration");
        assert_eq!(asked["params"]["items"], json!([{ "section": "codecompass" }]));
        client.answer(&asked, json!([null]));
    }
    let there = |found: &Value| found.as_array().is_some_and(|found| !found.is_empty());
    until(client, "workspace/symbol", &json!({ "query": "harbour_pilot" }), there);
}

fn files() -> Fixture {
    Fixture::new(&[
        ("src/a.rs", "/// Brings ships in.\npub fn harbour_pilot() {}\n"),
        ("src/b.rs", "pub const SMILE: &str = \"🙂\"; fn ship() { harbour_pilot() }\n"),
    ])
}

#[test]
fn each_is_met_on_its_own_terms() {
    for (editor, recorded, key, encoding) in EDITORS {
        let fixture = files();
        let params = params(&fixture, recorded, key);
        let mut client = Client::start_as(&fixture, params.clone());
        assert_eq!(client.server["capabilities"]["positionEncoding"], encoding, "{editor} {key}");
        meet(&mut client, &params);
        let hover = |client: &mut Client, character: u32| {
            let position = json!({ "line": 0, "character": character });
            let document = json!({ "uri": fixture.uri("src/b.rs") });
            client.request("textDocument/hover", json!({ "textDocument": document, "position": position }))
        };
        let start = if encoding == "utf-8" { 44 } else { 42 };
        let found = hover(&mut client, start);
        assert_eq!(found["range"]["start"]["character"], start, "{editor} {key}: {found}");
        assert!(found["contents"]["value"].as_str().unwrap().contains("harbour_pilot"));
        // Nothing else was asked or said: the strict client looks when it is dropped.
        assert_eq!(client.log(), "", "{editor} {key}");
    }
}

#[test]
fn each_gets_answers_as_documents_with_citations() {
    for (editor, recorded, key, _) in EDITORS {
        let fixture = files();
        let params = params(&fixture, recorded, key);
        let mut client = Client::start_as(&fixture, params.clone());
        meet(&mut client, &params);
        let call = json!({ "command": "codecompass.search", "arguments": [{ "query": "harbour_pilot" }] });
        assert_eq!(client.request("workspace/executeCommand", call), Value::Null);
        let show = client.expect_request("window/showDocument");
        let uri = show["params"]["uri"].as_str().unwrap().to_owned();
        client.answer(&show, json!({ "success": true }));
        let text = fs::read_to_string(uri.strip_prefix("file://").unwrap()).unwrap();
        // The editor opens it, and asks about what it sees.
        client.open(&uri, "markdown", &text);
        let links = client.request("textDocument/documentLink", json!({ "textDocument": { "uri": uri } }));
        let link = links
            .as_array()
            .unwrap()
            .iter()
            .find(|link| link["target"].as_str().unwrap().starts_with(&fixture.uri("src/a.rs")));
        let link = link.unwrap_or_else(|| panic!("{editor} {key}: no link to src/a.rs in {links}"));
        let at = json!({ "textDocument": { "uri": uri }, "position": link["range"]["start"] });
        let place = client.request("textDocument/definition", at);
        assert_eq!(place["uri"], fixture.uri("src/a.rs"), "{editor} {key}");
        client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    }
}

#[test]
fn an_editor_that_refuses_a_document_is_told_where_it_is() {
    let (_, recorded, key, _) = EDITORS[3];
    let fixture = files();
    let params = params(&fixture, recorded, key);
    let mut client = Client::start_as(&fixture, params.clone());
    meet(&mut client, &params);
    let call = json!({ "command": "codecompass.search", "arguments": ["harbour_pilot"] });
    client.request("workspace/executeCommand", call);
    let show = client.expect_request("window/showDocument");
    client.answer(&show, json!({ "success": false }));
    let told = client.expect("window/showMessage");
    assert!(told["message"].as_str().unwrap().contains("the answer is in "), "{told}");
}
