//! What a folder's keeper is doing, for status and progress.

use serde::{Deserialize, Serialize};

/// What a folder's keeper is doing.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct State {
    /// The step it is at.
    pub phase: Phase,
    /// Files that are done of those that need work, while indexing.
    pub done: u64,
    /// Files that need work, while indexing.
    pub total: u64,
    /// How many files a second get done, while indexing.
    pub files_per_second: f64,
    /// The file at work when it takes unusually long.
    pub slow_file: Option<String>,
    /// How changes on disk are noticed.
    pub watcher: WatcherState,
    /// What is wrong and what to do, a sentence each.
    pub errors: Vec<String>,
    /// Files found in the workspace, indexed or not.
    pub files_seen: u64,
    /// Files (and whole folders, counted once) left out, by reason.
    pub skipped: std::collections::BTreeMap<String, u64>,
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
