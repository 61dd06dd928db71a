//! The one thread that keeps a folder's index true: takes what happens, puts what changed into memory at once, has it
//! written to disk later, and gives out what is there.
//!
//! It never does anything long: a run over many files is a [`job`](super::job) on another thread.

mod files;
mod jobs;

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use codecompass_core::embed::Embedder;
use codecompass_index::{snapshot::Snapshot, space::Space, writer::RestingWriter};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use rustc_hash::FxHashMap;

use super::{
    folder::{Changed, Event, Published, Shared, Wake},
    fresh::Fresh,
    job::Progress,
    pending::Pending,
    state::{Phase, State},
};
use crate::{
    config::{load::PROJECT_FILE, settings::Settings},
    live::state::WatcherMode,
    workspace::{
        git::{Git, Head},
        walk,
        watch::{self, Seen, Watcher},
    },
};

/// After so long without another change on disk, what changed is written to the index.
const QUIET: Duration = Duration::from_millis(1500);
/// It is written after so long even when changes go on.
const UNWRITTEN: Duration = Duration::from_secs(10);
/// When so many files have changed, a run over all of them is quicker than one after the other.
const MANY: usize = 300;
/// How often progress is looked at while a job runs.
const TICK: Duration = Duration::from_millis(100);
/// The folder is looked through this often, in case that events were lost.
const RECONCILE: Duration = Duration::from_secs(300);
/// So often another keeper takes the place of one that failed.
const RESTARTS: usize = 5;

/// Keeps a folder's index true.
pub(super) struct Keeper {
    shared: Arc<Shared>,
    wakes: Sender<Wake>,
    settings: Arc<Settings>,
    space: Space,
    git: Option<Git>,
    head: Option<Head>,
    watcher: Option<Watcher>,
    /// The newest generation on disk.
    base: Option<Arc<Snapshot>>,
    /// What is newer than it.
    fresh: Fresh,
    /// Open files to look at.
    edited: BTreeSet<String>,
    /// Changes of open files that were heard of.
    opened: u64,
    /// Files on disk to look at.
    looks: BTreeSet<String>,
    /// What differs between the disk and the newest generation.
    pending: Pending,
    /// Whether open files may be indexed, as far as it was asked.
    allowed: FxHashMap<String, bool>,
    job: Option<Running>,
    /// The writer between jobs.
    resting: Arc<Mutex<Option<RestingWriter>>>,
    /// The folder is to be looked through, for this reason.
    all_because: Option<&'static str>,
    /// The index is to be thrown away.
    rebuild: Option<Rebuild>,
    /// The former index answers until the new one is complete.
    rebuilding: bool,
    /// Files whose text was found to be another than the index holds; they are read whatever size and time say.
    suspects: BTreeSet<String>,
    paused: bool,
    /// The user cancelled a run: none begins just because time has passed.
    cancelled: bool,
    next_scan: Instant,
    state: State,
    /// What there is to publish.
    news: News,
}

/// Why an index is thrown away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rebuild {
    Wanted,
    Damaged,
}

struct Running {
    stop: Arc<AtomicBool>,
    progress: Arc<Progress>,
    began: Option<Instant>,
}

#[derive(Default)]
struct News {
    index: bool,
    state: bool,
}

/// Starts the keeper's thread. Should a keeper panic, another one takes its place and makes everything out again.
pub(super) fn spawn(shared: Arc<Shared>, wakes: Sender<Wake>, inbox: Receiver<Wake>) {
    let keep = move || {
        for _ in 0..=RESTARTS {
            let keeper = Keeper::new(Arc::clone(&shared), wakes.clone());
            if catch_unwind(AssertUnwindSafe(|| keeper.run(&inbox))).is_ok() {
                return;
            }
            tracing::error!(root = %shared.root.display(), "the keeper of the index failed and begins again");
        }
        let why = "the index is not kept up to date any more because of a bug; restart the server and report it";
        let state = State { phase: Phase::Failed, errors: vec![why.to_owned()], ..State::default() };
        let published = shared.published().clone();
        shared.publish(Published { state: Arc::new(state), opened: u64::MAX, begun: true, ..published });
    };
    let started = std::thread::Builder::new().name("keeper".to_owned()).spawn(keep);
    if let Err(error) = started {
        tracing::error!(%error, "no thread to keep the index");
    }
}

