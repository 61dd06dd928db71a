//! A segment: an immutable part of the index, some files with all their chunks. What dies in it is known from outside.
//!
//! `chunks.bin` holds a table of fixed rows for what ranking asks of every chunk, a list of files, and a record a chunk for
//! the rest; `keyword/` beside it holds the words. Both number chunks the same way. A segment that stays in memory has the
//! same parts.

mod build;
mod memory;

use std::{
    fs::File,
    io::Write,
    ops::Range,
    path::Path,
    sync::{Arc, OnceLock},
};

use codecompass_core::{
    document::{ContentId, Document, DocumentChunk, SymbolRecord},
    language::{Language, SymbolKind},
    rank::paths,
};
use memmap2::Mmap;
use serde::{Deserialize, Serialize};

use crate::{
    error::{IndexError, Result},
    keyword::KeywordReader,
    vectors::Packed,
};

pub use build::{SegmentBuilder, merge};

const MAGIC: [u8; 8] = *b"CCSEG002";
/// Magic, counts of chunks and files, length of the file list, checksum of rows and file list.
const HEADER: usize = 8 + 4 + 4 + 8 + 32;
const ROW: usize = 32;
/// Bytes of the hash behind each record.
const RECORD_CHECK: usize = 4;
/// The row number that says: no vector.
pub const NO_VECTOR: u32 = u32::MAX;

/// What ranking asks of every chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Its file's number in the segment.
    pub file: u32,
    /// First line from 0.
    pub start_line: u32,
    /// Line behind the last.
    pub end_line: u32,
    /// Line of its first byte, from 0: where word positions count from. Above `start_line` when it begins with blank lines.
    pub first_line: u32,
    /// Row of its vector on disk, or [`NO_VECTOR`].
    pub vector: u32,
    /// First byte in the file's text.
    pub start_byte: u32,
    /// Byte behind the last.
    pub end_byte: u32,
    /// Where its record begins.
    record: u32,
    /// Test code by what is around it.
    pub test: bool,
}

impl Row {
    fn new(file: u32, chunk: &DocumentChunk, vector: u32, record: u32) -> Self {
        Self {
            file,
            start_line: chunk.lines.start,
            end_line: chunk.lines.end,
            vector,
            start_byte: chunk.range.start,
            end_byte: chunk.range.end,
            record,
            first_line: chunk.first_line,
            test: chunk.test,
        }
    }

    fn write(self, out: &mut impl Write) -> std::io::Result<()> {
        for number in [
            self.file,
            self.start_line,
            self.end_line,
            self.vector,
            self.start_byte,
            self.end_byte,
            self.record,
            self.first_line << 1 | u32::from(self.test),
        ] {
            out.write_all(&number.to_le_bytes())?;
        }
        Ok(())
    }

    fn read(bytes: &[u8]) -> Self {
        let number = |index: usize| number(bytes, index * 4);
        Self {
            file: number(0),
            start_line: number(1),
            end_line: number(2),
            vector: number(3),
            start_byte: number(4),
            end_byte: number(5),
            record: number(6),
            first_line: number(7) >> 1,
            test: number(7) & 1 != 0,
        }
    }
}

/// What is asked only of chunks that are looked at closer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// What it shows: `Store::add`.
    pub symbol: String,
    /// The kind of that definition.
    pub kind: Option<SymbolKind>,
    /// The names around its start.
    pub header: String,
    /// The definitions that start in it.
    pub definitions: Vec<SymbolRecord>,
    /// What it says.
    pub content: ContentId,
}

impl Record {
    fn new(chunk: &DocumentChunk) -> Self {
        Self {
            symbol: chunk.symbol.clone(),
            kind: chunk.kind,
            header: chunk.header.clone(),
            definitions: chunk.definitions.clone(),
            content: chunk.content,
        }
    }
}

/// A file of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Relative to the workspace, with `/`.
    pub path: String,
    /// Its language.
    pub language: Language,
    /// Bytes of its text.
    pub bytes: u64,
    /// Its chunks.
    pub chunks: Range<u32>,
    /// Whether its grammar could read it in time.
    pub parsed: bool,
    /// Test code, by its path.
    pub test: bool,
    /// Examples, benchmarks, scripts, by its path; documentation, by its path or because it is prose.
    pub side: bool,
}

impl FileEntry {
    /// A file whose first chunk has that row.
    fn new(document: &Document, bytes: u64, first: u32) -> Self {
        let place = paths::place(&document.path);
        Self {
            test: place.test,
            // Prose about the code says its words more plainly than the code; who wants it asks for docs.
            side: place.side || document.language == Language::Markdown,
            path: document.path.clone(),
            language: document.language,
            bytes,
            chunks: first..first + document.chunks.len() as u32,
            parsed: document.parsed,
        }
    }
}

/// The number that begins at that byte of a header or row, which are longer than that.
fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes make a number"))
}

fn decode(bytes: &[u8]) -> Option<Record> {
    let (record, rest) = postcard::take_from_bytes(bytes).ok()?;
    let check = blake3::hash(&bytes[..bytes.len() - rest.len()]);
    (rest.get(..RECORD_CHECK)? == &check.as_bytes()[..RECORD_CHECK]).then_some(record)
}

