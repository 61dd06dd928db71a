//! The client against a host that only pretends: what it sends, what it makes of every answer, when it gives up.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "../../../../tests/fake/ollama.rs"]
#[allow(unreachable_pub, clippy::pedantic, reason = "shared by tests of several packages")]
mod fake;

mod answering;
mod embedding;
mod faults;
mod login;
mod management;
mod pool;
mod streams;
mod tls;

use std::time::Duration;

use codecompass_ollama::{
    address::Address,
    error::{Error, Failure},
    host::Host,
    options::{HostOptions, Policy},
    piece::Piece,
    pool::{Pool, Wishes},
    request::{ChatMessage, ChatMessageRequest},
    stream::Events,
    timers::Timers,
};
use fake::Fake;

/// Timers for tests that do not mean to wait.
fn quick() -> Timers {
    Timers { retry: Duration::from_millis(1), ..Timers::default() }
}

fn options(address: &str) -> HostOptions {
    HostOptions::at("fake", Address::parse(address).unwrap().0)
}

fn open(options: &HostOptions, policy: Policy, timers: Timers) -> Host {
    Host::open(options, policy, timers, &|_| None).unwrap()
}

fn host(fake: &Fake) -> Host {
    open(&options(&fake.address), Policy::default(), quick())
}

/// Hosts in this order, named `first`, `second`, `third`.
fn pool_of(addresses: &[&str], wishes: Wishes) -> Pool {
    let hosts = addresses.iter().zip(["first", "second", "third"]).map(|(address, name)| {
        let options = HostOptions::at(name, Address::parse(address).unwrap().0);
        let host = Ok(open(&options, Policy::default(), quick()));
        (options, host)
    });
    Pool::new(hosts, wishes)
}

fn pool(fakes: &[&Fake]) -> Pool {
    pool_of(&fakes.iter().map(|fake| fake.address.as_str()).collect::<Vec<_>>(), Wishes::default())
}

fn question(model: &str) -> ChatMessageRequest {
    ChatMessageRequest::new(model.to_owned(), vec![ChatMessage::user("count".to_owned())])
}

async fn read(mut events: Events<Piece>) -> (Vec<Piece>, Option<Failure>) {
    let mut pieces = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(piece) => pieces.push(piece),
            Err(error) => return (pieces, Some(error.failure)),
        }
    }
    (pieces, None)
}

/// What is said in a conversation with the host, and how it ended.
async fn talk(host: &Host) -> (String, Option<Failure>) {
    match host.chat(&question("qwen")).await {
        Ok(events) => {
            let (pieces, failure) = read(events).await;
            (pieces.iter().map(|piece| piece.text.as_str()).collect(), failure)
        }
        Err(Error { failure, .. }) => (String::new(), Some(failure)),
    }
}
