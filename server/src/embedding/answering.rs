//! The model whose vectors answer searches: its store, and the way to its host.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use codecompass_index::{
    error::IndexError,
    hosted::{Home, Linked, Store},
    snapshot::Snapshot,
};
use codecompass_ollama::{embedding::EmbedModel, pool::Pool};

use super::{About, Models};

/// A model with a store that is complete but for what was changed a moment ago.
pub struct Answering {
    models: Arc<Models>,
    pool: Pool,
    model: EmbedModel,
    id: String,
    store: Store,
    /// What was linked last: the next snapshot shares most of it.
    linked: Mutex<Option<Arc<Linked>>>,
}

/// A query, or a piece of code, as a model sees it, and the code as the same model sees it.
pub struct Meaning {
    /// The code.
    pub linked: Arc<Linked>,
    /// The query.
    pub vector: Arc<[f32]>,
}

impl fmt::Debug for Answering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answering").field("id", &self.id).field("store", &self.store).finish_non_exhaustive()
    }
}

impl Answering {
    /// The model whose store answers in a workspace; `None` when none does.
    pub fn open(home: &Home, models: &Arc<Models>, pool: &Pool) -> Result<Option<Self>, IndexError> {
        let Some(about) = About::current(home) else { return Ok(None) };
        let store = Store::open(&home.folder(&about.embedder), &about.embedder)?;
        Ok(store.map(|store| Self::new(Arc::clone(models), pool.clone(), &about, store)))
    }

    /// A model and its store.
    pub fn new(models: Arc<Models>, pool: Pool, about: &About, store: Store) -> Self {
        let (model, id) = (about.model(), about.embedder.clone());
        Self { models, pool, model, id, store, linked: Mutex::default() }
    }

    /// By which its vectors are known.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The model's name.
    pub fn model(&self) -> &str {
        &self.model.model
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The store seen from a snapshot.
    pub fn linked(&self, snapshot: &Snapshot) -> Result<Arc<Linked>, IndexError> {
        let known = self.linked.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let linked = Arc::new(Linked::new(&self.store, snapshot, known.as_deref())?);
        *self.linked.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&linked));
        Ok(linked)
    }

    /// The vector of a query, or why there is none, as a sentence.
    pub(super) fn query(&self, text: &str) -> Result<Arc<[f32]>, String> {
        self.models.query(&self.pool, &self.model, text)
    }
}
