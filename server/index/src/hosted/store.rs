//! The vectors of one embedder by content: open for reading, and open for growing.

use std::{
    fs::{self, File},
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::Arc,
};

use codecompass_core::document::ContentId;
use rustc_hash::FxHashMap;

use super::contents::{self, Batch, Contents};
use crate::{
    error::{IndexError, Result},
    vectors::{Counts, Packed, Vectors, VectorsWriter},
};

/// A store, open for reading: what was committed when it was opened. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    folder: Arc<Path>,
    embedder: Arc<str>,
    vectors: Vectors,
    rows: Arc<FxHashMap<ContentId, u32>>,
    /// Bytes of the list of contents that this was read from.
    whole: u64,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("embedder", &self.embedder)
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store of an embedder in that folder; `None` when nothing was committed to it yet.
    pub fn open(folder: &Path, embedder: &str) -> Result<Option<Self>> {
        let Some(contents) = contents::read(folder, embedder)?.filter(|contents| !contents.batches.is_empty()) else {
            return Ok(None);
        };
        let (rows, counts) = learn(&contents);
        let vectors = Vectors::open(folder, embedder, counts)?;
        if vectors.dimension() != contents.dimension {
            return Err(IndexError::damaged(format!("{}: its files do not belong together", folder.display())));
        }
        Ok(Some(Self {
            folder: folder.into(),
            embedder: embedder.into(),
            vectors,
            rows: Arc::new(rows),
            whole: contents.whole,
        }))
    }

    /// Whether another process has added something since this was opened. Costs a look at the file.
    pub fn has_grown(&self) -> bool {
        fs::metadata(contents::path(&self.folder)).is_ok_and(|meta| meta.len() > self.whole)
    }

    /// Whether both show the same rows of the same embedder.
    pub fn is_same(&self, other: &Self) -> bool {
        self.embedder == other.embedder && self.vectors.counts() == other.vectors.counts()
    }

    /// Whose vectors these are.
    pub fn embedder(&self) -> &str {
        &self.embedder
    }

    /// Components of a vector.
    pub fn dimension(&self) -> usize {
        self.vectors.dimension()
    }

    /// Number of contents that were shown to the model.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The row of a content; also of one that the model could make nothing of, whose vector has no direction.
    pub fn row(&self, content: ContentId) -> Option<u32> {
        self.rows.get(&content).copied()
    }

    /// Whether the vector of a row has a direction.
    pub fn has_direction(&self, row: u32) -> bool {
        self.vectors.has_direction(row)
    }

    pub(super) fn vectors(&self) -> &Vectors {
        &self.vectors
    }
}

/// The one that fills a store. It holds no lock of its own: whoever has the [`FillerLock`](super::FillerLock) may open it.
pub struct StoreWriter {
    folder: PathBuf,
    embedder: String,
    dimension: usize,
    file: File,
    vectors: VectorsWriter,
    rows: Arc<FxHashMap<ContentId, u32>>,
    whole: u64,
}

impl StoreWriter {
    /// Opens a store for growing: a torn batch is cut off, and contents whose rows are damaged are forgotten, so that they
    /// are made again. A store that cannot be read at all is begun anew.
    pub fn open(folder: &Path, embedder: &str, dimension: usize) -> Result<Self> {
        match Self::resume(folder, embedder, dimension) {
            Err(error) if error.is_damage() => {
                tracing::warn!(%error, "a store of vectors is damaged and begun anew");
                match fs::remove_file(contents::path(folder)) {
                    Err(error) if error.kind() != ErrorKind::NotFound => {
                        Err(IndexError::io("remove", &contents::path(folder))(error))
                    }
                    _ => Self::resume(folder, embedder, dimension),
                }
            }
            other => other,
        }
    }

