//! Who changed a definition last, from git, as far as that is known at once.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    client::{Client, Fixture},
    lookup::until,
    world::{commit_all, file_of, generate, knowing, settle},
};

fn hover(client: &mut Client, uri: &str, line: u32, wanted: &str) -> String {
    let at = json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": 9 } });
    let good = |hover: &Value| hover["contents"]["value"].as_str().is_some_and(|text| text.contains(wanted));
    until(client, "textDocument/hover", &at, good)["contents"]["value"].as_str().unwrap().to_owned()
}

#[test]
fn a_hover_names_the_last_commit_of_a_definition() {
    let fixture = Fixture::new(&[("a.rs", "pub fn lantern_keeper() {\n}\n\npub fn harbour_pilot() {}\n")]);
    commit_all(&fixture, "Light the lantern");
    fixture.write("a.rs", "pub fn lantern_keeper() {\n}\n\npub fn harbour_pilot() { sail() }\n");
    commit_all(&fixture, "Sail away");
    let mut client = knowing(&fixture);
    settle(&mut client);
    let uri = fixture.uri("a.rs");
    let text = hover(&mut client, &uri, 0, "Light the lantern");
    assert!(text.contains("Ada Tester") && !text.contains("Sail away"), "{text}");
    // In a buffer the same lines are further down.
    client.open(&uri, "rust", "// new\npub fn lantern_keeper() {\n}\n\npub fn harbour_pilot() { sail() }\n");
    let text = hover(&mut client, &uri, 4, "Sail away");
    assert!(text.contains("Ada Tester"), "{text}");
    // A commit that is made meanwhile is known without a restart.
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    fixture.write("a.rs", "pub fn lantern_keeper() { shine() }\n");
    commit_all(&fixture, "Shine");
    hover(&mut client, &uri, 0, "Shine");
}

#[test]
fn a_long_history_does_not_hold_a_hover_up() {
    let fixture = Fixture::new(&[("a.rs", "pub fn lantern_keeper() {}\n")]);
    commit_all(&fixture, "Light the lantern");
    generate(&fixture, 150);
    commit_all(&fixture, "Build the town");
    for number in 0..60 {
        fixture.write(&file_of(number), &format!("pub fn changed_{number}() {{}}\n"));
        commit_all(&fixture, &format!("Change {number}"));
    }
    let mut client = knowing(&fixture);
    settle(&mut client);
    let at = json!({ "textDocument": { "uri": fixture.uri("a.rs") }, "position": { "line": 0, "character": 9 } });
    let mut times: Vec<Duration> = (0..15)
        .map(|_| {
            let start = Instant::now();
            let hover = client.request("textDocument/hover", at.clone());
            assert!(hover["contents"]["value"].as_str().unwrap().contains("lantern_keeper"), "{hover}");
            start.elapsed()
        })
        .collect();
    times.sort();
    // The promise is 20 ms; this notices when it is missed by far.
    assert!(times[7] < Duration::from_millis(200), "{times:?}");
}
