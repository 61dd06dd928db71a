//! Has long work done by a job, one at a time, and takes over what it reports.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    super::{
        folder::Wake,
        job::{self, Job, Outcome, Progress, Report, Task},
        state::{Phase, WatcherMode},
    },
    Keeper, QUIET, RECONCILE, Rebuild, Running, UNWRITTEN,
};
use crate::{
    config::settings,
    workspace::{
        walk::Walk,
        watch::{self, Choice, Target, Watcher},
    },
};

/// How soon a failed run is tried again.
const RETRY: Duration = Duration::from_secs(30);

impl Keeper {
    pub(super) fn take_report(&mut self, report: Report) {
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
                if self.rebuilding && !snapshot.state.complete {
                    return;
                }
                if std::mem::take(&mut self.rebuilding) {
                    self.begin_afresh();
                }
                self.fresh.settle(&snapshot);
                self.base = Some(snapshot);
                self.state.index_bytes = self.space.bytes();
                self.news.index = true;
                self.news.state = true;
            }
            Report::Discarded { damaged } => {
                self.rebuilding = !damaged && self.has_index();
                if !self.rebuilding {
                    self.begin_with_nothing();
                    self.begin_afresh();
                    self.news.index = true;
                }
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
                if self.has_index() { Phase::Ready } else { Phase::Failed }
            }
        };
        self.set_phase(if self.paused { Phase::Paused } else { phase });
    }

    /// Starts the job that is due, if none is on.
    pub(super) fn plan(&mut self) {
        if self.job.is_some() || self.paused {
            return;
        }
        let now = Instant::now();
        if now >= self.next_scan && self.cancelled {
            self.next_scan = now + RECONCILE;
        } else if now >= self.next_scan {
            self.all_because.get_or_insert("time to look whether events were lost");
        }
        let task = if let Some(why) = self.rebuild.take() {
            Task::Rebuild { damaged: why == Rebuild::Damaged }
        } else if let Some(why) = self.all_because {
            tracing::debug!(why, "looking through the folder");
            Task::All
        } else if self.pending.due(QUIET, UNWRITTEN).is_some_and(|due| due <= now) {
            let work = self.pending.hand_over();
            let fresh = self.fresh.as_on_disk(&work.changed);
            Task::Only(work, fresh)
        } else {
            return;
        };
        if !matches!(task, Task::Only(..)) {
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
            // The former index, which still answers, says nothing of what is on disk now.
            base: self.base.clone().filter(|_| !self.rebuilding),
            resting: Arc::clone(&self.resting),
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

    pub(super) fn stop_job(&mut self) {
        if let Some(job) = &self.job {
            job.stop.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn fail(&mut self, why: String) {
        tracing::error!(why, "the folder cannot be indexed");
        self.next_scan = Instant::now() + RETRY;
        self.state.errors = vec![why];
        self.set_phase(if self.has_index() { Phase::Ready } else { Phase::Failed });
    }
}

fn choice(setting: settings::Watcher) -> Choice {
    match setting {
        settings::Watcher::Auto => Choice::Auto,
        settings::Watcher::Native => Choice::Native,
        settings::Watcher::Polling => Choice::Polling,
    }
}
