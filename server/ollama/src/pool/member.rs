//! One host of the pool with what is known of it.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, timeout},
};

use crate::{
    error::{Error, Failure},
    host::Host,
    models::Model,
    options::HostOptions,
};

use super::{
    Role,
    context::Contexts,
    gate::Gate,
    health::{Health, Pauses, Standing},
};

/// How long a host may take to say that it is there.
const PROBE: Duration = Duration::from_secs(5);

/// How long a first answer is held back to learn how much the model reads.
const GLANCE: Duration = Duration::from_millis(500);

/// How long a list of models is believed.
const BELIEVED: Duration = Duration::from_secs(10);

/// A configured host.
pub(crate) struct Member {
    pub(crate) options: HostOptions,
    /// Ready, or why it cannot be used.
    host: Result<Host, Error>,
    pub(super) health: Mutex<Health>,
    pauses: Pauses,
    /// Held by the one request that finds out whether the host is there.
    probing: tokio::sync::Mutex<()>,
    pub(crate) gate: Gate,
    models: Mutex<Option<(Instant, Vec<Model>)>>,
    pub(crate) contexts: Mutex<Contexts>,
    /// What it lacked when it was last wanted for a role.
    pub(super) lacks: Mutex<HashMap<Role, Error>>,
    /// Texts a second, lately.
    pub(super) speed: Mutex<Option<f64>>,
    changes: watch::Sender<u64>,
}

