//! Panics of the libraries that read the index's files. They trust what they wrote, so that a damaged file can trip their own
//! assertions; for us that is damage like any other, and no message of a crash for the user. Panics of other threads are
//! reported as ever.

use std::{
    any::Any,
    cell::Cell,
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

use crate::error::{IndexError, Result};

thread_local! {
    /// Whether this thread does guarded work at the moment.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Does work that reads files of the index. A panic in it is reported as damage of `what`.
pub fn guarded<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    install();
    let result = panic::catch_unwind(AssertUnwindSafe(|| Guard { guarded: true }.during(work)));
    result.unwrap_or_else(|panic| Err(IndexError::damaged(format!("{what} ({})", message(panic.as_ref())))))
}

/// Whether a thread does guarded work, for handing parts of that work to other threads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guard {
    guarded: bool,
}

impl Guard {
    /// That of this thread.
    pub(crate) fn here() -> Self {
        Self { guarded: is_guarded() }
    }

    /// Does a part of the work on whatever thread this is. Its panics go on to whoever waits for that part.
    pub(crate) fn during<T>(self, work: impl FnOnce() -> T) -> T {
        let _before = Restore(GUARDED.replace(self.guarded));
        work()
    }
}

/// Guarded work ends in good order or by a panic; what the thread was before holds again either way.
struct Restore(bool);

impl Drop for Restore {
    fn drop(&mut self) {
        GUARDED.set(self.0);
    }
}

/// A thread that is ending has no flag any more, and no guarded work either.
fn is_guarded() -> bool {
    GUARDED.try_with(Cell::get).unwrap_or(false)
}

/// Puts our hook before the usual one, once for the process: hooks belong to the process, so that each call taking and
/// giving one back would hide the panics of all other threads meanwhile. The hook runs on the thread that panics.
fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if is_guarded() {
                tracing::debug!(%info, "a panic while the index was read");
            } else {
                usual(info);
            }
        }));
    });
}

/// The first line of what a panic said.
fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or_default();
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_damage() {
        let error = guarded("the words", || -> Result<()> { panic!("assertion") }).expect_err("it panicked");
        assert!(error.is_damage());
        assert_eq!(error.to_string(), "the index is damaged: the words (assertion)");
        assert_eq!(guarded("the words", || Ok(1)).expect("it did not"), 1);
    }

    #[test]
    fn the_guard_holds_for_its_thread_and_its_time_only() {
        let elsewhere = || std::thread::scope(|scope| scope.spawn(is_guarded).join());
        assert!(!is_guarded());
        let inside = guarded("x", || {
            let guard = Guard::here();
            let carried = std::thread::scope(|scope| scope.spawn(|| guard.during(is_guarded)).join());
            // One inside another does not end the outer one.
            let inner = guarded("y", || -> Result<()> { panic!("assertion") });
            Ok((elsewhere().ok(), carried.ok(), inner.is_err(), is_guarded()))
        });
        assert_eq!(inside.expect("no panic"), (Some(false), Some(true), true, true));
        assert!(!is_guarded());
    }
}
