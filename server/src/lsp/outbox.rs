//! What the server says by itself: messages, progress, requests of its own. Nothing here waits, from whatever thread it is
//! called; what comes too often is thinned out, so that a slow client gets the latest and not everything.

use std::{
    collections::hash_map::Entry,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rustc_hash::FxHashMap;
use tokio::runtime::Handle;

use super::{
    proto::{
        self, Client, Error, ErrorCode, LogMessageParams, MessageType, Request, ShowMessageParams,
        notification::{LogMessage, Notification, ShowMessage},
    },
    transport::Wire,
};

/// How often at most [`Outbox::latest`] says something under one key.
pub const INTERVAL: Duration = Duration::from_millis(100);

/// How long a user may take to answer a question.
const PATIENCE_WITH_PEOPLE: Duration = Duration::from_secs(300);

/// How long a client may take to answer a request of ours.
const PATIENCE: Duration = Duration::from_secs(10);

/// The way for everything that is no answer. Clones are the same way.
#[derive(Clone)]
pub struct Outbox(Arc<Shared>);

struct Shared {
    client: Client,
    wire: Wire,
    runtime: Handle,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The client is ready to hear of things: it said `initialized`.
    open: bool,
    /// What was said before.
    held: Vec<(Option<String>, Request)>,
    /// What was said lately under each key.
    lately: FxHashMap<String, Lately>,
}

struct Lately {
    said: Instant,
    /// What is said next, when it is time.
    next: Option<Request>,
}

impl Outbox {
    /// The way to `client`; its tasks run on `runtime`.
    pub fn new(client: Client, wire: Wire, runtime: Handle) -> Self {
        Self(Arc::new(Shared { client, wire, runtime, state: Mutex::default() }))
    }

    /// The client is ready: says what was held back.
    pub fn open(&self) {
        let mut state = self.state();
        state.open = true;
        for (key, request) in std::mem::take(&mut state.held) {
            self.put(key, request);
        }
    }

    /// Sends a notification.
    pub fn notify<N: Notification>(&self, params: N::Params) {
        self.send(None, notification::<N>(params));
    }

    /// Sends a notification of which only the latest under its key matters: ten a second at most, and always the last.
    pub fn latest<N: Notification>(&self, key: &str, params: N::Params) {
        let request = notification::<N>(params);
        let mut state = self.state();
        let now = Instant::now();
        let wait = match state.lately.entry(key.to_owned()) {
            Entry::Vacant(entry) => {
                entry.insert(Lately { said: now, next: None });
                None
            }
            Entry::Occupied(mut entry) => {
                let lately = entry.get_mut();
                let since = now.duration_since(lately.said);
                if lately.next.is_some() {
                    lately.next = Some(request);
                    return;
                }
                if since < INTERVAL {
                    lately.next = Some(request.clone());
                    Some(INTERVAL.saturating_sub(since))
                } else {
                    lately.said = now;
                    None
                }
            }
        };
        drop(state);
        let Some(wait) = wait else { return self.send(Some(key.to_owned()), request) };
        let (outbox, key) = (self.clone(), key.to_owned());
        self.spawn(async move {
            tokio::time::sleep(wait).await;
            let mut state = outbox.state();
            let Some(lately) = state.lately.get_mut(&key) else { return };
            lately.said = Instant::now();
            // Under the lock, so that nothing comes after what is said when the key was forgotten.
            if let Some(request) = lately.next.take() {
                outbox.send_under(&mut state, Some(key), request);
            }
        });
    }

    /// Forgets a key; what was to be said under it is not said any more.
    pub fn forget(&self, key: &str) {
        self.state().lately.remove(key);
    }

    /// Writes a line into the client's log, for what users should find there.
    pub fn log(&self, typ: MessageType, message: impl Into<String>) {
        self.notify::<LogMessage>(LogMessageParams { typ, message: message.into() });
    }

    /// Shows a sentence to the user.
    pub fn show(&self, typ: MessageType, message: impl Into<String>) {
        self.notify::<ShowMessage>(ShowMessageParams { typ, message: message.into() });
    }

    /// Asks the client. Handlers must not wait for it: what needs the answer is [spawned](Self::spawn).
    pub fn request<R: proto::request::Request>(
        &self,
        params: R::Params,
    ) -> impl Future<Output = Result<R::Result, Error>> + Send + 'static {
        self.request_within::<R>(params, PATIENCE)
    }

    /// Asks the user, who may think about it.
    pub fn ask_user<R: proto::request::Request>(
        &self,
        params: R::Params,
    ) -> impl Future<Output = Result<R::Result, Error>> + Send + 'static {
        self.request_within::<R>(params, PATIENCE_WITH_PEOPLE)
    }

    fn request_within<R: proto::request::Request>(
        &self,
        params: R::Params,
        patience: Duration,
    ) -> impl Future<Output = Result<R::Result, Error>> + Send + 'static {
        let client = self.0.client.clone();
        async move {
            let answer = tokio::time::timeout(patience, client.send_request::<R>(params));
            answer.await.unwrap_or_else(|_| {
                let message = format!("the client did not answer `{}` within {} s", R::METHOD, patience.as_secs());
                Err(Error { code: ErrorCode::InternalError, message: message.into(), data: None })
            })
        }
    }

    /// Runs something beside everything else.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.0.runtime.spawn(work);
    }

    /// The same, for whoever wants to know what came of it.
    pub fn start<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        self.0.runtime.spawn(work)
    }

    fn send(&self, key: Option<String>, request: Request) {
        // Under the lock, so that what was held back comes first.
        self.send_under(&mut self.state(), key, request);
    }

    fn send_under(&self, state: &mut State, key: Option<String>, request: Request) {
        if state.open {
            self.put(key, request);
        } else {
            if key.is_some() {
                state.held.retain(|(held, _)| *held != key);
            }
            state.held.push((key, request));
        }
    }

    fn put(&self, key: Option<String>, request: Request) {
        match key {
            Some(key) => self.0.wire.send_latest(key, request),
            None => self.0.wire.send(request),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn notification<N: Notification>(params: N::Params) -> Request {
    let params = serde_json::to_value(params).expect("parameters of notifications have text as keys");
    Request::build(N::METHOD).params(params).finish()
}
