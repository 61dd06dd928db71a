//! Several folders, folders in folders, files in none, and names that are hard to write down.

use std::fs;

use serde_json::{Value, json};

use crate::{
    client::{Client, Fixture, uri_of},
    lookup::until,
    world::{hits, knowing_as, search, until_found, until_gone},
};

fn folder(fixture: &Fixture, path: &str) -> Value {
    json!({ "uri": fixture.uri(path), "name": path })
}

fn open_folders(fixture: &Fixture, paths: &[&str]) -> Client {
    let mut params = fixture.initialize();
    params["workspaceFolders"] = paths.iter().map(|path| folder(fixture, path)).collect();
    knowing_as(fixture, params)
}

fn change_folders(client: &mut Client, added: &[Value], removed: &[Value]) {
    let event = json!({ "added": added, "removed": removed });
    client.notify("workspace/didChangeWorkspaceFolders", json!({ "event": event }));
}

#[test]
fn two_are_searched_together_and_others_come_and_go() {
    let fixture = Fixture::new(&[
        ("one/a.rs", "pub fn lantern_keeper_one() {}\n"),
        ("two/a.rs", "pub fn lantern_keeper_two() {}\n"),
        ("three/a.rs", "pub fn lantern_keeper_three() {}\n"),
    ]);
    let mut client = open_folders(&fixture, &["one", "two"]);
    let both = |found: &Value| {
        ["one/a.rs", "two/a.rs"]
            .iter()
            .all(|path| hits(found, "lantern_keeper").iter().any(|hit| hit["uri"] == fixture.uri(path)))
    };
    until(&mut client, "codecompass/search", &json!({ "query": "lantern_keeper" }), both);
    assert_eq!(search(&mut client, "lantern_keeper_three"), [] as [Value; 0]);
    change_folders(&mut client, &[folder(&fixture, "three")], &[folder(&fixture, "one")]);
    until_found(&mut client, "lantern_keeper_three", &fixture.uri("three/a.rs"));
    assert_eq!(search(&mut client, "lantern_keeper_one"), [] as [Value; 0]);
    let report =
        until(&mut client, "codecompass/status", &json!({}), |report| report["folders"].as_array().unwrap().len() == 2);
    let names: Vec<&str> =
        report["folders"].as_array().unwrap().iter().map(|it| it["workspace"].as_str().unwrap()).collect();
    assert!(names.iter().any(|name| name.ends_with("/two")) && names.iter().any(|name| name.ends_with("/three")));
    // The client that listens hears of it too.
    loop {
        let told = client.expect("codecompass/status");
        if told["folders"].as_array().unwrap().iter().all(|it| !it["workspace"].as_str().unwrap().ends_with("/one")) {
            break;
        }
    }
}

#[test]
fn the_inner_of_nested_folders_speaks_for_its_files() {
    let fixture = Fixture::new(&[
        ("a.rs", "pub fn lantern_keeper() {}\n"),
        ("inner/b.rs", "pub fn harbour_pilot() {}\n"),
        ("innermost.rs", "pub fn lighthouse_cook() { harbour_pilot() }\n"),
    ]);
    let mut client = open_folders(&fixture, &["", "inner"]);
    let uri = fixture.uri("inner/b.rs");
    until_found(&mut client, "lighthouse_cook", &fixture.uri("innermost.rs"));
    until_found(&mut client, "harbour_pilot", &uri);
    assert_eq!(search(&mut client, "pub fn harbour_pilot").len(), 1, "found once, not once in each folder");
    let symbols = client.request("workspace/symbol", json!({ "query": "harbour_pilot" }));
    let named = symbols.as_array().unwrap().iter().filter(|it| it["name"] == "harbour_pilot").count();
    assert_eq!(named, 1, "{symbols:#}");

    // The outer folder has it as it is on disk, which is not what counts.
    client.open(&uri, "rust", "// nothing that has a name\n");
    until_gone(&mut client, "pub fn harbour_pilot");
    let symbols = client.request("workspace/symbol", json!({ "query": "harbour_pilot" }));
    assert!(symbols.as_array().unwrap().iter().all(|it| it["name"] != "harbour_pilot"), "{symbols:#}");
    let at =
        json!({ "textDocument": { "uri": fixture.uri("innermost.rs") }, "position": { "line": 0, "character": 30 } });
    assert_eq!(client.request("textDocument/hover", at.clone()), Value::Null);
    client.change(&uri, 2, json!([{ "text": "\n\npub fn harbour_pilot() {}\n" }]));
    let hover = until(&mut client, "textDocument/hover", &at, |hover| !hover.is_null());
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.contains("#L3)") && text.contains("1 reference"), "{text}");

    // Without the inner folder the outer one speaks for all of it, and knows what is open there.
    change_folders(&mut client, &[], &[folder(&fixture, "inner")]);
    let hit = until_found(&mut client, "harbour_pilot", &uri);
    assert_eq!(hit["range"]["end"]["line"], 2, "{hit}");
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    let first = |found: &Value| {
        hits(found, "pub fn harbour_pilot")
            .iter()
            .any(|hit| hit["range"]["start"]["line"] == 0 && hit["range"]["end"]["line"] == 0)
    };
    until(&mut client, "codecompass/search", &json!({ "query": "harbour_pilot" }), first);
}

