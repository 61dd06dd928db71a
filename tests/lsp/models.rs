//! Models from within an editor: listed, fetched, deleted and chosen, on a host that only pretends.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};

use crate::{
    client::{Client, Fixture},
    fake::{Fake, Gate, Reply, tame},
    lookup::store,
};

/// What a client of ours can do.
fn able() -> Value {
    json!({
        "experimental": { "codecompass": true },
        "window": {
            "workDoneProgress": true,
            "showMessage": { "messageActionItem": { "additionalPropertiesSupport": true } },
        },
    })
}

/// A client whose one host is the fake one.
fn client(fixture: &Fixture, fake: &Fake, capabilities: Value) -> Client {
    client_with(fixture, &[("OLLAMA_HOST", &fake.address)], capabilities)
}

pub(crate) fn client_with(fixture: &Fixture, variables: &[(&str, &str)], capabilities: Value) -> Client {
    let mut program = fixture.program();
    program.envs(variables.iter().copied());
    let mut client = Client::spawn(&mut program);
    client.ignore("codecompass/status");
    let mut params = fixture.initialize();
    params["capabilities"] = capabilities;
    client.initialize(params);
    client
}

fn send(client: &mut Client, command: &str, argument: Value) -> i64 {
    client.send_request("workspace/executeCommand", json!({ "command": command, "arguments": [argument] }))
}

pub(crate) fn execute(client: &mut Client, command: &str, argument: Value) -> Value {
    let id = send(client, command, argument);
    client.result(id)
}

/// Answers the question that the user is asked; gives back the question.
fn asked(client: &mut Client, answer: Option<&str>) -> String {
    let request = client.expect_request("window/showMessageRequest");
    client.answer(&request, answer.map_or(Value::Null, |title| json!({ "title": title })));
    request["params"]["message"].as_str().unwrap().to_owned()
}

/// Takes the token of the progress that is about to begin.
fn progress(client: &mut Client) -> Value {
    let request = client.expect_request("window/workDoneProgress/create");
    client.answer(&request, Value::Null);
    request["params"]["token"].clone()
}

/// What is shown as progress until its end.
fn shown(client: &mut Client, token: &Value) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    while all.last().is_none_or(|last| last["kind"] != "end") {
        let message = client.expect("$/progress");
        // Indexing shows progress too.
        if message["token"] == *token {
            all.push(message["value"].clone());
        }
    }
    all
}

