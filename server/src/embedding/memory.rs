//! The hosts that make vectors, and the vectors of the last queries: who types asks nearly the same again and again.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    time::Duration,
};

use codecompass_ollama::{embedding::EmbedModel, pool::Pool};

use crate::hosts::{self, Pools};

/// Queries whose vectors are kept.
const KEPT: usize = 128;

/// The hosts that make vectors, for a whole process.
pub struct Models {
    /// The hosts.
    pub pools: Arc<Pools>,
    /// A search waits so long for the vector of its query; then the built-in model answers.
    pub patience: Duration,
    queries: Arc<Queries>,
}

/// Of each query: embedder, text and vector; the one asked last at the end.
type Queries = Mutex<Kept>;
type Kept = VecDeque<(String, String, Arc<[f32]>)>;

impl Models {
    /// Hosts whose answers searches wait for so long.
    pub fn new(pools: Arc<Pools>, patience: Duration) -> Self {
        Self { pools, patience, queries: Arc::default() }
    }

    /// The vector that a model makes of a query, or why there is none, as a sentence. What comes too late is kept for the
    /// next time.
    pub(super) fn query(&self, pool: &Pool, model: &EmbedModel, text: &str) -> Result<Arc<[f32]>, String> {
        let id = model.id();
        if let Some(known) = recall(&self.queries, &id, text) {
            return Ok(known);
        }
        let (told, answer) = mpsc::channel();
        let (pool, asked, queries) = (pool.clone(), model.clone(), Arc::clone(&self.queries));
        let text = text.to_owned();
        let task = self.pools.spawn(async move {
            let result = pool.embed_query(&asked, &text).await;
            let result = match result {
                Ok(vector) if vector.len() == asked.dimension => {
                    let vector: Arc<[f32]> = vector.into();
                    keep(&queries, asked.id(), text, Arc::clone(&vector));
                    Ok(vector)
                }
                Ok(_) => Err(format!("{} gives vectors of another length than it did", asked.model)),
                Err(error) => Err(why(&error)),
            };
            // Nobody waits any more when it comes too late.
            let _ = told.send(result);
        });
        if task.is_none() {
            return Err("no threads to ask a host with".to_owned());
        }
        answer.recv_timeout(self.patience).unwrap_or_else(|_| {
            let waited = self.patience.as_millis();
            Err(format!("{} did not answer within {waited} ms; ask again in a moment", model.model))
        })
    }
}

/// Why a host makes no vectors, and what to do.
pub(crate) fn why(error: &codecompass_ollama::embedding::EmbedError) -> String {
    match error {
        codecompass_ollama::embedding::EmbedError::Host(error) => hosts::sentence(error),
        other @ codecompass_ollama::embedding::EmbedError::Changed { .. } => other.to_string(),
    }
}

fn recall(queries: &Queries, id: &str, text: &str) -> Option<Arc<[f32]>> {
    let mut queries = lock(queries);
    let at = queries.iter().position(|(known_id, known, _)| known_id == id && known == text)?;
    let found = queries.remove(at)?;
    let vector = Arc::clone(&found.2);
    queries.push_back(found);
    Some(vector)
}

fn keep(queries: &Queries, id: String, text: String, vector: Arc<[f32]>) {
    let mut queries = lock(queries);
    if queries.len() == KEPT {
        queries.pop_front();
    }
    queries.push_back((id, text, vector));
}

fn lock(queries: &Queries) -> MutexGuard<'_, Kept> {
    queries.lock().unwrap_or_else(PoisonError::into_inner)
}
