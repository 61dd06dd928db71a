//! What a snapshot knows of every file: the catalogue, and the overlay's word before it.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::{catalogue::FileRow, overlay::Overlay};

/// Every file that the index knows, by path.
#[derive(Debug, Clone, Default)]
pub struct Files {
    committed: Arc<FxHashMap<String, FileRow>>,
    overlay: Overlay,
}

impl Files {
    pub(super) fn new(committed: FxHashMap<String, FileRow>) -> Self {
        Self { committed: Arc::new(committed), overlay: Overlay::default() }
    }

    pub(super) fn over(&self, overlay: &Overlay) -> Self {
        Self { committed: Arc::clone(&self.committed), overlay: overlay.clone() }
    }

    /// What the generation on disk says, whatever lies over it.
    pub fn committed(&self) -> &FxHashMap<String, FileRow> {
        &self.committed
    }

    /// What lies over the generation on disk.
    pub fn overlay(&self) -> &Overlay {
        &self.overlay
    }

    /// What is known of a file.
    pub fn get(&self, path: &str) -> Option<&FileRow> {
        if self.overlay.get(path).is_some() { self.overlay.row(path) } else { self.committed.get(path) }
    }

    /// All files, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &FileRow)> {
        let hidden = !self.overlay.is_empty();
        let below = self.committed.iter().map(|(path, row)| (path.as_str(), row));
        let below = below.filter(move |(path, _)| !hidden || self.overlay.get(path).is_none());
        below.chain(self.overlay.rows().filter_map(|(path, row)| Some((path, row?))))
    }

    /// What is known of all files, in no order.
    pub fn values(&self) -> impl Iterator<Item = &FileRow> {
        self.iter().map(|(_, row)| row)
    }

    /// Number of files.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether no file is known.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}
