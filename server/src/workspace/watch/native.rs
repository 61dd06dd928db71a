//! The system's own watcher behind a small face, so that tests can put another one there.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use notify::{
    ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _,
    event::{AccessKind, AccessMode, CreateKind, ModifyKind, RenameMode},
};

use super::{
    gather::{Heard, What},
    system,
};

/// Takes what is heard, on the system's thread: must not wait.
pub(super) type Hear = Box<dyn Fn(Heard) + Send>;

/// What the system offers.
pub(super) trait Native: Send {
    /// Watches a folder, with or without all that is in it.
    fn watch(&mut self, folder: &Path, recursive: bool) -> Result<(), Refused>;
    /// Watches it no longer; no matter whether it was watched.
    fn unwatch(&mut self, folder: &Path);
}

/// Why something is not watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refused {
    /// The folder is not there (any more), or not a folder.
    Gone,
    /// The folder may not be read: there is nothing in it that could be looked at.
    Closed,
    /// No more folders can be watched.
    Folders,
    /// No more programs can watch.
    Watchers,
    /// Anything else, in words.
    Other(String),
}

impl Refused {
    /// What is wrong and what to do, in one sentence.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::Gone => "the folder is not there".to_owned(),
            Self::Closed => "the folder may not be read".to_owned(),
            Self::Folders => system::limit("folders", "max_user_watches"),
            Self::Watchers => system::limit("watchers", "max_user_instances"),
            Self::Other(reason) => reason.clone(),
        }
    }
}

/// Asks the system for a watcher that watches nothing yet.
pub(super) fn open(hear: Hear) -> Result<Box<dyn Native>, Refused> {
    let handler = move |event: notify::Result<Event>| match event {
        Ok(event) => translate(event, &hear),
        Err(error) => hear(Heard::Failed(refused(&error))),
    };
    let opened = RecommendedWatcher::new(handler, notify::Config::default()).map_err(|error| match &error.kind {
        // EMFILE and ENFILE.
        ErrorKind::Io(cause) if matches!(cause.raw_os_error(), Some(23 | 24)) => Refused::Watchers,
        _ => refused(&error),
    })?;
    Ok(Box::new(opened))
}

impl Native for RecommendedWatcher {
    fn watch(&mut self, folder: &Path, recursive: bool) -> Result<(), Refused> {
        let mode = if recursive { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        guarded(|| notify::Watcher::watch(self, folder, mode))
    }

    fn unwatch(&mut self, folder: &Path) {
        // It may well be gone with its folder already.
        let _ = guarded(|| notify::Watcher::unwatch(self, folder));
    }
}

/// The library panics when its thread is gone.
fn guarded(call: impl FnOnce() -> notify::Result<()>) -> Result<(), Refused> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(|error| refused(&error)),
        Err(_) => Err(Refused::Other("the system's watcher has stopped".to_owned())),
    }
}

fn refused(error: &notify::Error) -> Refused {
    match &error.kind {
        ErrorKind::MaxFilesWatch => Refused::Folders,
        ErrorKind::PathNotFound | ErrorKind::WatchNotFound => Refused::Gone,
        ErrorKind::Io(cause) => match cause.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Refused::Gone,
            io::ErrorKind::PermissionDenied => Refused::Closed,
            _ => Refused::Other(format!("the system's watcher failed: {cause}")),
        },
        _ => Refused::Other(format!("the system's watcher failed: {error}")),
    }
}

/// Passes on what matters. That somebody opens or reads a file does not: it is us, most of the time.
fn translate(event: Event, hear: &Hear) {
    if event.need_rescan() {
        hear(Heard::Overflow);
    }
    let what = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write))
        | EventKind::Create(CreateKind::File)
        | EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Metadata(_)) => What::Changed,
        EventKind::Access(_) => return,
        // Told as two events before.
        EventKind::Modify(ModifyKind::Name(RenameMode::Both)) if cfg!(target_os = "linux") => return,
        EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(RenameMode::To)) => What::Appeared,
        EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => What::Gone,
        EventKind::Modify(_) | EventKind::Any | EventKind::Other => What::Unclear,
    };
    for path in event.paths {
        hear(Heard::At(what, path));
    }
}
