//! Progress of long work in the client's own way. A [`Progress`] can be used from any thread, never waits, and ends itself.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use dashmap::DashMap;
use tokio_util::sync::CancellationToken;

use super::{
    outbox::Outbox,
    proto::{
        ProgressParams, ProgressParamsValue, ProgressToken, WorkDoneProgress, WorkDoneProgressBegin,
        WorkDoneProgressCreateParams, WorkDoneProgressEnd, WorkDoneProgressReport, notification,
        request::WorkDoneProgressCreate,
    },
};

/// Begins progress, and hears when the user cancels it. Clones are the same.
#[derive(Clone)]
pub struct Desk(Arc<Shared>);

struct Shared {
    outbox: Outbox,
    /// The client takes tokens of ours.
    create: bool,
    next: AtomicU64,
    cancels: DashMap<String, CancellationToken>,
}

impl Desk {
    /// `create` says whether the client takes tokens of ours.
    pub fn new(outbox: Outbox, create: bool) -> Self {
        Self(Arc::new(Shared { outbox, create, next: AtomicU64::new(1), cancels: DashMap::new() }))
    }

    /// Begins to show progress under the token that came with a request, else under one of ours if the client takes them.
    /// With `cancel` the user may cancel it, and that token fires.
    pub fn begin(&self, token: Option<ProgressToken>, title: &str, cancel: Option<CancellationToken>) -> Progress {
        let given = token.is_some();
        let token = token.unwrap_or_else(|| {
            // Text, because some clients cannot take numbers.
            ProgressToken::String(format!("codecompass/{}", self.0.next.fetch_add(1, Ordering::Relaxed)))
        });
        let begin = WorkDoneProgressBegin {
            title: title.to_owned(),
            cancellable: Some(cancel.is_some()),
            message: None,
            percentage: None,
        };
        let key = key(&token);
        let step = if given { Step::Shown } else { Step::Asked(begin.clone()) };
        let inner = Arc::new(Inner {
            desk: self.clone(),
            key: key.clone(),
            token: token.clone(),
            cancellable: cancel.is_some(),
            step: Mutex::new(step),
        });
        if let Some(cancel) = cancel {
            self.0.cancels.insert(key, cancel);
        }
        if given {
            inner.send(WorkDoneProgress::Begin(begin));
        } else if self.0.create {
            let created = self.0.outbox.request::<WorkDoneProgressCreate>(WorkDoneProgressCreateParams { token });
            let waiting = Arc::clone(&inner);
            self.0.outbox.spawn(async move {
                match created.await {
                    Ok(()) => waiting.created(),
                    Err(error) => tracing::debug!("no progress is shown: {}", error.message),
                }
            });
        }
        Progress(inner)
    }

    /// The user cancelled what is shown under a token.
    pub fn cancel(&self, token: &ProgressToken) {
        // Out of the table first: whoever hears of it may want to use it.
        let cancel = self.0.cancels.get(&key(token)).map(|cancel| cancel.value().clone());
        if let Some(cancel) = cancel {
            cancel.cancel();
        }
    }
}

fn key(token: &ProgressToken) -> String {
    match token {
        ProgressToken::Number(number) => format!("progress {number}"),
        ProgressToken::String(text) => format!("progress \"{text}\""),
    }
}

/// Progress that is shown until this is dropped.
pub struct Progress(Arc<Inner>);

struct Inner {
    desk: Desk,
    key: String,
    token: ProgressToken,
    cancellable: bool,
    step: Mutex<Step>,
}

enum Step {
    /// The client has not said yet whether it takes the token; it begins like this when it does.
    Asked(WorkDoneProgressBegin),
    Shown,
    Ended,
}

impl Progress {
    /// Says how far it is, in words and out of 100. Of what is said too often only some is shown.
    pub fn report(&self, message: impl Into<String>, percentage: Option<u32>) {
        let message = Some(message.into());
        let percentage = percentage.map(|percentage| percentage.min(100));
        match &mut *self.0.step() {
            Step::Asked(begin) => {
                begin.message = message;
                begin.percentage = percentage;
            }
            Step::Shown => {
                let report = WorkDoneProgressReport { cancellable: Some(self.0.cancellable), message, percentage };
                let params = self.0.params(WorkDoneProgress::Report(report));
                self.0.desk.0.outbox.latest::<notification::Progress>(&self.0.key, params);
            }
            Step::Ended => {}
        }
    }

    /// Ends it with a last word.
    pub fn end(self, message: impl Into<String>) {
        self.0.end(Some(message.into()));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.end(None);
    }
}

impl Inner {
    /// The client takes the token.
    fn created(&self) {
        let mut step = self.step();
        if let Step::Asked(begin) = &*step {
            self.send(WorkDoneProgress::Begin(begin.clone()));
            *step = Step::Shown;
        }
    }

    fn end(&self, message: Option<String>) {
        let mut step = self.step();
        if matches!(std::mem::replace(&mut *step, Step::Ended), Step::Shown) {
            self.desk.0.outbox.forget(&self.key);
            self.send(WorkDoneProgress::End(WorkDoneProgressEnd { message }));
        }
        self.desk.0.cancels.remove(&self.key);
    }

    fn send(&self, value: WorkDoneProgress) {
        self.desk.0.outbox.notify::<notification::Progress>(self.params(value));
    }

    fn params(&self, value: WorkDoneProgress) -> ProgressParams {
        ProgressParams { token: self.token.clone(), value: ProgressParamsValue::WorkDone(value) }
    }

    fn step(&self) -> MutexGuard<'_, Step> {
        self.step.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
