//! Why a file is, or is not, in the index.

use codecompass_core::{language::Language, skip::SkipReason};

/// The answer for one path.
#[derive(Debug, Clone, PartialEq)]
pub enum Why {
    /// It is indexed.
    Indexed {
        /// Its language.
        language: Language,
        /// Its chunks: first and last line from 1, and the symbol path.
        chunks: Vec<(u32, u32, String)>,
    },
    /// It would be indexed at the next refresh.
    NotYet,
    /// It is left out.
    Skipped(SkipReason),
    /// There is no such file in the workspace.
    Missing,
}
