//! The live index of a folder, without any protocol: what was typed, saved, renamed or checked out is found, and nothing else.

#![expect(clippy::unwrap_used, reason = "tests")]

mod disk;
#[path = "../fake/ollama.rs"]
#[allow(unreachable_pub, clippy::pedantic, reason = "shared by tests of several packages")]
mod fake;
mod hosted;
mod order;
mod storm;
mod support;
mod together;
mod typing;
