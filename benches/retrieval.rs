//! How well the ranking answers the open questions: indexes every source tree, asks all questions about it, and prints the
//! table that `codecompass eval` prints, once for all questions and once for those whose trees anybody can make.
//!
//! `TREES` names the folder that `benches/retrieval/make_trees.py` filled. `OUT` names a file for the results (for
//! `score.py`), `FEATURES` one for the features of all candidates (for `fit.py`), `CACHE` a folder for the indexes, which
//! are built anew unless `REUSE` is set. Paths are seen from the folder `server`, where cargo runs it.

#![expect(clippy::print_stdout, reason = "the table is the result")]

use std::{
    collections::BTreeMap,
    env,
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use codecompass::{
    config::settings::Settings,
    engine::{self, Access, OpenOptions},
    handlers::eval as questions,
};
use codecompass_core::{
    embed::Embedder,
    eval::{self, Found, Measures, Question},
    hit::Mode,
    query,
};
use codecompass_index::{
    search::{Candidate, Request, search},
    snapshot::Snapshot,
    space::Space,
};
use serde_json::json;

/// Results that are scored and written.
const RESULTS: usize = 50;
/// Candidates whose features are written.
const CANDIDATES: usize = 1000;

fn main() -> Result<()> {
    let Some(trees) = env::var_os("TREES").map(PathBuf::from) else {
        println!(
            "TREES is not set: `python3 benches/retrieval/make_trees.py DIR` makes source trees in DIR, then run this again \
             with TREES=DIR (see benches/retrieval/README.md)"
        );
        return Ok(());
    };
    let temporary = tempfile::tempdir()?;
    let cache = env::var_os("CACHE").map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let mut out = writer("OUT")?;
    let mut features = writer("FEATURES")?;

    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/retrieval/open.jsonl");
    let questions = questions::read(&fs::read_to_string(&file).context("cannot read open.jsonl")?)?;
    let mut by_tree: BTreeMap<String, Vec<&Question>> = BTreeMap::new();
    for question in &questions {
        let tree = question.tree().context("a question names no tree")?.replacen('/', "+", 1);
        by_tree.entry(tree).or_default().push(question);
    }

    let mut run = Run::default();
    for (tree, questions) in &by_tree {
        let root = trees.join(tree);
        if !root.is_dir() {
            println!("there is no tree {tree}: its {} questions are left out", questions.len());
            continue;
        }
        let root = root.canonicalize()?;
        let start = Instant::now();
        let snapshot = build(&root, &cache)?;
        run.build += start.elapsed();
        run.chunks += snapshot.chunk_count();
        for &question in questions {
            let limit = if features.is_some() { CANDIDATES } else { RESULTS };
            let start = Instant::now();
            let candidates = ask(&snapshot, &question.query, limit)?;
            run.queries.push(start.elapsed());
            let found: Vec<Found> =
                candidates.iter().take(RESULTS).map(|candidate| place(&snapshot, candidate)).collect();
            if let Some(out) = &mut out {
                writeln!(out, "{}", json!({"id": question.id, "results": found}))?;
            }
            if let Some(features) = &mut features {
                let rows: Vec<_> = candidates
                    .iter()
                    .map(|candidate| {
                        let Found { path, start, end, .. } = place(&snapshot, candidate);
                        json!([path, start, end, candidate.features])
                    })
                    .collect();
                writeln!(features, "{}", json!({"id": question.id, "rows": rows}))?;
            }
            run.answers.push((question, found));
        }
    }
    for file in [&mut out, &mut features].into_iter().flatten() {
        file.flush()?;
    }
    ensure!(!run.answers.is_empty(), "no tree in {} has questions", trees.display());
    run.print();
    Ok(())
}

/// What a run found and how long it took.
#[derive(Default)]
struct Run<'a> {
    answers: Vec<(&'a Question, Vec<Found>)>,
    queries: Vec<Duration>,
    build: Duration,
    chunks: u32,
}

impl Run<'_> {
    fn print(mut self) {
        let scored: Vec<(&Question, Measures)> =
            self.answers.iter().map(|(question, found)| (*question, eval::measure(question, found))).collect();
        println!("all open questions\n{}", eval::print(&eval::table(&scored)));
        let corpus: Vec<(&Question, Measures)> =
            scored.iter().filter(|(question, _)| question.corpus.is_some()).copied().collect();
        println!("questions about packages of registries\n{}", eval::print(&eval::table(&corpus)));
        self.queries.sort_unstable();
        let at = |share: usize| self.queries[self.queries.len() * share / 100].as_secs_f64() * 1e3;
        println!(
            "{} chunks built in {:.1} s; a query takes {:.2} ms (p50), {:.2} ms (p95); the first ten results have {} lines \
             (median)",
            self.chunks,
            self.build.as_secs_f64(),
            at(50),
            at(95),
            eval::median_lines(self.answers.iter().map(|(_, found)| found.as_slice()))
        );
    }
}

/// The index of a tree, as the program builds it.
fn build(root: &Path, cache: &Path) -> Result<Snapshot> {
    let embedder = Embedder::builtin().id();
    let space = Space::locate(cache, root, embedder);
    if env::var_os("REUSE").is_none() {
        space.discard()?;
    }
    let options = OpenOptions { cache_dir: cache.to_owned(), access: Access::Refresh };
    engine::open(root, &Settings::default(), &options)?.refresh(&|_| ())?;
    Snapshot::open(&space, embedder, None)?.context("the index is not there after it was built")
}

fn ask(snapshot: &Snapshot, text: &str, limit: usize) -> Result<Vec<Candidate>> {
    let query = query::parse(&query::plain(text))?;
    let embedder = Some(Embedder::builtin());
    let request =
        Request { query: &query, mode: Mode::Hybrid, limit, path_filter: None, embedder, vector: None, hosted: None };
    Ok(search(snapshot, &request)?)
}

fn place(snapshot: &Snapshot, candidate: &Candidate) -> Found {
    let row = snapshot.row(candidate.chunk);
    let path = snapshot.file(candidate.chunk).path.clone();
    Found { path, start: row.start_line + 1, end: row.end_line, score: candidate.score }
}

/// The file that a variable names, if it names one.
fn writer(variable: &str) -> Result<Option<BufWriter<File>>> {
    let Some(path) = env::var_os(variable) else { return Ok(None) };
    let file = File::create(&path).with_context(|| format!("cannot create the file that {variable} names"))?;
    Ok(Some(BufWriter::new(file)))
}
