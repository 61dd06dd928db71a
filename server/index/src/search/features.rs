//! The closer look: all features of each candidate.

use codecompass_core::{
    embed::{Embedder, Scratch},
    hit::Mode,
    query::{Query, fold_name},
    rank::{self, Evidence, Features, bm25::Field, paths},
};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{Candidate, Memo, Request, lexical::Words, names::Names, nearness::Nearness, uses};
use crate::{error::Result, guard::Guard, segment::Record, snapshot::Snapshot};

/// A line of a comment counts less than one of code.
const COMMENT_LINE: f32 = 0.7;
/// What a test counts on the `test` feature when the user asks for tests: a little in favour.
const WANTED_TEST: f32 = -0.35;

/// Fewer candidates than this are not worth a thread of their own.
const SMALLEST_PART: usize = 64;

/// Measures every candidate.
pub(super) fn measure(
    snapshot: &Snapshot,
    request: &Request<'_>,
    words: &Words,
    query_vector: Option<&[f32]>,
    nearness: Option<&Nearness<'_>>,
    chunks: &[u32],
) -> Result<Vec<Candidate>> {
    let best_lines = best_lines(snapshot, words, chunks)?;
    let (query, embedder, mode) = (request.query, request.embedder, request.mode);
    // Each part stands for itself, so that the result is the same however many there are.
    let size = chunks.len().div_ceil(rayon::current_num_threads()).max(SMALLEST_PART);
    let guard = Guard::here();
    let parts: Result<Vec<Vec<Candidate>>> = chunks
        .par_chunks(size)
        .zip(best_lines.par_chunks(size))
        .map(|(chunks, lines)| {
            guard.during(|| measure_part(snapshot, query, mode, embedder, words, query_vector, nearness, chunks, lines))
        })
        .collect();
    let mut candidates = parts?.concat();
    share_with_file(snapshot, &mut candidates);
    Ok(candidates)
}

#[expect(clippy::too_many_arguments, reason = "the parts of a request that threads may share")]
fn measure_part(
    snapshot: &Snapshot,
    query: &Query,
    mode: Mode,
    embedder: Option<&Embedder>,
    words: &Words,
    query_vector: Option<&[f32]>,
    nearness: Option<&Nearness<'_>>,
    chunks: &[u32],
    best_lines: &[f32],
) -> Result<Vec<Candidate>> {
    // What a mode does not use must not reach it through the names.
    let mut names = Names::new(snapshot, query, words, embedder.filter(|_| uses(mode, Evidence::Vector)));
    let mut scratch = Scratch::default();
    let mut path_cosines: Memo<u32, f32> = Memo::default();
    let mut candidates = Vec::with_capacity(chunks.len());
    for (&chunk, &best_line) in chunks.iter().zip(best_lines) {
        let record = snapshot.record(chunk)?;
        let file = snapshot.file(chunk);
        let counted = words.chunks[chunk as usize];
        let file_number = snapshot.file_of[chunk as usize];
        let in_file = words.files[file_number as usize];
        let mut features: Features = [0.0; rank::COUNT];
        if let Some(nearness) = nearness {
            if let Some(cosine) = nearness.cosine(chunk) {
                let whole = if nearness.is_hosted() { rank::HOSTED_COSINE } else { rank::COSINE };
                features[whole] = cosine;
                features[rank::WINDOW_COSINE] = nearness.window_cosine(chunk).unwrap_or(cosine);
            }
            if let Some((embedder, query_vector)) = embedder.zip(query_vector) {
                let head = head(&file.path, &record);
                features[rank::HEAD_COSINE] = dot(query_vector, &embedder.document(&head, &mut scratch).vector);
                features[rank::PATH_COSINE] = *path_cosines.entry(file_number).or_insert_with(|| {
                    dot(query_vector, &embedder.document(&paths::tail(&file.path, 3), &mut scratch).vector)
                });
            }
        }
        features[rank::WORDS] = counted.words;
        features[rank::WORD_FAMILIES] = counted.families;
        features[rank::BODY] = counted.body;
        features[rank::NAME_WORDS] = counted.names;
        let name_fit = names.fit(&file.path, &record)?;
        features[rank::NAME_MATCH] = name_fit.matched;
        features[rank::NAME_COVERAGE] = name_fit.covered;
        features[rank::EXACT_NAME] = exact_name(query, &record);
        features[rank::COVERAGE] = counted.coverage;
        features[rank::FILE_BEST_COVERAGE] = in_file.best_coverage;
        features[rank::FILE_COVERAGE] = in_file.coverage;
        features[rank::FILE_WORDS] = in_file.words;
        features[rank::BEST_LINE] = best_line;
        features[rank::FILE_NAME] = names.file_name(&file.path)?;
        features[rank::TEST] = match (snapshot.is_test(chunk), query.wants_tests) {
            (false, _) => 0.0,
            (true, false) => 1.0,
            (true, true) => WANTED_TEST,
        };
        features[rank::SIDE] = f32::from(u8::from(file.side && !query.wants_side));
        candidates.push(Candidate { chunk, score: 0.0, features });
    }
    Ok(candidates)
}

