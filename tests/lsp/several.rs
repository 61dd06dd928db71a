//! Two editors on one folder, and the command line beside them: nobody is in anybody's way, and nobody depends on anybody.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    client::{Client, Fixture},
    world::{
        MANY, command_line, file_of, generate, knowing, name_of, search, settle, until_found, until_gone,
        until_half_way, until_status,
    },
};

/// Nothing was said to the user, in the log or in the status.
#[track_caller]
fn said_nothing(client: &mut Client) {
    assert_eq!(client.log(), "");
    assert_eq!(client.take("window/showMessage"), [] as [Value; 0]);
    let report = client.request("codecompass/status", json!({}));
    assert_eq!(report["folders"][0]["errors"], json!([]));
}

#[test]
fn both_find_what_is_new_and_each_its_own_buffers() {
    let fixture = Fixture::new(&[("src/a.rs", "pub fn lantern_keeper() {}\n")]);
    let (mut left, mut right) = (knowing(&fixture), knowing(&fixture));
    settle(&mut left);
    settle(&mut right);
    let uri = fixture.uri("src/a.rs");
    left.open(&uri, "rust", "pub fn typed_on_the_left() {}\n");
    right.open(&uri, "rust", "pub fn typed_on_the_right() {}\n");
    until_found(&mut left, "typed_on_the_left", &uri);
    until_found(&mut right, "typed_on_the_right", &uri);
    assert_eq!(search(&mut left, "typed_on_the_right"), [] as [Value; 0]);
    assert_eq!(search(&mut right, "typed_on_the_left"), [] as [Value; 0]);
    for number in 0..5 {
        fixture.write(&format!("src/new_{number}.rs"), &format!("pub fn new_for_both_{number}() {{}}\n"));
    }
    let found = command_line(&fixture, &["search", "new_for_both_3", "--json"]);
    assert!(String::from_utf8_lossy(&found.stdout).lines().next().unwrap().contains("new_3.rs"));
    for client in [&mut left, &mut right] {
        until_found(client, "new_for_both_4", &fixture.uri("src/new_4.rs"));
        settle(client);
        said_nothing(client);
    }
    let found = command_line(&fixture, &["search", "lantern_keeper", "--json"]);
    assert!(String::from_utf8_lossy(&found.stdout).contains("lantern_keeper"), "no buffer counts on the command line");
    drop(left);
    std::fs::remove_file(fixture.root.join("src/new_4.rs")).unwrap();
    until_gone(&mut right, "new_for_both_4");
    said_nothing(&mut right);
}

#[test]
fn when_the_one_that_indexes_is_killed_the_other_takes_over() {
    let fixture = Fixture::new(&[]);
    generate(&fixture, MANY);
    let mut first = knowing(&fixture);
    until_half_way(&mut first);
    let mut second = knowing(&fixture);
    until_status(&mut second, |folder| folder["phase"] == "following");
    first.kill();
    let killed = Instant::now();
    until_status(&mut second, |folder| folder["phase"] == "indexing" || folder["index"]["complete"] == true);
    // The promise is one second.
    assert!(killed.elapsed() < Duration::from_secs(3), "{:?}", killed.elapsed());
    let folder = settle(&mut second);
    assert_eq!(folder["files"]["indexed"], MANY, "{folder}");
    until_found(&mut second, &name_of(MANY - 1), &fixture.uri(&file_of(MANY - 1)));
    said_nothing(&mut second);
    let _ = first.take("codecompass/status");
}

#[test]
fn the_command_line_beside_an_idle_server_is_quick_and_right() {
    let fixture = Fixture::new(&[]);
    generate(&fixture, 300);
    let mut client = knowing(&fixture);
    settle(&mut client);
    let name = name_of(211);
    let mut times = Vec::new();
    for _ in 0..5 {
        let start = Instant::now();
        let found = command_line(&fixture, &["search", &name, "--json", "-n", "3"]);
        times.push(start.elapsed());
        let best: Value = serde_json::from_slice(found.stdout.split(|byte| *byte == b'\n').next().unwrap()).unwrap();
        assert_eq!(best["path"], file_of(211));
        assert_eq!(String::from_utf8_lossy(&found.stderr), "");
    }
    times.sort();
    assert!(times[2] < Duration::from_secs(1), "{times:?}");
    said_nothing(&mut client);
}
