//! The shell of CodeCompass: the command line, configuration, the workspace and the indexer around the pure engine.

pub mod cli;
pub mod config;
pub mod engine;
pub mod handlers;
pub mod indexer;
pub mod logging;
pub mod workspace;
