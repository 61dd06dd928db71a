//! Says when files and folders of a workspace should be looked at again. The only room that names the `notify` crate.
//!
//! Everything heard is a hint, never the truth: whoever is told looks at the disk. Folders that are left out of the
//! workspace are not watched, so that a build writing into one of them costs nothing at all. Where the system cannot
//! watch, this says so in one sentence, and its owner walks the folder from time to time instead.

mod gather;
mod native;
mod system;
#[cfg(test)]
mod tests;
mod watches;

use std::{
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use crossbeam_channel::Sender;

use self::{
    gather::Message,
    native::{Hear, Native, Refused},
    watches::Watches,
};
use crate::config::settings::IndexSettings;

/// The reason of [`Seen::LookAtAll`] when the project's own settings changed.
pub const SETTINGS_CHANGED: &str = "the project's settings changed";
/// The reason of [`Seen::LookAtAll`] when rules about what is left out changed.
pub const RULES_CHANGED: &str = "the ignore rules changed";

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Something happened at these files or folders (by key, sorted): look at them again, at folders with all in them.
    Look(Vec<String>),
    /// Something happened somewhere: look at everything again. The reason is one for the log.
    LookAtAll(&'static str),
    /// The commit, the branch or git's index is another than before.
    Git,
    /// The watcher failed and will say nothing more: why and what to do, in one sentence.
    Lost(String),
}

/// Who is to watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choice {
    /// The system, where that works.
    #[default]
    Auto,
    /// The system, even on a file system that is said to be silent.
    Native,
    /// Nobody; the folder is walked from time to time.
    Polling,
}

/// Who watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The system.
    Native,
    /// Nobody: the folder has to be walked from time to time (see [`poll_interval`]).
    Polling,
}

/// How it stands with a watcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// Who watches.
    pub mode: Mode,
    /// How many folders are watched.
    pub folders: usize,
    /// Why the system does not watch and what to do about it, in one sentence.
    pub reason: Option<String>,
}

/// What to watch.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The folders that the walk looked into, by key.
    pub folders: &'a [String],
    /// Where git keeps what belongs to this worktree, if there is a repository.
    pub git_dir: Option<&'a Path>,
    /// What decides about folders that appear later.
    pub settings: &'a IndexSettings,
}

/// A way to the system's watcher.
type Open<'a> = Box<dyn FnOnce(Hear) -> Result<Box<dyn Native>, Refused> + 'a>;

/// How long to wait between two walks of a folder that nobody watches, given how long a walk takes.
pub fn poll_interval(walk: Duration) -> Duration {
    walk.saturating_mul(20).max(Duration::from_secs(2))
}

/// Watches a workspace until it is dropped.
pub struct Watcher {
    watches: Arc<Mutex<Watches>>,
    messages: Sender<Message>,
    stopped: Arc<AtomicBool>,
}

impl Watcher {
    /// Watches the workspace at `root` and calls `on_seen` from a thread of its own; `on_seen` must not wait for long.
    ///
    /// What changed between the walk that found the folders and the return of this function is not told: the walk that
    /// an index is compared with has to begin after it.
    pub fn start(
        root: &Path,
        target: Target<'_>,
        choice: Choice,
        on_seen: impl Fn(Seen) + Send + 'static,
    ) -> (Self, Started) {
        let silent = match choice {
            Choice::Auto => system::silent(root),
            Choice::Native => None,
            Choice::Polling => Some("the setting index.watcher says so".to_owned()),
        };
        let open: Open<'_> = match silent {
            Some(reason) => Box::new(|_| Err(Refused::Other(reason))),
            None => Box::new(native::open),
        };
        Self::start_with(root, target, system::RECURSIVE, open, on_seen)
    }

    /// As [`Self::start`], with another way to the system, as tests need it.
    fn start_with(
        root: &Path,
        target: Target<'_>,
        recursive: bool,
        open: Open<'_>,
        on_seen: impl Fn(Seen) + Send + 'static,
    ) -> (Self, Started) {
        let (messages, inbox) = crossbeam_channel::unbounded();
        let heard = messages.clone();
        let hear: Hear = Box::new(move |event| drop(heard.send(Message::Heard(event))));
        let mut here = Watches::new(root, recursive, open(hear));
        here.follow(target);
        let stopped = here.stopped();
        let watches = Arc::new(Mutex::new(here));
        let shared = Arc::clone(&watches);
        let thread = thread::Builder::new().name("watch".to_owned());
        if let Err(error) = thread.spawn(move || gather::run(&inbox, &shared, &on_seen)) {
            lock(&watches).give_up(&Refused::Other(format!("no thread can be started: {error}")));
        }
        let started = lock(&watches).state();
        (Self { watches, messages, stopped }, started)
    }

    /// After a walk: watches the folders that are new, and those no longer that are gone or left out. What is new is
    /// also told as seen, because it may have changed since the walk.
    pub fn follow(&mut self, target: Target<'_>) -> Started {
        let mut watches = lock(&self.watches);
        let added = watches.follow(target);
        if !added.is_empty() {
            let _ = self.messages.send(Message::Added(added));
        }
        watches.state()
    }

    /// How it stands.
    pub fn state(&self) -> Started {
        lock(&self.watches).state()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        let _ = self.messages.send(Message::Stop);
        lock(&self.watches).close();
    }
}

fn lock(watches: &Mutex<Watches>) -> MutexGuard<'_, Watches> {
    watches.lock().unwrap_or_else(PoisonError::into_inner)
}
