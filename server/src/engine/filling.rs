//! Shows code to the model of a host from the command line: all of it for `index`, a small rest before a search.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use codecompass_core::embed::Embedder;
use codecompass_index::{
    hosted::{FillerLock, Home, Store, StoreWriter},
    snapshot::Snapshot,
    space::Space,
};
use codecompass_ollama::{
    embedding::{EmbedModel, TemplateOptions},
    pool::Pool,
};
use tokio::time::timeout;

use super::{Effort, Event, FillReport};
use crate::{
    config::settings::Settings,
    embedding::{
        About, Answering, Embedding, EmbeddingState, Models, Phase,
        fill::{self, Ended, Run, Stop, missing},
        why,
    },
    hosts,
    live::OpenFiles,
};

/// A search shows the model so many texts at the most before it answers.
const REST: u64 = 256;
/// And takes so long for it at the most.
const LONGEST: Duration = Duration::from_secs(3);
/// When the hosts say nothing for so long, `index` ends; the next run goes on.
const SILENCE: Duration = Duration::from_secs(180);
/// How often to look whether another process is done.
const POLL: Duration = Duration::from_millis(200);

/// What is needed to show code to the configured model.
pub(super) struct Filling<'a> {
    root: &'a Path,
    settings: &'a Settings,
    models: &'a Arc<Models>,
    open: &'a OpenFiles,
    pool: Pool,
    home: Home,
}

impl<'a> Filling<'a> {
    pub(super) fn new(
        root: &'a Path,
        settings: &'a Settings,
        space: &Space,
        models: &'a Arc<Models>,
        open: &'a OpenFiles,
    ) -> Self {
        Self { root, settings, models, open, pool: models.pools.of(settings), home: Home::of(space) }
    }

    /// How things are, as far as the disk tells. No host is asked.
    pub(super) fn look(&self, snapshot: &Snapshot) -> Embedding {
        let answering = self.answering();
        let about = About::noted(&self.home, &self.settings.embedding);
        let store = about.as_ref().and_then(|about| self.store(&about.embedder));
        let pending = count(snapshot, store.as_ref());
        let configured = About::configured(&self.home, &self.settings.embedding);
        embedding(answering, configured, snapshot, pending, String::new())
    }

    /// Shows the model what it has not seen, and says who answers then.
    pub(super) fn fill(
        &self,
        snapshot: &Snapshot,
        effort: Effort,
        on_event: &(dyn Fn(Event) + Sync),
    ) -> anyhow::Result<(Embedding, FillReport)> {
        let before = self.look(snapshot);
        let noted = About::noted(&self.home, &self.settings.embedding);
        let known = noted.as_ref().and_then(|about| self.store(&about.embedder));
        let (files, _) = missing(snapshot, |content| row(known.as_ref(), content), &[])?;
        let answers = before.answering.as_ref().is_some_and(|answering| answering.id() == before.state.configured);
        if effort == Effort::Rest {
            let texts: u64 = files.iter().map(fill::Missing::texts).sum();
            if (texts == 0 && answers) || texts > REST {
                let mut embedding = before;
                if texts > REST {
                    let note = "`codecompass index` makes them".to_owned();
                    embedding.state = Arc::new(EmbeddingState { note, ..EmbeddingState::clone(&embedding.state) });
                }
                let report = report(&embedding, 0, Vec::new());
                return Ok((embedding, report));
            }
        }
        // A search that only shows the model a few edits need not ask which model it is.
        let model = match noted.filter(|_| effort == Effort::Rest && answers) {
            Some(about) => about.model(),
            None => match self.ask(effort) {
                Ok(model) => model,
                Err(note) => {
                    let state = EmbeddingState { note: note.clone(), ..EmbeddingState::clone(&before.state) };
                    let embedding = Embedding { state: Arc::new(state), ..before };
                    // A search says it by itself.
                    let said = if effort == Effort::All { vec![note] } else { Vec::new() };
                    let report = report(&embedding, 0, said);
                    return Ok((embedding, report));
                }
            },
        };
        self.show(snapshot, effort, &model, on_event)
    }

    /// Which model the hosts have, or why none, as a sentence.
    fn ask(&self, effort: Effort) -> Result<EmbedModel, String> {
        let wanted = &self.settings.embedding;
        let templates =
            TemplateOptions { query: wanted.query_template.clone(), document: wanted.document_template.clone() };
        let model = (!wanted.model.is_empty()).then_some(wanted.model.as_str());
        let asking = self.pool.embed_model(model, &templates);
        let patience = if effort == Effort::All { SILENCE } else { LONGEST };
        match self.models.pools.block_on(async { timeout(patience, asking).await }) {
            Some(Ok(Ok(model))) => Ok(model),
            Some(Ok(Err(error))) => Err(hosts::sentence(&error)),
            Some(Err(_)) => Err(format!("no host has told within {} s which model it has", patience.as_secs())),
            None => Err("no threads to ask a host with".to_owned()),
        }
    }

