//! How many texts go to a host in one request: so many that the way there and back does not count, and so few that a question
//! does not wait long behind them.

use std::time::Duration;

/// A request is to take about this long.
const AIM: Duration = Duration::from_millis(500);

const FIRST: usize = 16;
const MOST: usize = 256;

/// The pace of one host.
#[derive(Debug)]
pub(super) struct Pace(usize);

impl Default for Pace {
    fn default() -> Self {
        Self(FIRST)
    }
}

impl Pace {
    /// Texts for the next request.
    pub(super) fn texts(&self) -> usize {
        self.0
    }

    /// So many texts took this long. Growing is slower than shrinking, because a request that takes too long holds others up.
    pub(super) fn learn(&mut self, texts: usize, took: Duration) {
        let each = took.as_secs_f64() / texts.max(1) as f64;
        let ideal = (AIM.as_secs_f64() / each.max(1e-6)) as usize;
        self.0 = ideal.clamp((self.0 / 8).max(1), (self.0 * 2).min(MOST));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(requests: usize, each: Duration) -> usize {
        let mut pace = Pace::default();
        for _ in 0..requests {
            pace.learn(pace.texts(), each * pace.texts() as u32);
        }
        pace.texts()
    }

    #[test]
    fn a_request_takes_about_half_a_second() {
        let ms = Duration::from_millis;
        assert_eq!(after(0, ms(1)), 16);
        assert_eq!(after(1, ms(1)), 32);
        assert_eq!(after(9, ms(1)), 256);
        assert_eq!(after(9, ms(5)), 100);
        assert_eq!(after(1, ms(100)), 5, "16 took 1.6 s: the next one does not");
        assert_eq!(after(3, ms(3000)), 1);
    }
}
