//! One file per feature, in the user's words. Handlers know neither the command line nor LSP: they take plain values and
//! give plain values back.

pub mod actions;
pub mod answer;
pub mod brief;
pub mod chat_document;
pub mod context;
pub mod converse;
pub mod current;
pub mod doctor;
pub mod eval;
pub mod everywhere;
pub mod explain;
pub mod facts;
pub mod hover;
pub mod lens;
pub mod mentions;
pub mod models;
pub mod outlines;
pub mod prompts;
pub mod report;
pub mod search;
pub mod status;
pub mod symbols;
pub mod why;

#[cfg(test)]
mod fixture;
