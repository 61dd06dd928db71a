//! Brings the index up to date with the disk: finds which files need work, reads and cuts them on all threads, and commits
//! what is done, so that a run that is cut off loses little.

use std::{
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use codecompass_core::{
    document::{Document, document},
    embed::{Embedder, Scratch},
    language, shape,
    skip::SkipReason,
    text,
};
use codecompass_index::{
    catalogue::{Fate, FileRow},
    error::IndexError,
    segment::SegmentBuilder,
    writer::{Batch, Writer},
};
use rustc_hash::FxHashMap;

use crate::{
    engine::Event,
    workspace::walk::{self, FileEntry, Walk},
};

/// Longest time one file may take to be parsed; then it is cut at blank lines. A grammar that needs longer has gone astray.
const PARSE_TIME: Duration = Duration::from_secs(5);
/// A segment in the making is committed after this long at the latest, so that little is lost and much can be found.
const COMMIT_AFTER: Duration = Duration::from_secs(20);
/// Fewer files than this are not worth a second thread's segment.
const FILES_PER_THREAD: usize = 64;
/// A file whose time stamp is this close to its reading may change again within the same tick of the file system's clock.
const RACY: Duration = Duration::from_millis(50);

/// What of a walk the index does not hold yet.
#[derive(Debug, Default)]
pub struct Work {
    /// New files and files that look different.
    pub changed: Vec<FileEntry>,
    /// Paths the index holds that are gone or not to be indexed any more.
    pub removed: Vec<String>,
}

impl Work {
    /// Compares a walk with what the index knows. Only sizes and times are looked at.
    pub fn find(walk: &Walk, known: &FxHashMap<String, FileRow>) -> Self {
        let mut kept = 0;
        let mut changed = Vec::new();
        for entry in &walk.files {
            match known.get(&entry.path) {
                Some(row) => {
                    kept += 1;
                    if row.size != entry.size || row.mtime_ns != entry.mtime_ns {
                        changed.push(entry.clone());
                    }
                }
                None => changed.push(entry.clone()),
            }
        }
        let removed = if kept == known.len() {
            Vec::new()
        } else {
            let present: rustc_hash::FxHashSet<&str> = walk.files.iter().map(|entry| entry.path.as_str()).collect();
            let mut removed: Vec<String> =
                known.keys().filter(|path| !present.contains(path.as_str())).cloned().collect();
            removed.sort_unstable();
            removed
        };
        Self { changed, removed }
    }

    /// Whether the index is up to date.
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.removed.is_empty()
    }
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    /// Files read and cut.
    pub indexed: u64,
    /// Files that looked different but hold what they held.
    pub unchanged: u64,
    /// Files whose content is not for the index.
    pub skipped: u64,
    /// Files taken out.
    pub removed: u64,
    /// Chunks whose vector had to be computed.
    pub embedded: u64,
    /// Chunks whose content was known.
    pub reused: u64,
    /// Files that took too long to parse and were cut at blank lines.
    pub given_up: Vec<String>,
}

#[derive(Default)]
struct Counters {
    finished: AtomicU64,
    indexed: AtomicU64,
    unchanged: AtomicU64,
    skipped: AtomicU64,
    embedded: AtomicU64,
    reused: AtomicU64,
    given_up: Mutex<Vec<String>>,
}

/// How a run goes about its work when others want the machine, and its results, meanwhile.
pub struct Pace<'a> {
    /// The first commit comes after this long, each later one after twice as long, up to 20 seconds.
    pub first_commit: Duration,
    /// Called before each file; may wait.
    pub before_file: &'a (dyn Fn() + Sync),
    /// Called with each file when it is begun and when it is done.
    pub on_file: &'a (dyn Fn(&str, Step) + Sync),
    /// Called after each commit.
    pub on_commit: &'a (dyn Fn() + Sync),
}

/// What happens to a file during a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A thread began to read it.
    Begun,
    /// It is done with, whatever became of it.
    Done,
}

