//! The catalogue: which files the index knows, which segments hold them, which content has a vector. One transaction of it
//! is one generation of the whole index; segments and vectors are on disk before the transaction that names them.
//!
//! The store lets one process open it at a time, so it is opened for each reading and each commit and closed again at once;
//! who meets it open waits for milliseconds.

use std::{
    fs, io,
    path::Path,
    time::{Duration, Instant},
};

use codecompass_core::{document::ContentId, skip::SkipReason};
use redb::{
    Database, DatabaseError, Durability, ReadOnlyDatabase, ReadTransaction, ReadableDatabase, ReadableTable,
    StorageError, TableDefinition, TableError,
};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::{
    error::{IndexError, Result},
    guard::guarded,
    segment::sync_folder,
};

const STATE: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("state");
const FILES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("files");
const VECTORS: TableDefinition<'_, &[u8; 16], u32> = TableDefinition::new("vectors");

/// A disk with fewer free bytes counts as full.
const SMALL_CHANGE: u64 = 1 << 20;
/// How long to wait for another process that has the catalogue open.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a generation consists of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Counts commits, from 1.
    pub generation: u64,
    /// The segments, oldest first.
    pub segments: Vec<u64>,
    /// Rows of the vector matrix that belong to it.
    pub vector_rows: u32,
    /// Windows that belong to it.
    pub vector_windows: u32,
    /// When it was committed, in seconds since 1970.
    pub committed_s: u64,
    /// False while a first build has not seen every file yet.
    pub complete: bool,
}

/// What the index knows of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRow {
    /// Size when it was read.
    pub size: u64,
    /// Modification time when it was read, in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Hash of its bytes.
    pub hash: [u8; 16],
    /// What became of it.
    pub fate: Fate,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// It is indexed.
    Indexed {
        /// The segment that holds it.
        segment: u64,
        /// Its number there.
        file: u32,
    },
    /// Its content is not for the index.
    Skipped(SkipReason),
}

/// Everything a reader needs of the catalogue.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// The generation.
    pub state: State,
    /// All files by path.
    pub files: FxHashMap<String, FileRow>,
}

/// What a commit changes.
#[derive(Debug, Default)]
pub struct Changes {
    /// Files that are new or changed.
    pub files: Vec<(String, FileRow)>,
    /// Paths that are gone.
    pub removed: Vec<String>,
    /// Content that has a vector now.
    pub vectors: Vec<(ContentId, u32)>,
}

/// Reads the whole catalogue; `None` when there is none yet.
pub fn read(path: &Path) -> Result<Option<Contents>> {
    with_transaction(path, contents)
}

/// Reads only the generation; cheap enough to ask often.
pub fn generation(path: &Path) -> Result<Option<State>> {
    with_transaction(path, state)
}

/// Reads from the catalogue; `None` when there is none yet. A damaged file can trip the store's own assertions.
fn with_transaction<T>(path: &Path, read: impl FnOnce(&ReadTransaction) -> Result<T>) -> Result<Option<T>> {
    if !path.exists() {
        return Ok(None);
    }
    guarded("the catalogue's structure", || {
        let Some(database) = patiently(path, || read_only(path))? else { return Ok(None) };
        let transaction = database.begin_read().map_err(|error| damaged(&error))?;
        read(&transaction).map(Some)
    })
}

/// Reads which content has a vector.
pub fn vectors(path: &Path) -> Result<FxHashMap<ContentId, u32>> {
    with_transaction(path, |transaction| {
        let table = match transaction.open_table(VECTORS) {
            Ok(table) => table,
            Err(TableError::TableDoesNotExist(_)) => return Ok(FxHashMap::default()),
            Err(error) => return Err(damaged(&error)),
        };
        let mut known = FxHashMap::default();
        for entry in table.iter().map_err(|error| damaged(&error))? {
            let (key, row) = entry.map_err(|error| damaged(&error))?;
            known.insert(ContentId(*key.value()), row.value());
        }
        Ok(known)
    })
    .map(Option::unwrap_or_default)
}

/// Commits a generation. The caller holds the writer's lock and has synced what `state` names.
pub fn commit(path: &Path, state: &State, changes: &Changes) -> Result<()> {
    guarded("the catalogue's structure", || write(path, state, changes))
}

fn write(path: &Path, state: &State, changes: &Changes) -> Result<()> {
    if path.exists() {
        return write_into(path, state, changes);
    }
    // A store is not made at one stroke: whoever finds one under the catalogue's name finds a whole one.
    let new = path.with_extension("new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(IndexError::io("remove", &new)(error)),
        _ => {}
    }
    write_into(&new, state, changes)?;
    fs::rename(&new, path).map_err(IndexError::io("create", path))?;
    path.parent().map_or(Ok(()), sync_folder)
}

