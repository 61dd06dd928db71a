//! The configured model hosts, made ready to be asked.

mod audit;
mod notices;
mod pools;
mod selected;

use std::{path::Path, sync::Arc};

use anyhow::Context as _;
use codecompass_core::redact::redact;
use codecompass_ollama::{
    audit::Audit,
    error::Error,
    host::Host,
    options::{HostOptions, Policy},
    pool::{Pool, Redact, Wish, Wishes},
    timers::Timers,
};

use crate::config::{
    folders::Environment,
    report::either,
    settings::{GenerationSettings, Settings},
};

pub use audit::writable as audit_log_is_writable;
pub use notices::{Notice, Told, Warn, notices};
pub use pools::Pools;
pub use selected::{Selected, Work};

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
    let log = settings.privacy.audit_log.as_str();
    let audit = (!log.is_empty()).then(|| Arc::new(audit::AuditLog::new(Path::new(log))) as Arc<dyn Audit>);
    let ready = |options: &HostOptions| {
        let host = Host::open(options, policy, Timers::default(), &variable);
        let host = match &audit {
            Some(audit) => host.map(|host| host.audited(Arc::clone(audit))),
            None => host,
        };
        Configured { host, options: options.clone() }
    };
    settings.ollama.hosts.iter().map(ready).collect()
}

/// All hosts together, with the models that the settings want. Reads secrets and certificates, opens no connection.
pub fn pool(settings: &Settings, environment: &Environment) -> Pool {
    pool_of(settings, open(settings, environment))
}

/// These hosts together, with the models that the settings want.
pub fn pool_of(settings: &Settings, hosts: Vec<Configured>) -> Pool {
    let hosts = hosts.into_iter().map(|configured| (configured.options, configured.host));
    let wishes = Wishes {
        chat: generation(&settings.chat),
        embed: Wish {
            model: named(&settings.embedding.model),
            keep_alive: named(&settings.embedding.keep_alive),
            ..Wish::default()
        },
    };
    let redact = |text: &str| {
        let clean = redact(text);
        let found = clean.found.len();
        (clean.text.into_owned(), found)
    };
    Pool::redacting(hosts, wishes, settings.privacy.redact_secrets.then(|| Arc::new(redact) as Redact))
}

/// The settings with one host only, by its name or address.
pub fn only(settings: &Settings, name: &str) -> anyhow::Result<Settings> {
    let mut only = settings.clone();
    only.ollama.hosts.retain(|host| host.name == name || host.address.to_string() == name);
    if only.ollama.hosts.is_empty() {
        let known: Vec<&str> = settings.ollama.hosts.iter().map(|host| host.name.as_str()).collect();
        anyhow::bail!("there is no host `{name}`; it can be {}", either(known));
    }
    Ok(only)
}

/// What the settings want of the model that explains code: what they leave open is as for questions.
pub fn explaining(settings: &Settings) -> Wish {
    let (chat, explain) = (generation(&settings.chat), generation(&settings.explain));
    if explain.names_something() {
        return Wish { keep_alive: explain.keep_alive.or(chat.keep_alive), ..explain };
    }
    Wish {
        num_ctx: explain.num_ctx.or(chat.num_ctx),
        keep_alive: explain.keep_alive.or(chat.keep_alive),
        model: chat.model,
        host: chat.host,
    }
}

/// What the settings want of the model that explains code in a sentence or two.
pub fn briefly(settings: &Settings) -> Wish {
    let wish = explaining(settings);
    let own = Wish { num_ctx: None, ..wish.clone() }.naming(&settings.routing.brief_model);
    if own.names_something() { own } else { wish }
}

/// What the settings want of the model that makes questions stand alone; `None` when none is to.
pub fn rewriting(settings: &Settings) -> Option<Wish> {
    let wish = Wish { num_ctx: None, ..generation(&settings.chat) }.naming(&settings.routing.rewrite_model);
    wish.names_something().then_some(wish)
}

fn generation(settings: &GenerationSettings) -> Wish {
    let wish = Wish {
        num_ctx: (settings.num_ctx > 0).then_some(settings.num_ctx as u64),
        keep_alive: named(&settings.keep_alive),
        ..Wish::default()
    };
    wish.naming(&settings.model)
}

fn named(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
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