#[test]
fn a_file_in_no_folder_confuses_nobody() {
    let fixture = Fixture::new(&[("a.rs", "pub fn lantern_keeper() {}\n")]);
    fs::write(fixture.home.join("loose.rs"), "pub fn loose_on_disk() {}\n").unwrap();
    let mut client = open_folders(&fixture, &[""]);
    until_found(&mut client, "lantern_keeper", &fixture.uri("a.rs"));
    let inside = uri_of(&fixture.home.join("loose.rs"));
    for uri in [inside.as_str(), "untitled:Untitled-1", "file:///no/such/folder/x.rs", "git:/a/b.rs?ref", "file:///"] {
        client.open(uri, "rust", "pub fn loose_in_the_editor() { lantern_keeper() }\n");
        let document = json!({ "uri": uri });
        let position = json!({ "line": 0, "character": 10 });
        let range = json!({ "start": position, "end": position });
        for (method, params) in [
            ("textDocument/hover", json!({ "textDocument": document, "position": position })),
            ("textDocument/definition", json!({ "textDocument": document, "position": position })),
            ("textDocument/documentLink", json!({ "textDocument": document })),
            ("textDocument/codeLens", json!({ "textDocument": document })),
            (
                "textDocument/codeAction",
                json!({ "textDocument": document, "range": range, "context": { "diagnostics": [] } }),
            ),
        ] {
            let answer = client.request(method, params);
            assert!(answer.is_null() || answer == json!([]), "{method} of {uri}: {answer}");
        }
        for command in ["why", "explain", "similar"] {
            let arguments = json!([{ "uri": uri, "line": 1 }]);
            let call = json!({ "command": format!("codecompass.{command}"), "arguments": arguments });
            let id = client.send_request("workspace/executeCommand", call);
            let answer = client.wait_for(command, |message| message["id"] == id);
            let said = answer["result"]["message"].as_str().or_else(|| answer["error"]["message"].as_str());
            let why = ["in no workspace folder", "in none of them", "no file on this machine"];
            let clear = said.is_some_and(|said| why.iter().any(|why| said.contains(why)));
            assert!(clear, "{command} of {uri}: {answer}");
        }
        client.change(uri, 2, json!([{ "text": "pub fn loose_and_changed() {}\n" }]));
        client.notify("textDocument/didSave", json!({ "textDocument": { "uri": uri } }));
        client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    }
    assert_eq!(search(&mut client, "loose_"), [] as [Value; 0]);
}

#[test]
fn names_that_are_hard_to_write_down() {
    let hard =
        ["with space.rs", "ünï/cödé 漢字.rs", "#hash#1.rs", "100%.rs", "%41.rs", "a+b&c=d?.rs", "[x]{y}.rs", "it's.rs"];
    let fixture = Fixture::named("a project, 100% #1 ünïcode", &[]);
    for (number, name) in hard.iter().enumerate() {
        fixture.write(name, &format!("pub fn hard_name_{number}_here() {{}}\n"));
    }
    let mut client = open_folders(&fixture, &[""]);
    for (number, name) in hard.iter().enumerate() {
        let wanted = fixture.root.join(name);
        let text = format!("hard_name_{number}_here");
        let good = |found: &Value| !hits(found, &text).is_empty();
        let found = until(&mut client, "codecompass/search", &json!({ "query": text }), good);
        let hit = &hits(&found, &text)[0];
        assert_eq!(hit["path"], wanted.to_str().unwrap());
        let uri = hit["uri"].as_str().unwrap().to_owned();
        let decoded = percent_decoded(uri.strip_prefix("file://").unwrap());
        assert_eq!(decoded, wanted.to_str().unwrap(), "{uri}");
        // The file under the server's name and under the editor's is one.
        client.open(&fixture.uri(name), "rust", &format!("pub fn typed_name_{number}_here() {{}}\n"));
        let typed = format!("typed_name_{number}_here");
        let found = until(&mut client, "codecompass/search", &json!({ "query": typed }), |found| {
            !hits(found, &typed).is_empty()
        });
        assert_eq!(hits(&found, &typed)[0]["uri"], uri);
        assert!(search(&mut client, &text).is_empty());
        let at = json!({ "textDocument": { "uri": uri }, "position": { "line": 0, "character": 9 } });
        let hover = client.request("textDocument/hover", at);
        assert!(hover["contents"]["value"].as_str().unwrap().contains("typed_name"), "{hover}");
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = (first == b'%').then(|| std::str::from_utf8(&after[..2]).unwrap());
        bytes.push(code.map_or(first, |code| u8::from_str_radix(code, 16).unwrap()));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).unwrap()
}
