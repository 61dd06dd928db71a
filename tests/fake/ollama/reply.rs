//! What the pretended host answers, step by step.

use std::{
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use serde_json::{Value, json};

use super::PATIENCE;

/// Something that opens once.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    pub fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    pub(super) fn wait(&self) {
        let open = self.0.0.lock().unwrap();
        drop(self.0.1.wait_timeout_while(open, PATIENCE, |open| !*open).unwrap());
    }
}

#[derive(Clone)]
pub(super) enum Step {
    Send(Vec<u8>),
    /// One byte at a time, each after a pause.
    Trickle(Vec<u8>, Duration),
    Wait(Gate),
    /// Takes this long, one request after the other.
    Work(Duration),
    /// Until the client goes away.
    Silence,
    /// The connection breaks.
    Reset,
}

/// An answer, step by step. The connection is closed after it.
#[derive(Clone, Default)]
pub struct Reply(pub(super) Vec<Step>);

impl Reply {
    /// A whole answer.
    pub fn whole(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let mut head = format!("HTTP/1.1 {status} Whatever\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        Self(vec![Step::Send(format!("{head}\r\n{body}").into_bytes())])
    }

    pub fn json(status: u16, body: &Value) -> Self {
        Self::whole(status, &[("content-type", "application/json")], &body.to_string())
    }

    pub fn error(status: u16, message: &str) -> Self {
        Self::json(status, &json!({"error": message}))
    }

    /// Bytes and nothing else.
    pub fn raw(bytes: &[u8]) -> Self {
        Self(vec![Step::Send(bytes.to_vec())])
    }

    /// The head of a stream.
    pub fn stream() -> Self {
        let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/x-ndjson\r\n\
                    transfer-encoding: chunked\r\n\r\n";
        Self::raw(head.as_bytes())
    }

    /// A chunk of a stream: what comes in one piece.
    pub fn chunk(mut self, bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return self;
        }
        let mut framed = format!("{:x}\r\n", bytes.len()).into_bytes();
        framed.extend_from_slice(bytes);
        framed.extend_from_slice(b"\r\n");
        self.0.push(Step::Send(framed));
        self
    }

    /// Events, each a line and a chunk.
    pub fn lines(mut self, lines: &[Value]) -> Self {
        for line in lines {
            self = self.chunk(format!("{line}\n").as_bytes());
        }
        self
    }

    /// The end of a stream; without it, the connection is cut.
    pub fn end(mut self) -> Self {
        self.0.push(Step::Send(b"0\r\n\r\n".to_vec()));
        self
    }

    pub fn wait(mut self, gate: &Gate) -> Self {
        self.0.push(Step::Wait(gate.clone()));
        self
    }

    /// Waits before anything is sent.
    pub fn after(mut self, gate: &Gate) -> Self {
        self.0.insert(0, Step::Wait(gate.clone()));
        self
    }

    /// Says nothing more until the client goes away.
    pub fn silence(mut self) -> Self {
        self.0.push(Step::Silence);
        self
    }

    /// Sends a chunk byte by byte, each after a pause.
    pub fn trickle(mut self, bytes: &[u8], pause: Duration) -> Self {
        let chunked = Self::default().chunk(bytes);
        for step in chunked.0 {
            let Step::Send(bytes) = step else { continue };
            self.0.push(Step::Trickle(bytes, pause));
        }
        self
    }

    /// Everything up to here in one piece, as a host that is far ahead of its client sends it.
    pub fn joined(self) -> Self {
        let mut all = Vec::new();
        for step in self.0 {
            if let Step::Send(bytes) = step {
                all.extend(bytes);
            }
        }
        Self::raw(&all)
    }

    /// Takes this long before anything is sent, one request after the other, as a model with one slot does.
    pub fn taking(mut self, time: Duration) -> Self {
        self.0.insert(0, Step::Work(time));
        self
    }

    /// Breaks the connection.
    pub fn reset(mut self) -> Self {
        self.0.push(Step::Reset);
        self
    }
}
