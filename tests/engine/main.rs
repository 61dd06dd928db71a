//! The engine and the real program on real folders: that the index stays true, whatever happens to it and around it.

#![expect(clippy::unwrap_used, reason = "tests")]

mod damage;
mod incremental;
mod kill;
mod place;
mod refusals;
mod symbols;
mod together;
