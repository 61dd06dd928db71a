//! What a workspace costs: building the index, finding it up to date, its bytes and memory, and the time of a search. One
//! table; times are compared with times of the same run, because machines differ.
//!
//! `WORKSPACE` names a folder; without it a tree of `FILES` (2,000) made-up files is used. Its index goes to a temporary
//! folder. `ROUNDS` (3) says how often the index is built; the table has medians. `CODECOMPASS_BIN` names the program that
//! is started for single searches; without it that beside this bench is used, if there is one.
//!
//! Everything that is measured while indexing runs in processes of its own, so that nothing is warm but the disk and memory
//! is counted from the start. Such a process is this program again, with the name of the step in [`STEP`].

#![expect(clippy::print_stdout, reason = "the table is the result")]

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use codecompass::{
    config::settings::Settings,
    engine::{self, Access, Engine, OpenOptions},
    handlers::{eval as questions, search::SearchRequest},
    workspace::walk::{self, Walk},
};
use codecompass_core::{embed::Embedder, hit::Mode, language, query, syntax, text};
use codecompass_index::{
    search::{Request, search},
    snapshot::Snapshot,
    space::Space,
};
use serde::{Deserialize, Serialize};

/// Names the step that a started process shall do.
const STEP: &str = "CODECOMPASS_BENCH_STEP";
/// Queries of the warm search.
const QUERIES: usize = 400;
/// Queries before the clock counts.
const WARM_UP: usize = 20;
/// Searches in a process of their own.
const COLD_RUNS: usize = 10;
/// Results of a search, as the program shows by itself.
const LIMIT: usize = 10;

/// What a step measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Measured {
    seconds: f64,
    files: u64,
    embedded: u64,
    /// Most memory that was resident, in bytes; zero where the system does not say.
    memory: u64,
}

fn main() -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let root = match env::var_os("WORKSPACE") {
        Some(folder) => PathBuf::from(folder),
        None => made_up(&temporary.path().join("workspace"), number("FILES", 2000)?)?,
    };
    let root = root.canonicalize().context("WORKSPACE is no folder")?;
    if let Ok(step) = env::var(STEP) {
        let cache = PathBuf::from(env::var_os("CACHE").context("CACHE")?);
        let measured = if step == "parse" { parse(&root)? } else { index(&root, &cache)? };
        println!("{}", serde_json::to_string(&measured)?);
        return Ok(());
    }
    let cache = temporary.path().join("cache");
    indexing(&root, &cache)?;
    let snapshot = sizes(&root, &cache)?;
    searching(&root, &cache, &snapshot)
}

/// Prints a line of the table, as soon as it is known.
fn row(name: &str, value: &str, notes: &str) {
    println!("{name:<24} {value:>10}  {notes}");
}

fn indexing(root: &Path, cache: &Path) -> Result<()> {
    let (mut parses, mut colds, mut agains) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..number("ROUNDS", 3)?.max(1) {
        parses.push(step("parse", root, cache)?);
        if cache.exists() {
            fs::remove_dir_all(cache)?;
        }
        colds.push(step("index", root, cache)?);
        agains.push(step("index", root, cache)?);
    }
    let seconds = |steps: &[Measured]| median(steps.iter().map(|step| Duration::from_secs_f64(step.seconds)).collect());
    let (parse, cold, again) = (seconds(&parses), seconds(&colds), seconds(&agains));
    let files = colds[0].files;
    row("read and parse", &format!("{:.2} s", parse.as_secs_f64()), &format!("{} files", parses[0].files));
    let ratio = cold.as_secs_f64() / parse.as_secs_f64();
    row("index, cold", &format!("{:.2} s", cold.as_secs_f64()), &format!("{ratio:.2} x parsing, {files} files"));
    let share = again.as_secs_f64() / cold.as_secs_f64();
    let embedded = agains.iter().map(|step| step.embedded).max().unwrap_or(0);
    row(
        "index, unchanged",
        &format!("{:.0} ms", again.as_secs_f64() * 1e3),
        &format!("{:.2} % of cold, {embedded} chunks embedded", share * 100.0),
    );
    for (name, steps) in [("memory while indexing", &colds), ("memory when unchanged", &agains)] {
        let memory = steps.iter().map(|step| step.memory).max().unwrap_or(0);
        row(name, &megabytes(memory), "most that was resident");
    }
    Ok(())
}

