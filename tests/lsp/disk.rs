//! What other programs do to the folder is found, without a word from the editor.

use std::{fs, process::Command};

use serde_json::{Value, json};

use crate::{
    client::{Client, Fixture},
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

/// The server where the system allows it no more than this.
#[cfg(target_os = "linux")]
fn confined(fixture: &Fixture, limit: &str) -> Option<Command> {
    let confine = format!("echo {limit} && exec \"$0\" lsp");
    let mut program = fixture.program();
    let mut command = Command::new("/usr/bin/unshare");
    command.args(["--user", "--map-root-user", "sh", "-c", &confine]).arg(program.get_program()).env_clear();
    for (name, value) in program.get_envs() {
        command.env(name, value.unwrap());
    }
    command.env("PATH", "/usr/bin:/bin").current_dir(&fixture.home);
    program = Command::new("/usr/bin/unshare");
    let can = program.args(["--user", "--map-root-user", "true"]).output().is_ok_and(|output| output.status.success());
    can.then_some(command)
}

#[cfg(target_os = "linux")]
#[test]
fn where_the_system_cannot_watch_the_editor_is_asked_to() {
    for limit in ["0 >/proc/sys/user/max_inotify_instances", "1 >/proc/sys/user/max_inotify_watches"] {
        let fixture = Fixture::new(&[("src/a.rs", "pub fn lantern_keeper() {}\n"), ("lib/b.rs", "pub fn b() {}\n")]);
        // Some machines let nobody make a space of their own.
        let Some(mut program) = confined(&fixture, limit) else { return };
        for can_watch in [true, false] {
            let mut params = fixture.initialize();
            params["capabilities"] = json!({
                "experimental": { "codecompass": true },
                "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": can_watch } },
            });
            let mut client = Client::spawn(&mut program);
            client.tolerate("codecompass/status");
            client.initialize(params);
            if can_watch {
                let register = client.expect_request("client/registerCapability");
                let asked = &register["params"]["registrations"];
                assert_eq!(asked.as_array().unwrap().len(), 1, "{asked}");
                assert_eq!(asked[0]["method"], "workspace/didChangeWatchedFiles");
                client.answer(&register, Value::Null);
            }
            let mode = if can_watch { "client" } else { "polling" };
            let folder = until_status(&mut client, |folder| folder["watcher"]["mode"] == mode);
            let reason = folder["watcher"]["reason"].as_str().unwrap().to_owned();
            assert!(reason.contains("fs.inotify.max_user_") && reason.contains("sysctl"), "{reason}");
            let text = format!("pub fn harbour_pilot_{mode}() {{}}\n");
            fixture.write("src/new.rs", &text);
            if can_watch {
                let changes = json!([{ "uri": fixture.uri("src/new.rs"), "type": 1 }]);
                client.notify("workspace/didChangeWatchedFiles", json!({ "changes": changes }));
            }
            until_found(&mut client, &format!("harbour_pilot_{mode}"), &fixture.uri("src/new.rs"));
            settle(&mut client);
            assert_eq!(status(&mut client)["watcher"]["reason"], reason);
            std::fs::remove_file(fixture.root.join("src/new.rs")).unwrap();
        }
    }
}
