//! What a request works on: one folder at one moment.

use std::{path::Path, sync::Arc};

use codecompass_core::text;
use codecompass_index::snapshot::Snapshot;
use rustc_hash::FxHashMap;

use super::State;
use crate::{
    config::settings::Settings,
    embedding::Embedding,
    handlers::search::Workspace,
    workspace::{git::Git, walk},
};

/// A file that is open in an editor: its text beats that on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFile {
    /// The editor's version of it.
    pub version: i32,
    /// What the editor shows.
    pub text: Arc<str>,
}

/// The open files of one folder, by key (see [`crate::workspace::key::key_of`]).
pub type OpenFiles = FxHashMap<String, OpenFile>;

/// One folder at one moment. Immutable and cheap to clone.
#[derive(Clone)]
pub struct View {
    /// The folder, absolute, without symbolic links.
    pub root: Arc<Path>,
    /// The settings that hold there.
    pub settings: Arc<Settings>,
    /// The repository around it, if there is one.
    pub git: Option<Git>,
    /// The index with everything newer that is known; `None` before the first of it is there.
    pub snapshot: Option<Arc<Snapshot>>,
    /// Who answers its searches: the built-in vectors or those of a host's model.
    pub embedding: Embedding,
    /// What is open in the editor at this moment; the snapshot may be a moment behind it.
    pub open: Arc<OpenFiles>,
    /// What the folder's keeper is doing.
    pub state: Arc<State>,
    /// Keys of folders in this one that are workspace folders themselves: what is in them is theirs to say, because they
    /// know what is open there.
    pub inner: Arc<[String]>,
}

impl View {
    /// The text of a file as it is now: in the editor if it is open there, else on disk. `None` when there is no such text.
    pub fn text(&self, key: &str) -> Option<Arc<str>> {
        if let Some(open) = self.open.get(key) {
            return Some(Arc::clone(&open.text));
        }
        let bytes = walk::read(&self.root, key, self.settings.index.max_file_bytes).ok()?;
        text::decode(bytes).ok().map(|text| Arc::from(text.text))
    }

    /// Whether what is known of a file is this folder's to say, not that of a workspace folder in it.
    pub fn speaks_for(&self, key: &str) -> bool {
        speaks_for(&self.inner, key)
    }

    /// What the search handlers work on; `None` before there is an index.
    pub fn workspace(&self) -> Option<Workspace<'_>> {
        Some(Workspace {
            root: &self.root,
            snapshot: self.snapshot.as_deref()?,
            embedding: &self.embedding,
            max_file_bytes: self.settings.index.max_file_bytes,
            open: &self.open,
            inner: &self.inner,
        })
    }
}

/// Whether a file is in none of the folders `inner`.
pub fn speaks_for(inner: &[String], key: &str) -> bool {
    !inner.iter().any(|folder| key.strip_prefix(folder.as_str()).is_some_and(|below| below.starts_with('/')))
}
