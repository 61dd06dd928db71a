//! An Ollama that only pretends: it answers on loopback what a test tells it to, byte by byte, and remembers what it was asked.

#![allow(dead_code, reason = "each of the tests that share it uses a part")]

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, mpsc},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// No test waits longer for anything.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What it was asked.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// The body as JSON; `null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }
}

/// Something that opens once.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    pub fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    fn wait(&self) {
        let open = self.0.0.lock().unwrap();
        drop(self.0.1.wait_timeout_while(open, PATIENCE, |open| !*open).unwrap());
    }
}

enum Step {
    Send(Vec<u8>),
    Wait(Gate),
    /// Until the client goes away.
    Silence,
}

/// An answer, step by step. The connection is closed after it.
#[derive(Default)]
pub struct Reply(Vec<Step>);

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
}

type Answer = dyn Fn(&Request) -> Reply + Send + Sync;

/// The host.
pub struct Fake {
    pub address: String,
    requests: Arc<Mutex<Vec<Request>>>,
    gone: mpsc::Receiver<Instant>,
}

impl Fake {
    /// Listens on a port of its own and answers as told.
    pub fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let requests = Arc::<Mutex<Vec<Request>>>::default();
        let (send_gone, gone) = mpsc::channel();
        let answer: Arc<Answer> = Arc::new(answer);
        let seen = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, seen, gone) = (Arc::clone(&answer), Arc::clone(&seen), send_gone.clone());
                // A client that goes away is what many tests are about.
                std::thread::spawn(move || stream.ok().and_then(|stream| serve(stream, &*answer, &seen, &gone)));
            }
        });
        Self { address, requests, gone }
    }

    /// A well-behaved host, except where `special` answers.
    pub fn tame_but(special: impl Fn(&Request) -> Option<Reply> + Send + Sync + 'static) -> Self {
        Self::start(move |request| special(request).unwrap_or_else(|| tame(request)))
    }

    /// What it was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// What it was asked of one endpoint.
    pub fn asked(&self, path: &str) -> Vec<Request> {
        self.requests().into_iter().filter(|request| request.path == path).collect()
    }

    /// When a client went away before its answer was complete.
    pub fn gone(&self) -> Instant {
        self.gone.recv_timeout(PATIENCE).unwrap()
    }
}

fn serve(
    mut stream: TcpStream,
    answer: &Answer,
    seen: &Mutex<Vec<Request>>,
    gone: &mpsc::Sender<Instant>,
) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let request = read(&mut stream)?;
    seen.lock().unwrap().push(request.clone());
    for step in answer(&request).0 {
        let sent = match step {
            Step::Send(bytes) => stream.write_all(&bytes).is_ok(),
            Step::Wait(gate) => {
                gate.wait();
                true
            }
            Step::Silence => {
                stream.set_read_timeout(Some(PATIENCE)).ok()?;
                // A client has nothing more to say: what comes is its end.
                !matches!(stream.read(&mut [0; 64]), Ok(0) | Err(_))
            }
        };
        if !sent {
            let _ = gone.send(Instant::now());
            return None;
        }
    }
    Some(())
}

fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 8192];
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        match stream.read(&mut buffer).ok()? {
            0 => return None,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> =
        lines.filter_map(|line| line.split_once(':')).map(|(n, v)| (n.to_owned(), v.trim().to_owned())).collect();
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = length.map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        match stream.read(&mut buffer).ok()? {
            0 => return None,
            count => body.extend_from_slice(&buffer[..count]),
        }
    }
    Some(Request { method, path, headers, body })
}