fn sizes(root: &Path, cache: &Path) -> Result<Snapshot> {
    let space = Space::locate(cache, root, Embedder::builtin().id());
    let snapshot = Snapshot::open(&space, Embedder::builtin().id(), None)?.context("the index is not there")?;
    let text = snapshot.text_bytes();
    row("text", &megabytes(text), &format!("{} files, {} chunks", snapshot.file_count(), snapshot.chunk_count()));
    let chunks: u64 =
        fs::read_dir(space.segments())?.flatten().map(|segment| bytes(&segment.path().join("chunks.bin"))).sum();
    let parts = [
        ("keyword", bytes(&space.segments()) - chunks),
        ("chunks", chunks),
        ("vectors", bytes(&space.vectors())),
        ("catalogue", bytes(&space.catalogue())),
        ("together", space.bytes()),
    ];
    for (name, bytes) in parts {
        let ratio = bytes as f64 / text.max(1) as f64;
        row(&format!("on disk: {name}"), &megabytes(bytes), &format!("{ratio:.3} x text"));
    }
    Ok(snapshot)
}

fn searching(root: &Path, cache: &Path, snapshot: &Snapshot) -> Result<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/retrieval/open.jsonl");
    let all = questions::read(&fs::read_to_string(file)?)?;
    let step = all.len() / QUERIES + 1;
    let queries: Vec<String> = all.iter().step_by(step).map(|question| query::plain(&question.query)).collect();
    let words: usize = queries.iter().map(|query| query.split_whitespace().count()).sum();
    let notes = format!("{} queries of {} words", queries.len(), words / queries.len());

    let rank = |text: &String| -> Result<()> {
        let query = query::parse(text)?;
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
        search(snapshot, &request)?;
        Ok(())
    };
    percentiles("search, warm, ranked", &notes, &timed(&queries, rank)?);

    let mut engine = open(root, cache)?;
    engine.refresh(&|_| ())?;
    let ask = |text: &String| -> Result<()> {
        engine.search(&SearchRequest { query: text.clone(), limit: LIMIT, ..SearchRequest::default() })?;
        Ok(())
    };
    percentiles("search, warm, with text", &notes, &timed(&queries, ask)?);

    let beside = env::current_exe()?.ancestors().nth(2).map(|folder| folder.join("codecompass"));
    let Some(program) = env::var_os("CODECOMPASS_BIN").map(PathBuf::from).or(beside).filter(|path| path.is_file())
    else {
        row("search, cold process", "-", "set CODECOMPASS_BIN, or build the program in release");
        return Ok(());
    };
    let mut times = Vec::new();
    for text in queries.iter().take(COLD_RUNS) {
        let start = Instant::now();
        let output = Command::new(&program)
            .args(["search", "--json", "--workspace"])
            .arg(root)
            .args(["--", text])
            .env("CODECOMPASS_CACHE_DIR", cache)
            .output()?;
        times.push(start.elapsed());
        ensure!(output.status.code() != Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    }
    percentiles("search, cold process", &format!("{COLD_RUNS} runs, with refresh"), &times);
    Ok(())
}

fn timed(queries: &[String], mut ask: impl FnMut(&String) -> Result<()>) -> Result<Vec<Duration>> {
    for query in queries.iter().take(WARM_UP) {
        ask(query)?;
    }
    let mut times = Vec::with_capacity(queries.len());
    for query in queries {
        let start = Instant::now();
        ask(query)?;
        times.push(start.elapsed());
    }
    Ok(times)
}

fn percentiles(name: &str, notes: &str, times: &[Duration]) {
    let mut times = times.to_vec();
    times.sort_unstable();
    let at = |share: usize| times[times.len() * share / 100].as_secs_f64() * 1e3;
    row(name, &format!("{:.2} ms", at(50)), &format!("p95 {:.2} ms; {notes}", at(95)));
}

