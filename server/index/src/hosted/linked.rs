//! A store seen from a snapshot: which chunk has which of its rows.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Store;
use crate::{
    error::Result,
    segment::Segment,
    snapshot::{Columns, DEAD, Links, Snapshot},
    vectors::{self, Near, Vectors},
};

/// The row number that says: the model has not seen this content yet.
const NONE: u32 = u32::MAX;

/// A store and a snapshot. What is on disk is linked once for each generation, what is in memory for each snapshot.
#[derive(Clone)]
pub struct Linked {
    store: Store,
    disk: Arc<Disk>,
    /// Rows of the chunks in memory, in their order.
    fresh: Vec<u32>,
    /// Chunks in memory by row.
    fresh_of: FxHashMap<u32, Vec<u32>>,
}

struct Disk {
    /// What all snapshots of one generation share, and no other has.
    of: Arc<Columns>,
    /// The row of each chunk on disk.
    rows: Vec<u32>,
    /// The chunks on disk with each row.
    links: Links,
}

impl Linked {
    /// Links them. `known` lends what it has linked already, if it is of the same generation and store.
    pub fn new(store: &Store, snapshot: &Snapshot, known: Option<&Self>) -> Result<Self> {
        let known = known.filter(|known| known.store.is_same(store) && Arc::ptr_eq(&known.disk.of, snapshot.columns()));
        let disk = match known {
            Some(known) => Arc::clone(&known.disk),
            None => Arc::new(Disk::new(store, snapshot)?),
        };
        let first = snapshot.on_disk();
        let mut fresh = Vec::new();
        for segment in snapshot.segments.iter().skip(snapshot.segments_on_disk()) {
            rows(store, segment, &mut fresh)?;
        }
        let mut fresh_of: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for (chunk, &row) in (first..).zip(&fresh).filter(|(_, row)| **row != NONE) {
            fresh_of.entry(row).or_default().push(chunk);
        }
        Ok(Self { store: store.clone(), disk, fresh, fresh_of })
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The row of a chunk; also when the model could make nothing of it.
    fn row(&self, chunk: u32) -> Option<u32> {
        let chunk = chunk as usize;
        let disk = self.disk.rows.len();
        let row = if chunk < disk { self.disk.rows[chunk] } else { *self.fresh.get(chunk - disk)? };
        (row != NONE).then_some(row)
    }

    /// Whether the model was shown the content of a chunk.
    pub fn has(&self, chunk: u32) -> bool {
        self.row(chunk).is_some()
    }

    /// Whether a chunk has a vector with a direction.
    pub(crate) fn has_direction(&self, chunk: u32) -> bool {
        self.row(chunk).is_some_and(|row| self.store.has_direction(row))
    }

    /// Whether the model could make nothing of the content of a chunk.
    pub fn is_refused(&self, chunk: u32) -> bool {
        self.row(chunk).is_some_and(|row| !self.store.has_direction(row))
    }

    /// The cosine of a chunk; `None` when it has no vector with a direction.
    pub(crate) fn cosine(&self, chunk: u32, query: &vectors::Query) -> Option<f32> {
        let row = self.row(chunk)?;
        self.store.has_direction(row).then(|| self.store.vectors().score(row, query))
    }

    /// The unit vector of a chunk, if it has one with a direction.
    pub fn vector_of(&self, chunk: u32) -> Option<Vec<f32>> {
        let row = self.row(chunk)?;
        self.store.has_direction(row).then(|| self.store.vectors().dequantise(row))?
    }

    /// The rows nearest to the query, of those that a living chunk has.
    pub(crate) fn nearest(&self, snapshot: &Snapshot, query: &vectors::Query, count: usize) -> Vec<Near> {
        let vectors: &Vectors = self.store.vectors();
        vectors.search(query, count, |row| self.chunks_of(snapshot, row).next().is_none())
    }

    /// Living chunks with a row.
    pub(crate) fn chunks_of<'a>(&'a self, snapshot: &'a Snapshot, row: u32) -> impl Iterator<Item = u32> + 'a {
        let fresh = self.fresh_of.get(&row).map_or(&[][..], Vec::as_slice);
        let chunks = self.disk.links.of(row).iter().chain(fresh).copied();
        chunks.filter(|&chunk| snapshot.file_of[chunk as usize] != DEAD)
    }
}

impl Disk {
    fn new(store: &Store, snapshot: &Snapshot) -> Result<Self> {
        let mut all = Vec::with_capacity(snapshot.on_disk() as usize);
        for segment in &snapshot.segments[..snapshot.segments_on_disk()] {
            rows(store, segment, &mut all)?;
        }
        let links = Links::new(store.vectors().counts().rows, || {
            (0..).zip(&all).filter(|(_, row)| **row != NONE).map(|(chunk, row)| (chunk, *row))
        });
        Ok(Self { of: Arc::clone(snapshot.columns()), rows: all, links })
    }
}

fn rows(store: &Store, segment: &Segment, out: &mut Vec<u32>) -> Result<()> {
    out.extend(segment.contents()?.iter().map(|&content| store.row(content).unwrap_or(NONE)));
    Ok(())
}
