//! The filler's thread: one step after the other, each from what is wished and what is there at that moment.

use std::{
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use codecompass_core::embed::Embedder;
use codecompass_index::{
    error::IndexError,
    hosted::{FillerLock, Home, Store, StoreWriter},
    snapshot::Snapshot,
    space::Space,
};
use codecompass_ollama::{
    embedding::{EmbedModel, TemplateOptions},
    pool::{Pool, Role},
};

use super::{
    super::{folder::Shared, state},
    Control, Turn,
};
use crate::{
    config::settings::{EmbeddingSettings, Provider, Settings},
    embedding::{
        self, About, Answering, Embedding, EmbeddingState, Models, Phase,
        fill::{self, Ended, Run, missing},
    },
    hosts,
};

/// How often to look how far another process is.
const FOLLOW: Duration = Duration::from_millis(500);
/// When it could not go on, it is tried again after so long, and after twice that the next time, up to the longest.
const RETRY: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(60));
/// Recently changed files that are shown first.
const RECENT: usize = 500;

/// The hosts are asked about when nothing has come for so long.
const SILENT: Duration = Duration::from_secs(1);

/// The thread.
pub(super) struct Thread {
    shared: Weak<Shared>,
    control: Arc<Control>,
    seen: u64,
    /// The configured model as a host has it, and the settings that it was chosen by.
    model: Option<(Arc<Settings>, EmbedModel)>,
    /// While this process is the one that fills.
    held: Option<Held>,
    answering: Option<Arc<Answering>>,
    /// The settings by which it is asked.
    asked: Option<Arc<Settings>>,
    state: EmbeddingState,
    retry: Duration,
}

struct Held {
    embedder: String,
    writer: StoreWriter,
    _lock: FillerLock,
}

/// When to look again.
enum Next {
    /// When something happens.
    Woken,
    /// After so long.
    After(Duration),
    /// It could not go on: after a while that grows.
    Retry(String),
    /// Now.
    Now,
}

impl Thread {
    pub(super) fn new(shared: Weak<Shared>, control: Arc<Control>) -> Self {
        Self {
            shared,
            control,
            seen: 0,
            model: None,
            held: None,
            answering: None,
            asked: None,
            state: EmbeddingState::default(),
            retry: RETRY.0,
        }
    }

    pub(super) fn run(mut self) {
        let mut pause = Some(Duration::ZERO);
        while let Some(turn) = self.control.next(pause, &mut self.seen) {
            let Some(shared) = self.shared.upgrade() else { return };
            let next = self.attempt(&shared, &turn);
            pause = match next {
                Next::Woken => None,
                Next::After(pause) => Some(pause),
                Next::Now => Some(Duration::ZERO),
                Next::Retry(note) => {
                    self.held = None;
                    self.state.note = note;
                    self.set_phase(&shared, Phase::Waiting);
                    self.retry = (2 * self.retry).min(RETRY.1);
                    Some(self.retry)
                }
            };
            if pause == Some(Duration::ZERO) || matches!(self.state.phase, Phase::Ready) {
                self.retry = RETRY.0;
            }
        }
        if let Some(shared) = self.shared.upgrade() {
            self.answering = None;
            self.publish(&shared);
        }
    }

    fn attempt(&mut self, shared: &Arc<Shared>, turn: &Turn) -> Next {
        let Some(models) = shared.surroundings.models.clone() else { return Next::Woken };
        let wanted = &turn.settings.embedding;
        if wanted.provider != Provider::Ollama {
            (self.model, self.held, self.answering, self.asked) = (None, None, None, None);
            self.state = EmbeddingState::default();
            self.publish(shared);
            return Next::Woken;
        }
        let pool = models.pools.of(&turn.settings);
        let space = Space::locate(&shared.surroundings.cache, &shared.root, Embedder::builtin().id());
        let home = Home::of(&space);
        if self.asked.as_ref().is_none_or(|known| !same_hosts(known, &turn.settings)) {
            self.state = EmbeddingState { configured: About::configured(&home, wanted), ..EmbeddingState::default() };
        }
        self.follow(&home, &models, &pool, &turn.settings);
        if turn.paused || turn.cancelled {
            self.held = None;
            self.state.stopped = turn.cancelled;
            self.set_phase(shared, Phase::Paused);
            return Next::Woken;
        }
        self.state.stopped = false;
        let model = match self.model(shared, &models, &pool, &turn.settings) {
            Ok(model) => model,
            Err(next) => return next,
        };
        let Some(snapshot) = shared.published().snapshot.clone() else { return Next::Woken };
        match self.fill(shared, turn, &models, &pool, &home, &model, &snapshot) {
            Ok(next) => next,
            Err(error) => Next::Retry(format!("{:#}", anyhow::Error::from(error))),
        }
    }

