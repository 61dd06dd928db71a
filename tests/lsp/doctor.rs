//! The doctor from within an editor, before hosts of every condition.

use serde_json::{Value, json};

use crate::{
    fake::{Fake, Reply},
    lookup::store,
    models::{client_with, execute},
};

/// What the doctor says of the host.
fn examined(fake: Option<&Fake>, variables: &[(&str, &str)]) -> (Value, Vec<(String, String, String)>) {
    let fixture = store();
    let mut variables = variables.to_vec();
    if let Some(fake) = fake {
        variables.push(("OLLAMA_HOST", &fake.address));
    }
    let mut client = client_with(&fixture, &variables, json!({ "experimental": { "codecompass": true } }));
    client.ignore("$/progress");
    client.ignore("window/showMessage");
    let diagnosis = execute(&mut client, "codecompass.doctor", json!({}));
    let word = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let findings = diagnosis["findings"].as_array().unwrap().iter();
    let findings = findings.map(|it| (word(it, "level"), word(it, "message"), word(it, "fix"))).collect();
    (diagnosis, findings)
}

#[track_caller]
fn says(findings: &[(String, String, String)], level: &str, message: &str, fix: &str) {
    let found = findings.iter().any(|it| it.0 == level && it.1.contains(message) && it.2.contains(fix));
    assert!(found, "no {level} `{message}` -> `{fix}` in {findings:#?}");
}

#[test]
fn a_good_host_is_measured() {
    let fake = Fake::tame_but(|_| None);
    let (all, findings) =
        examined(Some(&fake), &[("CODECOMPASS_EMBEDDING_PROVIDER", "ollama"), ("CODECOMPASS_CHAT_NUM_CTX", "8192")]);
    assert_eq!(all["ok"], true, "{findings:#?}");
    says(&findings, "ok", "`qwen:latest`: first token after", "");
    says(&findings, "warning", "`chat.num_ctx` asks for 8192 tokens, but the host gave 4096", "smaller");
    says(&findings, "warning", "does not fit into the memory of the GPU", "smaller");
    says(&findings, "ok", "4096 tokens of 32768 that it was trained for, 50 % on the GPU", "");
    says(&findings, "ok", "`minilm:latest` makes vectors of 64 components", "");
    says(&findings, "ok", "qwen:latest", "");
    assert_eq!(all["hosts"][0]["vectors"]["dimension"], 64);
    let setting = all["settings"].as_array().unwrap().iter().find(|it| it["name"] == "chat.num_ctx").unwrap();
    assert_eq!((&setting["value"], &setting["source"]), (&json!("8192"), &json!("CODECOMPASS_CHAT_NUM_CTX")));
    assert_eq!(fake.asked("/api/chat")[0].json()["options"]["num_ctx"], 8192, "as chats ask for it");
    let checks = all["checks"].as_array().unwrap();
    assert_eq!(checks.len(), findings.len());
}

#[test]
fn no_ollama_at_all() {
    let (all, findings) = examined(None, &[("OLLAMA_HOST", "")]);
    // Something may well listen there on the machine that runs the tests.
    if all["hosts"][0]["version"].is_null() {
        says(&findings, "warning", "cannot be reached", "start Ollama there");
        assert_eq!(all["ok"], true, "nobody said that there is one");
    }
    let (all, findings) = examined(None, &[("OLLAMA_HOST", "127.0.0.1:1")]);
    says(&findings, "problem", "cannot be reached", "start Ollama there");
    assert_eq!(all["ok"], false);
}

#[test]
fn a_token_that_is_wrong() {
    let fake = Fake::start(|_| Reply::whole(401, &[], "<html>who are you</html>"));
    let (_, findings) = examined(Some(&fake), &[]);
    says(&findings, "problem", "does not accept who we are", "token_env");
}

#[test]
fn a_model_that_is_missing() {
    let fake = Fake::tame_but(|_| None);
    let (all, findings) = examined(Some(&fake), &[("CODECOMPASS_CHAT_MODEL", "absent:7b")]);
    says(&findings, "problem", "it does not have `absent:7b`", "codecompass models pull absent:7b");
    assert_eq!(all["ok"], false);
    assert_eq!(fake.asked("/api/chat").len(), 0);
}

#[test]
fn a_proxy_that_holds_back() {
    let tokens: Vec<Value> = (0..10).map(|_| json!({"message": {"content": "x"}})).collect();
    let fake = Fake::tame_but(move |request| {
        (request.path == "/api/chat").then(|| {
            let last = json!({"done": true, "eval_count": 10, "eval_duration": 60_000_000_000_u64});
            Reply::stream().lines(&tokens).lines(&[last]).end()
        })
    });
    let (_, findings) = examined(Some(&fake), &[]);
    says(&findings, "problem", "held back on the way", "`proxy_buffering off`");
}

#[test]
fn offline_and_mistakes_are_said() {
    let fake = Fake::tame_but(|_| None);
    let (all, findings) =
        examined(Some(&fake), &[("CODECOMPASS_PRIVACY_OFFLINE", "true"), ("CODECOMPASS_INDEX_THREADS", "many")]);
    says(&findings, "ok", "nothing leaves this machine (CODECOMPASS_PRIVACY_OFFLINE)", "");
    says(&findings, "problem", "`index.threads` is `many`", "config show");
    assert_eq!(all["ok"], false);
}
