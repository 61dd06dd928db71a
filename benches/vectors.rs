//! How long the vector search takes and how much of the exact answer it finds, as one table; the constants in
//! `vectors.rs` and `vectors/scan.rs` rest on it. Not a criterion bench: recall stands beside time, and a percentile of
//! different queries says more than the mean of one.
//!
//! `CODECOMPASS_BENCH_TREE` names a folder whose files give real chunks (without it only made-up clusters are measured),
//! `CODECOMPASS_BENCH_ROWS` the numbers of rows and `CODECOMPASS_BENCH_GRAPH` the most rows to build a graph for.

#![expect(clippy::print_stdout, reason = "the table is the result")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use codecompass_core::embed::{Embedder, Scratch};
use codecompass_index::vectors::{Counts, Near, Query, Vectors, VectorsWriter};

const EMBEDDER: &str = "bench";
const DIMENSION: usize = Embedder::DIMENSION;
const QUERIES: usize = 200;
const K: usize = 10;

fn main() -> Result<()> {
    let rows =
        std::env::var("CODECOMPASS_BENCH_ROWS").unwrap_or_else(|_| "10000,30000,100000,300000,1000000".to_owned());
    let rows: Vec<u32> = rows.split(',').map(str::parse).collect::<Result<_, _>>().context("CODECOMPASS_BENCH_ROWS")?;
    let graph = std::env::var("CODECOMPASS_BENCH_GRAPH").unwrap_or_else(|_| "10000".to_owned());
    let graph: u32 = graph.parse().context("CODECOMPASS_BENCH_GRAPH")?;

    println!("{:<9} {:>9} {:<7} {:>9} {:>9} {:>9}  notes", "vectors", "rows", "search", "p50", "p95", "recall@10");
    measure("clusters", &clusters(), &rows, graph)?;
    if let Some(tree) = std::env::var_os("CODECOMPASS_BENCH_TREE") {
        measure("chunks", &chunks(Path::new(&tree)), &rows, graph)?;
    }
    Ok(())
}

/// Vectors to store and vectors to look for.
struct Sample {
    documents: Vec<Vec<f32>>,
    queries: Vec<Vec<f32>>,
}

fn measure(name: &str, sample: &Sample, rows: &[u32], graph_rows: u32) -> Result<()> {
    for &rows in rows {
        let folder = tempfile::tempdir()?;
        let counts = write(folder.path(), sample, rows)?;
        let vectors = Vectors::open(folder.path(), EMBEDDER, counts)?;
        let queries: Vec<Query> =
            sample.queries.iter().map(|query| Query::new(query, DIMENSION)).collect::<Result<_, _>>()?;

        let line = |search: &str, times: &mut [Duration], recall: f64, notes: &str| {
            times.sort_unstable();
            let at = |share: usize| times[times.len() * share / 100].as_secs_f64() * 1e3;
            println!("{name:<9} {rows:>9} {search:<7} {:>6.2} ms {:>6.2} ms {recall:>9.4}  {notes}", at(50), at(95));
        };
        let run = |search: &dyn Fn(&Query) -> Vec<Near>| -> (Vec<Duration>, Vec<Vec<Near>>) {
            search(&queries[0]);
            let one = |query| {
                let start = Instant::now();
                let found = search(query);
                (start.elapsed(), found)
            };
            queries.iter().map(one).unzip()
        };
        let (mut times, exact) = run(&|query| vectors.scan(query, K, |_| false));
        line("scan", &mut times, 1.0, "");
        let (mut times, found) = run(&|query| vectors.search(query, K, |_| false));
        line("signs", &mut times, recall(&exact, &found), "");
        let dead = |row: u32| (row.wrapping_mul(2_654_435_761) >> 16).is_multiple_of(5);
        let (_, exact_live) = run(&|query| vectors.scan(query, K, dead));
        let (mut times, found) = run(&|query| vectors.search(query, K, dead));
        line("signs", &mut times, recall(&exact_live, &found), "a fifth of the rows skipped");

        if rows <= graph_rows {
            let start = Instant::now();
            vectors.build_graph()?;
            let built = start.elapsed().as_secs_f64();
            let start = Instant::now();
            vectors.load_graph()?;
            let loaded = start.elapsed().as_secs_f64();
            let bytes = fs::metadata(folder.path().join(format!("graph-{rows}.bin")))?.len();
            let (mut times, found) = run(&|query| vectors.search(query, K, |_| false));
            let notes = format!("built in {built:.1} s, loaded in {loaded:.2} s, {} MB", bytes / 1_000_000);
            line("graph", &mut times, recall(&exact, &found), &notes);
        }
    }
    Ok(())
}

