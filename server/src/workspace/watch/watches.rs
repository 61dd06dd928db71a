//! Which folders are watched, and what an event in or at one of them means.

mod repository;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use self::repository::{Meaning, Repository};
use super::{
    Mode, RULES_CHANGED, SETTINGS_CHANGED, Started, Target,
    gather::{Batch, Heard, OVERFLOW, ROOT_CHANGED, What},
    native::{Native, Refused},
};
use crate::{
    config::{load::PROJECT_FILE, settings::IndexSettings},
    workspace::{
        key::{key_of, path_of},
        walk::{Looker, Verdict, changes_rules},
    },
};

/// The folders of one workspace that are watched.
pub(super) struct Watches {
    root: PathBuf,
    settings: IndexSettings,
    /// Whether the system watches the root with all that is in it, the folders that are left out too.
    recursive: bool,
    native: Option<Box<dyn Native>>,
    reason: Option<String>,
    /// By key. Those below `x` are a range of it.
    folders: BTreeSet<String>,
    repository: Option<Repository>,
    /// The rules as read in this burst.
    looker: Option<Looker>,
    stopped: Arc<AtomicBool>,
}

impl Watches {
    pub(super) fn new(root: &Path, recursive: bool, native: Result<Box<dyn Native>, Refused>) -> Self {
        let (native, reason) = match native {
            Ok(native) => (Some(native), None),
            Err(refused) => (None, Some(refused.sentence())),
        };
        Self {
            root: fs::canonicalize(root).unwrap_or_else(|_| root.to_owned()),
            settings: IndexSettings::default(),
            recursive,
            native,
            reason,
            folders: BTreeSet::new(),
            repository: None,
            looker: None,
            stopped: Arc::default(),
        }
    }

    pub(super) fn is_native(&self) -> bool {
        self.native.is_some()
    }

