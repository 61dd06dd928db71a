//! The folder of all stores of a workspace: which one answers, which one is being filled, and by whom.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use crate::{
    error::{IndexError, Result},
    segment::sync_folder,
    space::Space,
};

/// The folder of the stores of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home(PathBuf);

/// Held while this process may fill a store. The lock ends with the process, however it ends.
#[derive(Debug)]
pub struct FillerLock {
    _file: File,
}

impl Home {
    /// That of the workspace of an index.
    pub fn of(space: &Space) -> Self {
        Self(space.hosted())
    }

    /// Makes the folder of a store, readable by its owner only, and notes what there is to know about its model.
    pub fn create(&self, embedder: &str, about: &str) -> Result<PathBuf> {
        let folder = self.folder(embedder);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(IndexError::io("create", &folder))?;
        replace(&folder, "about", about)?;
        Ok(folder)
    }

    /// The folder of an embedder's store.
    pub fn folder(&self, embedder: &str) -> PathBuf {
        self.0.join(name(embedder))
    }

    /// What was noted about the model of the store that answers; `None` when none does.
    pub fn current(&self) -> Option<String> {
        self.about("current")
    }

    /// What was noted about the model that is to be used.
    pub fn wanted(&self) -> Option<String> {
        self.about("wanted")
    }

    fn about(&self, pointer: &str) -> Option<String> {
        let name = fs::read_to_string(self.0.join(pointer)).ok()?;
        // The name of a folder here, and no way out of it.
        let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        plain.then(|| fs::read_to_string(self.0.join(name).join("about")).ok())?
    }

    /// Lets the store of an embedder answer from now on, in one step.
    pub fn switch(&self, embedder: &str) -> Result<()> {
        replace(&self.0, "current", &name(embedder))
    }

    /// Notes that this embedder is the one to be used.
    pub fn want(&self, embedder: &str) -> Result<()> {
        replace(&self.0, "wanted", &name(embedder))
    }

    /// Removes the stores of all other embedders. Who has one open keeps what is mapped.
    pub fn keep_only(&self, embedder: &str) {
        let kept = name(embedder);
        for entry in fs::read_dir(&self.0).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy() != kept && entry.path().is_dir() {
                tracing::info!(folder = %entry.path().display(), "removing the vectors of another model");
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    /// Becomes the one that fills; `None` when another process is.
    pub fn lock(&self) -> Result<Option<FillerLock>> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0).map_err(IndexError::io("create", &self.0))?;
        let path = self.0.join("filler.lock");
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.map_err(IndexError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(FillerLock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => {
                Err(IndexError::Io { action: "lock", path: path.display().to_string(), source })
            }
        }
    }
}

/// The name of an embedder's folder: readable, and another one for every id.
fn name(embedder: &str) -> String {
    let readable = embedder.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' });
    let hash = blake3::hash(embedder.as_bytes()).to_hex();
    format!("{}-{}", readable.take(40).collect::<String>().trim_start_matches('.'), &hash[..12])
}

/// Writes a small file so that it is either the old or the new one, whatever happens.
fn replace(folder: &Path, name: &str, text: &str) -> Result<()> {
    let path = folder.join(name);
    if fs::read_to_string(&path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    let new = folder.join(format!("{name}.{}.tmp", std::process::id()));
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&new)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&new, &path));
    written.map_err(IndexError::io("write", &path))?;
    sync_folder(folder)
}
