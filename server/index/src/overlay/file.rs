//! A file of the overlay, and where its vectors come from: only what was never seen is embedded.

use std::sync::Arc;

use codecompass_core::{
    document::{ContentId, Document},
    embed::{Embedder, Scratch},
};
use rustc_hash::FxHashMap;

use crate::{
    catalogue::{Fate, FileRow},
    error::Result,
    snapshot::Snapshot,
    vectors::Packed,
};

/// A file as it is now, ready to be searched without any disk.
#[derive(Debug, Clone)]
pub struct OverlayFile {
    /// What it says.
    pub document: Document,
    /// Bytes of its text.
    pub bytes: u64,
    /// Which content of the file this is.
    pub version: FileVersion,
    /// The vector of each chunk.
    vectors: Vec<Arc<Packed>>,
}

/// What tells one content of a file from another: that of the disk, or of an open buffer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileVersion {
    /// Size on disk.
    pub size: u64,
    /// Modification time, in nanoseconds since 1970; a time that no file has for a buffer that is not saved.
    pub mtime_ns: i64,
    /// Hash of its bytes.
    pub hash: [u8; 16],
}

/// Where the vectors of a file came from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Embedded {
    /// Chunks that the embedder was asked for.
    pub fresh: u32,
    /// Chunks whose vector was known.
    pub reused: u32,
}

impl OverlayFile {
    /// Makes one of a document and its text. What `known` has is not embedded again.
    pub fn new(
        document: Document,
        text: &str,
        version: FileVersion,
        embedder: &Embedder,
        known: &Known<'_>,
        scratch: &mut Scratch,
    ) -> (Self, Embedded) {
        let mut counts = Embedded::default();
        let mut here: FxHashMap<ContentId, Arc<Packed>> = FxHashMap::default();
        let mut vectors = Vec::with_capacity(document.chunks.len());
        for chunk in &document.chunks {
            let seen = here.get(&chunk.content).cloned().or_else(|| known.get(chunk.content));
            let vector = if let Some(vector) = seen {
                counts.reused += 1;
                vector
            } else {
                counts.fresh += 1;
                let body = &text[chunk.range.start as usize..chunk.range.end as usize];
                let made = embedder.chunk(&chunk.header, body, scratch);
                Arc::new(Packed::new(&made.whole, made.norm, &made.windows))
            };
            here.insert(chunk.content, Arc::clone(&vector));
            vectors.push(vector);
        }
        (Self { document, bytes: text.len() as u64, version, vectors }, counts)
    }

    /// The vector of each chunk.
    pub fn vectors(&self) -> &[Arc<Packed>] {
        &self.vectors
    }

    /// What the catalogue says of it once it is in that segment.
    pub fn row(&self, segment: u64, file: u32) -> FileRow {
        let FileVersion { size, mtime_ns, hash } = self.version;
        FileRow { size, mtime_ns, hash, fate: Fate::Indexed { segment, file } }
    }
}

/// Content whose vectors are known: where a changed file finds those of its unchanged chunks.
#[derive(Default)]
pub struct Known<'a> {
    packed: FxHashMap<ContentId, Arc<Packed>>,
    indexed: FxHashMap<ContentId, (&'a Snapshot, u32)>,
}

impl<'a> Known<'a> {
    /// Takes in a file as it was a moment ago.
    pub fn file(&mut self, file: &OverlayFile) {
        let contents = file.document.chunks.iter().map(|chunk| chunk.content);
        self.packed.extend(contents.zip(file.vectors.iter().cloned()));
    }

    /// Takes in what a snapshot holds of a path, under its overlay too: for a renamed file that is the old path.
    pub fn indexed(&mut self, snapshot: &'a Snapshot, path: &str) -> Result<()> {
        for snapshot in std::iter::once(snapshot).chain(snapshot.below()) {
            for chunk in snapshot.chunks_of(path).unwrap_or_default() {
                self.indexed.insert(snapshot.record(chunk)?.content, (snapshot, chunk));
            }
        }
        Ok(())
    }

    fn get(&self, content: ContentId) -> Option<Arc<Packed>> {
        let indexed = || self.indexed.get(&content).and_then(|(snapshot, chunk)| snapshot.packed(*chunk));
        self.packed.get(&content).cloned().or_else(indexed)
    }
}
