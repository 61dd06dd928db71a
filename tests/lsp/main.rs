//! The language server as an editor meets it: the real program, its pipes, and a client that overlooks nothing.

#![expect(clippy::unwrap_used, reason = "tests")]

mod client;
mod commands;
mod lifecycle;
mod lookup;
