//! What the doors (command line, later the language server) ask of the engine. It says nothing about how it is done.

mod filling;
mod local;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde::{Serialize, Serializer};

use crate::{
    config::settings::Settings,
    embedding::Models,
    handlers::{
        search::{SearchRequest, SearchResponse},
        status::Status,
        why::Why,
    },
    live::View,
};

/// The index of one workspace, and what can be asked of it.
pub trait Engine {
    /// Brings the index up to date with the disk. `on_event` may be called from any thread.
    fn refresh(&mut self, on_event: &(dyn Fn(Event) + Sync)) -> anyhow::Result<IndexReport>;

    /// From now on vectors may come from these hosts, if the settings want it.
    fn use_models(&mut self, _models: Arc<Models>) {}

    /// Shows code to the model of a host, if one is configured; `None` when none is. The index is up to date.
    fn fill(&mut self, _effort: Effort, _on_event: &(dyn Fn(Event) + Sync)) -> anyhow::Result<Option<FillReport>> {
        Ok(None)
    }

    /// Finds code by words and meaning.
    fn search(&mut self, request: &SearchRequest) -> anyhow::Result<SearchResponse>;

    /// Finds code like that around `line` (from 1) of `path`; the request's query is empty.
    fn similar(&mut self, path: &Path, line: u32, request: &SearchRequest) -> anyhow::Result<SearchResponse>;

    /// What the index holds.
    fn status(&self) -> anyhow::Result<Status>;

    /// Why a file is, or is not, in the index.
    fn why(&self, path: &Path) -> anyhow::Result<Why>;

    /// The workspace as it is now, for whoever asks a model about it.
    fn view(&self) -> View;
}

/// How the index is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOptions {
    /// The folder that holds the indexes of all workspaces.
    pub cache_dir: PathBuf,
    /// What will be asked of it.
    pub access: Access,
}

/// What will be asked of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It will be refreshed; an absent one is created.
    Refresh,
    /// It will only be looked at; nothing on disk is created or changed.
    Look,
}

/// How much is done to show code to the model of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// All that it has not seen.
    All,
    /// What it has not seen, if that is a matter of a moment.
    Rest,
}

/// What became of the code that the model of a host had not seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FillReport {
    /// The embedder's id, or the model's name while no host has told more.
    pub embedder: String,
    /// Chunks that have a vector now.
    pub embedded: u64,
    /// Chunks that still have none.
    pub pending: u64,
    /// Why some have none, and what to do, a sentence each.
    pub notes: Vec<String>,
}

/// What happens while the index is refreshed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// So many files have been found so far.
    Finding {
        /// Files found.
        files: u64,
    },
    /// The files that need work are known, and so many of them are done.
    Indexing {
        /// Files done.
        done: u64,
        /// Files that need work.
        total: u64,
    },
    /// Another process writes the index; this one waits for it.
    Waiting,
    /// The last things are written.
    Finishing,
    /// So many chunks have a vector of the host's model.
    Embedding {
        /// Chunks done.
        done: u64,
        /// All chunks.
        total: u64,
    },
}

/// What a refresh did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct IndexReport {
    /// Files found in the workspace, indexed or not.
    pub files_seen: u64,
    /// Files that were new or changed, and are indexed now.
    pub files_indexed: u64,
    /// Files that are gone, and not in the index any more.
    pub files_removed: u64,
    /// Chunks for which a vector was computed.
    pub chunks_embedded: u64,
    /// Chunks of new or changed files whose vector was known.
    pub chunks_reused: u64,
    /// Files (and whole folders, counted once) left out, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// Bytes of text that were indexed.
    pub bytes: u64,
    /// How long it took.
    #[serde(rename = "elapsed_s", serialize_with = "seconds")]
    pub elapsed: Duration,
    /// Nothing had changed.
    pub up_to_date: bool,
    /// What was shown to the model of a host, if one is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embedding: Option<FillReport>,
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((duration.as_secs_f64() * 1e3).round() / 1e3)
}

/// Opens the index of the workspace at `root`, an existing folder with its symbolic links resolved.
pub fn open(root: &Path, settings: &Settings, options: &OpenOptions) -> anyhow::Result<Box<dyn Engine>> {
    Ok(Box::new(local::LocalEngine::open(root, settings, options)?))
}
