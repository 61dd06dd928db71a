//! Vectors that the model of a host made, kept beside the index and apart from it.
//!
//! ```text
//! hosted/current            the name of the store that searches use; absent until one was filled to its end
//! hosted/wanted             the name of the store of the model that is configured
//! hosted/filler.lock        held by the one process that fills a store
//! hosted/<name>/about       what the server has to know to ask the same model again, in its own words
//! hosted/<name>/contents.bin  which content has which row, batch by batch
//! hosted/<name>/rows.bin, signs.bin, windows.bin  as in an index
//! ```
//!
//! A store belongs to one embedder (model, dimension, templates); another embedder is another store, and vectors of two are
//! never compared. It goes by content, not by file or segment: a new format of the index, a rename, another branch need
//! nothing of it again. Stores only grow. A new one is filled while the one before still answers, and takes its place by
//! one renaming.

mod contents;
mod home;
mod linked;
mod store;

#[cfg(test)]
mod tests;

pub use home::{FillerLock, Home};
pub use linked::Linked;
pub use store::{Store, StoreWriter};
