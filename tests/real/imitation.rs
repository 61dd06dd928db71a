//! That the model server is to clients what Ollama is: what the other tests show would else be true of the server only.

use std::process::Command;

use serde_json::Value;

use crate::models::{self, Own};

/// Asks with `curl`, and gives back the status and the body.
fn ask(port: u16, arguments: &[&str], path: &str) -> (u16, String) {
    let output = Command::new("curl")
        .args(["-s", "-w", "\n%{http_code}"])
        .args(arguments)
        .arg(format!("http://127.0.0.1:{port}{path}"))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let (body, status) = said.rsplit_once('\n').unwrap();
    (status.parse().unwrap(), body.to_owned())
}

fn get(port: u16, path: &str) -> Value {
    serde_json::from_str(&ask(port, &[], path).1).unwrap()
}

/// The status and the text of the error.
fn refused(port: u16, path: &str, body: &str) -> (u16, String) {
    let (status, body) = ask(port, &["-d", body], path);
    let error: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{path}: {body}"));
    (status, error["error"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn refusals_have_ollamas_statuses_and_texts() {
    let Some(address) = models::shared() else { return };
    let port = address.rsplit(':').next().unwrap().parse().unwrap();
    let said = |status, text: &str| (status, text.to_owned());
    assert_eq!(refused(port, "/api/chat", ""), said(400, "missing request body"));
    assert_eq!(refused(port, "/api/chat", "{}"), said(400, "model is required"));
    assert_eq!(refused(port, "/api/show", r#"{"model":"x"}"#), said(404, "model 'x' not found"));
    let hello =
        |more: &str| format!(r#"{{"model":"smollm2:135m","messages":[{{"role":"user","content":"hi"}}],{more}}}"#);
    let thinking = refused(port, "/api/chat", &hello(r#""think":true"#));
    assert_eq!(thinking, said(400, "\"smollm2:135m\" does not support thinking"));
    let tools = refused(port, "/api/chat", &hello(r#""tools":[{"type":"function"}]"#));
    assert_eq!(tools, said(400, "smollm2:135m does not support tools"));
    let (status, text) = refused(port, "/api/chat", &hello(r#""keep_alive":"soon""#));
    assert!(status == 400 && text.contains("invalid duration"), "{status} {text}");
    let raw = r#"{"model":"smollm2:135m","prompt":"a","raw":true,"system":"b"}"#;
    assert_eq!(refused(port, "/api/generate", raw).0, 400);
    // Routes that do not exist are told in plain text.
    assert_eq!(ask(port, &[], "/api/nothing"), (404, "404 page not found".to_owned()));
    assert_eq!(ask(port, &["-X", "POST"], "/api/tags"), (405, "405 method not allowed".to_owned()));
    // A name that is not this machine's: nothing at all is said.
    assert_eq!(ask(port, &["-H", "Host: gpu.example.org"], "/api/tags"), (403, String::new()));
    assert_eq!(ask(port, &["-H", "Host: localhost:1"], "/api/tags").0, 200);
}

#[test]
fn models_are_loaded_and_unloaded_as_asked() {
    let Some(_) = models::shared() else { return };
    let own = Own::start(0);
    let running = || get(own.port, "/api/ps")["models"].clone();
    assert_eq!(running(), Value::Array(Vec::new()));
    let load = r#"{"model":"smollm2:135m","messages":[],"stream":false,"options":{"num_ctx":2048}}"#;
    let (_, body) = ask(own.port, &["-d", load], "/api/chat");
    assert!(body.contains(r#""done_reason":"load""#), "{body}");
    let listed = get(own.port, "/api/tags")["models"][0].clone();
    let model = running()[0].clone();
    assert_eq!(model["context_length"], 2048, "{model}");
    assert_eq!(model["digest"], listed["digest"], "{model}");
    assert_eq!(listed["digest"].as_str().unwrap().len(), 64, "{listed}");
    // Another size loads it anew; more than it was trained with there is not.
    let wide = r#"{"model":"smollm2:135m","prompt":"","options":{"num_ctx":999999}}"#;
    ask(own.port, &["-d", wide], "/api/generate");
    assert_eq!(running()[0]["context_length"], 8192);
    let unload = r#"{"model":"smollm2:135m","messages":[],"stream":false,"keep_alive":0}"#;
    let (_, body) = ask(own.port, &["-d", unload], "/api/chat");
    assert!(body.contains(r#""done_reason":"unload""#), "{body}");
    assert_eq!(running(), Value::Array(Vec::new()));
}
