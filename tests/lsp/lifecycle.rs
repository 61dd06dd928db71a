//! How it begins and how it ends.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::client::{Client, Fixture};

/// "Promptly" on a busy machine; what ends by itself after a time does so much later.
const PROMPTLY: Duration = Duration::from_secs(10);

#[test]
fn it_says_who_it_is_and_what_it_can() {
    let fixture = Fixture::new(&[]);
    let client = Client::start(&fixture);
    assert_eq!(client.server["serverInfo"], json!({ "name": "codecompass", "version": env!("CARGO_PKG_VERSION") }));
    let can = &client.server["capabilities"];
    assert_eq!(can["positionEncoding"], "utf-16");
    assert_eq!(can["textDocumentSync"], json!({ "openClose": true, "change": 2, "save": { "includeText": false } }));
    assert_eq!(can["workspace"]["workspaceFolders"], json!({ "supported": true, "changeNotifications": true }));
    for operation in ["didCreate", "willCreate", "didRename", "willRename", "didDelete", "willDelete"] {
        let filter = &can["workspace"]["fileOperations"][operation]["filters"][0];
        assert_eq!((&filter["scheme"], &filter["pattern"]["glob"]), (&json!("file"), &json!("**")), "{operation}");
        assert_eq!(filter["pattern"].get("matches"), None, "files and folders");
    }
}

#[test]
fn it_ends_as_it_is_asked_to() {
    let fixture = Fixture::new(&[]);
    assert_eq!(Client::start(&fixture).shut_down().code(), Some(0));
    let mut rude = Client::start(&fixture);
    rude.send(&json!({ "jsonrpc": "2.0", "method": "exit" }));
    assert_eq!(rude.wait().code(), Some(1), "exit without shutdown");
    let mut gone = Client::start(&fixture);
    gone.close_input();
    assert_eq!(gone.wait().code(), Some(1), "the end of its input");
    let mut stdio = Client::spawn(fixture.program().arg("--stdio"));
    stdio.initialize(fixture.initialize());
    assert_eq!(stdio.shut_down().code(), Some(0), "with --stdio");
}

#[test]
fn nothing_works_before_initialize_and_after_shutdown() {
    let fixture = Fixture::new(&[]);
    let mut client = Client::spawn(&mut fixture.program());
    assert_eq!(client.request_error("shutdown", Value::Null)["code"], -32002);
    assert_eq!(client.request_error("no/such/method", Value::Null)["code"], -32002);
    client.notify("textDocument/didOpen", json!({}));
    client.initialize(fixture.initialize());
    let second = client.request_error("initialize", fixture.initialize());
    assert_eq!((&second["code"], second["message"].as_str().unwrap().contains("second time")), (&json!(-32600), true));
    client.request("shutdown", Value::Null);
    assert_eq!(client.request_error("shutdown", Value::Null)["code"], -32600);
    assert_eq!(client.request_error("workspace/willCreateFiles", json!({ "files": [] }))["code"], -32600);
    client.send(&json!({ "jsonrpc": "2.0", "method": "exit" }));
    assert_eq!(client.wait().code(), Some(0));
}

#[test]
fn an_initialize_that_makes_no_sense_can_be_sent_again() {
    let fixture = Fixture::new(&[]);
    let mut client = Client::spawn(&mut fixture.program());
    assert_eq!(client.request_error("initialize", json!({ "processId": "me" }))["code"], -32602);
    assert_eq!(client.request_error("workspace/willCreateFiles", json!({ "files": [] }))["code"], -32002);
    let mut odd = fixture.initialize();
    odd["trace"] = json!("a lot");
    client.initialize(odd);
}

#[cfg(unix)]
#[test]
fn it_does_not_outlive_its_editor() {
    let fixture = Fixture::new(&[]);
    let mut editor = Command::new("sleep").arg("1000").spawn().unwrap();
    let mut params = fixture.initialize();
    params["processId"] = json!(editor.id());
    let mut client = Client::start_as(&fixture, params.clone());
    assert_eq!(client.request("workspace/willCreateFiles", json!({ "files": [] })), Value::Null);
    editor.kill().unwrap();
    editor.wait().unwrap();
    let killed = Instant::now();
    // Its pipes are still open.
    assert_eq!(client.wait().code(), Some(1));
    assert!(killed.elapsed() < PROMPTLY);
    // It may be gone before it could be told anything else.
    let mut late = Client::spawn(&mut fixture.program());
    let id = late.send_request("initialize", params);
    late.result(id);
    assert_eq!(late.wait().code(), Some(1), "the editor was gone before it began");
}

#[test]
fn messages_are_traced_on_request() {
    let fixture = Fixture::new(&[]);
    let mut client = Client::start(&fixture);
    client.notify("$/setTrace", json!({ "value": "messages" }));
    client.send_request("workspace/willCreateFiles", json!({ "files": [] }));
    let trace = client.expect("$/logTrace");
    assert_eq!(trace, json!({ "message": "Received request 'workspace/willCreateFiles - (2)'" }));
    client.ignore("$/logTrace");
    assert_eq!(client.result(2), Value::Null);
}
