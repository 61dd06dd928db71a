//! Knows which files are at work and for how long, so that a file that takes unusually long can be named.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::indexer::Step;

/// A file that takes longer is named. Parsing is given up after five seconds, and the file is cut at blank lines.
const SLOW: Duration = Duration::from_secs(1);

/// The files at work.
#[derive(Debug, Default)]
pub(super) struct Watchdog(Mutex<Vec<(String, Instant)>>);

impl Watchdog {
    /// A file is begun or done.
    pub(super) fn see(&self, path: &str, step: Step) {
        let mut files = self.files();
        match step {
            Step::Begun => files.push((path.to_owned(), Instant::now())),
            Step::Done => files.retain(|(at_work, _)| at_work != path),
        }
    }

    /// The file that has been at work longest, when that is unusually long.
    pub(super) fn slow(&self) -> Option<String> {
        let files = self.files();
        let (path, since) = files.iter().min_by_key(|(_, since)| *since)?;
        (since.elapsed() > SLOW).then(|| path.clone())
    }

    /// Nothing is at work any more.
    pub(super) fn clear(&self) {
        self.files().clear();
    }

    fn files(&self) -> MutexGuard<'_, Vec<(String, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
