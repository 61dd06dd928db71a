//! A session on a folder of its own, and the waiting for what it shows.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex},
    time::{Duration, Instant},
};

use codecompass::{
    config::settings::Settings,
    embedding::Models,
    handlers::search::{self, SearchRequest, SearchResponse},
    live::{Gate, Surroundings, View, state::Phase},
    session::Session,
};

/// Nothing here takes longer, even on a machine that does ten other things.
const PATIENCE: Duration = Duration::from_secs(60);

/// Counts what the folders had to say.
#[derive(Default)]
struct Bell {
    rung: Mutex<u64>,
    ring: Condvar,
}

/// A session on one folder.
pub(crate) struct Live {
    pub(crate) session: Session,
    pub(crate) root: PathBuf,
    bell: Arc<Bell>,
    version: i32,
    /// Folder and cache, when they are its own.
    owned: Option<[tempfile::TempDir; 2]>,
}

impl Live {
    /// On a new folder with these files.
    pub(crate) fn on(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        let cache = tempfile::tempdir().unwrap();
        for (path, text) in files {
            write(&root.join(path), text);
        }
        let mut live = Self::at(&root, cache.path(), Settings::default());
        live.owned = Some([folder, cache]);
        live
    }

    /// On a folder that is there, with the index in `cache`.
    pub(crate) fn at(root: &Path, cache: &Path, settings: Settings) -> Self {
        Self::with(root, cache, settings, None)
    }

    /// The same, with hosts that make vectors.
    pub(crate) fn with(root: &Path, cache: &Path, settings: Settings, models: Option<Arc<Models>>) -> Self {
        let bell = Arc::new(Bell::default());
        let rung = Arc::clone(&bell);
        let surroundings = Surroundings {
            cache: cache.to_owned(),
            gate: Arc::new(Gate::default()),
            models,
            on_change: Arc::new(move |_| {
                *rung.rung.lock().unwrap() += 1;
                rung.ring.notify_all();
            }),
        };
        let mut session = Session::new(surroundings);
        session.add_folder(root, Arc::new(settings));
        Self { session, root: root.to_owned(), bell, version: 0, owned: None }
    }

    pub(crate) fn view(&self) -> View {
        self.session.snapshot().views.remove(0)
    }

    /// Waits until `holds` is true of what the folder shows; it is asked whenever that changes.
    #[track_caller]
    pub(crate) fn until<T>(&self, what: &str, mut holds: impl FnMut(&View) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = *self.bell.rung.lock().unwrap();
            if let Some(found) = holds(&self.view()) {
                return found;
            }
            let mut rung = self.bell.rung.lock().unwrap();
            while *rung == seen {
                let left = deadline.saturating_duration_since(Instant::now());
                let view = self.view();
                assert!(
                    !left.is_zero(),
                    "waited in vain until {what}; the state is {:?}, {:?}",
                    view.state,
                    view.embedding
                );
                rung = self.bell.ring.wait_timeout(rung, left).unwrap().0;
            }
        }
    }

    /// Waits until everything on disk is in the index there.
    #[track_caller]
    pub(crate) fn settle(&self) {
        self.until("all is written", |view| {
            let watched = view.state.watcher.mode != codecompass::live::state::WatcherMode::None;
            (view.state.phase == Phase::Ready && view.state.pending == 0 && watched).then_some(())
        });
    }

    pub(crate) fn search(&self, query: &str) -> SearchResponse {
        found(&self.view(), query, 10)
    }

    /// Waits until the best hit for the query is in that file, and says on which line it begins.
    #[track_caller]
    pub(crate) fn until_found(&self, query: &str, path: &str) -> u32 {
        self.until(&format!("{query} is found in {path}"), |view| {
            let hits = found(view, query, 10).hits;
            hits.iter().find(|hit| hit.path == path && hit.text.contains(query)).map(|hit| hit.start_line)
        })
    }

    /// Waits until no hit has the text any more.
    #[track_caller]
    pub(crate) fn until_gone(&self, text: &str) {
        self.until(&format!("{text} is gone"), |view| {
            (!found(view, text, 10).hits.iter().any(|hit| hit.text.contains(text))).then_some(())
        });
    }

    /// The file is open in the editor and shows this.
    pub(crate) fn type_in(&mut self, path: &str, text: &str) {
        self.version += 1;
        let (path, version) = (self.root.join(path), self.version);
        self.session.open(&path, version, Arc::from(text));
    }

    pub(crate) fn close(&mut self, path: &str) {
        let path = self.root.join(path);
        self.session.close(&path);
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        write(&self.root.join(path), text);
    }
}

pub(crate) fn found(view: &View, query: &str, limit: usize) -> SearchResponse {
    let request = SearchRequest { query: query.to_owned(), limit, ..SearchRequest::default() };
    view.workspace().map_or_else(SearchResponse::default, |workspace| search::search(workspace, &request).unwrap())
}

pub(crate) fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Runs git with a fixed identity and without anybody's own settings.
#[track_caller]
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = std::process::Command::new("git")
        .args(["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "init.defaultBranch=main"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
