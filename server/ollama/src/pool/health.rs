//! Whether a host is asked: what its last requests showed. A host that fails is left alone, longer each time; then one
//! request may find out whether it is back.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::{Error, Failure};

/// After that many failures in a row a host counts as down, unless one of them already said it clearly.
const ENOUGH: u32 = 2;

/// How a host is.
#[derive(Debug, Default)]
pub(super) struct Health {
    pub(super) state: State,
    /// Failures without a success between them.
    failures: u32,
}

#[derive(Debug, Default)]
pub(super) enum State {
    /// Nobody asked it yet.
    #[default]
    Unknown,
    Up {
        version: Option<String>,
        since: Instant,
        /// Its last sign of life.
        seen: Instant,
    },
    Down {
        error: Error,
        since: Instant,
        next_try: Instant,
        pause: Duration,
    },
}

/// Whether a host may be asked now.
#[derive(Debug, PartialEq)]
pub(super) enum Standing {
    /// Yes.
    Good,
    /// One request has to find out.
    Due,
    /// No.
    Down(Error),
}

/// How long a host is left alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pauses {
    /// The first time.
    pub(super) first: Duration,
    /// However often it failed.
    pub(super) longest: Duration,
    /// How long a sign of life is believed.
    pub(super) believed: Duration,
}

impl Default for Pauses {
    fn default() -> Self {
        Self { first: Duration::from_secs(1), longest: Duration::from_secs(60), believed: Duration::from_secs(30) }
    }
}

impl Health {
    pub(super) fn standing(&self, now: Instant, pauses: Pauses) -> Standing {
        match &self.state {
            State::Up { seen, .. } if now.duration_since(*seen) < pauses.believed => Standing::Good,
            State::Down { error, next_try, .. } if now < *next_try => Standing::Down(error.clone()),
            _ => Standing::Due,
        }
    }

    /// It did what it was asked. Returns whether that is news.
    pub(super) fn succeeded(&mut self, version: Option<String>, now: Instant) -> bool {
        self.failures = 0;
        if let State::Up { version: known, seen, .. } = &mut self.state {
            *seen = now;
            let news = version.is_some() && *known != version;
            if news {
                *known = version;
            }
            return news;
        }
        self.state = State::Up { version, since: now, seen: now };
        true
    }

    /// It failed; `chance` between 0 and 1 keeps several programs from coming back at the same moment. Returns whether that
    /// is news.
    pub(super) fn failed(&mut self, error: &Error, now: Instant, pauses: Pauses, chance: f64) -> bool {
        if !speaks_of_host(&error.failure) {
            return false;
        }
        self.failures += 1;
        if matches!(self.state, State::Up { .. }) && self.failures < ENOUGH && !is_clear(&error.failure) {
            return false;
        }
        self.lost(error, now, pauses, chance)
    }

    /// It is down. Returns whether that is news.
    pub(super) fn lost(&mut self, error: &Error, now: Instant, pauses: Pauses, chance: f64) -> bool {
        let (since, pause) = match &self.state {
            State::Down { since, pause, .. } => (*since, (*pause * 2).min(pauses.longest)),
            _ => (now, pauses.first),
        };
        let next_try = now + pause.mul_f64(0.5 + chance / 2.0);
        let news = !matches!(&self.state, State::Down { error: known, .. } if known == error);
        self.state = State::Down { error: error.clone(), since, next_try, pause };
        news
    }
}

/// Whether a failure says something about the host, and not about what it was asked. Only such a one keeps others from asking.
pub(super) fn speaks_of_host(failure: &Failure) -> bool {
    match failure {
        Failure::Transport { .. } | Failure::Silent { .. } | Failure::Unauthorised => true,
        Failure::Forbidden { message } => message.is_empty(),
        // Too large a request is no fault of the host.
        Failure::Proxy { status, .. } => *status != 413,
        // An answer that went wrong in its middle may be the model's fault.
        Failure::Server { status, .. } => *status >= 500,
        _ => false,
    }
}

