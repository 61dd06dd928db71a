//! What differs between the disk and the newest generation of the index, until it is written there.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use crate::{indexer::Work, workspace::walk::FileEntry};

/// Changes that wait to be written.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// By key; `None` for what is gone.
    changes: BTreeMap<String, Option<FileEntry>>,
    /// Those that a job is writing.
    handed: BTreeMap<String, Option<FileEntry>>,
    first: Option<Instant>,
    last: Option<Instant>,
    not_before: Option<Instant>,
}

impl Pending {
    /// The file is new or another one.
    pub(super) fn changed(&mut self, entry: FileEntry) {
        self.add(entry.path.clone(), Some(entry));
    }

    /// The file is gone.
    pub(super) fn gone(&mut self, key: &str) {
        self.add(key.to_owned(), None);
    }

    fn add(&mut self, key: String, change: Option<FileEntry>) {
        let now = Instant::now();
        self.first.get_or_insert(now);
        self.last = Some(now);
        self.changes.insert(key, change);
    }

    /// The file is as the index holds it.
    pub(super) fn forget(&mut self, key: &str) {
        self.changes.remove(key);
        self.mind_the_empty();
    }

    /// How many files wait.
    pub(super) fn len(&self) -> usize {
        self.changes.len() + self.handed.len()
    }

    /// When they should be written: after some quiet, and not too long after the first.
    pub(super) fn due(&self, quiet: Duration, longest: Duration) -> Option<Instant> {
        let due = (self.last? + quiet).min(self.first? + longest);
        Some(self.not_before.map_or(due, |not_before| due.max(not_before)))
    }

    /// Gives them to a job.
    pub(super) fn hand_over(&mut self) -> Work {
        self.handed = std::mem::take(&mut self.changes);
        self.mind_the_empty();
        Work {
            changed: self.handed.values().flatten().cloned().collect(),
            removed: self.handed.iter().filter(|(_, entry)| entry.is_none()).map(|(key, _)| key.clone()).collect(),
        }
    }

    /// The job has written what it was given.
    pub(super) fn written(&mut self) {
        self.handed.clear();
        self.not_before = None;
    }

    /// The job has not written what it was given; not to be tried before `pause` has passed.
    pub(super) fn take_back(&mut self, pause: Duration) {
        let handed = std::mem::take(&mut self.handed);
        let newer = std::mem::replace(&mut self.changes, handed);
        self.changes.extend(newer);
        let now = Instant::now();
        if !self.changes.is_empty() {
            self.first.get_or_insert(now);
            self.last.get_or_insert(now);
        }
        self.not_before = Some(now + pause);
    }

    fn mind_the_empty(&mut self) {
        if self.changes.is_empty() {
            self.first = None;
            self.last = None;
        }
    }
}
