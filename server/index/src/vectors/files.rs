//! The files of a space: their headers and strides, and the committed part mapped for reading.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use memmap2::{Mmap, MmapOptions};

use super::quantise::{WINDOW_BYTES, sign_words};
use super::{Counts, Packed, Query, VectorsError, WINDOW_DIMENSION, dot};

/// Bytes before the first row of every file.
pub(super) const HEADER: usize = 64;

/// Raised when the layout of a file changes: files of another version are not read.
const VERSION: u32 = 1;

/// Bytes after the components of a row: scale, norm, first window, count of windows.
const ROW_TAIL: usize = 16;

/// Bytes of a window: its components and their scale.
pub(super) const WINDOW_STRIDE: usize = WINDOW_BYTES + 4;

/// More dimensions could overflow the sums of the scan.
pub(super) const LARGEST_DIMENSION: usize = 4096;

/// The files of a space.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Rows,
    Signs,
    Windows,
}

impl Part {
    pub(super) const ALL: [Self; 3] = [Self::Rows, Self::Signs, Self::Windows];

    pub(super) fn path(self, folder: &Path) -> PathBuf {
        folder.join(match self {
            Self::Rows => "rows.bin",
            Self::Signs => "signs.bin",
            Self::Windows => "windows.bin",
        })
    }

    fn magic(self) -> &'static [u8; 8] {
        match self {
            Self::Rows => b"ccrows\0\0",
            Self::Signs => b"ccsigns\0",
            Self::Windows => b"ccwindow",
        }
    }

    pub(super) fn stride(self, dimension: usize) -> usize {
        match self {
            Self::Rows => dimension + ROW_TAIL,
            Self::Signs => sign_words(dimension) * 8,
            Self::Windows => WINDOW_STRIDE,
        }
    }

    /// Bytes of the file when so much of it was committed.
    pub(super) fn length(self, dimension: usize, committed: Counts) -> u64 {
        let rows = if self == Self::Windows { committed.windows } else { committed.rows };
        HEADER as u64 + u64::from(rows) * self.stride(dimension) as u64
    }

    pub(super) fn header(self, embedder: &str, dimension: usize) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        header[..8].copy_from_slice(self.magic());
        header[8..12].copy_from_slice(&VERSION.to_le_bytes());
        header[12..16].copy_from_slice(&(dimension as u32).to_le_bytes());
        header[16..48].copy_from_slice(&space(embedder));
        header
    }

    /// The dimension that a header states, when it is one of ours and of this space.
    pub(super) fn check(self, header: &[u8; HEADER], embedder: &str, path: &Path) -> Result<usize, VectorsError> {
        let corrupt = |what| VectorsError::Corrupt { path: path.to_owned(), what };
        if &header[..8] != self.magic() {
            return Err(corrupt("it does not begin as a file of vectors"));
        }
        if header[8..12] != VERSION.to_le_bytes() {
            return Err(corrupt("it has another version"));
        }
        let dimension = u32::from_le_bytes([header[12], header[13], header[14], header[15]]) as usize;
        if dimension == 0 || dimension > LARGEST_DIMENSION {
            return Err(corrupt("its dimension is out of bounds"));
        }
        if header[16..48] != space(embedder) {
            return Err(VectorsError::OtherEmbedder { path: path.to_owned() });
        }
        Ok(dimension)
    }

    /// Maps the committed part; returns it with the dimension of its header, which must be that of the files before it.
    fn map(
        self,
        folder: &Path,
        embedder: &str,
        committed: Counts,
        expected: Option<usize>,
    ) -> Result<(Mmap, usize), VectorsError> {
        let path = self.path(folder);
        let file = File::open(&path).map_err(refused(&path))?;
        let found = file.metadata().map_err(refused(&path))?.len();
        let short = |needed| VectorsError::Short { path: path.clone(), needed, found };
        if found < HEADER as u64 {
            return Err(short(HEADER as u64));
        }
        // The header decides how long the committed part is.
        let dimension = self.check(&read_header(&file, &path)?, embedder, &path)?;
        if expected.is_some_and(|expected| expected != dimension) {
            return Err(VectorsError::Corrupt { path, what: "its dimension is not that of the rows" });
        }
        let needed = self.length(dimension, committed);
        if found < needed {
            return Err(short(needed));
        }
        let length = usize::try_from(needed).map_err(|_| VectorsError::Full { path: path.clone() })?;
        #[expect(unsafe_code, reason = "only a map shares the rows among processes without reading them all")]
        // SAFETY: only the committed part is mapped, and that is never written or cut again while the space exists: the
        // writer appends behind it, and a space that is no longer wanted is unlinked, which leaves maps intact.
        let map = unsafe { MmapOptions::new().len(length).map(&file) }.map_err(refused(&path))?;
        Ok((map, dimension))
    }
}

