//! What the index holds, what it left out and why.

use std::collections::BTreeMap;

use serde::Serialize;

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
#[derive(Debug, Clone, Default, Serialize)]
pub struct Files {
    /// Files found in the workspace, indexed or not.
    pub seen: u64,
    /// Files in the index.
    pub indexed: u64,
    /// Files (and whole folders, counted once) left out, by reason.
    pub skipped: BTreeMap<String, u64>,
}

/// Counts of chunks.
#[derive(Debug, Clone, Default, Serialize)]
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
