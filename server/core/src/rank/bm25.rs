//! The BM25 family: how much a term's frequency in a text of some length says.
//!
//! Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009); BM25F sums the weighted
//! frequencies of all fields before it saturates them.

/// The fields of a chunk in the keyword index, with what one occurrence counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// Code and string literals.
    Body,
    /// Comments.
    Doc,
    /// The words of the path.
    Path,
    /// The names of the definitions that start in the chunk.
    Symbol,
    /// Their signatures and the names around them.
    Signature,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Body, Self::Doc, Self::Path, Self::Symbol, Self::Signature];

    /// What one occurrence counts in a chunk. From the prototype; comments below one half only fit the benchmark, which
    /// blanks some of them.
    pub fn weight(self) -> f32 {
        match self {
            Self::Doc => 0.5,
            Self::Body | Self::Signature => 1.0,
            Self::Path => 3.0,
            Self::Symbol => 4.0,
        }
    }

    /// What one occurrence counts when the whole file is one document. The path counts once a file.
    pub fn file_weight(self) -> f32 {
        match self {
            Self::Body | Self::Doc => 1.0,
            Self::Path => 6.0,
            Self::Symbol => 2.0,
            Self::Signature => 0.0,
        }
    }
}

/// How soon repetition stops counting, and how much length costs.
#[derive(Debug, Clone, Copy)]
pub struct Saturation {
    /// Large: repetition counts long.
    pub k1: f32,
    /// 1: length counts in full, 0: not at all.
    pub b: f32,
}

/// For choosing candidates.
pub const CANDIDATES: Saturation = Saturation { k1: 1.2, b: 0.75 };
/// For the `words` feature.
pub const WORDS: Saturation = Saturation { k1: 4.0, b: 0.75 };
/// For the `word-families` feature.
pub const FAMILIES: Saturation = Saturation { k1: 1.6, b: 0.75 };
/// For the `body` feature.
pub const BODY: Saturation = Saturation { k1: 1.2, b: 0.75 };
/// For the `name-words` feature.
pub const NAMES: Saturation = Saturation { k1: 1.2, b: 0.4 };
/// For the `file-words` feature.
pub const FILE: Saturation = Saturation { k1: 1.2, b: 0.75 };

impl Saturation {
    /// The weight of `frequency` occurrences in a text of `relative_length` (1 is the average).
    pub fn weight(self, frequency: f32, relative_length: f32) -> f32 {
        frequency * (self.k1 + 1.0) / (frequency + self.k1 * (1.0 - self.b + self.b * relative_length))
    }
}

/// How rare a term is: `ln(1 + (n - df + 0.5) / (df + 0.5))`, never negative.
pub fn idf(documents: f32, with_term: f32) -> f32 {
    (1.0 + (documents - with_term + 0.5).max(0.0) / (with_term + 0.5)).ln()
}
