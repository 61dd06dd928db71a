//! A model of a host in an editor: how far its vectors are is shown as progress, and can be cancelled and resumed.

use serde_json::{Value, json};

use crate::{
    client::{Client, Fixture},
    fake::{Fake, Gate, tame},
    world::{generate, until_status},
};

/// Lets the server begin to show progress: its token.
fn begun(client: &mut Client) -> Value {
    let create = client.expect_request("window/workDoneProgress/create");
    client.answer(&create, Value::Null);
    let begin = client.expect("$/progress");
    assert_eq!((&begin["value"]["kind"], &begin["value"]["title"]), (&json!("begin"), &json!("Embedding project")));
    assert_eq!(begin["value"]["cancellable"], true);
    begin["token"].clone()
}

/// The last word of some progress.
fn ended(client: &mut Client) -> Value {
    loop {
        let progress = client.expect("$/progress");
        if progress["value"]["kind"] == "end" {
            return progress["value"]["message"].clone();
        }
    }
}

#[test]
fn embedding_is_shown_and_can_be_cancelled_and_resumed() {
    let gate = Gate::default();
    let held = gate.clone();
    let fake = Fake::tame_but(move |request| {
        let code = request.path == "/api/embed" && String::from_utf8_lossy(&request.body).contains("pub fn");
        code.then(|| tame(request).after(&held))
    });
    let fixture = Fixture::new(&[]);
    generate(&fixture, 15);
    let mut params = fixture.initialize();
    params["capabilities"] = json!({ "window": { "workDoneProgress": true }, "experimental": { "codecompass": true } });
    params["initializationOptions"] = json!({ "embedding": { "provider": "ollama", "model": "minilm" } });
    let mut client = Client::spawn(fixture.program().env("OLLAMA_HOST", &fake.address));
    client.initialize(params);
    client.tolerate("codecompass/status");
    let token = begun(&mut client);
    let folder = until_status(&mut client, |folder| folder["embedding"]["phase"] == "filling");
    assert_eq!(folder["chunks"]["pending"], folder["chunks"]["total"], "{folder}");
    assert!(folder["embedder"].as_str().unwrap().starts_with("minilm:latest@"), "{folder}");
    assert!(folder["embedding"]["answers"].as_str().unwrap().starts_with("builtin"), "{folder}");
    client.notify("window/workDoneProgress/cancel", json!({ "token": token }));
    assert_eq!(ended(&mut client), "cancelled");
    let folder = until_status(&mut client, |folder| folder["embedding"]["phase"] == "paused");
    assert_eq!(folder["embedding"]["stopped"], true);

    client.request("workspace/executeCommand", json!({ "command": "codecompass.resume", "arguments": [] }));
    begun(&mut client);
    gate.open();
    assert_eq!(ended(&mut client), "done");
    let folder = until_status(&mut client, |folder| folder["embedding"]["phase"] == "ready");
    assert_eq!(folder["chunks"]["pending"], 0, "{folder}");
    assert_eq!(folder["embedding"]["answers"], folder["embedder"], "{folder}");
}
