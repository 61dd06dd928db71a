//! The handle of a folder's live index: takes what happened, gives out what is there.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use codecompass_index::snapshot::Snapshot;
use crossbeam_channel::Sender;

use super::{Gate, OpenFiles, State, View, filler::Filler, job::Report, keeper};
use crate::{
    config::settings::Settings,
    embedding::{Embedding, Models},
    workspace::{git::Git, watch::Seen},
};

/// What may happen to a folder, as the editor tells it.
#[derive(Debug)]
pub enum Event {
    /// Something may have happened to these files or folders on disk (keys).
    Look(Vec<String>),
    /// A search found that these files (keys) do not say what the index holds, whatever their size and time.
    Suspect(Vec<String>),
    /// Anything may have happened, for this reason.
    LookAtAll(&'static str),
    /// The editor tells of changes on disk from now on.
    ClientWatches,
    /// Settings changed.
    Settings(Arc<Settings>),
    /// Index nothing from disk until [`Event::Resume`].
    Pause,
    /// Go on after a pause.
    Resume,
    /// End the run that is on; what it did not do is done after [`Event::Resume`], when all is to be looked at, or at
    /// the next start.
    Cancel,
    /// End showing code to the model; it goes on after [`Event::Resume`], with other settings, or at the next start.
    CancelFilling,
    /// Build the index anew; the old one answers meanwhile.
    Reindex,
    /// A query found that the index is damaged: throw it away and build it anew.
    Damaged,
}

/// Everything that can wake a keeper.
#[derive(Debug)]
pub(super) enum Wake {
    /// The editor told something.
    Event(Event),
    /// An open file has another text, or was opened or closed.
    Open(String),
    /// The watcher saw something.
    Seen(Seen),
    /// The job on the disk index has something to say.
    Job(Report),
    /// Nobody asks any more.
    End,
}

/// What is another one than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// A folder's index, or what its keeper is doing.
    Index,
    /// A project's own settings file: the settings are to be made out again.
    ProjectSettings,
    /// What is known of the model hosts.
    Hosts,
}

/// What all live indexes of a server share.
#[derive(Clone)]
pub struct Surroundings {
    /// The folder that holds the indexes of all workspaces.
    pub cache: PathBuf,
    /// Lets queries go first.
    pub gate: Arc<Gate>,
    /// The hosts that may make vectors; without them the built-in ones are all there is.
    pub models: Option<Arc<Models>>,
    /// Called from any thread when something is another one than before.
    pub on_change: Arc<dyn Fn(Changed) + Send + Sync>,
}

/// A request that comes before what the cache holds has been opened waits for that, but not longer than this.
const BEGINNING: Duration = Duration::from_millis(500);

/// The handle of a folder's live index. Dropping it ends its threads.
pub struct Folder {
    shared: Arc<Shared>,
    wakes: Sender<Wake>,
}

/// What the handle and the keeper's thread share.
pub(super) struct Shared {
    pub(super) root: Arc<Path>,
    pub(super) surroundings: Surroundings,
    open: Mutex<Arc<OpenFiles>>,
    /// How often open files have changed.
    opened: AtomicU64,
    published: Mutex<Published>,
    newer: Condvar,
    filler: Filler,
    embedding: Mutex<Embedding>,
}

/// What the keeper last gave out.
#[derive(Clone)]
pub(super) struct Published {
    pub(super) settings: Arc<Settings>,
    pub(super) git: Option<Git>,
    pub(super) snapshot: Option<Arc<Snapshot>>,
    pub(super) state: Arc<State>,
    /// So many changes of open files are in the snapshot.
    pub(super) opened: u64,
    /// What the cache holds has been opened.
    pub(super) begun: bool,
}

impl Folder {
    /// Starts to keep the index of `root`, an existing folder with its symbolic links resolved. Returns at once.
    pub fn start(root: &Path, settings: Arc<Settings>, surroundings: Surroundings) -> Self {
        let (wakes, inbox) = crossbeam_channel::unbounded();
        let published = Published {
            settings: Arc::clone(&settings),
            git: None,
            snapshot: None,
            state: Arc::default(),
            opened: 0,
            begun: false,
        };
        let shared = Arc::new(Shared {
            root: root.into(),
            surroundings,
            open: Mutex::default(),
            opened: AtomicU64::new(0),
            published: Mutex::new(published),
            newer: Condvar::new(),
            filler: Filler::default(),
            embedding: Mutex::default(),
        });
        shared.filler.configure(&shared, settings);
        keeper::spawn(Arc::clone(&shared), wakes.clone(), inbox);
        Self { shared, wakes }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.shared.root
    }

    /// Says what happened. Never waits.
    pub fn send(&self, event: Event) {
        self.shared.filler.hear(&self.shared, &event);
        self.wake(Wake::Event(event));
    }

    /// These are the open files from now on; `changed` are those that are not as they were.
    pub fn set_open(&self, open: Arc<OpenFiles>, changed: impl IntoIterator<Item = String>) {
        *self.shared.open() = open;
        for key in changed {
            self.shared.opened.fetch_add(1, Ordering::SeqCst);
            self.wake(Wake::Open(key));
        }
    }

    /// The open files.
    pub fn open(&self) -> Arc<OpenFiles> {
        Arc::clone(&self.shared.open())
    }

    /// What is there now.
    pub fn view(&self) -> View {
        let open = self.open();
        let published = self.shared.published().clone();
        self.shared.view(open, published)
    }

    fn wake(&self, wake: Wake) {
        // A keeper that has ended needs to know nothing any more.
        let _ = self.wakes.send(wake);
    }

    /// What is there, as soon as it holds all that the open files say now, at the latest after `patience`.
    pub fn settled(&self, patience: Duration) -> View {
        let wanted = self.shared.times_opened();
        let open = self.open();
        let start = Instant::now();
        let mut published = self.shared.published();
        while published.opened < wanted || !published.begun {
            let deadline = start + if published.begun { patience } else { patience.max(BEGINNING) };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            published = self.shared.newer.wait_timeout(published, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let published = published.clone();
        self.shared.view(open, published)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.shared.filler.end();
        self.wake(Wake::End);
    }
}

impl Shared {
    pub(super) fn open(&self) -> MutexGuard<'_, Arc<OpenFiles>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often open files have changed.
    pub(super) fn times_opened(&self) -> u64 {
        self.opened.load(Ordering::SeqCst)
    }

    pub(super) fn published(&self) -> MutexGuard<'_, Published> {
        self.published.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives out something new.
    pub(super) fn publish(&self, published: Published) {
        *self.published() = published;
        self.newer.notify_all();
        self.filler.changed();
        (self.surroundings.on_change)(Changed::Index);
    }

    /// Says who answers searches from now on, and how far its vectors are.
    pub(super) fn publish_embedding(&self, embedding: Embedding) {
        *self.embedding.lock().unwrap_or_else(PoisonError::into_inner) = embedding;
        (self.surroundings.on_change)(Changed::Index);
    }

    fn view(&self, open: Arc<OpenFiles>, published: Published) -> View {
        View {
            embedding: self.embedding.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            root: Arc::clone(&self.root),
            settings: published.settings,
            git: published.git,
            snapshot: published.snapshot,
            open,
            state: published.state,
            inner: Arc::default(),
        }
    }
}
