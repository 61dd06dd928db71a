//! How well the ranking answers the open questions: indexes every source tree, asks all questions about it, and prints the
//! table that `codecompass eval` prints, once for all questions and once for those whose trees anybody can make.
//!
//! `TREES` names the folder that `benches/retrieval/make_trees.py` filled. `OUT` names a file for the results (for
//! `score.py`), `FEATURES` one for the features of all candidates (for `fit.py`), `CACHE` a folder for the indexes, which
//! are built anew unless `REUSE` is set. `HOST` names an Ollama host whose vectors are compared instead of the built-in ones,
//! and `MODEL` the model there; its store in `CACHE` is always used again. Paths are seen from the folder `server`, where cargo runs it.

#![expect(clippy::print_stdout, reason = "the table is the result")]

use std::{
    collections::BTreeMap,
    env,
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use codecompass::{
    config::{
        folders::Environment,
        settings::{OllamaSettings, Provider, Settings},
    },
    embedding::{Answering, Embedding, Models},
    engine::{self, Access, Effort, OpenOptions},
    handlers::eval as questions,
    hosts::Pools,
};
use codecompass_core::{
    embed::Embedder,
    eval::{self, Found, Measures, Question},
    hit::Mode,
    query,
};
use codecompass_index::{
    hosted::Home,
    search::{Candidate, Request, search},
    snapshot::Snapshot,
    space::Space,
};
use codecompass_ollama::{address::Address, options::HostOptions};
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

    let hosts = Hosts::configured()?;
    let mut run = Run::default();
    for (tree, questions) in &by_tree {
        let root = trees.join(tree);
        if !root.is_dir() {
            println!("there is no tree {tree}: its {} questions are left out", questions.len());
            continue;
        }
        let root = root.canonicalize()?;
        let start = Instant::now();
        let (snapshot, embedding) = build(&root, &cache, hosts.as_ref())?;
        run.build += start.elapsed();
        run.chunks += snapshot.chunk_count();
        for &question in questions {
            let limit = if features.is_some() { CANDIDATES } else { RESULTS };
            let start = Instant::now();
            let candidates = ask(&snapshot, &embedding, &question.query, limit)?;
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

/// A host whose vectors are compared.
struct Hosts {
    settings: Settings,
    models: Arc<Models>,
}

impl Hosts {
    fn configured() -> Result<Option<Self>> {
        let Ok(host) = env::var("HOST") else { return Ok(None) };
        let (address, _) = Address::parse(&host).map_err(anyhow::Error::msg)?;
        let mut settings = Settings::default();
        settings.embedding.provider = Provider::Ollama;
        settings.embedding.model = env::var("MODEL").unwrap_or_default();
        settings.ollama = OllamaSettings { hosts: vec![HostOptions::at("bench", address)] };
        let pools = Arc::new(Pools::new(Environment::from([])));
        Ok(Some(Self { settings, models: Arc::new(Models::new(pools, Duration::from_secs(60))) }))
    }
}

/// The index of a tree, as the program builds it, and whose vectors answer.
fn build(root: &Path, cache: &Path, hosts: Option<&Hosts>) -> Result<(Snapshot, Embedding)> {
    let embedder = Embedder::builtin().id();
    let space = Space::locate(cache, root, embedder);
    if env::var_os("REUSE").is_none() {
        space.discard()?;
    }
    let options = OpenOptions { cache_dir: cache.to_owned(), access: Access::Refresh };
    let settings = hosts.map_or_else(Settings::default, |hosts| hosts.settings.clone());
    let mut engine = engine::open(root, &settings, &options)?;
    engine.refresh(&|_| ())?;
    let snapshot = Snapshot::open(&space, embedder, None)?.context("the index is not there after it was built")?;
    let Some(hosts) = hosts else { return Ok((snapshot, Embedding::default())) };
    engine.use_models(Arc::clone(&hosts.models));
    let report = engine.fill(Effort::All, &|_| ())?.context("no host is configured")?;
    ensure!(report.pending == 0, "{} of {} chunks have no vector: {:?}", report.pending, root.display(), report.notes);
    let pool = hosts.models.pools.of(&settings);
    let answering = Answering::open(&Home::of(&space), &hosts.models, &pool)?.map(Arc::new);
    ensure!(answering.is_some(), "the vectors of the host do not answer");
    Ok((snapshot, Embedding { answering, ..Embedding::default() }))
}

fn ask(snapshot: &Snapshot, embedding: &Embedding, text: &str, limit: usize) -> Result<Vec<Candidate>> {
    let query = query::parse(&query::plain(text))?;
    let embedder = Some(Embedder::builtin());
    let (meaning, note) = embedding.meaning(snapshot, &query.text, Mode::Hybrid)?;
    ensure!(embedding.answering.is_none() || meaning.is_some(), "the host does not answer: {note:?}");
    let hosted = meaning.as_ref().map(|meaning| (&*meaning.linked, &*meaning.vector));
    let request =
        Request { query: &query, mode: Mode::Hybrid, limit, path_filter: None, embedder, vector: None, hosted };
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