/// How many of the rows nearest by the exact scan were found, where equally near rows are as good.
fn recall(exact: &[Vec<Near>], found: &[Vec<Near>]) -> f64 {
    let good = |(exact, found): (&Vec<Near>, &Vec<Near>)| {
        let last = exact.last().map_or(0.0, |near| near.cosine);
        found.iter().filter(|near| near.cosine >= last).count().min(exact.len())
    };
    let wanted: usize = exact.iter().map(Vec::len).sum();
    exact.iter().zip(found).map(good).sum::<usize>() as f64 / wanted as f64
}

/// Repeats the documents, with noise from the second time on, until there are enough rows.
fn write(folder: &Path, sample: &Sample, rows: u32) -> Result<Counts> {
    let mut noise = Noise(1);
    let mut writer = VectorsWriter::open(folder, EMBEDDER, DIMENSION, Counts::default())?;
    for row in 0..rows as usize {
        let mut vector = sample.documents[row % sample.documents.len()].clone();
        if row >= sample.documents.len() {
            noise.add(&mut vector, 0.5);
        }
        writer.append(&vector, 1.0, &[])?;
    }
    Ok(writer.sync()?)
}

/// Made-up vectors around common centres.
fn clusters() -> Sample {
    let mut noise = Noise(7);
    let centres: Vec<Vec<f32>> = (0..2000).map(|_| noise.vector()).collect();
    let mut near = |index: usize| {
        let mut vector = centres[index * 7919 % centres.len()].clone();
        noise.add(&mut vector, 0.7);
        vector
    };
    Sample { documents: (0..100_000).map(&mut near).collect(), queries: (0..QUERIES).map(&mut near).collect() }
}

/// Chunks of the files of a folder; the queries are lines of comments from all over it.
fn chunks(tree: &Path) -> Sample {
    let embedder = Embedder::builtin();
    let mut scratch = Scratch::default();
    let (mut documents, mut comments) = (Vec::new(), Vec::new());
    let mut files = files(tree);
    files.sort();
    for file in files {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let mut chunk = String::new();
        for line in text.split_inclusive('\n').filter(|line| line.len() < 1000) {
            if chunk.len() + line.len() > 1000 {
                documents.push(embedder.document(&chunk, &mut scratch).vector.to_vec());
                chunk.clear();
            }
            chunk.push_str(line);
            let line = line.trim();
            if line.starts_with("//") && line.len() > 30 {
                comments.push(line.to_owned());
            }
        }
        documents.push(embedder.document(&chunk, &mut scratch).vector.to_vec());
    }
    let step = comments.len() / QUERIES + 1;
    let queries = comments.iter().step_by(step).map(|comment| embedder.query(comment)).collect();
    Sample { documents, queries }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Random numbers that are the same in every run.
struct Noise(u64);

impl Noise {
    /// Between minus one and one.
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1u32 << 23) as f32 - 1.0
    }

    fn vector(&mut self) -> Vec<f32> {
        let mut vector = vec![0.0; DIMENSION];
        self.add(&mut vector, 1.0);
        vector
    }

    /// Adds a random vector of about this length to a unit vector and makes the sum unit norm.
    fn add(&mut self, vector: &mut [f32], length: f32) {
        let size = length * (3.0 / DIMENSION as f32).sqrt();
        for component in &mut *vector {
            *component += size * self.next();
        }
        let norm = vector.iter().map(|component| component * component).sum::<f32>().sqrt();
        for component in vector {
            *component /= norm;
        }
    }
}
