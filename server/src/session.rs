//! What the server knows: folders, open files, settings. One mutable owner; requests get an immutable [`Snapshot`].
//!
//! Every method returns at once: work is handed to the folders' own threads. It does not know LSP: positions are bytes,
//! places are paths.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rustc_hash::FxHashMap;

use crate::{
    config::settings::Settings,
    live::{Changed, Event, Folder, Gate, OpenFile, OpenFiles, Surroundings, View},
    workspace::key::key_of,
};

/// What the server knows.
pub struct Session {
    surroundings: Surroundings,
    /// Ordered so that the innermost folder of a path comes first.
    folders: Vec<Arc<Folder>>,
    /// Every open file, by its absolute path.
    open: FxHashMap<PathBuf, OpenFile>,
    /// Those outside of every folder.
    loose: Arc<FxHashMap<PathBuf, OpenFile>>,
}

/// What a request works on: everything as it was when the request came.
#[derive(Clone)]
pub struct Snapshot {
    /// The folders, the innermost of nested ones first.
    pub views: Vec<View>,
    /// Open files outside of every folder, by absolute path.
    pub loose: Arc<FxHashMap<PathBuf, OpenFile>>,
    /// Lets the request go before background work.
    pub gate: Arc<Gate>,
    folders: Vec<Arc<Folder>>,
}

impl Snapshot {
    /// The folder that a file belongs to, and its key there.
    pub fn view_of(&self, path: &Path) -> Option<(&View, String)> {
        self.views.iter().find_map(|view| Some((view, key_of(path.strip_prefix(&view.root).ok()?))))
    }

    /// As soon as everything that was typed can be searched, and at the latest after `patience`. Blocks.
    #[must_use]
    pub fn settled(mut self, patience: Duration) -> Self {
        for (view, folder) in self.views.iter_mut().zip(&self.folders) {
            let open = Arc::clone(&view.open);
            let inner = Arc::clone(&view.inner);
            // The text that counts is that of the moment of the request.
            *view = View { open, inner, ..folder.settled(patience) };
        }
        self
    }

    /// These files do not say what the index holds: they are looked at again.
    pub fn suspect(&self, root: &Path, keys: Vec<String>) {
        if let Some(folder) = self.folders.iter().find(|folder| folder.root() == root).filter(|_| !keys.is_empty()) {
            folder.send(Event::Suspect(keys));
        }
    }
}

impl Snapshot {
    /// A request found that an index is damaged; it does not say which.
    pub fn damaged(&self) {
        for folder in &self.folders {
            folder.send(Event::Damaged);
        }
    }
}

impl Session {
    /// A session without folders.
    pub fn new(surroundings: Surroundings) -> Self {
        Self { surroundings, folders: Vec::new(), open: FxHashMap::default(), loose: Arc::default() }
    }

    /// Everything as it is now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            views: self
                .folders
                .iter()
                .map(|folder| View { inner: self.inside(folder.root()), ..folder.view() })
                .collect(),
            loose: Arc::clone(&self.loose),
            gate: Arc::clone(&self.surroundings.gate),
            folders: self.folders.clone(),
        }
    }

    /// The folders, the innermost of nested ones first.
    pub fn roots(&self) -> impl Iterator<Item = &Path> {
        self.folders.iter().map(|folder| folder.root())
    }

    /// Adds a workspace folder, an existing one with its symbolic links resolved, with the settings that hold there. One
    /// that is there already stays as it is.
    pub fn add_folder(&mut self, root: &Path, settings: Arc<Settings>) {
        if self.roots().any(|known| known == root) {
            return;
        }
        let folder = Folder::start(root, settings, self.surroundings.clone());
        self.folders.push(Arc::new(folder));
        self.folders.sort_by_key(|folder| std::cmp::Reverse(folder.root().components().count()));
        self.spread_open_files();
    }

    /// Removes a workspace folder.
    pub fn remove_folder(&mut self, root: &Path) {
        self.folders.retain(|folder| folder.root() != root);
        self.spread_open_files();
        (self.surroundings.on_change)(Changed::Index);
    }

    /// A file was opened, or its text changed. `path` is absolute.
    pub fn open(&mut self, path: &Path, version: i32, text: Arc<str>) {
        let file = OpenFile { version, text };
        self.open.insert(path.to_owned(), file.clone());
        match self.place(path) {
            Some((folder, key)) => {
                let mut open = folder.open();
                Arc::make_mut(&mut open).insert(key.clone(), file);
                folder.set_open(open, [key]);
            }
            None => {
                Arc::make_mut(&mut self.loose).insert(path.to_owned(), file);
            }
        }
    }

    /// A file was closed: what is on disk counts again.
    pub fn close(&mut self, path: &Path) {
        self.open.remove(path);
        match self.place(path) {
            Some((folder, key)) => {
                let mut open = folder.open();
                Arc::make_mut(&mut open).remove(&key);
                folder.set_open(open, [key]);
            }
            None => {
                Arc::make_mut(&mut self.loose).remove(path);
            }
        }
    }

    /// Something may have happened to these files or folders on disk. Paths are absolute.
    pub fn look_again<'a>(&self, paths: impl IntoIterator<Item = &'a Path>) {
        for path in paths {
            if let Some((folder, key)) = self.place(path) {
                folder.send(Event::Look(vec![key]));
            }
        }
    }

    /// Other settings hold in a folder from now on.
    pub fn configure(&self, root: &Path, settings: &Arc<Settings>) {
        self.tell(Some(root), || Event::Settings(Arc::clone(settings)));
    }

    /// Tells every folder, or the one at `root`.
    pub fn tell(&self, root: Option<&Path>, event: impl Fn() -> Event) {
        for folder in self.folders.iter().filter(|folder| root.is_none_or(|root| folder.root() == root)) {
            folder.send(event());
        }
    }

    fn place(&self, path: &Path) -> Option<(Arc<Folder>, String)> {
        self.folders
            .iter()
            .find_map(|folder| Some((Arc::clone(folder), key_of(path.strip_prefix(folder.root()).ok()?))))
    }

    /// The workspace folders inside of one, by their keys there.
    fn inside(&self, root: &Path) -> Arc<[String]> {
        let below = self.roots().filter(|other| *other != root).filter_map(|other| other.strip_prefix(root).ok());
        below.map(key_of).collect()
    }

    /// Gives every folder the open files that are its own.
    fn spread_open_files(&mut self) {
        let mut spread = vec![OpenFiles::default(); self.folders.len()];
        let mut loose = FxHashMap::default();
        for (path, file) in &self.open {
            let place = self
                .folders
                .iter()
                .enumerate()
                .find_map(|(index, folder)| Some((index, key_of(path.strip_prefix(folder.root()).ok()?))));
            match place {
                Some((index, key)) => {
                    spread[index].insert(key, file.clone());
                }
                None => {
                    loose.insert(path.clone(), file.clone());
                }
            }
        }
        self.loose = Arc::new(loose);
        for (folder, open) in self.folders.iter().zip(spread) {
            let before = folder.open();
            let all = open.keys().chain(before.keys());
            let changed: Vec<String> = all.filter(|key| open.get(*key) != before.get(*key)).cloned().collect();
            folder.set_open(Arc::new(open), changed);
        }
    }
}
