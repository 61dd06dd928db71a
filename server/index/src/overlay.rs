//! The part of the index that lies over a generation on disk: open editor buffers and files that changed a moment ago.
//!
//! It lives in memory, so that a change is searchable within milliseconds and whatever the size of the workspace; later the
//! same files are committed to disk and leave it. An overlay never changes: each change makes another one that shares the
//! rest.

mod file;
#[cfg(test)]
pub(crate) mod tests;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use rustc_hash::{FxHashMap, FxHashSet};

pub use file::{Embedded, FileVersion, Known, OverlayFile};

use crate::{
    catalogue::{Fate, FileRow},
    segment::Segment,
    snapshot::Snapshot,
};

/// A query looks each word up in every segment: with more than this the smaller ones are made one.
const MAX_SEGMENTS: usize = 6;
/// Ids of segments in memory, which no segment on disk ever reaches.
const FIRST_ID: u64 = 1 << 63;

/// What became of a file.
#[derive(Debug, Clone)]
pub enum Change {
    /// It is this now.
    Put(Arc<OverlayFile>),
    /// It is there, but its content is not for the index.
    Skipped(FileRow),
    /// It is not to be found any more.
    Gone,
}

impl From<OverlayFile> for Change {
    fn from(file: OverlayFile) -> Self {
        Self::Put(Arc::new(file))
    }
}

/// Changes that are not on disk yet. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Overlay(Arc<Inner>);

#[derive(Debug, Clone, Default)]
struct Inner {
    segments: Vec<Arc<Segment>>,
    entries: FxHashMap<Arc<str>, Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    change: Change,
    /// What the catalogue would say; `None` for what is gone.
    row: Option<FileRow>,
}

impl Overlay {
    /// The overlay with further changes, which replace earlier ones of the same paths. A file goes by the path of its
    /// document.
    #[must_use]
    pub fn with(&self, changes: Vec<(String, Change)>) -> Self {
        let mut inner = (*self.0).clone();
        let mut put: Vec<Arc<OverlayFile>> = Vec::new();
        for (path, change) in changes {
            let path: Arc<str> = match &change {
                Change::Put(file) => file.document.path.as_str().into(),
                _ => path.into(),
            };
            // The last change of a path counts.
            put.retain(|file| *file.document.path != *path);
            let row = match &change {
                Change::Put(file) => {
                    put.push(Arc::clone(file));
                    None
                }
                Change::Skipped(row) => Some(row.clone()),
                Change::Gone => None,
            };
            inner.entries.insert(path, Entry { change, row });
        }
        inner.drop_the_dead();
        if !put.is_empty() {
            put.extend(inner.take_small());
            inner.add(&put);
        }
        Self(Arc::new(inner))
    }

    /// The overlay without these paths: what the disk holds of them counts again.
    #[must_use]
    pub fn without<S: AsRef<str>>(&self, paths: &[S]) -> Self {
        let mut inner = (*self.0).clone();
        for path in paths {
            inner.entries.remove(path.as_ref());
        }
        inner.drop_the_dead();
        Self(Arc::new(inner))
    }

    /// The overlay without what a generation holds just so: for use after a commit. A file that changed again meanwhile
    /// stays.
    #[must_use]
    pub fn settle(&self, base: &Snapshot) -> Self {
        let known = base.files.committed();
        let settled: Vec<&str> = self
            .iter()
            .filter(|(path, change)| match (change, known.get(*path)) {
                (Change::Gone, row) => row.is_none(),
                (Change::Skipped(new), Some(old)) => new.fate == old.fate && new.hash == old.hash,
                (Change::Put(file), Some(FileRow { hash, fate: Fate::Indexed { .. }, .. })) => {
                    *hash == file.version.hash
                }
                _ => false,
            })
            .map(|(path, _)| path)
            .collect();
        if settled.is_empty() { self.clone() } else { self.without(&settled) }
    }

    /// What became of a path; `None` when the disk's word counts.
    pub fn get(&self, path: &str) -> Option<&Change> {
        self.0.entries.get(path).map(|entry| &entry.change)
    }

    /// All changes, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Change)> {
        self.0.entries.iter().map(|(path, entry)| (path.as_ref(), &entry.change))
    }

    /// The paths that it decides, in no order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.entries.keys().map(AsRef::as_ref)
    }

    /// Number of paths.
    pub fn len(&self) -> usize {
        self.0.entries.len()
    }

    /// Whether the disk's word counts everywhere.
    pub fn is_empty(&self) -> bool {
        self.0.entries.is_empty()
    }

    /// Whether both are the same one.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Number of chunks that it makes searchable.
    pub fn chunks(&self) -> usize {
        self.iter().map(|(_, change)| if let Change::Put(file) = change { file.document.chunks.len() } else { 0 }).sum()
    }

    pub(crate) fn segments(&self) -> &[Arc<Segment>] {
        &self.0.segments
    }

    /// What the catalogue would say of a path that is not gone.
    pub(crate) fn row(&self, path: &str) -> Option<&FileRow> {
        self.0.entries.get(path)?.row.as_ref()
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = (&str, Option<&FileRow>)> {
        self.0.entries.iter().map(|(path, entry)| (path.as_ref(), entry.row.as_ref()))
    }
}

impl Inner {
    /// Chunks that live in each segment.
    fn living(&self) -> FxHashMap<u64, usize> {
        let mut living = FxHashMap::default();
        for entry in self.entries.values() {
            if let (Change::Put(file), Some(segment)) = (&entry.change, entry.segment()) {
                // An empty file lives too.
                *living.entry(segment).or_default() += 1 + file.document.chunks.len();
            }
        }
        living
    }

    fn drop_the_dead(&mut self) {
        let living = self.living();
        self.segments.retain(|segment| living.contains_key(&segment.id));
    }

    /// Makes room for another segment: when there are too many, the smaller half goes. Returns the files that lived there.
    fn take_small(&mut self) -> Vec<Arc<OverlayFile>> {
        if self.segments.len() < MAX_SEGMENTS {
            return Vec::new();
        }
        let living = self.living();
        self.segments.sort_by_key(|segment| std::cmp::Reverse(living.get(&segment.id).copied().unwrap_or(0)));
        let taken: FxHashSet<u64> = self.segments.drain(MAX_SEGMENTS / 2..).map(|segment| segment.id).collect();
        let mut files: Vec<Arc<OverlayFile>> = self
            .entries
            .values()
            .filter(|entry| entry.segment().is_some_and(|segment| taken.contains(&segment)))
            .filter_map(|entry| if let Change::Put(file) = &entry.change { Some(Arc::clone(file)) } else { None })
            .collect();
        files.sort_by(|a, b| a.document.path.cmp(&b.document.path));
        files
    }

    fn add(&mut self, files: &[Arc<OverlayFile>]) {
        static NEXT: AtomicU64 = AtomicU64::new(FIRST_ID);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        self.segments.push(Arc::new(Segment::in_memory(id, files.iter().map(Arc::as_ref))));
        for (number, file) in (0..).zip(files) {
            if let Some(entry) = self.entries.get_mut(file.document.path.as_str()) {
                entry.row = Some(file.row(id, number));
            }
        }
    }
}

impl Entry {
    fn segment(&self) -> Option<u64> {
        match self.row.as_ref()?.fate {
            Fate::Indexed { segment, .. } => Some(segment),
            Fate::Skipped(_) => None,
        }
    }
}