    /// Lets the store answer that is said to, whoever said so.
    fn follow(&mut self, home: &Home, models: &Arc<Models>, pool: &Pool, settings: &Arc<Settings>) {
        let current = About::current(home);
        let known = self.answering.as_ref();
        let same = known.is_some_and(|known| current.as_ref().is_some_and(|about| about.embedder == known.id()));
        let asked = self.asked.as_ref().is_some_and(|known| same_hosts(known, settings));
        self.asked = Some(Arc::clone(settings));
        if same && asked && !known.is_some_and(|known| known.store().has_grown()) {
            return;
        }
        let opened = Answering::open(home, models, pool).unwrap_or_else(|error| {
            tracing::warn!(%error, "the vectors of a model cannot be used; they are made again");
            None
        });
        self.answering = opened.map(Arc::new);
    }

    /// The configured model as a host has it.
    fn model(
        &mut self,
        shared: &Arc<Shared>,
        models: &Arc<Models>,
        pool: &Pool,
        settings: &Arc<Settings>,
    ) -> Result<EmbedModel, Next> {
        if let Some((known, model)) = &self.model
            && same_hosts(known, settings)
        {
            return Ok(model.clone());
        }
        (self.model, self.held) = (None, None);
        self.set_phase(shared, Phase::Asking);
        let EmbeddingSettings { model, query_template, document_template, .. } = settings.embedding.clone();
        let asked = pool.clone();
        let asking = async move {
            let templates = TemplateOptions { query: query_template, document: document_template };
            asked.embed_model((!model.is_empty()).then_some(model.as_str()), &templates).await
        };
        match self.control.stop.wait_for(&models.pools, asking) {
            Some(Ok(model)) => {
                tracing::info!(model = model.id(), why = model.why, "code gets vectors of this model");
                self.model = Some((Arc::clone(settings), model.clone()));
                Ok(model)
            }
            Some(Err(error)) => {
                self.state.note = hosts::sentence(&error);
                self.set_phase(shared, Phase::Waiting);
                let down = pool.clone();
                // A host that answers but lacks the model is asked again after a while.
                let up = self.control.stop.wait_for(&models.pools, async move { down.until_up(Role::Embed).await });
                Err(if up.is_some() { Next::Retry(hosts::sentence(&error)) } else { Next::After(RETRY.0) })
            }
            // An order ended it, which is looked at without any pause.
            None => Err(Next::After(RETRY.0)),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "all that a run is made of")]
    fn fill(
        &mut self,
        shared: &Arc<Shared>,
        turn: &Turn,
        models: &Arc<Models>,
        pool: &Pool,
        home: &Home,
        model: &EmbedModel,
        snapshot: &Arc<Snapshot>,
    ) -> Result<Next, IndexError> {
        let about = About::of(model);
        let id = about.embedder.clone();
        if self.held.as_ref().is_none_or(|held| held.embedder != id) {
            self.held = None;
            let Some(lock) = home.lock()? else {
                self.state.configured.clone_from(&id);
                self.count(home, &id, snapshot);
                self.set_phase(shared, Phase::Following);
                return Ok(Next::After(FOLLOW));
            };
            let folder = home.create(&id, &about.text())?;
            home.want(&id)?;
            let writer = StoreWriter::open(&folder, &id, model.dimension)?;
            self.held = Some(Held { embedder: id.clone(), writer, _lock: lock });
        }
        self.state.configured.clone_from(&id);
        // Taken out: a writer that failed is not used again.
        let Some(mut held) = self.held.take() else { return Ok(Next::Now) };
        let first = first(shared);
        let (files, chunks) = missing(snapshot, |content| held.writer.knows(content), &first)?;
        self.state.total = u64::from(snapshot.chunk_count());
        self.state.done = self.state.total - chunks;
        self.state.note.clear();
        if files.is_empty() {
            self.held = Some(held);
            return self.complete(shared, models, pool, home, &about, snapshot);
        }
        self.set_phase(shared, Phase::Filling);
        let open = shared.open().clone();
        let (done, total) = (AtomicU64::new(self.state.done), self.state.total);
        let (state, answering) = (self.state.clone(), self.answering.clone());
        let heard = Mutex::new(Instant::now());
        let on_progress = |more: u64| {
            let done = done.fetch_add(more, Ordering::Relaxed) + more;
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            let mut state = EmbeddingState { done: done.min(total), ..state.clone() };
            if more > 0 {
                *heard = Instant::now();
            } else if heard.elapsed() < SILENT {
                return;
            } else if let Some(why) = down(pool) {
                (state.note, state.phase) = (why, Phase::Waiting);
            } else {
                return;
            }
            shared.publish_embedding(Embedding { state: Arc::new(state), answering: answering.clone() });
        };
        let outcome = fill::run(
            &Run {
                root: &shared.root,
                open: &open,
                max_file_bytes: turn.settings.index.max_file_bytes,
                snapshot,
                pools: &models.pools,
                pool,
                model,
                gate: Some(&shared.surroundings.gate),
                stop: &self.control.stop,
                longest: None,
                silence: None,
                on_progress: &on_progress,
            },
            &mut held.writer,
            &files,
        )?;
        self.held = Some(held);
        self.state.done += outcome.chunks;
        if self.answering.as_ref().is_some_and(|answering| answering.id() == id) {
            self.answer(models, pool, &about)?;
        }
        self.publish(shared);
        Ok(match outcome.ended {
            None if outcome.chunks > 0 => Next::Now,
            // What is not as the index says is indexed again, which wakes us.
            None => Next::After(RETRY.1),
            Some(Ended::Stopped | Ended::Late) => Next::After(RETRY.0),
            Some(Ended::Host(error)) => {
                // Another model under the same name is another store.
                self.model = None;
                Next::Retry(embedding::why(&error))
            }
        })
    }

