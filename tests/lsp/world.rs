//! What the tests of the live index share: workspaces of many files, git, the command line beside a server, and the waiting
//! for what a server shows.

use std::{
    fmt::Write as _,
    path::Path,
    process::{Command, Output},
};

use serde_json::{Value, json};

use crate::{
    client::{Client, Fixture},
    lookup::until,
};

/// The folder of a first opening: so many files that a run over them can be met half way.
pub(crate) const MANY: usize = 1_500;

/// Writes `count` files with a few functions each; `name_of(n)` is in one of them only.
pub(crate) fn generate(fixture: &Fixture, count: usize) {
    for number in 0..count {
        let mut text =
            format!("//! Part {number} of the whole.\n\npub fn {}() -> u32 {{\n    {number}\n}}\n", name_of(number));
        for step in 0..12 {
            write!(
                text,
                "\n/// Step {step} of part {number}.\npub fn step_{step}_of_{number}(input: &[u32]) -> u32 {{\n    \
                 let mut sum = {step};\n    for value in input {{\n        if *value > {number} {{\n            \
                 sum += value * {step};\n        }}\n    }}\n    sum\n}}\n"
            )
            .unwrap();
        }
        fixture.write(&file_of(number), &text);
    }
}

pub(crate) fn name_of(number: usize) -> String {
    format!("begin_part_{number}_here")
}

pub(crate) fn file_of(number: usize) -> String {
    format!("src/group_{}/part_{number}.rs", number / 50)
}

/// A client that knows us, as far as messages that come by themselves are concerned.
pub(crate) fn knowing(fixture: &Fixture) -> Client {
    knowing_as(fixture, fixture.initialize())
}

/// The same with these parameters of `initialize`.
pub(crate) fn knowing_as(fixture: &Fixture, mut params: Value) -> Client {
    params["capabilities"]["experimental"] = json!({ "codecompass": true });
    let mut client = Client::start_as(fixture, params);
    client.tolerate("codecompass/status");
    client
}

/// The state of the one folder.
pub(crate) fn status(client: &mut Client) -> Value {
    client.request("codecompass/status", json!({}))["folders"][0].take()
}

/// Waits until the state of the one folder is like that; the server says when it is another one.
#[track_caller]
pub(crate) fn until_status(client: &mut Client, good: impl Fn(&Value) -> bool) -> Value {
    loop {
        client.take("codecompass/status");
        let now = status(client);
        if good(&now) {
            return now;
        }
        client.expect("codecompass/status");
    }
}

/// Waits until everything on disk is in the index there and changes are watched for.
#[track_caller]
pub(crate) fn settle(client: &mut Client) -> Value {
    until_status(client, is_settled)
}

pub(crate) fn is_settled(folder: &Value) -> bool {
    folder["phase"] == "ready"
        && folder["files"]["pending"] == 0
        && folder["index"]["complete"] == true
        && folder["watcher"]["mode"] != "none"
}

/// Waits until files are being indexed and some are still to come.
#[track_caller]
pub(crate) fn until_half_way(client: &mut Client) {
    until_status(client, |folder| {
        let (done, total) = (folder["done"].as_u64().unwrap(), folder["total"].as_u64().unwrap());
        assert!(!is_settled(folder), "it was over before it was seen");
        folder["phase"] == "indexing" && done > 0 && done < total
    });
}

/// The hits that really hold these words.
pub(crate) fn hits(found: &Value, text: &str) -> Vec<Value> {
    let hits = found["hits"].as_array().unwrap().iter();
    hits.filter(|hit| hit["text"].as_str().unwrap().contains(text)).cloned().collect()
}

pub(crate) fn search(client: &mut Client, text: &str) -> Vec<Value> {
    hits(&client.request("codecompass/search", json!({ "query": text })), text)
}

/// Waits until these words are found in that document; gives the hit.
#[track_caller]
pub(crate) fn until_found(client: &mut Client, text: &str, uri: &str) -> Value {
    let is_there = |found: &Value| hits(found, text).iter().any(|hit| hit["uri"] == uri);
    let found = until(client, "codecompass/search", &json!({ "query": text }), is_there);
    hits(&found, text).into_iter().find(|hit| hit["uri"] == uri).unwrap()
}

/// Waits until these words are found nowhere.
#[track_caller]
pub(crate) fn until_gone(client: &mut Client, text: &str) {
    until(client, "codecompass/search", &json!({ "query": text }), |found| hits(found, text).is_empty());
}

/// Runs git with a fixed identity and without anybody's own settings.
#[track_caller]
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=Ada Tester", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Makes the workspace a repository with one commit of all that is in it.
pub(crate) fn commit_all(fixture: &Fixture, message: &str) {
    if !fixture.root.join(".git").exists() {
        git(&fixture.root, &["init", "-q"]);
    }
    git(&fixture.root, &["add", "-A"]);
    git(&fixture.root, &["commit", "-q", "-m", message]);
}

/// The command line on the same workspace, with the same indexes.
pub(crate) fn command_line(fixture: &Fixture, arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_codecompass"));
    program.args(arguments).arg("--workspace").arg(&fixture.root).env_clear().env("HOME", &fixture.home);
    program.env("CODECOMPASS_CACHE_DIR", fixture.home.join("cache")).output().unwrap()
}
