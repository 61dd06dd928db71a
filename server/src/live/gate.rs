//! Queries and typing go first: background work asks here before each file and waits while somebody is being served.

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
    serving: Mutex<usize>,
    free: Condvar,
}

/// Somebody is being served until this is dropped.
#[derive(Debug)]
pub struct Serving<'a>(&'a Gate);

impl Gate {
    /// Somebody is being served from now on.
    pub fn serve(&self) -> Serving<'_> {
        *self.serving() += 1;
        Serving(self)
    }

    /// Waits until nobody is being served, but not for ever.
    pub fn wait(&self) {
        let deadline = Instant::now() + PATIENCE;
        let mut serving = self.serving();
        while *serving > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            serving = self.free.wait_timeout(serving, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn serving(&self) -> MutexGuard<'_, usize> {
        self.serving.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        let mut serving = self.0.serving();
        *serving -= 1;
        if *serving == 0 {
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
}
