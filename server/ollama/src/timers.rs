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
    /// So much longer for each KiB of the question, up to `loading`: without a GPU a model reads some fifty tokens a second.
    pub reading: Duration,
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
            reading: Duration::from_secs(5),
            loading: Duration::from_secs(300),
            between: Duration::from_secs(60),
            retry: Duration::from_millis(250),
        }
    }
}

impl Timers {
    /// For the first event of a model that is loaded and has so many bytes to read.
    pub(crate) fn first_after(&self, sent: usize) -> Duration {
        let reading = self.reading.saturating_mul(u32::try_from(sent >> 10).unwrap_or(u32::MAX));
        self.first_event.saturating_add(reading).min(self.loading.max(self.first_event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_question_may_be_read_for_longer() {
        let timers = Timers::default();
        assert_eq!(timers.first_after(1000), Duration::from_secs(60));
        assert_eq!(timers.first_after(32 << 10), Duration::from_secs(220));
        assert_eq!(timers.first_after(10 << 20), Duration::from_secs(300));
        assert_eq!(timers.first_after(usize::MAX), Duration::from_secs(300));
    }
}
