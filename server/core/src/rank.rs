//! Ranking: what is known of a candidate becomes a score whose parts can be shown.
//!
//! The score is a weighted sum, so that each part can be read as a reason for or against. Every constant of the ranking
//! stands in this file, with what it was tuned on.

pub mod bm25;
pub mod paths;
pub mod scale;

use crate::hit::Signal;

/// What is known of one candidate, by [`FEATURES`].
pub type Features = [f32; COUNT];

/// How many features there are.
pub const COUNT: usize = FEATURES.len();

/// Which evidence a feature rests on; a search mode uses some of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Words in the chunk or its file.
    Keyword,
    /// Vectors.
    Vector,
    /// Names of definitions.
    Symbol,
    /// What the path says.
    Path,
}

/// A feature: its name, its weight in the sum and its kind.
#[derive(Debug, Clone, Copy)]
pub struct Feature {
    /// As shown by `--explain`.
    pub name: &'static str,
    /// Multiplied with the value.
    pub weight: f32,
    /// What it rests on.
    pub evidence: Evidence,
}

const fn feature(name: &'static str, weight: f32, evidence: Evidence) -> Feature {
    Feature { name, weight, evidence }
}

/// Best window of the chunk's text against the query, cosine.
pub const WINDOW_COSINE: usize = 0;
/// The whole chunk with its header, cosine.
pub const COSINE: usize = 1;
/// Path, scope and name of the first definition, cosine.
pub const HEAD_COSINE: usize = 2;
/// The last three parts of the path, cosine.
pub const PATH_COSINE: usize = 3;
/// BM25F that saturates late (k1 4).
pub const WORDS: usize = 4;
/// BM25F over word families, saturating early.
pub const WORD_FAMILIES: usize = 5;
/// BM25 of the body alone.
pub const BODY: usize = 6;
/// BM25 of the names defined here.
pub const NAME_WORDS: usize = 7;
/// How well the best name of the chunk and the query cover each other, close words included.
pub const NAME_MATCH: usize = 8;
/// The query is the name of a definition in the chunk.
pub const EXACT_NAME: usize = 9;
/// Share of the query that occurs in the chunk.
pub const COVERAGE: usize = 10;
/// The best `COVERAGE` in the file.
pub const FILE_BEST_COVERAGE: usize = 11;
/// Share of the query that occurs anywhere in the file.
pub const FILE_COVERAGE: usize = 12;
/// BM25 of the file as one document.
pub const FILE_WORDS: usize = 13;
/// Largest share of the query in one line of the file.
pub const BEST_LINE: usize = 14;
/// Share of the file name's words that the query contains.
pub const FILE_NAME: usize = 15;
/// Share of the query that a name of the chunk covers with the names around it and the file's, close words included.
pub const NAME_COVERAGE: usize = 16;
/// Test code, when the query does not ask for tests.
pub const TEST: usize = 17;
/// Examples, benchmarks, documentation and scripts, when the query does not ask for them.
pub const SIDE: usize = 18;
/// The whole chunk with its header, cosine of a host's model on the scale of the built-in one ([`scale`]): in place of
/// [`COSINE`] when such a model answers, for chunks that it has not seen yet too, which have their built-in cosine here.
pub const HOSTED_COSINE: usize = 19;

/// All features. The weights were fitted on the open questions (23 trees, 1,746 queries) by `benches/retrieval/fit.py` and
/// rounded; `exact-name` was raised, as few of those questions are a name and nothing else. `hosted-cosine` is not fitted: it
/// counts twice what it replaces, because whoever configures a model expects it to be heard above three built-in cosines.
/// Measured with `all-minilm`, NDCG@10 on two sets of open questions (96 about scrapy, 40 about gin and axum): built-in model
/// .784 and .864, the other with the weight of `cosine` .796 and .859, with twice that .799 and .856.
pub const FEATURES: [Feature; 20] = [
    feature("window-cosine", 4.4, Evidence::Vector),
    feature("cosine", 3.3, Evidence::Vector),
    feature("head-cosine", 3.2, Evidence::Vector),
    feature("path-cosine", 1.3, Evidence::Vector),
    feature("words", 0.8, Evidence::Keyword),
    feature("word-families", 1.5, Evidence::Keyword),
    feature("body", 1.1, Evidence::Keyword),
    feature("name-words", -4.0, Evidence::Symbol),
    feature("name-match", 3.2, Evidence::Symbol),
    feature("exact-name", 5.0, Evidence::Symbol),
    feature("coverage", -2.0, Evidence::Keyword),
    feature("file-best-coverage", 2.0, Evidence::Keyword),
    feature("file-coverage", 1.0, Evidence::Keyword),
    feature("file-words", 0.7, Evidence::Keyword),
    feature("best-line", 3.6, Evidence::Keyword),
    feature("file-name", 0.7, Evidence::Path),
    feature("name-coverage", 2.4, Evidence::Symbol),
    feature("test", -6.7, Evidence::Path),
    feature("side", -3.7, Evidence::Path),
    feature("hosted-cosine", 6.6, Evidence::Vector),
];

/// Words whose vectors are at most this close (cosine) have nothing to do with each other. 0.25 and 0.5 did as well on the open
/// queries.
pub const CLOSE_WORDS: f32 = 0.35;

/// How many candidates each list hands to the full scoring, from the prototype's table: together they hold an answer for 97%
/// of the open queries or more.
pub mod candidates {
    /// By words, with the file's other chunks as support.
    pub const BY_WORDS: usize = 200;
    /// By cosine.
    pub const BY_COSINE: usize = 100;
    /// By half the words' score and the cosine.
    pub const BY_BOTH: usize = 100;
    /// By the words of the names defined.
    pub const BY_NAME: usize = 60;
    /// What a chunk in test code keeps of its score in these lists.
    pub const TEST_FACTOR: f32 = 0.5;
    /// What the file's best chunks add, the first in full, the second by half ...
    pub const FILE_SUPPORT: f32 = 0.1;
    /// So many of the file's chunks count.
    pub const FILE_CHUNKS: usize = 5;
}

/// The score and its parts, the largest first; parts that add nothing are left out. The parts sum to the score.
pub fn score(features: &Features, use_evidence: impl Fn(Evidence) -> bool) -> (f32, Vec<Signal>) {
    let mut signals: Vec<Signal> = FEATURES
        .iter()
        .zip(features)
        .filter(|(feature, _)| use_evidence(feature.evidence))
        .map(|(feature, &value)| Signal { name: feature.name, value, part: feature.weight * value })
        .filter(|signal| signal.part != 0.0)
        .collect();
    signals.sort_by(|a, b| b.part.abs().total_cmp(&a.part.abs()).then(a.name.cmp(b.name)));
    (signals.iter().map(|signal| signal.part).sum(), signals)
}

/// Only the score, for the many candidates that are not shown.
pub fn sum(features: &Features, use_evidence: impl Fn(Evidence) -> bool) -> f32 {
    FEATURES
        .iter()
        .zip(features)
        .filter(|(feature, _)| use_evidence(feature.evidence))
        .map(|(feature, value)| feature.weight * value)
        .sum()
}
