//! One generation of the index, opened for reading: immutable, complete, shared.
//!
//! Chunks of all segments are numbered through; so are files. What a later segment or a removal replaced is dead and never
//! shown.

use std::sync::Arc;

use codecompass_core::rank::bm25::Field;
use rustc_hash::FxHashMap;

use crate::{
    catalogue::{self, Contents, Fate, FileRow, State},
    error::{IndexError, Result},
    guard::guarded,
    segment::{FileEntry, Record, Row, Segment},
    space::Space,
    vectors::{Counts, Vectors},
};

/// A file's number that says: dead.
pub(crate) const DEAD: u32 = u32::MAX;

/// The index as of one generation.
pub struct Snapshot {
    /// Which generation, and what it consists of.
    pub state: State,
    /// Every file the index knows.
    pub files: FxHashMap<String, FileRow>,
    pub(crate) segments: Vec<Arc<Segment>>,
    pub(crate) vectors: Vectors,
    /// First chunk number of each segment, and the total.
    bases: Vec<u32>,
    /// First file number of each segment, and the total.
    file_bases: Vec<u32>,
    /// Of each chunk: its file's number, or [`DEAD`].
    pub(crate) file_of: Vec<u32>,
    /// Of each segment: whether everything in it lives.
    whole: Vec<bool>,
    pub(crate) lengths: Lengths,
    /// Of each chunk: whether it is test code. Every search asks it of all chunks that it touches.
    pub(crate) tests: Vec<bool>,
    /// Of each row of the vector matrix: a chunk that has it, as `chunk_of_vector[starts[row]..starts[row + 1]]`.
    vector_starts: Vec<u32>,
    vector_chunks: Vec<u32>,
    alive_chunks: u32,
    alive_files: u32,
}

/// Lengths of chunks and files in terms, relative to the average.
#[derive(Debug, Default)]
pub(crate) struct Lengths {
    pub(crate) weighted: Vec<f32>,
    pub(crate) body: Vec<f32>,
    pub(crate) names: Vec<f32>,
    pub(crate) file: Vec<f32>,
}

impl Snapshot {
    /// Opens the newest generation; `None` when there is none. `known` lends segments that are open already.
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

    fn assemble(space: &Space, embedder: &str, contents: Contents, known: Option<&Snapshot>) -> Result<Self> {
        let Contents { state, files } = contents;
        let mut segments = Vec::with_capacity(state.segments.len());
        for &id in &state.segments {
            let open = known.and_then(|known| known.segments.iter().find(|segment| segment.id == id).cloned());
            segments.push(match open {
                Some(segment) => segment,
                None => Arc::new(Segment::open(id, &space.segment(id))?),
            });
        }
        let vectors = Vectors::open(
            &space.vectors(),
            embedder,
            Counts { rows: state.vector_rows, windows: state.vector_windows },
        )?;
        vectors.load_graph()?;
        let mut bases = vec![0];
        let mut file_bases = vec![0];
        for segment in &segments {
            bases.push(bases.last().expect("never empty") + segment.rows.len() as u32);
            file_bases.push(file_bases.last().expect("never empty") + segment.files.len() as u32);
        }
        let mut snapshot = Self {
            state,
            files,
            segments,
            vectors,
            bases,
            file_bases,
            file_of: Vec::new(),
            whole: Vec::new(),
            lengths: Lengths::default(),
            tests: Vec::new(),
            vector_starts: Vec::new(),
            vector_chunks: Vec::new(),
            alive_chunks: 0,
            alive_files: 0,
        };
        snapshot.find_the_living()?;
        snapshot.measure();
        snapshot.find_the_tests();
        snapshot.link_vectors();
        Ok(snapshot)
    }

    fn find_the_living(&mut self) -> Result<()> {
        let total = *self.bases.last().expect("never empty") as usize;
        let mut file_of = vec![DEAD; total];
        let places: FxHashMap<u64, usize> =
            self.segments.iter().enumerate().map(|(index, segment)| (segment.id, index)).collect();
        for (path, row) in &self.files {
            let Fate::Indexed { segment, file } = row.fate else { continue };
            let place = places.get(&segment).map(|&index| (index, self.segments[index].files.get(file as usize)));
            let Some((index, Some(entry))) = place.filter(|(_, entry)| entry.is_some_and(|entry| entry.path == *path))
            else {
                return Err(IndexError::damaged("the catalogue names files that are not in its segments"));
            };
            self.alive_files += 1;
            self.alive_chunks += entry.chunks.len() as u32;
            for chunk in entry.chunks.clone() {
                file_of[(self.bases[index] + chunk) as usize] = self.file_bases[index] + file;
            }
        }
        self.whole = (0..self.segments.len())
            .map(|index| {
                let chunks = self.bases[index] as usize..self.bases[index + 1] as usize;
                !file_of[chunks].contains(&DEAD)
            })
            .collect();
        self.file_of = file_of;
        Ok(())
    }

