//! What an edit costs, and what it costs a search: the overlay over an index of `WORKSPACE`, and commits of one file.
//!
//! `WORKSPACE=/folder/of/sources cargo bench --bench overlay`. `CACHE` names a folder for the index, so that it is built only
//! once; without it a temporary one is used.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context, Result, ensure};
use codecompass::{
    config::settings::Settings,
    engine::{self, Access, OpenOptions},
    handlers::eval as questions,
    indexer,
};
use codecompass_core::{
    embed::{Embedder, Scratch},
    hit::Mode,
    query,
};
use codecompass_index::{
    overlay::{Change, FileVersion, Known, Overlay, OverlayFile},
    search::{Request, search},
    snapshot::Snapshot,
    space::Space,
    writer::{Batch, Writer},
};

/// So many rounds of each measurement.
const ROUNDS: usize = 30;
/// Sizes of overlays, in files.
const SIZES: [usize; 4] = [0, 1, 20, 200];
const LIMIT: usize = 10;

fn main() -> Result<()> {
    let root = PathBuf::from(env::var_os("WORKSPACE").context("WORKSPACE is not set")?).canonicalize()?;
    let temporary = tempfile::tempdir()?;
    let cache = env::var_os("CACHE").map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let space = Space::locate(&cache, &root, Embedder::builtin().id());
    if !space.catalogue().exists() {
        let options = OpenOptions { cache_dir: cache.clone(), access: Access::Refresh };
        engine::open(&root, &Settings::default(), &options)?.refresh(&|_| ())?;
    }
    let base = Arc::new(open(&space, None)?);
    row("workspace", Duration::ZERO, &format!("{} files, {} chunks", base.file_count(), base.chunk_count()));
    let mut paths: Vec<String> = base.living_files().map(|file| file.path.clone()).collect();
    paths.sort_unstable();
    edits(&root, &base, &paths)?;
    searches(&root, &base, &paths)?;
    commits(&root, &space, &base, &paths)
}

fn open(space: &Space, known: Option<&Snapshot>) -> Result<Snapshot> {
    Snapshot::open(space, Embedder::builtin().id(), known)?.context("the index is not there")
}

/// Prints a line of the table, as soon as it is known.
fn row(name: &str, time: Duration, notes: &str) {
    println!("{name:<34} {:>9.3} ms  {notes}", time.as_secs_f64() * 1e3);
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn times(rounds: usize, mut run: impl FnMut(usize) -> Result<()>) -> Result<Duration> {
    let mut times = Vec::with_capacity(rounds);
    for round in 0..rounds {
        let start = Instant::now();
        run(round)?;
        times.push(start.elapsed());
    }
    Ok(median(times))
}

/// A file as somebody changed it: one line more.
fn edited(root: &Path, base: &Snapshot, path: &str, round: usize) -> Result<Option<OverlayFile>> {
    let mut bytes = fs::read(root.join(path))?;
    bytes.extend(format!("\n// edit {round}: reconsider the socket buffer\n").bytes());
    let hash = indexer::hash(&bytes);
    let version = FileVersion { size: bytes.len() as u64, mtime_ns: i64::MIN, hash };
    let Ok((document, text)) = indexer::cut(path, bytes, &AtomicBool::new(false)) else { return Ok(None) };
    let mut known = Known::default();
    known.indexed(base, path)?;
    let scratch = &mut Scratch::default();
    Ok(Some(OverlayFile::new(document, &text, version, Embedder::builtin(), &known, scratch).0))
}

/// Every n-th file, edited.
fn overlay_of(root: &Path, base: &Snapshot, paths: &[String], count: usize) -> Result<Overlay> {
    let mut changes: Vec<(String, Change)> = Vec::new();
    for path in paths.iter().step_by(paths.len() / count.max(1)).take(count) {
        if let Some(file) = edited(root, base, path, 0)? {
            changes.push((path.clone(), file.into()));
        }
    }
    // As they come: most at once, the last few one by one.
    let last = changes.split_off(changes.len().saturating_sub(5));
    let mut overlay = Overlay::default().with(changes);
    for change in last {
        overlay = overlay.with(vec![change]);
    }
    Ok(overlay)
}

fn edits(root: &Path, base: &Arc<Snapshot>, paths: &[String]) -> Result<()> {
    // The path whose number of chunks is nearest to 60, and to 6.
    for wanted in [6, 60] {
        let chunks = |path: &String| base.chunks_of(path).map_or(0, |chunks| chunks.len());
        let path = paths.iter().min_by_key(|path| chunks(path).abs_diff(wanted)).context("no files")?;
        let name = format!("{} chunks", chunks(path));
        let mut file = None;
        let time = times(ROUNDS, |round| {
            file = edited(root, base, path, round)?;
            Ok(())
        })?;
        row("cut and embed an edit", time, &name);
        let file = Arc::new(file.context("it cannot be cut")?);
        let mut known = Known::default();
        let time = times(ROUNDS, |_| {
            known = Known::default();
            known.indexed(base, path)?;
            Ok(())
        })?;
        row("  of it, find what is known", time, &name);
        let mut overlay = Overlay::default();
        let time = times(ROUNDS, |_| {
            overlay = overlay.with(vec![(path.clone(), Change::Put(Arc::clone(&file)))]);
            Ok(())
        })?;
        row("put it into the overlay", time, &name);
    }
    for size in SIZES {
        let overlay = overlay_of(root, base, paths, size)?;
        let time = times(ROUNDS, |_| {
            drop(Snapshot::over(base, &overlay));
            Ok(())
        })?;
        row("lay it over the disk", time, &format!("{} files, {} chunks", overlay.len(), overlay.chunks()));
        let one = edited(root, base, &paths[7], 3)?.context("it cannot be cut")?;
        let change = (paths[7].clone(), Change::from(one));
        let mut overlay = overlay;
        let time = times(ROUNDS, |_| {
            overlay = overlay.with(vec![change.clone()]);
            Ok(())
        })?;
        row("  put another edit there", time, "");
    }
    Ok(())
}

fn searches(root: &Path, base: &Arc<Snapshot>, paths: &[String]) -> Result<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/retrieval/open.jsonl");
    let all = questions::read(&fs::read_to_string(file)?)?;
    let queries: Vec<String> = all.iter().step_by(all.len() / 100 + 1).map(|one| query::plain(&one.query)).collect();
    let mut snapshots = Vec::new();
    for size in SIZES {
        let overlay = overlay_of(root, base, paths, size)?;
        snapshots.push(if size == 0 { Arc::clone(base) } else { Arc::new(Snapshot::over(base, &overlay)) });
    }
    let mut taken = vec![Vec::new(); SIZES.len()];
    // In turn, so that what else the machine does meets all of them.
    for round in 0..4 {
        for text in &queries {
            let query = query::parse(text)?;
            for (snapshot, taken) in snapshots.iter().zip(&mut taken) {
                let embedder = Some(Embedder::builtin());
                let request = Request {
                    query: &query,
                    mode: Mode::Hybrid,
                    limit: LIMIT,
                    path_filter: None,
                    embedder,
                    vector: None,
                    hosted: None,
                };
                let start = Instant::now();
                ensure!(!search(snapshot, &request)?.is_empty() || text.is_empty(), "nothing found");
                if round > 0 {
                    taken.push(start.elapsed());
                }
            }
        }
    }
    for (size, mut taken) in SIZES.iter().zip(taken) {
        taken.sort_unstable();
        let p95 = taken[taken.len() * 95 / 100].as_secs_f64() * 1e3;
        row("search", taken[taken.len() / 2], &format!("p95 {p95:.2} ms, overlay of {size} files"));
    }
    Ok(())
}