/// The name of a space, of fixed length.
pub(super) fn space(embedder: &str) -> [u8; 32] {
    *blake3::hash(embedder.as_bytes()).as_bytes()
}

pub(super) fn refused(path: &Path) -> impl Fn(io::Error) -> VectorsError {
    move |source| VectorsError::Io { path: path.to_owned(), source }
}

pub(super) fn read_header(mut file: &File, path: &Path) -> Result<[u8; HEADER], VectorsError> {
    let mut header = [0; HEADER];
    io::Seek::rewind(&mut file).and_then(|()| io::Read::read_exact(&mut file, &mut header)).map_err(refused(path))?;
    Ok(header)
}

/// Opens a file for writing, made if need be, for nobody but its owner: vectors tell what the code is about.
pub(crate) fn open_private(path: &Path) -> Result<File, VectorsError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(refused(path))
}

/// Makes new names in a folder survive a crash.
pub(super) fn sync_folder(folder: &Path) -> Result<(), VectorsError> {
    if cfg!(unix) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(refused(folder))?;
    }
    Ok(())
}

pub(super) fn make_folder(folder: &Path) -> Result<(), VectorsError> {
    fs::create_dir_all(folder).map_err(refused(folder))
}

/// The committed rows of a space, mapped.
pub(super) struct Matrix {
    dimension: usize,
    committed: Counts,
    space: [u8; 32],
    rows: Mmap,
    signs: Mmap,
    windows: Mmap,
}

/// One row of the matrix.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) components: &'a [u8],
    tail: &'a [u8; ROW_TAIL],
}

/// One window of a row.
#[derive(Clone, Copy)]
pub(super) struct Window<'a> {
    components: &'a [u8; WINDOW_BYTES],
    scale: f32,
}

impl Matrix {
    pub(super) fn open(folder: &Path, embedder: &str, committed: Counts) -> Result<Self, VectorsError> {
        let (rows, dimension) = Part::Rows.map(folder, embedder, committed, None)?;
        let (signs, _) = Part::Signs.map(folder, embedder, committed, Some(dimension))?;
        let (windows, _) = Part::Windows.map(folder, embedder, committed, Some(dimension))?;
        Ok(Self { dimension, committed, space: space(embedder), rows, signs, windows })
    }

    /// A space of which nothing was committed, and no file is there.
    pub(super) fn empty(embedder: &str, dimension: usize) -> Result<Self, VectorsError> {
        let nothing = || {
            let map = MmapOptions::new().len(HEADER).map_anon().and_then(memmap2::MmapMut::make_read_only);
            map.map_err(refused(Path::new("memory")))
        };
        let (rows, signs, windows) = (nothing()?, nothing()?, nothing()?);
        Ok(Self { dimension, committed: Counts::default(), space: space(embedder), rows, signs, windows })
    }

    pub(super) fn dimension(&self) -> usize {
        self.dimension
    }

    pub(super) fn counts(&self) -> Counts {
        self.committed
    }

    pub(super) fn space(&self) -> &[u8; 32] {
        &self.space
    }

    /// Bytes from row to row.
    pub(super) fn stride(&self) -> usize {
        Part::Rows.stride(self.dimension)
    }

    /// The bytes of some rows.
    pub(super) fn rows(&self, range: std::ops::Range<u32>) -> &[u8] {
        part(&self.rows, self.stride(), range)
    }

