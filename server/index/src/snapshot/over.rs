//! A snapshot with an overlay: what the overlay replaces is dead, what it holds comes after everything on disk.
//!
//! What grows with the workspace is shared with the snapshot below, but for one flat array of numbers that is copied.

use std::sync::Arc;

use super::{Columns, DEAD, Snapshot};
use crate::{catalogue::Fate, overlay::Overlay, vectors};

impl Snapshot {
    /// The generation of `base` with what changed since. If `base` has an overlay itself, the new one takes its place.
    #[must_use]
    pub fn over(base: &Arc<Self>, overlay: &Overlay) -> Self {
        let base = base.below.as_ref().unwrap_or(base);
        let mut snapshot = Self {
            state: base.state.clone(),
            files: base.files.over(overlay),
            segments: base.segments.iter().chain(overlay.segments()).cloned().collect(),
            vectors: base.vectors.clone(),
            below: Some(Arc::clone(base)),
            bases: base.bases.clone(),
            file_bases: base.file_bases.clone(),
            file_of: Vec::with_capacity(base.file_of.len() + overlay.chunks()),
            dead: base.dead.clone(),
            columns: Arc::clone(&base.columns),
            fresh: Columns::default(),
            links: Arc::clone(&base.links),
            totals: base.totals,
            averages: base.averages,
        };
        snapshot.file_of.extend_from_slice(&base.file_of);
        for path in overlay.paths() {
            snapshot.bury(path);
        }
        for dead in &mut snapshot.dead {
            dead.sort_unstable_by_key(|range| range.start);
        }
        snapshot.add_in_memory(overlay);
        snapshot.averages = snapshot.totals.averages();
        snapshot
    }

    /// What lies below the overlay; `None` when there is none.
    pub fn below(&self) -> Option<&Self> {
        self.below.as_deref()
    }

    /// Marks what the disk holds of a path as dead.
    fn bury(&mut self, path: &str) {
        let Some(row) = self.files.committed().get(path) else { return };
        let Fate::Indexed { segment, file } = row.fate else { return };
        let Some(index) = self.segments.iter().position(|candidate| candidate.id == segment) else { return };
        let Some(entry) = self.segments[index].files.get(file as usize) else { return };
        let rows = entry.chunks.clone();
        let chunks = (self.bases[index] + rows.start) as usize..(self.bases[index] + rows.end) as usize;
        self.file_of[chunks.clone()].fill(DEAD);
        let number = (self.file_bases[index] + file) as usize;
        self.totals.count(false, &self.columns.chunks[chunks.clone()], self.columns.files[number]);
        let of_disk = |row: &&crate::segment::Row| row.vector < self.state.vector_rows;
        let embedded = self.segments[index].rows[rows.start as usize..rows.end as usize].iter().filter(of_disk);
        self.totals.embedded -= embedded.count() as u32;
        if !rows.is_empty() {
            self.dead[index].push(rows);
        }
    }

    fn add_in_memory(&mut self, overlay: &Overlay) {
        let disk = self.segments.len() - overlay.segments().len();
        for index in disk..self.segments.len() {
            let segment = Arc::clone(&self.segments[index]);
            let (chunk, file) = (self.file_of.len(), *self.file_bases.last().expect("never empty"));
            let (own_chunk, own_file) = (self.fresh.chunks.len(), self.fresh.files.len());
            self.fresh.add(&segment);
            let mut dead = Vec::new();
            for (number, entry) in (0..).zip(&segment.files) {
                let lives = self.files.get(&entry.path).is_some_and(
                    |row| matches!(row.fate, Fate::Indexed { segment: id, file } if id == segment.id && file == number),
                );
                self.file_of.extend(entry.chunks.clone().map(|_| if lives { file + number } else { DEAD }));
                if lives {
                    let chunks = own_chunk + entry.chunks.start as usize..own_chunk + entry.chunks.end as usize;
                    let length = self.fresh.files[own_file + number as usize];
                    self.totals.embedded += chunks.len() as u32;
                    self.totals.count(true, &self.fresh.chunks[chunks], length);
                } else if !entry.chunks.is_empty() {
                    dead.push(entry.chunks.clone());
                }
            }
            self.dead.push(dead);
            self.bases.push((chunk + segment.rows.len()) as u32);
            self.file_bases.push(file + segment.files.len() as u32);
        }
    }

    /// The vectors of chunks in memory are numbered on from those on disk, in the order of the chunks.
    pub(super) fn in_memory(&self, chunk: u32) -> Option<&Arc<vectors::Packed>> {
        if (chunk as usize) < self.columns.chunks.len() {
            return None;
        }
        let (segment, row) = self.locate(chunk);
        self.segments[segment].vectors.get(row as usize)
    }

    /// The living chunks in memory, with the numbers of their vectors, nearest to a query.
    pub(super) fn nearest_in_memory(&self, query: &vectors::Query) -> Vec<vectors::Near> {
        let disk = self.columns.chunks.len() as u32;
        let rows = self.state.vector_rows;
        (disk..self.file_of.len() as u32)
            .filter(|&chunk| self.file_of[chunk as usize] != DEAD)
            .filter_map(|chunk| {
                let cosine = self.in_memory(chunk)?.cosine(query);
                Some(vectors::Near { row: rows + (chunk - disk), cosine })
            })
            .collect()
    }
}
