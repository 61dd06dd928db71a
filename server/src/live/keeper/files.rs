//! Takes over what changed in files: what was typed, and what happened on disk.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use codecompass_index::snapshot::Snapshot;

use super::{super::job, Keeper};
use crate::{
    indexer,
    workspace::walk::{self, FileEntry, Looker, Verdict},
};

/// Longest time spent on files that changed before giving out what there is and looking what else happened.
const SLICE: Duration = Duration::from_millis(10);

impl Keeper {
    /// Takes over what was typed.
    pub(super) fn edit(&mut self) {
        // Without a generation there is nothing to lay it over; the first one comes with the first job.
        let Some(base) = self.base.clone().filter(|_| !self.edited.is_empty()) else { return };
        let gate = Arc::clone(&self.shared.surroundings.gate);
        let _typing = gate.serve();
        let start = Instant::now();
        while start.elapsed() < SLICE
            && let Some(key) = self.edited.pop_first()
        {
            let open = self.shared.open().get(&key).cloned();
            let changed = match open {
                Some(open) if self.is_allowed(&key, open.text.len()) => self.fresh.put_open(&key, &open.text, &base),
                Some(_) => self.fresh.remove(&key),
                None => {
                    self.allowed.remove(&key);
                    self.looks.insert(key.clone());
                    self.fresh.remove(&key)
                }
            };
            self.news.index |= changed;
        }
    }

    fn is_allowed(&mut self, key: &str, bytes: usize) -> bool {
        let rules = &self.settings.index;
        bytes as u64 <= rules.max_file_bytes
            && *self
                .allowed
                .entry(key.to_owned())
                .or_insert_with(|| Looker::new(&self.shared.root, rules).is_ok_and(|mut looker| looker.would_take(key)))
    }

    /// Takes over what changed on disk, for a moment; the rest stays for the next round.
    pub(super) fn look(&mut self) {
        let Some(base) = self.base.clone().filter(|_| !self.paused && !self.looks.is_empty()) else { return };
        let start = Instant::now();
        let mut looker = match Looker::new(&self.shared.root, &self.settings.index) {
            Ok(looker) => looker,
            Err(error) => {
                self.looks.clear();
                return self.fail(error.to_string());
            }
        };
        while let Some(key) = self.looks.pop_first() {
            match looker.look(&key) {
                Verdict::File(entry) => self.look_at_file(&entry, &base),
                Verdict::Folder => self.look_at_folder(&key, &base),
                Verdict::Skipped(reason) => {
                    self.state.left_out_mut().insert(key.clone(), reason);
                    self.gone(&key, &base);
                }
                Verdict::Missing => {
                    self.state.left_out_mut().remove(&key);
                    self.gone(&key, &base);
                }
            }
            if start.elapsed() > SLICE {
                break;
            }
        }
    }

    fn look_at_file(&mut self, entry: &FileEntry, base: &Arc<Snapshot>) {
        let key = &entry.path;
        self.state.left_out_mut().remove(key);
        let open = self.shared.open().contains_key(key);
        if !self.suspects.remove(key) && job::holds(base, entry) {
            self.pending.forget(key);
            self.news.index |= !open && self.fresh.remove(key);
            return;
        }
        let read = walk::read(&self.shared.root, key, self.settings.index.max_file_bytes);
        let known = base.files.committed().get(key);
        let hash = read.as_ref().ok().map(|bytes| indexer::hash(bytes));
        if let (Some(hash), Some(known)) = (hash, known)
            && hash == known.hash
        {
            // Only its time is another one.
            self.pending.forget(key);
        } else {
            self.pending.changed(entry.clone());
        }
        match hash {
            Some(hash) if open => self.fresh.saved(entry, hash),
            None if open => {}
            _ => self.news.index |= self.fresh.put_disk(entry, read, base),
        }
    }

    /// A folder is new: what is in it is looked at.
    fn look_at_folder(&mut self, key: &str, base: &Snapshot) {
        let stop = || false;
        let Ok(walk) = walk::walk_below(&self.shared.root, &self.settings.index, key, &stop) else { return };
        self.state.left_out_mut().extend(walk.skipped);
        let new = walk.files.into_iter().filter(|entry| !job::holds(base, entry)).map(|entry| entry.path);
        self.look_at(new.collect());
    }

    /// A file, or a folder with all that was in it, is not to be found any more.
    fn gone(&mut self, key: &str, base: &Arc<Snapshot>) {
        let open = Arc::clone(&self.shared.open());
        let below = format!("{key}/");
        let known = base.files.committed();
        let mut gone: Vec<String> = Vec::new();
        if known.contains_key(key) || self.fresh.overlay().get(key).is_some() {
            gone.push(key.to_owned());
        } else {
            let inside = known.keys().map(String::as_str).chain(self.fresh.overlay().paths());
            gone.extend(inside.filter(|path| path.starts_with(&below)).map(str::to_owned));
        }
        for path in gone {
            if known.contains_key(&path) {
                self.pending.gone(&path);
            } else {
                self.pending.forget(&path);
            }
            if !open.contains_key(&path) {
                self.news.index |= self.fresh.gone(&path, base);
            }
        }
    }
}
