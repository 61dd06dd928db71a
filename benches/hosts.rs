//! What our client costs against a bare socket: a request, a token, a long line, an answer that is not wanted any more, and
//! vectors for many texts. `cargo bench -p codecompass-ollama --bench hosts`

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a program for people who measure")]

#[path = "../tests/fake/ollama.rs"]
#[allow(unreachable_pub, clippy::pedantic, reason = "shared by tests of several packages")]
mod fake;

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
    time::{Duration, Instant},
};

use codecompass_ollama::{
    address::Address,
    embedding::{Passage, TemplateOptions},
    host::Host,
    options::{HostOptions, Policy},
    pool::{ChatRequest, Pool, Role, Wishes},
    request::{ChatMessage, ChatMessageRequest, GenerationRequest},
    timers::Timers,
};
use fake::{Fake, Reply};
use serde_json::json;
use tokio::sync::mpsc;

const VECTOR: usize = 768;
const TEXTS: usize = 2000;
/// The host's work for one text.
const EACH: Duration = Duration::from_millis(2);
const BARE_BATCH: usize = 64;

#[tokio::main]
async fn main() {
    // Given by `cargo bench`; `cargo test --benches` runs it too, and wants no figures.
    if std::env::args().all(|argument| argument != "--bench") {
        return;
    }
    request().await;
    tokens().await;
    lines().await;
    cancel().await;
    embedding().await;
}

async fn request() {
    let fake = Fake::tame_but(|_| None);
    let (host, address) = (host(&fake), fake.address.clone());
    let mut ours = Vec::new();
    let mut bare = Vec::new();
    for _ in 0..500 {
        let began = Instant::now();
        host.version().await.unwrap();
        ours.push(began.elapsed());
        let began = Instant::now();
        exchange(&address, "GET", "/api/version", "");
        bare.push(began.elapsed());
    }
    let (ours, bare) = (median(ours), median(bare));
    println!("request: ours {ours:?}, bare socket {bare:?}, overhead {:?} (aim: 1 ms)", ours.saturating_sub(bare));
}

async fn tokens() {
    for count in [1_000_usize, 10_000, 100_000] {
        let token = json!({"model": "qwen", "message": {"role": "assistant", "content": "word "}, "done": false});
        let mut events = vec![token; count];
        events.push(json!({"message": {"content": ""}, "done": true}));
        let reply = Reply::stream().lines(&events).end().joined();
        let fake = serving("/api/chat", reply);
        let host = host(&fake);
        let mut ours = Vec::new();
        let mut bare = Vec::new();
        for _ in 0..7 {
            let question = ChatMessageRequest::new("qwen".to_owned(), vec![ChatMessage::user("?".to_owned())]);
            let began = Instant::now();
            let mut answer = host.chat(&question).await.unwrap();
            let mut seen = 0;
            while let Some(piece) = answer.next().await {
                seen += usize::from(!piece.unwrap().text.is_empty());
            }
            ours.push(began.elapsed());
            assert_eq!(seen, count);
            let began = Instant::now();
            exchange(&fake.address, "POST", "/api/chat", "{}");
            bare.push(began.elapsed());
        }
        let (ours, bare) = (median(ours), median(bare));
        let each = ours.saturating_sub(bare) / count as u32;
        println!("{count} tokens: ours {ours:?}, bare socket {bare:?}, overhead {each:?} a token (aim: 20 us)");
    }
}

async fn lines() {
    for megabytes in [5_usize, 20] {
        let numbers = vec!["123456789"; megabytes * 100_000].join(",");
        let line = format!("{{\"response\":\"\",\"done\":true,\"context\":[{numbers}]}}\n");
        let mut reply = Reply::stream();
        for packet in line.as_bytes().chunks(1400) {
            reply = reply.chunk(packet);
        }
        let fake = serving("/api/generate", reply.end().joined());
        let host = host(&fake);
        let mut took = Vec::new();
        for _ in 0..5 {
            let began = Instant::now();
            let mut answer = host.generate(&GenerationRequest::new("qwen".to_owned(), "x")).await.unwrap();
            while let Some(piece) = answer.next().await {
                piece.unwrap();
            }
            took.push(began.elapsed());
        }
        let took = median(took);
        println!("a line of {megabytes} MB: {took:?}, {:?} a MB", took / megabytes as u32);
    }
}

