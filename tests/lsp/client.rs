//! A client that overlooks nothing: it drives the real program over its pipes, and a message that nobody asked for, an answer
//! that does not come, or a server that does not end as it should fails the test.

use std::{
    collections::VecDeque,
    fmt::Write as _,
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// No wait takes longer.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// A folder with files, for a server to work on. Gone at the end.
pub(crate) struct Fixture {
    _all: tempfile::TempDir,
    /// The workspace folder.
    pub(crate) root: PathBuf,
    /// The user's own folder; the workspace is not in it.
    pub(crate) home: PathBuf,
}

impl Fixture {
    /// A folder with these files: `(path, text)`.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        Self::named("project", files)
    }

    /// A folder of that name with these files.
    pub(crate) fn named(name: &str, files: &[(&str, &str)]) -> Self {
        let all = tempfile::tempdir().unwrap();
        let path = fs::canonicalize(all.path()).unwrap();
        let (root, home) = (path.join(name), path.join("home"));
        fs::create_dir_all(&root).unwrap();
        fs::create_dir_all(&home).unwrap();
        let fixture = Self { _all: all, root, home };
        for (path, text) in files {
            fixture.write(path, text);
        }
        fixture
    }

    /// Writes a file of the workspace.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The URI of a file of the workspace; of the workspace itself for an empty path.
    pub(crate) fn uri(&self, path: &str) -> String {
        uri_of(&if path.is_empty() { self.root.clone() } else { self.root.join(path) })
    }

    /// The program with nobody's settings, and its indexes in the fixture.
    pub(crate) fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_codecompass"));
        command
            .arg("lsp")
            .env_clear()
            .env("HOME", &self.home)
            .env("CODECOMPASS_CACHE_DIR", self.home.join("cache"))
            .env("RUST_BACKTRACE", "1")
            // Nobody is there: what this machine has is no part of a test.
            .env("OLLAMA_HOST", "127.0.0.1:1")
            .current_dir(&self.home);
        command
    }

    /// What an editor sends first, with the workspace as its one folder.
    pub(crate) fn initialize(&self) -> Value {
        json!({
            "processId": std::process::id(),
            "clientInfo": { "name": "strict" },
            "capabilities": {},
            "rootUri": self.uri(""),
            "workspaceFolders": [{ "uri": self.uri(""), "name": "project" }],
        })
    }
}

/// The `file:` URI of a path, every byte encoded that may be.
pub(crate) fn uri_of(path: &Path) -> String {
    let mut uri = "file://".to_owned();
    for byte in path.to_str().unwrap().bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(byte.into());
        } else {
            write!(uri, "%{byte:02X}").unwrap();
        }
    }
    uri
}

/// A client with its server.
pub(crate) struct Client {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    log: Arc<Mutex<Vec<u8>>>,
    /// What came and was not asked for yet.
    unread: VecDeque<Value>,
    /// Methods of messages that may come at any time and need not be read.
    ignored: Vec<&'static str>,
    /// Methods of messages that are kept until they are read and need not be.
    tolerated: Vec<&'static str>,
    next_id: i64,
    /// What `initialize` answered.
    pub(crate) server: Value,
    initialized: bool,
}

impl Client {
    /// A server that has been told of the workspace, and nothing else.
    pub(crate) fn start(fixture: &Fixture) -> Self {
        Self::start_with(fixture, json!({}))
    }

    /// The same with these capabilities of the client.
    pub(crate) fn start_with(fixture: &Fixture, capabilities: Value) -> Self {
        let mut params = fixture.initialize();
        params["capabilities"] = capabilities;
        Self::start_as(fixture, params)
    }

    /// The same with these parameters of `initialize`.
    pub(crate) fn start_as(fixture: &Fixture, initialize: Value) -> Self {
        let mut client = Self::spawn(&mut fixture.program());
        client.initialize(initialize);
        client
    }

