//! The built-in embedder: turns questions and chunks of code into vectors whose dot product says how well they fit.
//!
//! A table of token vectors with weighted mean pooling, inside the binary: no files, no network, no threads, and the same
//! bits on every machine. `assets/embedding/MODEL_CARD.md` states the exact rules and what the weights were made from.

mod pieces;
mod sum;
mod tokens;
mod vocabulary;
mod weights;

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::OnceLock;

use pieces::Pieces;
use sum::{Term, normalise, sum};
use tokens::Tokens;
use vocabulary::Vocabulary;
use weights::Weights;

/// Lines of a window.
pub const WINDOW_LINES: usize = 16;

/// Lines from the start of a window to the start of the next one.
pub const WINDOW_STEP: usize = 12;

/// Components of the vector of a window.
pub const WINDOW_DIMENSION: usize = 128;

/// The name of the space that the vectors live in; ends with the first digits of the hash of weights and vocabulary.
const ID: &str = "builtin-1-5110a0ac";

/// The embedder in the binary.
pub struct Embedder {
    vocabulary: Vocabulary,
    weights: Weights,
}

/// Buffers that one thread reuses from text to text, so that embedding does not allocate.
#[derive(Default)]
pub struct Scratch {
    pieces: Pieces,
    tokens: Tokens,
    pool: Pool,
}

/// The vector of a document, unit norm or zero, and the norm before it was made unit.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentVector {
    /// Unit norm, or zero for a text without tokens.
    pub vector: [f32; Embedder::DIMENSION],
    /// The norm of the sum of weighted token vectors: grows with what the text has to say.
    pub norm: f32,
}

/// The vectors of a chunk.
#[derive(Clone, Debug, PartialEq)]
pub struct ChunkVectors {
    /// Header and body together, unit norm or zero.
    pub whole: [f32; Embedder::DIMENSION],
    /// The norm that `whole` had before it was made unit.
    pub norm: f32,
    /// One for each window of the body, in the order of [`windows`]: the first dimensions, unit norm or zero.
    pub windows: Vec<[f32; WINDOW_DIMENSION]>,
}

impl Embedder {
    /// Components of a vector.
    pub const DIMENSION: usize = weights::DIMENSION;

    /// The embedder, made ready at first use.
    pub fn builtin() -> &'static Self {
        static BUILTIN: OnceLock<Embedder> = OnceLock::new();
        BUILTIN.get_or_init(Self::load)
    }

    /// What [`Embedder::builtin`] does at first use; public so that it can be measured.
    pub fn load() -> Self {
        Self { vocabulary: Vocabulary::builtin(), weights: Weights::builtin() }
    }

    /// The name of the space that the vectors live in: vectors of different names must never be compared.
    pub fn id(&self) -> &'static str {
        ID
    }

    /// The tokens of a text, in place of what was in `out`.
    pub fn tokens(&self, text: &str, out: &mut Vec<u32>) {
        let mut scratch = Scratch::default();
        self.read(&[text], 0, &mut scratch);
        out.clear();
        out.append(&mut scratch.tokens.all);
    }

    /// The vector of a question: unit norm, or zero for a text without tokens.
    pub fn query(&self, text: &str) -> Vec<f32> {
        let mut scratch = Scratch::default();
        self.read(&[text], 0, &mut scratch);
        let terms =
            scratch.pool.terms(&scratch.tokens.all, self.weights.len(), |token| self.weights.query_scale(token));
        let mut vector = sum::<{ Self::DIMENSION }>(&self.weights, terms);
        normalise(&mut vector);
        vector.to_vec()
    }

    /// The vector of a text to be found.
    pub fn document(&self, text: &str, scratch: &mut Scratch) -> DocumentVector {
        self.read(&[text], 0, scratch);
        let Scratch { tokens, pool, .. } = scratch;
        let (vector, norm) = self.pool(&tokens.all, pool);
        DocumentVector { vector, norm }
    }

    /// The vectors of a chunk: of the header followed by the body, and of the windows of the body alone.
    pub fn chunk(&self, header: &str, body: &str, scratch: &mut Scratch) -> ChunkVectors {
        // The line break between them is the first one counted: it begins line 0 of the body.
        self.read(&[header, "\n", body], header.len(), scratch);
        let Scratch { tokens, pool, .. } = scratch;
        let (whole, norm) = self.pool(&tokens.all, pool);
        let lines = tokens.lines.len() - usize::from(body.is_empty() || body.ends_with('\n'));
        let windows = windows(lines)
            .map(|window| {
                let start = tokens.lines[window.start].after_pair as usize;
                let end = tokens.lines.get(window.end).map_or(tokens.all.len(), |line| line.before_pair as usize);
                self.pool(&tokens.all[start..end.max(start)], pool).0
            })
            .collect();
        ChunkVectors { whole, norm, windows }
    }

    fn read(&self, parts: &[&str], lines_from: usize, scratch: &mut Scratch) {
        scratch.pieces.scan(parts);
        scratch.tokens.read(&self.vocabulary, &scratch.pieces, lines_from);
    }

    fn pool<const N: usize>(&self, tokens: &[u32], pool: &mut Pool) -> ([f32; N], f32) {
        let terms = pool.terms(tokens, self.weights.len(), |token| self.weights.document_scale(token));
        let mut vector = sum(&self.weights, terms);
        let norm = normalise(&mut vector);
        (vector, norm)
    }
}

/// The windows of a body of so many lines: every line is in one, neighbours overlap, and there is always a first.
pub fn windows(lines: usize) -> impl Iterator<Item = Range<usize>> {
    let more = lines.saturating_sub(WINDOW_LINES).div_ceil(WINDOW_STEP);
    (0..=more).map(move |index| {
        let start = index * WINDOW_STEP;
        start..(start + WINDOW_LINES).min(lines)
    })
}

/// Counts tokens, to weigh each distinct one once.
#[derive(Default)]
struct Pool {
    /// How often each token occurs; all zero between two texts.
    counts: Vec<u32>,
    terms: Vec<Term>,
}

impl Pool {
    /// Each distinct token with its weight, in the order of first occurrence.
    fn terms(&mut self, tokens: &[u32], vocabulary: usize, scale: impl Fn(u32) -> f32) -> &[Term] {
        self.counts.resize(vocabulary, 0);
        self.terms.clear();
        for &token in tokens {
            let count = &mut self.counts[token as usize];
            if *count == 0 {
                self.terms.push(Term { token, weight: 0.0 });
            }
            *count += 1;
        }
        for term in &mut self.terms {
            let count = std::mem::take(&mut self.counts[term.token as usize]);
            // The model was trained with the square root of the count.
            term.weight = (count as f32).sqrt() * scale(term.token);
        }
        &self.terms
    }
}
