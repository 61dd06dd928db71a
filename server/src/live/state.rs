//! What a folder's keeper is doing, for status and progress.

use std::{collections::BTreeMap, sync::Arc};

use codecompass_core::skip::SkipReason;
use serde::{Deserialize, Serialize};

use crate::workspace::watch::{self, Started};

/// What a folder's keeper is doing.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct State {
    /// The step it is at.
    pub phase: Phase,
    /// Files that are done of those that need work, while indexing.
    pub done: u64,
    /// Files that need work, while indexing.
    pub total: u64,
    /// Files in the folder, left out or not, while a run is on that has looked through all of it.
    pub found: u64,
    /// How many files a second get done, while indexing.
    pub files_per_second: f64,
    /// The file at work when it takes unusually long.
    pub slow_file: Option<String>,
    /// How changes on disk are noticed.
    pub watcher: WatcherState,
    /// What is wrong and what to do, a sentence each.
    pub errors: Vec<String>,
    /// Files on disk that are newer than the index there; they can be searched all the same.
    pub pending: u64,
    /// Bytes that the index takes on disk.
    pub index_bytes: u64,
    /// The user ended the last run before it was done.
    pub stopped: bool,
    /// Files (and whole folders) that rules leave out, by key.
    #[serde(skip)]
    pub left_out: Arc<BTreeMap<String, SkipReason>>,
}

impl State {
    pub(super) fn left_out_mut(&mut self) -> &mut BTreeMap<String, SkipReason> {
        Arc::make_mut(&mut self.left_out)
    }
}

/// A step of keeping an index.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nothing is known yet.
    #[default]
    Starting,
    /// Files are looked for.
    Finding,
    /// Files are read and indexed.
    Indexing,
    /// Another process is indexing; its commits are followed.
    Following,
    /// The user asked for a pause; changes are noticed but not indexed, except in open files.
    Paused,
    /// The index is as the folder is.
    Ready,
    /// There can be no index; `errors` says why.
    Failed,
}

/// How changes on disk are noticed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct WatcherState {
    /// Who notices them.
    pub mode: WatcherMode,
    /// Folders watched.
    pub folders: u64,
    /// Why it is not the system's own watcher; empty when it is.
    pub reason: String,
}

impl From<Started> for WatcherState {
    fn from(started: Started) -> Self {
        let mode = match started.mode {
            watch::Mode::Native => WatcherMode::Native,
            watch::Mode::Polling => WatcherMode::Polling,
        };
        Self { mode, folders: started.folders as u64, reason: started.reason.unwrap_or_default() }
    }
}

/// Who notices changes on disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WatcherMode {
    /// Nobody yet.
    #[default]
    None,
    /// The system's own watcher.
    Native,
    /// The editor.
    Client,
    /// The folder is looked through from time to time.
    Polling,
}
