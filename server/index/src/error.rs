//! What can go wrong with an index, in the terms of who has to act on it.

use std::{io, path::Path};

use tantivy::{
    TantivyError,
    directory::error::{OpenDirectoryError, OpenReadError, OpenWriteError},
};

use crate::vectors::VectorsError;

/// A failure of the index.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The system refused something: a full disk, missing rights.
    #[error("cannot {action} {path}")]
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
    #[error(transparent)]
    Vectors(#[from] VectorsError),
    /// The keyword engine failed.
    #[error("the keyword index cannot be used")]
    Keyword(#[from] TantivyError),
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
            // A full disk or missing rights would meet a new index too.
            Self::Keyword(error) => refusal(error).is_none_or(mendable),
            Self::Io { source, .. } | Self::Vectors(VectorsError::Io { source, .. }) => mendable(source),
            Self::Vectors(error) => !matches!(error, VectorsError::Dimension { .. } | VectorsError::Full { .. }),
            Self::Locked { .. } => false,
        }
    }
}

/// Whether what the system said means that a file is gone or not as it was.
fn mendable(source: &io::Error) -> bool {
    matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData)
}

/// What the system said, where the keyword engine passes that on.
fn refusal(error: &TantivyError) -> Option<&io::Error> {
    match error {
        TantivyError::IoError(source)
        | TantivyError::OpenDirectoryError(OpenDirectoryError::IoError { io_error: source, .. })
        | TantivyError::OpenReadError(OpenReadError::IoError { io_error: source, .. })
        | TantivyError::OpenWriteError(OpenWriteError::IoError { io_error: source, .. }) => Some(source),
        _ => None,
    }
}

/// A result of the index.
pub type Result<T> = std::result::Result<T, IndexError>;
