//! The engine over a folder on this machine: the index in the cache, refreshed from the disk.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use codecompass_core::embed::Embedder;
use codecompass_index::{
    catalogue::FileRow,
    error::IndexError,
    guard::guarded,
    snapshot::Snapshot,
    space::{self, Space},
    writer::Writer,
};
use rustc_hash::FxHashMap;

use super::{Access, Effort, Engine, Event, FillReport, IndexReport, OpenOptions, filling::Filling};
use crate::{
    config::settings::{Provider, Settings},
    embedding::{Embedding, Models},
    handlers::{
        search::{self, SearchRequest, SearchResponse, Workspace},
        status::{self, Status},
        why::{self, Why},
    },
    indexer::{self, Done, Job, Pace, Work},
    live::{OpenFiles, View},
    workspace::{
        git::Git,
        key::key_of,
        walk::{self, Walk},
    },
};

/// How long to wait for another process that is writing the index, before using what there is.
const WRITER_PATIENCE: Duration = Duration::from_secs(600);
/// How often to look whether it has finished.
const WRITER_POLL: Duration = Duration::from_millis(50);
/// A file that changes while it is searched is read again this often.
const STALE_ROUNDS: usize = 2;

/// The engine over a folder.
pub(super) struct LocalEngine {
    root: PathBuf,
    settings: Settings,
    cache: PathBuf,
    space: Space,
    snapshot: Option<Arc<Snapshot>>,
    /// The last walk; what it left out is counted by `status`.
    walk: Option<Walk>,
    /// What the user should know of the last refresh.
    notes: Vec<String>,
    /// Files whose text was not what the index holds; they are read again whatever their size and time say.
    suspects: Vec<String>,
    /// No editor is asking.
    nothing_open: OpenFiles,
    /// The hosts that may make vectors.
    models: Option<Arc<Models>>,
    /// Whose vectors answer.
    embedding: Embedding,
}

impl LocalEngine {
    pub(super) fn open(root: &Path, settings: &Settings, options: &OpenOptions) -> anyhow::Result<Self> {
        let space = Space::locate(&options.cache_dir, root, Embedder::builtin().id());
        if options.access == Access::Refresh {
            space
                .create(root)
                .context("the index cannot be stored; set CODECOMPASS_CACHE_DIR to a folder that can be written")?;
        }
        let mut engine = Self {
            root: root.to_owned(),
            settings: settings.clone(),
            cache: options.cache_dir.clone(),
            space,
            snapshot: None,
            walk: None,
            notes: Vec::new(),
            suspects: Vec::new(),
            nothing_open: OpenFiles::default(),
            models: None,
            embedding: Embedding::default(),
        };
        if options.access == Access::Look {
            match engine.load() {
                Err(error) if error.is_damage() => {
                    let error = anyhow::Error::from(error);
                    engine.notes.push(format!("{error:#}; the next search or `codecompass index` builds it anew"));
                }
                Err(IndexError::Io { action, path, source }) if source.kind() == ErrorKind::StorageFull => {
                    engine.notes.push(format!("cannot {action} {path}: {source}; free some room"));
                }
                other => other?,
            }
        }
        Ok(engine)
    }

    /// Opens the newest generation.
    fn load(&mut self) -> Result<(), IndexError> {
        let known = self.snapshot.take();
        self.snapshot = Snapshot::open(&self.space, Embedder::builtin().id(), known.as_deref())?.map(Arc::new);
        Ok(())
    }

    fn walk(&self, on_event: &(dyn Fn(Event) + Sync)) -> anyhow::Result<Walk> {
        on_event(Event::Finding { files: 0 });
        let walk = walk::walk(&self.root, &self.settings.index, &|| false)?;
        on_event(Event::Finding { files: walk.files.len() as u64 });
        Ok(walk)
    }

    fn work(&self, walk: &Walk, known: &FxHashMap<String, FileRow>) -> Work {
        let mut work = Work::find(walk, known);
        for entry in walk.files.iter().filter(|entry| self.suspects.contains(&entry.path)) {
            if !work.changed.iter().any(|changed| changed.path == entry.path) {
                work.changed.push(entry.clone());
            }
        }
        work
    }

