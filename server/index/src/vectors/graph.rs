//! The graph over sealed rows: finds the nearest without reading them all.
//!
//! A graph is made once over the rows there are and never changes; rows appended later are scanned. It is saved beside
//! the rows as `graph-<rows>.bin`, with a header that says what it belongs to and a checksum, because its own format has
//! neither. Building is expensive and a loaded graph takes 272 bytes a row of memory: see [`super::GRAPH_FROM`].

use std::cell::RefCell;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use instant_distance::{Builder, Hnsw, Point, Search};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::files::{Matrix, make_folder, open_private, refused, sync_folder};
use super::{Near, Query, VectorsError, dot, top};

const MAGIC: &[u8; 8] = b"ccgraph\0";

/// Raised when the layout changes, by us or by a new version of the graph's crate.
const VERSION: u32 = 1;

/// Magic, version, rows, space, checksum.
const HEADER: usize = 8 + 4 + 4 + 32 + 32;

/// Rows kept in view while searching; no search returns more. With this many the recall of the ten nearest was 0.990 at
/// 100,000 rows and 0.971 at 300,000.
const VIEW: usize = 400;

/// Rows kept in view while building.
const VIEW_BUILDING: usize = 100;

/// A graph over the first rows of a space.
pub struct Graph {
    rows: u32,
    graph: Hnsw<Place>,
}

/// A point of the graph: a row where it is, or the query of a search.
#[derive(Clone)]
enum Place {
    Row(u32, Arc<Matrix>),
    Query(Arc<Query>),
}

impl Graph {
    /// Builds the graph over all rows of the matrix. Uses every core of the common pool until it is done.
    pub(super) fn build(matrix: &Arc<Matrix>) -> Self {
        let rows = matrix.counts().rows;
        let places = (0..rows).map(|row| Place::Row(row, Arc::clone(matrix))).collect();
        // The neighbour heuristic multiplies the time to build and gained nothing on vectors of code.
        let builder = Builder::default().ef_search(VIEW).ef_construction(VIEW_BUILDING).select_heuristic(None).seed(1);
        Self { rows, graph: builder.build_hnsw(places).0 }
    }

    /// How many rows it knows.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// The nearest rows it finds, with their exact cosines.
    pub(super) fn search(&self, query: &Query, k: usize, skip: &impl Fn(u32) -> bool) -> Vec<Near> {
        let query = Arc::new(query.clone());
        let mut search = Search::default();
        let found = self.graph.search(&Place::Query(Arc::clone(&query)), &mut search);
        let live = found.filter_map(|item| match item.point {
            Place::Row(row, matrix) if !skip(*row) => {
                Some(Near { row: *row, cosine: matrix.row(*row).map_or(0.0, |row| row.cosine(&query)) })
            }
            _ => None,
        });
        let mut found: Vec<Near> = live.collect();
        top::sort(&mut found);
        found.truncate(k);
        found
    }

    pub(super) fn save(&self, folder: &Path, matrix: &Matrix) -> Result<(), VectorsError> {
        make_folder(folder)?;
        let path = path(folder, self.rows);
        let written = folder.join(format!("graph-{}.new", self.rows));
        let mut bytes = vec![0; HEADER];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.rows.to_le_bytes());
        bytes[16..48].copy_from_slice(matrix.space());
        let mut bytes = postcard::to_extend(&self.graph, bytes)
            .map_err(|_| VectorsError::Corrupt { path: path.clone(), what: "the graph cannot be written down" })?;
        let checksum = blake3::hash(&bytes[HEADER..]);
        bytes[48..HEADER].copy_from_slice(checksum.as_bytes());

        let mut file = open_private(&written)?;
        file.set_len(0)
            .and_then(|()| file.write_all(&bytes))
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&written, &path))
            .map_err(refused(&written))?;
        sync_folder(folder)
    }

    /// The largest graph in the folder that these rows cover, if there is one.
    pub(super) fn load(folder: &Path, matrix: &Arc<Matrix>) -> Result<Option<Self>, VectorsError> {
        let entries = fs::read_dir(folder).map_err(refused(folder))?;
        let sizes = entries.flatten().filter_map(|entry| {
            entry.file_name().to_str()?.strip_prefix("graph-")?.strip_suffix(".bin")?.parse::<u32>().ok()
        });
        let Some(rows) = sizes.filter(|&rows| rows <= matrix.counts().rows).max() else { return Ok(None) };
        let path = path(folder, rows);
        let bytes = fs::read(&path).map_err(refused(&path))?;
        let corrupt = |what| VectorsError::Corrupt { path: path.clone(), what };

        let Some((header, graph)) = bytes.split_at_checked(HEADER) else { return Err(corrupt("it is cut off")) };
        if &header[..8] != MAGIC || header[8..12] != VERSION.to_le_bytes() || header[12..16] != rows.to_le_bytes() {
            return Err(corrupt("it does not begin as the graph that its name says"));
        }
        if &header[16..48] != matrix.space() {
            return Err(VectorsError::OtherEmbedder { path });
        }
        if &header[48..] != blake3::hash(graph).as_bytes() {
            return Err(corrupt("its checksum differs"));
        }
        let graph = with_matrix(matrix, || postcard::from_bytes(graph)).map_err(|_| corrupt("it cannot be read"))?;
        Ok(Some(Self { rows, graph }))
    }
}

fn path(folder: &Path, rows: u32) -> PathBuf {
    folder.join(format!("graph-{rows}.bin"))
}

impl Point for Place {
    fn distance(&self, other: &Self) -> f32 {
        let cosine = match (self, other) {
            (Self::Row(a, matrix), Self::Row(b, _)) => matrix
                .row(*a)
                .zip(matrix.row(*b))
                .map_or(0.0, |(a, b)| dot::rows(a.components, b.components) as f32 * a.scale() * b.scale()),
            (Self::Row(row, matrix), Self::Query(query)) | (Self::Query(query), Self::Row(row, matrix)) => {
                matrix.row(*row).map_or(0.0, |row| row.cosine(query))
            }
            // A search has one query.
            (Self::Query(_), Self::Query(_)) => 1.0,
        };
        1.0 - cosine
    }
}

thread_local! {
    /// The rows that places read from a file belong to: a place is only a number there, and serde has no way to hand the
    /// rest to it through a foreign type.
    static MATRIX: RefCell<Option<Arc<Matrix>>> = const { RefCell::new(None) };
}

fn with_matrix<T>(matrix: &Arc<Matrix>, read: impl FnOnce() -> T) -> T {
    MATRIX.set(Some(Arc::clone(matrix)));
    let read = read();
    MATRIX.set(None);
    read
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Row(row, _) => row.serialize(serializer),
            Self::Query(_) => Err(serde::ser::Error::custom("a query is not part of a graph")),
        }
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let row = u32::deserialize(deserializer)?;
        let matrix = MATRIX.with_borrow(Clone::clone).ok_or_else(|| D::Error::custom("a place without rows"))?;
        Ok(Self::Row(row, matrix))
    }
}
