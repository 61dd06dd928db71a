//! An Ollama that only pretends: it answers on loopback what a test tells it to, byte by byte, and remembers what it was asked.

#![allow(dead_code, unused_imports, reason = "each of the tests that share it uses a part")]

use std::{
    collections::HashMap,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, mpsc},
    time::{Duration, Instant},
};

use serde_json::Value;

#[path = "ollama/reply.rs"]
mod reply;
#[path = "ollama/tame.rs"]
mod tame;

use reply::Step;
pub use reply::{Gate, Reply};
pub use tame::{embedded, tame, vector};

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

type Answer = dyn Fn(&Request) -> Reply + Send + Sync;

/// What the host remembers.
#[derive(Default)]
struct Seen {
    requests: Mutex<Vec<Request>>,
    /// Of each endpoint: requests that are being answered, and the most there ever were.
    at_once: Mutex<HashMap<String, (usize, usize)>>,
    /// Only one request at a time is worked on, as by a model with one slot.
    slot: Mutex<()>,
}

/// The host.
pub struct Fake {
    pub address: String,
    seen: Arc<Seen>,
    gone: mpsc::Receiver<Instant>,
}

impl Fake {
    /// Listens on a port of its own and answers as told.
    pub fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let all_seen = Arc::<Seen>::default();
        let (send_gone, gone) = mpsc::channel();
        let answer: Arc<Answer> = Arc::new(answer);
        let seen = Arc::clone(&all_seen);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, seen, gone) = (Arc::clone(&answer), Arc::clone(&seen), send_gone.clone());
                // A client that goes away is what many tests are about.
                std::thread::spawn(move || stream.ok().and_then(|stream| serve(stream, &*answer, &seen, &gone)));
            }
        });
        Self { address, seen: all_seen, gone }
    }

    /// A well-behaved host, except where `special` answers.
    pub fn tame_but(special: impl Fn(&Request) -> Option<Reply> + Send + Sync + 'static) -> Self {
        Self::start(move |request| special(request).unwrap_or_else(|| tame(request)))
    }

    /// What it was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.seen.requests.lock().unwrap().clone()
    }

    /// What it was asked of one endpoint.
    pub fn asked(&self, path: &str) -> Vec<Request> {
        self.requests().into_iter().filter(|request| request.path == path).collect()
    }

    /// How many requests to one endpoint were being answered at the same time, at most.
    pub fn most_at_once(&self, path: &str) -> usize {
        self.seen.at_once.lock().unwrap().get(path).map_or(0, |(_, most)| *most)
    }

    /// When a client went away before its answer was complete.
    pub fn gone(&self) -> Instant {
        self.gone.recv_timeout(PATIENCE).unwrap()
    }
}

fn serve(mut stream: TcpStream, answer: &Answer, seen: &Seen, gone: &mpsc::Sender<Instant>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let request = read(&mut stream)?;
    seen.requests.lock().unwrap().push(request.clone());
    {
        let mut at_once = seen.at_once.lock().unwrap();
        let (now, most) = at_once.entry(request.path.clone()).or_default();
        *now += 1;
        *most = (*most).max(*now);
    }
    let busy = Busy { seen, path: request.path.clone() };
    steps(stream, answer(&request), seen, gone, busy)
}

/// Counts a request until it is dropped.
struct Busy<'a> {
    seen: &'a Seen,
    path: String,
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        if let Some((now, _)) = self.seen.at_once.lock().unwrap().get_mut(&self.path) {
            *now -= 1;
        }
    }
}

fn steps(mut stream: TcpStream, reply: Reply, seen: &Seen, gone: &mpsc::Sender<Instant>, busy: Busy<'_>) -> Option<()> {
    let mut busy = Some(busy);
    let last = reply.0.len().saturating_sub(1);
    for (i, step) in reply.0.into_iter().enumerate() {
        let sent = match step {
            Step::Send(bytes) => {
                if i == last {
                    // The client may ask the next thing as soon as it has this.
                    drop(busy.take());
                }
                stream.write_all(&bytes).is_ok()
            }
            Step::Trickle(bytes, pause) => bytes.iter().all(|byte| {
                std::thread::sleep(pause);
                stream.write_all(&[*byte]).is_ok()
            }),
            Step::Wait(gate) => {
                gate.wait();
                true
            }
            Step::Work(time) => {
                let _one = seen.slot.lock().unwrap();
                std::thread::sleep(time);
                true
            }
            Step::Silence => {
                stream.set_read_timeout(Some(PATIENCE)).ok()?;
                // A client has nothing more to say: what comes is its end.
                !matches!(stream.read(&mut [0; 64]), Ok(0) | Err(_))
            }
            Step::Reset => {
                // With nothing left to send, closing resets the connection.
                let _ = tokio::net::TcpSocket::from_std_stream(stream).set_zero_linger();
                return None;
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
    let (method, target) = (first.next()?.to_owned(), first.next()?);
    // As a proxy it is asked for whole addresses.
    let beyond = target.strip_prefix("http://").and_then(|rest| rest.find('/').map(|at| &rest[at..]));
    let path = beyond.unwrap_or(target).to_owned();
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
