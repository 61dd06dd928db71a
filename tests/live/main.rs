//! The live index of a folder, without any protocol: what was typed, saved, renamed or checked out is found, and nothing else.

#![expect(clippy::unwrap_used, reason = "tests")]

mod disk;
mod order;
mod storm;
mod support;
mod together;
mod typing;
