//! How a host is, in words that a status can show.

use serde::Serialize;

use super::Member;

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

pub(super) fn of(member: &Member) -> HostState {
    let options = &member.options;
    HostState {
        name: options.name.clone(),
        url: options.address.to_string(),
        state: if member.host.is_ok() { "unknown" } else { "unusable" },
        roles: super::Role::ALL.into_iter().filter(|role| role.is_of(options)).map(super::Role::as_str).collect(),
        why: member.host.as_ref().err().map(|error| format!("{error}; {}", error.advice())),
        ..HostState::default()
    }
}