fn write_into(path: &Path, state: &State, changes: &Changes) -> Result<()> {
    let Some(database) = patiently(path, || writable(path).map(Some))? else {
        return Err(IndexError::damaged("the catalogue cannot be created"));
    };
    let mut transaction = database.begin_write().map_err(|error| failed(path, &error))?;
    transaction.set_durability(Durability::Immediate).map_err(|error| failed(path, &error))?;
    {
        let mut files = transaction.open_table(FILES).map_err(|error| failed(path, &error))?;
        for removed in &changes.removed {
            files.remove(removed.as_str()).map_err(|error| failed(path, &error))?;
        }
        for (name, row) in &changes.files {
            files.insert(name.as_str(), encode(row).as_slice()).map_err(|error| failed(path, &error))?;
        }
        let mut vectors = transaction.open_table(VECTORS).map_err(|error| failed(path, &error))?;
        // In the order of the keys, which fills the pages of the store better.
        let mut fresh: Vec<_> = changes.vectors.iter().collect();
        fresh.sort_unstable();
        for (content, row) in fresh {
            vectors.insert(&content.0, row).map_err(|error| failed(path, &error))?;
        }
        let mut states = transaction.open_table(STATE).map_err(|error| failed(path, &error))?;
        states.insert("current", encode(state).as_slice()).map_err(|error| failed(path, &error))?;
    }
    transaction.commit().map_err(|error| failed(path, &error))
}

fn contents(transaction: &ReadTransaction) -> Result<Contents> {
    let state = state(transaction)?;
    let mut files = FxHashMap::default();
    if state.generation > 0 {
        let table = transaction.open_table(FILES).map_err(|error| damaged(&error))?;
        for entry in table.iter().map_err(|error| damaged(&error))? {
            let (path, row) = entry.map_err(|error| damaged(&error))?;
            files.insert(path.value().to_owned(), decode(row.value())?);
        }
    }
    Ok(Contents { state, files })
}

fn state(transaction: &ReadTransaction) -> Result<State> {
    let table = match transaction.open_table(STATE) {
        Ok(table) => table,
        Err(TableError::TableDoesNotExist(_)) => return Ok(State::default()),
        Err(error) => return Err(damaged(&error)),
    };
    match table.get("current").map_err(|error| damaged(&error))? {
        Some(state) => decode(state.value()),
        None => Ok(State::default()),
    }
}

fn read_only(path: &Path) -> std::result::Result<Option<ReadOnlyDatabase>, DatabaseError> {
    if std::fs::metadata(path).is_ok_and(|meta| meta.len() == 0) {
        return Ok(None);
    }
    match ReadOnlyDatabase::open(path) {
        // A writer was killed in the middle: opening for writing repairs it.
        Err(DatabaseError::RepairAborted) => {
            drop(writable(path)?);
            ReadOnlyDatabase::open(path).map(Some)
        }
        other => other.map(Some),
    }
}

fn writable(path: &Path) -> std::result::Result<Database, DatabaseError> {
    // The catalogue is small; the default cache of a gigabyte is for other uses.
    let database = Database::builder().set_cache_size(16 << 20).create(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(database)
}

/// Tries again while another process has the catalogue open.
fn patiently<T>(
    path: &Path,
    mut open: impl FnMut() -> std::result::Result<Option<T>, DatabaseError>,
) -> Result<Option<T>> {
    let deadline = Instant::now() + PATIENCE;
    let mut pause = Duration::from_micros(200);
    loop {
        match open() {
            Ok(database) => return Ok(database),
            Err(DatabaseError::DatabaseAlreadyOpen) if Instant::now() < deadline => {
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(20));
            }
            Err(DatabaseError::DatabaseAlreadyOpen) => {
                return Err(IndexError::Locked { path: path.display().to_string() });
            }
            Err(DatabaseError::Storage(StorageError::Io(source)))
                if !matches!(source.kind(), std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof) =>
            {
                return Err(IndexError::Io { action: "open", path: path.display().to_string(), source });
            }
            // Cut off while it was written, and not to be mended on a full disk: what was committed is still there.
            Err(DatabaseError::RepairAborted) if is_full(path) => {
                let source = io::Error::new(io::ErrorKind::StorageFull, "No space left on device");
                return Err(IndexError::Io { action: "mend", path: path.display().to_string(), source });
            }
            Err(error) => return Err(damaged(&error)),
        }
    }
}

/// Whether the disk has no room worth mentioning.
fn is_full(path: &Path) -> bool {
    rustix::fs::statvfs(path).is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < SMALL_CHANGE)
}

fn damaged(error: &dyn std::fmt::Display) -> IndexError {
    IndexError::damaged(format!("the catalogue ({error})"))
}

/// Writing failed: usually the disk.
fn failed(path: &Path, error: &(impl std::error::Error + 'static)) -> IndexError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(io) = current.downcast_ref::<std::io::Error>() {
            let source = std::io::Error::new(io.kind(), io.to_string());
            return IndexError::Io { action: "write", path: path.display().to_string(), source };
        }
        if let Some(StorageError::Io(io)) = current.downcast_ref::<StorageError>() {
            let source = std::io::Error::new(io.kind(), io.to_string());
            return IndexError::Io { action: "write", path: path.display().to_string(), source };
        }
        cause = current.source();
    }
    let source = std::io::Error::other(error.to_string());
    IndexError::Io { action: "write", path: path.display().to_string(), source }
}

fn encode(value: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).expect("the catalogue's types can be encoded")
}

fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T> {
    postcard::from_bytes(bytes).map_err(|_| IndexError::damaged("a record of the catalogue"))
}
