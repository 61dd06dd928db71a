//! Settings from the editor: at the start, changed later, asked for; what is wrong is told once.

use serde_json::{Value, json};

use crate::{
    client::{Client, Fixture},
    lookup::until,
    world::{knowing, knowing_as, search, settle, until_found, until_gone},
};

fn told(client: &mut Client) -> String {
    client.expect("window/showMessage")["message"].as_str().unwrap().to_owned()
}

#[test]
fn mistakes_at_the_start_and_later_are_told_once_by_name() {
    let fixture = Fixture::new(&[(".codecompass.toml", "[index]\nmax_file_bytes = -1\n")]);
    let mut params = fixture.initialize();
    params["initializationOptions"] = json!({ "index": { "threads": "many" } });
    let mut client = Client::start_as(&fixture, params);
    let first = told(&mut client);
    assert!(first.contains("`index.threads`") && first.contains("`index.max_file_bytes`"), "{first}");
    let settings = json!({ "codecompass": { "index": { "threads": "many" }, "log": { "level": 5 } } });
    client.notify("workspace/didChangeConfiguration", json!({ "settings": settings }));
    let second = told(&mut client);
    assert!(second.contains("`log.level`") && !second.contains("threads"), "{second}");
    client.notify("workspace/didChangeConfiguration", json!({ "settings": settings }));
    client.notify("workspace/didChangeConfiguration", json!({ "settings": null }));
}

#[test]
fn a_client_that_can_be_asked_is_asked() {
    let fixture = Fixture::new(&[]);
    let capabilities =
        json!({ "workspace": { "configuration": true, "didChangeConfiguration": { "dynamicRegistration": true } } });
    let mut client = Client::start_with(&fixture, capabilities);
    let register = client.expect_request("client/registerCapability");
    assert_eq!(register["params"]["registrations"][0]["method"], "workspace/didChangeConfiguration");
    client.answer(&register, Value::Null);
    let asked = client.expect_request("workspace/configuration");
    assert_eq!(asked["params"]["items"], json!([{ "section": "codecompass" }]));
    client.answer(&asked, json!([{ "index": { "threads": "many" } }]));
    assert!(told(&mut client).contains("`index.threads`"));
    client.notify(
        "workspace/didChangeConfiguration",
        json!({ "settings": { "codecompass": { "log": { "level": 5 } } } }),
    );
    let asked = client.expect_request("workspace/configuration");
    // A client that cannot say leaves everything as it is.
    client.refuse(&asked);
    client.request("workspace/willCreateFiles", json!({ "files": [] }));
}

#[test]
fn a_client_that_does_not_answer_holds_nothing_up() {
    let fixture = Fixture::new(&[]);
    let mut client = Client::start_with(&fixture, json!({ "workspace": { "configuration": true } }));
    client.expect_request("workspace/configuration");
    client.request("workspace/willCreateFiles", json!({ "files": [] }));
}

#[test]
fn one_wrong_key_and_one_wrong_value_are_named_together_and_the_rest_holds() {
    let fixture =
        Fixture::new(&[("gen/a.rs", "pub fn made_by_a_tool() {}\n"), ("src/b.rs", "pub fn harbour_pilot() {}\n")]);
    let mut params = fixture.initialize();
    params["initializationOptions"] =
        json!({ "index": { "exclude": ["gen/**"], "thread": 2, "max_file_bytes": "huge" } });
    let mut client = knowing_as(&fixture, params);
    let said = told(&mut client);
    assert!(said.contains("`index.thread`") && said.contains("`index.max_file_bytes`"), "{said}");
    let folder = settle(&mut client);
    assert_eq!(folder["files"]["indexed"], 1, "{folder}");
    assert_eq!(search(&mut client, "made_by_a_tool"), [] as [Value; 0]);
}