#[test]
fn models_are_listed_for_every_client() {
    let fixture = store();
    let fake = Fake::tame_but(|_| None);
    let mut knowing = client(&fixture, &fake, json!({ "experimental": { "codecompass": true } }));
    let listed = execute(&mut knowing, "codecompass.models.list", json!({}));
    let models = listed["hosts"][0]["models"].as_array().unwrap();
    let names: Vec<&str> = models.iter().map(|model| model["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["minilm:latest", "qwen:latest", "stub:latest"]);
    assert_eq!(listed["hosts"][0]["url"], format!("http://{}", fake.address));
    assert_eq!((&models[1]["capabilities"][0], &models[2]["cloud"]), (&json!("completion"), &json!(true)));

    let mut plain = client(&fixture, &fake, json!({ "window": { "showDocument": { "support": true } } }));
    assert_eq!(execute(&mut plain, "codecompass.models.list", json!({})), Value::Null);
    let request = plain.expect_request("window/showDocument");
    plain.answer(&request, json!({ "success": true }));
    let path = PathBuf::from(request["params"]["uri"].as_str().unwrap().strip_prefix("file://").unwrap());
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains("`qwen:latest`: 4.4 GiB, 7.6B"), "{text}");
}

#[test]
fn a_model_is_fetched_when_the_user_says_yes() {
    let fixture = store();
    // It ends when its progress is shown.
    let shown_by_now = Gate::default();
    let gate = shown_by_now.clone();
    let fake = Fake::tame_but(move |request| {
        let new = request.path == "/api/pull" && request.json()["model"] == "new";
        let half = json!({"status": "pulling aa", "digest": "aa", "total": 100, "completed": 50});
        new.then(|| Reply::stream().lines(&[half]).wait(&gate).lines(&[json!({"status": "success"})]).end())
    });
    let mut client = client(&fixture, &fake, able());
    let id = send(&mut client, "codecompass.models.pull", json!({ "model": "new" }));
    let question = asked(&mut client, Some("Fetch"));
    assert_eq!(question, format!("CodeCompass: Fetch `new` onto {}?", fake.address));
    let token = progress(&mut client);
    let begun = client.wait_for("its begin", |it| it["method"] == "$/progress" && it["params"]["token"] == token);
    shown_by_now.open();
    let mut all = vec![begun["params"]["value"].clone()];
    all.extend(shown(&mut client, &token));
    assert_eq!((&all[0]["title"], &all[0]["cancellable"]), (&json!("Fetching new"), &json!(true)));
    assert_eq!(all.last().unwrap()["message"], "done");
    let result = client.result(id);
    assert_eq!(
        (&result["done"], &result["model"], &result["host"]),
        (&json!(true), &json!("new"), &json!(fake.address))
    );

    // What cannot be fetched is said in the words of the registry.
    client.ignore("$/progress");
    let id = send(&mut client, "codecompass.models.pull", json!({ "model": "unheard", "confirmed": true }));
    progress(&mut client);
    let error = client.error(&json!(id));
    assert!(error["message"].as_str().unwrap().contains("file does not exist"), "{error}");
}

#[test]
fn nothing_is_fetched_or_deleted_without_consent() {
    let fixture = store();
    let fake = Fake::tame_but(|_| None);
    let mut able = client(&fixture, &fake, able());
    able.ignore("$/progress");
    for answer in [None, Some("Cancel")] {
        let id = send(&mut able, "codecompass.models.pull", json!({ "model": "new" }));
        asked(&mut able, answer);
        assert_eq!(able.result(id)["done"], false);
        let id = send(&mut able, "codecompass.models.delete", json!({ "model": "qwen" }));
        let question = asked(&mut able, answer);
        assert!(question.contains("Delete `qwen:latest` (4.4 GiB)"), "{question}");
        assert_eq!(able.result(id)["done"], false);
    }
    let mut mute = client(&fixture, &fake, json!({ "experimental": { "codecompass": true } }));
    mute.ignore("$/progress");
    for (command, model) in [("codecompass.models.pull", "new"), ("codecompass.models.delete", "qwen")] {
        let id = send(&mut mute, command, json!({ "model": model }));
        let error = mute.error(&json!(id));
        assert!(error["message"].as_str().unwrap().contains("{\"confirmed\": true}"), "{error}");
    }
    assert_eq!((fake.asked("/api/pull").len(), fake.asked("/api/delete").len()), (0, 0));
    let deleted = execute(&mut mute, "codecompass.models.delete", json!({ "model": "qwen", "confirmed": true }));
    assert_eq!((&deleted["done"], fake.asked("/api/delete").len()), (&json!(true), 1));
}

/// A host that fetches for ever.
fn slow(begun: &Gate) -> Fake {
    let begun = begun.clone();
    Fake::tame_but(move |request| {
        (request.path == "/api/pull").then(|| {
            begun.open();
            Reply::stream()
                .lines(&[json!({"status": "pulling aa", "digest": "aa", "total": 100, "completed": 7})])
                .silence()
        })
    })
}

#[test]
fn fetching_ends_when_the_user_cancels_its_progress() {
    let fixture = store();
    let begun = Gate::default();
    let fake = slow(&begun);
    let mut client = client(&fixture, &fake, able());
    client.tolerate("$/progress");
    let id = send(&mut client, "codecompass.models.pull", json!({ "model": "new", "confirmed": true }));
    let token = progress(&mut client);
    while client.expect("$/progress")["token"] != token {}
    // The progress may be shown before the host is asked.
    begun.wait();
    client.notify("window/workDoneProgress/cancel", json!({ "token": token }));
    let result = client.result(id);
    assert_eq!(result["done"], false);
    assert!(result["message"].as_str().unwrap().contains("the next time it goes on from there"), "{result}");
    fake.gone();
}

#[test]
fn fetching_ends_when_the_request_is_cancelled() {
    let fixture = store();
    let begun = Gate::default();
    let fake = slow(&begun);
    let mut client = client(&fixture, &fake, json!({ "experimental": { "codecompass": true } }));
    let id = send(&mut client, "codecompass.models.pull", json!({ "model": "new", "confirmed": true }));
    begun.wait();
    client.notify("$/cancelRequest", json!({ "id": id }));
    assert_eq!(client.error(&json!(id))["code"], -32800);
    fake.gone();
}

#[test]
fn a_model_is_chosen_for_as_long_as_the_server_runs() {
    let fixture = store();
    let fake = Fake::tame_but(|_| None);
    let mut client = client(&fixture, &fake, json!({ "experimental": { "codecompass": true } }));
    client.ignore("$/progress");
    let chosen = execute(&mut client, "codecompass.models.select", json!({ "model": "qwen" }));
    assert_eq!((&chosen["role"], &chosen["model"]), (&json!("chat"), &json!("qwen:latest")));
    assert_eq!(chosen["setting"], "chat.model");
    assert!(chosen["message"].as_str().unwrap().contains("`chat.model = \"qwen:latest\"`"), "{chosen}");
    let chosen = execute(&mut client, "codecompass.models.select", json!({ "model": "minilm", "role": "embed" }));
    assert!(chosen["message"].as_str().unwrap().contains("once `embedding.provider"), "{chosen}");
    for (argument, wanted) in [
        (json!({ "model": "unheard" }), "not"),
        (json!({ "model": "qwen", "role": "sing" }), "`chat`, `explain` or `embed`"),
        (json!({}), "needs a model"),
    ] {
        let id = send(&mut client, "codecompass.models.select", argument);
        let error = client.error(&json!(id));
        assert!(error["message"].as_str().unwrap().contains(wanted), "{error}");
    }
    // The doctor asks the one that was chosen.
    let doctor = execute(&mut client, "codecompass.doctor", json!({}));
    assert_eq!(doctor["hosts"][0]["pace"]["model"], "qwen:latest", "{doctor:#}");
}

/// A host whose name is another machine's: it is reached through a proxy, which is the fake one.
fn far(fixture: &Fixture) -> Fake {
    let fake = Fake::start(tame);
    let folder = fixture.home.join(".config/codecompass");
    fs::create_dir_all(&folder).unwrap();
    let file = format!(
        "[[ollama.hosts]]\nname = 'gpu'\nurl = 'http://gpu.example'\nproxy = 'http://{}'\n[privacy]\naudit_log = '{}'\n",
        fake.address,
        fixture.home.join("audit.jsonl").display()
    );
    fs::write(folder.join("config.toml"), file).unwrap();
    fake
}

#[test]
fn plain_http_to_another_machine_is_told_once() {
    let fixture = store();
    let _fake = far(&fixture);
    let mut client = client_with(&fixture, &[("OLLAMA_HOST", "")], json!({ "experimental": { "codecompass": true } }));
    client.ignore("$/progress");
    for _ in 0..3 {
        let listed = execute(&mut client, "codecompass.models.list", json!({}));
        assert_eq!(listed["hosts"][0]["models"].as_array().unwrap().len(), 3, "{listed}");
    }
    // Another choice of models is another pool, and the same host.
    execute(&mut client, "codecompass.models.select", json!({ "model": "qwen" }));
    execute(&mut client, "codecompass.models.list", json!({}));
    let told = client.take("window/showMessage");
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["params"]["type"], 2);
    let message = told[0]["params"]["message"].as_str().unwrap();
    assert!(message.contains("host gpu: code that is sent there can be read on the way"), "{message}");
    client.expect_log("can be read on the way");
}