/// Whether another host may do better with the same request.
pub(crate) fn is_for_another(failure: &Failure) -> bool {
    speaks_of_host(failure)
        || matches!(
            failure,
            Failure::Busy { .. } | Failure::NoSuchEndpoint { .. } | Failure::NotFound { .. } | Failure::Incomplete
        )
}

/// Whether a failure passes without anybody mending a setting.
pub(crate) fn is_worth_waiting(failure: &Failure) -> bool {
    match failure {
        Failure::Unauthorised | Failure::Forbidden { .. } => false,
        Failure::Busy { .. } => true,
        Failure::NoHost { waiting, .. } => *waiting,
        other => speaks_of_host(other),
    }
}

/// Whether nobody is there, or who is there does not let us in: asking again at once is of no use.
fn is_clear(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Transport { connecting: true, .. }
            | Failure::Unauthorised
            | Failure::Forbidden { .. }
            | Failure::Proxy { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn error(failure: Failure) -> Error {
        Error { host: "gpu".to_owned(), failure }
    }

    fn refused() -> Error {
        error(Failure::Transport { connecting: true, reason: "connection refused".to_owned() })
    }

    fn crash() -> Error {
        error(Failure::Server { status: 500, message: "out of memory".to_owned() })
    }

    #[test]
    fn a_host_that_is_down_is_left_alone_longer_each_time_and_then_asked_once() {
        let (pauses, start) = (Pauses::default(), Instant::now());
        let mut health = Health::default();
        assert_eq!(health.standing(start, pauses), Standing::Due, "nobody knows yet");
        assert!(health.failed(&refused(), start, pauses, 1.0));
        let mut now = start;
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert_eq!(health.standing(now + S * seconds - S / 10, pauses), Standing::Down(refused()), "{seconds}");
            now += S * seconds;
            assert_eq!(health.standing(now, pauses), Standing::Due, "{seconds}");
            assert!(!health.failed(&refused(), now, pauses, 1.0), "it is no news");
        }
        assert!(health.succeeded(Some("1".to_owned()), now));
        assert_eq!(health.standing(now, pauses), Standing::Good);
        assert_eq!(health.standing(now + 31 * S, pauses), Standing::Due, "a sign of life grows old");
        // It begins from the beginning.
        health.failed(&refused(), now, pauses, 0.0);
        assert_eq!(health.standing(now + S / 2, pauses), Standing::Due, "chance makes it half as long");
    }

    #[test]
    fn one_crash_is_forgiven_two_are_not() {
        let (pauses, now) = (Pauses::default(), Instant::now());
        let mut health = Health::default();
        health.succeeded(None, now);
        health.failed(&crash(), now, pauses, 0.0);
        assert_eq!(health.standing(now, pauses), Standing::Good);
        health.succeeded(None, now);
        health.failed(&crash(), now, pauses, 0.0);
        assert_eq!(health.standing(now, pauses), Standing::Good, "there was a success between them");
        health.failed(&crash(), now, pauses, 0.0);
        assert_eq!(health.standing(now, pauses), Standing::Down(crash()));
    }

    #[test]
    fn what_is_wrong_with_a_request_says_nothing_of_the_host() {
        let (pauses, now) = (Pauses::default(), Instant::now());
        let mut health = Health::default();
        health.succeeded(None, now);
        let text = || "x".to_owned();
        for failure in [
            Failure::NotFound { model: text() },
            Failure::ContextOverflow { sent: None, fits: None },
            Failure::Rejected { message: text() },
            Failure::Unsupported { model: text(), what: text() },
            Failure::Cloud { model: text() },
            Failure::Proxy { status: 413, snippet: text() },
            Failure::Server { status: 200, message: text() },
            Failure::Busy { retry_after: None },
        ] {
            for _ in 0..5 {
                assert!(!health.failed(&error(failure.clone()), now, pauses, 0.0), "{failure:?}");
            }
            assert_eq!(health.standing(now, pauses), Standing::Good, "{failure:?}");
        }
    }
}
