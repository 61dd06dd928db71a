//! The keyword side of a segment that stays in memory: plain lists by term. A few files are taken in within a millisecond,
//! where writing an index of the engine costs several however small it is.
//!
//! Words, lengths and counts are what the engine would have made of the same chunks.

use std::ops::Range;

use codecompass_core::{document::Fields, rank::bm25};
use rustc_hash::FxHashMap;
use tantivy::{
    fieldnorm::FieldNormReader,
    tokenizer::{TextAnalyzer, TokenStream as _},
};

use super::tokenize;

/// The lists that are not for ranking come after those that are.
const DEFINITIONS: usize = bm25::Field::ALL.len();
const REFERENCES: usize = DEFINITIONS + 1;
const COLUMNS: usize = REFERENCES + 1;

/// The engine leaves out longer terms.
const LONGEST_TERM: usize = u16::MAX as usize - 5;

/// The words of some chunks.
#[derive(Default)]
pub struct MemoryWords {
    columns: [FxHashMap<Box<str>, Postings>; COLUMNS],
    /// Of each chunk: the terms in each field, as exact as one byte allows.
    lengths: Vec<[u8; bm25::Field::ALL.len()]>,
    /// The keys of the definitions, sorted.
    names: Vec<Box<str>>,
}

/// Where a term stands.
#[derive(Default)]
struct Postings {
    /// Chunks, ascending, and where their lines end.
    rows: Vec<(u32, u32)>,
    /// The lines of all of them.
    lines: Vec<u32>,
}

impl Postings {
    fn each(&self) -> impl Iterator<Item = (u32, &[u32])> {
        let starts = std::iter::once(0).chain(self.rows.iter().map(|&(_, end)| end));
        self.rows.iter().zip(starts).map(|(&(row, end), start)| (row, &self.lines[start as usize..end as usize]))
    }
}

/// Fills lists chunk by chunk.
pub struct MemoryBuilder {
    words: MemoryWords,
    terms: TextAnalyzer,
    folded: TextAnalyzer,
    names: TextAnalyzer,
}

impl MemoryBuilder {
    pub(crate) fn new() -> Self {
        let [terms, folded, names] = tokenize::each();
        Self { words: MemoryWords::default(), terms, folded, names }
    }

    /// Adds a chunk; its row is the number of chunks added before.
    pub(crate) fn add(&mut self, path_words: &str, fields: &Fields) {
        let row = self.words.lengths.len() as u32;
        let texts = [
            &fields.body,
            &fields.doc,
            path_words,
            &fields.symbol,
            &fields.signature,
            &fields.definitions,
            &fields.references,
        ];
        let mut lengths = [0; bm25::Field::ALL.len()];
        for (column, text) in texts.into_iter().enumerate() {
            let analyzer = match column {
                DEFINITIONS => &mut self.folded,
                REFERENCES => &mut self.names,
                _ => &mut self.terms,
            };
            let lists = &mut self.words.columns[column];
            let mut count = 0;
            analyzer.token_stream(text).process(&mut |token| {
                if token.text.len() > LONGEST_TERM {
                    return;
                }
                count += 1;
                // Most words of a text have been seen in it.
                if !lists.contains_key(token.text.as_str()) {
                    lists.insert(token.text.as_str().into(), Postings::default());
                }
                let found = lists.get_mut(token.text.as_str()).expect("it is there or was just put there");
                found.lines.push(token.position as u32);
                let end = found.lines.len() as u32;
                match found.rows.last_mut() {
                    Some(last) if last.0 == row => last.1 = end,
                    _ => found.rows.push((row, end)),
                }
            });
            if let Some(length) = lengths.get_mut(column) {
                *length = FieldNormReader::fieldnorm_to_id(count);
            }
        }
        self.words.lengths.push(lengths);
    }

    pub(crate) fn finish(mut self) -> MemoryWords {
        self.words.names = self.words.columns[DEFINITIONS].keys().cloned().collect();
        self.words.names.sort_unstable();
        self.words
    }
}

impl MemoryWords {
    pub(super) fn len(&self) -> u32 {
        self.lengths.len() as u32
    }

    pub(super) fn length(&self, field: bm25::Field, row: u32) -> u32 {
        FieldNormReader::id_to_fieldnorm(self.lengths[row as usize][field as usize])
    }

    pub(super) fn each(&self, field: bm25::Field, term: &str, mut found: impl FnMut(u32, u32)) {
        for (row, lines) in self.postings(field as usize, term) {
            found(row, lines.len() as u32);
        }
    }

    pub(super) fn count_outside(&self, field: bm25::Field, term: &str, dead: &[Range<u32>]) -> u32 {
        let alive = |row: u32| {
            let next = dead.partition_point(|range| range.end <= row);
            dead.get(next).is_none_or(|range| !range.contains(&row))
        };
        self.postings(field as usize, term).filter(|&(row, _)| alive(row)).count() as u32
    }

    pub(super) fn lines(&self, field: bm25::Field, term: &str, rows: &[u32], mut found: impl FnMut(u32, &[u32])) {
        for (row, lines) in self.postings(field as usize, term) {
            if rows.binary_search(&row).is_ok() {
                found(row, lines);
            }
        }
    }

    pub(super) fn definitions(&self, name: &str, mut found: impl FnMut(u32)) {
        self.postings(DEFINITIONS, name).for_each(|(row, _)| found(row));
    }

    pub(super) fn references(&self, name: &str, mut found: impl FnMut(u32, &[u32])) {
        self.postings(REFERENCES, name).for_each(|(row, lines)| found(row, lines));
    }

    pub(super) fn names(&self) -> &[Box<str>] {
        &self.names
    }

    fn postings(&self, column: usize, term: &str) -> impl Iterator<Item = (u32, &[u32])> {
        self.columns[column].get(term).into_iter().flat_map(Postings::each)
    }
}
