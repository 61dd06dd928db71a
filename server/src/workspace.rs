//! The workspace on disk: which files there are, what they hold, and where the workspace begins.
pub mod walk;