    /// Brings the index up to the walk. `None` when it was up to date.
    fn update(&mut self, walk: &Walk, on_event: &(dyn Fn(Event) + Sync)) -> Result<Option<(Done, u64)>, IndexError> {
        if self.snapshot.is_none() {
            self.load()?;
        }
        let nothing = FxHashMap::default();
        let known =
            |snapshot: &Option<Arc<Snapshot>>| snapshot.as_ref().map_or(0, |snapshot| snapshot.state.generation);
        if let Some(snapshot) = &self.snapshot
            && snapshot.state.complete
            && self.work(walk, snapshot.files.committed()).is_empty()
        {
            return Ok(None);
        }
        let deadline = Instant::now() + WRITER_PATIENCE;
        let writer = loop {
            match guarded("its files cannot be read", || {
                Writer::open(&self.space, Embedder::builtin().id(), Embedder::DIMENSION)
            })? {
                Some(writer) => break writer,
                None if Instant::now() < deadline => {
                    on_event(Event::Waiting);
                    std::thread::sleep(WRITER_POLL);
                }
                None => {
                    self.notes.push("another process is still indexing; what it has finished is searched".to_owned());
                    self.load()?;
                    return Ok(None);
                }
            }
        };
        // Another process may have done the work meanwhile.
        if writer.state().generation != known(&self.snapshot) {
            self.load()?;
        }
        let files: &FxHashMap<String, FileRow> =
            self.snapshot.as_ref().map_or(&nothing, |snapshot| snapshot.files.committed());
        let work = self.work(walk, files);
        if work.is_empty() && writer.state().complete {
            return Ok(None);
        }
        let bytes = work.changed.iter().map(|file| file.size).sum();
        let job = Job {
            root: &self.root,
            writer: &writer,
            known: files,
            max_file_bytes: self.settings.index.max_file_bytes,
            threads: self.settings.index.thread_count(),
            cancelled: &AtomicBool::new(false),
            covers_all: true,
            pace: Pace::FULL,
        };
        let done = indexer::run(&job, &work, on_event)?;
        self.load()?;
        if let Some(snapshot) = &self.snapshot
            && guarded("its segments cannot be merged", || writer.compact(snapshot))?
        {
            self.load()?;
        }
        drop(writer);
        self.space.remove_others();
        for removed in space::collect_garbage(&self.cache, &self.space, self.settings.index.disk_budget) {
            tracing::info!(folder = %removed.display(), "removed the index of a workspace unused for long (index.disk_budget)");
        }
        Ok(Some((done, bytes)))
    }

    /// A damaged index is thrown away and built anew; the user learns why it takes longer.
    fn update_or_rebuild(
        &mut self,
        walk: &Walk,
        on_event: &(dyn Fn(Event) + Sync),
    ) -> anyhow::Result<Option<(Done, u64)>> {
        match self.update(walk, on_event) {
            Err(error) if error.is_damage() => {
                self.throw_away(&error.into())?;
                Ok(self.update(walk, on_event)?)
            }
            other => Ok(other?),
        }
    }

    /// Removes a damaged index and says so.
    fn throw_away(&mut self, damage: &anyhow::Error) -> anyhow::Result<()> {
        tracing::info!(damage = format!("{damage:#}"), "building the index anew");
        self.notes.push("the index was damaged and has been built anew; --verbose says where".to_owned());
        self.snapshot = None;
        self.space.discard()?;
        self.space.create(&self.root)?;
        Ok(())
    }

