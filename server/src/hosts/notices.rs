//! What users should know before something is sent to a host: who else may read it.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use codecompass_ollama::options::{HostOptions, Login};

use crate::config::settings::Settings;

/// Something that others on the way to a host can do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    /// The user's name for the host.
    pub host: String,
    /// What they can do.
    pub message: String,
    /// What to do about it.
    pub fix: String,
}

impl Notice {
    /// All of it in a sentence.
    pub fn sentence(&self) -> String {
        format!("host {}: {}; {}", self.host, self.message, self.fix)
    }
}

/// What users should know of all hosts that may be used, once.
pub fn notices(settings: &Settings) -> Vec<Notice> {
    let reached = |host: &&HostOptions| !settings.privacy.offline || host.address.is_loopback();
    settings.ollama.hosts.iter().filter(reached).flat_map(of).collect()
}

fn of(options: &HostOptions) -> Vec<Notice> {
    let notice = |message: String, fix: &str| Notice { host: options.name.clone(), message, fix: fix.to_owned() };
    let mut notices = Vec::new();
    if options.insecure && options.address.is_encrypted() {
        notices.push(notice(
            "its certificate is not checked, so that anybody on the way can read and change what is sent".to_owned(),
            "name the certificate of its authority with `ca_file` and take away `insecure`",
        ));
    }
    if !options.address.is_loopback() && !options.address.is_encrypted() {
        let what = if options.login == Login::None { "code that is sent" } else { "code and login that are sent" };
        notices.push(notice(
            format!("{what} there can be read on the way, because its address begins with http://"),
            "put a proxy with TLS in front of it, or use an SSH tunnel",
        ));
    }
    notices
}

/// Tells somebody.
pub type Warn = Arc<dyn Fn(&Notice) + Send + Sync>;

/// What was told of hosts in this process, so that it is told once.
#[derive(Debug, Default)]
pub struct Told(Mutex<BTreeSet<Notice>>);

impl Told {
    /// Whether it was not told yet; from now on it was.
    pub fn is_news(&self, notice: &Notice) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(notice.clone())
    }
}