    /// The signs of some rows.
    pub(super) fn signs(&self, range: std::ops::Range<u32>) -> &[u8] {
        part(&self.signs, Part::Signs.stride(self.dimension), range)
    }

    #[inline]
    pub(super) fn row(&self, row: u32) -> Option<Row<'_>> {
        (row < self.committed.rows).then(|| Row::split(self.rows(row..row + 1)))?
    }

    /// The windows of a row: those of them that were committed, should its bytes be damaged.
    pub(super) fn windows(&self, row: Row<'_>) -> impl Iterator<Item = Window<'_>> {
        Window::all(self.window_bytes(row))
    }

    /// A row by itself, with its signs and windows.
    pub(super) fn packed(&self, row: u32) -> Option<Packed> {
        let found = self.row(row)?;
        let windows: Box<[u8]> = self.window_bytes(found).into();
        let mut bytes = found.components.to_vec();
        bytes.extend(row_tail(found.scale(), found.norm(), 0, (windows.len() / WINDOW_STRIDE) as u32));
        Some(Packed { row: bytes.into(), signs: self.signs(row..row + 1).into(), windows })
    }

    fn window_bytes(&self, row: Row<'_>) -> &[u8] {
        let [.., first, count] = row.tail();
        let (first, count) = (u32::from_le_bytes(first), u32::from_le_bytes(count));
        let first = first.min(self.committed.windows);
        let last = first.saturating_add(count).min(self.committed.windows);
        part(&self.windows, WINDOW_STRIDE, first..last)
    }
}

/// What stands behind the components of a row.
pub(super) fn row_tail(scale: f32, norm: f32, first_window: u32, windows: u32) -> [u8; ROW_TAIL] {
    let mut tail = [0; ROW_TAIL];
    let words = [scale.to_le_bytes(), norm.to_le_bytes(), first_window.to_le_bytes(), windows.to_le_bytes()];
    tail.copy_from_slice(words.as_flattened());
    tail
}

fn part(map: &Mmap, stride: usize, range: std::ops::Range<u32>) -> &[u8] {
    &map[HEADER + range.start as usize * stride..HEADER + range.end as usize * stride]
}

impl<'a> Row<'a> {
    /// A row from its bytes.
    #[inline]
    pub(super) fn split(bytes: &'a [u8]) -> Option<Self> {
        let (components, tail) = bytes.split_last_chunk::<ROW_TAIL>()?;
        Some(Self { components, tail })
    }

    fn tail(&self) -> [[u8; 4]; 4] {
        let (words, _) = self.tail.as_chunks::<4>();
        [words[0], words[1], words[2], words[3]]
    }

    #[inline]
    pub(super) fn scale(&self) -> f32 {
        f32::from_le_bytes(self.tail()[0])
    }

    pub(super) fn norm(&self) -> f32 {
        f32::from_le_bytes(self.tail()[1])
    }

    #[inline]
    pub(super) fn cosine(&self, query: &Query) -> f32 {
        dot::row(self.components, &query.components) as f32 * self.scale() * query.scale
    }

    pub(super) fn dequantise(&self) -> Vec<f32> {
        self.components.iter().map(|byte| f32::from(byte.cast_signed()) * self.scale()).collect()
    }
}

impl<'a> Window<'a> {
    /// The windows that stand in some bytes.
    pub(super) fn all(bytes: &'a [u8]) -> impl Iterator<Item = Self> {
        let (windows, _) = bytes.as_chunks::<WINDOW_STRIDE>();
        windows.iter().filter_map(|bytes| {
            let (components, scale) = bytes.split_first_chunk::<WINDOW_BYTES>()?;
            Some(Self { components, scale: f32::from_le_bytes(scale.try_into().ok()?) })
        })
    }

    pub(super) fn cosine(&self, query: &Query) -> f32 {
        const { assert!(WINDOW_DIMENSION == 2 * WINDOW_BYTES) };
        dot::window(self.components, &query.window) as f32 * self.scale * query.window_scale
    }
}