    fn resume(folder: &Path, embedder: &str, dimension: usize) -> Result<Self> {
        let known = contents::read(folder, embedder)?.filter(|contents| !contents.batches.is_empty());
        let Some(known) = known else {
            let vectors = VectorsWriter::open(folder, embedder, dimension, Counts::default())?;
            let file = contents::begin(folder, embedder, dimension)?;
            let whole = file.metadata().map_err(IndexError::io("read", folder))?.len();
            let (folder, embedder) = (folder.to_owned(), embedder.to_owned());
            return Ok(Self { folder, embedder, dimension, file, vectors, rows: Arc::default(), whole });
        };
        if known.dimension != dimension {
            return Err(IndexError::damaged(format!("{}: it has another dimension", folder.display())));
        }
        let (mut rows, counts) = learn(&known);
        let file = contents::resume(folder, known.whole)?;
        let vectors = VectorsWriter::open(folder, embedder, dimension, counts)?;
        forget_damaged(&Vectors::open(folder, embedder, counts)?, &known, &mut rows);
        let (folder, embedder) = (folder.to_owned(), embedder.to_owned());
        Ok(Self { folder, embedder, dimension, file, vectors, rows: Arc::new(rows), whole: known.whole })
    }

    /// Whether the content has a row.
    pub fn knows(&self, content: ContentId) -> bool {
        self.rows.contains_key(&content)
    }

    /// Components of a vector.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Number of contents that have a row.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether none has one.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds vectors, of whatever length but this dimension; `None` for a content that the model can make nothing of. When it
    /// returns they are on the disk. After an error the writer must be opened again.
    pub fn append(&mut self, batch: &[(ContentId, Option<&[f32]>)]) -> Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        let first = self.vectors.counts().rows;
        let nothing = vec![0.0; self.dimension];
        let mut hasher = blake3::Hasher::new();
        for (_, vector) in batch {
            let vector = vector.unwrap_or(&nothing);
            if vector.len() != self.dimension {
                let (expected, found) = (self.dimension, vector.len());
                return Err(crate::vectors::VectorsError::Dimension { expected, found }.into());
            }
            let norm = vector.iter().map(|component| component * component).sum::<f32>().sqrt();
            let packed = Packed::new(vector, norm, &[]);
            hasher.update(packed.bytes());
            self.vectors.append_packed(&packed)?;
        }
        self.vectors.sync()?;
        let mut rows = [0; 16];
        rows.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        let batch = Batch { first, rows, contents: batch.iter().map(|(content, _)| *content).collect() };
        self.whole += contents::append(&mut self.file, &self.folder, &batch)?;
        Arc::make_mut(&mut self.rows).extend(batch.contents.into_iter().zip(first..));
        Ok(())
    }

    /// What there is now, for reading.
    pub fn store(&self) -> Result<Store> {
        Ok(Store {
            folder: self.folder.as_path().into(),
            embedder: self.embedder.as_str().into(),
            vectors: Vectors::open(&self.folder, &self.embedder, self.vectors.counts())?,
            rows: Arc::clone(&self.rows),
            whole: self.whole,
        })
    }
}

/// The row of each content, the last one if it has several, and how many rows there are.
fn learn(contents: &Contents) -> (FxHashMap<ContentId, u32>, Counts) {
    let count = contents.batches.iter().map(|batch| batch.contents.len()).sum();
    let mut rows = FxHashMap::with_capacity_and_hasher(count, rustc_hash::FxBuildHasher);
    for batch in &contents.batches {
        rows.extend(batch.contents.iter().copied().zip(batch.first..));
    }
    (rows, Counts { rows: count as u32, windows: 0 })
}

/// Contents whose rows are not as they were written have none. The rows stay: somebody may have them mapped.
fn forget_damaged(vectors: &Vectors, contents: &Contents, rows: &mut FxHashMap<ContentId, u32>) {
    for batch in &contents.batches {
        let range = batch.first..batch.first + batch.contents.len() as u32;
        if contents::check(&[vectors.row_bytes(range.clone())]) == batch.rows {
            continue;
        }
        tracing::warn!(rows = range.len(), "vectors are damaged and are made again");
        for content in &batch.contents {
            if rows.get(content).is_some_and(|row| range.contains(row)) {
                rows.remove(content);
            }
        }
    }
}
