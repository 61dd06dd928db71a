//! Why a file is, or is not, in the index.

use std::path::Path;

use codecompass_core::{language::Language, skip::SkipReason};
use codecompass_index::{catalogue::Fate, snapshot::Snapshot};
use serde_json::{Value, json};

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

/// The answer as one object.
pub fn to_json(path: &str, why: &Why) -> anyhow::Result<Value> {
    Ok(match why {
        Why::Indexed { language, chunks } => {
            let chunks: Vec<_> = chunks
                .iter()
                .map(|(start, end, symbol)| json!({"start_line": start, "end_line": end, "symbol": symbol}))
                .collect();
            json!({"path": path, "state": "indexed", "language": language.id(), "chunks": chunks})
        }
        Why::NotYet => json!({"path": path, "state": "not-yet"}),
        Why::Folder => json!({"path": path, "state": "folder"}),
        Why::Skipped(reason) => {
            let detail = detail(reason)?;
            json!({"path": path, "state": "skipped", "reason": reason.key(), "because": reason.to_string(), "detail": detail})
        }
        Why::Missing => json!({"path": path, "state": "missing"}),
    })
}

/// The reason's fields beside its key. (The index stores reasons by number, so that they cannot say this of themselves.)
fn detail(reason: &SkipReason) -> anyhow::Result<Value> {
    let fields = match serde_json::to_value(reason)? {
        Value::Object(variant) => variant.into_iter().next().map(|(_, fields)| fields),
        _ => None,
    };
    let mut detail = fields.unwrap_or_else(|| json!({}));
    detail["reason"] = reason.key().into();
    Ok(detail)
}

/// What to do to have it indexed all the same.
pub fn remedy(path: &str, reason: &SkipReason) -> Option<String> {
    match reason {
        SkipReason::Ignored { .. } => {
            Some(format!("to index it all the same, add the line `!/{path}` to .codecompassignore"))
        }
        SkipReason::TooLarge { .. } => Some("to index it all the same, raise index.max_file_bytes".to_owned()),
        SkipReason::Unreadable { .. } => Some("to index it, let this user read it".to_owned()),
        _ => None,
    }
}

/// The answer in a few words, with what to do.
pub fn said(path: &str, why: &Why) -> String {
    match why {
        Why::Indexed { language, chunks } => {
            format!("{path} is indexed as {}, in {} chunks", language.name(), chunks.len())
        }
        Why::Folder => format!("{path} is a folder whose files are looked at; ask for one of them"),
        Why::NotYet => format!("{path} is not indexed yet, and will be in a moment"),
        Why::Skipped(reason) => {
            let remedy = remedy(path, reason).map_or_else(String::new, |remedy| format!("; {remedy}"));
            format!("{path} is not indexed: {reason}{remedy}")
        }
        Why::Missing => format!("{path} does not exist in this workspace"),
    }
}
