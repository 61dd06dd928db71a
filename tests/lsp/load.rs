//! Under load everybody gets an answer, and when the editor is gone the server is gone too, whatever it is doing.

use std::{
    collections::HashMap,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    client::{Client, DEADLINE, Fixture},
    world::{
        MANY, command_line, file_of, generate, knowing, knowing_as, name_of, settle, until_found, until_half_way,
        until_status,
    },
};

/// The promise is two seconds; a machine that does ten other things gets a little more.
const GONE: Duration = Duration::from_secs(4);

fn many() -> Fixture {
    let fixture = Fixture::new(&[]);
    generate(&fixture, MANY);
    fixture
}

#[test]
fn fifty_searches_and_their_cancellations_while_indexing() {
    let fixture = many();
    let mut client = knowing(&fixture);
    // A search before the first commit has nothing to do and is answered before anybody could cancel it.
    until_status(&mut client, |folder| folder["files"]["indexed"].as_u64() > Some(0));
    // In one piece, as from an editor in a hurry: sent one by one, some searches are answered before their cancellation
    // is even written.
    let searches: Vec<i64> = (10_000..10_050).collect();
    let asks = searches.iter().map(|id| {
        let params = json!({ "query": format!("sum of step {id}") });
        json!({ "jsonrpc": "2.0", "id": id, "method": "codecompass/search", "params": params })
    });
    let cancels =
        searches.iter().map(|id| json!({ "jsonrpc": "2.0", "method": "$/cancelRequest", "params": { "id": id } }));
    let framed = |message: Value| {
        let text = message.to_string();
        format!("Content-Length: {}\r\n\r\n{text}", text.len())
    };
    let burst: Vec<String> = asks.chain(cancels).map(framed).collect();
    client.send_bytes(burst.concat().as_bytes());
    let asked = Instant::now();
    let other = client.send_request("workspace/willCreateFiles", json!({ "files": [] }));
    let mut answers: HashMap<i64, Vec<Value>> = HashMap::new();
    while answers.len() < searches.len() + 1 {
        let Some(message) = client.next_within(DEADLINE) else { panic!("only {} were answered", answers.len()) };
        if let Some(id) = message["id"].as_i64().filter(|_| message.get("method").is_none()) {
            assert!(id != other || asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
            answers.entry(id).or_default().push(message);
        }
    }
    // Answers come in any order, one each. How many searches are quicker than their cancellation is a matter of the machine;
    // that a cancellation is answered at once is held with handlers that never end, in `src/lsp/transport/tests.rs`.
    let cancelled = searches.iter().filter(|id| answers[id][0]["error"]["code"] == -32800).count();
    assert!(cancelled > 0, "none of the searches that were waiting was cancelled");
    for id in &searches {
        let answer = &answers[id];
        assert!(answer.len() == 1 && (answer[0].get("result").is_some() || answer[0]["error"]["code"] == -32800));
    }
    let mut slowest = Duration::ZERO;
    for _ in 0..10 {
        let start = Instant::now();
        client.request("codecompass/search", json!({ "query": "sum of step 3" }));
        slowest = slowest.max(start.elapsed());
    }
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    settle(&mut client);
    until_found(&mut client, &name_of(MANY - 1), &fixture.uri(&file_of(MANY - 1)));
}

/// What comes after must be able to write at once.
#[track_caller]
fn no_lock_is_left(fixture: &Fixture) {
    let index = command_line(fixture, &["index"]);
    let said = String::from_utf8_lossy(&index.stderr).into_owned();
    assert!(index.status.success() && !said.contains("waiting"), "{said}");
}

#[test]
fn the_end_of_input_ends_it_while_it_indexes() {
    let fixture = many();
    let mut client = knowing(&fixture);
    until_half_way(&mut client);
    let closed = Instant::now();
    client.close_input();
    assert_eq!(client.wait().code(), Some(1));
    assert!(closed.elapsed() < GONE, "{:?}", closed.elapsed());
    no_lock_is_left(&fixture);
}

#[test]
fn the_end_of_input_ends_it_while_it_answers() {
    let fixture = many();
    let mut client = knowing(&fixture);
    until_half_way(&mut client);
    for number in 0..200 {
        client.send_request("codecompass/search", json!({ "query": format!("sum of step {number}"), "limit": 200 }));
    }
    let closed = Instant::now();
    client.close_input();
    assert_eq!(client.wait().code(), Some(1));
    assert!(closed.elapsed() < GONE, "{:?}", closed.elapsed());
    // Some were answered before that.
    while client.next_within(Duration::from_millis(100)).is_some() {}
}

#[cfg(unix)]
#[test]
fn it_does_not_outlive_its_editor_while_it_indexes() {
    let fixture = many();
    let mut editor = Command::new("sleep").arg("1000").spawn().unwrap();
    let mut params = fixture.initialize();
    params["processId"] = json!(editor.id());
    let mut client = knowing_as(&fixture, params);
    until_half_way(&mut client);
    editor.kill().unwrap();
    let killed = Instant::now();
    editor.wait().unwrap();
    assert_eq!(client.wait().code(), Some(1));
    assert!(killed.elapsed() < GONE, "{:?}", killed.elapsed());
    no_lock_is_left(&fixture);
}

#[test]
fn it_ends_as_it_is_asked_to_while_it_indexes() {
    let fixture = many();
    let mut client = knowing(&fixture);
    until_half_way(&mut client);
    let asked = Instant::now();
    assert_eq!(client.shut_down().code(), Some(0));
    assert!(asked.elapsed() < GONE, "{:?}", asked.elapsed());
    let mut rude: Client = knowing(&fixture);
    rude.send(&json!({ "jsonrpc": "2.0", "method": "exit" }));
    assert_eq!(rude.wait().code(), Some(1));
}
