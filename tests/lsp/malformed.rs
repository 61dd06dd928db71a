//! Messages that make no sense get the right error, and the server lives on.

use serde_json::{Value, json};

use crate::client::{Client, Fixture};

/// Sends these bytes, expects this error, and then a server that works.
#[track_caller]
fn check(client: &mut Client, bytes: &[u8], id: Value, code: i64, part: &str) {
    client.send_bytes(bytes);
    let error = client.error(&id);
    assert_eq!(error["code"], code, "{error}");
    assert!(error["message"].as_str().unwrap().contains(part), "{error}");
    assert_eq!(client.request("workspace/willCreateFiles", json!({ "files": [] })), Value::Null);
}

fn framed(body: &str) -> Vec<u8> {
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[test]
fn what_is_no_message() {
    let fixture = Fixture::new(&[]);
    let mut client = Client::start(&fixture);
    let null = Value::Null;
    check(&mut client, b"Content-Type: x\r\n\r\n{}", null.clone(), -32700, "no Content-Length");
    check(&mut client, b"Content-Length: x\r\n\r\n{}", null.clone(), -32700, "no number");
    check(&mut client, b"GET / HTTP/1.1\r\n\r\n", null.clone(), -32700, "header was expected");
    check(&mut client, b"Content-Length: 3\r\n\r\n\"\xff\"", null.clone(), -32700, "no UTF-8");
    check(&mut client, &framed("{\"jsonrpc\": \"2.0\", \"id\": 1,"), null.clone(), -32700, "no JSON");
    check(&mut client, &framed("[]"), null.clone(), -32600, "batches");
    check(&mut client, &framed("17"), null.clone(), -32600, "object");
    check(&mut client, &framed("{}"), null.clone(), -32600, "jsonrpc");
    check(&mut client, &framed(r#"{"jsonrpc":"2.0"}"#), null.clone(), -32600, "method");
    check(&mut client, &framed(r#"{"jsonrpc":"2.0","id":77}"#), json!(77), -32600, "method");
    check(&mut client, &framed(r#"{"jsonrpc":"1.0","id":78,"method":"x"}"#), json!(78), -32600, "2.0");
    check(&mut client, &framed(r#"{"jsonrpc":"2.0","id":"a","method":5}"#), json!("a"), -32600, "method");
    check(&mut client, &framed(r#"{"jsonrpc":"2.0","id":79,"method":"x","params":5}"#), json!(79), -32600, "params");
    check(&mut client, &framed(r#"{"jsonrpc":"2.0","id":1.5,"method":"x"}"#), null.clone(), -32600, "id");
    check(&mut client, &framed(r#"{"jsonrpc":"2.0","id":null,"method":"x"}"#), null, -32600, "id");
}

#[test]
fn what_is_a_message_that_nobody_knows() {
    let fixture = Fixture::new(&[]);
    let mut client = Client::start(&fixture);
    let unknown = client.request_error("no/such/method", json!({}));
    assert_eq!(unknown, json!({ "code": -32601, "message": "`no/such/method` is not known" }));
    assert_eq!(client.request_error("$/internal", json!({}))["code"], -32601);
    assert_eq!(client.request_error("textDocument/didOpen", json!({}))["code"], -32600, "a notification with an id");
    client.notify("no/such/method", json!({}));
    client.notify("$/internal", json!({}));
    // What has the wrong parameters is ignored as a notification and refused as a request.
    client.notify("textDocument/didOpen", json!({ "textDocument": { "uri": 5 } }));
    let wrong = client.request_error("workspace/willCreateFiles", json!({ "file": [] }));
    assert_eq!(wrong["code"], -32602);
    assert!(wrong["message"].as_str().unwrap().contains("`files`"), "{wrong}");
    assert_eq!(client.request_error("workspace/willCreateFiles", Value::Null)["code"], -32602);
    // An answer to nothing.
    client.send(&json!({ "jsonrpc": "2.0", "id": 12345, "result": null }));
    client.send(&json!({ "jsonrpc": "2.0", "id": "x", "error": { "code": 1, "message": "m", "more": true } }));
    client.request("workspace/willCreateFiles", json!({ "files": [] }));
    client.expect_log("`textDocument/didOpen` is ignored");
}

#[test]
fn a_message_of_100_megabytes_is_left_out() {
    let fixture = Fixture::new(&[]);
    let mut client = Client::start(&fixture);
    let length = 100 << 20;
    client.send_bytes(format!("Content-Length: {length}\r\n\r\n").as_bytes());
    client.send_bytes(br#"{"jsonrpc":"2.0","id":4711,"method":"x","params":""#);
    let left = length - br#"{"jsonrpc":"2.0","id":4711,"method":"x","params":""#.len();
    let chunk = vec![b'x'; 1 << 20];
    for start in (0..left).step_by(chunk.len()) {
        client.send_bytes(&chunk[..chunk.len().min(left - start)]);
    }
    client.request("workspace/willCreateFiles", json!({ "files": [] }));
    let answer = client.wait_for("the refusal", |it| it["error"]["code"] == -32600);
    let message = answer["error"]["message"].as_str().unwrap();
    assert_eq!(message, format!("a message of {length} bytes is larger than the limit of {}", 64 << 20));
    #[cfg(target_os = "linux")]
    {
        let status = std::fs::read_to_string(format!("/proc/{}/status", client.process())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
        assert!(peak < 100 << 10, "it held {peak} kB");
    }
}

#[test]
fn ids_of_all_kinds_come_back() {
    let fixture = Fixture::new(&[]);
    let mut client = Client::start(&fixture);
    for id in [json!(0), json!(-5), json!(i64::MAX), json!("text"), json!(""), json!("5")] {
        let params = json!({ "files": [] });
        client.send(&json!({ "jsonrpc": "2.0", "id": id, "method": "workspace/willCreateFiles", "params": params }));
        let answer = client.wait_for("the answer", |it| it["id"] == id);
        assert_eq!(answer["result"], Value::Null);
    }
}
