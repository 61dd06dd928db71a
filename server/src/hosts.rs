//! The configured model hosts, made ready to be asked.

use anyhow::Context as _;
use codecompass_ollama::{
    error::Error,
    host::Host,
    options::{HostOptions, Policy},
    timers::Timers,
};

use crate::config::{folders::Environment, settings::Settings};

/// A host as it is configured, and ready, or why it cannot be.
pub struct Configured {
    /// What the user says of it.
    pub options: HostOptions,
    /// The host.
    pub host: Result<Host, Error>,
}

/// All hosts, the preferred one first. Reads secrets and certificates, opens no connection.
pub fn open(settings: &Settings, environment: &Environment) -> Vec<Configured> {
    let policy = Policy { offline: settings.privacy.offline, allow_cloud: settings.privacy.allow_cloud_models };
    let variable = |name: &str| environment.get(name).and_then(|value| value.to_str()).map(str::to_owned);
    let ready = |options: &HostOptions| Configured {
        host: Host::open(options, policy, Timers::default(), &variable),
        options: options.clone(),
    };
    settings.ollama.hosts.iter().map(ready).collect()
}

/// Does work that waits for hosts, on a thread that has nothing else to do.
pub fn wait<T>(work: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    Ok(runtime.context("no connection can be opened")?.block_on(work))
}

/// What went wrong and what to do, for people.
pub fn sentence(error: &Error) -> String {
    format!("{error}; {}", error.advice())
}
