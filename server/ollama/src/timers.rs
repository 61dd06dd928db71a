//! How long we wait for what.

use std::time::Duration;

/// Limits of one host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timers {
    /// For a connection.
    pub connect: Duration,
    /// For the whole answer of a call that needs no model.
    pub answer: Duration,
    /// For the first event of a model that is loaded.
    pub first_event: Duration,
    /// For the first event of a model that the host has to load first.
    pub loading: Duration,
    /// Between one event and the next.
    pub between: Duration,
    /// Before the first retry; the later ones wait longer.
    pub retry: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(30),
            first_event: Duration::from_secs(60),
            loading: Duration::from_secs(300),
            between: Duration::from_secs(60),
            retry: Duration::from_millis(250),
        }
    }
}
