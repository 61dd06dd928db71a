//! The shell of CodeCompass: the language server, the command line, configuration, the workspace and the indexer around the pure engine.

mod calendar;
pub mod cli;
pub mod config;
pub mod conversations;
pub mod embedding;
pub mod engine;
pub mod handlers;
pub mod hosts;
pub mod indexer;
pub mod live;
pub mod logging;
pub mod lsp;
pub mod privacy;
pub mod session;
pub mod usage;
pub mod workspace;

#[cfg(test)]
#[path = "../../tests/fake/ollama.rs"]
#[allow(unreachable_pub, clippy::pedantic, clippy::unwrap_used, reason = "shared by tests of several packages")]
mod fake;
