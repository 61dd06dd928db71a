//! Writing: one process at a time. Segments and vectors are built by any number of threads; a commit makes them visible.

mod rest;

use std::{
    fs,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use codecompass_core::{document::ContentId, embed::ChunkVectors};
use rustc_hash::FxHashMap;

use crate::{
    catalogue::{self, Changes, Fate, FileRow, State},
    error::{IndexError, Result},
    overlay::OverlayFile,
    segment::{self, SegmentBuilder, sync_folder},
    snapshot::Snapshot,
    space::{Space, WriterLock},
    vectors::{Counts, VectorsWriter},
};

pub use rest::RestingWriter;

/// More segments than this are merged, so that a query looks each word up only so often.
const MAX_SEGMENTS: usize = 8;
/// A segment of which less than this share lives is written anew.
const MIN_LIVING: f32 = 0.5;

/// The one writer of a space.
pub struct Writer {
    space: Space,
    embedder: String,
    dimension: usize,
    _lock: WriterLock,
    inner: Mutex<Inner>,
}

struct Inner {
    state: State,
    vectors: VectorsWriter,
    /// Every content that has a vector.
    known: FxHashMap<ContentId, u32>,
    /// Those of them that no commit has named yet.
    fresh: Vec<(ContentId, u32)>,
    next_segment: u64,
}

impl Inner {
    fn learn(&mut self, content: ContentId, row: u32) {
        self.known.insert(content, row);
        self.fresh.push((content, row));
    }
}

/// What one commit adds and takes away.
#[derive(Default)]
pub struct Batch {
    /// A segment that is ready to be sealed.
    pub segment: Option<SegmentBuilder>,
    /// What became of files, by path.
    pub files: Vec<(String, FileRow)>,
    /// Paths that are gone.
    pub removed: Vec<String>,
    /// Whether the index now covers everything there is.
    pub complete: bool,
}

impl Batch {
    /// Whether committing it would change nothing.
    pub fn is_empty(&self) -> bool {
        self.segment.is_none() && self.files.is_empty() && self.removed.is_empty()
    }
}

impl Writer {
    /// Becomes the writer; `None` when another process is. Leftovers of one that was killed are removed.
    pub fn open(space: &Space, embedder: &str, dimension: usize) -> Result<Option<Self>> {
        let Some(lock) = space.lock()? else { return Ok(None) };
        let state = catalogue::generation(&space.catalogue())?.unwrap_or_default();
        let known = catalogue::vectors(&space.catalogue())?;
        Self::begin(space, lock, embedder, dimension, state, known).map(Some)
    }

    fn begin(
        space: &Space,
        lock: WriterLock,
        embedder: &str,
        dimension: usize,
        state: State,
        known: FxHashMap<ContentId, u32>,
    ) -> Result<Self> {
        let committed = Counts { rows: state.vector_rows, windows: state.vector_windows };
        let vectors = VectorsWriter::open(&space.vectors(), embedder, dimension, committed)?;
        remove_leftovers(space, &state);
        let next_segment = state.segments.iter().max().map_or(1, |last| last + 1);
        let inner = Mutex::new(Inner { state, vectors, known, fresh: Vec::new(), next_segment });
        Ok(Self { space: space.clone(), embedder: embedder.to_owned(), dimension, _lock: lock, inner })
    }

    /// The generation that the next commit builds upon.
    pub fn state(&self) -> State {
        self.inner().state.clone()
    }

    /// Starts a segment. Several can be built at the same time.
    pub fn start_segment(&self) -> Result<SegmentBuilder> {
        let id = self.next_segment();
        SegmentBuilder::create(id, self.space.segment(id))
    }

    fn next_segment(&self) -> u64 {
        let mut inner = self.inner();
        let id = inner.next_segment;
        inner.next_segment += 1;
        id
    }

    /// The vector of content that was seen before.
    pub fn known_vector(&self, content: ContentId) -> Option<u32> {
        self.inner().known.get(&content).copied()
    }

    /// Stores the vector of new content.
    pub fn add_vector(&self, content: ContentId, vectors: &ChunkVectors) -> Result<u32> {
        let mut inner = self.inner();
        if let Some(&row) = inner.known.get(&content) {
            return Ok(row);
        }
        let row = inner.vectors.append(&vectors.whole, vectors.norm, &vectors.windows)?;
        inner.learn(content, row);
        Ok(row)
    }

    /// Adds a file of the overlay to a batch, with the vectors that it brings.
    pub fn put(&self, batch: &mut Batch, file: &OverlayFile) -> Result<()> {
        let mut rows = Vec::with_capacity(file.document.chunks.len());
        let mut inner = self.inner();
        for (chunk, vector) in file.document.chunks.iter().zip(file.vectors()) {
            let row = if let Some(&row) = inner.known.get(&chunk.content) {
                row
            } else {
                let row = inner.vectors.append_packed(vector)?;
                inner.learn(chunk.content, row);
                row
            };
            rows.push(row);
        }
        drop(inner);
        let segment = if let Some(segment) = &mut batch.segment {
            segment
        } else {
            let id = self.next_segment();
            batch.segment.insert(SegmentBuilder::create_small(id, self.space.segment(id))?)
        };
        let number = segment.add(&file.document, file.bytes, &rows)?;
        batch.files.push((file.document.path.clone(), file.row(segment.id(), number)));
        Ok(())
    }

    /// Seals the batch's segment and makes one new generation of all of it. After a crash before the end nothing of it is
    /// there, after the end all of it.
    pub fn commit(&self, batch: Batch) -> Result<State> {
        let mut segments = Vec::new();
        if let Some(builder) = batch.segment
            && builder.files() > 0
        {
            segments.push(builder.finish()?);
            sync_folder(&self.space.segments())?;
        }
        let mut inner = self.inner();
        let mut state = inner.state.clone();
        state.segments.extend(segments);
        state.complete |= batch.complete;
        self.publish(&mut inner, state, Changes { files: batch.files, removed: batch.removed, ..Changes::default() })
    }

    /// Merges segments when there are too many of them or one is mostly dead. Returns whether anything was done.
    pub fn compact(&self, snapshot: &Snapshot) -> Result<bool> {
        let snapshot = snapshot.below().unwrap_or(snapshot);
        let living = snapshot.living();
        let chosen = choose(snapshot, &living);
        if chosen.is_empty() {
            return Ok(false);
        }
        let mut inner = self.inner();
        if inner.state.generation != snapshot.state.generation {
            return Ok(false);
        }
        let id = inner.next_segment;
        inner.next_segment += 1;
        let folder = self.space.segment(id);
        let parts: Vec<_> =
            chosen.iter().map(|&index| (snapshot.segments[index].as_ref(), living[index].as_slice())).collect();
        let places = segment::merge(&parts, &folder)?;
        sync_folder(&self.space.segments())?;
        let merged: FxHashMap<u64, &Vec<Option<u32>>> =
            chosen.iter().zip(&places).map(|(&index, places)| (snapshot.segments[index].id, places)).collect();
        let mut changes = Changes::default();
        for (path, row) in snapshot.files.committed() {
            if let Fate::Indexed { segment, file } = row.fate
                && let Some(places) = merged.get(&segment)
                && let Some(Some(file)) = places.get(file as usize)
            {
                changes
                    .files
                    .push((path.clone(), FileRow { fate: Fate::Indexed { segment: id, file: *file }, ..row.clone() }));
            }
        }
        let mut state = inner.state.clone();
        state.segments.retain(|segment| !merged.contains_key(segment));
        state.segments.push(id);
        self.publish(&mut inner, state, changes)?;
        // Whoever has them open keeps them; nobody new finds them.
        for segment in merged.keys() {
            let _ = fs::remove_dir_all(self.space.segment(*segment));
        }
        Ok(true)
    }

    fn publish(&self, inner: &mut Inner, mut state: State, mut changes: Changes) -> Result<State> {
        let counts = inner.vectors.sync()?;
        state.vector_rows = counts.rows;
        state.vector_windows = counts.windows;
        state.generation += 1;
        state.committed_s = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        changes.vectors.clone_from(&inner.fresh);
        catalogue::commit(&self.space.catalogue(), &state, &changes)?;
        inner.fresh.clear();
        inner.state = state.clone();
        Ok(state)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // A panic elsewhere cannot leave it half changed: the state is replaced as a whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which segments to merge: the mostly dead ones, and the smallest when there are too many.
fn choose(snapshot: &Snapshot, living: &[Vec<bool>]) -> Vec<usize> {
    let alive_chunks: Vec<u32> = snapshot
        .segments
        .iter()
        .zip(living)
        .map(|(segment, living)| {
            segment
                .files
                .iter()
                .zip(living)
                .filter(|(_, alive)| **alive)
                .map(|(file, _)| file.chunks.len() as u32)
                .sum()
        })
        .collect();
    let mut chosen: Vec<usize> = (0..snapshot.segments.len())
        .filter(|&index| (alive_chunks[index] as f32) < MIN_LIVING * snapshot.segments[index].rows.len() as f32)
        .collect();
    let left = snapshot.segments.len() - chosen.len();
    if left > MAX_SEGMENTS {
        let mut by_size: Vec<usize> = (0..snapshot.segments.len()).filter(|index| !chosen.contains(index)).collect();
        by_size.sort_by_key(|&index| alive_chunks[index]);
        chosen.extend(by_size.into_iter().take(left - MAX_SEGMENTS / 2));
    }
    chosen.sort_unstable();
    chosen
}

/// Segments that no generation names: their writer was killed before its commit.
fn remove_leftovers(space: &Space, state: &State) {
    for entry in fs::read_dir(space.segments()).into_iter().flatten().flatten() {
        let named = u64::from_str_radix(&entry.file_name().to_string_lossy(), 16);
        if !named.is_ok_and(|id| state.segments.contains(&id)) {
            let _ = fs::remove_dir_all(entry.path()).map_err(IndexError::io("remove", &entry.path()));
        }
    }
}