/// Runs a step in a process of its own.
fn step(name: &str, root: &Path, cache: &Path) -> Result<Measured> {
    let output =
        Command::new(env::current_exe()?).env(STEP, name).env("WORKSPACE", root).env("CACHE", cache).output()?;
    ensure!(output.status.success(), "the step {name} failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn open(root: &Path, cache: &Path) -> Result<Box<dyn Engine>> {
    let options = OpenOptions { cache_dir: cache.to_owned(), access: Access::Refresh };
    engine::open(root, &Settings::default(), &options)
}

fn index(root: &Path, cache: &Path) -> Result<Measured> {
    let start = Instant::now();
    let report = open(root, cache)?.refresh(&|_| ())?;
    let seconds = start.elapsed().as_secs_f64();
    Ok(Measured { seconds, files: report.files_seen, embedded: report.chunks_embedded, memory: most_memory() })
}

/// The yardstick: only reads and parses what indexing reads and parses, on as many threads.
fn parse(root: &Path) -> Result<Measured> {
    let settings = Settings::default().index;
    let Walk { files, .. } = walk::walk(root, &settings, &|| false)?;
    let start = Instant::now();
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism()?;
    let nodes: usize = std::thread::scope(|scope| {
        let worker = || {
            let mut nodes = 0;
            while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                let Ok(bytes) = walk::read(root, &file.path, settings.max_file_bytes) else { continue };
                let Ok(decoded) = text::decode(bytes) else { continue };
                nodes += syntax::parse_only(language::detect(&file.path, &decoded.text), &decoded.text);
            }
            nodes
        };
        let workers: Vec<_> = (0..threads.get()).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().map(|worker| worker.join().expect("a parser does not panic")).sum()
    });
    ensure!(nodes > 0, "nothing in {} could be parsed", root.display());
    let seconds = start.elapsed().as_secs_f64();
    Ok(Measured { seconds, files: files.len() as u64, embedded: 0, memory: most_memory() })
}

/// The most memory of this process that was ever resident.
fn most_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok())
        .map_or(0, |kilobytes: u64| kilobytes << 10)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn bytes(path: &Path) -> u64 {
    if !path.is_dir() {
        return fs::metadata(path).map_or(0, |meta| meta.len());
    }
    fs::read_dir(path).into_iter().flatten().flatten().map(|entry| bytes(&entry.path())).sum()
}

fn number(variable: &str, default: usize) -> Result<usize> {
    match env::var(variable) {
        Ok(text) => text.parse().with_context(|| format!("{variable} must be a number")),
        Err(_) => Ok(default),
    }
}

/// Writes source files of made-up names and sentences, the same in every run.
fn made_up(folder: &Path, files: usize) -> Result<PathBuf> {
    const WORDS: [&str; 24] = [
        "read", "write", "count", "retry", "socket", "parser", "token", "index", "cache", "merge", "split", "queue",
        "worker", "header", "packet", "signal", "buffer", "window", "layout", "cursor", "filter", "border", "vector",
        "bridge",
    ];
    let mut state = 1_u64;
    let mut word = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        WORDS[(state >> 33) as usize % WORDS.len()]
    };
    for file in 0..files {
        let mut text = String::new();
        for _ in 0..12 {
            let (a, b, c) = (word(), word(), word());
            writeln!(text, "/// Tells the {a} to {b} every {c} once.")?;
            writeln!(text, "pub fn {a}_{b}({c}: &str, limit: usize) -> Option<usize> {{")?;
            for _ in 0..8 {
                let (a, b, c) = (word(), word(), word());
                writeln!(text, "    let {a} = {b}::{c}(limit)?.{a}_{c}(\"{b} {c}\");")?;
            }
            writeln!(text, "    Some({c}.len() + {file})\n}}\n")?;
        }
        let place = folder.join(word()).join(format!("{}_{file}.rs", word()));
        fs::create_dir_all(place.parent().context("it has a folder")?)?;
        fs::write(place, text)?;
    }
    Ok(folder.to_owned())
}