    /// What ends long work when it becomes true.
    pub(super) fn stopped(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stopped)
    }

    pub(super) fn state(&self) -> Started {
        let mode = if self.is_native() { Mode::Native } else { Mode::Polling };
        Started { mode, folders: self.folders.len(), reason: self.reason.clone() }
    }

    /// Watches nothing any more: a half-watched workspace would be mistaken for a watched one, and other programs need
    /// the rest of what the system grants.
    pub(super) fn give_up(&mut self, why: &Refused) {
        self.native = None;
        self.folders.clear();
        self.reason = Some(why.sentence());
    }

    /// Forgets the rules, as they may be others the next time.
    pub(super) fn forget(&mut self) {
        self.looker = None;
    }

    /// Watches what the target says; returns the folders that were not watched before.
    pub(super) fn follow(&mut self, target: Target<'_>) -> Vec<String> {
        self.settings = target.settings.clone();
        self.looker = None;
        if !self.is_native() {
            return Vec::new();
        }
        let wanted: BTreeSet<&str> = target.folders.iter().map(String::as_str).collect();
        let others: Vec<String> = self.folders.iter().filter(|key| !wanted.contains(key.as_str())).cloned().collect();
        for key in others {
            // It may have appeared after the walk that the target comes from.
            if !self.is_walked(&key) {
                self.drop_one(&key);
            }
        }
        if self.recursive && self.folders.is_empty() && !self.watch_root() {
            return Vec::new();
        }
        let missing: Vec<String> =
            wanted.into_iter().filter(|key| !self.folders.contains(*key)).map(str::to_owned).collect();
        let added = missing.into_iter().filter(|key| self.add(key)).collect();
        let repository = target.git_dir.map(Repository::new);
        if self.repository != repository {
            self.repository = repository;
            self.watch_repository();
        }
        self.forget();
        if self.is_native() { added } else { Vec::new() }
    }

    /// Takes in what the system says.
    pub(super) fn hear(&mut self, heard: Heard, batch: &mut Batch) {
        if !self.is_native() {
            return;
        }
        let (what, path) = match heard {
            Heard::At(what, path) => (what, path),
            Heard::Overflow => return batch.look_at_all(OVERFLOW),
            // One folder less; an event at its parent tells of it.
            Heard::Failed(Refused::Gone | Refused::Closed) => return,
            Heard::Failed(refused) => {
                self.give_up(&refused);
                return batch.lost(refused.sentence());
            }
        };
        match self.repository.as_ref().and_then(|repository| repository.meaning(&path)) {
            Some(Meaning::Commit) => batch.git(),
            Some(Meaning::Rules) => batch.look_at_all(RULES_CHANGED),
            Some(Meaning::Nothing) => {}
            None => {
                let Ok(inside) = path.strip_prefix(&self.root) else { return };
                self.hear_inside(what, &path, key_of(inside), batch);
            }
        }
        // A branch may lie in a folder of its own.
        if what == What::Appeared && self.repository.as_ref().is_some_and(|repository| repository.is_branches(&path)) {
            self.watch_repository();
        }
        if !self.is_native()
            && let Some(reason) = &self.reason
        {
            batch.lost(reason.clone());
        }
    }

    /// Something happened at a path of the workspace.
    fn hear_inside(&mut self, what: What, path: &Path, key: String, batch: &mut Batch) {
        let is_folder = || fs::symlink_metadata(path).is_ok_and(|found| found.is_dir());
        let what = match what {
            What::Unclear if self.folders.contains(&key) && is_folder() => return,
            What::Unclear if fs::symlink_metadata(path).is_ok() => What::Appeared,
            What::Unclear => What::Gone,
            // That something in a folder changed is told at what changed.
            What::Changed if self.recursive && self.folders.contains(&key) => return,
            // As the kernel tells of every branch that is switched to.
            What::Changed if key.rsplit('/').next() == Some(".git") && is_folder() => return,
            known => known,
        };
        if self.recursive && !self.is_inside(&key, batch) {
            return;
        }
        if what == What::Gone && !key.is_empty() {
            self.drop_all(&key);
        } else if what == What::Gone {
            return self.hear_root(batch);
        }
        if changes_rules(&key) {
            self.looker = None;
            batch.look_at_all(if key == PROJECT_FILE { SETTINGS_CHANGED } else { RULES_CHANGED });
            if key == ".git" {
                batch.git();
                self.watch_repository();
            }
        }
        // What is gone may be back already: then the event of its return may have come too early to be of use.
        if what != What::Changed && is_folder() {
            self.enter(&key);
            batch.look_inside(key);
        } else {
            batch.look(key);
        }
    }

    /// The workspace folder is gone, or was for a moment.
    fn hear_root(&mut self, batch: &mut Batch) {
        let folders: Vec<String> = self.folders.iter().cloned().collect();
        self.drop_all("");
        batch.look_at_all(ROOT_CHANGED);
        if !self.root.is_dir() {
            self.give_up(&Refused::Other(format!(
                "the workspace folder {} is gone: open the folder again when it is back",
                self.root.display()
            )));
        } else if self.recursive {
            self.watch_root();
        }
        for key in folders {
            self.add(&key);
        }
    }

    /// Whether a path, of which the system tells in any case, is in a folder that is watched. Folders that it was not
    /// told of yet are met here.
    fn is_inside(&mut self, key: &str, batch: &mut Batch) -> bool {
        let parent = key.rsplit_once('/').map_or("", |(parent, _)| parent);
        if key.is_empty() || self.folders.contains(parent) {
            return true;
        }
        let mut ends = parent.match_indices('/').map(|(at, _)| at).chain([parent.len()]);
        let Some(first) = ends.find(|end| !self.folders.contains(&parent[..*end])) else { return true };
        let first = &parent[..first];
        if batch.left_out.contains(first) {
            return false;
        }
        self.enter(first);
        if !self.folders.contains(first) {
            batch.left_out.insert(first.to_owned());
        }
        self.folders.contains(parent)
    }

    /// Watches a folder that has appeared, and those in it, each before it is listed: what appears in it meanwhile is
    /// either listed or told.
    fn enter(&mut self, key: &str) {
        let mut next = vec![key.to_owned()];
        while let Some(key) = next.pop() {
            if self.stopped.load(Ordering::Relaxed) || !self.is_native() {
                return;
            }
            if self.folders.contains(&key) || !self.is_walked(&key) || !self.add(&key) {
                continue;
            }
            let Ok(entries) = fs::read_dir(self.root.join(path_of(&key))) else { continue };
            let inside = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
            next.extend(inside.map(|entry| {
                let name = key_of(Path::new(&entry.file_name()));
                if key.is_empty() { name } else { format!("{key}/{name}") }
            }));
        }
    }

    /// Whether it is a folder that the walk looks into.
    fn is_walked(&mut self, key: &str) -> bool {
        if self.looker.is_none() {
            self.looker = Looker::new(&self.root, &self.settings).ok();
        }
        self.looker.as_mut().is_some_and(|looker| looker.look(key) == Verdict::Folder)
    }

    /// Watches the workspace with all that is in it.
    fn watch_root(&mut self) -> bool {
        let Some(native) = &mut self.native else { return false };
        if let Err(refused) = native.watch(&self.root, true) {
            self.give_up(&refused);
        }
        self.is_native()
    }

    /// Watches one folder. False when it is not there.
    fn add(&mut self, key: &str) -> bool {
        let path = self.root.join(path_of(key));
        let recursive = self.recursive;
        let Some(native) = &mut self.native else { return false };
        match if recursive { Ok(()) } else { native.watch(&path, false) } {
            Ok(()) => self.folders.insert(key.to_owned()),
            Err(Refused::Gone | Refused::Closed) => false,
            Err(refused) => {
                self.give_up(&refused);
                false
            }
        }
    }

    /// Watches a folder and those in it no longer.
    fn drop_all(&mut self, key: &str) {
        self.looker = None;
        // In the order of characters, `0` follows `/`.
        let below = if key.is_empty() {
            self.folders.iter().cloned().collect()
        } else {
            self.folders.range(format!("{key}/")..format!("{key}0")).cloned().collect::<Vec<String>>()
        };
        for key in below {
            self.drop_one(&key);
        }
        self.drop_one(key);
    }

    fn drop_one(&mut self, key: &str) {
        if self.folders.remove(key)
            && !self.recursive
            && let Some(native) = &mut self.native
        {
            native.unwatch(&self.root.join(path_of(key)));
        }
    }

    /// Watches what matters of the repository's own folders; more than once does no harm.
    fn watch_repository(&mut self) {
        let folders = self.repository.as_ref().map(Repository::folders).unwrap_or_default();
        for folder in folders {
            let Some(native) = &mut self.native else { return };
            if self.recursive && folder.starts_with(&self.root) {
                continue;
            }
            match native.watch(&folder, false) {
                Ok(()) | Err(Refused::Gone | Refused::Closed) => {}
                Err(refused) => self.give_up(&refused),
            }
        }
    }

    /// Gives everything back to the system.
    pub(super) fn close(&mut self) {
        self.native = None;
    }
}
