//! Where an index lives: one folder a workspace in the cache, in it one space for each format and embedder.
//!
//! Another format or embedder is another space, built beside the old one and never mixed with it.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::Write,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use crate::error::{IndexError, Result};

/// Version of everything stored. Any change of a format, a tokenizer, a chunking rule or a grammar's spec raises it.
pub const SCHEMA: u32 = 1;

/// File systems note times in steps; none that an index should be on takes larger ones.
const CLOCK_STEP: Duration = Duration::from_millis(50);

/// The folder of one workspace in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Space {
    workspace: PathBuf,
    folder: PathBuf,
}

impl Space {
    /// The space of the workspace `root` (an absolute path) below the cache folder.
    pub fn locate(cache: &Path, root: &Path, embedder: &str) -> Self {
        let name: String = root
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' })
            .take(40)
            .collect();
        let hash = blake3::hash(root.as_os_str().as_encoded_bytes()).to_hex();
        let workspace = cache.join(format!("{name}-{}", &hash[..12]));
        let folder = workspace.join(format!("v{SCHEMA}-{embedder}"));
        Self { workspace, folder }
    }

    /// Makes the folders, readable by their owner only, and notes which workspace they belong to.
    pub fn create(&self, root: &Path) -> Result<()> {
        for folder in [&self.workspace, &self.folder, &self.segments(), &self.vectors()] {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .map_err(IndexError::io("create", folder))?;
        }
        let note = self.workspace.join("workspace");
        if !note.exists() {
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&note)
                .map_err(IndexError::io("create", &note))?;
            file.write_all(root.as_os_str().as_encoded_bytes()).map_err(IndexError::io("write", &note))?;
        }
        Ok(())
    }

    /// The folder of this space.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The catalogue's file.
    pub fn catalogue(&self) -> PathBuf {
        self.folder.join("catalogue.redb")
    }

    /// What tells one state of the catalogue's file from another, for the price of looking it up; `None` when there is none.
    /// Taken before the catalogue is read, it tells later whether another process may have committed since.
    pub fn stamp(&self) -> Option<Stamp> {
        let meta = fs::metadata(self.catalogue()).ok()?;
        let changed = meta.modified().ok()?;
        let settled = SystemTime::now().duration_since(changed).is_ok_and(|age| age > CLOCK_STEP);
        Some(Stamp { file: (meta.dev(), meta.ino()), bytes: meta.len(), changed, settled })
    }

    /// The folder that holds the segments.
    pub fn segments(&self) -> PathBuf {
        self.folder.join("segments")
    }

    /// The folder of one segment.
    pub fn segment(&self, id: u64) -> PathBuf {
        self.segments().join(format!("{id:016x}"))
    }

    /// The folder that holds the vectors.
    pub fn vectors(&self) -> PathBuf {
        self.folder.join("vectors")
    }

    /// The folder of vectors that the models of hosts made: beside the space, so that they outlive it.
    pub(crate) fn hosted(&self) -> PathBuf {
        self.workspace.join("hosted")
    }

    /// Throws this space away, so that it can be built anew.
    pub fn discard(&self) -> Result<()> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(IndexError::Io { action: "remove", path: self.folder.display().to_string(), source: error })
            }
            _ => Ok(()),
        }
    }

    /// Takes the writer's lock; `None` when another process has it. The lock ends with the process, however it ends.
    pub fn lock(&self) -> Result<Option<WriterLock>> {
        let path = self.workspace.join("writer.lock");
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(IndexError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => {
                // The time of the last writing is what the size budget goes by.
                let _ = file.set_modified(SystemTime::now());
                Ok(Some(WriterLock { _file: file }))
            }
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => {
                Err(IndexError::Io { action: "lock", path: path.display().to_string(), source })
            }
        }
    }

    /// Bytes on disk.
    pub fn bytes(&self) -> u64 {
        folder_bytes(&self.folder)
    }

    /// Removes spaces of this workspace that belong to other formats or embedders. Called once this one is complete.
    pub fn remove_others(&self) {
        for entry in fs::read_dir(&self.workspace).into_iter().flatten().flatten() {
            let path = entry.path();
            if path != self.folder && entry.file_name().to_string_lossy().starts_with('v') && path.is_dir() {
                tracing::info!(folder = %path.display(), "removing an index of another format");
                let _ = fs::remove_dir_all(path);
            }
        }
    }
}

/// What tells one state of the catalogue's file from another.
#[derive(Debug, Clone, Copy)]
pub struct Stamp {
    file: (u64, u64),
    bytes: u64,
    changed: SystemTime,
    settled: bool,
}

impl Stamp {
    /// Whether there may have been a commit between this and a later one. A file that was written just before the first
    /// look may have been written again within one step of its clock: then the answer is yes, once too often.
    pub fn may_differ(&self, later: &Self) -> bool {
        !self.settled || (self.file, self.bytes, self.changed) != (later.file, later.bytes, later.changed)
    }

    /// Whether both are of the same file, and not of one that took its place.
    pub fn same_file(&self, other: &Self) -> bool {
        self.file == other.file
    }
}

/// Held while this process may write.
#[derive(Debug)]
pub struct WriterLock {
    _file: File,
}

/// Keeps all indexes of the cache within `budget` bytes: whole workspaces go, the longest unused first, never `keep`.
/// Returns the folders that were removed.
pub fn collect_garbage(cache: &Path, keep: &Space, budget: u64) -> Vec<PathBuf> {
    let mut workspaces: Vec<(SystemTime, PathBuf, u64)> = fs::read_dir(cache)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join("writer.lock").exists())
        .map(|path| {
            let used = fs::metadata(path.join("writer.lock")).and_then(|lock| lock.modified());
            let bytes = folder_bytes(&path);
            (used.unwrap_or(SystemTime::UNIX_EPOCH), path, bytes)
        })
        .collect();
    let mut total: u64 = workspaces.iter().map(|(_, _, bytes)| bytes).sum();
    workspaces.sort();
    let mut removed = Vec::new();
    for (_, path, bytes) in workspaces {
        if total <= budget {
            break;
        }
        let locked = |name: &str| File::open(path.join(name)).is_ok_and(|file| file.try_lock().is_err());
        if path == keep.workspace || locked("writer.lock") || locked("hosted/filler.lock") {
            continue;
        }
        if fs::remove_dir_all(&path).is_ok() {
            total -= bytes;
            removed.push(path);
        }
    }
    removed
}

fn folder_bytes(folder: &Path) -> u64 {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(meta) if meta.is_dir() => folder_bytes(&entry.path()),
            Ok(meta) => meta.len(),
            Err(_) => 0,
        })
        .sum()
}
