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
use serde::{Deserialize, Serialize};

use crate::{indexer::Work, workspace::walk::Walk};

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
    /// The embedder's id.
    pub embedder: String,
    /// The index on disk.
    pub index: IndexState,
    /// Model hosts.
    pub hosts: Vec<Host>,
    /// What is wrong and what to do, a sentence each.
    pub errors: Vec<String>,
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

/// A model host.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Host {
    /// The user's name for it.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// `up`, `down` or `unknown`.
    pub state: String,
    /// Names of the models it has.
    pub models: Vec<String>,
}

/// What a walk and an index say of the workspace.
pub fn status(root: &Path, walk: &Walk, snapshot: Option<&Snapshot>, space: &Space) -> Status {
    let mut status = Status {
        workspace: root.display().to_string(),
        files: Files { seen: walk.files.len() as u64, skipped: skipped(walk, snapshot), ..Files::default() },
        embedder: Embedder::builtin().id().to_owned(),
        index: IndexState {
            bytes: space.bytes(),
            schema: space::SCHEMA,
            folder: space.folder().display().to_string(),
            ..IndexState::default()
        },
        ..Status::default()
    };
    status.files.seen += walk.skipped.len() as u64;
    let Some(snapshot) = snapshot else {
        status.errors.push("there is no index yet; `codecompass index` or the first search builds it".to_owned());
        return status;
    };
    status.files.indexed = u64::from(snapshot.file_count());
    let total = u64::from(snapshot.chunk_count());
    let embedded = u64::from(snapshot.embedded_count());
    status.chunks = Chunks { total, embedded, pending: total - embedded };
    for file in snapshot.living_files() {
        *status.languages.entry(file.language.id().to_owned()).or_default() += 1;
    }
    let work = Work::find(walk, &snapshot.files);
    status.files.pending = work.changed.len() as u64;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    status.index.age_s = Some(now.saturating_sub(snapshot.state.committed_s));
    status.index.generation = snapshot.state.generation;
    status.index.text_bytes = snapshot.text_bytes();
    if !snapshot.state.complete {
        status.errors.push("the first build was cut off; `codecompass index` or a search finishes it".to_owned());
    }
    let unparsed = snapshot.living_files().filter(|file| !file.parsed).count();
    if unparsed > 0 {
        status.errors.push(format!("{unparsed} files took too long to parse and are indexed without symbols"));
    }
    status
}

/// Files left out, by reason: by the rules of the walk, and by what reading them showed.
pub fn skipped(walk: &Walk, snapshot: Option<&Snapshot>) -> BTreeMap<String, u64> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for (_, reason) in &walk.skipped {
        *counts.entry(reason.key().to_owned()).or_default() += 1;
    }
    for row in snapshot.into_iter().flat_map(|snapshot| snapshot.files.values()) {
        if let Fate::Skipped(reason) = &row.fate {
            *counts.entry(reason.key().to_owned()).or_default() += 1;
        }
    }
    counts
}
