//! What the index holds, what it left out and why.

use std::{
    collections::BTreeMap,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use codecompass_core::embed::Embedder;
use codecompass_index::{
    catalogue::Fate,
    snapshot::Snapshot,
    space::{self, Space},
};
use codecompass_ollama::pool::HostState;
use serde::{Deserialize, Serialize};

use crate::{
    embedding::{Embedding, EmbeddingState},
    indexer::Work,
    live::View,
    usage::Row,
    workspace::walk::Walk,
};

/// The state of one workspace's index.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Status {
    /// The workspace folder.
    pub workspace: String,
    /// Counts of files.
    pub files: Files,
    /// Counts of chunks.
    pub chunks: Chunks,
    /// Files by language id.
    pub languages: BTreeMap<String, u64>,
    /// The id of the embedder that is configured.
    pub embedder: String,
    /// How it is with the vectors of a host's model, and which embedder answers searches.
    pub embedding: EmbeddingState,
    /// The index on disk.
    pub index: IndexState,
    /// Model hosts.
    pub hosts: Vec<HostState>,
    /// What is wrong and what to do, a sentence each.
    pub errors: Vec<String>,
    /// What models were asked in the last 30 days, and what it took.
    pub usage: Vec<Row>,
}

/// Counts of files.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
pub struct Files {
    /// Files found in the workspace, indexed or not.
    pub seen: u64,
    /// Files in the index.
    pub indexed: u64,
    /// Files that are new or look changed since.
    pub pending: u64,
    /// Files (and whole folders, counted once) left out, by reason.
    pub skipped: BTreeMap<String, u64>,
}

/// Counts of chunks.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
pub struct Chunks {
    /// All chunks.
    pub total: u64,
    /// Those with a vector.
    pub embedded: u64,
    /// Those waiting for one.
    pub pending: u64,
}

/// The index on disk.
#[derive(Debug, Clone, Default, Serialize)]
pub struct IndexState {
    /// Bytes on disk.
    pub bytes: u64,
    /// Bytes of the text that it covers.
    pub text_bytes: u64,
    /// Seconds since the last change was indexed; absent when there is no index.
    pub age_s: Option<u64>,
    /// Version of the format.
    pub schema: u32,
    /// The generation in use.
    pub generation: u64,
    /// The folder that holds it.
    pub folder: String,
}

/// What a walk and an index say of the workspace.
pub fn status(root: &Path, walk: &Walk, snapshot: Option<&Snapshot>, space: &Space) -> Status {
    let mut status = Status {
        files: Files { seen: walk.files.len() as u64, skipped: skipped(walk, snapshot), ..Files::default() },
        ..on_disk(root, space)
    };
    status.files.seen += walk.skipped.len() as u64;
    match snapshot {
        None => {
            status.errors.push("there is no index yet; `codecompass index` or the first search builds it".to_owned());
        }
        Some(snapshot) => {
            count(&mut status, snapshot);
            status.files.pending = Work::find(walk, snapshot.files.committed()).changed.len() as u64;
            if !snapshot.state.complete {
                let cut_off = "the first build was cut off; `codecompass index` or a search finishes it";
                status.errors.push(cut_off.to_owned());
            }
        }
    }
    status
}

/// Counts of a folder's files, in the snapshot that answers searches.
pub fn live_files(view: &View) -> Files {
    let mut files = Files::default();
    for reason in view.state.left_out.values() {
        *files.skipped.entry(reason.key().to_owned()).or_default() += 1;
    }
    if let Some(snapshot) = &view.snapshot {
        files.indexed = u64::from(snapshot.file_count());
        count_skipped(&mut files.skipped, snapshot);
    }
    let known = files.indexed + files.skipped.values().sum::<u64>();
    files.seen = view.state.found.max(known);
    // What a run has yet to read, and what it has read and can be found with its next commit only; a run on files that wait
    // in memory counts them too.
    let unread = view.state.total.saturating_sub(view.state.done);
    files.pending = view.state.pending.max(unread).max(files.seen - known);
    files
}

fn on_disk(root: &Path, space: &Space) -> Status {
    Status {
        workspace: root.display().to_string(),
        embedder: Embedder::builtin().id().to_owned(),
        embedding: EmbeddingState {
            configured: Embedder::builtin().id().to_owned(),
            answers: Embedder::builtin().id().to_owned(),
            ..EmbeddingState::default()
        },
        index: IndexState {
            bytes: space.bytes(),
            schema: space::SCHEMA,
            folder: space.folder().display().to_string(),
            ..IndexState::default()
        },
        ..Status::default()
    }
}

/// How it is with the vectors of a host's model.
pub fn vectors(status: &mut Status, embedding: &Embedding, snapshot: &Snapshot) {
    let total = status.chunks.total;
    let pending = embedding.pending(snapshot).min(total);
    status.embedding = EmbeddingState::clone(&embedding.state);
    status.embedder.clone_from(&status.embedding.configured);
    status.chunks = Chunks { total, embedded: total - pending, pending };
    status.errors.extend(embedding.refused(snapshot));
}

/// What is in the index.
fn count(status: &mut Status, snapshot: &Snapshot) {
    status.files.indexed = u64::from(snapshot.file_count());
    let total = u64::from(snapshot.chunk_count());
    let embedded = u64::from(snapshot.embedded_count());
    status.chunks = Chunks { total, embedded, pending: total - embedded };
    for file in snapshot.living_files() {
        *status.languages.entry(file.language.id().to_owned()).or_default() += 1;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    status.index.age_s = Some(now.saturating_sub(snapshot.state.committed_s));
    status.index.generation = snapshot.state.generation;
    status.index.text_bytes = snapshot.text_bytes();
    let unparsed = snapshot.living_files().filter(|file| !file.parsed).count();
    if unparsed > 0 {
        status.errors.push(format!("{unparsed} files took too long to parse and are indexed without symbols"));
    }
}

/// Files left out, by reason: by the rules of the walk, and by what reading them showed.
pub fn skipped(walk: &Walk, snapshot: Option<&Snapshot>) -> BTreeMap<String, u64> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for (_, reason) in &walk.skipped {
        *counts.entry(reason.key().to_owned()).or_default() += 1;
    }
    if let Some(snapshot) = snapshot {
        count_skipped(&mut counts, snapshot);
    }
    counts
}

/// Files left out for what reading them showed.
fn count_skipped(counts: &mut BTreeMap<String, u64>, snapshot: &Snapshot) {
    for row in snapshot.files.values() {
        if let Fate::Skipped(reason) = &row.fate {
            *counts.entry(reason.key().to_owned()).or_default() += 1;
        }
    }
}
