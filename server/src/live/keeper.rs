//! The one thread that keeps a folder's index true: takes what happens, puts what changed into memory at once, has it
//! written to disk later, and gives out what is there.
//!
//! It never does anything long: a run over many files is a [`job`](super::job) on another thread.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use codecompass_core::embed::Embedder;
use codecompass_index::{snapshot::Snapshot, space::Space};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use rustc_hash::FxHashMap;

use super::{
    folder::{Event, Published, Shared, Wake},
    fresh::Fresh,
    job::{self, Job, Outcome, Progress, Report, Task},
    pending::Pending,
    state::{Phase, State},
};
use crate::{
    config::settings::{self, Settings},
    indexer,
    live::state::WatcherMode,
    workspace::{
        git::{Git, Head},
        walk::{self, FileEntry, Looker, Verdict, Walk},
        watch::{self, Choice, Seen, Target, Watcher},
    },
};

/// After so long without another change on disk, what changed is written to the index.
const QUIET: Duration = Duration::from_millis(1500);
/// It is written after so long even when changes go on.
const UNWRITTEN: Duration = Duration::from_secs(10);
/// When so many files have changed, a run over all of them is quicker than one after the other.
const MANY: usize = 300;
/// Longest time spent on changes on disk before looking whether somebody typed.
const SLICE: Duration = Duration::from_millis(10);
/// How often progress is looked at while a job runs.
const TICK: Duration = Duration::from_millis(100);
/// The folder is looked through this often, in case that events were lost.
const RECONCILE: Duration = Duration::from_secs(300);
/// How soon a failed run is tried again.
const RETRY: Duration = Duration::from_secs(30);

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
    /// The folder is to be looked through, for this reason.
    all_because: Option<&'static str>,
    rebuild: bool,
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

/// Starts the keeper's thread.
pub(super) fn spawn(keeper: Keeper, inbox: Receiver<Wake>) {
    let started = std::thread::Builder::new().name("keeper".to_owned()).spawn(move || keeper.run(&inbox));
    if let Err(error) = started {
        tracing::error!(%error, "no thread to keep the index");
    }
}

