//! Reads an answer event by event, byte by byte exact: a line is an event wherever the packets end, an error in the middle is
//! an error, and an answer that ends without its last event is incomplete. Dropping it closes the connection, by which the
//! host learns that it can stop.

use std::marker::PhantomData;

use memchr::memmem;
use reqwest::Response;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout};

use crate::{
    audit::Record,
    classify::{in_stream, message, snippet},
    error::{Error, Failure},
    host::Host,
    lines::Lines,
    wire::{Call, Worker, silent, transport},
};

/// Something that a host sends while it works.
pub trait Event: DeserializeOwned {
    /// Whether nothing comes after it.
    fn is_last(&self) -> bool;
}

/// An answer while it comes.
#[derive(Debug)]
pub struct Events<E> {
    host: Host,
    model: String,
    worker: Worker,
    /// Taken away, and with it the connection, when nothing more is read.
    response: Option<Response>,
    record: Record,
    lines: Lines,
    began: Instant,
    /// Bytes of the question.
    sent: usize,
    any: bool,
    event: PhantomData<fn() -> E>,
}

impl<E: Event> Events<E> {
    /// Sends a call whose answer is a stream.
    pub(crate) async fn open(host: &Host, call: &Call<'_>) -> Result<Self, Error> {
        let began = Instant::now();
        let (response, record) = host.send(call).await?;
        let model = call.model.unwrap_or_default().to_owned();
        Ok(Self {
            host: host.clone(),
            model,
            worker: call.worker,
            response: Some(response),
            record,
            lines: Lines::default(),
            began,
            sent: call.body.as_ref().map_or(0, |body| body.to_string().len()),
            any: false,
            event: PhantomData,
        })
    }

    /// The next event; `None` after the last one or after an error.
    pub async fn next(&mut self) -> Option<Result<E, Error>> {
        self.response.as_ref()?;
        let event = self.read().await;
        self.any = true;
        if !matches!(&event, Ok(event) if !event.is_last()) {
            self.response = None;
            self.record.end(event.as_ref().err());
        }
        Some(event.map_err(|failure| self.host.error(failure)))
    }

    async fn read(&mut self) -> Result<E, Failure> {
        loop {
            match self.lines.next_line() {
                Ok(Some(line)) => return parse(&line),
                Ok(None) => {}
                Err(_) => return Err(Failure::Proxy { status: 200, snippet: "a line without end".to_owned() }),
            }
            let Some(response) = &mut self.response else { return Err(Failure::Incomplete) };
            let timers = self.host.inner().timers;
            let since = Instant::now();
            let chunk = if self.worker == Worker::Registry {
                timeout(timers.loading, response.chunk()).await.map_err(|_| silent(since, "the registry"))?
            } else if self.any {
                timeout(timers.between, response.chunk()).await.map_err(|_| silent(since, "the next token"))?
            } else {
                self.host.first(&self.model, self.sent, self.began, response.chunk()).await?
            };
            if let Some(chunk) = chunk.map_err(transport)? {
                self.record.received(chunk.len());
                self.lines.push(&chunk);
                continue;
            }
            let rest = self.lines.rest().ok_or(Failure::Incomplete)?;
            // A line that was cut off is not somebody else's: the answer ended too early.
            return match parse(&rest) {
                Err(Failure::Proxy { .. }) if self.any || rest.starts_with(b"{") => Err(Failure::Incomplete),
                parsed => parsed,
            };
        }
    }
}

fn parse<E: Event>(line: &[u8]) -> Result<E, Failure> {
    // Most lines hold no such word; those that do are looked at twice.
    if memmem::find(line, b"\"error\"").is_some()
        && let Some(message) = message(line)
    {
        return Err(in_stream(&message));
    }
    serde_json::from_slice(line).map_err(|_| Failure::Proxy { status: 200, snippet: snippet(line) })
}