/// A strong chunk lifts its file: the best line counts for all candidates of the file.
fn share_with_file(snapshot: &Snapshot, candidates: &mut [Candidate]) {
    let mut best: FxHashMap<u32, f32> = FxHashMap::default();
    for candidate in candidates.iter() {
        let line = best.entry(snapshot.file_of[candidate.chunk as usize]).or_insert(0.0);
        *line = line.max(candidate.features[rank::BEST_LINE]);
    }
    for candidate in candidates {
        candidate.features[rank::BEST_LINE] = best[&snapshot.file_of[candidate.chunk as usize]];
    }
}

/// For each of `chunks` (ascending): the largest share of the query that stands in one line.
fn best_lines(snapshot: &Snapshot, words: &Words, chunks: &[u32]) -> Result<Vec<f32>> {
    let mut best = vec![0.0; chunks.len()];
    if words.mass == 0.0 {
        return Ok(best);
    }
    for field in [Field::Body, Field::Doc] {
        let factor = if field == Field::Doc { COMMENT_LINE } else { 1.0 };
        // Share by candidate and line.
        let mut shares: FxHashMap<(u32, u32), f32> = FxHashMap::default();
        let mut from = 0;
        for (index, segment) in snapshot.segments.iter().enumerate() {
            let base = snapshot.base(index);
            let end = base + segment.rows.len() as u32;
            let to = from + chunks[from..].partition_point(|&chunk| chunk < end);
            let rows: Vec<u32> = chunks[from..to].iter().map(|chunk| chunk - base).collect();
            for term in &words.terms {
                segment.keyword.lines(field, &term.text, &rows, |row, lines| {
                    let mut last = u32::MAX;
                    for &line in lines {
                        if line != last {
                            *shares.entry((base + row, line)).or_insert(0.0) += term.idf;
                            last = line;
                        }
                    }
                })?;
            }
            from = to;
        }
        for ((chunk, _), share) in shares {
            let index = chunks.binary_search(&chunk).expect("only candidates were asked for");
            best[index] = f32::max(best[index], factor * share / words.mass);
        }
    }
    Ok(best)
}

/// What the head vector is made of: where the chunk stands and the first name in it.
fn head(path: &str, record: &Record) -> String {
    let mut head = paths::tail(path, 2);
    for part in [record.header.as_str(), record.definitions.first().map_or("", |first| first.name.as_str())] {
        head.push('\n');
        head.push_str(part);
    }
    head
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// 1 when the query is a name that is defined here.
fn exact_name(query: &Query, record: &Record) -> f32 {
    let Some(name) = &query.name else { return 0.0 };
    f32::from(u8::from(record.definitions.iter().any(|definition| fold_name(&definition.name) == *name)))
}
