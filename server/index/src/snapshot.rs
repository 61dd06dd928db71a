//! One generation of the index, opened for reading: immutable, complete, shared.
//!
//! Chunks of all segments are numbered through; so are files. What a later segment or a removal replaced is dead and never
//! shown. An [overlay](crate::overlay) comes after the segments on disk, as further segments.

mod columns;
mod files;
mod over;

use std::{ops::Range, sync::Arc};

use codecompass_core::{document::ContentId, rank::bm25::Field};
use rustc_hash::FxHashMap;

pub use files::Files;

use crate::{
    catalogue::{self, Contents, Fate, FileRow, State},
    error::{IndexError, Result},
    guard::guarded,
    segment::{FileEntry, Record, Row, Segment},
    space::Space,
    vectors::{self, Counts, Packed, Vectors},
};
pub(crate) use columns::{Columns, Links};
use columns::{Lengths, Totals};

/// A file's number that says: dead.
pub(crate) const DEAD: u32 = u32::MAX;

/// The index as of one generation, and what lies over it.
pub struct Snapshot {
    /// Which generation, and what it consists of.
    pub state: State,
    /// Every file the index knows.
    pub files: Files,
    /// Those on disk, then those in memory.
    pub(crate) segments: Vec<Arc<Segment>>,
    vectors: Vectors,
    /// What lies below an overlay.
    below: Option<Arc<Snapshot>>,
    /// First chunk number of each segment, and the total.
    bases: Vec<u32>,
    /// First file number of each segment, and the total.
    file_bases: Vec<u32>,
    /// Of each chunk: its file's number, or [`DEAD`].
    pub(crate) file_of: Vec<u32>,
    /// Of each segment: the rows of its dead chunks, ascending.
    dead: Vec<Vec<Range<u32>>>,
    /// Of the segments on disk.
    columns: Arc<Columns>,
    /// Of the segments in memory.
    fresh: Columns,
    /// Which chunks on disk have each vector on disk.
    links: Arc<Links>,
    totals: Totals,
    /// Of the living: lengths of a chunk, length of a file.
    averages: (Lengths, f32),
}

impl Snapshot {
    /// Opens the newest generation; `None` when there is none. `known` lends what it has open and counted already.
    pub fn open(space: &Space, embedder: &str, known: Option<&Snapshot>) -> Result<Option<Self>> {
        let mut attempts = 0;
        loop {
            let Some(contents) = catalogue::read(&space.catalogue())? else { return Ok(None) };
            if contents.state.generation == 0 {
                return Ok(None);
            }
            match guarded("its files cannot be read", || Self::assemble(space, embedder, contents, known)) {
                // A writer may merge segments away between the two readings.
                Err(error) if error.is_damage() && attempts < 3 => attempts += 1,
                other => return other.map(Some),
            }
        }
    }

    /// A snapshot of nothing: what an overlay lies over before anything was committed.
    pub fn empty(embedder: &str, dimension: usize) -> Result<Self> {
        Self::of(Contents::default(), Vec::new(), Vectors::empty(embedder, dimension)?, None)
    }

    fn assemble(space: &Space, embedder: &str, contents: Contents, known: Option<&Snapshot>) -> Result<Self> {
        let state = &contents.state;
        let mut segments = Vec::with_capacity(state.segments.len());
        for &id in &state.segments {
            let open = known.and_then(|known| known.segments.iter().find(|segment| segment.id == id).cloned());
            segments.push(match open {
                Some(segment) => segment,
                None => Arc::new(Segment::open(id, &space.segment(id))?),
            });
        }
        let committed = Counts { rows: state.vector_rows, windows: state.vector_windows };
        let vectors = Vectors::open(&space.vectors(), embedder, committed)?;
        vectors.load_graph()?;
        Self::of(contents, segments, vectors, known)
    }

