//! What other programs do to the folder is found, without a word from the editor.

use std::fs;

use serde_json::{Value, json};

use crate::{
    client::Fixture,
    world::{
        command_line, commit_all, file_of, generate, git, knowing, knowing_as, name_of, search, settle, status,
        until_found, until_gone, until_status,
    },
};

#[test]
fn files_are_created_saved_by_rename_moved_and_deleted() {
    let fixture = Fixture::new(&[("src/a.rs", "pub fn lantern_keeper() {}\n")]);
    let mut client = knowing(&fixture);
    let folder = settle(&mut client);
    assert_eq!(folder["watcher"]["mode"], "native", "{folder}");

    fixture.write("src/deep/er/new.rs", "pub fn harbour_pilot() {}\n");
    let created = fixture.uri("src/deep/er/new.rs");
    until_found(&mut client, "harbour_pilot", &created);

    fixture.write("src/.a.rs.tmp", "// moved down\npub fn lighthouse_cook() {}\n");
    fs::rename(fixture.root.join("src/.a.rs.tmp"), fixture.root.join("src/a.rs")).unwrap();
    let hit = until_found(&mut client, "lighthouse_cook", &fixture.uri("src/a.rs"));
    assert!(hit["range"]["end"]["line"].as_u64().unwrap() >= 1);
    until_gone(&mut client, "lantern_keeper");

    fs::rename(fixture.root.join("src/deep"), fixture.root.join("src/shallow")).unwrap();
    until_found(&mut client, "harbour_pilot", &fixture.uri("src/shallow/er/new.rs"));
    assert!(search(&mut client, "harbour_pilot").iter().all(|hit| hit["uri"] != created));

    fs::remove_dir_all(fixture.root.join("src/shallow")).unwrap();
    until_gone(&mut client, "harbour_pilot");
    let end = settle(&mut client);
    assert_eq!((&end["files"]["indexed"], &end["files"]["seen"]), (&json!(1), &json!(1)), "{end}");
}

#[test]
fn rules_of_what_is_left_out_can_change() {
    let fixture =
        Fixture::new(&[("src/a.rs", "pub fn lantern_keeper() {}\n"), ("gen/b.rs", "pub fn harbour_pilot() {}\n")]);
    commit_all(&fixture, "begin");
    let mut client = knowing(&fixture);
    settle(&mut client);
    until_found(&mut client, "harbour_pilot", &fixture.uri("gen/b.rs"));
    fixture.write(".gitignore", "/gen\n");
    until_gone(&mut client, "harbour_pilot");
    fixture.write("gen/c.rs", "pub fn never_to_be_found() {}\n");
    let end =
        until_status(&mut client, |folder| folder["files"]["skipped"]["ignored"] == 2 && folder["phase"] == "ready");
    assert_eq!(end["files"]["indexed"], 2, "src/a.rs and the rules themselves: {end}");
    assert_eq!(search(&mut client, "never_to_be_found"), [] as [Value; 0]);
    fs::remove_file(fixture.root.join(".gitignore")).unwrap();
    until_found(&mut client, "never_to_be_found", &fixture.uri("gen/c.rs"));
}

#[test]
fn another_branch_of_many_files_is_there_a_moment_later() {
    let fixture = Fixture::new(&[]);
    generate(&fixture, 400);
    commit_all(&fixture, "many");
    git(&fixture.root, &["checkout", "-q", "-b", "other"]);
    for number in 0..350 {
        fixture.write(&file_of(number), &format!("pub fn other_branch_{number}_says() {{}}\n"));
    }
    commit_all(&fixture, "other");
    git(&fixture.root, &["checkout", "-q", "main"]);
    assert!(command_line(&fixture, &["index"]).status.success());
    let mut client = knowing(&fixture);
    settle(&mut client);
    git(&fixture.root, &["checkout", "-q", "other"]);
    for number in [0, 175, 349] {
        until_found(&mut client, &format!("other_branch_{number}_says"), &fixture.uri(&file_of(number)));
        until_gone(&mut client, &name_of(number));
    }
    until_found(&mut client, &name_of(399), &fixture.uri(&file_of(399)));
    let end = settle(&mut client);
    assert_eq!(
        (&end["files"]["indexed"], &end["files"]["seen"]),
        (&json!(400), &json!(401)),
        "the files and .git: {end}"
    );
}

#[test]
fn who_polls_finds_changes_too_and_says_why() {
    let fixture = Fixture::new(&[("src/a.rs", "pub fn lantern_keeper() {}\n")]);
    let mut params = fixture.initialize();
    params["initializationOptions"] = json!({ "index": { "watcher": "polling" } });
    // It is the user's wish: nobody is asked to do it instead.
    params["capabilities"] = json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } });
    let mut client = knowing_as(&fixture, params);
    let folder = settle(&mut client);
    assert_eq!(folder["watcher"]["mode"], "polling", "{folder}");
    assert!(folder["watcher"]["reason"].as_str().unwrap().contains("index.watcher"), "{folder}");
    fixture.write("src/b.rs", "pub fn harbour_pilot() {}\n");
    until_found(&mut client, "harbour_pilot", &fixture.uri("src/b.rs"));
    // What the editor tells is looked at, at once.
    fs::remove_file(fixture.root.join("src/b.rs")).unwrap();
    let changes = json!([{ "uri": fixture.uri("src/b.rs"), "type": 3 }]);
    client.notify("workspace/didChangeWatchedFiles", json!({ "changes": changes }));
    until_gone(&mut client, "harbour_pilot");
    assert_eq!(status(&mut client)["watcher"]["mode"], "polling");
}
