//! Who changed some lines last, for whoever waits only a moment for it.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crate::{
    handlers::facts::Change,
    live::View,
    workspace::git::{self, Git},
};

/// A hover waits so long for git.
const PATIENCE: Duration = Duration::from_millis(10);
/// A long history is read on for so long after that, so that the next hover over the same lines has its answer.
const AFTERWARDS: Duration = Duration::from_secs(3);

/// One history is read at a time when nobody waits for it.
static READING: AtomicBool = AtomicBool::new(false);

/// Who changed those lines (from 0, end exclusive) of a file last. `None` where it is not known, or not soon enough.
pub(super) fn last_change(view: &View, key: &str, lines: Range<u32>) -> Option<Change> {
    let git = view.git.as_ref()?;
    let text = view.open.get(key).map(|open| Arc::clone(&open.text));
    let deadline = Instant::now() + PATIENCE;
    let found = ask(git, key, text.as_deref(), lines.clone(), deadline);
    if found.is_none() && Instant::now() >= deadline {
        read_on(git.clone(), key.to_owned(), text, lines);
    }
    let git::Change { summary, author, commit, time_s, .. } = found?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Some(Change { summary, author, commit, age_s: now.saturating_sub(time_s.max(0) as u64) })
}

fn ask(git: &Git, key: &str, text: Option<&str>, lines: Range<u32>, deadline: Instant) -> Option<git::Change> {
    let stop = || Instant::now() >= deadline;
    match text {
        Some(text) => git.last_change_in(key, text, lines, &stop),
        None => git.last_change(key, lines, &stop),
    }
}

/// git remembers the answer.
fn read_on(git: Git, key: String, text: Option<Arc<str>>, lines: Range<u32>) {
    if READING.swap(true, Ordering::AcqRel) {
        return;
    }
    let read = move || {
        ask(&git, &key, text.as_deref(), lines, Instant::now() + AFTERWARDS);
        READING.store(false, Ordering::Release);
    };
    if std::thread::Builder::new().name("history".to_owned()).spawn(read).is_err() {
        READING.store(false, Ordering::Release);
    }
}
