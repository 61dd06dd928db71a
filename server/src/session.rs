//! What the server knows: folders, open files, settings. One mutable owner; requests get an immutable [`Snapshot`].
//!
//! Every method returns at once: work is handed to the folders' own threads. It does not know LSP: positions are bytes,
//! places are paths.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rustc_hash::FxHashMap;

use crate::{
    config::settings::Settings,
    live::{
        OpenFile, OpenFiles, View,
        folder::{Event, Folder},
    },
    workspace::key::key_of,
};

/// What the server knows.
pub struct Session {
    cache: PathBuf,
    settings: Arc<Settings>,
    /// Ordered so that the innermost folder of a path comes first.
    folders: Vec<Kept>,
    /// Every open file, by its absolute path.
    open: FxHashMap<PathBuf, OpenFile>,
}

struct Kept {
    folder: Arc<Folder>,
    open: Arc<OpenFiles>,
}

/// What a request works on: everything as it was when the request came.
#[derive(Clone)]
pub struct Snapshot {
    /// The settings.
    pub settings: Arc<Settings>,
    /// The folders, the innermost of nested ones first.
    pub views: Vec<View>,
    /// Open files outside of every folder, by absolute path.
    pub loose: Arc<FxHashMap<PathBuf, OpenFile>>,
}

impl Snapshot {
    /// The folder that a file belongs to, and its key there.
    pub fn view_of(&self, path: &Path) -> Option<(&View, String)> {
        self.views.iter().find_map(|view| Some((view, key_of(path.strip_prefix(&view.root).ok()?))))
    }
}

impl Session {
    /// A session without folders.
    pub fn new(cache: PathBuf, settings: Arc<Settings>) -> Self {
        Self { cache, settings, folders: Vec::new(), open: FxHashMap::default() }
    }

    /// Everything as it is now.
    pub fn snapshot(&self) -> Snapshot {
        let views = self.folders.iter().map(|kept| kept.folder.view(Arc::clone(&kept.open))).collect();
        let loose = self.open.iter().filter(|(path, _)| self.place(path).is_none());
        Snapshot {
            settings: Arc::clone(&self.settings),
            views,
            loose: Arc::new(loose.map(|(path, file)| (path.clone(), file.clone())).collect()),
        }
    }

    /// Adds a workspace folder with the settings that hold there, an existing one with its symbolic links resolved. One that is there already stays as it is.
    pub fn add_folder(&mut self, root: &Path, settings: Arc<Settings>) {
        if self.folders.iter().any(|kept| kept.folder.root() == root) {
            return;
        }
        let folder = Arc::new(Folder::start(root, settings, &self.cache));
        self.folders.push(Kept { folder, open: Arc::default() });
        self.folders.sort_by_key(|kept| std::cmp::Reverse(kept.folder.root().components().count()));
        self.spread_open_files();
    }

    /// Removes a workspace folder.
    pub fn remove_folder(&mut self, root: &Path) {
        self.folders.retain(|kept| kept.folder.root() != root);
        self.spread_open_files();
    }

    /// A file was opened, or its text changed. `path` is absolute.
    pub fn open(&mut self, path: &Path, version: i32, text: Arc<str>) {
        let file = OpenFile { version, text };
        self.open.insert(path.to_owned(), file.clone());
        if let Some((index, key)) = self.place(path) {
            let kept = &mut self.folders[index];
            Arc::make_mut(&mut kept.open).insert(key.clone(), file);
            kept.folder.send(Event::Open(key));
        }
    }

    /// A file was closed: what is on disk counts again.
    pub fn close(&mut self, path: &Path) {
        self.open.remove(path);
        if let Some((index, key)) = self.place(path) {
            let kept = &mut self.folders[index];
            Arc::make_mut(&mut kept.open).remove(&key);
            kept.folder.send(Event::Open(key));
        }
    }

    /// Something may have happened to these files or folders on disk. Paths are absolute.
    pub fn look_again<'a>(&mut self, paths: impl IntoIterator<Item = &'a Path>) {
        let mut keys: FxHashMap<usize, Vec<String>> = FxHashMap::default();
        for path in paths {
            if let Some((index, key)) = self.place(path) {
                keys.entry(index).or_default().push(key);
            }
        }
        for (index, keys) in keys {
            self.folders[index].folder.send(Event::Look(keys));
        }
    }

    /// Other settings hold in a folder from now on.
    pub fn configure(&mut self, root: &Path, settings: &Arc<Settings>) {
        self.settings = Arc::clone(settings);
        self.tell(Some(root), || Event::Settings(Arc::clone(settings)));
    }

    /// Tells every folder, or the one at `root`.
    pub fn tell(&self, root: Option<&Path>, event: impl Fn() -> Event) {
        for kept in self.folders.iter().filter(|kept| root.is_none_or(|root| kept.folder.root() == root)) {
            kept.folder.send(event());
        }
    }

    fn place(&self, path: &Path) -> Option<(usize, String)> {
        self.folders
            .iter()
            .enumerate()
            .find_map(|(index, kept)| Some((index, key_of(path.strip_prefix(kept.folder.root()).ok()?))))
    }

    /// Gives every folder the open files that are its own.
    fn spread_open_files(&mut self) {
        let mut spread = vec![OpenFiles::default(); self.folders.len()];
        for (path, file) in &self.open {
            if let Some((index, key)) = self.place(path) {
                spread[index].insert(key, file.clone());
            }
        }
        for (kept, open) in self.folders.iter_mut().zip(spread) {
            let changed: Vec<String> = open
                .keys()
                .chain(kept.open.keys())
                .filter(|key| open.get(*key) != kept.open.get(*key))
                .cloned()
                .collect();
            kept.open = Arc::new(open);
            for key in changed {
                kept.folder.send(Event::Open(key));
            }
        }
    }
}