    /// Everything has a vector: the model answers from now on.
    fn complete(
        &mut self,
        shared: &Arc<Shared>,
        models: &Arc<Models>,
        pool: &Pool,
        home: &Home,
        about: &About,
        snapshot: &Snapshot,
    ) -> Result<Next, IndexError> {
        let ready = shared.published().state.phase == state::Phase::Ready;
        let whole = snapshot.state.complete && ready && snapshot.chunk_count() > 0;
        let answers = self.answering.as_ref().is_some_and(|answering| answering.id() == about.embedder);
        if whole && !answers {
            home.switch(&about.embedder)?;
            tracing::info!(embedder = about.embedder, "all code has a vector of this model, which answers from now on");
        }
        if whole {
            home.keep_only(&about.embedder);
        }
        let grown = self.answering.as_ref().is_none_or(|answering| answering.store().has_grown());
        if (whole && !answers) || (answers && grown) {
            self.answer(models, pool, about)?;
        }
        self.set_phase(shared, if whole || answers { Phase::Ready } else { Phase::Filling });
        Ok(Next::Woken)
    }

    /// What this process has filled answers.
    fn answer(&mut self, models: &Arc<Models>, pool: &Pool, about: &About) -> Result<(), IndexError> {
        if let Some(held) = &self.held {
            let store = held.writer.store()?;
            self.answering = Some(Arc::new(Answering::new(Arc::clone(models), pool.clone(), about, store)));
        }
        Ok(())
    }

    /// Counts what another process has filled.
    fn count(&mut self, home: &Home, id: &str, snapshot: &Snapshot) {
        let store = Store::open(&home.folder(id), id).ok().flatten();
        let knows = |content| store.as_ref().is_some_and(|store| store.row(content).is_some());
        if let Ok((_, chunks)) = missing(snapshot, knows, &[]) {
            self.state.total = u64::from(snapshot.chunk_count());
            self.state.done = self.state.total - chunks;
        }
    }

    fn set_phase(&mut self, shared: &Arc<Shared>, phase: Phase) {
        self.state.phase = phase;
        self.publish(shared);
    }

    fn publish(&mut self, shared: &Arc<Shared>) {
        let builtin = || Embedder::builtin().id().to_owned();
        self.state.answers = self.answering.as_ref().map_or_else(builtin, |answering| answering.id().to_owned());
        let state = Arc::new(self.state.clone());
        shared.publish_embedding(Embedding { state, answering: self.answering.clone() });
    }
}

/// Whether both ask the same hosts for the same.
fn same_hosts(one: &Settings, other: &Settings) -> bool {
    one.ollama == other.ollama && one.embedding == other.embedding && one.privacy == other.privacy
}

/// Why no host makes vectors now.
fn down(pool: &Pool) -> Option<String> {
    let states = pool.states();
    let embedding = states.iter().filter(|host| host.roles.contains(&Role::Embed.as_str()));
    let mut down = Vec::new();
    for host in embedding {
        if host.state != "down" && host.state != "unusable" {
            return None;
        }
        down.push(host.why.clone().unwrap_or_else(|| format!("{} is down", host.name)));
    }
    Some(down.join("; ")).filter(|why| !why.is_empty())
}

/// Which files the model is shown first: open ones, then those that were worked on lately.
fn first(shared: &Shared) -> Vec<String> {
    let mut first: Vec<String> = shared.open().keys().cloned().collect();
    first.sort();
    let git = shared.published().git.clone();
    first.extend(git.map_or_else(Vec::new, |git| git.recently_changed(RECENT, &|| false)));
    first
}