#[test]
fn every_request_is_in_the_audit_log_and_its_content_is_not() {
    let fixture = store();
    let _fake = far(&fixture);
    let mut client = client_with(&fixture, &[("OLLAMA_HOST", "")], json!({ "experimental": { "codecompass": true } }));
    client.ignore("$/progress");
    client.ignore("window/showMessage");
    execute(&mut client, "codecompass.doctor", json!({}));
    let text = fs::read_to_string(fixture.home.join("audit.jsonl")).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let chat = lines.iter().find(|line| line["endpoint"] == "api/chat").unwrap();
    assert_eq!((&chat["host"], &chat["url"]), (&json!("gpu"), &json!("http://gpu.example")));
    assert_eq!((&chat["model"], &chat["status"], &chat["error"]), (&json!("qwen:latest"), &json!(200), &Value::Null));
    assert!(chat["sent_bytes"].as_u64().unwrap() > 50 && chat["received_bytes"].as_u64().unwrap() > 50, "{chat}");
    let mut keys: Vec<&String> = lines.iter().flat_map(|line| line.as_object().unwrap().keys()).collect();
    keys.sort();
    keys.dedup();
    let expected = [
        "endpoint",
        "error",
        "files",
        "host",
        "method",
        "model",
        "ms",
        "received_bytes",
        "redactions",
        "sent_bytes",
        "status",
        "time",
        "url",
    ];
    assert_eq!(keys, expected);
    assert!(!text.contains("twenty") && !text.contains(" two"), "{text}");
}

#[test]
fn without_its_audit_log_nothing_is_sent() {
    let fixture = store();
    let fake = far(&fixture);
    fs::create_dir(fixture.home.join("audit.jsonl")).unwrap();
    let mut client = client_with(&fixture, &[("OLLAMA_HOST", "")], json!({ "experimental": { "codecompass": true } }));
    client.ignore("window/showMessage");
    client.ignore("$/progress");
    let listed = execute(&mut client, "codecompass.models.list", json!({}));
    let error = listed["hosts"][0]["error"].as_str().unwrap();
    assert!(error.contains("nothing was sent") && error.contains("audit.jsonl cannot be written"), "{error}");
    let doctor = execute(&mut client, "codecompass.doctor", json!({}));
    let log = doctor["findings"].as_array().unwrap().iter().find(|it| it["about"] == "audit log").unwrap();
    assert_eq!((&log["level"], &doctor["ok"]), (&json!("problem"), &json!(false)));
    assert_eq!(fake.requests().len(), 0);
}
