//! The first opening of a folder with many files: what the user sees of it, and how it is ended, paused and taken up again.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    client::{Client, DEADLINE, Fixture},
    lookup::until,
    world::{
        MANY, file_of, generate, is_settled, knowing, name_of, settle, status, until_found, until_half_way,
        until_status,
    },
};

fn many() -> Fixture {
    let fixture = Fixture::new(&[]);
    generate(&fixture, MANY);
    fixture
}

fn shows_progress() -> Value {
    json!({ "window": { "workDoneProgress": true } })
}

/// Lets the server begin to show progress: its token.
fn begun(client: &mut Client) -> Value {
    let create = client.expect_request("window/workDoneProgress/create");
    client.answer(&create, Value::Null);
    let begin = client.expect("$/progress");
    assert_eq!(begin["value"]["kind"], "begin", "{begin}");
    assert_eq!((&begin["value"]["cancellable"], &begin["token"]), (&json!(true), &create["params"]["token"]));
    assert!(begin["token"].is_string(), "some clients cannot take numbers: {begin}");
    assert_eq!(begin["value"]["title"], "Indexing project");
    begin["token"].clone()
}

/// Reads progress to its end: how many reports there were, and the last word.
fn ended(client: &mut Client, token: &Value) -> (usize, String) {
    let (mut reports, mut last) = (0, 0);
    loop {
        let progress = client.expect("$/progress");
        assert_eq!(progress["token"], *token);
        let value = &progress["value"];
        if value["kind"] == "end" {
            return (reports, value["message"].as_str().unwrap().to_owned());
        }
        assert_eq!(value["kind"], "report");
        let share = value["percentage"].as_u64().unwrap();
        assert!((last..=100).contains(&share), "from {last} to {share}");
        last = share;
        reports += 1;
    }
}

#[test]
fn progress_begins_reports_and_ends() {
    let fixture = many();
    let mut client = Client::start_with(&fixture, shows_progress());
    let token = begun(&mut client);
    let (reports, word) = ended(&mut client, &token);
    assert!(reports > 0 && word == "done", "{reports} reports, then {word}");
}

#[test]
fn what_is_cancelled_stays_so_until_it_is_resumed() {
    let fixture = many();
    let mut params = shows_progress();
    params["experimental"] = json!({ "codecompass": true });
    let mut client = Client::start_with(&fixture, params);
    client.tolerate("codecompass/status");
    let token = begun(&mut client);
    until_half_way(&mut client);
    client.notify("window/workDoneProgress/cancel", json!({ "token": token }));
    let (_, word) = ended(&mut client, &token);
    assert_eq!(word, "cancelled");
    let folder = until_status(&mut client, |folder| folder["phase"] == "ready");
    let indexed = folder["files"]["indexed"].as_u64().unwrap();
    assert!(indexed < MANY as u64, "{folder}");
    assert!(folder["errors"][0].as_str().unwrap().contains("codecompass.resume"), "{folder}");
    // One file that changes is taken in, and the rest stays as it is.
    fixture.write(&file_of(MANY - 1), "pub fn changed_while_cancelled() {}\n");
    until_found(&mut client, "changed_while_cancelled", &fixture.uri(&file_of(MANY - 1)));
    let folder = until_status(&mut client, |folder| folder["files"]["pending"] == 0);
    assert!(folder["files"]["indexed"].as_u64().unwrap() <= indexed + 1, "{folder}");
    assert!(folder["errors"][0].as_str().unwrap().contains("codecompass.resume"), "{folder}");

    client.request("workspace/executeCommand", json!({ "command": "codecompass.resume", "arguments": [] }));
    let token = begun(&mut client);
    assert_eq!(ended(&mut client, &token).1, "done");
    let folder = settle(&mut client);
    assert_eq!((&folder["files"]["indexed"], &folder["errors"]), (&json!(MANY), &json!([])));
}

