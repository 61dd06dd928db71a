//! All configured hosts together: which of them answers what, and what each is doing.
//!
//! The user's order is the order of preference: the first healthy host of a role that has a fitting model serves it. Nobody
//! looks after hosts in the background: a host's health is what the last request to it showed, and is asked for when it is
//! needed. Whoever waits for a host that is down calls [`Pool::until_up`] or keeps [`Pool::watch`] running, and stops both
//! by dropping them.

mod answering;
mod choose;
mod context;
pub(crate) mod gate;
pub(crate) mod health;
pub(crate) mod member;
mod preference;
mod state;
mod warm;
mod wish;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep_until},
};

use crate::{
    error::{Error, Failure},
    host::Host,
    options::HostOptions,
};

pub(crate) use warm::keep_alive;

use health::{State, is_worth_waiting};
use member::{Member, held};

pub use answering::{Answering, ChatRequest, Think, suspiciously_few};
pub use choose::Chosen;
pub use gate::{CHATS_AT_ONCE, EMBEDS_AT_ONCE};
pub use state::{HostState, Running};
pub use wish::{Wish, Wishes};

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

    pub(crate) fn is_of(self, options: &HostOptions) -> bool {
        match self {
            Self::Chat => options.roles.chat,
            Self::Embed => options.roles.embed,
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
    /// How long a text may be, by model: learned from what was refused.
    longest: Mutex<HashMap<String, usize>>,
    redact: Option<Redact>,
}

/// Takes secrets out of a text and says how many.
pub type Redact = Arc<dyn Fn(&str) -> (String, usize) + Send + Sync>;

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.0.members.iter().map(|member| &member.options.name);
        f.debug_list().entries(names).finish()
    }
}

impl Pool {
    /// A pool of hosts in the order of preference; those that cannot be used say why. Opens no connection.
    pub fn new(hosts: impl IntoIterator<Item = (HostOptions, Result<Host, Error>)>, wishes: Wishes) -> Self {
        Self::redacting(hosts, wishes, None)
    }

    /// The same, which takes secrets out of the texts whose vectors it has made on other machines. Questions are not touched:
    /// whoever puts them together knows what they are made of.
    pub fn redacting(
        hosts: impl IntoIterator<Item = (HostOptions, Result<Host, Error>)>,
        wishes: Wishes,
        redact: Option<Redact>,
    ) -> Self {
        let changes = watch::Sender::new(0);
        let members = hosts.into_iter().map(|(options, host)| Member::new(options, host, changes.clone())).collect();
        Self(Arc::new(Shared { members, wishes, changes, longest: Mutex::default(), redact }))
    }

    /// Whether there is a host that is configured for this.
    pub fn has(&self, role: Role) -> bool {
        self.of(role).next().is_some()
    }

    /// The hosts that can be used, in the order of preference.
    pub fn hosts(&self) -> Vec<Host> {
        self.0.members.iter().filter_map(|member| member.host().ok().cloned()).collect()
    }

    /// How each host is, as far as it is known: opens no connection.
    pub fn states(&self) -> Vec<HostState> {
        state::of(&self.0.members)
    }

    /// Changes its value whenever a host comes up or goes down, or has other models.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// Asks every host how it is and what it has, also those that are left alone.
    pub async fn refresh(&self) {
        let mut asked = JoinSet::new();
        for place in 0..self.0.members.len() {
            let pool = self.clone();
            asked.spawn(async move {
                let member = &pool.0.members[place];
                if member.look().await.is_ok() {
                    // What it cannot say is seen when it is needed.
                    let _ = member.models(true).await;
                }
            });
        }
        while asked.join_next().await.is_some() {}
    }

    /// Forgets what models there are, because somebody fetched or deleted one.
    pub fn forget_models(&self) {
        for member in &self.0.members {
            member.forget_models();
            held(&member.lacks).clear();
        }
    }

    /// Waits until a host that is configured for this answers. Asks each when it is due, no sooner. Waits forever when none
    /// can be used at all.
    pub async fn until_up(&self, role: Role) {
        let mut changes = self.changes();
        loop {
            changes.borrow_and_update();
            for member in self.of(role) {
                if member.ready().await.is_ok() {
                    return;
                }
            }
            let next = self.of(role).filter_map(next_try).min();
            wait(next, &mut changes).await;
        }
    }

    /// Waits until a host that is down may be asked again, or something changes.
    pub(crate) async fn until_due(&self, role: Role) {
        let mut changes = self.changes();
        let next = self.of(role).filter_map(next_try).min();
        // A host may also be busy, and then nothing changes.
        wait(Some(next.unwrap_or(Instant::now() + BUSY)), &mut changes).await;
    }

    /// Before something is indexed on a host that answers a question, finds out whether it can do both.
    pub(crate) async fn know_both(&self, member: usize) {
        let member = &self.0.members[member];
        if member.gate.running().chat > 0 {
            // Without an answer it is as it was known.
            let _ = member.models(false).await;
        }
    }

    /// Notices that hosts come back, as long as it is polled: asks those that are down when they are due. Never ends.
    pub async fn watch(&self) {
        let mut changes = self.changes();
        loop {
            changes.borrow_and_update();
            let now = Instant::now();
            for member in self.0.members.iter().filter(|member| next_try(member).is_some_and(|next| next <= now)) {
                // It is in its state what became of it.
                let _ = member.ready().await;
            }
            let next = self.0.members.iter().filter_map(next_try).min();
            wait(next, &mut changes).await;
        }
    }

    /// The hosts that are configured for this, in the order of preference.
    pub(crate) fn of(&self, role: Role) -> impl Iterator<Item = &Member> {
        self.0.members.iter().filter(move |member| role.is_of(&member.options))
    }

    fn member(&self, host: &Host) -> Option<&Member> {
        self.0.members.iter().find(|member| member.host().is_ok_and(|own| own.is(host)))
    }

    pub(crate) fn members(&self) -> &[Member] {
        &self.0.members
    }

    pub(crate) fn wishes(&self) -> &Wishes {
        &self.0.wishes
    }

    /// How long a text may be, by model: learned from what was refused.
    pub(crate) fn longest(&self) -> &Mutex<HashMap<String, usize>> {
        &self.0.longest
    }

    pub(crate) fn redact(&self) -> Option<&Redact> {
        self.0.redact.as_ref()
    }
}

/// How long a host that has too much to do is left alone by those who are in no hurry.
const BUSY: Duration = Duration::from_secs(2);

/// When a host that is down is asked again.
fn next_try(member: &Member) -> Option<Instant> {
    match &held(&member.health).state {
        State::Down { next_try, .. } => Some(*next_try),
        _ => None,
    }
}

/// Until then, or until something changes.
async fn wait(until: Option<Instant>, changes: &mut watch::Receiver<u64>) {
    let due = async {
        match until {
            Some(next) => sleep_until(next).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = due => {}
        // The sender lives as long as the pool.
        _ = changes.changed() => {}
    }
}

/// No host can do this. One host's reason is the reason.
pub(crate) fn nobody(role: Role, mut errors: Vec<Error>) -> Error {
    if errors.len() == 1 {
        return errors.remove(0);
    }
    let waiting = errors.iter().any(|error| is_worth_waiting(&error.failure));
    let why = errors.iter().map(Error::sentence).collect();
    Error { host: String::new(), failure: Failure::NoHost { role: role.as_str(), why, waiting } }
}
