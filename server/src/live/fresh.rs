//! What is newer than the index on disk, made ready to be searched: open files, and files that changed a moment ago.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use codecompass_core::{
    document::Document,
    embed::{Embedder, Scratch},
    skip::SkipReason,
    text,
};
use codecompass_index::{
    catalogue::{Fate, FileRow},
    overlay::{Change, FileVersion, Known, Overlay, OverlayFile},
    snapshot::Snapshot,
};

use crate::{indexer, workspace::walk::FileEntry};

/// A file that takes longer to parse is cut at blank lines here, so that it does not hold up what else is typed; when it is
/// written to disk it gets more time.
const LONGEST_PARSE: Duration = Duration::from_millis(300);

/// What is newer than the index on disk.
#[derive(Default)]
pub(super) struct Fresh {
    overlay: Overlay,
    scratch: Scratch,
    /// Chunks that the embedder was asked for since the start.
    pub(super) embedded: u64,
}

impl Fresh {
    /// It all, to be laid over the index on disk.
    pub(super) fn overlay(&self) -> &Overlay {
        &self.overlay
    }

    /// The file is open and says this. Says whether that is news.
    pub(super) fn put_open(&mut self, key: &str, text: &str, base: &Arc<Snapshot>) -> bool {
        let hash = indexer::hash(text.as_bytes());
        // A time that no file has: a buffer is not on disk.
        let version = FileVersion { size: text.len() as u64, mtime_ns: i64::MIN, hash };
        if self.knows(key, version, base) {
            return false;
        }
        if as_on_disk(key, hash, base) {
            return self.remove(key);
        }
        let cut = cut(key, text).map(|document| (document, text));
        self.put(key, cut, version, base)
    }

    /// The file on disk holds these bytes, or cannot be read for that reason. Says whether that is news.
    pub(super) fn put_disk(
        &mut self,
        entry: &FileEntry,
        read: Result<Vec<u8>, SkipReason>,
        base: &Arc<Snapshot>,
    ) -> bool {
        let hash = read.as_ref().map_or([0; 16], |bytes| indexer::hash(bytes));
        let version = FileVersion { size: entry.size, mtime_ns: indexer::settled_time(entry), hash };
        if read.is_ok() {
            if self.knows(&entry.path, version, base) {
                return false;
            }
            if as_on_disk(&entry.path, hash, base) {
                return self.remove(&entry.path);
            }
        }
        let decoded = read.and_then(text::decode).map(|decoded| decoded.text);
        match decoded {
            Ok(text) => {
                let cut = cut(&entry.path, &text).map(|document| (document, text.as_str()));
                self.put(&entry.path, cut, version, base)
            }
            Err(reason) => self.put(&entry.path, Err(reason), version, base),
        }
    }

    /// The open file is saved: what is on disk, as `entry`, is what it says. Then it can be written as it is here.
    pub(super) fn saved(&mut self, entry: &FileEntry, hash: [u8; 16]) {
        if let Some(Change::Put(file)) = self.overlay.get(&entry.path)
            && file.version.hash == hash
        {
            let version = FileVersion { size: entry.size, mtime_ns: indexer::settled_time(entry), hash };
            let file = file.with_version(version);
            self.lay(vec![(entry.path.clone(), Change::from(file))]);
        }
    }

    /// Those of the files that are here as they are on disk.
    pub(super) fn as_on_disk(&self, files: &[FileEntry]) -> Vec<Arc<OverlayFile>> {
        let same = |entry: &FileEntry| match self.overlay.get(&entry.path) {
            Some(Change::Put(file)) => {
                let same = file.version.size == entry.size && file.version.mtime_ns == entry.mtime_ns;
                (same && file.document.parsed).then(|| Arc::clone(file))
            }
            _ => None,
        };
        files.iter().filter_map(same).collect()
    }

    /// The file is gone. Says whether that is news.
    pub(super) fn gone(&mut self, key: &str, base: &Arc<Snapshot>) -> bool {
        if !base.files.committed().contains_key(key) {
            return self.remove(key);
        }
        if matches!(self.overlay.get(key), Some(Change::Gone)) {
            return false;
        }
        self.lay(vec![(key.to_owned(), Change::Gone)])
    }

    /// What the index on disk says of the file counts again. Says whether that is news.
    pub(super) fn remove(&mut self, key: &str) -> bool {
        if self.overlay.get(key).is_none() {
            return false;
        }
        self.overlay = self.overlay.without(&[key]);
        true
    }

    /// The index on disk has a new generation: what it holds just so needs no place here any more.
    pub(super) fn settle(&mut self, base: &Snapshot) {
        self.overlay = self.overlay.settle(base);
    }

    /// Whether the same content is here already.
    fn knows(&self, key: &str, version: FileVersion, base: &Snapshot) -> bool {
        match self.overlay.get(key) {
            Some(Change::Put(file)) => file.version.hash == version.hash,
            Some(Change::Skipped(row)) => row.hash == version.hash && version.hash != [0; 16],
            Some(Change::Gone) => false,
            None => as_on_disk(key, version.hash, base),
        }
    }

    fn put(
        &mut self,
        key: &str,
        cut: Result<(Document, &str), SkipReason>,
        version: FileVersion,
        base: &Arc<Snapshot>,
    ) -> bool {
        let change = match cut {
            Ok((document, text)) => {
                let mut known = Known::default();
                if let Some(Change::Put(before)) = self.overlay.get(key) {
                    known.file(before);
                }
                if let Err(error) = known.indexed(base, key) {
                    tracing::debug!(%error, key, "its known vectors cannot be read; they are computed again");
                }
                let (file, embedded) =
                    OverlayFile::new(document, text, version, Embedder::builtin(), &known, &mut self.scratch);
                self.embedded += u64::from(embedded.fresh);
                Change::from(file)
            }
            Err(reason) => {
                let FileVersion { size, mtime_ns, hash } = version;
                Change::Skipped(FileRow { size, mtime_ns, hash, fate: Fate::Skipped(reason) })
            }
        };
        self.lay(vec![(key.to_owned(), change)])
    }

    fn lay(&mut self, changes: Vec<(String, Change)>) -> bool {
        self.overlay = self.overlay.with(changes);
        true
    }
}

/// Whether the index on disk holds the file with that content.
fn as_on_disk(key: &str, hash: [u8; 16], base: &Snapshot) -> bool {
    base.files.committed().get(key).is_some_and(|row| row.hash == hash)
}

/// Cuts a text. A grammar that panics costs its file, not the keeper.
fn cut(key: &str, text: &str) -> Result<Document, SkipReason> {
    let deadline = Instant::now() + LONGEST_PARSE;
    let cut = AssertUnwindSafe(|| indexer::cut_text(key, text, &|| Instant::now() > deadline));
    catch_unwind(cut).unwrap_or_else(|_| {
        tracing::error!(key, "its text cannot be cut; it is left out until it changes");
        Err(SkipReason::NotText)
    })
}
