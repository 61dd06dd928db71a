//! One pool of hosts for each configuration in use, and the threads that talk to them: whoever asks hosts in this process
//! shares them, so that limits and priorities hold between a chat and the indexing behind it.

use std::sync::{Arc, Mutex, OnceLock, PoisonError, TryLockError};

use codecompass_ollama::{
    options::HostOptions,
    pool::{HostState, Pool, Role},
};
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};

use super::{Warn, notices};
use crate::config::{
    folders::Environment,
    settings::{EmbeddingSettings, GenerationSettings, OllamaSettings, PrivacySettings, Settings},
};

/// So many configurations are kept: one for each folder with settings of its own.
const KEPT: usize = 8;

/// The pools of a process.
pub struct Pools {
    environment: Environment,
    warn: Option<Warn>,
    on_change: Option<Arc<dyn Fn() + Send + Sync>>,
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

impl Key {
    fn of(settings: &Settings) -> Self {
        Self {
            ollama: settings.ollama.clone(),
            chat: settings.chat.clone(),
            embedding: settings.embedding.clone(),
            privacy: settings.privacy.clone(),
        }
    }
}

impl Pools {
    /// None yet. Secrets are read from `environment`.
    pub fn new(environment: Environment) -> Self {
        Self { environment, warn: None, on_change: None, known: Mutex::default(), runtime: OnceLock::new() }
    }

    /// The same, which tells what users should know of a host before it is used for the first time, and whenever something
    /// changes that [`Pools::states`] says. Both are called from any thread.
    #[must_use]
    pub fn telling(mut self, warn: Warn, on_change: Arc<dyn Fn() + Send + Sync>) -> Self {
        (self.warn, self.on_change) = (Some(warn), Some(on_change));
        self
    }

    /// The environment that secrets are read from.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The pool of these settings. Blocks the first time: a secret may come from a command that asks its user.
    pub fn of(&self, settings: &Settings) -> Pool {
        let key = Key::of(settings);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, pool)) = known.iter().find(|(other, _)| *other == key) {
            return pool.clone();
        }
        if let Some(warn) = &self.warn {
            for notice in &notices(settings) {
                warn(notice);
            }
        }
        let pool = super::pool(settings, &self.environment);
        if let Some(on_change) = self.on_change.clone() {
            let mut changes = pool.changes();
            self.spawn(async move {
                on_change();
                // Ends with the pool.
                while changes.changed().await.is_ok() {
                    on_change();
                }
            });
        }
        if known.len() == KEPT {
            known.remove(0);
        }
        known.push((key, pool.clone()));
        pool
    }

    /// How each host of these settings is, as far as it is known: opens nothing and never waits.
    pub fn states(&self, settings: &Settings) -> Vec<HostState> {
        let key = Key::of(settings);
        let known = match self.known.try_lock() {
            Ok(known) => Some(known),
            Err(TryLockError::Poisoned(known)) => Some(known.into_inner()),
            // One is being opened.
            Err(TryLockError::WouldBlock) => None,
        };
        match known.iter().flat_map(|known| known.iter()).find(|(other, _)| *other == key) {
            Some((_, pool)) => pool.states(),
            None => settings.ollama.hosts.iter().map(unopened).collect(),
        }
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

/// A host that nobody needed yet.
fn unopened(options: &HostOptions) -> HostState {
    let roles = [(options.roles.chat, Role::Chat), (options.roles.embed, Role::Embed)];
    HostState {
        name: options.name.clone(),
        url: options.address.to_string(),
        state: "unknown",
        roles: roles.into_iter().filter(|(has, _)| *has).map(|(_, role)| role.as_str()).collect(),
        ..HostState::default()
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