impl Keeper {
    pub(super) fn new(shared: Arc<Shared>, wakes: Sender<Wake>) -> Self {
        let settings = Arc::clone(&shared.published().settings);
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
            edited: BTreeSet::new(),
            opened: 0,
            looks: BTreeSet::new(),
            pending: Pending::default(),
            allowed: FxHashMap::default(),
            job: None,
            all_because: Some("start"),
            rebuild: false,
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
            Ok(base) => self.base = base.map(Arc::new),
            Err(error) => {
                tracing::warn!(%error, "the index cannot be read");
                self.rebuild = error.is_damage();
            }
        }
        self.state.index_bytes = self.space.bytes();
        self.news.index = true;
        self.news.state = true;
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
        if self.paused {
            return self.job.is_some().then(|| now + TICK);
        }
        if !self.looks.is_empty() {
            return Some(now);
        }
        let own = if self.job.is_some() {
            Some(now + TICK)
        } else if self.all_because.is_some() || self.rebuild {
            Some(now)
        } else {
            self.pending.due(QUIET, UNWRITTEN)
        };
        Some(own.map_or(self.next_scan, |own| own.min(self.next_scan)))
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
            Event::Reindex => {
                self.paused = false;
                self.rebuild = true;
                self.stop_job();
            }
        }
    }

    fn take_seen(&mut self, seen: Seen) {
        match seen {
            Seen::Look(keys) => self.look_at(keys),
            Seen::LookAtAll(why) => self.rules_changed(why),
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

    fn take_report(&mut self, report: Report) {
        match report {
            Report::Found(walk, took) => self.found(&walk, took),
            Report::Indexing => {
                if let Some(job) = &mut self.job {
                    job.began = Some(Instant::now());
                }
                self.set_phase(Phase::Indexing);
            }
            Report::Following => self.set_phase(Phase::Following),
            Report::Committed(snapshot) => {
                if self.base.is_none() {
                    self.edited.extend(self.shared.open().keys().cloned());
                }
                self.fresh.settle(&snapshot);
                self.base = Some(snapshot);
                self.state.index_bytes = self.space.bytes();
                self.news.index = true;
                self.news.state = true;
            }
            Report::Discarded => {
                self.base = None;
                self.fresh = Fresh::default();
                self.news.index = true;
            }
            Report::Ended(outcome) => self.ended(outcome),
        }
    }

    fn found(&mut self, walk: &Walk, took: Duration) {
        self.state.left_out = Arc::new(walk.skipped.iter().cloned().collect());
        let settings = Arc::clone(&self.settings);
        let git_dir = self.git.as_ref().map(|git| git.git_dir().to_owned());
        let target = Target { folders: &walk.folders, git_dir: git_dir.as_deref(), settings: &settings.index };
        let client = self.state.watcher.mode == WatcherMode::Client;
        self.state.watcher = if let Some(watcher) = &mut self.watcher {
            watcher.follow(target).into()
        } else {
            let wakes = self.wakes.clone();
            let on_seen = move |seen| {
                // A keeper that has ended needs to know nothing any more.
                let _ = wakes.send(Wake::Seen(seen));
            };
            let choice = choice(settings.index.watcher);
            let (watcher, started) = Watcher::start(&self.shared.root, target, choice, on_seen);
            self.watcher = Some(watcher);
            // Between the walk and the first watch anything may have happened.
            self.all_because = Some("the watcher was started");
            started.into()
        };
        if client && self.state.watcher.mode == WatcherMode::Polling {
            self.state.watcher.mode = WatcherMode::Client;
        }
        let pause = if self.state.watcher.mode == WatcherMode::Polling {
            watch::poll_interval(took).min(RECONCILE)
        } else {
            RECONCILE
        };
        self.next_scan = Instant::now() + pause;
        self.state.found = (walk.files.len() + walk.skipped.len()) as u64;
        self.news.state = true;
    }

    fn ended(&mut self, outcome: Outcome) {
        self.job = None;
        self.state.found = 0;
        self.state.errors.clear();
        let phase = match outcome {
            Outcome::Done(done) => {
                self.pending.written();
                // What the index on disk still does not hold just so may have changed unheard.
                let open = self.shared.open().clone();
                let unsettled = self.fresh.overlay().paths().filter(|key| !open.contains_key(*key));
                self.looks.extend(unsettled.map(str::to_owned));
                if !done.given_up.is_empty() {
                    let files = done.given_up.join(", ");
                    self.state.errors.push(format!("{files} took too long to parse; indexed without symbols"));
                }
                // What was cancelled is not done because some files were written meanwhile.
                self.state.stopped = self.cancelled;
                Phase::Ready
            }
            Outcome::Stopped => {
                self.pending.take_back(RETRY);
                self.state.stopped = self.cancelled;
                Phase::Ready
            }
            Outcome::Failed(why) => {
                tracing::error!(why, "the index could not be brought up to date");
                self.state.errors.push(why);
                self.pending.take_back(RETRY);
                self.next_scan = Instant::now() + RETRY;
                if self.base.is_some() { Phase::Ready } else { Phase::Failed }
            }
        };
        self.set_phase(if self.paused { Phase::Paused } else { phase });
    }

    /// Takes over what was typed.
    fn edit(&mut self) {
        // Without a generation there is nothing to lay it over; the first one comes with the first job.
        let Some(base) = self.base.clone().filter(|_| !self.edited.is_empty()) else { return };
        let gate = Arc::clone(&self.shared.surroundings.gate);
        let _typing = gate.serve();
        while let Some(key) = self.edited.pop_first() {
            let open = self.shared.open().get(&key).cloned();
            let changed = match open {
                Some(open) if self.is_allowed(&key, open.text.len()) => self.fresh.put_open(&key, &open.text, &base),
                Some(_) => self.fresh.remove(&key),
                None => {
                    self.allowed.remove(&key);
                    self.looks.insert(key.clone());
                    self.fresh.remove(&key)
                }
            };
            self.news.index |= changed;
        }
    }

    fn is_allowed(&mut self, key: &str, bytes: usize) -> bool {
        let rules = &self.settings.index;
        bytes as u64 <= rules.max_file_bytes
            && *self
                .allowed
                .entry(key.to_owned())
                .or_insert_with(|| Looker::new(&self.shared.root, rules).is_ok_and(|mut looker| looker.would_take(key)))
    }

    /// Takes over what changed on disk, for a moment; the rest stays for the next round.
    fn look(&mut self) {
        let Some(base) = self.base.clone().filter(|_| !self.paused && !self.looks.is_empty()) else { return };
        let start = Instant::now();
        let mut looker = match Looker::new(&self.shared.root, &self.settings.index) {
            Ok(looker) => looker,
            Err(error) => {
                self.looks.clear();
                return self.fail(error.to_string());
            }
        };
        while let Some(key) = self.looks.pop_first() {
            match looker.look(&key) {
                Verdict::File(entry) => self.look_at_file(&entry, &base),
                Verdict::Folder => self.look_at_folder(&key, &base),
                Verdict::Skipped(reason) => {
                    self.state.left_out_mut().insert(key.clone(), reason);
                    self.gone(&key, &base);
                }
                Verdict::Missing => {
                    self.state.left_out_mut().remove(&key);
                    self.gone(&key, &base);
                }
            }
            if start.elapsed() > SLICE {
                break;
            }
        }
    }

    fn look_at_file(&mut self, entry: &FileEntry, base: &Arc<Snapshot>) {
        let key = &entry.path;
        self.state.left_out_mut().remove(key);
        let open = self.shared.open().contains_key(key);
        if !self.suspects.remove(key) && job::holds(base, entry) {
            self.pending.forget(key);
            self.news.index |= !open && self.fresh.remove(key);
            return;
        }
        let read = walk::read(&self.shared.root, key, self.settings.index.max_file_bytes);
        let known = base.files.committed().get(key);
        if let (Ok(bytes), Some(known)) = (&read, known)
            && indexer::hash(bytes) == known.hash
        {
            // Only its time is another one.
            self.pending.forget(key);
        } else {
            self.pending.changed(entry.clone());
        }
        if !open {
            self.news.index |= self.fresh.put_disk(entry, read, base);
        }
    }

    /// A folder is new: what is in it is looked at.
    fn look_at_folder(&mut self, key: &str, base: &Snapshot) {
        let stop = || false;
        let Ok(walk) = walk::walk_below(&self.shared.root, &self.settings.index, key, &stop) else { return };
        self.state.left_out_mut().extend(walk.skipped);
        let new = walk.files.into_iter().filter(|entry| !job::holds(base, entry)).map(|entry| entry.path);
        self.look_at(new.collect());
    }

    /// A file, or a folder with all that was in it, is not to be found any more.
    fn gone(&mut self, key: &str, base: &Arc<Snapshot>) {
        let open = Arc::clone(&self.shared.open());
        let below = format!("{key}/");
        let known = base.files.committed();
        let mut gone: Vec<String> = Vec::new();
        if known.contains_key(key) || self.fresh.overlay().get(key).is_some() {
            gone.push(key.to_owned());
        } else {
            let inside = known.keys().map(String::as_str).chain(self.fresh.overlay().paths());
            gone.extend(inside.filter(|path| path.starts_with(&below)).map(str::to_owned));
        }
        for path in gone {
            if known.contains_key(&path) {
                self.pending.gone(&path);
            } else {
                self.pending.forget(&path);
            }
            if !open.contains_key(&path) {
                self.news.index |= self.fresh.gone(&path, base);
            }
        }
    }

    /// Starts the job that is due, if none is on.
    fn plan(&mut self) {
        if self.job.is_some() || self.paused {
            return;
        }
        let now = Instant::now();
        if now >= self.next_scan && self.cancelled {
            self.next_scan = now + RECONCILE;
        } else if now >= self.next_scan {
            self.all_because.get_or_insert("time to look whether events were lost");
        }
        let task = if self.rebuild {
            Task::Rebuild
        } else if let Some(why) = self.all_because {
            tracing::debug!(why, "looking through the folder");
            Task::All
        } else if self.pending.due(QUIET, UNWRITTEN).is_some_and(|due| due <= now) {
            Task::Only(self.pending.hand_over())
        } else {
            return;
        };
        if !matches!(task, Task::Only(_)) {
            self.rebuild = false;
            self.cancelled = false;
            self.state.stopped = false;
            self.all_because = None;
            self.next_scan = now + RECONCILE;
            // The run finds them too.
            let _ = self.pending.hand_over();
            self.set_phase(Phase::Finding);
        }
        self.start(task);
    }

    fn start(&mut self, task: Task) {
        let stop = Arc::new(AtomicBool::new(false));
        let progress = Arc::new(Progress::default());
        let job = Job {
            root: Arc::clone(&self.shared.root),
            settings: Arc::clone(&self.settings),
            cache: self.shared.surroundings.cache.clone(),
            gate: Arc::clone(&self.shared.surroundings.gate),
            git: self.git.clone(),
            open: self.shared.open().keys().cloned().collect(),
            suspects: self.suspects.iter().cloned().collect(),
            base: self.base.clone(),
            task,
            stop: Arc::clone(&stop),
            progress: Arc::clone(&progress),
        };
        self.suspects.clear();
        let wakes = self.wakes.clone();
        let tell = move |report| {
            // A keeper that has ended needs to know nothing any more.
            let _ = wakes.send(Wake::Job(report));
        };
        match std::thread::Builder::new().name("index".to_owned()).spawn(move || job::run_quietly(job, &tell)) {
            Ok(_) => self.job = Some(Running { stop, progress, began: None }),
            Err(error) => {
                self.pending.take_back(RETRY);
                self.fail(format!("no thread to index with: {error}"));
            }
        }
    }

    fn stop_job(&mut self) {
        if let Some(job) = &self.job {
            job.stop.store(true, Ordering::Relaxed);
        }
    }

    fn fail(&mut self, why: String) {
        tracing::error!(why, "the folder cannot be indexed");
        self.next_scan = Instant::now() + RETRY;
        self.state.errors = vec![why];
        self.set_phase(if self.base.is_some() { Phase::Ready } else { Phase::Failed });
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
        if !news.index && !news.state && before.opened == self.opened {
            return;
        }
        let snapshot = if news.index { self.snapshot() } else { before.snapshot };
        // While open files wait for the first generation, nobody should wait for them.
        let state = if news.state { Arc::new(self.state.clone()) } else { before.state };
        let (settings, git) = (Arc::clone(&self.settings), self.git.clone());
        self.shared.publish(Published { settings, git, snapshot, state, opened: self.opened });
    }

    fn snapshot(&self) -> Option<Arc<Snapshot>> {
        let base = self.base.as_ref()?;
        let nothing_newer = self.fresh.overlay().is_empty();
        Some(if nothing_newer { Arc::clone(base) } else { Arc::new(Snapshot::over(base, self.fresh.overlay())) })
    }
}

fn choice(setting: settings::Watcher) -> Choice {
    match setting {
        settings::Watcher::Auto => Choice::Auto,
        settings::Watcher::Native => Choice::Native,
        settings::Watcher::Polling => Choice::Polling,
    }
}
