//! The language server as an editor meets it: the real program, its pipes, and a client that overlooks nothing.

#![expect(clippy::unwrap_used, clippy::needless_pass_by_value, reason = "tests")]

mod client;
mod commands;
mod files;
mod lifecycle;
mod lookup;
mod malformed;
mod settings;