impl Keeper {
    pub(super) fn new(shared: Arc<Shared>, wakes: Sender<Wake>) -> Self {
        let settings = Arc::clone(&shared.published().settings);
        // After a keeper that failed, what was heard before counts as heard: all open files are looked at anyway.
        let opened = shared.times_opened();
        let edited = shared.open().keys().cloned().collect();
        let space = Space::locate(&shared.surroundings.cache, &shared.root, Embedder::builtin().id());
        Self {
            shared,
            wakes,
            settings,
            space,
            git: None,
            head: None,
            watcher: None,
            base: None,
            fresh: Fresh::default(),
            edited,
            opened,
            looks: BTreeSet::new(),
            pending: Pending::default(),
            allowed: FxHashMap::default(),
            job: None,
            resting: Arc::default(),
            all_because: Some("start"),
            rebuild: None,
            rebuilding: false,
            suspects: BTreeSet::new(),
            paused: false,
            cancelled: false,
            next_scan: Instant::now() + RECONCILE,
            state: State::default(),
            news: News::default(),
        }
    }

    fn run(mut self, inbox: &Receiver<Wake>) {
        self.open_index();
        self.publish();
        self.git = Git::open(&self.shared.root);
        self.head = self.git.as_ref().map(Git::head);
        self.news.state = true;
        loop {
            match self.wait(inbox) {
                Some(Wake::End) => break,
                Some(wake) => self.take(wake),
                None => {}
            }
            while let Ok(wake) = inbox.try_recv() {
                if matches!(wake, Wake::End) {
                    return self.end();
                }
                self.take(wake);
            }
            self.edit();
            self.publish();
            self.look();
            self.plan();
            self.tick();
            self.publish();
        }
        self.end();
    }

    fn end(&mut self) {
        if let Some(job) = &self.job {
            job.stop.store(true, Ordering::Relaxed);
        }
        self.watcher = None;
    }

    /// What the cache holds can be searched before anything else is done.
    fn open_index(&mut self) {
        match Snapshot::open(&self.space, Embedder::builtin().id(), None) {
            Ok(Some(base)) => self.base = Some(Arc::new(base)),
            Ok(None) => self.begin_with_nothing(),
            Err(error) => {
                self.begin_with_nothing();
                tracing::warn!(%error, "the index cannot be read");
                self.rebuild = error.is_damage().then_some(Rebuild::Damaged);
            }
        }
        self.state.index_bytes = self.space.bytes();
        self.news.index = true;
        self.news.state = true;
    }

    /// What is open can be searched before there is any generation.
    fn begin_with_nothing(&mut self) {
        match Snapshot::empty(Embedder::builtin().id(), Embedder::DIMENSION) {
            Ok(empty) => self.base = Some(Arc::new(empty)),
            Err(error) => tracing::error!(%error, "nothing can be searched before the first files are indexed"),
        }
    }

    /// What is newer than the index is made out again.
    fn begin_afresh(&mut self) {
        self.looks.extend(self.fresh.overlay().paths().map(str::to_owned));
        self.fresh = Fresh::default();
        self.edited.extend(self.shared.open().keys().cloned());
    }

