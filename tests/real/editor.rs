//! An editor that knows us, as far as a conversation needs it: it starts the server, asks, and reads what comes.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Stdio},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::laptop::Laptop;

/// A model of this size writes some dozen tokens a second, and reads some hundred.
const PATIENCE: Duration = Duration::from_secs(240);

/// The editor.
pub(crate) struct Editor {
    child: Child,
    input: ChildStdin,
    output: Receiver<Value>,
    last: u64,
}

impl Editor {
    /// One with the laptop's workspace open, whose index is there.
    pub(crate) fn open(laptop: &Laptop) -> Self {
        let mut command = laptop.program(&["lsp"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (sender, output) = channel();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            while let Some(message) = next(&mut reader) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let input = child.stdin.take().unwrap();
        let mut editor = Self { child, input, output, last: 0 };
        let root = format!("file://{}", laptop.workspace().canonicalize().unwrap().display());
        editor.request(
            "initialize",
            json!({
                "processId": null, "rootUri": root, "workspaceFolders": [{ "uri": root, "name": "code" }],
                "capabilities": { "experimental": { "codecompass": true } },
            }),
        );
        editor.send(&json!({ "method": "initialized", "params": {} }));
        // Whether it was ready before it heard of us, is chance.
        let began = Instant::now();
        while editor.request("codecompass/status", json!({}))["folders"][0]["phase"] != "ready" {
            assert!(began.elapsed() < PATIENCE, "the index does not get ready");
            std::thread::yield_now();
        }
        editor
    }

    /// The result of a request.
    #[expect(clippy::needless_pass_by_value, reason = "as they are written")]
    pub(crate) fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.begin(method, &params);
        self.end(id).0
    }

    /// Sends a request.
    pub(crate) fn begin(&mut self, method: &str, params: &Value) -> u64 {
        self.last += 1;
        self.send(&json!({ "id": self.last, "method": method, "params": params }));
        self.last
    }

    /// Waits for the result of a request; gives it with the notifications that came before it.
    pub(crate) fn end(&mut self, id: u64) -> (Value, Vec<Value>) {
        let mut notifications = Vec::new();
        loop {
            let message = self.next();
            if message["method"].is_null() && message["id"] == id {
                assert!(message["error"].is_null(), "{message:#}");
                return (message["result"].clone(), notifications);
            }
            notifications.push(message);
        }
    }

    /// Waits for a notification; gives its params.
    pub(crate) fn until(&mut self, method: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.next();
            if message["method"] == method && is_it(&message["params"]) {
                return message["params"].clone();
            }
        }
    }

    /// The next message; what the server asks of an editor is granted.
    fn next(&mut self) -> Value {
        let message = self.output.recv_timeout(PATIENCE).expect("the server says something");
        if !message["id"].is_null() && !message["method"].is_null() {
            self.send(&json!({ "id": message["id"], "result": null }));
        }
        message
    }

    fn send(&mut self, message: &Value) {
        let mut message = message.clone();
        message["jsonrpc"] = "2.0".into();
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.input.flush().unwrap();
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn next(reader: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().ok()?,
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