    fn of(contents: Contents, segments: Vec<Arc<Segment>>, vectors: Vectors, known: Option<&Snapshot>) -> Result<Self> {
        let Contents { state, files } = contents;
        let mut bases = vec![0];
        let mut file_bases = vec![0];
        for segment in &segments {
            bases.push(bases.last().expect("never empty") + segment.rows.len() as u32);
            file_bases.push(file_bases.last().expect("never empty") + segment.files.len() as u32);
        }
        let mut snapshot = Self {
            state,
            files: Files::new(files),
            columns: Arc::new(measure(&segments, known)),
            segments,
            vectors,
            below: None,
            bases,
            file_bases,
            file_of: Vec::new(),
            dead: Vec::new(),
            fresh: Columns::default(),
            links: Arc::default(),
            totals: Totals::default(),
            averages: (Lengths::default(), 0.0),
        };
        snapshot.find_the_living()?;
        snapshot.link_vectors();
        snapshot.averages = snapshot.totals.averages();
        Ok(snapshot)
    }

    fn find_the_living(&mut self) -> Result<()> {
        let total = *self.bases.last().expect("never empty") as usize;
        let mut file_of = vec![DEAD; total];
        let places: FxHashMap<u64, usize> =
            self.segments.iter().enumerate().map(|(index, segment)| (segment.id, index)).collect();
        let mut alive: Vec<Vec<bool>> = self.segments.iter().map(|segment| vec![false; segment.files.len()]).collect();
        for (path, row) in self.files.committed() {
            let Fate::Indexed { segment, file } = row.fate else { continue };
            let place = places.get(&segment).map(|&index| (index, self.segments[index].files.get(file as usize)));
            let Some((index, Some(entry))) = place.filter(|(_, entry)| entry.is_some_and(|entry| entry.path == *path))
            else {
                return Err(IndexError::damaged("the catalogue names files that are not in its segments"));
            };
            let number = self.file_bases[index] + file;
            let chunks =
                (self.bases[index] + entry.chunks.start) as usize..(self.bases[index] + entry.chunks.end) as usize;
            file_of[chunks.clone()].fill(number);
            alive[index][file as usize] = true;
            self.totals.count(true, &self.columns.chunks[chunks], self.columns.files[number as usize]);
        }
        for (segment, alive) in self.segments.iter().zip(alive) {
            let dead = segment.files.iter().zip(alive).filter(|(entry, alive)| !alive && !entry.chunks.is_empty());
            let mut dead: Vec<Range<u32>> = dead.map(|(entry, _)| entry.chunks.clone()).collect();
            dead.sort_unstable_by_key(|range| range.start);
            self.dead.push(dead);
        }
        self.file_of = file_of;
        Ok(())
    }

    fn link_vectors(&mut self) {
        let rows = self.state.vector_rows;
        let links = Links::new(rows, || {
            let vectors = self.segments.iter().flat_map(|segment| segment.rows.iter().map(|row| row.vector));
            let living = (0u32..).zip(vectors).zip(&self.file_of).filter(|(_, file)| **file != DEAD);
            living.map(|(pair, _)| pair).filter(move |(_, vector)| *vector < rows)
        });
        self.totals.embedded = links.len();
        self.links = Arc::new(links);
    }

    /// Living chunks that have the vector of that number.
    pub(crate) fn chunks_of_vector(&self, row: u32) -> impl Iterator<Item = u32> {
        let rows = self.state.vector_rows;
        let on_disk = if row < rows { self.links.of(row) } else { &[] };
        let in_memory = row.checked_sub(rows).map(|chunk| self.columns.chunks.len() as u32 + chunk);
        on_disk.iter().copied().chain(in_memory).filter(|&chunk| self.file_of[chunk as usize] != DEAD)
    }

    /// The vectors nearest to the query, of those that a living chunk has.
    pub(crate) fn nearest(&self, query: &vectors::Query, count: usize) -> Vec<vectors::Near> {
        let mut found = self.vectors.search(query, count, |row| self.chunks_of_vector(row).next().is_none());
        let fresh = self.nearest_in_memory(query);
        if !fresh.is_empty() {
            found.extend(fresh);
            Vectors::keep_nearest(&mut found, count);
        }
        found
    }

    /// What all snapshots of this generation share, and no other has.
    pub(crate) fn columns(&self) -> &Arc<Columns> {
        &self.columns
    }

