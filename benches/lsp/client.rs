//! A small client of the language server: sends, and notes when each answer came. It answers what the server asks.

use std::{
    collections::HashMap,
    fmt::Write as _,
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

/// No wait takes longer.
const DEADLINE: Duration = Duration::from_secs(300);
/// What is new has to be found by then.
const SOON: Duration = Duration::from_secs(20);

/// A client with its server, the real program.
pub(crate) struct Client {
    child: Child,
    input: Arc<Mutex<ChildStdin>>,
    inbox: Arc<Inbox>,
    root: PathBuf,
    next_id: i64,
    /// From the start of the process to the answer of `initialize`.
    pub(crate) initialize_took: Duration,
    /// When that answer came.
    pub(crate) initialized_at: Instant,
}

#[derive(Default)]
struct Inbox {
    received: Mutex<Received>,
    more: Condvar,
}

#[derive(Default)]
struct Received {
    answers: HashMap<i64, (Instant, Value)>,
    /// The last `codecompass/status`.
    status: Option<(Instant, Value)>,
    ended: bool,
}

impl Client {
    /// Starts the program on a workspace, with its indexes in `cache`.
    pub(crate) fn start(program: &Path, root: &Path, cache: &Path) -> Result<Self> {
        fs::create_dir_all(cache)?;
        let began = Instant::now();
        let mut child = Command::new(program)
            .arg("lsp")
            .env_remove("CODECOMPASS_BIN")
            .env("HOME", cache)
            .env("CODECOMPASS_CACHE_DIR", cache)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .with_context(|| format!("{} does not start", program.display()))?;
        let input = Arc::new(Mutex::new(child.stdin.take().context("it has an input")?));
        let output = BufReader::new(child.stdout.take().context("it has an output")?);
        let inbox = Arc::new(Inbox::default());
        let (shared, answers) = (Arc::clone(&inbox), Arc::clone(&input));
        thread::spawn(move || shared.read(output, &answers));
        let root = root.to_owned();
        let mut client =
            Self { child, input, inbox, root, next_id: 0, initialize_took: Duration::ZERO, initialized_at: began };
        let folder = client.uri("");
        let (at, _) = client.wait(&json!({
            "processId": std::process::id(),
            "clientInfo": { "name": "bench" },
            // The server tells our own editors more than others.
            "capabilities": { "experimental": { "codecompass": true } },
            "rootUri": folder,
            "workspaceFolders": [{ "uri": folder, "name": "workspace" }],
        }))?;
        client.initialize_took = at - began;
        client.initialized_at = at;
        client.notify("initialized", &json!({}))?;
        Ok(client)
    }

    fn wait(&mut self, params: &Value) -> Result<(Instant, Value)> {
        let id = self.send("initialize", params)?;
        self.answer(id)
    }

    /// The process of the server.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// The URI of a file of the workspace.
    pub(crate) fn uri(&self, path: &str) -> String {
        let path = if path.is_empty() { self.root.clone() } else { self.root.join(path) };
        let mut uri = "file://".to_owned();
        for byte in path.to_string_lossy().bytes() {
            if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
                uri.push(byte.into());
            } else {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
        uri
    }

    /// Sends a request and waits for its result and how long that took.
    pub(crate) fn ask(&mut self, method: &str, params: &Value) -> Result<(Duration, Value)> {
        let began = Instant::now();
        let id = self.send(method, params)?;
        let (at, value) = self.answer(id)?;
        Ok((at - began, value))
    }

    /// Sends a request; gives back its id.
    pub(crate) fn send(&mut self, method: &str, params: &Value) -> Result<i64> {
        self.next_id += 1;
        write(&self.input, &json!({ "jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params }))?;
        Ok(self.next_id)
    }

    /// Sends a notification.
    pub(crate) fn notify(&mut self, method: &str, params: &Value) -> Result<()> {
        write(&self.input, &json!({ "jsonrpc": "2.0", "method": method, "params": params }))
    }

    /// Waits for an answer: when it came, and its result, or null for an error.
    pub(crate) fn answer(&mut self, id: i64) -> Result<(Instant, Value)> {
        let (at, mut answer) = self.inbox.until("an answer", |received| received.answers.remove(&id))?;
        Ok((at, answer["result"].take()))
    }

    /// Waits until the server says that its index is as the folder is; gives back when, and what it said.
    pub(crate) fn ready(&mut self) -> Result<(Instant, Value)> {
        self.inbox.until("`ready`", |received| received.status.clone().filter(is_ready))
    }

    /// Whether the last that the server said is that it is ready.
    pub(crate) fn is_ready(&self) -> bool {
        self.inbox.received().status.as_ref().is_some_and(is_ready)
    }

    /// Opens a document.
    pub(crate) fn open(&mut self, path: &str, text: &str) -> Result<()> {
        let document = json!({ "uri": self.uri(path), "languageId": "x", "version": 1, "text": text });
        self.notify("textDocument/didOpen", &json!({ "textDocument": document }))
    }

    /// Closes a document.
    pub(crate) fn close(&mut self, path: &str) -> Result<()> {
        self.notify("textDocument/didClose", &json!({ "textDocument": { "uri": self.uri(path) } }))
    }

    /// Puts `text` in place of the lines `first..last` (from 0) of an open document.
    pub(crate) fn change(&mut self, path: &str, version: usize, lines: [usize; 2], text: &str) -> Result<()> {
        self.replace(path, version, [(lines[0], 0), (lines[1], 0)], text)
    }

    /// Puts `text` in place of what is between two positions.
    pub(crate) fn replace(&mut self, path: &str, version: usize, at: [(usize, usize); 2], text: &str) -> Result<()> {
        let [start, end] = at.map(|(line, character)| json!({ "line": line, "character": character }));
        let change = json!({ "range": { "start": start, "end": end }, "text": text });
        let document = json!({ "uri": self.uri(path), "version": version });
        self.notify("textDocument/didChange", &json!({ "textDocument": document, "contentChanges": [change] }))
    }

    /// The hits of `codecompass/search`: paths and texts.
    pub(crate) fn search(&mut self, query: &str, mode: &str, limit: usize) -> Result<(Duration, Vec<Found>)> {
        let params = json!({ "query": query, "mode": mode, "limit": limit });
        let (took, result) = self.ask("codecompass/search", &params)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let hits = result["hits"].as_array().into_iter().flatten();
        Ok((took, hits.map(|hit| Found { path: text(&hit["path"]), text: text(&hit["text"]) }).collect()))
    }

    /// Asks until a hit holds `name`; gives back when the answer came. In quotes, because where it stands is asked, not what
    /// is like it.
    pub(crate) fn until_found(&mut self, name: &str, mode: &str) -> Result<Instant> {
        let deadline = Instant::now() + SOON;
        loop {
            let (_, hits) = self.search(&format!("\"{name}\""), mode, 10)?;
            if hits.iter().any(|hit| hit.text.contains(name)) {
                return Ok(Instant::now());
            }
            if Instant::now() > deadline {
                let found: Vec<String> = hits.into_iter().map(|hit| hit.path).collect();
                bail!("{name} cannot be found, but {}", found.join(", "));
            }
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Says goodbye and waits for the end.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.ask("shutdown", &Value::Null)?;
        self.notify("exit", &Value::Null)?;
        let status = self.child.wait()?;
        if !status.success() {
            bail!("the server ended with {status}");
        }
        Ok(())
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_ready((_, status): &(Instant, Value)) -> bool {
    let folder = &status["folders"][0];
    folder["phase"] == "ready" && folder["index"]["complete"] == true && folder["files"]["pending"] == 0
}

/// A hit of a search.
pub(crate) struct Found {
    pub(crate) path: String,
    pub(crate) text: String,
}

fn write(input: &Mutex<ChildStdin>, message: &Value) -> Result<()> {
    let body = message.to_string();
    let mut input = input.lock().unwrap_or_else(PoisonError::into_inner);
    input.write_all(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes())?;
    Ok(input.flush()?)
}

impl Inbox {
    fn received(&self) -> MutexGuard<'_, Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn until<T>(&self, what: &str, mut there: impl FnMut(&mut Received) -> Option<T>) -> Result<T> {
        let deadline = Instant::now() + DEADLINE;
        let mut received = self.received();
        loop {
            if let Some(value) = there(&mut received) {
                return Ok(value);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || received.ended {
                bail!("{what} does not come");
            }
            received = self.more.wait_timeout(received, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn read(&self, mut output: impl BufRead, input: &Mutex<ChildStdin>) {
        while let Some((at, message)) = next(&mut output) {
            if message.get("method").is_none() {
                if let Some(id) = message["id"].as_i64() {
                    self.received().answers.insert(id, (at, message));
                }
            } else if message.get("id").is_some() {
                let answer = json!({ "jsonrpc": "2.0", "id": message["id"], "result": null });
                if write(input, &answer).is_err() {
                    break;
                }
            } else if message["method"] == "codecompass/status" {
                self.received().status = Some((at, message["params"].clone()));
            }
            self.more.notify_all();
        }
        self.received().ended = true;
        self.more.notify_all();
    }
}

/// The next message and when it came; `None` at the end.
fn next(output: &mut impl BufRead) -> Option<(Instant, Value)> {
    let mut header = String::new();
    output.read_line(&mut header).ok().filter(|read| *read > 0)?;
    let length: usize = header.trim().strip_prefix("Content-Length: ")?.parse().ok()?;
    let mut body = vec![0; length];
    output.read_line(&mut header).ok()?;
    output.read_exact(&mut body).ok()?;
    let at = Instant::now();
    Some((at, serde_json::from_slice(&body).ok()?))
}
