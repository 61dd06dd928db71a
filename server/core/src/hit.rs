//! What a search finds: a piece of code, how it scored and why.

use serde::{Deserialize, Serialize};

use crate::language::{Language, SymbolKind};

/// One part of a score: the contribution of one signal. The parts of a hit sum to its score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// The signal's name, as in `docs/ranking.md`.
    pub name: &'static str,
    /// The signal's value before it was weighted.
    pub value: f32,
    /// What it added to the score (negative for a demotion).
    pub part: f32,
}

/// One result.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The file, relative to the workspace, with `/`.
    pub path: String,
    /// First line, from 1.
    pub start_line: u32,
    /// Last line, from 1, inclusive.
    pub end_line: u32,
    /// The definition it shows with those around it (`Store::add`), empty where there is none.
    pub symbol: String,
    /// What that definition is.
    pub kind: Option<SymbolKind>,
    /// The file's language.
    pub language: Language,
    /// The sum of all parts.
    pub score: f32,
    /// The parts, the largest first.
    pub signals: Vec<Signal>,
    /// The text of those lines as it is now.
    pub text: String,
    /// Lines (from 1, in the file) that hold words of the query, best first.
    pub matching_lines: Vec<u32>,
}

/// Which signals a search may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// All of them.
    #[default]
    Hybrid,
    /// Words only.
    Keyword,
    /// Vectors only.
    Vector,
    /// Names of definitions only.
    Symbol,
}
