//! Writing segments: new ones file by file, and merged ones from what lives of several.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufWriter, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use codecompass_core::document::{Document, DocumentChunk};

use super::{FileEntry, HEADER, MAGIC, RECORD_CHECK, ROW, Record, Row, Segment, checksum, map, sync_folder};
use crate::{
    error::{IndexError, Result},
    keyword::{self, KeywordBuilder},
};

/// Builds a segment. What was added is lost unless it is finished.
pub struct SegmentBuilder {
    id: u64,
    folder: PathBuf,
    keyword: KeywordBuilder,
    rows: Vec<Row>,
    records: BufWriter<File>,
    record_bytes: u32,
    files: Vec<FileEntry>,
}

impl SegmentBuilder {
    /// Starts in a new folder.
    pub fn create(id: u64, folder: PathBuf) -> Result<Self> {
        Self::begin(id, folder, KeywordBuilder::create)
    }

    /// Starts one that takes a few files.
    pub fn create_small(id: u64, folder: PathBuf) -> Result<Self> {
        Self::begin(id, folder, KeywordBuilder::create_small)
    }

    fn begin(id: u64, folder: PathBuf, keyword: impl Fn(&Path) -> Result<KeywordBuilder>) -> Result<Self> {
        let keyword_folder = create_folders(&folder)?;
        let records = create(&folder.join("records.tmp"))?;
        Ok(Self {
            id,
            keyword: keyword(&keyword_folder)?,
            folder,
            rows: Vec::new(),
            records,
            record_bytes: 0,
            files: Vec::new(),
        })
    }

    /// The segment's id.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Number of files added.
    pub fn files(&self) -> u32 {
        self.files.len() as u32
    }

    /// Whether it has grown so large that it should be finished.
    pub fn is_full(&self) -> bool {
        self.keyword.memory() >= keyword::BUILD_MEMORY || self.record_bytes > 1 << 30
    }

    /// Adds a file; `vectors` holds the vector row of each chunk. Returns the file's number.
    pub fn add(&mut self, document: &Document, bytes: u64, vectors: &[u32]) -> Result<u32> {
        let file = self.files();
        let first = self.rows.len() as u32;
        for (chunk, &vector) in document.chunks.iter().zip(vectors) {
            self.add_chunk(file, &document.path, chunk, vector)?;
        }
        self.files.push(FileEntry::new(document, bytes, first));
        Ok(file)
    }

    fn add_chunk(&mut self, file: u32, path: &str, chunk: &DocumentChunk, vector: u32) -> Result<()> {
        let record = encode(&Record::new(chunk));
        self.keyword.add(path, &chunk.fields)?;
        self.rows.push(Row::new(file, chunk, vector, self.record_bytes));
        self.record_bytes += record.len() as u32;
        self.records.write_all(&record).map_err(IndexError::io("write", &self.folder))
    }

    /// Writes and syncs everything.
    pub fn finish(mut self) -> Result<u64> {
        self.keyword.finish()?;
        self.records.flush().map_err(IndexError::io("write", &self.folder))?;
        let records = self.folder.join("records.tmp");
        let bytes = map(&records)?;
        write_chunks(&self.folder, &self.rows, &self.files, bytes.as_ref().map_or(&[], |map| &map[..]))?;
        fs::remove_file(&records).map_err(IndexError::io("remove", &records))?;
        sync_folder(&self.folder)?;
        Ok(self.id)
    }
}

/// Makes the folders of a segment, readable by their owner only; gives back the one for its words.
fn create_folders(folder: &Path) -> Result<PathBuf> {
    let keyword_folder = folder.join("keyword");
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&keyword_folder)
        .map_err(IndexError::io("create", &keyword_folder))?;
    Ok(keyword_folder)
}

/// Writes what is alive of some segments as one new one. `alive` tells for each part which of its files live. Returns where
/// each surviving file of each part went.
pub fn merge(parts: &[(&Segment, &[bool])], folder: &Path) -> Result<Vec<Vec<Option<u32>>>> {
    let keyword_folder = create_folders(folder)?;
    let mut rows = Vec::new();
    let mut files: Vec<FileEntry> = Vec::new();
    let mut records = Vec::new();
    let mut places = Vec::new();
    let mut keyword_parts = Vec::new();
    for (segment, alive) in parts {
        let mut keep = vec![false; segment.rows.len()];
        let mut moved = vec![None; segment.files.len()];
        // Documents keep their order, so files are visited in the order of their chunks.
        for (number, entry) in segment.files.iter().enumerate().filter(|(number, _)| alive[*number]) {
            let file = files.len() as u32;
            moved[number] = Some(file);
            let first = rows.len() as u32;
            for row in entry.chunks.clone() {
                keep[row as usize] = true;
                let old = segment.rows[row as usize];
                let record = records.len() as u32;
                records.extend(encode(&segment.record(row)?));
                rows.push(Row { file, record, ..old });
            }
            files.push(FileEntry { chunks: first..rows.len() as u32, ..entry.clone() });
        }
        keyword_parts.push((&segment.keyword, keep));
        places.push(moved);
    }
    keyword::merge(&keyword_parts, &keyword_folder)?;
    write_chunks(folder, &rows, &files, &records)?;
    sync_folder(folder)?;
    Ok(places)
}

fn write_chunks(folder: &Path, rows: &[Row], files: &[FileEntry], records: &[u8]) -> Result<()> {
    let path = folder.join("chunks.bin");
    let failed = || IndexError::io("write", &path);
    let mut table = Vec::with_capacity(rows.len() * ROW);
    for row in rows {
        row.write(&mut table).expect("writing to memory does not fail");
    }
    let list = postcard::to_stdvec(files).expect("a list of files can be encoded");
    let mut out = create(&path)?;
    let mut header = Vec::with_capacity(HEADER);
    header.extend(MAGIC);
    header.extend((rows.len() as u32).to_le_bytes());
    header.extend((files.len() as u32).to_le_bytes());
    header.extend((list.len() as u64).to_le_bytes());
    header.extend(checksum(&table, &list));
    for part in [&header, &table, &list, records] {
        out.write_all(part).map_err(failed())?;
    }
    let file = out.into_inner().map_err(std::io::IntoInnerError::into_error).map_err(failed())?;
    file.sync_all().map_err(failed())
}

/// A record and the first bytes of its hash: records are read one by one, so that each is checked for itself.
fn encode(record: &Record) -> Vec<u8> {
    let mut bytes = postcard::to_stdvec(record).expect("a record can be encoded");
    let check = blake3::hash(&bytes);
    bytes.extend(&check.as_bytes()[..RECORD_CHECK]);
    bytes
}

fn create(path: &Path) -> Result<BufWriter<File>> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .map_err(IndexError::io("create", path))?;
    Ok(BufWriter::with_capacity(1 << 16, file))
}