fn checksum(table: &[u8], list: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(table);
    hasher.update(list);
    *hasher.finalize().as_bytes()
}

/// Makes the names of new files in the folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(IndexError::io("sync", folder))
}

/// Maps a file; an empty one has nothing to map.
fn map(path: &Path) -> Result<Option<Mmap>> {
    let file = File::open(path).map_err(IndexError::io("open", path))?;
    if file.metadata().map_err(IndexError::io("read", path))?.len() == 0 {
        return Ok(None);
    }
    #[expect(unsafe_code, reason = "mapping a file is unsafe by nature")]
    // SAFETY: the files of a sealed segment are never changed; they are only removed as a whole, which leaves mappings valid.
    let map = unsafe { Mmap::map(&file) };
    map.map(Some).map_err(IndexError::io("map", path))
}

/// A sealed segment, open for reading.
#[derive(Debug)]
pub struct Segment {
    /// Its id.
    pub id: u64,
    /// Its words.
    pub keyword: KeywordReader,
    /// Its chunks.
    pub rows: Vec<Row>,
    /// Its files.
    pub files: Vec<FileEntry>,
    /// The vector of each chunk, in a segment that stays in memory; empty on disk, where rows name them.
    pub(crate) vectors: Vec<Arc<Packed>>,
    records: Records,
    /// What each chunk says, once somebody has asked.
    contents: OnceLock<Box<[ContentId]>>,
}

/// Where the records are.
#[derive(Debug)]
enum Records {
    Mapped { map: Mmap, at: usize },
    InMemory(Vec<Record>),
}

impl Segment {
    /// Opens the segment in `folder`.
    pub fn open(id: u64, folder: &Path) -> Result<Self> {
        let damaged = |what: &str| IndexError::damaged(format!("segment {id:016x}: {what}"));
        let map = map(&folder.join("chunks.bin"))?.ok_or_else(|| damaged("its chunk file is empty"))?;
        let header = map.get(..HEADER).ok_or_else(|| damaged("its chunk file is cut short"))?;
        if header[..8] != MAGIC {
            return Err(damaged("its chunk file is not one of ours"));
        }
        let (chunks, files) = (number(header, 8) as usize, number(header, 12) as usize);
        let list_bytes = (u64::from(number(header, 20)) << 32 | u64::from(number(header, 16))) as usize;
        let table_end = HEADER.saturating_add(chunks.saturating_mul(ROW));
        let records_at = table_end.saturating_add(list_bytes);
        let table = map.get(HEADER..table_end).ok_or_else(|| damaged("its chunk file is cut short"))?;
        let list = map.get(table_end..records_at).ok_or_else(|| damaged("its chunk file is cut short"))?;
        if checksum(table, list) != header[24..HEADER] {
            return Err(damaged("the checksum of its chunk file"));
        }
        let rows: Vec<Row> = table.chunks_exact(ROW).map(Row::read).collect();
        let list: Vec<FileEntry> = postcard::from_bytes(list).map_err(|_| damaged("its list of files"))?;
        let keyword = KeywordReader::open(&folder.join("keyword"))?;
        let consistent = list.len() == files && keyword.len() as usize == chunks;
        let in_bounds =
            rows.iter().all(|row| (row.file as usize) < files && records_at + row.record as usize <= map.len())
                && list.iter().all(|file| file.chunks.start <= file.chunks.end && file.chunks.end as usize <= chunks);
        if !consistent || !in_bounds {
            return Err(damaged("its parts do not belong together"));
        }
        Ok(Self {
            id,
            keyword,
            rows,
            files: list,
            vectors: Vec::new(),
            records: Records::Mapped { map, at: records_at },
            contents: OnceLock::new(),
        })
    }

    /// The record of a chunk.
    pub fn record(&self, row: u32) -> Result<Record> {
        let found = match &self.records {
            Records::Mapped { map, at } => decode(&map[at + self.rows[row as usize].record as usize..]),
            Records::InMemory(records) => records.get(row as usize).cloned(),
        };
        found.ok_or_else(|| IndexError::damaged(format!("segment {:016x}: the record of chunk {row}", self.id)))
    }

    /// What each chunk says, by its id. Read once: that takes about half a microsecond a chunk.
    pub(crate) fn contents(&self) -> Result<&[ContentId]> {
        if let Some(contents) = self.contents.get() {
            return Ok(contents);
        }
        let contents: Result<Box<[ContentId]>> = match &self.records {
            Records::InMemory(records) => Ok(records.iter().map(|record| record.content).collect()),
            Records::Mapped { .. } => (0..self.rows.len() as u32).map(|row| Ok(self.record(row)?.content)).collect(),
        };
        let contents = contents?;
        Ok(self.contents.get_or_init(|| contents))
    }

    /// Bytes of text in the files for which `alive` holds.
    pub fn text_bytes(&self, alive: impl Fn(u32) -> bool) -> u64 {
        self.files.iter().enumerate().filter(|(file, _)| alive(*file as u32)).map(|(_, file)| file.bytes).sum()
    }
}
