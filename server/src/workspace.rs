//! The workspace on disk: which files there are, what they hold, where the workspace begins, and when something changes.

pub mod git;
pub mod key;
pub mod walk;
pub mod watch;
