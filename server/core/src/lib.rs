//! The pure part of CodeCompass: languages, chunks, symbols, terms, the built-in embedder, fusion and ranking.
//!
//! Nothing in this crate touches files, sockets, clocks or threads, and nothing knows LSP. The same input gives the same
//! output on every machine.

pub mod chunk;
pub mod citation;
pub mod document;
pub mod embed;
pub mod eval;
pub mod hit;
pub mod language;
pub mod prompt;
pub mod query;
pub mod rank;
pub mod redact;
pub mod secret;
pub mod shape;
pub mod skip;
pub mod syntax;
pub mod terms;
pub mod text;
