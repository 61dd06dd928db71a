//! What is told of each request to a host, for whoever has to account for it: when, where, which model and files, how much.
//! Never what was sent or answered, and never who we said that we are.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use crate::{error::Failure, host::Host, wire::Call};

/// Hears of every request to a host.
pub trait Audit: Send + Sync {
    /// Asked before each request: whether it will be possible to account for it. If not, nothing is sent, and the sentence
    /// says why.
    fn ready(&self) -> Result<(), String>;

    /// A request is over, however it ended; one that is tried again is told of each time.
    fn record(&self, entry: &Entry);
}

/// A request that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it was sent.
    pub time: SystemTime,
    /// The user's name for the host.
    pub host: String,
    /// Where it is, without credentials.
    pub url: String,
    /// Such as `POST`.
    pub method: String,
    /// Such as `api/chat`.
    pub endpoint: String,
    /// The model that it was about.
    pub model: Option<String>,
    /// Bytes of its body.
    pub sent: u64,
    /// Bytes of the answer's body that were read.
    pub received: u64,
    /// Until its end.
    pub took: Duration,
    /// The status that the host answered with, if it did.
    pub status: Option<u16>,
    /// Why it failed, in a word; `None` when all of the answer came.
    pub error: Option<&'static str>,
    /// What was in it.
    pub content: Content,
}

/// What is in a request, for the audit log only: it is not sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Content {
    /// Files of which something is in it.
    pub files: Vec<String>,
    /// Secrets that were taken out of it.
    pub redactions: usize,
}

impl Content {
    /// Something of these files.
    pub fn of(files: Vec<String>) -> Self {
        Self { files, redactions: 0 }
    }
}

/// Keeps count of a request and tells of it when it is dropped.
pub(crate) struct Record(Option<Box<Open>>);

struct Open {
    audit: Arc<dyn Audit>,
    entry: Entry,
    began: Instant,
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Record").field(&self.0.as_ref().map(|open| &open.entry.endpoint)).finish()
    }
}

impl Record {
    /// A request begins; the error is why it must not.
    pub(crate) fn begin(host: &Host, call: &Call<'_>, sent: usize) -> Result<Self, Failure> {
        let Some(audit) = &host.account().audit else { return Ok(Self(None)) };
        audit.ready().map_err(|message| Failure::Audit { message })?;
        let mut content = host.account().content.clone();
        content.files.extend(call.files.iter().cloned());
        content.files.sort();
        content.files.dedup();
        let entry = Entry {
            time: SystemTime::now(),
            host: host.name().to_owned(),
            url: host.address().to_string(),
            method: call.method.to_string(),
            endpoint: call.path.to_owned(),
            model: call.model.filter(|model| !model.is_empty()).map(str::to_owned),
            sent: sent as u64,
            received: 0,
            took: Duration::ZERO,
            status: None,
            // Until it is known to be complete.
            error: Some("dropped"),
            content,
        };
        Ok(Self(Some(Box::new(Open { audit: Arc::clone(audit), entry, began: Instant::now() }))))
    }

    /// The host answered.
    pub(crate) fn answered(&mut self, status: u16) {
        if let Some(open) = &mut self.0 {
            open.entry.status = Some(status);
        }
    }

    /// So many bytes of its answer came.
    pub(crate) fn received(&mut self, bytes: usize) {
        if let Some(open) = &mut self.0 {
            open.entry.received += bytes as u64;
        }
    }

    /// It is over.
    pub(crate) fn end(&mut self, failure: Option<&Failure>) {
        if let Some(open) = &mut self.0 {
            open.entry.error = failure.map(Failure::word);
        }
        self.0 = self.0.take().and_then(|open| {
            tell(*open);
            None
        });
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if let Some(open) = self.0.take() {
            tell(*open);
        }
    }
}

fn tell(mut open: Open) {
    open.entry.took = open.began.elapsed();
    open.audit.record(&open.entry);
}
