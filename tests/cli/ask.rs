//! `ask`, `explain` and `conversations` of the real program, with a host that only pretends.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::fake::{Fake, Reply};

const STORE: &str = "\
/// Adds an item to the shelf.
pub fn add(item: u32) -> u32 {
    check(item);
    item
}

fn check(item: u32) {}
";

/// A project, a home folder, and a host.
struct Place {
    _all: tempfile::TempDir,
    root: PathBuf,
    home: PathBuf,
    host: String,
}

impl Place {
    fn new(host: &str) -> Self {
        let all = tempfile::tempdir().unwrap();
        let path = fs::canonicalize(all.path()).unwrap();
        let (root, home) = (path.join("project"), path.join("home"));
        fs::create_dir_all(root.join("src")).unwrap();
        fs::create_dir_all(root.join(".git")).unwrap();
        fs::create_dir_all(&home).unwrap();
        fs::write(root.join("src/store.rs"), STORE).unwrap();
        Self { _all: all, root, home, host: host.to_owned() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_codecompass"));
        command.args(arguments).env_clear().env("HOME", &self.home).env("OLLAMA_HOST", &self.host);
        command.current_dir(&self.root).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        said(self.command(arguments).output().unwrap())
    }

    fn run_with(&self, arguments: &[&str], input: &str) -> (i32, String, String) {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        said(child.wait_with_output().unwrap())
    }
}

fn said(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

fn piece(text: &str) -> Value {
    json!({ "message": { "role": "assistant", "content": text }, "done": false })
}

fn done() -> Value {
    json!({ "message": { "role": "assistant", "content": "" }, "done": true, "done_reason": "stop",
            "prompt_eval_count": 200, "eval_count": 9, "eval_duration": 90_000_000 })
}

fn answering(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Fake {
    Fake::tame_but(move |request| (request.path == "/api/chat").then(&reply))
}

fn prompt(fake: &Fake, number: usize) -> String {
    fake.asked("/api/chat")[number].json()["messages"].to_string()
}

#[test]
fn an_answer_is_printed_with_its_places() {
    let fake = answering(|| Reply::stream().lines(&[piece("Items are added "), piece("by `add` [1]."), done()]).end());
    let place = Place::new(&fake.address);
    let (code, out, err) = place.run(&["ask", "how", "are", "items", "added?"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.starts_with("Items are added by `add` (`src/store.rs:"), "{out}");
    assert!(err.contains("qwen:latest on "), "{err}");
    let (code, out, _) = place.run(&["ask", "--ledger", "how are items added?"]);
    assert!(code == 0 && out.contains("are kept free for the answer"), "{out}");
}

#[test]
fn programs_get_lines() {
    let fake = answering(|| Reply::stream().lines(&[piece("By `add` "), piece("[1]."), done()]).end());
    let place = Place::new(&fake.address);
    let (code, out, err) = place.run(&["ask", "--json", "how are items added?"]);
    assert_eq!(code, 0, "{err}");
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (answer, deltas) = lines.split_last().unwrap();
    let text: String = deltas.iter().map(|line| line["text"].as_str().unwrap()).collect();
    assert!(deltas.iter().all(|line| line["type"] == "delta"));
    assert_eq!(
        (text.as_str(), &answer["type"], &answer["complete"]),
        ("By `add` [1].", &json!("answer"), &json!(true))
    );
    assert_eq!(answer["citations"][0]["path"], "src/store.rs");
    assert_eq!((&answer["citations"][0]["verified"], &answer["citations"][0]["source"]), (&json!(true), &json!(1)));
    for key in ["n", "path", "start_line", "end_line"] {
        assert!(!answer["sources"][0][key].is_null(), "{answer}");
    }
    assert_eq!(answer["model"], "qwen:latest");
    assert_eq!(answer["usage"]["answer_tokens"], 9);
}

#[test]
fn what_is_piped_in_belongs_to_the_question() {
    let fake = answering(|| Reply::stream().lines(&[piece("Yes."), done()]).end());
    let place = Place::new(&fake.address);
    let (code, out, err) = place.run_with(&["ask", "why does this fail?"], "error[E0308]: mismatched types\n");
    assert_eq!((code, out.as_str()), (0, "Yes.\n"), "{err}");
    let prompt = prompt(&fake, 0);
    assert!(prompt.contains("why does this fail?") && prompt.contains("error[E0308]"), "{prompt}");
    let (code, out, _) = place.run_with(&["ask"], "is this a question?");
    assert_eq!((code, out.as_str()), (0, "Yes.\n"));
    let (code, _, err) = place.run(&["ask"]);
    assert!(code == 2 && err.contains("there is no question"), "{err}");
}

#[test]
fn a_conversation_goes_on_and_can_be_looked_at() {
    let fake = answering(|| Reply::stream().lines(&[piece("By the shelf."), done()]).end());
    let place = Place::new(&fake.address);
    assert_eq!(place.run(&["conversations", "list"]).0, 1);
    place.run(&["ask", "how are items added?"]);
    place.run(&["ask", "-c", "and who calls it?"]);
    let messages = prompt(&fake, 1);
    assert!(messages.contains("how are items added?") && messages.contains("By the shelf."), "{messages}");
    let (code, out, _) = place.run(&["conversations", "list", "--json"]);
    let summary: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &summary["turns"], &summary["title"]), (0, &json!(2), &json!("how are items added?")));
    let id = summary["id"].as_str().unwrap();
    let (_, out, _) = place.run(&["conversations", "export", &id[..6]]);
    assert!(out.contains("## You\n\nand who calls it?\n\n## CodeCompass\n\nBy the shelf.\n"), "{out}");
    place.run(&["ask", "--conversation", id, "and now?"]);
    assert!(prompt(&fake, 2).contains("and who calls it?"));
    place.run(&["ask", "--forget", "keep nothing of this"]);
    assert_eq!(place.run(&["conversations", "list"]).1.lines().count(), 1);
    assert_eq!(place.run(&["conversations", "rm", id]).0, 0);
    let (code, _, err) = place.run(&["conversations", "show", "nope"]);
    assert!(code == 2 && err.contains("there is no conversation `nope`"), "{err}");
}

#[test]
fn without_a_model_there_are_passages_and_what_to_do() {
    let place = Place::new("127.0.0.1:9");
    let (code, out, err) = place.run(&["ask", "how are items added?"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("## `src/store.rs:") && out.contains("pub fn add"), "{out}");
    assert!(err.contains("no model has answered: ") && err.contains("127.0.0.1:9"), "{err}");
    let (code, out, _) = place.run(&["ask", "--json", "how are items added?"]);
    let answer: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!((code, &answer["complete"], &answer["sources"][0]["path"]), (0, &json!(false), &json!("src/store.rs")));
    assert!(answer["error"].as_str().unwrap().contains("127.0.0.1:9"), "{answer}");
}

#[test]
fn an_explanation_without_a_model_says_what_the_index_knows() {
    let place = Place::new("127.0.0.1:9");
    let (code, out, err) = place.run(&["explain", "src/store.rs:3"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("function `add` `src/store.rs:2`") && out.contains("function `check`"), "{out}");
    for (arguments, wanted) in [
        (["explain", "src/none.rs"], "there is no file `src/none.rs`"),
        (["explain", "src/store.rs:0"], "lines count from 1"),
    ] {
        let (code, _, err) = place.run(&arguments);
        assert!(code == 2 && err.contains(wanted), "{err}");
    }
}

#[test]
fn an_answer_that_breaks_off_is_printed_as_far_as_it_came() {
    let fake = answering(|| Reply::stream().lines(&[piece("Items are ")]));
    let place = Place::new(&fake.address);
    let (code, out, err) = place.run(&["ask", "how are items added?"]);
    assert_eq!(code, 2, "{err}");
    assert!(out.starts_with("Items are") && out.contains("## `src/store.rs:"), "{out}");
    assert!(err.contains("the answer is not complete"), "{err}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_and_keeps_what_came() {
    let fake = answering(|| Reply::stream().lines(&[piece("Items are ")]).silence());
    let place = Place::new(&fake.address);
    let mut command = place.command(&["ask", "--json", "how are items added?"]);
    let mut child: Child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    assert!(first.contains("Items are"), "{first}");
    let pressed = Instant::now();
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let answer: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!((&answer["stopped"], &answer["complete"]), (&json!(true), &json!(false)));
    assert!(fake.gone().duration_since(pressed) < Duration::from_millis(500));
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert!(err.contains("stopped"), "{err}");
    let (_, out, _) = place.run(&["conversations", "show"]);
    assert!(out.contains("Items are") && out.contains("**Stopped.**"), "{out}");
}