impl Pace<'static> {
    /// As fast as possible, for somebody who waits for the end.
    pub const FULL: Self =
        Self { first_commit: COMMIT_AFTER, before_file: &|| (), on_file: &|_, _| (), on_commit: &|| () };
}

/// Where the work is done.
pub struct Job<'a> {
    /// The workspace.
    pub root: &'a Path,
    /// The one writer.
    pub writer: &'a Writer,
    /// What the index holds.
    pub known: &'a FxHashMap<String, FileRow>,
    /// Larger files are skipped, in bytes.
    pub max_file_bytes: u64,
    /// Threads to use.
    pub threads: usize,
    /// Set when the run shall end early; what is done is committed.
    pub cancelled: &'a AtomicBool,
    /// Whether the index covers everything there is when this is done.
    pub covers_all: bool,
    /// How it goes about it.
    pub pace: Pace<'a>,
}

/// Does the work.
pub fn run(job: &Job<'_>, work: &Work, on_event: &(dyn Fn(Event) + Sync)) -> Result<Done, IndexError> {
    let counters = Counters::default();
    let total = work.changed.len() as u64;
    if !work.removed.is_empty() {
        job.writer.commit(Batch { removed: work.removed.clone(), ..Batch::default() })?;
        (job.pace.on_commit)();
    }
    on_event(Event::Indexing { done: 0, total });
    let next = AtomicUsize::new(0);
    let threads = job.threads.min(work.changed.len().div_ceil(FILES_PER_THREAD)).max(1);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| worker(job, &work.changed, &next, &counters, total, on_event)))
            .collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })?;
    on_event(Event::Finishing);
    if job.covers_all && !job.cancelled.load(Ordering::Relaxed) && !job.writer.state().complete {
        job.writer.commit(Batch { complete: true, ..Batch::default() })?;
    }
    let mut given_up = counters.given_up.into_inner().unwrap_or_else(PoisonError::into_inner);
    given_up.sort_unstable();
    Ok(Done {
        indexed: counters.indexed.into_inner(),
        unchanged: counters.unchanged.into_inner(),
        skipped: counters.skipped.into_inner(),
        removed: work.removed.len() as u64,
        embedded: counters.embedded.into_inner(),
        reused: counters.reused.into_inner(),
        given_up,
    })
}

/// One thread: takes the next file until there is none, into a segment of its own.
fn worker(
    job: &Job<'_>,
    files: &[FileEntry],
    next: &AtomicUsize,
    counters: &Counters,
    total: u64,
    on_event: &(dyn Fn(Event) + Sync),
) -> Result<(), IndexError> {
    let mut scratch = Scratch::default();
    let mut batch = Batch::default();
    let mut started = Instant::now();
    let mut commit_after = job.pace.first_commit;
    while let Some(entry) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
        if job.cancelled.load(Ordering::Relaxed) {
            break;
        }
        (job.pace.before_file)();
        (job.pace.on_file)(&entry.path, Step::Begun);
        let result = index_file(job, entry, &mut batch, &mut scratch, counters);
        (job.pace.on_file)(&entry.path, Step::Done);
        result?;
        let done = counters.finished.fetch_add(1, Ordering::Relaxed) + 1;
        on_event(Event::Indexing { done, total });
        if batch.segment.as_ref().is_some_and(SegmentBuilder::is_full) || started.elapsed() > commit_after {
            job.writer.commit(std::mem::take(&mut batch))?;
            (job.pace.on_commit)();
            started = Instant::now();
            commit_after = (2 * commit_after).min(COMMIT_AFTER);
        }
    }
    if !batch.is_empty() {
        job.writer.commit(batch)?;
        (job.pace.on_commit)();
    }
    Ok(())
}

