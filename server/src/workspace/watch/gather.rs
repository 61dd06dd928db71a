//! Gathers what is heard in a burst into few messages. Waits without a timer while nothing happens.

use std::{
    path::PathBuf,
    sync::Mutex,
    time::{Duration, Instant},
};

use crossbeam_channel::Receiver;
use rustc_hash::FxHashSet;

use super::{RULES_CHANGED, SETTINGS_CHANGED, Seen, lock, native::Refused, watches::Watches};

/// A burst is over when nothing happens for so long.
const QUIET: Duration = Duration::from_millis(15);
/// What began a burst is told after so long at the latest.
const LONGEST: Duration = Duration::from_millis(60);
/// More files and folders than that are not named one by one.
pub(super) const MOST_KEYS: usize = 2_000;

pub(super) const TOO_MANY: &str = "very many files changed at once";
pub(super) const OVERFLOW: &str = "the system lost track of changes";
pub(super) const ROOT_CHANGED: &str = "the workspace folder itself changed";

/// What the watching thread is told.
pub(super) enum Message {
    /// Something happened.
    Heard(Heard),
    /// These folders are watched since a moment ago.
    Added(Vec<String>),
    /// The watcher is dropped.
    Stop,
}

/// What the system says.
#[derive(Debug, Clone)]
pub(super) enum Heard {
    /// Something happened at a path.
    At(What, PathBuf),
    /// More happened than was told.
    Overflow,
    /// The watcher itself failed.
    Failed(Refused),
}

/// What happened at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// A file was written, or what is known about it or a folder changed.
    Changed,
    /// Something has this name now.
    Appeared,
    /// What had this name was removed or has another.
    Gone,
    /// One of these.
    Unclear,
}

/// What was heard in one burst.
#[derive(Debug, Default)]
pub(super) struct Batch {
    keys: FxHashSet<String>,
    folders: FxHashSet<String>,
    all: Option<&'static str>,
    git: bool,
    lost: Option<String>,
    /// Left-out folders that were met on the way, where the system tells of these too.
    pub(super) left_out: FxHashSet<String>,
}

impl Batch {
    /// Look again at this file or folder.
    pub(super) fn look(&mut self, key: String) {
        if self.all.is_some() {
            return;
        }
        self.keys.insert(key);
        if self.keys.len() > MOST_KEYS {
            self.look_at_all(TOO_MANY);
        }
    }

    /// Look again at this folder and all that is in it.
    pub(super) fn look_inside(&mut self, folder: String) {
        self.folders.insert(folder.clone());
        self.look(folder);
    }

    /// Look again at everything. Of several reasons, the one with the widest consequences is told.
    pub(super) fn look_at_all(&mut self, reason: &'static str) {
        let weight = |reason| match reason {
            SETTINGS_CHANGED => 3,
            RULES_CHANGED => 2,
            _ => 1,
        };
        if self.all.is_none_or(|known| weight(known) < weight(reason)) {
            self.all = Some(reason);
        }
        self.keys.clear();
    }

    pub(super) fn git(&mut self) {
        self.git = true;
    }

    pub(super) fn lost(&mut self, reason: String) {
        self.lost = Some(reason);
    }

    fn finish(self) -> Vec<Seen> {
        let mut seen = Vec::new();
        if self.git {
            seen.push(Seen::Git);
        }
        if let Some(reason) = self.all {
            seen.push(Seen::LookAtAll(reason));
        } else if !self.keys.is_empty() {
            let known = |key: &str| {
                let around = key.match_indices('/').map(|(at, _)| &key[..at]);
                around.into_iter().any(|folder| self.folders.contains(folder))
            };
            let mut keys: Vec<String> = self.keys.iter().filter(|key| !known(key)).cloned().collect();
            keys.sort_unstable();
            seen.push(Seen::Look(keys));
        }
        seen.extend(self.lost.map(Seen::Lost));
        seen
    }
}

/// Listens until the watcher is dropped.
pub(super) fn run(inbox: &Receiver<Message>, watches: &Mutex<Watches>, on_seen: &dyn Fn(Seen)) {
    while let Ok(first) = inbox.recv() {
        let begun = Instant::now();
        let mut batch = Batch::default();
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Heard(heard) => lock(watches).hear(heard, &mut batch),
                Message::Added(folders) => folders.into_iter().for_each(|folder| batch.look_inside(folder)),
                Message::Stop => return,
            }
            let left = LONGEST.saturating_sub(begun.elapsed());
            next = if left.is_zero() { None } else { inbox.recv_timeout(left.min(QUIET)).ok() };
        }
        lock(watches).forget();
        for seen in batch.finish() {
            on_seen(seen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_a_new_folder_is_told_with_the_folder() {
        let mut batch = Batch::default();
        batch.look("new/a.rs".into());
        batch.look_inside("new".into());
        batch.look("new/deep/b.rs".into());
        batch.look("newer.rs".into());
        assert_eq!(batch.finish(), [Seen::Look(vec!["new".into(), "newer.rs".into()])]);
    }

    #[test]
    fn the_widest_reason_to_look_at_all_is_told_once() {
        let mut batch = Batch::default();
        (0..=MOST_KEYS).for_each(|at| batch.look(at.to_string()));
        batch.look_at_all(SETTINGS_CHANGED);
        batch.look_at_all(RULES_CHANGED);
        batch.git();
        assert_eq!(batch.finish(), [Seen::Git, Seen::LookAtAll(SETTINGS_CHANGED)]);
    }
}
