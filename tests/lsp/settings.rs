//! Settings from the editor: at the start, changed later, asked for; what is wrong is told once.

use serde_json::{Value, json};

use crate::client::{Client, Fixture};

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
