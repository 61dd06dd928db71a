//! The shell of CodeCompass: the command line, configuration, the workspace and the indexer around the pure engine.

pub mod config;
pub mod handlers;
pub mod workspace;
