//! The CodeCompass index on disk: keywords, vectors and the catalogue, behind one atomic generation.
//!
//! Everything here blocks; nothing knows async, HTTP or LSP. The index is a cache: deleting it loses nothing.

pub mod catalogue;
pub mod error;
pub mod guard;
pub mod hosted;
pub mod keyword;
pub mod overlay;
pub mod search;
pub mod segment;
pub mod snapshot;
pub mod space;
pub mod symbols;
pub mod vectors;
pub mod writer;
