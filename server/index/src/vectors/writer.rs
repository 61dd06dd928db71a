//! Appends vectors to a space. There is one writer at a time; the caller sees to that.

use std::fs::{self, File};
use std::io::{ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::files::{
    HEADER, LARGEST_DIMENSION, Part, WINDOW_STRIDE, make_folder, open_private, read_header, refused, row_tail,
    sync_folder,
};
use super::{Counts, Packed, VectorsError, WINDOW_DIMENSION, quantise};

/// Bytes gathered before they are written.
const BATCH: usize = 1 << 20;

/// The end of the files of a space. After an error of the operating system it must be dropped and opened again.
pub struct VectorsWriter {
    dimension: usize,
    counts: Counts,
    rows: Tail,
    signs: Tail,
    windows: Tail,
    words: Vec<u64>,
}

/// A file and what is still to be written to it.
struct Tail {
    path: PathBuf,
    file: File,
    waiting: Vec<u8>,
    /// Something was written that may not have reached the disk.
    unsynced: bool,
}

impl VectorsWriter {
    /// Opens a space for appending behind what was committed; what lies there from a torn append is cut off. A space of
    /// which nothing was committed is made anew.
    pub fn open(folder: &Path, embedder: &str, dimension: usize, committed: Counts) -> Result<Self, VectorsError> {
        if dimension == 0 || dimension > LARGEST_DIMENSION {
            return Err(VectorsError::Dimension { expected: LARGEST_DIMENSION, found: dimension });
        }
        make_folder(folder)?;
        let open = |part| Tail::open(part, folder, embedder, dimension, committed);
        let [rows, signs, windows] = Part::ALL.map(open);
        let writer =
            Self { dimension, counts: committed, rows: rows?, signs: signs?, windows: windows?, words: Vec::new() };
        // The names of files that hold something committed are on disk already.
        if committed == Counts::default() {
            sync_folder(folder)?;
        }
        Ok(writer)
    }

    /// What there is with everything appended; committed once [`VectorsWriter::sync`] has returned.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Appends a vector of unit norm, the norm it had before, and the vectors of its windows. Returns the number of its row.
    pub fn append(
        &mut self,
        whole: &[f32],
        norm: f32,
        windows: &[[f32; WINDOW_DIMENSION]],
    ) -> Result<u32, VectorsError> {
        if whole.len() != self.dimension {
            return Err(VectorsError::Dimension { expected: self.dimension, found: whole.len() });
        }
        if !windows.is_empty() && self.dimension < WINDOW_DIMENSION {
            return Err(VectorsError::Dimension { expected: self.dimension, found: WINDOW_DIMENSION });
        }
        let (first, counts) = self.room(windows.len())?;
        let scale = quantise::bytes(whole, &mut self.rows.waiting);
        self.rows.waiting.extend(row_tail(scale, norm, first.windows, windows.len() as u32));
        self.words.clear();
        quantise::signs(whole, &mut self.words);
        self.signs.waiting.extend(self.words.iter().flat_map(|word| word.to_le_bytes()));
        for window in windows {
            let scale = quantise::half_bytes(window, &mut self.windows.waiting);
            self.windows.waiting.extend_from_slice(&scale.to_le_bytes());
        }
        debug_assert_eq!(self.windows.waiting.len() % WINDOW_STRIDE, 0, "windows are written whole");
        self.appended(counts)?;
        Ok(first.rows)
    }

    /// Appends a vector whose bytes are known already. Returns the number of its row.
    pub fn append_packed(&mut self, packed: &Packed) -> Result<u32, VectorsError> {
        let row = packed.row().filter(|row| row.components.len() == self.dimension);
        let Some(row) = row else {
            let found = packed.row().map_or(0, |row| row.components.len());
            return Err(VectorsError::Dimension { expected: self.dimension, found });
        };
        let windows = packed.windows.len() / WINDOW_STRIDE;
        let (first, counts) = self.room(windows)?;
        self.rows.waiting.extend_from_slice(row.components);
        self.rows.waiting.extend(row_tail(row.scale(), row.norm(), first.windows, windows as u32));
        self.signs.waiting.extend_from_slice(&packed.signs);
        self.windows.waiting.extend_from_slice(&packed.windows);
        self.appended(counts)?;
        Ok(first.rows)
    }

    /// What there is now, and what there will be with another row of so many windows.
    fn room(&self, windows: usize) -> Result<(Counts, Counts), VectorsError> {
        let Counts { rows, windows: first } = self.counts;
        let after = u32::try_from(windows).ok().and_then(|count| first.checked_add(count));
        match (rows.checked_add(1), after) {
            (Some(rows), Some(windows)) => Ok((self.counts, Counts { rows, windows })),
            _ => Err(VectorsError::Full { path: self.rows.path.clone() }),
        }
    }

    fn appended(&mut self, counts: Counts) -> Result<(), VectorsError> {
        self.counts = counts;
        for tail in [&mut self.rows, &mut self.signs, &mut self.windows] {
            if tail.waiting.len() >= BATCH {
                tail.write()?;
            }
        }
        Ok(())
    }

    /// Brings everything appended to the disk. Only then may its counts be committed.
    pub fn sync(&mut self) -> Result<Counts, VectorsError> {
        for tail in [&mut self.rows, &mut self.signs, &mut self.windows] {
            tail.write()?;
            if std::mem::take(&mut tail.unsynced) {
                tail.file.sync_data().map_err(refused(&tail.path))?;
            }
        }
        Ok(self.counts)
    }
}

impl Tail {
    fn open(
        part: Part,
        folder: &Path,
        embedder: &str,
        dimension: usize,
        committed: Counts,
    ) -> Result<Self, VectorsError> {
        let path = part.path(folder);
        if committed == Counts::default() {
            // Nobody relies on what is there; but somebody may still have it mapped, so it is left alone, not cut.
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(refused(&path)(error)),
                _ => {}
            }
        }
        let mut file = open_private(&path)?;
        let found = file.metadata().map_err(refused(&path))?.len();
        let needed = part.length(dimension, committed);
        if committed == Counts::default() {
            file.write_all(&part.header(embedder, dimension)).map_err(refused(&path))?;
        } else {
            let short = |needed| VectorsError::Short { path: path.clone(), needed, found };
            if found < HEADER as u64 {
                return Err(short(needed));
            }
            let stated = part.check(&read_header(&file, &path)?, embedder, &path)?;
            if stated != dimension {
                return Err(VectorsError::Dimension { expected: stated, found: dimension });
            }
            if found < needed {
                return Err(short(needed));
            }
            file.set_len(needed).map_err(refused(&path))?;
        }
        file.seek(SeekFrom::Start(needed)).map_err(refused(&path))?;
        // A header may have been written just now.
        Ok(Self { path, file, waiting: Vec::new(), unsynced: true })
    }

    fn write(&mut self) -> Result<(), VectorsError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.unsynced = true;
        self.file.write_all(&self.waiting).map_err(refused(&self.path))?;
        self.waiting.clear();
        Ok(())
    }
}