    /// A server that has been told nothing.
    pub(crate) fn spawn(program: &mut Command) -> Self {
        let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, messages) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            for message in read_messages(output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let log = Arc::new(Mutex::new(Vec::new()));
        let (kept, mut errors) = (Arc::clone(&log), child.stderr.take().unwrap());
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(read @ 1..) = errors.read(&mut chunk) {
                kept.lock().unwrap().extend_from_slice(&chunk[..read]);
            }
        });
        let input = child.stdin.take();
        Self {
            child,
            input,
            messages,
            log,
            unread: VecDeque::new(),
            ignored: Vec::new(),
            tolerated: Vec::new(),
            next_id: 0,
            server: Value::Null,
            initialized: false,
        }
    }

    /// The first words of every client.
    pub(crate) fn initialize(&mut self, params: Value) {
        self.server = self.request("initialize", params);
        self.notify("initialized", json!({}));
        self.initialized = true;
    }

    /// Messages with this method may come at any time from now on and need not be read.
    pub(crate) fn ignore(&mut self, method: &'static str) {
        self.ignored.push(method);
        self.unread.retain(|message| message["method"] != method);
    }

    /// Messages with this method may come at any time; they can be read, and need not be.
    pub(crate) fn tolerate(&mut self, method: &'static str) {
        self.tolerated.push(method);
    }

    /// The messages with this method that have come and were not read.
    pub(crate) fn take(&mut self, method: &str) -> Vec<Value> {
        while let Ok(message) = self.messages.try_recv() {
            self.keep(message);
        }
        let (taken, rest): (VecDeque<Value>, _) =
            self.unread.drain(..).partition(|message| message["method"] == method);
        self.unread = rest;
        taken.into()
    }

    /// The next message within that time, whatever it is.
    pub(crate) fn next_within(&mut self, patience: Duration) -> Option<Value> {
        self.unread.pop_front().or_else(|| self.messages.recv_timeout(patience).ok())
    }

    /// Ends the server as a crash would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.wait();
    }

    /// Sends a request and waits for its result.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.send_request(method, params);
        self.result(id)
    }

    /// Sends a request and waits for its error.
    pub(crate) fn request_error(&mut self, method: &str, params: Value) -> Value {
        let id = self.send_request(method, params);
        self.error(&json!(id))
    }

    /// Sends a request; gives back its id.
    pub(crate) fn send_request(&mut self, method: &str, params: Value) -> i64 {
        self.next_id += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": self.next_id, "method": method, "params": params }));
        self.next_id
    }

    /// Sends a notification.
    pub(crate) fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Answers a request of the server's.
    pub(crate) fn answer(&mut self, request: &Value, result: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }));
    }

    /// Refuses a request of the server's.
    pub(crate) fn refuse(&mut self, request: &Value) {
        let error = json!({ "code": -32601, "message": "not here" });
        self.send(&json!({ "jsonrpc": "2.0", "id": request["id"], "error": error }));
    }

    /// Opens a document.
    pub(crate) fn open(&mut self, uri: &str, language: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Changes a document.
    pub(crate) fn change(&mut self, uri: &str, version: i32, changes: Value) {
        let document = json!({ "uri": uri, "version": version });
        self.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    /// Sends any message.
    pub(crate) fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.send_bytes(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    /// Sends any bytes.
    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("the input is open");
        if let Err(error) = input.write_all(bytes).and_then(|()| input.flush()) {
            self.fail(&format!("the server does not read any more: {error}"));
        }
    }

    /// Ends the server's input.
    pub(crate) fn close_input(&mut self) {
        self.input = None;
    }

    /// The result of a request.
    #[track_caller]
    pub(crate) fn result(&mut self, id: i64) -> Value {
        let mut answer = self.answer_to(&json!(id));
        match answer.get_mut("result") {
            Some(result) => result.take(),
            None => self.fail(&format!("a result was expected: {answer}")),
        }
    }

    /// The error of a request; with id null that of a message which makes no sense.
    #[track_caller]
    pub(crate) fn error(&mut self, id: &Value) -> Value {
        let mut answer = self.answer_to(id);
        match answer.get_mut("error") {
            Some(error) => error.take(),
            None => self.fail(&format!("an error was expected: {answer}")),
        }
    }

    #[track_caller]
    fn answer_to(&mut self, id: &Value) -> Value {
        self.wait_for(&format!("the answer to {id}"), |it| it.get("method").is_none() && it["id"] == *id)
    }

    /// The parameters of the next notification of that method.
    #[track_caller]
    pub(crate) fn expect(&mut self, method: &str) -> Value {
        let mut message = self.wait_for(method, |it| it["method"] == method && it.get("id").is_none());
        message["params"].take()
    }

    /// The next request of that method from the server, to be answered.
    #[track_caller]
    pub(crate) fn expect_request(&mut self, method: &str) -> Value {
        self.wait_for(method, |it| it["method"] == method && it.get("id").is_some())
    }

    /// The first message that `wanted` says yes to; those before it stay unread.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(index) = self.unread.iter().position(&wanted) {
            return self.unread.remove(index).unwrap();
        }
        let until = Instant::now() + DEADLINE;
        loop {
            match self.messages.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(message) if wanted(&message) => return message,
                Ok(message) => self.keep(message),
                Err(RecvTimeoutError::Timeout) => self.fail(&format!("{what} did not come")),
                Err(RecvTimeoutError::Disconnected) => {
                    self.fail(&format!("{what} did not come; the server closed its output"))
                }
            }
        }
    }

    fn keep(&mut self, message: Value) {
        if !self.ignored.iter().any(|method| message["method"] == *method) {
            self.unread.push_back(message);
        }
    }

    /// Says goodbye; gives back how the server ended.
    pub(crate) fn shut_down(&mut self) -> ExitStatus {
        self.request("shutdown", Value::Null);
        self.send(&json!({ "jsonrpc": "2.0", "method": "exit" }));
        self.wait()
    }

    /// Waits until the server ends by itself.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let until = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            if Instant::now() > until {
                self.fail("the server does not end");
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits until the server has written this to standard error.
    #[track_caller]
    pub(crate) fn expect_log(&mut self, part: &str) {
        let until = Instant::now() + DEADLINE;
        while !self.log().contains(part) {
            if Instant::now() > until {
                self.fail(&format!("`{part}` is not in the log"));
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// What the server wrote to standard error.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&self.log.lock().unwrap()).into_owned()
    }

    /// The server's process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    #[track_caller]
    fn fail(&mut self, what: &str) -> ! {
        let unread: Vec<String> = self.unread.drain(..).map(|message| message.to_string()).collect();
        let log = self.log();
        panic!("{what}\n--- unread ---\n{}\n--- the server's log ---\n{log}", unread.join("\n"));
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = self.child.kill();
            let _ = self.child.wait();
            return;
        }
        let ended = self.child.try_wait().unwrap();
        if ended.is_none() && self.input.is_some() && self.initialized {
            let status = self.shut_down();
            if status.code() != Some(0) {
                self.fail(&format!("the server ended with {status}"));
            }
        } else if ended.is_none() {
            self.input = None;
            self.wait();
        }
        while let Ok(message) = self.messages.recv_timeout(DEADLINE) {
            self.keep(message);
        }
        self.unread.retain(|message| !self.tolerated.iter().any(|method| message["method"] == *method));
        if !self.unread.is_empty() {
            self.fail("messages came that nobody expected");
        }
    }
}

/// The messages of a stream until its end; whatever else is in it fails the test.
fn read_messages(mut output: impl BufRead) -> impl Iterator<Item = Value> {
    std::iter::from_fn(move || {
        let mut header = String::new();
        if output.read_line(&mut header).unwrap() == 0 {
            return None;
        }
        let length = header.strip_prefix("Content-Length: ").and_then(|rest| rest.strip_suffix("\r\n"));
        let length = length.unwrap_or_else(|| panic!("no header: {header:?}")).parse().unwrap();
        let mut body = vec![0; length];
        output.read_line(&mut header).unwrap();
        output.read_exact(&mut body).unwrap();
        let message: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(message["jsonrpc"], "2.0");
        Some(message)
    })
}