fn index_file(
    job: &Job<'_>,
    entry: &FileEntry,
    batch: &mut Batch,
    scratch: &mut Scratch,
    counters: &Counters,
) -> Result<(), IndexError> {
    let bytes = match walk::read(job.root, &entry.path, job.max_file_bytes) {
        Ok(bytes) => bytes,
        Err(reason) => {
            counters.skipped.fetch_add(1, Ordering::Relaxed);
            batch.files.push((entry.path.clone(), row(entry, [0; 16], Fate::Skipped(reason))));
            return Ok(());
        }
    };
    let hash = hash(&bytes);
    if let Some(known) = job.known.get(&entry.path)
        && known.hash == hash
    {
        counters.unchanged.fetch_add(1, Ordering::Relaxed);
        batch.files.push((entry.path.clone(), row(entry, hash, known.fate.clone())));
        return Ok(());
    }
    match cut(&entry.path, bytes, job.cancelled) {
        Err(reason) => {
            counters.skipped.fetch_add(1, Ordering::Relaxed);
            batch.files.push((entry.path.clone(), row(entry, hash, Fate::Skipped(reason))));
        }
        // Its parsing was ended with the run: it is not done, and another run begins with it.
        Ok((document, _)) if !document.parsed && job.cancelled.load(Ordering::Relaxed) => {}
        Ok((document, text)) => {
            if !document.parsed {
                tracing::warn!(path = entry.path, "took too long to parse; cut at blank lines");
                counters.given_up.lock().unwrap_or_else(PoisonError::into_inner).push(entry.path.clone());
            }
            let vectors = embed(job.writer, &document, &text, scratch, counters)?;
            let segment = match &mut batch.segment {
                Some(segment) => segment,
                None => batch.segment.insert(job.writer.start_segment()?),
            };
            let file = segment.add(&document, text.len() as u64, &vectors)?;
            let fate = Fate::Indexed { segment: segment.id(), file };
            batch.files.push((entry.path.clone(), row(entry, hash, fate)));
            counters.indexed.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(())
}

/// What tells one content of a file from another.
pub fn hash(bytes: &[u8]) -> [u8; 16] {
    let mut hash = [0; 16];
    hash.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
    hash
}

/// Reads a file's bytes as text and cuts it, or says why it is not for the index.
pub fn cut(path: &str, bytes: Vec<u8>, cancelled: &AtomicBool) -> Result<(Document, String), SkipReason> {
    let text = text::decode(bytes)?.text;
    let deadline = Instant::now() + PARSE_TIME;
    let document = cut_text(path, &text, &|| cancelled.load(Ordering::Relaxed) || Instant::now() > deadline)?;
    Ok((document, text))
}

/// Cuts the text of a file, or says why it is not for the index. When `stop` says so, parsing is given up and the text cut
/// at blank lines.
pub fn cut_text(path: &str, text: &str, stop: &dyn Fn() -> bool) -> Result<Document, SkipReason> {
    if let Some(reason) = shape::judge(path, text) {
        return Err(reason);
    }
    Ok(document(path, language::detect(path, text), text, stop))
}

fn embed(
    writer: &Writer,
    document: &Document,
    text: &str,
    scratch: &mut Scratch,
    counters: &Counters,
) -> Result<Vec<u32>, IndexError> {
    let embedder = Embedder::builtin();
    let mut rows = Vec::with_capacity(document.chunks.len());
    for chunk in &document.chunks {
        let row = if let Some(row) = writer.known_vector(chunk.content) {
            counters.reused.fetch_add(1, Ordering::Relaxed);
            row
        } else {
            counters.embedded.fetch_add(1, Ordering::Relaxed);
            let body = &text[chunk.range.start as usize..chunk.range.end as usize];
            writer.add_vector(chunk.content, &embedder.chunk(&chunk.header, body, scratch))?
        };
        rows.push(row);
    }
    Ok(rows)
}

/// The index's row for a file that was just read.
fn row(entry: &FileEntry, hash: [u8; 16], fate: Fate) -> FileRow {
    FileRow { size: entry.size, mtime_ns: settled_time(entry), hash, fate }
}

/// The time by which a file that was just read is known. When it may change again within the same tick of the file
/// system's clock, that is a time that no file has: it is looked at again next time.
pub fn settled_time(entry: &FileEntry) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(i64::MAX, |since| since.as_nanos() as i64);
    let racy = now.saturating_sub(entry.mtime_ns) < RACY.as_nanos() as i64;
    if racy { i64::MIN } else { entry.mtime_ns }
}
