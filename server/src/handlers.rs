//! One file per feature, in the user's words. Handlers know neither the command line nor LSP: they take plain values and
//! give plain values back.

pub mod eval;
pub mod search;
pub mod status;
pub mod why;