/// Commits one edited file again and again. The index is left with the last edit.
fn commits(root: &Path, space: &Space, base: &Arc<Snapshot>, paths: &[String]) -> Result<()> {
    const ROUNDS: usize = 9;
    let time = times(ROUNDS, |_| open(space, None).map(drop))?;
    row("open a snapshot", time, "nothing known");
    let time = times(ROUNDS, |_| open(space, Some(base)).map(drop))?;
    row("open a snapshot", time, "all segments known");
    let time = times(ROUNDS, |_| Ok(codecompass_index::catalogue::read(&space.catalogue()).map(drop)?))?;
    row("  of it, read the catalogue", time, "");
    let time = times(ROUNDS, |_| Ok(codecompass_index::catalogue::generation(&space.catalogue()).map(drop)?))?;
    row("read the generation", time, "");
    let time = times(1000, |_| space.stamp().context("no stamp").map(drop))?;
    row("take a stamp", time, "");

    let start = Instant::now();
    let writer = writer(space)?;
    row("open a writer", start.elapsed(), "");
    let mut resting = writer.rest();
    let (mut wake, mut put, mut commit, mut rest, mut reopen) = (vec![], vec![], vec![], vec![], vec![]);
    let mut snapshot = open(space, Some(base))?;
    let salt = SystemTime::UNIX_EPOCH.elapsed()?.as_millis() as usize;
    for round in 0..ROUNDS {
        let file = edited(root, base, &paths[paths.len() / 2], salt + round)?.context("it cannot be cut")?;
        let start = Instant::now();
        let writer = resting.wake()?.context("locked")?;
        wake.push(start.elapsed());
        let start = Instant::now();
        let mut batch = Batch::default();
        writer.put(&mut batch, &file)?;
        put.push(start.elapsed());
        let start = Instant::now();
        writer.commit(batch)?;
        commit.push(start.elapsed());
        let start = Instant::now();
        snapshot = open(space, Some(&snapshot))?;
        reopen.push(start.elapsed());
        if writer.compact(&snapshot)? {
            snapshot = open(space, Some(&snapshot))?;
        }
        let start = Instant::now();
        resting = writer.rest();
        rest.push(start.elapsed());
    }
    for (name, times) in [
        ("wake a writer", wake),
        ("put one file", put),
        ("commit it", commit),
        ("open what was committed", reopen),
        ("rest", rest),
    ] {
        row(name, median(times), "");
    }
    Ok(())
}

fn writer(space: &Space) -> Result<Writer> {
    Writer::open(space, Embedder::builtin().id(), Embedder::DIMENSION)?.context("another process writes")
}
