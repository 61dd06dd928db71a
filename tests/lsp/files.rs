//! Documents, folders, and what happens to files.

use serde_json::{Value, json};

use crate::client::{Client, Fixture, uri_of};

/// A request that is answered when everything before it is done.
fn settle(client: &mut Client) {
    assert_eq!(client.request("workspace/willCreateFiles", json!({ "files": [] })), Value::Null);
}

#[test]
fn the_encoding_is_the_one_that_both_can() {
    let fixture = Fixture::new(&[]);
    for (offered, taken) in [
        (json!(["utf-16"]), "utf-16"),
        (json!(["utf-8", "utf-16", "utf-32"]), "utf-8"),
        (json!(["utf-32", "utf-8", "utf-16"]), "utf-8"),
        (json!([]), "utf-16"),
    ] {
        let client = Client::start_with(&fixture, json!({ "general": { "positionEncodings": offered } }));
        assert_eq!(client.server["capabilities"]["positionEncoding"], taken);
    }
}

#[test]
fn documents_come_and_go_whatever_they_are_called() {
    let fixture = Fixture::named("a project, 100% ünïcode", &[("with space/[x] #1.rs", "fn a() {}\n")]);
    let mut client = Client::start(&fixture);
    let file = fixture.root.join("with space/[x] #1.rs");
    let raw = format!("file://{}", file.to_str().unwrap().replace('%', "%25").replace('#', "%23"));
    for uri in [uri_of(&file), raw, "untitled:Untitled 1".to_owned(), "git:/a/b?{\"ref\":\"HEAD\"}".to_owned()] {
        client.open(&uri, "rust", "fn a() {}\n");
        let at = json!({ "line": 0, "character": 3 });
        client.change(&uri, 2, json!([{ "range": { "start": at, "end": at }, "text": "b" }, { "text": "fn c() {}" }]));
        client.notify("textDocument/didSave", json!({ "textDocument": { "uri": uri } }));
        client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    }
    settle(&mut client);
    assert_eq!(client.log(), "");
}

#[test]
fn changes_that_make_no_sense_are_survived_and_logged() {
    let fixture = Fixture::new(&[("a.rs", "")]);
    let mut client = Client::start(&fixture);
    let uri = fixture.uri("a.rs");
    let far = json!({ "start": { "line": 7, "character": 7 }, "end": { "line": 3, "character": 0 } });
    client.change(&uri, 1, json!([{ "text": "not open" }]));
    client.open(&uri, "rust", "a");
    client.change(&uri, 5, json!([{ "range": far, "text": "b" }]));
    client.change(&uri, 3, json!([]));
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    settle(&mut client);
    for part in ["is not open; the change", "places that it does not have", "from version 5 to 3", "closed but is not"]
    {
        client.expect_log(part);
    }
}

#[test]
fn files_are_created_renamed_and_deleted() {
    let fixture = Fixture::new(&[("a.rs", "")]);
    let mut client = Client::start(&fixture);
    let (old, new) = (fixture.uri("a.rs"), fixture.uri("b.rs"));
    for (operation, files) in [
        ("Create", json!([{ "uri": old }])),
        ("Rename", json!([{ "oldUri": old, "newUri": new }])),
        ("Delete", json!([{ "uri": new }])),
    ] {
        let edit = client.request(&format!("workspace/will{operation}Files"), json!({ "files": files }));
        assert_eq!(edit, Value::Null, "nothing has to be edited because of it");
        client.notify(&format!("workspace/did{operation}Files"), json!({ "files": files }));
    }
    let changes = json!([{ "uri": old, "type": 3 }, { "uri": "untitled:x", "type": 1 }]);
    client.notify("workspace/didChangeWatchedFiles", json!({ "changes": changes }));
    settle(&mut client);
    assert_eq!(client.log(), "");
}

#[test]
fn folders_come_and_go() {
    let fixture = Fixture::new(&[("one/a.rs", ""), ("two/b.rs", "")]);
    let folder = |name: &str| json!({ "uri": fixture.uri(name), "name": name });
    let mut params = fixture.initialize();
    params["workspaceFolders"] = json!([folder("one")]);
    let mut client = Client::start_as(&fixture, params);
    let event = json!({ "added": [folder("two"), folder("gone")], "removed": [folder("one"), folder("never")] });
    client.notify("workspace/didChangeWorkspaceFolders", json!({ "event": event }));
    let told = client.expect("window/showMessage");
    assert!(told["message"].as_str().unwrap().contains("gone` is not indexed: it cannot be read"), "{told}");
}

#[test]
fn the_home_folder_and_the_whole_disk_are_no_workspaces() {
    let fixture = Fixture::new(&[]);
    for (root, part) in
        [(uri_of(&fixture.home), "it is your home folder"), ("file:///".to_owned(), "it is the whole disk")]
    {
        let mut params = fixture.initialize();
        params["workspaceFolders"] = Value::Null;
        params["rootUri"] = json!(root);
        let mut client = Client::start_as(&fixture, params);
        let told = client.expect("window/showMessage");
        assert!(told["message"].as_str().unwrap().contains(part), "{told}");
        client.open("file:///tmp/nowhere.rs", "rust", "");
        settle(&mut client);
    }
}

#[test]
fn without_folders_the_repository_of_the_first_file_is_one() {
    let fixture = Fixture::new(&[("sub/a.rs", ""), (".git/HEAD", ""), (".codecompass.toml", "[index]\nthread = 1\n")]);
    let mut params = fixture.initialize();
    params["workspaceFolders"] = json!([]);
    params["rootUri"] = Value::Null;
    let mut client = Client::start_as(&fixture, params);
    client.open("untitled:x", "rust", "");
    client.open("file:///tmp/nowhere.rs", "rust", "");
    client.open(&fixture.uri("sub/a.rs"), "rust", "");
    // Its settings are read, and what is wrong with them told, because it is the workspace now.
    let told = client.expect("window/showMessage");
    assert!(told["message"].as_str().unwrap().contains("index.thread"), "{told}");
}
