//! The closer look: all features of each candidate.

use codecompass_core::{
    embed::Scratch,
    query::{Query, fold_name},
    rank::{self, Features, bm25, bm25::Field, paths},
    terms,
};
use rustc_hash::FxHashMap;

use super::{Candidate, Memo, Request, lexical::Words, shortlist::is_test};
use crate::{error::Result, segment::Record, snapshot::Snapshot, vectors};

/// A line of a comment counts less than one of code.
const COMMENT_LINE: f32 = 0.7;
/// What a test counts on the `test` feature when the user asks for tests: a little in favour.
const WANTED_TEST: f32 = -0.35;

/// Measures every candidate.
pub(super) fn measure(
    snapshot: &Snapshot,
    request: &Request<'_>,
    words: &Words,
    query_vector: Option<&[f32]>,
    vector: Option<&vectors::Query>,
    chunks: &[u32],
) -> Result<Vec<Candidate>> {
    let query = request.query;
    let mut names = NameWords::new(snapshot, words);
    let best_lines = best_lines(snapshot, words, chunks)?;
    let mut scratch = Scratch::default();
    let mut path_cosines: Memo<u32, f32> = Memo::default();
    let mut candidates = Vec::with_capacity(chunks.len());
    for (&chunk, &best_line) in chunks.iter().zip(&best_lines) {
        let record = snapshot.record(chunk)?;
        let file = snapshot.file(chunk);
        let row = snapshot.row(chunk);
        let counted = words.chunks[chunk as usize];
        let file_number = snapshot.file_of[chunk as usize];
        let in_file = words.files[file_number as usize];
        let mut features: Features = [0.0; rank::COUNT];
        if let (Some(query_vector), Some(vector)) = (query_vector, vector) {
            if row.vector < snapshot.state.vector_rows {
                features[rank::COSINE] = snapshot.vectors.score(row.vector, vector);
                features[rank::WINDOW_COSINE] = snapshot
                    .vectors
                    .best_window(row.vector, vector)
                    .map_or(features[rank::COSINE], |(_, cosine)| cosine);
            }
            if let Some(embedder) = request.embedder {
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
        features[rank::NAME_MATCH] = names.best_match(&record)?;
        features[rank::EXACT_NAME] = exact_name(query, &record);
        features[rank::COVERAGE] = counted.coverage;
        features[rank::FILE_BEST_COVERAGE] = in_file.best_coverage;
        features[rank::FILE_COVERAGE] = in_file.coverage;
        features[rank::FILE_WORDS] = in_file.words;
        features[rank::BEST_LINE] = best_line;
        features[rank::FILE_NAME] = names.file_name(&file.path)?;
        features[rank::FILE_BEST_NAME] = features[rank::NAME_MATCH];
        features[rank::TEST] = match (is_test(snapshot, chunk), query.wants_tests) {
            (false, _) => 0.0,
            (true, false) => 1.0,
            (true, true) => WANTED_TEST,
        };
        features[rank::SIDE] = f32::from(u8::from(file.side && !query.wants_side));
        candidates.push(Candidate { chunk, score: 0.0, features });
    }
    share_with_file(snapshot, &mut candidates);
    Ok(candidates)
}

/// A strong chunk lifts its file: some features are the best of all candidates of the file.
fn share_with_file(snapshot: &Snapshot, candidates: &mut [Candidate]) {
    let mut best: FxHashMap<u32, (f32, f32)> = FxHashMap::default();
    for candidate in candidates.iter() {
        let (line, name) = best.entry(snapshot.file_of[candidate.chunk as usize]).or_insert((0.0, 0.0));
        *line = line.max(candidate.features[rank::BEST_LINE]);
        *name = name.max(candidate.features[rank::FILE_BEST_NAME]);
    }
    for candidate in candidates {
        let (line, name) = best[&snapshot.file_of[candidate.chunk as usize]];
        candidate.features[rank::BEST_LINE] = line;
        candidate.features[rank::FILE_BEST_NAME] = name;
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

/// How well names and the query cover each other. Rarity is counted over names.
struct NameWords<'a> {
    snapshot: &'a Snapshot,
    words: &'a Words,
    rarity: Memo<String, f32>,
    query_mass: Option<f32>,
}

impl<'a> NameWords<'a> {
    fn new(snapshot: &'a Snapshot, words: &'a Words) -> Self {
        Self { snapshot, words, rarity: Memo::default(), query_mass: None }
    }

    fn rarity(&mut self, word: &str) -> Result<f32> {
        if let Some(&rarity) = self.rarity.get(word) {
            return Ok(rarity);
        }
        let mut count = 0;
        for segment in &self.snapshot.segments {
            count += segment.keyword.count(Field::Symbol, word)?;
        }
        let rarity = bm25::idf(self.snapshot.chunk_count() as f32, count as f32);
        self.rarity.insert(word.to_owned(), rarity);
        Ok(rarity)
    }

    fn in_query(&self, word: &str) -> bool {
        self.words.terms.iter().any(|term| !term.whole && term.text == word)
    }

    fn query_mass(&mut self) -> Result<f32> {
        if let Some(mass) = self.query_mass {
            return Ok(mass);
        }
        let mut mass = 0.0;
        for index in 0..self.words.terms.len() {
            if !self.words.terms[index].whole {
                let text = self.words.terms[index].text.clone();
                mass += self.rarity(&text)?;
            }
        }
        self.query_mass = Some(mass);
        Ok(mass)
    }

    /// The best of the chunk's names: the share of the name that the query has, by the root of the share of the query that
    /// the name has.
    fn best_match(&mut self, record: &Record) -> Result<f32> {
        let mut best = 0.0f32;
        let mut buffer = String::new();
        for definition in &record.definitions {
            let mut parts: Vec<String> = Vec::new();
            terms::for_each_identifier(&definition.name, |identifier| {
                terms::for_each_part(identifier, |part| {
                    buffer.clear();
                    buffer.extend(part.chars().flat_map(char::to_lowercase));
                    terms::stem(&mut buffer);
                    if !parts.contains(&buffer) {
                        parts.push(buffer.clone());
                    }
                });
            });
            if !parts.iter().any(|part| self.in_query(part)) {
                continue;
            }
            let (mut all, mut shared) = (0.0, 0.0);
            for part in &parts {
                let rarity = self.rarity(part)?;
                all += rarity;
                if self.in_query(part) {
                    shared += rarity;
                }
            }
            let mass = self.query_mass()?;
            if all > 0.0 && mass > 0.0 {
                best = best.max(shared / all * (shared / mass).min(1.0).sqrt());
            }
        }
        Ok(best)
    }

    /// The share of the file name's words that the query has.
    fn file_name(&mut self, path: &str) -> Result<f32> {
        let (mut all, mut shared) = (0.0, 0.0);
        for word in paths::stem_terms(path) {
            let rarity = self.rarity(&word)?;
            all += rarity;
            if self.in_query(&word) {
                shared += rarity;
            }
        }
        Ok(if all > 0.0 { shared / all } else { 0.0 })
    }
}