    fn measure(&mut self) {
        let chunks = self.file_of.len();
        let files = *self.file_bases.last().expect("never empty") as usize;
        let mut lengths = Lengths {
            weighted: vec![0.0; chunks],
            body: vec![0.0; chunks],
            names: vec![0.0; chunks],
            file: vec![0.0; files],
        };
        for (segment, &base) in self.segments.iter().zip(&self.bases) {
            for row in 0..segment.rows.len() as u32 {
                let number = (base + row) as usize;
                let file = self.file_of[number];
                if file == DEAD {
                    continue;
                }
                let [body, doc, path, symbol, signature] =
                    Field::ALL.map(|field| segment.keyword.length(field, row) as f32);
                lengths.weighted[number] = body * Field::Body.weight()
                    + doc * Field::Doc.weight()
                    + path * Field::Path.weight()
                    + symbol * Field::Symbol.weight()
                    + signature * Field::Signature.weight();
                lengths.body[number] = body;
                lengths.names[number] = symbol;
                lengths.file[file as usize] += body + doc + symbol * Field::Symbol.file_weight();
            }
        }
        relative(&mut lengths.weighted, self.alive_chunks);
        relative(&mut lengths.body, self.alive_chunks);
        relative(&mut lengths.names, self.alive_chunks);
        relative(&mut lengths.file, self.alive_files);
        self.lengths = lengths;
    }

    fn find_the_tests(&mut self) {
        let tests = self
            .segments
            .iter()
            .flat_map(|segment| segment.rows.iter().map(|row| row.test || segment.files[row.file as usize].test));
        self.tests = tests.collect();
    }

    fn link_vectors(&mut self) {
        let rows = self.state.vector_rows as usize;
        let mut starts = vec![0u32; rows + 2];
        let of = |snapshot: &Self, number: u32| {
            let vector = snapshot.row(number).vector as usize;
            (vector < rows && snapshot.file_of[number as usize] != DEAD).then_some(vector)
        };
        for number in 0..self.file_of.len() as u32 {
            if let Some(vector) = of(self, number) {
                starts[vector + 2] += 1;
            }
        }
        for index in 2..starts.len() {
            starts[index] += starts[index - 1];
        }
        let mut chunks = vec![0; *starts.last().expect("never empty") as usize];
        for number in 0..self.file_of.len() as u32 {
            if let Some(vector) = of(self, number) {
                chunks[starts[vector + 1] as usize] = number;
                starts[vector + 1] += 1;
            }
        }
        starts.pop();
        self.vector_starts = starts;
        self.vector_chunks = chunks;
    }

    /// Living chunks that have the vector of that row.
    pub(crate) fn chunks_of_vector(&self, row: u32) -> &[u32] {
        let range = self.vector_starts[row as usize] as usize..self.vector_starts[row as usize + 1] as usize;
        &self.vector_chunks[range]
    }

    /// Number of living chunks.
    pub fn chunk_count(&self) -> u32 {
        self.alive_chunks
    }

    /// Number of living files.
    pub fn file_count(&self) -> u32 {
        self.alive_files
    }

    /// Number of chunks with a vector.
    pub fn embedded_count(&self) -> u32 {
        self.vector_chunks.len() as u32
    }

    /// Number of files, dead ones included: the bound of file numbers.
    pub(crate) fn file_bound(&self) -> usize {
        *self.file_bases.last().expect("never empty") as usize
    }

    /// Number of living chunks with the term in the field.
    pub(crate) fn frequency(&self, field: Field, term: &str) -> Result<u32> {
        let mut count = 0;
        for (index, segment) in self.segments.iter().enumerate() {
            if self.whole[index] {
                count += segment.keyword.count(field, term)?;
            } else {
                let living = &self.file_of[self.bases[index] as usize..];
                segment.keyword.each(field, term, |row, _| count += u32::from(living[row as usize] != DEAD))?;
            }
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
    pub fn chunks_of(&self, path: &str) -> Option<std::ops::Range<u32>> {
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

    /// The unit vector of a chunk, if it has one with a direction.
    pub fn vector_of(&self, number: u32) -> Option<Vec<f32>> {
        let row = self.row(number).vector;
        self.vectors.dequantise(row).filter(|vector| vector.iter().any(|&component| component != 0.0))
    }

    /// Bytes of text in the living files.
    pub fn text_bytes(&self) -> u64 {
        self.living_files().map(|file| file.bytes).sum()
    }

    /// Of each segment: which of its files live.
    pub(crate) fn living(&self) -> Vec<Vec<bool>> {
        let mut living: Vec<Vec<bool>> = self.segments.iter().map(|segment| vec![false; segment.files.len()]).collect();
        for row in self.files.values() {
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

/// Divides by the average over `count`.
fn relative(lengths: &mut [f32], count: u32) {
    let sum: f64 = lengths.iter().map(|&length| f64::from(length)).sum();
    let average = (sum / f64::from(count.max(1))) as f32;
    if average > 0.0 {
        for length in lengths {
            *length /= average;
        }
    }
}
