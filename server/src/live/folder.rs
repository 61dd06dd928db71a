//! The handle of a folder's live index: takes what happened, gives out what is there.

use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use codecompass_core::embed::Embedder;
use codecompass_index::{snapshot::Snapshot, space::Space};

use super::{OpenFiles, State, View};
use crate::config::settings::Settings;

/// What may happen to a folder.
#[derive(Debug)]
pub enum Event {
    /// The text of an open file is another one, or it was opened or closed: look at the open files again.
    Open(String),
    /// Something may have happened to these files or folders on disk (keys).
    Look(Vec<String>),
    /// Anything may have happened.
    LookAtAll(&'static str),
    /// Settings changed.
    Settings(Arc<Settings>),
    /// Index nothing from disk until [`Event::Resume`].
    Pause,
    /// Go on after a pause.
    Resume,
    /// End the run that is on; it goes on at the next change, resume or start.
    Cancel,
    /// Throw the index away and build it anew.
    Reindex,
}

/// The handle of a folder's live index. Dropping it ends its threads.
pub struct Folder {
    root: Arc<Path>,
    settings: Arc<Settings>,
    published: Arc<RwLock<Published>>,
    events: crossbeam_channel::Sender<Event>,
}

/// What the keeper last gave out.
#[derive(Clone, Default)]
pub(super) struct Published {
    pub(super) snapshot: Option<Arc<Snapshot>>,
    pub(super) state: Arc<State>,
}

impl Folder {
    /// Starts to keep the index of `root`, an existing folder with its symbolic links resolved. Returns at once.
    pub fn start(root: &Path, settings: Arc<Settings>, cache: &Path) -> Self {
        let space = Space::locate(cache, root, Embedder::builtin().id());
        let snapshot = Snapshot::open(&space, Embedder::builtin().id(), None).ok().flatten().map(Arc::new);
        let published = Published { snapshot, state: Arc::default() };
        Self {
            root: root.into(),
            settings,
            published: Arc::new(RwLock::new(published)),
            events: crossbeam_channel::unbounded().0,
        }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Says what happened. Never waits.
    pub fn send(&self, event: Event) {
        // A keeper that has ended needs to know nothing any more.
        let _ = self.events.send(event);
    }

    /// What is there now, with the open files as the caller knows them.
    pub fn view(&self, open: Arc<OpenFiles>) -> View {
        let published = self.published.read().unwrap_or_else(PoisonError::into_inner).clone();
        View {
            root: Arc::clone(&self.root),
            settings: Arc::clone(&self.settings),
            snapshot: published.snapshot,
            open,
            state: published.state,
        }
    }
}