    /// What is needed to show code to the configured model of a host.
    fn filling(&self) -> Option<Filling<'_>> {
        let models = self.models.as_ref()?;
        let Self { root, settings, space, nothing_open: open, .. } = self;
        (settings.embedding.provider == Provider::Ollama).then(|| Filling::new(root, settings, space, models, open))
    }

    fn workspace(&self) -> anyhow::Result<Workspace<'_>> {
        let snapshot = self.snapshot.as_ref().context("there is no index yet; run `codecompass index`")?;
        Ok(Workspace {
            root: &self.root,
            snapshot,
            max_file_bytes: self.settings.index.max_file_bytes,
            embedding: &self.embedding,
            open: &self.nothing_open,
            inner: &[],
        })
    }

    /// Asks, and asks again when files changed under the index or it turns out to be damaged.
    fn fresh(
        &mut self,
        ask: impl Fn(Workspace<'_>) -> anyhow::Result<SearchResponse>,
    ) -> anyhow::Result<SearchResponse> {
        let mut response = match self.ask(&ask) {
            Err(error) if error.downcast_ref::<IndexError>().is_some_and(IndexError::is_damage) => {
                self.build_anew(&error)?;
                ask(self.workspace()?)?
            }
            other => other?,
        };
        for _ in 0..STALE_ROUNDS {
            if response.stale.is_empty() {
                break;
            }
            self.suspects.clone_from(&response.stale);
            let refreshed = self.bring_up_to_date(&|_| ());
            self.suspects.clear();
            refreshed?;
            response = ask(self.workspace()?)?;
        }
        if response.stale.iter().any(|path| self.holds_what_is_there(path)) {
            self.build_anew(&IndexError::damaged("its chunks are not those of its files").into())?;
            response = ask(self.workspace()?)?;
        }
        if !response.stale.is_empty() {
            response.notes.push(format!(
                "{} changed while it was searched; what is not there any more was left out",
                response.stale.join(", ")
            ));
        }
        response.notes.splice(0..0, self.notes.iter().cloned());
        Ok(response)
    }

    /// Asks once. What the libraries that read the files trip over is damage.
    fn ask(&self, ask: &impl Fn(Workspace<'_>) -> anyhow::Result<SearchResponse>) -> anyhow::Result<SearchResponse> {
        let workspace = self.workspace()?;
        guarded("its files cannot be read", || Ok(ask(workspace)))?
    }

    fn build_anew(&mut self, damage: &anyhow::Error) -> anyhow::Result<()> {
        self.throw_away(damage)?;
        let walk = self.walk(&|_| ())?;
        self.update(&walk, &|_| ())?;
        self.walk = Some(walk);
        Ok(())
    }

    /// Whether a file is, byte for byte, the one that was indexed.
    fn holds_what_is_there(&self, path: &str) -> bool {
        let known = self.snapshot.as_ref().and_then(|snapshot| snapshot.files.get(path));
        known.is_some_and(|known| {
            walk::read(&self.root, path, self.settings.index.max_file_bytes)
                .is_ok_and(|bytes| indexer::hash(&bytes) == known.hash)
        })
    }

    fn bring_up_to_date(&mut self, on_event: &(dyn Fn(Event) + Sync)) -> anyhow::Result<(Walk, Option<(Done, u64)>)> {
        let walk = self.walk(on_event)?;
        let updated = self.update_or_rebuild(&walk, on_event)?;
        Ok((walk, updated))
    }
}

impl Engine for LocalEngine {
    fn refresh(&mut self, on_event: &(dyn Fn(Event) + Sync)) -> anyhow::Result<IndexReport> {
        let start = Instant::now();
        self.notes.clear();
        let (walk, updated) = self.bring_up_to_date(on_event)?;
        let mut report = IndexReport {
            files_seen: walk.files.len() as u64,
            skipped: status::skipped(&walk, self.snapshot.as_deref()),
            up_to_date: updated.is_none(),
            ..IndexReport::default()
        };
        if let Some((done, bytes)) = updated {
            report.files_indexed = done.indexed;
            report.files_removed = done.removed;
            report.chunks_embedded = done.embedded;
            report.chunks_reused = done.reused;
            report.bytes = bytes;
            if !done.given_up.is_empty() {
                self.notes.push(format!(
                    "{} took too long to parse; they are indexed without symbols",
                    done.given_up.join(", ")
                ));
            }
        }
        self.walk = Some(walk);
        report.elapsed = start.elapsed();
        Ok(report)
    }

    fn use_models(&mut self, models: Arc<Models>) {
        self.models = Some(models);
    }

    fn fill(&mut self, effort: Effort, on_event: &(dyn Fn(Event) + Sync)) -> anyhow::Result<Option<FillReport>> {
        let (Some(filling), Some(snapshot)) = (self.filling(), &self.snapshot) else { return Ok(None) };
        let (embedding, report) = filling.fill(snapshot, effort, on_event)?;
        self.embedding = embedding;
        Ok(Some(report))
    }

    fn search(&mut self, request: &SearchRequest) -> anyhow::Result<SearchResponse> {
        self.fresh(|workspace| search::search(workspace, request))
    }

    fn similar(&mut self, path: &Path, line: u32, request: &SearchRequest) -> anyhow::Result<SearchResponse> {
        let key = key_of(path);
        self.fresh(|workspace| search::similar(workspace, &key, line, request))
    }

    fn status(&self) -> anyhow::Result<Status> {
        let walked;
        let walk = if let Some(walk) = &self.walk {
            walk
        } else {
            walked = self.walk(&|_| ())?;
            &walked
        };
        let mut status = status::status(&self.root, walk, self.snapshot.as_deref(), &self.space);
        status.errors.extend(self.notes.iter().cloned());
        if let (Some(filling), Some(snapshot)) = (self.filling(), &self.snapshot) {
            status::vectors(&mut status, &filling.look(snapshot), snapshot);
        }
        Ok(status)
    }

    fn why(&self, path: &Path) -> anyhow::Result<Why> {
        why::why(&self.root, &self.settings.index, self.snapshot.as_deref(), path)
    }

    fn view(&self) -> View {
        View {
            root: Arc::from(self.root.as_path()),
            settings: Arc::new(self.settings.clone()),
            git: Git::open(&self.root),
            snapshot: self.snapshot.clone(),
            embedding: self.embedding.clone(),
            open: Arc::default(),
            state: Arc::default(),
            inner: Arc::default(),
        }
    }
}
