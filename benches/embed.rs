//! How fast the built-in embedder is ready and how many chunks it embeds: the cold index and the cold search rest on it.
//!
//! `CODECOMPASS_BENCH_TREE` names a folder whose files are cut into chunks; without it the sources of this project are.

#![expect(missing_docs, reason = "the macro of criterion makes a public function")]

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};

use codecompass_core::embed::{Embedder, Scratch};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

/// Bytes of a chunk, as the targets state them.
const CHUNK: usize = 1500;

/// Enough chunks that their tokens do not all sit in the innermost cache.
const CHUNKS: usize = 2000;

fn chunks() -> Vec<String> {
    let tree = std::env::var_os("CODECOMPASS_BENCH_TREE")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).to_owned(), PathBuf::from);
    let (mut folders, mut chunks) = (vec![tree], Vec::new());
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                let mut chunk = String::new();
                for line in text.split_inclusive('\n').filter(|line| line.len() < CHUNK) {
                    if chunk.len() + line.len() > CHUNK {
                        chunks.push(std::mem::take(&mut chunk));
                    }
                    chunk.push_str(line);
                }
            }
            if chunks.len() >= CHUNKS {
                return chunks;
            }
        }
    }
    chunks
}

fn embed(criterion: &mut Criterion) {
    let chunks = chunks();
    let mut group = criterion.benchmark_group("embed");
    group.throughput(Throughput::Elements(chunks.len() as u64)).sample_size(20);
    group.bench_function("chunk", |bencher| {
        let embedder = Embedder::builtin();
        let mut scratch = Scratch::default();
        bencher.iter(|| {
            for chunk in &chunks {
                black_box(embedder.chunk("src/net/tcp.rs Listener accept", chunk, &mut scratch));
            }
        });
    });
    group.bench_function("whole", |bencher| {
        let embedder = Embedder::builtin();
        let mut scratch = Scratch::default();
        bencher.iter(|| {
            for chunk in &chunks {
                black_box(embedder.document(chunk, &mut scratch));
            }
        });
    });
    group.bench_function("tokens", |bencher| {
        let embedder = Embedder::builtin();
        let mut tokens = Vec::new();
        bencher.iter(|| {
            for chunk in &chunks {
                embedder.tokens(black_box(chunk), &mut tokens);
            }
        });
    });
    group.finish();
}

fn start(criterion: &mut Criterion) {
    criterion.bench_function("start", |bencher| {
        bencher.iter_batched(|| (), |()| black_box(Embedder::load()), BatchSize::PerIteration);
    });
    criterion.bench_function("query", |bencher| {
        bencher.iter(|| Embedder::builtin().query(black_box("where is the retry policy of the connection pool set")));
    });
}

criterion_group!(benches, embed, start);
criterion_main!(benches);
