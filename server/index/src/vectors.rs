//! The vectors of one embedder on disk, and the search for the nearest ones.
//!
//! Three files that only grow, mapped into memory for reading: `rows.bin` (a row of signed bytes for each distinct
//! content), `signs.bin` (the signs of its components, one bit each: what a large search reads first) and `windows.bin`
//! (finer vectors of the parts of a content, four bits a component). The caller remembers how many rows and windows were
//! committed; whatever lies behind is a torn append, ignored by readers and cut off by the writer.
//!
//! What a row stands for is not known here: rows are numbered in the order of appending.

mod dot;
mod files;
mod graph;
mod packed;
mod quantise;
mod query;
mod scan;
mod top;
mod writer;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use thiserror::Error;

pub use graph::Graph;
pub use packed::Packed;
pub use query::Query;
pub use writer::VectorsWriter;

pub(crate) use files::open_private;

use files::Matrix;

/// Components of the vector of a window.
pub const WINDOW_DIMENSION: usize = 128;

/// From this many rows on a search reads the signs first. Below, reading every row takes about half a millisecond.
///
/// Measured with `benches/vectors.rs` on two shared cores, 256 dimensions, chunks of real code, median: every row in
/// 0.2 ms at 10,000 rows, 0.6 ms at 30,000, 1.4 to 2 ms at 100,000 and 35 ms at 1,000,000; by signs 0.4 to 0.5 ms at
/// 100,000 (recall@10 0.998) and 5.4 ms at 1,000,000 (0.996).
pub const SIGNS_FROM: u32 = 32_768;

/// From this many rows on a graph is worth building: where reading the signs would come near 25 ms.
///
/// Measured as above, no graph has won at the sizes it was built for: 0.7 ms at 10,000 rows, 1.3 ms and a recall@10 of
/// 0.990 at 100,000 (built in 26 s), 3.1 ms and 0.971 at 300,000 (built in 221 s), where the signs take 1.3 ms for
/// 0.992. The time by signs grows with the rows and that of a graph hardly does, so that it must win somewhere; the
/// number is where the line of the signs leads, not a measurement.
pub const GRAPH_FROM: u32 = 4_000_000;

/// How much of a space was committed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Vectors of whole contents.
    pub rows: u32,
    /// Vectors of windows, of all rows together.
    pub windows: u32,
}

/// A row and how near it is to the query.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// The number of the row.
    pub row: u32,
    /// The cosine of the angle between row and query.
    pub cosine: f32,
}

/// Why the vectors on disk cannot be used.
#[derive(Debug, Error)]
pub enum VectorsError {
    /// The operating system refused.
    #[error("cannot use {path}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file does not begin as one of ours.
    #[error("{path} is corrupt: {what}")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The file holds vectors of another space, which must never be mixed.
    #[error("{path} belongs to another embedder")]
    OtherEmbedder {
        /// The file.
        path: PathBuf,
    },
    /// The file lacks rows that were committed.
    #[error("{path} is corrupt: {needed} bytes were committed and {found} are there")]
    Short {
        /// The file.
        path: PathBuf,
        /// Bytes that the committed rows take.
        needed: u64,
        /// Bytes in the file.
        found: u64,
    },
    /// A vector does not have the dimension of the space.
    #[error("a vector has {found} dimensions, the space has {expected}")]
    Dimension {
        /// Dimensions of the space.
        expected: usize,
        /// Dimensions of the vector.
        found: usize,
    },
    /// Rows and windows are numbered with 32 bits.
    #[error("the vectors in {path} are full")]
    Full {
        /// The file.
        path: PathBuf,
    },
}

/// The committed vectors of a space, open for reading. Cheap to clone; a clone sees the same rows.
#[derive(Clone)]
pub struct Vectors {
    folder: Arc<Path>,
    matrix: Arc<Matrix>,
    graph: Arc<OnceLock<Arc<Graph>>>,
}

impl Vectors {
    /// Opens the committed part of a space.
    pub fn open(folder: &Path, embedder: &str, committed: Counts) -> Result<Self, VectorsError> {
        let matrix = Arc::new(Matrix::open(folder, embedder, committed)?);
        Ok(Self { folder: folder.into(), matrix, graph: Arc::default() })
    }

