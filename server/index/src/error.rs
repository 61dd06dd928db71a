//! What can go wrong with an index, in the terms of who has to act on it.

use std::{io, path::Path};

use crate::vectors::VectorsError;

/// A failure of the index.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The system refused something: a full disk, missing rights.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file of the index is not as it was written. The index is a cache: it can be built anew.
    #[error("the index is damaged: {what}")]
    Damaged {
        /// Which part, and how it shows.
        what: String,
    },
    /// Another process holds the files for longer than expected.
    #[error("another process has the index at {path} locked")]
    Locked {
        /// The folder.
        path: String,
    },
    /// The vectors cannot be read or written.
    #[error("the vectors failed: {0}")]
    Vectors(#[from] VectorsError),
    /// The keyword engine failed.
    #[error("the keyword index failed: {0}")]
    Keyword(#[from] tantivy::TantivyError),
}

impl IndexError {
    /// Wraps an error of the system.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::Io { action, path, source }
    }

    /// A damaged part.
    pub fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }

    /// Whether building the index anew mends it.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Damaged { .. } => true,
            Self::Keyword(error) => !matches!(error, tantivy::TantivyError::IoError(_)),
            Self::Io { source, .. } => matches!(
                source.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData
            ),
            Self::Vectors(VectorsError::Io { source, .. }) => {
                matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof)
            }
            Self::Vectors(error) => !matches!(error, VectorsError::Dimension { .. } | VectorsError::Full { .. }),
            Self::Locked { .. } => false,
        }
    }
}

/// A result of the index.
pub type Result<T> = std::result::Result<T, IndexError>;
