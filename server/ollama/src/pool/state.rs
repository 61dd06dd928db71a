//! How a host is, in words that a status can show.

use serde::Serialize;
use tokio::time::Instant;

use crate::error::Error;

use super::{
    Role,
    health::State,
    member::{Member, held},
};

/// How a host is.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct HostState {
    /// The user's name for it.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// `up`, `down`, `unknown` (nobody asked it yet) or `unusable` (what is configured cannot be used).
    pub state: &'static str,
    /// What it is configured for: `chat`, `embed`.
    pub roles: Vec<&'static str>,
    /// For which of them it is the one that is asked now.
    pub serves: Vec<&'static str>,
    /// Its version, when it is up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Seconds since it came up or went down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since_s: Option<u64>,
    /// Seconds until it is asked again, when it is down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_try_s: Option<u64>,
    /// Why it is not used for a role of its own, with what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Its models when it was last asked.
    pub models: Vec<String>,
    /// What it does for us now.
    pub running: Running,
    /// Texts a second for which it made vectors lately.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub texts_per_second: Option<f64>,
}

/// Requests of ours at one host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Running {
    /// Answers.
    pub chat: usize,
    /// Vectors.
    pub embed: usize,
    /// Those that wait for their turn.
    pub waiting: usize,
}

/// How all hosts are.
pub(super) fn of(members: &[Member]) -> Vec<HostState> {
    let mut states: Vec<HostState> = members.iter().map(one).collect();
    for role in Role::ALL {
        let able = |member: &Member, state: &HostState| {
            role.is_of(&member.options)
                && matches!(state.state, "up" | "unknown")
                && !held(&member.lacks).contains_key(&role)
        };
        let mut first: Option<String> = None;
        for (member, state) in members.iter().zip(&mut states) {
            if !able(member, state) {
                continue;
            }
            match (&first, role) {
                (None, _) => first = Some(state.name.clone()),
                // Work for the index is spread over all of them.
                (Some(_), Role::Embed) => {}
                (Some(first), Role::Chat) => {
                    state.why.get_or_insert_with(|| format!("{first} is asked first"));
                    continue;
                }
            }
            state.serves.push(role.as_str());
        }
    }
    states
}

fn one(member: &Member) -> HostState {
    let options = &member.options;
    let now = Instant::now();
    let mut state = HostState {
        name: options.name.clone(),
        url: options.address.to_string(),
        state: "unknown",
        roles: Role::ALL.into_iter().filter(|role| role.is_of(options)).map(Role::as_str).collect(),
        models: member.known_models(),
        running: member.gate.running(),
        texts_per_second: *held(&member.speed),
        ..HostState::default()
    };
    if let Err(error) = member.host() {
        state.state = "unusable";
        state.why = Some(error.sentence());
        return state;
    }
    state.why = Role::ALL.iter().find_map(|role| held(&member.lacks).get(role).map(Error::sentence));
    match &held(&member.health).state {
        State::Unknown => {}
        State::Up { version, since, .. } => {
            state.state = "up";
            state.version.clone_from(version);
            state.since_s = Some(now.duration_since(*since).as_secs());
        }
        State::Down { error, since, next_try, .. } => {
            state.state = "down";
            state.why = Some(error.sentence());
            state.since_s = Some(now.duration_since(*since).as_secs());
            state.next_try_s = Some(next_try.duration_since(now).as_secs());
        }
    }
    state
}
