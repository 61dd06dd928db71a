//! The language server as an editor meets it: the real program, its pipes, and a client that overlooks nothing.

#![expect(clippy::unwrap_used, clippy::needless_pass_by_value, reason = "tests")]

#[path = "../fake/ollama.rs"]
#[allow(unreachable_pub, clippy::pedantic, reason = "shared by tests of several packages")]
mod fake;

mod chat;
mod client;
mod commands;
mod disk;
mod doctor;
mod editors;
mod files;
mod folders;
mod history;
mod hosted;
mod lifecycle;
mod load;
mod lookup;
mod malformed;
mod models;
mod opening;
mod settings;
mod several;
mod status;
mod typing;
mod world;
