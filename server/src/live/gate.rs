//! Queries and typing go first: background work asks here before each file and waits while somebody is being served. Each
//! moment in which nobody is lets one file through for each that waits, so that one query after the other costs little.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Background work waits so long for queries that follow each other without a gap; then one file is let through, so that
/// a client that never stops asking cannot starve the index.
const PATIENCE: Duration = Duration::from_millis(200);

/// Counts who is being served.
#[derive(Debug, Default)]
pub struct Gate {
    served: Mutex<Served>,
    free: Condvar,
}

#[derive(Debug, Default)]
struct Served {
    now: usize,
    /// How often the last one was answered.
    pauses: u64,
}

/// Somebody is being served until this is dropped.
#[derive(Debug)]
pub struct Serving<'a>(&'a Gate);

impl Gate {
    /// Somebody is being served from now on.
    pub fn serve(&self) -> Serving<'_> {
        self.served().now += 1;
        Serving(self)
    }

    /// Waits until nobody is being served, but not for ever.
    pub fn wait(&self) {
        let deadline = Instant::now() + PATIENCE;
        let mut served = self.served();
        let pauses = served.pauses;
        while served.now > 0 && served.pauses == pauses {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            served = self.free.wait_timeout(served, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn served(&self) -> MutexGuard<'_, Served> {
        self.served.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        let mut served = self.0.served();
        served.now -= 1;
        if served.now == 0 {
            served.pauses += 1;
            self.0.free.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn background_work_goes_on_when_the_last_query_is_answered() {
        let gate = Gate::default();
        let first = gate.serve();
        let second = gate.serve();
        std::thread::scope(|scope| {
            let background = scope.spawn(|| gate.wait());
            drop(first);
            drop(second);
            background.join().expect("it ends");
        });
        gate.wait();
    }

    #[test]
    fn every_pause_lets_a_file_through() {
        const FILES: u32 = 50;
        let gate = Gate::default();
        let mut query = gate.serve();
        std::thread::scope(|scope| {
            let background = scope.spawn(|| {
                let start = Instant::now();
                (0..FILES).for_each(|_| gate.wait());
                start.elapsed()
            });
            while !background.is_finished() {
                drop(query);
                query = gate.serve();
                std::thread::yield_now();
            }
            let waited = background.join().expect("it ends");
            assert!(waited < FILES * PATIENCE / 4, "one query after the other starves nobody: {waited:?}");
        });
    }
}
