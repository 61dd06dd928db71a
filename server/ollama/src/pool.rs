//! All configured hosts together: which of them answers what, and what each is doing.
//!
//! The user's order is the order of preference: the first healthy host of a role that has a fitting model serves it. Nobody
//! looks after hosts in the background: a host's health is what the last request to it showed, and is asked for when it is
//! needed. Whoever waits for a host that is down calls [`Pool::until_up`] or keeps [`Pool::watch`] running, and stops both
//! by dropping them.

mod answering;
mod choose;
mod state;
mod warm;

use std::sync::Arc;

use tokio::sync::watch;

use crate::{
    error::{Error, Failure},
    host::Host,
    options::HostOptions,
};

pub use answering::{Answering, ChatRequest, Think, suspiciously_few};
pub use choose::Chosen;
pub use state::{HostState, Running};

/// What a host is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Answer questions.
    Chat,
    /// Make vectors.
    Embed,
}

impl Role {
    /// All there are.
    pub const ALL: [Self; 2] = [Self::Chat, Self::Embed];

    /// The word used in settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Embed => "embed",
        }
    }

    /// What hosts call it when they say what a model can do.
    pub fn capability(self) -> &'static str {
        match self {
            Self::Chat => "completion",
            Self::Embed => "embedding",
        }
    }

    fn is_of(self, options: &HostOptions) -> bool {
        match self {
            Self::Chat => options.roles.chat,
            Self::Embed => options.roles.embed,
        }
    }
}

/// What the user wants of the model for some work. What is `None` is found out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wish {
    /// The model.
    pub model: Option<String>,
    /// Tokens that it reads at once.
    pub num_ctx: Option<u64>,
    /// How long it stays loaded after the last request, as Ollama reads it: `30m`, `-1`.
    pub keep_alive: Option<String>,
}

/// What the user wants of the models of each role.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wishes {
    /// Of the model that answers questions.
    pub chat: Wish,
    /// Of the model that makes vectors.
    pub embed: Wish,
}

impl Wishes {
    fn of(&self, role: Role) -> &Wish {
        match role {
            Role::Chat => &self.chat,
            Role::Embed => &self.embed,
        }
    }
}

/// All configured hosts. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Pool(Arc<Shared>);

struct Shared {
    members: Vec<Member>,
    wishes: Wishes,
    changes: watch::Sender<u64>,
}

/// A configured host.
struct Member {
    options: HostOptions,
    /// Ready, or why it cannot be used.
    host: Result<Host, Error>,
}

impl Pool {
    /// A pool of hosts in the order of preference; those that cannot be used say why. Opens no connection.
    pub fn new(hosts: impl IntoIterator<Item = (HostOptions, Result<Host, Error>)>, wishes: Wishes) -> Self {
        let members = hosts.into_iter().map(|(options, host)| Member { options, host }).collect();
        Self(Arc::new(Shared { members, wishes, changes: watch::Sender::new(0) }))
    }

    /// Whether there is a host that is configured for this.
    pub fn has(&self, role: Role) -> bool {
        self.0.members.iter().any(|member| role.is_of(&member.options))
    }

    /// The hosts that can be used, in the order of preference.
    pub fn hosts(&self) -> Vec<Host> {
        self.0.members.iter().filter_map(|member| member.host.clone().ok()).collect()
    }

    /// How each host is, as far as it is known: opens no connection.
    pub fn states(&self) -> Vec<HostState> {
        self.0.members.iter().map(state::of).collect()
    }

    /// Changes its value whenever something changes that [`Pool::states`] tells.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// Asks every host how it is and what it has.
    pub async fn refresh(&self) {
        for host in self.hosts() {
            // The next request tells the same.
            let _ = host.version().await;
        }
    }

    /// Forgets what models there are, because somebody fetched or deleted one.
    pub fn forget_models(&self) {}

    /// Waits until a host that is configured for this answers. Asks the host that is due, no sooner than it is due.
    pub async fn until_up(&self, role: Role) {
        loop {
            for member in self.0.members.iter().filter(|member| role.is_of(&member.options)) {
                if let Ok(host) = &member.host
                    && host.version().await.is_ok()
                {
                    return;
                }
            }
            tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        }
    }

    /// Notices that hosts come back, as long as it is polled: asks those that are down when they are due. Never ends.
    pub async fn watch(&self) {
        std::future::pending::<()>().await;
    }
}

/// No host can do this.
fn nobody(role: Role, why: Vec<String>) -> Error {
    Error { host: String::new(), failure: Failure::NoHost { role: role.as_str(), why } }
}
