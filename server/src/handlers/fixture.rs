//! Small indexed folders for the tests of the handlers.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{fs, path::Path, sync::Arc};

use codecompass_core::embed::Embedder;
use codecompass_index::{snapshot::Snapshot, space::Space};
use tempfile::TempDir;

use crate::{
    config::settings::Settings,
    engine::{self, Access, OpenOptions},
    live::{OpenFile, OpenFiles, View},
};

/// A folder and its index; both end with it.
pub(crate) struct Fixture {
    folder: TempDir,
    open: OpenFiles,
}

impl Fixture {
    /// Files are headed by `//- path`.
    pub(crate) fn new(files: &str) -> Self {
        let fixture = Self { folder: tempfile::tempdir().unwrap(), open: OpenFiles::default() };
        fs::create_dir(fixture.folder.path().join("tree")).unwrap();
        for part in files.split("//- ").skip(1) {
            let (path, text) = part.split_once('\n').unwrap();
            fixture.write(path, text);
        }
        let options = OpenOptions { cache_dir: fixture.cache(), access: Access::Refresh };
        engine::open(&fixture.root(), &Settings::default(), &options).unwrap().refresh(&|_| ()).unwrap();
        fixture
    }

    /// Changes a file on disk behind the index's back.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Opens a file in the editor, with a text that the index does not know.
    pub(crate) fn open(&mut self, path: &str, text: &str) {
        self.open.insert(path.to_owned(), OpenFile { version: 1, text: text.into() });
    }

    pub(crate) fn root(&self) -> std::path::PathBuf {
        self.folder.path().canonicalize().unwrap().join("tree")
    }

    pub(crate) fn cache(&self) -> std::path::PathBuf {
        self.folder.path().join("cache")
    }

    pub(crate) fn view(&self) -> View {
        let space = Space::locate(&self.cache(), &self.root(), Embedder::builtin().id());
        View {
            git: None,
            root: self.root().into(),
            settings: Arc::default(),
            snapshot: Snapshot::open(&space, Embedder::builtin().id(), None).unwrap().map(Arc::new),
            embedding: crate::embedding::Embedding::default(),
            open: Arc::new(self.open.clone()),
            state: Arc::default(),
            inner: Arc::default(),
        }
    }

    /// A path as the tests write it.
    pub(crate) fn key(&self, path: &Path) -> String {
        path.strip_prefix(self.root()).unwrap().display().to_string()
    }
}
