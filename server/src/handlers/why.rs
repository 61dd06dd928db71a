//! Why a file is, or is not, in the index.

use std::path::Path;

use codecompass_core::{language::Language, skip::SkipReason};
use codecompass_index::{catalogue::Fate, snapshot::Snapshot};

use crate::{
    config::settings::IndexSettings,
    workspace::{
        key::key_of,
        walk::{self, Verdict},
    },
};

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
    /// A folder whose files are looked at.
    Folder,
    /// There is no such file in the workspace.
    Missing,
}

/// Asks the rules of the walk first, then the index, then the file itself.
pub fn why(root: &Path, settings: &IndexSettings, snapshot: Option<&Snapshot>, path: &Path) -> anyhow::Result<Why> {
    let key = key_of(path);
    match walk::why(root, settings, &key)? {
        Verdict::Missing => return Ok(Why::Missing),
        Verdict::Skipped(reason) => return Ok(Why::Skipped(reason)),
        Verdict::Folder => return Ok(Why::Folder),
        Verdict::File(_) => {}
    }
    let Some(snapshot) = snapshot else { return Ok(Why::NotYet) };
    match snapshot.files.get(&key) {
        None => Ok(Why::NotYet),
        Some(row) => match &row.fate {
            Fate::Skipped(reason) => Ok(Why::Skipped(reason.clone())),
            Fate::Indexed { .. } => {
                let language = snapshot.entry(row).map_or(Language::PlainText, |entry| entry.language);
                let mut chunks = Vec::new();
                for chunk in snapshot.chunks_of(&key).unwrap_or_default() {
                    let row = snapshot.row(chunk);
                    chunks.push((row.start_line + 1, row.end_line, snapshot.record(chunk)?.symbol));
                }
                Ok(Why::Indexed { language, chunks })
            }
        },
    }
}
