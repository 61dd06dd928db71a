//! Brings the index on disk up to date, on a thread of its own: finds what is to be done, waits for its turn while another
//! process writes, does it in a useful order, and tells the keeper of each generation.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use codecompass_core::embed::Embedder;
use codecompass_index::{
    catalogue::{self, State},
    error::IndexError,
    guard::guarded,
    overlay::OverlayFile,
    snapshot::Snapshot,
    space::{self, Space},
    writer::{Batch, RestingWriter, Writer},
};

use super::{Gate, order, watchdog::Watchdog};
use crate::{
    config::settings::Settings,
    indexer::{self, Done, Pace, Work},
    workspace::{
        git::Git,
        walk::{self, FileEntry, Walk, WalkError},
    },
};

/// On a first build, what was indexed until then can be found after so long.
const FIRST_COMMIT: Duration = Duration::from_millis(700);
/// How often to ask whether another process has finished writing, and what it has done.
const TURN_POLL: Duration = Duration::from_millis(100);
/// After waiting so long for the turn, the folder is looked through again.
const OLD_WALK: Duration = Duration::from_secs(2);
/// So many recently changed files are asked of git.
const RECENT: usize = 500;
/// Work on fewer files than this needs no order.
const WORTH_ARRANGING: usize = 64;

/// What is to be done.
#[derive(Debug)]
pub(super) enum Task {
    /// Compare the whole folder with the index.
    All,
    /// Throw the index away, because it is damaged or the user wants it, then as above.
    Rebuild {
        /// It is damaged.
        damaged: bool,
    },
    /// These files only; those that are in memory as they are on disk need not be read again.
    Only(Work, Vec<Arc<OverlayFile>>),
}

/// A task and what is needed for it.
pub(super) struct Job {
    pub(super) root: Arc<Path>,
    pub(super) settings: Arc<Settings>,
    pub(super) cache: PathBuf,
    pub(super) gate: Arc<Gate>,
    pub(super) git: Option<Git>,
    /// Keys of open files: the first to be indexed.
    pub(super) open: Vec<String>,
    /// Keys to be read whatever size and time say.
    pub(super) suspects: Vec<String>,
    pub(super) base: Option<Arc<Snapshot>>,
    /// The writer between jobs: what it knows need not be read again.
    pub(super) resting: Arc<Mutex<Option<RestingWriter>>>,
    pub(super) task: Task,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) progress: Arc<Progress>,
}

/// How far a job is; read by the keeper whenever it likes.
#[derive(Debug, Default)]
pub(super) struct Progress {
    pub(super) done: AtomicU64,
    pub(super) total: AtomicU64,
    pub(super) files: Watchdog,
}

/// What a job tells the keeper.
pub(super) enum Report {
    /// The files of the folder are known; it took so long to find them.
    Found(Arc<Walk>, Duration),
    /// Work begins: progress counts from now on.
    Indexing,
    /// Another process writes: its commits are followed.
    Following,
    /// There is a new generation.
    Committed(Arc<Snapshot>),
    /// The former index is gone from the disk; a damaged one is not to be used any longer.
    Discarded {
        /// It was thrown away because it is damaged.
        damaged: bool,
    },
    /// It ended.
    Ended(Outcome),
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Found(..) => "Found",
            Self::Indexing => "Indexing",
            Self::Following => "Following",
            Self::Committed(_) => "Committed",
            Self::Discarded { .. } => "Discarded",
            Self::Ended(_) => "Ended",
        })
    }
}

/// How a job ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Everything is done.
    Done(Done),
    /// It was stopped; what it had done is kept.
    Stopped,
    /// It failed, for this reason, which says what to do.
    Failed(String),
}

