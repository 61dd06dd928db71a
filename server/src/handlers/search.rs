//! Find code: by meaning, by words, by name, or like a given place.

use codecompass_core::{
    hit::{Hit, Mode},
    language::{Language, SymbolKind},
};

/// What is looked for and how.
#[derive(Debug, Clone, Default)]
pub struct SearchRequest {
    /// The user's words.
    pub query: String,
    /// How many results at the most.
    pub limit: usize,
    /// Which signals are used.
    pub mode: Mode,
    /// Only files of these languages; empty means all.
    pub languages: Vec<Language>,
    /// Only paths that match one of these globs; empty means all.
    pub paths: Vec<String>,
    /// Only definitions of these kinds; empty means all.
    pub kinds: Vec<SymbolKind>,
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct SearchResponse {
    /// Best first.
    pub hits: Vec<Hit>,
    /// Sentences the user should know: a filter that matches nothing, a signal that is missing.
    pub notes: Vec<String>,
}