impl Member {
    /// Whether the user means this host by `name`: its name or address.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.options.name == name || self.options.address.to_string() == name
    }

    pub(super) fn new(options: HostOptions, host: Result<Host, Error>, changes: watch::Sender<u64>) -> Self {
        Self {
            options,
            host,
            health: Mutex::default(),
            pauses: Pauses::default(),
            probing: tokio::sync::Mutex::default(),
            gate: Gate::default(),
            models: Mutex::default(),
            contexts: Mutex::default(),
            lacks: Mutex::default(),
            speed: Mutex::default(),
            changes,
        }
    }

    /// The host, if it can be used at all.
    pub(crate) fn host(&self) -> Result<&Host, Error> {
        self.host.as_ref().map_err(Clone::clone)
    }

    /// The host, when it is there. Asks it when nobody knows, but only one request at a time, and none while it is left alone.
    pub(crate) async fn ready(&self) -> Result<&Host, Error> {
        let host = self.host()?;
        if let Some(known) = self.known() {
            return known.map(|()| host);
        }
        let _one = self.probing.lock().await;
        // Somebody else may have found out meanwhile.
        if let Some(known) = self.known() {
            return known.map(|()| host);
        }
        self.probe(host).await.map(|()| host)
    }

    /// Asks the host whether it is there, also when it would be left alone.
    pub(super) async fn look(&self) -> Result<(), Error> {
        let host = self.host()?;
        let _one = self.probing.lock().await;
        self.probe(host).await
    }

    async fn probe(&self, host: &Host) -> Result<(), Error> {
        let began = Instant::now();
        let version = timeout(PROBE, host.version())
            .await
            .unwrap_or_else(|_| Err(host.error(Failure::Silent { waited: began.elapsed(), what: "its version" })));
        match version {
            Ok(version) => self.worked(Some(version)),
            // Something like Ollama answers, too old to have a version; if it is not, its models will say so.
            Err(Error { failure: Failure::NoSuchEndpoint { .. }, .. }) => self.worked(None),
            Err(error) => {
                // Whatever it is: who cannot say who he is cannot be asked anything else.
                self.note(held(&self.health).lost(&error, Instant::now(), self.pauses, chance()), &error);
                return Err(error);
            }
        }
        Ok(())
    }

    fn known(&self) -> Option<Result<(), Error>> {
        match held(&self.health).standing(Instant::now(), self.pauses) {
            Standing::Good => Some(Ok(())),
            Standing::Down(error) => Some(Err(error)),
            Standing::Due => None,
        }
    }

    /// The host did what it was asked.
    pub(crate) fn worked(&self, version: Option<String>) {
        if held(&self.health).succeeded(version, Instant::now()) {
            tracing::info!(host = %self.options.name, "the host answers");
            self.changed();
        }
    }

    /// The host did not do what it was asked.
    pub(crate) fn failed(&self, error: &Error) {
        self.note(held(&self.health).failed(error, Instant::now(), self.pauses, chance()), error);
    }

    fn note(&self, news: bool, error: &Error) {
        if news {
            tracing::info!(host = %self.options.name, %error, "the host is not asked for a while");
            self.changed();
        }
    }

    /// Counts a result for the host's health.
    pub(crate) fn judge<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        match &result {
            Ok(_) => self.worked(None),
            Err(error) => self.failed(error),
        }
        result
    }

    /// What models there are. A list that is a few seconds old will do, unless it is to be `fresh`.
    pub(crate) async fn models(&self, fresh: bool) -> Result<Vec<Model>, Error> {
        let host = self.host()?;
        if !fresh
            && let Some((at, models)) = &*held(&self.models)
            && at.elapsed() < BELIEVED
        {
            return Ok(models.clone());
        }
        let models = self.judge(host.models().await)?;
        self.gate.can_do_both(can_do_both(&models));
        let before = held(&self.models).replace((Instant::now(), models.clone()));
        if before.is_none_or(|(_, before)| before.len() != models.len()) {
            self.changed();
        }
        Ok(models)
    }

    /// The names of its models, when it was last asked.
    pub(super) fn known_models(&self) -> Vec<String> {
        held(&self.models).iter().flat_map(|(_, models)| models.iter().map(|model| model.name.clone())).collect()
    }

    pub(crate) fn forget_models(&self) {
        *held(&self.models) = None;
    }

    /// Asks the host once how many tokens it gave a model that has just been asked something.
    pub(crate) async fn learn_context(&self, model: &str) {
        if held(&self.contexts).is_known(model) {
            return;
        }
        let Ok(host) = self.host() else { return };
        if let Ok(Ok(loaded)) = timeout(GLANCE, host.loaded(model)).await {
            held(&self.contexts).learn(model, loaded.and_then(|loaded| loaded.context));
        }
    }

    /// It made vectors of so many texts in this time.
    pub(crate) fn measured(&self, texts: usize, took: Duration) {
        let now = texts as f64 / took.as_secs_f64().max(1e-6);
        let mut speed = held(&self.speed);
        *speed = Some(speed.map_or(now, |before| before * 0.8 + now * 0.2));
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// Whether a model that answers and one that makes vectors were seen in the memory of the GPU together, both whole.
fn can_do_both(models: &[Model]) -> bool {
    let on_gpu = |what: &str| {
        models.iter().any(|model| {
            model.can(what) == Some(true)
                && model.loaded.as_ref().is_some_and(|loaded| loaded.size > 0 && loaded.on_gpu >= loaded.size)
        })
    };
    on_gpu(Role::Chat.capability()) && on_gpu(Role::Embed.capability())
}

/// Between 0 and 1: a hasher with fresh keys is as random as it has to be.
fn chance() -> f64 {
    (RandomState::new().hash_one(0) % 1000) as f64 / 1000.0
}

/// A lock that nobody holds across a wait; what a panic left behind is still good.
pub(crate) fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use crate::models::Loaded;

    use super::*;

    #[test]
    fn a_host_does_both_when_both_models_are_whole_on_its_gpu() {
        let model = |can: &str, size, on_gpu| Model {
            capabilities: Some(vec![can.to_owned()]),
            loaded: Some(Loaded { size, on_gpu, context: None }),
            ..Model::default()
        };
        let chat = model("completion", 10, 10);
        assert!(can_do_both(&[chat.clone(), model("embedding", 2, 2)]));
        assert!(!can_do_both(&[chat.clone(), model("embedding", 2, 1)]));
        assert!(!can_do_both(&[chat.clone(), model("embedding", 2, 0)]));
        assert!(!can_do_both(&[chat.clone(), Model { loaded: None, ..model("embedding", 2, 2) }]));
        assert!(!can_do_both(&[chat]));
    }
}
