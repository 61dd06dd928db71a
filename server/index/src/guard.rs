//! Panics of the libraries that read the index's files. They trust what they wrote, so that a damaged file can trip their own
//! assertions; for us that is damage like any other, and no message of a crash for the user.

use std::{
    any::Any,
    panic::{self, AssertUnwindSafe},
    sync::{
        Once,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::error::{IndexError, Result};

/// How many guarded pieces of work run in this process.
static GUARDED: AtomicUsize = AtomicUsize::new(0);
static QUIET: Once = Once::new();

/// Does work that reads files of the index. A panic in it is reported as damage of `what`.
pub fn guarded<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    QUIET.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if GUARDED.load(Ordering::Relaxed) == 0 {
                usual(info);
            } else {
                tracing::debug!(%info, "a panic while the index was read");
            }
        }));
    });
    GUARDED.fetch_add(1, Ordering::Relaxed);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    GUARDED.fetch_sub(1, Ordering::Relaxed);
    result.unwrap_or_else(|panic| Err(IndexError::damaged(format!("{what} ({})", message(panic.as_ref())))))
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
}
