//! What is typed is what counts, as long as the file is open, and nothing else.

use serde_json::{Value, json};

use crate::{
    client::{Client, Fixture},
    lookup::until,
    world::{knowing, knowing_as, search, settle, until_found, until_gone},
};

const BEFORE: &str = "pub fn lantern_keeper() {}\n";
const AFTER: &str = "// one line more\npub const SMILE: &str = \"🙂\"; pub fn harbour_pilot() {}\n";

fn symbol(client: &mut Client, name: &str) -> Value {
    let there = |found: &Value| found.as_array().unwrap().iter().any(|symbol| symbol["name"] == name);
    let found = until(client, "workspace/symbol", &json!({ "query": name }), there);
    found.as_array().unwrap().iter().find(|symbol| symbol["name"] == name).unwrap().clone()
}

#[test]
fn an_unsaved_buffer_is_searched_in_the_encoding_that_was_agreed_on() {
    let fixture = Fixture::new(&[("src/a.rs", BEFORE)]);
    for (encoding, start) in [("utf-16", 37), ("utf-8", 39), ("utf-32", 36)] {
        let mut params = fixture.initialize();
        params["capabilities"] = json!({ "general": { "positionEncodings": [encoding] } });
        let mut client = knowing_as(&fixture, params);
        let uri = fixture.uri("src/a.rs");
        settle(&mut client);
        client.open(&uri, "rust", BEFORE);
        let at = |line: u32, character: u32| json!({ "line": line, "character": character });
        let all = json!({ "start": at(0, 0), "end": at(1, 0) });
        client.change(&uri, 2, json!([{ "range": all, "text": AFTER }]));
        let range = json!({ "start": at(1, start), "end": at(1, start + 13) });
        assert_eq!(symbol(&mut client, "harbour_pilot")["location"], json!({ "uri": uri, "range": range }));
        let hit = until_found(&mut client, "harbour_pilot", &uri);
        assert!(hit["range"]["end"]["line"].as_u64().unwrap() >= 1);
        assert_eq!(search(&mut client, "lantern_keeper"), [] as [Value; 0], "it is not in the buffer any more");

        // Behind the emoji, an edit counts in the same way.
        let name = json!({ "start": at(1, start), "end": at(1, start + 7) });
        client.change(&uri, 3, json!([{ "range": name, "text": "airport" }]));
        symbol(&mut client, "airport_pilot");

        client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
        until_found(&mut client, "lantern_keeper", &uri);
        until_gone(&mut client, "airport_pilot");
    }
}

#[test]
fn a_file_that_is_nowhere_yet_is_found() {
    let fixture = Fixture::new(&[("src/a.rs", BEFORE)]);
    let mut client = knowing(&fixture);
    let uri = fixture.uri("src/new.rs");
    client.open(&uri, "rust", "pub fn never_saved_before() {}\n");
    until_found(&mut client, "never_saved_before", &uri);
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    until_gone(&mut client, "never_saved_before");
}

#[test]
fn a_burst_of_changes_ends_as_the_editor_has_it() {
    let fixture = Fixture::new(&[("src/a.rs", BEFORE)]);
    let mut client = knowing(&fixture);
    settle(&mut client);
    let uri = fixture.uri("src/a.rs");
    // What the editor shows, a line an element.
    let mut model: Vec<String> = (0..40).map(|line| format!("pub fn line_{line}_begins() {{}}")).collect();
    client.open(&uri, "rust", &(model.join("\n") + "\n"));
    for step in 0..400_usize {
        let line = (step * 17) % model.len();
        let length = model[line].encode_utf16().count();
        let at = |line: usize, character: usize| json!({ "line": line, "character": character });
        let (range, text) = match step % 4 {
            // Another line below, a line replaced, a line taken away, a few letters behind an emoji.
            0 => {
                model.insert(line + 1, format!("pub fn inserted_{step}() {{}}"));
                (
                    json!({ "start": at(line, length), "end": at(line, length) }),
                    format!("\npub fn inserted_{step}() {{}}"),
                )
            }
            1 => {
                model[line] = format!("pub fn replaced_{step}() {{}}");
                (json!({ "start": at(line, 0), "end": at(line, length) }), model[line].clone())
            }
            2 => {
                model.remove(line);
                (json!({ "start": at(line, 0), "end": at(line + 1, 0) }), String::new())
            }
            _ => {
                model[line] = format!("{}🙂{step}", &model[line]);
                let end = model[line].encode_utf16().count() - format!("🙂{step}").encode_utf16().count();
                (json!({ "start": at(line, end), "end": at(line, end) }), format!("🙂{step}"))
            }
        };
        let version = i32::try_from(step).unwrap() + 2;
        client.change(&uri, version, json!([{ "range": range, "text": text }]));
    }
    // The very next request sees it all.
    let found = client.request("codecompass/search", json!({ "query": "line begins replaced inserted", "limit": 200 }));
    let mut seen = vec![None; model.len() + 1];
    for hit in found["hits"].as_array().unwrap() {
        let first = usize::try_from(hit["range"]["start"]["line"].as_u64().unwrap()).unwrap();
        for (line, text) in (first..).zip(hit["text"].as_str().unwrap().lines()) {
            seen[line] = Some(text.to_owned());
        }
    }
    let mut checked = 0;
    for (line, text) in model.iter().enumerate() {
        if let Some(seen) = &seen[line] {
            assert_eq!(seen, text, "line {line}");
            checked += 1;
        }
    }
    assert!(checked > model.len() / 2, "only {checked} of {} lines were seen: {found:#}", model.len());
}

#[test]
fn what_may_not_be_indexed_is_not_when_it_is_open_either() {
    let fixture =
        Fixture::new(&[(".gitignore", "/target\n"), ("src/a.rs", BEFORE), (".git/HEAD", "ref: refs/heads/main\n")]);
    fixture.write("target/built.rs", "pub fn made_by_the_build() {}\n");
    fixture.write(".env", "TOKEN=swordfish_password\n");
    let mut client = knowing(&fixture);
    settle(&mut client);
    for (path, text) in
        [("target/built.rs", "pub fn typed_in_target() {}\n"), (".env", "TOKEN=swordfish_password_typed\n")]
    {
        client.open(&fixture.uri(path), "rust", text);
    }
    // What is typed later is there: so is what was typed before, if ever.
    let uri = fixture.uri("src/b.rs");
    client.open(&uri, "rust", "pub fn typed_after_that() {}\n");
    until_found(&mut client, "typed_after_that", &uri);
    for secret in ["typed_in_target", "made_by_the_build", "swordfish"] {
        assert_eq!(search(&mut client, secret), [] as [Value; 0]);
        let symbols = client.request("workspace/symbol", json!({ "query": secret }));
        assert!(!symbols.to_string().contains(secret), "{symbols}");
    }
}
