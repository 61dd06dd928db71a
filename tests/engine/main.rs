//! The engine and the real program on real folders: that the index stays true, whatever happens to it and around it.

#![expect(clippy::unwrap_used, reason = "tests")]

mod damage;
#[path = "../fake/ollama.rs"]
#[allow(unreachable_pub, clippy::pedantic, reason = "shared by tests of several packages")]
mod fake;
mod hosted;
mod incremental;
mod kill;
mod place;
mod refusals;
mod symbols;
mod together;
