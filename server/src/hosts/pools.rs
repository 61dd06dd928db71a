//! One pool of hosts for each configuration in use, and the threads that talk to them: whoever asks hosts in this process
//! shares them, so that limits and priorities hold between a chat and the indexing behind it.

use std::sync::{Mutex, OnceLock, PoisonError};

use codecompass_ollama::pool::Pool;
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};

use crate::config::{
    folders::Environment,
    settings::{EmbeddingSettings, GenerationSettings, OllamaSettings, PrivacySettings, Settings},
};

/// So many configurations are kept: one for each folder with settings of its own.
const KEPT: usize = 8;

/// The pools of a process.
pub struct Pools {
    environment: Environment,
    known: Mutex<Vec<(Key, Pool)>>,
    runtime: OnceLock<Option<Runtime>>,
}

/// What a pool is made of.
#[derive(PartialEq, Eq)]
struct Key {
    ollama: OllamaSettings,
    chat: GenerationSettings,
    embedding: EmbeddingSettings,
    privacy: PrivacySettings,
}

impl Pools {
    /// None yet. Secrets are read from `environment`.
    pub fn new(environment: Environment) -> Self {
        Self { environment, known: Mutex::default(), runtime: OnceLock::new() }
    }

    /// The pool of these settings.
    pub fn of(&self, settings: &Settings) -> Pool {
        let key = Key {
            ollama: settings.ollama.clone(),
            chat: settings.chat.clone(),
            embedding: settings.embedding.clone(),
            privacy: settings.privacy.clone(),
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, pool)) = known.iter().find(|(other, _)| *other == key) {
            return pool.clone();
        }
        let pool = super::pool(settings, &self.environment);
        if known.len() == KEPT {
            known.remove(0);
        }
        known.push((key, pool.clone()));
        pool
    }

    /// Has work done that waits for hosts; `None` when the system gives no threads. Connections live in these threads.
    pub fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<JoinHandle<T>> {
        Some(self.runtime()?.spawn(work))
    }

    /// Waits for what needs no thread of its own; not to be called from async code.
    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        Some(self.runtime()?.block_on(work))
    }

    fn runtime(&self) -> Option<&Runtime> {
        let start = || Builder::new_multi_thread().worker_threads(1).thread_name("hosts").enable_all().build().ok();
        self.runtime.get_or_init(start).as_ref()
    }
}

impl Drop for Pools {
    fn drop(&mut self) {
        if let Some(Some(runtime)) = self.runtime.take() {
            // Whoever drops this may be async code, which must not wait for threads.
            runtime.shutdown_background();
        }
    }
}