async fn cancel() {
    let piece = json!({"message": {"content": "a"}});
    let mut latest = Duration::ZERO;
    for _ in 0..20 {
        let piece = piece.clone();
        let fake = Fake::tame_but(move |request| {
            (request.path == "/api/chat").then(|| Reply::stream().lines(std::slice::from_ref(&piece)).silence())
        });
        let pool = pool(&fake);
        let chosen = pool.choose(Role::Chat, None).await.unwrap();
        let messages = vec![ChatMessage::user("?".to_owned())];
        let mut answering = pool.chat(&chosen, ChatRequest { messages, ..ChatRequest::default() }).await.unwrap();
        answering.next().await.unwrap().unwrap();
        let left = Instant::now();
        drop(answering);
        let gone = tokio::task::spawn_blocking(move || fake.gone()).await.unwrap();
        latest = latest.max(gone - left);
    }
    println!("cancel: the host knew after {latest:?} at most (aim: 100 ms)");
}

async fn embedding() {
    let numbers: Vec<String> = (0..VECTOR).map(|i| format!("{:.8}", (i as f32).sin() / 20.0)).collect();
    let vector = Arc::new(format!("[{}]", numbers.join(",")));
    let fake = Fake::tame_but(move |request| {
        (request.path == "/api/embed").then(|| {
            let texts = request.json()["input"].as_array().unwrap().len();
            let vectors = vec![vector.as_str(); texts].join(",");
            Reply::whole(200, &[], &format!("{{\"embeddings\":[{vectors}]}}")).taking(EACH * texts as u32)
        })
    });
    let texts: Vec<Passage> = (0..TEXTS).map(|i| Passage::from(format!("fn f{i}() {{}}\n").repeat(60))).collect();
    let began = Instant::now();
    for batch in texts.chunks(BARE_BATCH) {
        let input: Vec<&str> = batch.iter().map(|passage| passage.text.as_str()).collect();
        exchange(&fake.address, "POST", "/api/embed", &json!({"model": "minilm", "input": input}).to_string());
    }
    let bare = began.elapsed();
    let pool = pool(&fake);
    let model = pool.embed_model(None, &TemplateOptions::default()).await.unwrap();
    let (send, receive) = mpsc::channel(1024);
    let (done, mut made) = mpsc::channel(1024);
    let began = Instant::now();
    let feeding = tokio::spawn(async move {
        for text in texts.into_iter().enumerate() {
            send.send(text).await.unwrap();
        }
    });
    let work = tokio::spawn(async move { pool.embed_all(&model, receive, done).await });
    let mut count = 0;
    while let Some((_, vector)) = made.recv().await {
        assert_eq!(vector.unwrap().len(), VECTOR);
        count += 1;
    }
    let ours = began.elapsed();
    feeding.await.unwrap();
    work.await.unwrap().unwrap();
    assert_eq!(count, TEXTS);
    let ideal = EACH * TEXTS as u32;
    let share = |took: Duration| 100.0 * ideal.as_secs_f64() / took.as_secs_f64();
    println!(
        "vectors: {TEXTS} texts in {ours:?}, {:.1} % of what the host itself delivers ({ideal:?}; aim: 95 %); bare \
         posts of {BARE_BATCH}, one after the other: {bare:?}, {:.1} %",
        share(ours),
        share(bare)
    );
}

/// A host that answers one endpoint always the same.
fn serving(path: &'static str, reply: Reply) -> Fake {
    Fake::tame_but(move |request| (request.path == path).then(|| reply.clone()))
}

fn options(fake: &Fake) -> HostOptions {
    HostOptions::at("fake", Address::parse(&fake.address).unwrap().0)
}

fn host(fake: &Fake) -> Host {
    Host::open(&options(fake), Policy::default(), Timers::default(), &|_| None).unwrap()
}

fn pool(fake: &Fake) -> Pool {
    Pool::new([(options(fake), Ok(host(fake)))], Wishes::default())
}

/// One request over a socket of its own, and all bytes of its answer.
fn exchange(address: &str, method: &str, path: &str, body: &str) -> usize {
    let mut socket = TcpStream::connect(address).unwrap();
    let head = format!("{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    socket.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).unwrap();
    answer.len()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