#[test]
fn settings_change_while_it_runs() {
    let fixture =
        Fixture::new(&[("gen/a.rs", "pub fn made_by_a_tool() {}\n"), ("src/b.rs", "pub fn harbour_pilot() {}\n")]);
    let mut client = knowing(&fixture);
    settle(&mut client);
    let change = |client: &mut Client, settings: Value| {
        client.notify("workspace/didChangeConfiguration", json!({ "settings": { "codecompass": settings } }));
    };
    let uri = fixture.uri("src/b.rs");
    let at = json!({ "textDocument": { "uri": uri }, "position": { "line": 0, "character": 9 } });
    let lens = json!({ "textDocument": { "uri": uri } });
    assert!(client.request("textDocument/hover", at.clone()).is_object());
    assert_eq!(client.request("textDocument/codeLens", lens.clone()), Value::Null);

    change(&mut client, json!({ "editor": { "hover": false, "code_lens": true } }));
    until(&mut client, "textDocument/hover", &at, Value::is_null);
    let shown = until(&mut client, "textDocument/codeLens", &lens, Value::is_array);
    assert_eq!(shown.as_array().unwrap().len(), 1, "{shown}");

    change(&mut client, json!({ "index": { "exclude": ["gen/**"] } }));
    until_gone(&mut client, "made_by_a_tool");
    until(&mut client, "textDocument/hover", &at, Value::is_object);
    change(&mut client, json!({}));
    until_found(&mut client, "made_by_a_tool", &fixture.uri("gen/a.rs"));

    assert_eq!(client.log(), "");
    change(&mut client, json!({ "log": { "level": "debug" } }));
    fixture.write("src/c.rs", "pub fn lighthouse_cook() {}\n");
    until_found(&mut client, "lighthouse_cook", &fixture.uri("src/c.rs"));
    client.notify("no/such/method", json!({}));
    client.expect_log("`no/such/method` is ignored");
    change(&mut client, json!({ "log": { "level": "off" } }));
    client.request("workspace/willCreateFiles", json!({ "files": [] }));
    client.notify("never/heard/of", json!({}));
    client.request("workspace/willCreateFiles", json!({ "files": [] }));
    assert!(!client.log().contains("never/heard/of"));
}

#[test]
fn the_log_can_be_asked_for_at_the_start() {
    let fixture = Fixture::new(&[]);
    let mut params = fixture.initialize();
    params["initializationOptions"] = json!({ "log": { "level": "debug" } });
    let mut client = Client::start_as(&fixture, params);
    client.notify("no/such/method", json!({}));
    client.expect_log("`no/such/method` is ignored");
}

#[test]
fn the_projects_own_file_counts_as_soon_as_it_is_written() {
    let fixture =
        Fixture::new(&[("gen/a.rs", "pub fn made_by_a_tool() {}\n"), ("src/b.rs", "pub fn harbour_pilot() {}\n")]);
    let mut client = knowing(&fixture);
    settle(&mut client);
    until_found(&mut client, "made_by_a_tool", &fixture.uri("gen/a.rs"));
    fixture.write(".codecompass.toml", "[index]\nexclude = [\"gen/**\"]\n");
    until_gone(&mut client, "made_by_a_tool");
    fixture.write(".codecompass.toml", "[index]\nexclude = []\nthreads = 3\n");
    until_found(&mut client, "made_by_a_tool", &fixture.uri("gen/a.rs"));
    let said = told(&mut client);
    assert!(said.contains("`index.threads`"), "a project may not say how much of the machine is used: {said}");
}

#[test]
fn lenses_are_asked_for_again_when_they_count_something_else() {
    let fixture = Fixture::new(&[("src/b.rs", "pub fn harbour_pilot() {}\n")]);
    let mut params = fixture.initialize();
    params["capabilities"] = json!({ "workspace": { "codeLens": { "refreshSupport": true } } });
    params["initializationOptions"] = json!({ "editor": { "code_lens": true } });
    let mut client = knowing_as(&fixture, params);
    client.tolerate("workspace/codeLens/refresh");
    settle(&mut client);
    client.take("workspace/codeLens/refresh");
    fixture.write("src/c.rs", "pub fn lighthouse_cook() {\n    harbour_pilot();\n}\n");
    client.wait_for("the lenses to be asked for again", |message| message["method"] == "workspace/codeLens/refresh");
}