    /// Number of chunks on disk, the dead included: the first chunk in memory.
    pub(crate) fn on_disk(&self) -> u32 {
        self.columns.chunks.len() as u32
    }

    /// Number of segments on disk.
    pub(crate) fn segments_on_disk(&self) -> usize {
        self.below.as_ref().map_or(self.segments.len(), |below| below.segments.len())
    }

    /// Number of chunks, the dead included: the bound of chunk numbers.
    pub(crate) fn chunk_bound(&self) -> u32 {
        self.file_of.len() as u32
    }

    /// Whether a chunk can be found.
    pub(crate) fn lives(&self, number: u32) -> bool {
        self.file_of[number as usize] != DEAD
    }

    /// The number of a chunk's vector, for [`Snapshot::chunks_of_vector`].
    pub(crate) fn vector_number(&self, number: u32) -> u32 {
        match number.checked_sub(self.on_disk()) {
            Some(in_memory) => self.state.vector_rows + in_memory,
            None => self.row(number).vector,
        }
    }

    /// All living chunks, ascending.
    pub fn living_chunks(&self) -> impl Iterator<Item = u32> {
        (0..).zip(&self.file_of).filter(|(_, file)| **file != DEAD).map(|(chunk, _)| chunk)
    }

    /// What a chunk says, by its id.
    pub fn content(&self, number: u32) -> Result<ContentId> {
        let (segment, row) = self.locate(number);
        Ok(self.segments[segment].contents()?[row as usize])
    }

    /// Components of a vector.
    pub(crate) fn dimension(&self) -> usize {
        self.vectors.dimension()
    }

    /// The cosine of a chunk; `None` when it has no vector.
    pub(crate) fn cosine(&self, number: u32, query: &vectors::Query) -> Option<f32> {
        if let Some(vector) = self.in_memory(number) {
            return Some(vector.cosine(query));
        }
        let row = self.row(number).vector;
        (row < self.state.vector_rows).then(|| self.vectors.score(row, query))
    }

    /// The cosine of the nearest window of a chunk; `None` when it has none.
    pub(crate) fn window_cosine(&self, number: u32, query: &vectors::Query) -> Option<f32> {
        let best = match self.in_memory(number) {
            Some(vector) => vector.best_window(query),
            None => self.vectors.best_window(self.row(number).vector, query),
        };
        best.map(|(_, cosine)| cosine)
    }

    /// The unit vector of a chunk, if it has one with a direction.
    pub fn vector_of(&self, number: u32) -> Option<Vec<f32>> {
        let vector = match self.in_memory(number) {
            Some(vector) => vector.dequantise(),
            None => self.vectors.dequantise(self.row(number).vector),
        };
        vector.filter(|vector| vector.iter().any(|&component| component != 0.0))
    }

    /// The vector of a chunk and those of its windows, as bytes.
    pub(crate) fn packed(&self, number: u32) -> Option<Arc<Packed>> {
        let on_disk = || self.vectors.packed(self.row(number).vector).map(Arc::new);
        self.in_memory(number).cloned().or_else(on_disk)
    }

    /// Lengths of a chunk in terms, relative to the average.
    #[inline]
    pub(crate) fn lengths(&self, number: u32) -> Lengths {
        let (own, average) = (of(&self.columns.chunks, &self.fresh.chunks, number), &self.averages.0);
        Lengths {
            weighted: own.weighted / average.weighted,
            body: own.body / average.body,
            names: own.names / average.names,
        }
    }

    /// Length of a file in terms, relative to the average.
    #[inline]
    pub(crate) fn file_length(&self, number: u32) -> f32 {
        of(&self.columns.files, &self.fresh.files, number) / self.averages.1
    }

    /// Whether a chunk is test code. Every search asks it of all chunks that it touches.
    #[inline]
    pub(crate) fn is_test(&self, number: u32) -> bool {
        *of(&self.columns.tests, &self.fresh.tests, number)
    }

    /// Number of living chunks.
    pub fn chunk_count(&self) -> u32 {
        self.totals.chunks
    }

    /// Number of living files.
    pub fn file_count(&self) -> u32 {
        self.totals.files
    }