    /// A space of which nothing is on disk yet.
    pub fn empty(embedder: &str, dimension: usize) -> Result<Self, VectorsError> {
        let matrix = Arc::new(Matrix::empty(embedder, dimension)?);
        Ok(Self { folder: Path::new("").into(), matrix, graph: Arc::default() })
    }

    /// A row by itself, as the files hold it.
    pub fn packed(&self, row: u32) -> Option<Packed> {
        self.matrix.packed(row)
    }

    /// Puts the nearest first, equals by row, and keeps `k`.
    pub fn keep_nearest(found: &mut Vec<Near>, k: usize) {
        top::sort(found);
        found.truncate(k);
    }

    /// Components of a vector.
    pub fn dimension(&self) -> usize {
        self.matrix.dimension()
    }

    /// How much can be read.
    pub fn counts(&self) -> Counts {
        self.matrix.counts()
    }

    /// The `k` nearest rows that are not to be skipped, nearest first; equals by row. Every row is read.
    pub fn scan(&self, query: &Query, k: usize, skip: impl Fn(u32) -> bool + Sync) -> Vec<Near> {
        scan::all(&self.matrix, query, 0..self.counts().rows, k, &skip)
    }

    /// The nearest rows as [`Vectors::scan`] finds them, nearly always all of them, in a fraction of its time when there
    /// are many: the signs choose candidates, or the graph does when one is loaded. The cosines are those of `scan`.
    pub fn search(&self, query: &Query, k: usize, skip: impl Fn(u32) -> bool + Sync) -> Vec<Near> {
        let rows = self.counts().rows;
        // A graph keeps only so many rows in view: when too few of them may be shown, it cannot answer.
        let from_graph = self.graph.get().map(|graph| (graph.rows(), graph.search(query, k, &skip)));
        let Some((sealed, mut found)) = from_graph.filter(|(_, found)| found.len() == k) else {
            return scan::nearest(&self.matrix, query, 0..rows, k, &skip);
        };
        found.extend(scan::nearest(&self.matrix, query, sealed..rows, k, &skip));
        top::sort(&mut found);
        found.truncate(k);
        found
    }

    /// The cosine of one row. A row that is not there is as far as a row without words: zero.
    pub fn score(&self, row: u32, query: &Query) -> f32 {
        self.matrix.row(row).map_or(0.0, |row| row.cosine(query))
    }

    /// The window of a row that is nearest to the query, counted within the row, and its cosine in the first dimensions.
    pub fn best_window(&self, row: u32, query: &Query) -> Option<(usize, f32)> {
        packed::best(self.matrix.windows(self.matrix.row(row)?), query)
    }

    /// The unit vector of a row, as near as its bytes come to it.
    pub fn dequantise(&self, row: u32) -> Option<Vec<f32>> {
        Some(self.matrix.row(row)?.dequantise())
    }

    /// Whether the vector of a row has a direction: that of a text without words has none.
    pub fn has_direction(&self, row: u32) -> bool {
        self.matrix.row(row).is_some_and(|row| row.scale() > 0.0)
    }

    /// Some rows as they stand in the file.
    pub(crate) fn row_bytes(&self, rows: std::ops::Range<u32>) -> &[u8] {
        self.matrix.rows(rows)
    }

    /// The norm that the vector of a row had before it was made unit.
    pub fn norm(&self, row: u32) -> Option<f32> {
        Some(self.matrix.row(row)?.norm())
    }

    /// Builds the graph over all rows and saves it beside them. Takes long; see [`Graph`].
    pub fn build_graph(&self) -> Result<(), VectorsError> {
        Graph::build(&self.matrix).save(&self.folder, &self.matrix)
    }

    /// Loads the largest graph saved for these rows, so that searches use it from now on. Says whether there is one.
    /// Takes long when it is large: for a thread that no query waits for.
    pub fn load_graph(&self) -> Result<bool, VectorsError> {
        if self.graph.get().is_none()
            && let Some(graph) = Graph::load(&self.folder, &self.matrix)?
        {
            // Two threads may have loaded the same file; either will do.
            drop(self.graph.set(Arc::new(graph)));
        }
        Ok(self.graph.get().is_some())
    }
}
