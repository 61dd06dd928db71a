//! The answers that are being written, and how each of them is stopped.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

/// What an answer is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// The token of a `codecompass/chat`.
    Token(String),
    /// The document that it is written into.
    Document(PathBuf),
}

/// The answers that are being written.
#[derive(Debug, Default)]
pub struct Running {
    all: Mutex<Vec<(Key, CancellationToken)>>,
    /// When a model was loaded ahead of its first question.
    warmed: Mutex<Option<Instant>>,
}

/// An answer that is being written until this is dropped.
pub(super) struct Guard {
    running: Arc<Running>,
    stop: CancellationToken,
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Fired by now or never; by its address it is told from others.
        self.stop.cancel();
        self.running.all().retain(|(_, stop)| !stop.is_cancelled());
    }
}

impl Running {
    /// One begins.
    pub(super) fn begin(self: &Arc<Self>, key: Key, stop: CancellationToken) -> Guard {
        self.all().push((key, stop.clone()));
        Guard { running: Arc::clone(self), stop }
    }

    /// Ends one, or all of them. Says how many there were.
    pub(super) fn stop(&self, key: Option<&Key>) -> usize {
        let all = self.all();
        let meant = all.iter().filter(|(known, stop)| !stop.is_cancelled() && key.is_none_or(|key| known == key));
        meant.map(|(_, stop)| stop.cancel()).count()
    }

    /// Whether one is being written there.
    pub(super) fn is_running(&self, key: &Key) -> bool {
        self.all().iter().any(|(known, stop)| known == key && !stop.is_cancelled())
    }

    /// Whether a model is to be loaded now: not when that was done less than `pause` ago.
    pub(super) fn is_time_to_warm(&self, now: Instant, pause: Duration) -> bool {
        let mut warmed = self.warmed.lock().unwrap_or_else(PoisonError::into_inner);
        let due = warmed.is_none_or(|before| now.duration_since(before) >= pause);
        if due {
            *warmed = Some(now);
        }
        due
    }

    fn all(&self) -> MutexGuard<'_, Vec<(Key, CancellationToken)>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
