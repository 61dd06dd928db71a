//! Which code the model has not seen, and its text as it is now.

use std::sync::Arc;

use codecompass_core::{document::ContentId, text};
use codecompass_index::{error::IndexError, snapshot::Snapshot};
use codecompass_ollama::embedding::Passage;
use rustc_hash::FxHashMap;
use tokio::sync::mpsc;

use super::{Key, Run};
use crate::workspace::walk;

/// What the model has not seen of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The file.
    pub path: String,
    /// One chunk for each content that is in no file before, and how many chunks say the same.
    chunks: Vec<(u32, u64)>,
}

impl Missing {
    /// Texts that are missing.
    pub fn texts(&self) -> u64 {
        self.chunks.len() as u64
    }
}

/// What the model has not seen, and how many chunks that is: first what is in the files `first`, in their order, then the
/// rest by path.
pub fn missing(
    snapshot: &Snapshot,
    knows: impl Fn(ContentId) -> bool,
    first: &[String],
) -> Result<(Vec<Missing>, u64), IndexError> {
    let places: FxHashMap<&str, usize> = first.iter().map(String::as_str).rev().zip((0..first.len()).rev()).collect();
    let mut unseen: Vec<(u32, ContentId)> = Vec::new();
    for chunk in snapshot.living_chunks() {
        let content = snapshot.content(chunk)?;
        if !knows(content) {
            unseen.push((chunk, content));
        }
    }
    let total = unseen.len() as u64;
    unseen.sort_by_cached_key(|(chunk, _)| {
        let path = snapshot.file(*chunk).path.as_str();
        (places.get(path).copied().unwrap_or(usize::MAX), path.to_owned(), *chunk)
    });
    let mut files: Vec<Missing> = Vec::new();
    let mut taken: FxHashMap<ContentId, (usize, usize)> = FxHashMap::default();
    for (chunk, content) in unseen {
        if let Some((file, at)) = taken.get(&content) {
            files[*file].chunks[*at].1 += 1;
            continue;
        }
        let path = &snapshot.file(chunk).path;
        if files.last().is_none_or(|last| last.path != *path) {
            files.push(Missing { path: path.clone(), chunks: Vec::new() });
        }
        let file = files.len() - 1;
        taken.insert(content, (file, files[file].chunks.len()));
        files[file].chunks.push((chunk, 1));
    }
    Ok((files, total))
}

/// Reads the texts and hands them over, until nobody takes them any more. Gives back how many chunks were not as the index
/// says; they are indexed again and shown to the model then.
pub(super) fn send(run: &Run<'_>, files: &[Missing], to_host: &mpsc::Sender<(Key, Passage)>) -> u64 {
    let mut stale = 0;
    for file in files {
        if let Some(gate) = run.gate {
            gate.wait();
        }
        if to_host.is_closed() || run.stop.is_asked() {
            break;
        }
        let Some(text) = text_of(run, &file.path) else {
            stale += file.chunks.iter().map(|(_, count)| count).sum::<u64>();
            continue;
        };
        for &(chunk, chunks) in &file.chunks {
            let Some((content, shown, line)) = shown(run.snapshot, chunk, &text) else {
                stale += chunks;
                continue;
            };
            let key = Key { content, chunks, place: format!("{}:{line}", file.path) };
            if to_host.blocking_send((key, Passage { text: shown, file: file.path.clone() })).is_err() {
                return stale;
            }
        }
    }
    stale
}

/// The text of a file as it is now: in the editor if it is open there, else on disk.
fn text_of(run: &Run<'_>, key: &str) -> Option<Arc<str>> {
    if let Some(open) = run.open.get(key) {
        return Some(Arc::clone(&open.text));
    }
    let bytes = walk::read(run.root, key, run.max_file_bytes).ok()?;
    text::decode(bytes).ok().map(|text| Arc::from(text.text))
}

/// What the model is shown of a chunk: the names around it and its text; `None` when the text is another one now.
fn shown(snapshot: &Snapshot, chunk: u32, text: &str) -> Option<(ContentId, String, u32)> {
    let (row, record) = (snapshot.row(chunk), snapshot.record(chunk).ok()?);
    let body = text.get(row.start_byte as usize..row.end_byte as usize)?;
    if ContentId::new(&record.header, body) != record.content {
        return None;
    }
    let shown = if record.header.is_empty() { body.to_owned() } else { format!("{}\n{body}", record.header) };
    Some((record.content, shown, row.start_line + 1))
}
