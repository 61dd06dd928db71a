//! The way out: one queue, one thread that writes it to standard output. Whoever puts something in never waits.

use std::{
    collections::VecDeque,
    io::{self, Write},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;

use super::super::{
    positions,
    proto::{Id, Request, Response, TraceValue},
};

/// The way to the client. Clones are the same way.
#[derive(Clone, Default)]
pub struct Wire(Arc<Shared>);

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
    trace: AtomicU8,
    traces_waiting: AtomicUsize,
}

#[derive(Default)]
struct Queue {
    entries: VecDeque<Entry>,
    /// Nothing more is wanted: write what is there and end.
    closed: bool,
    /// Everything is written, or cannot be.
    done: bool,
}

struct Entry {
    /// Something newer under the same key takes its place as long as it waits.
    key: Option<String>,
    message: Outgoing,
}

enum Outgoing {
    Response(Response),
    /// A request or a notification.
    Request(Request),
    Trace(Request),
}

/// A client that does not read gets no more than so many traces.
const MOST_TRACES: usize = 1000;

/// Longer ones are cut.
const LONGEST_TRACE: usize = 4096;

impl Wire {
    /// Sends a response.
    pub(super) fn respond(&self, response: Response) {
        self.push(Entry { key: None, message: Outgoing::Response(response) });
    }

    /// Sends a request or a notification.
    pub(in crate::lsp) fn send(&self, request: Request) {
        self.send_with_key(None, request);
    }

    /// Sends a notification; one under the same key that was not written yet is replaced.
    pub(in crate::lsp) fn send_latest(&self, key: String, request: Request) {
        self.send_with_key(Some(key), request);
    }

    fn send_with_key(&self, key: Option<String>, request: Request) {
        let kind = if request.id().is_some() { "request" } else { "notification" };
        self.trace(
            || format!("Sending {kind} '{}'", named(request.method(), request.id())),
            || request.params().map(ToString::to_string),
        );
        self.push(Entry { key, message: Outgoing::Request(request) });
    }

    /// How much is said of the messages themselves.
    pub(super) fn set_trace(&self, value: TraceValue) {
        let level = match value {
            TraceValue::Off => 0,
            TraceValue::Messages => 1,
            TraceValue::Verbose => 2,
        };
        self.0.trace.store(level, Ordering::Relaxed);
    }

    /// Says something of a message, if the client wants that.
    pub(super) fn trace(&self, message: impl FnOnce() -> String, verbose: impl FnOnce() -> Option<String>) {
        let level = self.0.trace.load(Ordering::Relaxed);
        if level == 0 || self.0.traces_waiting.load(Ordering::Relaxed) >= MOST_TRACES {
            return;
        }
        let mut params = json!({ "message": message() });
        if level > 1
            && let Some(mut text) = verbose()
        {
            if text.len() > LONGEST_TRACE {
                text.truncate(positions::floor(&text, LONGEST_TRACE));
                text.push('…');
            }
            params["verbose"] = text.into();
        }
        self.0.traces_waiting.fetch_add(1, Ordering::Relaxed);
        self.push(Entry { key: None, message: Outgoing::Trace(Request::build("$/logTrace").params(params).finish()) });
    }

    fn push(&self, entry: Entry) {
        let mut queue = self.queue();
        if queue.closed {
            return;
        }
        let same = entry
            .key
            .as_ref()
            .and_then(|key| queue.entries.iter_mut().rev().find(|waiting| waiting.key.as_ref() == Some(key)));
        match same {
            Some(waiting) => *waiting = entry,
            None => queue.entries.push_back(entry),
        }
        drop(queue);
        self.0.changed.notify_all();
    }

    /// Takes nothing more, and waits until what is there is written, but not for a client that does not read.
    pub(super) fn close(&self, patience: Duration) {
        let mut queue = self.queue();
        queue.closed = true;
        self.0.changed.notify_all();
        let until = Instant::now() + patience;
        while !queue.done {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            queue = self.0.changed.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Writes until the way is closed or nobody reads any more.
    pub(super) fn write_to(&self, output: impl Write) -> io::Result<()> {
        let result = self.write_all_to(output);
        let mut queue = self.queue();
        queue.closed = true;
        queue.done = true;
        queue.entries.clear();
        drop(queue);
        self.0.changed.notify_all();
        result
    }

    fn write_all_to(&self, mut output: impl Write) -> io::Result<()> {
        let mut bytes = Vec::new();
        while let Some(message) = self.pop() {
            bytes.clear();
            match &message {
                Outgoing::Response(response) => serde_json::to_writer(&mut bytes, response)?,
                Outgoing::Request(request) => serde_json::to_writer(&mut bytes, request)?,
                Outgoing::Trace(request) => {
                    self.0.traces_waiting.fetch_sub(1, Ordering::Relaxed);
                    serde_json::to_writer(&mut bytes, request)?;
                }
            }
            // One write for both parts: each is a system call.
            let mut whole = format!("Content-Length: {}\r\n\r\n", bytes.len()).into_bytes();
            whole.append(&mut bytes);
            output.write_all(&whole)?;
            output.flush()?;
        }
        Ok(())
    }

    /// The next message, or `None` when no more will come.
    fn pop(&self) -> Option<Outgoing> {
        let mut queue = self.queue();
        loop {
            if let Some(entry) = queue.entries.pop_front() {
                return Some(entry.message);
            }
            if queue.closed {
                return None;
            }
            queue = self.0.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A method with the id of its request, as traces name it.
pub(super) fn named(method: &str, id: Option<&Id>) -> String {
    id.map_or_else(|| method.to_owned(), |id| format!("{method} - ({id})"))
}