    /// The next thing that happens, or `None` when it is time for something of our own.
    fn wait(&self, inbox: &Receiver<Wake>) -> Option<Wake> {
        match self.deadline() {
            Some(at) => match inbox.recv_timeout(at.saturating_duration_since(Instant::now())) {
                Ok(wake) => Some(wake),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => Some(Wake::End),
            },
            None => Some(inbox.recv().unwrap_or(Wake::End)),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let now = Instant::now();
        let at_hand = !self.edited.is_empty() || (!self.looks.is_empty() && !self.paused);
        if at_hand && self.base.is_some() {
            Some(now)
        } else if self.job.is_some() {
            Some(now + TICK)
        } else if self.paused {
            None
        } else if self.all_because.is_some() || self.rebuild.is_some() {
            Some(now)
        } else {
            let due = self.pending.due(QUIET, UNWRITTEN);
            Some(due.map_or(self.next_scan, |due| due.min(self.next_scan)))
        }
    }

    fn take(&mut self, wake: Wake) {
        match wake {
            Wake::Open(key) => {
                self.opened += 1;
                self.edited.insert(key);
            }
            Wake::Event(event) => self.take_event(event),
            Wake::Seen(seen) => self.take_seen(seen),
            Wake::Job(report) => self.take_report(report),
            Wake::End => {}
        }
    }

    fn take_event(&mut self, event: Event) {
        match event {
            Event::Look(keys) => self.look_at(keys),
            Event::Suspect(keys) => {
                self.suspects.extend(keys.iter().cloned());
                self.look_at(keys);
            }
            Event::LookAtAll(why) => self.all_because = Some(why),
            Event::ClientWatches => {
                if self.state.watcher.mode == WatcherMode::Polling {
                    self.state.watcher.mode = WatcherMode::Client;
                    self.next_scan = Instant::now() + RECONCILE;
                    self.news.state = true;
                }
            }
            Event::Settings(settings) => {
                if self.settings.index.watcher != settings.index.watcher {
                    // The next look through the folder starts another one.
                    self.watcher = None;
                }
                if self.settings.index != settings.index {
                    self.rules_changed("the settings changed");
                }
                self.settings = settings;
                self.news.state = true;
            }
            Event::Pause => {
                self.paused = true;
                self.stop_job();
                self.set_phase(Phase::Paused);
            }
            Event::Resume => {
                self.paused = false;
                self.all_because = Some("resumed");
            }
            Event::Cancel => {
                if self.job.is_some() {
                    // What waited for the run to end is cancelled with it.
                    self.all_because = None;
                    self.cancelled = true;
                    self.stop_job();
                }
            }
            // That is the filler's.
            Event::CancelFilling => {}
            Event::Reindex => {
                self.paused = false;
                self.rebuild = Some(Rebuild::Wanted);
                self.stop_job();
            }
            Event::Damaged => {
                self.rebuild = Some(Rebuild::Damaged);
                self.stop_job();
            }
        }
    }

    fn take_seen(&mut self, seen: Seen) {
        match seen {
            Seen::Look(keys) => self.look_at(keys),
            Seen::LookAtAll(why) => {
                if self.git.is_none() {
                    self.git = Git::open(&self.shared.root);
                    self.news.state = true;
                }
                if why == watch::SETTINGS_CHANGED {
                    (self.shared.surroundings.on_change)(Changed::ProjectSettings);
                }
                self.rules_changed(why);
            }
            Seen::Git => {
                let head = self.git.as_ref().map(Git::head);
                // git's own files change at each look at the status; only another commit concerns the whole folder.
                if head != self.head {
                    self.head = head;
                    self.all_because = Some("another commit was checked out");
                }
            }
            Seen::Lost(reason) => {
                self.watcher = None;
                self.state.watcher.mode = WatcherMode::Polling;
                self.state.watcher.reason = reason;
                self.news.state = true;
                self.all_because = Some("the watcher failed");
            }
        }
    }

    fn look_at(&mut self, keys: Vec<String>) {
        if keys.iter().any(|key| key == PROJECT_FILE) {
            (self.shared.surroundings.on_change)(Changed::ProjectSettings);
        }
        if keys.iter().any(|key| walk::changes_rules(key)) {
            self.rules_changed("the ignore rules changed");
        }
        self.looks.extend(keys);
        if self.looks.len() > MANY {
            self.looks.clear();
            self.all_because = Some("many files changed");
        }
    }

    fn rules_changed(&mut self, why: &'static str) {
        self.all_because = Some(why);
        self.allowed.clear();
        self.edited.extend(self.shared.open().keys().cloned());
    }

    fn has_index(&self) -> bool {
        self.base.as_ref().is_some_and(|base| base.state.generation > 0)
    }

    fn set_phase(&mut self, phase: Phase) {
        self.news.state |= self.state.phase != phase;
        self.state.phase = phase;
    }

    /// Reads how far the job is.
    fn tick(&mut self) {
        let before = (self.state.done, self.state.total, self.state.pending, self.state.slow_file.take());
        self.state.pending = self.pending.len() as u64;
        if let Some(Running { progress, began: Some(began), .. }) = &self.job {
            self.state.done = progress.done.load(Ordering::Relaxed);
            self.state.total = progress.total.load(Ordering::Relaxed);
            self.state.files_per_second = self.state.done as f64 / began.elapsed().as_secs_f64().max(0.001);
            self.state.slow_file = progress.files.slow();
        } else {
            self.state.done = 0;
            self.state.total = 0;
            self.state.files_per_second = 0.0;
        }
        let now = (self.state.done, self.state.total, self.state.pending, self.state.slow_file.clone());
        self.news.state |= before != now;
    }

    /// Gives out what is new.
    fn publish(&mut self) {
        let news = std::mem::take(&mut self.news);
        let before = self.shared.published().clone();
        // Until all that was typed is taken over, whoever waits for it goes on waiting.
        let opened = if self.edited.is_empty() { self.opened } else { before.opened };
        if !news.index && !news.state && before.opened == opened {
            return;
        }
        let snapshot = if news.index { self.snapshot() } else { before.snapshot };
        let state = if news.state { Arc::new(self.state.clone()) } else { before.state };
        let (settings, git) = (Arc::clone(&self.settings), self.git.clone());
        self.shared.publish(Published { settings, git, snapshot, state, opened, begun: true });
    }

    fn snapshot(&self) -> Option<Arc<Snapshot>> {
        let base = self.base.as_ref()?;
        let nothing_newer = self.fresh.overlay().is_empty();
        Some(if nothing_newer { Arc::clone(base) } else { Arc::new(Snapshot::over(base, self.fresh.overlay())) })
    }
}
