//! How well names fit a query, word by word. Words fit when they are the same, or nearly when their vectors are close: a
//! query for `delete` finds `remove`.

use codecompass_core::{
    document::SymbolRecord,
    embed::{Embedder, Scratch},
    query::Query,
    rank::{CLOSE_WORDS, bm25, bm25::Field, paths},
    terms,
};

use super::{Memo, lexical::Words};
use crate::{error::Result, segment::Record, snapshot::Snapshot};

/// The query's words, and what has been asked of the words of names.
pub(super) struct Names<'a> {
    snapshot: &'a Snapshot,
    embedder: Option<&'a Embedder>,
    query: Vec<QueryWord>,
    query_mass: f32,
    words: Vec<NameWord>,
    numbers: Memo<String, usize>,
    /// The words of names and containers seen so far.
    split: Memo<String, Vec<usize>>,
    scratch: Scratch,
}

struct QueryWord {
    stem: String,
    idf: f32,
    /// Empty without an embedder.
    vector: Vec<f32>,
}

struct NameWord {
    text: String,
    /// Counted over names when first asked for: most words fit nothing.
    rarity: Option<f32>,
    /// How well it fits each word of the query, 0 to 1; empty when none.
    fits: Vec<f32>,
}

/// How well the names of a chunk fit the query; the best of its definitions.
#[derive(Clone, Copy, Default)]
pub(super) struct NameFit {
    /// Name and query cover each other: the share of the name that fits, by the root of the share of the query.
    pub(super) matched: f32,
    /// The share of the query that fits the name, the names around it or the file's name.
    pub(super) covered: f32,
}

impl<'a> Names<'a> {
    /// Without an embedder only equal words fit.
    pub(super) fn new(snapshot: &'a Snapshot, query: &Query, words: &Words, embedder: Option<&'a Embedder>) -> Self {
        let mut list: Vec<QueryWord> = Vec::new();
        let mut buffer = String::new();
        for_each_word(&query.text, &mut buffer, |written, stem| {
            let term = words.terms.iter().find(|term| !term.whole && term.text == stem);
            if let Some(term) = term
                && !list.iter().any(|known| known.stem == stem)
            {
                let vector = embedder.map_or_else(Vec::new, |embedder| embedder.query(written));
                list.push(QueryWord { stem: stem.to_owned(), idf: term.idf, vector });
            }
        });
        Self {
            snapshot,
            embedder,
            query_mass: list.iter().map(|word| word.idf).sum(),
            query: list,
            words: Vec::new(),
            numbers: Memo::default(),
            split: Memo::default(),
            scratch: Scratch::default(),
        }
    }

    /// The best fit of the chunk's definitions.
    pub(super) fn fit(&mut self, path: &str, record: &Record) -> Result<NameFit> {
        let mut best = NameFit::default();
        if self.query_mass == 0.0 {
            return Ok(best);
        }
        for SymbolRecord { name, container, .. } in &record.definitions {
            let own = self.words_of(name);
            if !own.iter().any(|&word| self.fits(word)) {
                continue;
            }
            let matched = self.share_of_name(&own)? * self.share_of_query(&own).sqrt();
            best.matched = best.matched.max(matched);
            let mut around = own;
            around.extend(self.words_of(container));
            around.extend(self.words_of(paths::stem(path)));
            best.covered = best.covered.max(self.share_of_query(&around));
        }
        Ok(best)
    }

    /// The share of the file name's words that the query has.
    pub(super) fn file_name(&mut self, path: &str) -> Result<f32> {
        let (mut all, mut shared) = (0.0, 0.0);
        for word in self.words_of(paths::stem(path)) {
            let rarity = self.rarity(word)?;
            all += rarity;
            if self.query.iter().any(|asked| asked.stem == self.words[word].text) {
                shared += rarity;
            }
        }
        Ok(if all > 0.0 { shared / all } else { 0.0 })
    }

    fn fits(&self, word: usize) -> bool {
        !self.words[word].fits.is_empty()
    }

    fn share_of_name(&mut self, name: &[usize]) -> Result<f32> {
        let (mut all, mut shared) = (0.0, 0.0);
        for &word in name {
            let rarity = self.rarity(word)?;
            all += rarity;
            shared += rarity * self.words[word].fits.iter().copied().fold(0.0, f32::max);
        }
        Ok(if all > 0.0 { shared / all } else { 0.0 })
    }

    fn share_of_query(&self, name: &[usize]) -> f32 {
        let fit = |index: usize| {
            name.iter().filter_map(|&word| self.words[word].fits.get(index)).copied().fold(0.0, f32::max)
        };
        let covered: f32 = self.query.iter().enumerate().map(|(index, word)| word.idf * fit(index)).sum();
        covered / self.query_mass
    }

    /// The words of a name or path of names, each once.
    fn words_of(&mut self, name: &str) -> Vec<usize> {
        if let Some(words) = self.split.get(name) {
            return words.clone();
        }
        let mut words = Vec::new();
        for_each_word(name, &mut String::new(), |_, stem| {
            let number = self.number(stem);
            if !words.contains(&number) {
                words.push(number);
            }
        });
        self.split.insert(name.to_owned(), words.clone());
        words
    }

    fn number(&mut self, stem: &str) -> usize {
        if let Some(&number) = self.numbers.get(stem) {
            return number;
        }
        let number = self.words.len();
        self.numbers.insert(stem.to_owned(), number);
        let vector = self.embedder.map(|embedder| embedder.document(stem, &mut self.scratch).vector);
        let fit = |asked: &QueryWord| match &vector {
            _ if asked.stem == stem => 1.0,
            Some(vector) => {
                let cosine: f32 = asked.vector.iter().zip(vector).map(|(a, b)| a * b).sum();
                ((cosine - CLOSE_WORDS) / (1.0 - CLOSE_WORDS)).max(0.0)
            }
            None => 0.0,
        };
        let mut fits: Vec<f32> = self.query.iter().map(fit).collect();
        if fits.iter().all(|&fit| fit == 0.0) {
            fits.clear();
        }
        self.words.push(NameWord { text: stem.to_owned(), rarity: None, fits });
        number
    }

    fn rarity(&mut self, word: usize) -> Result<f32> {
        if let Some(rarity) = self.words[word].rarity {
            return Ok(rarity);
        }
        let count = self.snapshot.frequency(Field::Symbol, &self.words[word].text)?;
        let rarity = bm25::idf(self.snapshot.chunk_count() as f32, count as f32);
        self.words[word].rarity = Some(rarity);
        Ok(rarity)
    }
}

/// Calls `found` with each word of the identifiers of `text`, as written and stemmed.
fn for_each_word(text: &str, buffer: &mut String, mut found: impl FnMut(&str, &str)) {
    terms::for_each_identifier(text, |identifier| {
        terms::for_each_part(identifier, |part| {
            buffer.clear();
            buffer.extend(part.chars().flat_map(char::to_lowercase));
            terms::stem(buffer);
            found(part, buffer);
        });
    });
}
