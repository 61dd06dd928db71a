//! Why a file is not indexed: the one list of reasons that `status` counts and `why` explains.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a file (or a folder with all that is in it) is not indexed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SkipReason {
    /// An ignore rule matches.
    Ignored {
        /// The rule as written.
        rule: String,
        /// The file it stands in, or the setting that holds it.
        source: String,
        /// Its line there, from 1; absent for settings and built-in rules.
        line: Option<u32>,
    },
    /// The content is not text.
    Binary,
    /// Larger than the limit.
    TooLarge {
        /// Bytes of the file.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// Written for machines: very long lines, hardly any words.
    Minified {
        /// What gave it away.
        because: String,
    },
    /// Says of itself that a program wrote it.
    Generated {
        /// The marker that was found.
        marker: String,
    },
    /// Its name says that it holds keys or passwords.
    Secret {
        /// The name pattern that matched.
        pattern: String,
    },
    /// The system would not let us read it.
    Unreadable {
        /// What the system said.
        error: String,
    },
    /// No known encoding makes text of it.
    NotText,
    /// Neither a file nor a folder (socket, device, pipe), or a link that is not followed.
    Special {
        /// What it is.
        what: String,
    },
}

impl SkipReason {
    /// The key under which `status` counts it.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Ignored { .. } => "ignored",
            Self::Binary => "binary",
            Self::TooLarge { .. } => "too-large",
            Self::Minified { .. } => "minified",
            Self::Generated { .. } => "generated",
            Self::Secret { .. } => "secret",
            Self::Unreadable { .. } => "unreadable",
            Self::NotText => "not-text",
            Self::Special { .. } => "special",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ignored { rule, source, line: Some(line) } => write!(f, "ignored by `{rule}` ({source}:{line})"),
            Self::Ignored { rule, source, line: None } => write!(f, "ignored by `{rule}` ({source})"),
            Self::Binary => write!(f, "binary content"),
            Self::TooLarge { size, limit } => {
                write!(f, "too large: {size} bytes, the limit is {limit} (setting index.max_file_bytes)")
            }
            Self::Minified { because } => write!(f, "minified: {because}"),
            Self::Generated { marker } => write!(f, "generated: it says `{marker}`"),
            Self::Secret { pattern } => write!(f, "may hold secrets: its name matches `{pattern}`"),
            Self::Unreadable { error } => write!(f, "unreadable: {error}"),
            Self::NotText => write!(f, "not text in any encoding we know"),
            Self::Special { what } => write!(f, "not a regular file: {what}"),
        }
    }
}