    fn show(
        &self,
        snapshot: &Snapshot,
        effort: Effort,
        model: &EmbedModel,
        on_event: &(dyn Fn(Event) + Sync),
    ) -> anyhow::Result<(Embedding, FillReport)> {
        let about = About::of(model);
        let id = &about.embedder;
        let folder = self.home.create(id, &about.text())?;
        let Some(lock) = self.turn(effort, snapshot, id, on_event)? else {
            // Another process does it, or has done it.
            let pending = count(snapshot, self.store(id).as_ref());
            let embedding = embedding(self.answering(), id.clone(), snapshot, pending, String::new());
            let report = report(&embedding, 0, Vec::new());
            return Ok((embedding, report));
        };
        self.home.want(id)?;
        let mut writer = StoreWriter::open(&folder, id, model.dimension)?;
        let (files, chunks) = missing(snapshot, |content| writer.knows(content), &[])?;
        let total = u64::from(snapshot.chunk_count());
        let done = Mutex::new(total - chunks);
        let on_progress = |more: u64| {
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            *done += more;
            on_event(Event::Embedding { done: *done, total });
        };
        let run = Run {
            root: self.root,
            open: self.open,
            max_file_bytes: self.settings.index.max_file_bytes,
            snapshot,
            pools: &self.models.pools,
            pool: &self.pool,
            model,
            gate: None,
            stop: &Stop::default(),
            longest: (effort == Effort::Rest).then_some(LONGEST),
            silence: Some(SILENCE),
            on_progress: &on_progress,
        };
        let outcome = if files.is_empty() { fill::Outcome::default() } else { fill::run(&run, &mut writer, &files)? };
        let mut notes = Vec::new();
        let mut note = String::new();
        match &outcome.ended {
            Some(Ended::Host(error)) => note = why(error),
            Some(Ended::Late | Ended::Stopped) if effort == Effort::All => {
                "the hosts say nothing any more; `codecompass index` goes on where it was".clone_into(&mut note);
            }
            _ => {}
        }
        if effort == Effort::All {
            notes.extend((!note.is_empty()).then(|| note.clone()));
            notes.extend(outcome.refused.iter().map(|(place, what)| {
                format!(
                    "{place} has no vector of {}: {what}; it is found by its words and the built-in vectors",
                    model.model
                )
            }));
        }
        let (_, pending) = missing(snapshot, |content| writer.knows(content), &[])?;
        if pending == 0 && snapshot.state.complete && total > 0 {
            self.home.switch(id)?;
            self.home.keep_only(id);
        }
        drop(lock);
        let embedding = embedding(self.answering(), id.clone(), snapshot, pending, note);
        let report = report(&embedding, outcome.chunks, notes);
        Ok((embedding, report))
    }

    /// Becomes the one that fills; `None` when another process does it and a search will not wait, when it has done it, or when
    /// it gets nowhere, because it waits for its hosts.
    fn turn(
        &self,
        effort: Effort,
        snapshot: &Snapshot,
        embedder: &str,
        on_event: &(dyn Fn(Event) + Sync),
    ) -> anyhow::Result<Option<FillerLock>> {
        let total = u64::from(snapshot.chunk_count());
        let (mut least, mut progress) = (u64::MAX, Instant::now());
        loop {
            if let Some(lock) = self.home.lock()? {
                return Ok(Some(lock));
            }
            let pending = count(snapshot, self.store(embedder).as_ref());
            if pending < least {
                (least, progress) = (pending, Instant::now());
            }
            if effort == Effort::Rest || pending == 0 || progress.elapsed() > SILENCE {
                return Ok(None);
            }
            on_event(Event::Embedding { done: total - pending, total });
            std::thread::sleep(POLL);
        }
    }

    fn answering(&self) -> Option<Arc<Answering>> {
        let opened = Answering::open(&self.home, self.models, &self.pool);
        let opened = opened.unwrap_or_else(|error| {
            tracing::warn!(%error, "the vectors of a model cannot be used; `codecompass index` makes them again");
            None
        });
        opened.map(Arc::new)
    }

    fn store(&self, embedder: &str) -> Option<Store> {
        Store::open(&self.home.folder(embedder), embedder).ok().flatten()
    }
}

fn row(store: Option<&Store>, content: codecompass_core::document::ContentId) -> bool {
    store.is_some_and(|store| store.row(content).is_some())
}

/// Chunks without a vector. What cannot be read counts as having none.
fn count(snapshot: &Snapshot, store: Option<&Store>) -> u64 {
    let all = u64::from(snapshot.chunk_count());
    missing(snapshot, |content| row(store, content), &[]).map_or(all, |(_, chunks)| chunks)
}

fn report(embedding: &Embedding, embedded: u64, notes: Vec<String>) -> FillReport {
    let state = &embedding.state;
    FillReport { embedder: state.configured.clone(), embedded, pending: state.total - state.done, notes }
}

fn embedding(
    answering: Option<Arc<Answering>>,
    configured: String,
    snapshot: &Snapshot,
    pending: u64,
    note: String,
) -> Embedding {
    let total = u64::from(snapshot.chunk_count());
    let builtin = || Embedder::builtin().id().to_owned();
    let answers = answering.as_ref().map_or_else(builtin, |answering| answering.id().to_owned());
    let phase = if pending == 0 && answers == configured { Phase::Ready } else { Phase::Waiting };
    let state =
        EmbeddingState { phase, configured, answers, done: total - pending.min(total), total, note, stopped: false };
    Embedding { state: Arc::new(state), answering }
}