#[test]
fn it_can_be_paused_resumed_built_anew_and_goes_on_after_a_restart() {
    let fixture = many();
    let mut client = knowing(&fixture);
    let command = |client: &mut Client, name: &str| {
        client.request("workspace/executeCommand", json!({ "command": format!("codecompass.{name}"), "arguments": [] }))
    };
    until_half_way(&mut client);
    command(&mut client, "pause");
    let folder = until_status(&mut client, |folder| folder["phase"] == "paused" && folder["total"] == 0);
    assert_eq!(folder["errors"], json!([]), "nobody cancelled anything");
    let before = folder["files"]["indexed"].as_u64().unwrap();
    assert!(before < MANY as u64);
    // What is typed is searched all the same.
    let uri = fixture.uri(&file_of(MANY - 1));
    client.open(&uri, "rust", "pub fn typed_in_a_pause() {}\n");
    until_found(&mut client, "typed_in_a_pause", &uri);
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    assert_eq!(status(&mut client)["phase"], "paused");
    command(&mut client, "resume");
    until_status(&mut client, |folder| folder["phase"] == "indexing");
    drop(client);

    let mut client = knowing(&fixture);
    let folder = status(&mut client);
    assert!(folder["files"]["indexed"].as_u64().unwrap() >= before, "what was done is there: {folder}");
    let folder = settle(&mut client);
    assert_eq!(folder["files"]["indexed"], MANY, "{folder}");
    command(&mut client, "reindex");
    let generation = folder["index"]["generation"].as_u64().unwrap();
    // The old index answers meanwhile.
    let folder = until_status(&mut client, |folder| folder["phase"] == "indexing");
    assert_eq!(folder["files"]["indexed"], MANY, "{folder}");
    let folder = settle(&mut client);
    assert_eq!(folder["files"]["indexed"], MANY, "{folder}");
    assert!(folder["index"]["generation"].as_u64().unwrap() < 1000 + generation);
}

#[test]
fn an_open_file_is_searched_before_the_rest_is_indexed() {
    let fixture = many();
    let mut client = knowing(&fixture);
    let uri = fixture.uri(&file_of(MANY - 1));
    client.open(&uri, "rust", "pub fn what_i_am_looking_at() {}\n");
    until_found(&mut client, "what_i_am_looking_at", &uri);
    let folder = status(&mut client);
    assert!(!is_settled(&folder) && folder["index"]["complete"] == false, "{folder}");
    settle(&mut client);
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    until_found(&mut client, &name_of(MANY - 1), &uri);
}

#[test]
fn who_wants_no_progress_gets_none() {
    let fixture = Fixture::new(&[]);
    generate(&fixture, 200);
    // The strict client fails at any message.
    let mut client = Client::start(&fixture);
    let last = name_of(199);
    let found = |found: &Value| found.as_array().unwrap().iter().any(|symbol| symbol["name"] == *last);
    until(&mut client, "workspace/symbol", &json!({ "query": last }), found);
    assert_eq!(client.log(), "");
}

#[test]
fn status_comes_when_something_changed_and_at_most_ten_times_a_second() {
    let fixture = many();
    let mut client = knowing(&fixture);
    let start = Instant::now();
    let mut told: Vec<Value> = Vec::new();
    // Nothing but listening, so that only the server sets the pace.
    while !told.last().is_some_and(is_settled) {
        assert!(start.elapsed() < DEADLINE, "{told:#?}");
        let mut status = client.expect("codecompass/status");
        told.push(status["folders"][0].take());
    }
    let most = 2 + start.elapsed().as_millis() / 100;
    assert!(told.len() > 3 && told.len() as u128 <= most, "{} in {:?}", told.len(), start.elapsed());
    let timeless = |folder: &Value| {
        let mut folder = folder.clone();
        folder["index"]["age_s"].take();
        folder["files_per_second"].take();
        folder
    };
    for pair in told.windows(2) {
        assert_ne!(timeless(&pair[0]), timeless(&pair[1]), "nothing had changed");
    }
    for folder in &told {
        let files = &folder["files"];
        assert!(files["seen"].as_u64().unwrap() <= MANY as u64, "{folder}");
        assert!(files["indexed"].as_u64().unwrap() <= MANY as u64, "{folder}");
    }
    // What was still to be said comes at once; then there is silence.
    while client.next_within(Duration::from_millis(500)).is_some() {
        assert!(start.elapsed() < DEADLINE);
    }
    let idle = client.next_within(Duration::from_secs(1));
    assert_eq!(idle, None, "said in an idle second");
}

#[test]
fn progress_ends_when_its_folder_is_closed() {
    let fixture = many();
    let mut client = Client::start_with(&fixture, shows_progress());
    let token = begun(&mut client);
    let event = json!({ "added": [], "removed": [{ "uri": fixture.uri(""), "name": "project" }] });
    client.notify("workspace/didChangeWorkspaceFolders", json!({ "event": event }));
    loop {
        let progress = client.expect("$/progress");
        assert_eq!(progress["token"], token);
        if progress["value"]["kind"] == "end" {
            break;
        }
    }
    assert_eq!(client.request("workspace/symbol", json!({ "query": "step_1_of_1" })), json!([]));
}

#[test]
fn an_editor_that_refuses_progress_is_not_bothered_with_it() {
    let fixture = Fixture::new(&[]);
    generate(&fixture, 200);
    let mut client = Client::start_with(&fixture, shows_progress());
    let create = client.expect_request("window/workDoneProgress/create");
    client.refuse(&create);
    let last = name_of(199);
    let found = |found: &Value| found.as_array().unwrap().iter().any(|symbol| symbol["name"] == *last);
    until(&mut client, "workspace/symbol", &json!({ "query": last }), found);
}
