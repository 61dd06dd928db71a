//! The file that says which content has which row. It is what commits a batch: rows count once their contents stand here.

use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use codecompass_core::document::ContentId;

use crate::{
    error::{IndexError, Result},
    vectors::open_private,
};

const MAGIC: &[u8; 8] = b"cccontnt";
/// Raised when the layout changes: files of another version are not read.
const VERSION: u32 = 1;
/// Magic, version, dimension, hash of the embedder's id, checksum of all that.
const HEADER: usize = 8 + 4 + 4 + 32 + CHECK;
const CHECK: usize = 16;
/// Before the contents of a batch: how many they are, the number of its first row, checksums of its rows and of all this.
const BATCH: usize = 4 + 4 + CHECK + CHECK;

/// Some rows, one after the other, and their contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) first: u32,
    /// The checksum of the rows' bytes.
    pub(super) rows: [u8; CHECK],
    pub(super) contents: Vec<ContentId>,
}

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) dimension: usize,
    pub(super) batches: Vec<Batch>,
    /// Bytes up to the end of the last whole batch. What follows is a torn one.
    pub(super) whole: u64,
}

pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join("contents.bin")
}

/// The first bytes of a hash.
pub(super) fn check(parts: &[&[u8]]) -> [u8; CHECK] {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    let mut check = [0; CHECK];
    check.copy_from_slice(&hasher.finalize().as_bytes()[..CHECK]);
    check
}

/// Reads the file of a store; `None` when there is none, or nothing in it was committed.
pub(super) fn read(folder: &Path, embedder: &str) -> Result<Option<Contents>> {
    let path = path(folder);
    let bytes = match fs::read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        other => other.map_err(IndexError::io("read", &path))?,
    };
    // A process that was killed while it began has promised nothing.
    let Some(header) = bytes.get(..HEADER) else { return Ok(None) };
    let damaged = |what: &str| IndexError::damaged(format!("{}: {what}", path.display()));
    let (fields, own) = header.split_at(HEADER - CHECK);
    if fields[..8] != MAGIC[..] || check(&[fields]) != *own {
        return Err(damaged("it does not begin as a list of contents"));
    }
    if fields[8..12] != VERSION.to_le_bytes() {
        return Err(damaged("it has another version"));
    }
    if fields[16..48] != *blake3::hash(embedder.as_bytes()).as_bytes() {
        return Err(damaged("it belongs to another embedder"));
    }
    let mut contents = Contents { dimension: number(fields, 12) as usize, batches: Vec::new(), whole: HEADER as u64 };
    let mut rest = &bytes[HEADER..];
    let mut rows = 0;
    while let Some((batch, length)) = batch(rest, rows) {
        rows += batch.contents.len() as u32;
        contents.whole += length as u64;
        contents.batches.push(batch);
        rest = &rest[length..];
    }
    Ok(Some(contents))
}

/// The batch at the beginning of some bytes, if it is whole and its first row is that.
fn batch(bytes: &[u8], first: u32) -> Option<(Batch, usize)> {
    let head = bytes.get(..BATCH)?;
    let length = BATCH.checked_add((number(head, 0) as usize).checked_mul(16)?)?;
    let ids = bytes.get(BATCH..length)?;
    let (fields, own) = head.split_at(BATCH - CHECK);
    if number(head, 4) != first || check(&[fields, ids]) != *own {
        return None;
    }
    let (ids, _) = ids.as_chunks::<16>();
    let mut rows = [0; CHECK];
    rows.copy_from_slice(&fields[8..]);
    Some((Batch { first, rows, contents: ids.iter().copied().map(ContentId).collect() }, length))
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes make a number"))
}

/// Makes the file of a store anew.
pub(super) fn begin(folder: &Path, embedder: &str, dimension: usize) -> Result<File> {
    let path = path(folder);
    let mut fields = Vec::with_capacity(HEADER);
    fields.extend_from_slice(MAGIC);
    fields.extend_from_slice(&VERSION.to_le_bytes());
    fields.extend_from_slice(&(dimension as u32).to_le_bytes());
    fields.extend_from_slice(blake3::hash(embedder.as_bytes()).as_bytes());
    let own = check(&[&fields]);
    fields.extend_from_slice(&own);
    let mut file = open_private(&path)?;
    file.set_len(0).and_then(|()| file.write_all(&fields)).map_err(IndexError::io("write", &path))?;
    Ok(file)
}

/// Opens the file of a store behind its last whole batch.
pub(super) fn resume(folder: &Path, whole: u64) -> Result<File> {
    let path = path(folder);
    let mut file = open_private(&path)?;
    let placed = file.set_len(whole).and_then(|()| std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(whole)));
    placed.map_err(IndexError::io("write", &path))?;
    Ok(file)
}

/// Appends a batch and brings it to the disk; its rows are there already.
pub(super) fn append(file: &mut File, folder: &Path, batch: &Batch) -> Result<u64> {
    let ids = batch.contents.iter().flat_map(|content| content.0);
    let ids: Vec<u8> = ids.collect();
    let mut bytes = Vec::with_capacity(BATCH + ids.len());
    bytes.extend_from_slice(&(batch.contents.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&batch.first.to_le_bytes());
    bytes.extend_from_slice(&batch.rows);
    let own = check(&[&bytes, &ids]);
    bytes.extend_from_slice(&own);
    bytes.extend_from_slice(&ids);
    file.write_all(&bytes).and_then(|()| file.sync_data()).map_err(IndexError::io("write", &path(folder)))?;
    Ok(bytes.len() as u64)
}