/// What a well-behaved host answers: `qwen` can talk, `minilm` makes vectors, `stub` is in the cloud.
pub fn tame(request: &Request) -> Reply {
    let body = request.json();
    let model = body["model"].as_str().unwrap_or_default().trim_end_matches(":latest").to_owned();
    let missing = || Reply::error(404, &format!("model '{model}' not found"));
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/api/version") => Reply::json(200, &json!({"version": "0.12.3"})),
        ("GET", "/api/tags") => Reply::json(
            200,
            &json!({"models": [
                {"name": "qwen:latest", "model": "qwen:latest", "size": 4_700_000_000_u64, "digest": "aaaa",
                 "details": {"family": "qwen2", "parameter_size": "7.6B", "quantization_level": "Q4_K_M"}},
                {"name": "minilm:latest", "size": 46_000_000, "digest": "bbbb", "details": {"parameter_size": "23M"}},
                {"name": "stub:latest", "size": 300, "digest": "cccc", "details": {},
                 "remote_host": "https://ollama.com:443", "remote_model": "big"},
            ]}),
        ),
        ("GET", "/api/ps") => Reply::json(
            200,
            &json!({"models": [
            {"name": "qwen:latest", "size": 6_000, "size_vram": 3_000, "context_length": 4096}]}),
        ),
        ("POST", "/api/show") => match model.as_str() {
            "qwen" => Reply::json(
                200,
                &json!({"capabilities": ["completion", "tools"], "model_info": {
                "general.architecture": "qwen2", "qwen2.context_length": 32768, "qwen2.embedding_length": 3584}}),
            ),
            "minilm" => Reply::json(
                200,
                &json!({"capabilities": ["embedding"], "model_info": {
                "general.architecture": "bert", "bert.context_length": 512}}),
            ),
            "stub" => Reply::json(200, &json!({"capabilities": ["completion"]})),
            _ => missing(),
        },
        ("POST", "/api/chat") if model == "qwen" => Reply::stream()
            .lines(&[
                json!({"model": model, "message": {"role": "assistant", "content": "one"}, "done": false}),
                json!({"model": model, "message": {"role": "assistant", "content": " two"}, "done": false}),
                json!({"model": model, "message": {"role": "assistant", "content": ""}, "done": true,
                       "done_reason": "stop", "eval_count": 2, "eval_duration": 50_000_000}),
            ])
            .end(),
        ("POST", "/api/generate") if model == "qwen" => {
            Reply::stream().lines(&[json!({"response": "x"}), json!({"response": "", "done": true})]).end()
        }
        ("POST", "/api/embed") if model == "minilm" => {
            let texts = match &body["input"] {
                Value::Array(texts) => texts.clone(),
                text => vec![text.clone()],
            };
            let vectors: Vec<Vec<f32>> = texts.iter().map(|text| vector(text.as_str().unwrap_or_default())).collect();
            Reply::json(200, &json!({"model": model, "embeddings": vectors, "prompt_eval_count": texts.len()}))
        }
        ("POST", "/api/pull") if model == "new" => Reply::stream()
            .lines(&[
                json!({"status": "pulling manifest"}),
                json!({"status": "pulling aa", "digest": "aa", "total": 100}),
                json!({"status": "pulling bb", "digest": "bb", "total": 50, "completed": 20}),
                json!({"status": "pulling aa", "digest": "aa", "total": 100, "completed": 100}),
                json!({"status": "pulling bb", "digest": "bb", "total": 50, "completed": 50}),
                json!({"status": "verifying sha256 digest"}),
                json!({"status": "success"}),
            ])
            .end(),
        ("POST", "/api/pull") => Reply::stream()
            .lines(&[
                json!({"status": "pulling manifest"}),
                json!({"error": "pull model manifest: file does not exist"}),
            ])
            .end(),
        ("DELETE", "/api/delete") if ["qwen", "minilm", "stub"].contains(&model.as_str()) => Reply::whole(200, &[], ""),
        ("POST", "/api/chat" | "/api/generate" | "/api/embed") | ("DELETE", "/api/delete") => missing(),
        _ => Reply::whole(404, &[("content-type", "text/plain")], "404 page not found"),
    }
}

/// A vector of unit length in which similar texts are near each other: counts of three letters.
pub fn vector(text: &str) -> Vec<f32> {
    let mut vector = vec![0.0_f32; 64];
    for three in text.as_bytes().windows(3) {
        let hash = three.iter().fold(7_usize, |hash, byte| hash.wrapping_mul(31).wrapping_add(usize::from(*byte)));
        vector[hash % 64] += 1.0;
    }
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(1.0);
    vector.iter().map(|x| x / length).collect()
}