/// Why a job ended early.
enum Stop {
    Asked,
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Whom a job tells.
type Tell<'a> = &'a (dyn Fn(Report) + Sync);

/// Does the job at low priority and says how it ended, even when a library panics.
pub(super) fn run_quietly(job: Job, tell: Tell<'_>) {
    lower_priority();
    let outcome = catch_unwind(AssertUnwindSafe(|| run(job, tell))).unwrap_or_else(|_| {
        Outcome::Failed("indexing failed inside CodeCompass; the log says where, please report it".to_owned())
    });
    tell(Report::Ended(outcome));
}

/// Whoever types or asks goes first. Threads that this one starts inherit it.
#[cfg(target_os = "linux")]
pub(super) fn lower_priority() {
    let lowered = rustix::process::setpriority_process(Some(rustix::thread::gettid()), 10);
    if let Err(error) = lowered {
        tracing::debug!(%error, "indexing runs at normal priority");
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn lower_priority() {}

/// Does the job. A damaged index is thrown away and built anew.
fn run(mut job: Job, tell: Tell<'_>) -> Outcome {
    let result = match attempt(&mut job, tell) {
        Err(Stop::Failed(error)) if error.downcast_ref::<IndexError>().is_some_and(IndexError::is_damage) => {
            tracing::warn!(damage = format!("{error:#}"), "the index is damaged and is built anew");
            job.task = Task::Rebuild { damaged: true };
            attempt(&mut job, tell)
        }
        other => other,
    };
    match result {
        Ok(done) => Outcome::Done(done),
        Err(Stop::Asked) => Outcome::Stopped,
        Err(Stop::Failed(error)) => Outcome::Failed(format!("{error:#}")),
    }
}

fn attempt(job: &mut Job, tell: Tell<'_>) -> Result<Done, Stop> {
    let space = Space::locate(&job.cache, &job.root, Embedder::builtin().id());
    space
        .create(&job.root)
        .context("the index cannot be stored; set CODECOMPASS_CACHE_DIR to a folder that can be written")?;
    if let Task::Rebuild { damaged } = job.task {
        let writer = turn(job, &space, tell)?;
        space.discard()?;
        space.create(&job.root)?;
        drop(writer);
        job.base = None;
        *resting(job) = None;
        job.task = Task::All;
        tell(Report::Discarded { damaged });
    }
    let mut walk = find(job, tell)?;
    if let (Some(base), Some(walk)) = (&job.base, &walk)
        && base.state.complete
        && work(job, Some(walk), base).is_empty()
    {
        return Ok(Done::default());
    }
    let asked = Instant::now();
    let writer = turn(job, &space, tell)?;
    if asked.elapsed() > OLD_WALK {
        walk = find(job, tell)?;
    }
    let result = write(job, &space, &writer, walk.as_deref(), tell);
    if !matches!(result, Err(Stop::Failed(_))) {
        *resting(job) = Some(writer.rest());
    }
    result
}

fn resting(job: &Job) -> MutexGuard<'_, Option<RestingWriter>> {
    job.resting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does what is to be done, now that nobody else writes.
fn write(job: &mut Job, space: &Space, writer: &Writer, walk: Option<&Walk>, tell: Tell<'_>) -> Result<Done, Stop> {
    let base = follow(job, space, &writer.state(), tell)?;
    let mut work = work(job, walk, &base);
    if work.is_empty() && (walk.is_none() || base.state.complete) {
        return Ok(Done::default());
    }
    let mut done = put(job, writer, &mut work)?;
    let base = follow(job, space, &writer.state(), tell)?;
    if !work.is_empty() || walk.is_some() {
        let read = index(job, space, writer, &base, work, tell)?;
        done = Done { indexed: done.indexed + read.indexed, removed: done.removed + read.removed, ..read };
    }
    let newest = follow(job, space, &writer.state(), tell)?;
    if job.stop.load(Ordering::Relaxed) {
        return Err(Stop::Asked);
    }
    if guarded("its segments cannot be merged", || writer.compact(&newest))? {
        follow(job, space, &writer.state(), tell)?;
    }
    if walk.is_some() {
        space.remove_others();
        for removed in space::collect_garbage(&job.cache, space, job.settings.index.disk_budget) {
            tracing::info!(folder = %removed.display(), "removed the index of a workspace unused for long (index.disk_budget)");
        }
    }
    Ok(done)
}

/// Writes what is in memory as it is on disk, and takes out what is gone; the rest of the work stays.
fn put(job: &Job, writer: &Writer, work: &mut Work) -> Result<Done, Stop> {
    let Task::Only(_, fresh) = &job.task else { return Ok(Done::default()) };
    let mut batch = Batch { removed: std::mem::take(&mut work.removed), ..Batch::default() };
    let mut done = Done { removed: batch.removed.len() as u64, ..Done::default() };
    for file in fresh {
        let before = work.changed.len();
        work.changed.retain(|entry| entry.path != file.document.path);
        if work.changed.len() < before {
            writer.put(&mut batch, file)?;
            done.indexed += 1;
        }
    }
    if !batch.is_empty() {
        writer.commit(batch)?;
    }
    Ok(done)
}

/// Looks through the folder, when the task is about all of it.
fn find(job: &Job, tell: Tell<'_>) -> Result<Option<Arc<Walk>>, Stop> {
    let Task::All = job.task else { return Ok(None) };
    let start = Instant::now();
    let walk = match walk::walk(&job.root, &job.settings.index, &|| job.stop.load(Ordering::Relaxed)) {
        Ok(walk) => Arc::new(walk),
        Err(WalkError::Stopped) => return Err(Stop::Asked),
        Err(error) => return Err(error.into()),
    };
    tell(Report::Found(Arc::clone(&walk), start.elapsed()));
    Ok(Some(walk))
}

/// What of the task is not done in that generation.
fn work(job: &Job, walk: Option<&Walk>, base: &Snapshot) -> Work {
    match (&job.task, walk) {
        (_, Some(walk)) => {
            let mut work = Work::find(walk, base.files.committed());
            for entry in walk.files.iter().filter(|entry| job.suspects.contains(&entry.path)) {
                if !work.changed.iter().any(|changed| changed.path == entry.path) {
                    work.changed.push(entry.clone());
                }
            }
            work
        }
        (Task::Only(work, _), None) => Work {
            changed: work.changed.iter().filter(|entry| !holds(base, entry)).cloned().collect(),
            removed: work.removed.iter().filter(|path| base.files.committed().contains_key(*path)).cloned().collect(),
        },
        (_, None) => Work::default(),
    }
}

/// Whether the generation has read the file as it is.
pub(super) fn holds(base: &Snapshot, entry: &FileEntry) -> bool {
    let known = base.files.committed().get(&entry.path);
    known.is_some_and(|row| row.size == entry.size && row.mtime_ns == entry.mtime_ns)
}

/// Waits until no other process writes; meanwhile its commits are followed.
fn turn(job: &mut Job, space: &Space, tell: Tell<'_>) -> Result<Writer, Stop> {
    let mut following = false;
    let mut rested = resting(job).take();
    loop {
        if job.stop.load(Ordering::Relaxed) {
            return Err(Stop::Asked);
        }
        let writer = guarded("its files cannot be read", || match &mut rested {
            Some(resting) => resting.wake(),
            None => Writer::open(space, Embedder::builtin().id(), Embedder::DIMENSION),
        })?;
        if let Some(writer) = writer {
            return Ok(writer);
        }
        if !following {
            following = true;
            tell(Report::Following);
        }
        if let Some(state) = catalogue::generation(&space.catalogue())? {
            follow(job, space, &state, tell)?;
        }
        std::thread::sleep(TURN_POLL);
    }
}

/// Opens the newest generation unless it is the one that is known.
fn follow(job: &mut Job, space: &Space, newest: &State, tell: Tell<'_>) -> Result<Arc<Snapshot>, Stop> {
    if let Some(base) = &job.base
        && base.state == *newest
    {
        return Ok(Arc::clone(base));
    }
    let base = match open(space, job.base.as_deref())? {
        Some(base) => base,
        None => Arc::new(Snapshot::empty(Embedder::builtin().id(), Embedder::DIMENSION)?),
    };
    job.base = Some(Arc::clone(&base));
    tell(Report::Committed(Arc::clone(&base)));
    Ok(base)
}

fn open(space: &Space, known: Option<&Snapshot>) -> Result<Option<Arc<Snapshot>>, IndexError> {
    Ok(Snapshot::open(space, Embedder::builtin().id(), known)?.map(Arc::new))
}

fn index(
    job: &mut Job,
    space: &Space,
    writer: &Writer,
    base: &Arc<Snapshot>,
    mut work: Work,
    tell: Tell<'_>,
) -> Result<Done, Stop> {
    if work.changed.len() > WORTH_ARRANGING {
        let recent = job
            .git
            .as_ref()
            .map_or_else(Vec::new, |git| git.recently_changed(RECENT, &|| job.stop.load(Ordering::Relaxed)));
        order::arrange(&mut work.changed, &job.open, &recent);
    }
    job.progress.done.store(0, Ordering::Relaxed);
    job.progress.total.store(work.changed.len() as u64, Ordering::Relaxed);
    tell(Report::Indexing);
    let newest = Mutex::new(Arc::clone(base));
    let publish = || {
        let mut newest = newest.lock().unwrap_or_else(PoisonError::into_inner);
        match open(space, Some(&newest)) {
            Ok(Some(snapshot)) => {
                *newest = Arc::clone(&snapshot);
                tell(Report::Committed(snapshot));
            }
            Ok(None) => {}
            // The end of the run opens it again and reports what is wrong then.
            Err(error) => tracing::debug!(%error, "a new generation cannot be opened"),
        }
    };
    let run = indexer::Job {
        root: &job.root,
        writer,
        known: base.files.committed(),
        max_file_bytes: job.settings.index.max_file_bytes,
        threads: job.settings.index.thread_count(),
        cancelled: &job.stop,
        covers_all: !matches!(job.task, Task::Only(..)),
        pace: Pace {
            first_commit: FIRST_COMMIT,
            before_file: &|| job.gate.wait(),
            on_file: &|path, step| {
                job.progress.files.see(path, step);
                if step == indexer::Step::Done {
                    job.progress.done.fetch_add(1, Ordering::Relaxed);
                }
            },
            on_commit: &publish,
        },
    };
    let done = indexer::run(&run, &work, &|_| ())?;
    job.progress.files.clear();
    job.base = Some(newest.into_inner().unwrap_or_else(PoisonError::into_inner));
    Ok(done)
}