    /// Number of chunks with a vector.
    pub fn embedded_count(&self) -> u32 {
        self.totals.embedded
    }

    /// Number of files, dead ones included: the bound of file numbers.
    pub(crate) fn file_bound(&self) -> usize {
        *self.file_bases.last().expect("never empty") as usize
    }

    /// Number of living chunks with the term in the field.
    pub(crate) fn frequency(&self, field: Field, term: &str) -> Result<u32> {
        let mut count = 0;
        for (segment, dead) in self.segments.iter().zip(&self.dead) {
            count += segment.keyword.count_outside(field, term, dead)?;
        }
        Ok(count)
    }

    /// The segment of a chunk and the chunk's row there.
    pub(crate) fn locate(&self, number: u32) -> (usize, u32) {
        let index = self.bases.partition_point(|&base| base <= number) - 1;
        (index, number - self.bases[index])
    }

    pub(crate) fn base(&self, segment: usize) -> u32 {
        self.bases[segment]
    }

    /// What ranking asks of a chunk.
    pub fn row(&self, number: u32) -> Row {
        let (segment, row) = self.locate(number);
        self.segments[segment].rows[row as usize]
    }

    /// The rest of what is known of a chunk.
    pub fn record(&self, number: u32) -> Result<Record> {
        let (segment, row) = self.locate(number);
        self.segments[segment].record(row)
    }

    /// The file of a chunk.
    pub fn file(&self, number: u32) -> &FileEntry {
        let (segment, row) = self.locate(number);
        let segment = &self.segments[segment];
        &segment.files[segment.rows[row as usize].file as usize]
    }

    /// All living files.
    pub fn living_files(&self) -> impl Iterator<Item = &FileEntry> {
        self.files.values().filter_map(|row| self.entry(row))
    }

    /// The chunks of a file, by number, if it is indexed.
    pub fn chunks_of(&self, path: &str) -> Option<Range<u32>> {
        let Fate::Indexed { segment, file } = self.files.get(path)?.fate else { return None };
        let index = self.segments.iter().position(|candidate| candidate.id == segment)?;
        let chunks = &self.segments[index].files.get(file as usize)?.chunks;
        Some(self.bases[index] + chunks.start..self.bases[index] + chunks.end)
    }

    /// A file as its segment holds it.
    pub fn entry(&self, row: &FileRow) -> Option<&FileEntry> {
        let Fate::Indexed { segment, file } = row.fate else { return None };
        self.segments.iter().find(|candidate| candidate.id == segment)?.files.get(file as usize)
    }

    /// Bytes of text in the living files.
    pub fn text_bytes(&self) -> u64 {
        self.living_files().map(|file| file.bytes).sum()
    }

    /// Of each segment: which of its files live.
    pub(crate) fn living(&self) -> Vec<Vec<bool>> {
        let mut living: Vec<Vec<bool>> = self.segments.iter().map(|segment| vec![false; segment.files.len()]).collect();
        for row in self.files.committed().values() {
            if let Fate::Indexed { segment, file } = row.fate
                && let Some(index) = self.segments.iter().position(|candidate| candidate.id == segment)
                && let Some(alive) = living[index].get_mut(file as usize)
            {
                *alive = true;
            }
        }
        living
    }
}

/// Measures all segments; what is known already is taken over.
fn measure(segments: &[Arc<Segment>], known: Option<&Snapshot>) -> Columns {
    let mut columns = Columns::default();
    let known = known.map(|known| known.below().unwrap_or(known));
    for segment in segments {
        let place = known.and_then(|known| {
            let index = known.segments.iter().position(|candidate| Arc::ptr_eq(candidate, segment))?;
            Some((known, index))
        });
        match place {
            Some((known, index)) => {
                columns.take_over(&known.columns, segment, known.bases[index], known.file_bases[index]);
            }
            None => columns.add(segment),
        }
    }
    columns
}

/// An element of two arrays that are numbered through.
#[inline]
fn of<'a, T>(first: &'a [T], second: &'a [T], number: u32) -> &'a T {
    let number = number as usize;
    if number < first.len() { &first[number] } else { &second[number - first.len()] }
}
