//! The live index of one workspace folder: what is on disk in the cache, with what is newer than it in memory. One thread
//! keeps it true; whoever asks gets an immutable [`View`].
//!
//! It knows the workspace, the indexer and the index; it does not know LSP.

mod filler;
pub mod folder;
mod fresh;
mod gate;
mod job;
mod keeper;
mod order;
mod pending;
pub mod state;
pub mod view;
mod watchdog;

pub use folder::{Changed, Event, Folder, Surroundings};
pub use gate::{Gate, Serving};
pub use state::State;
pub use view::{OpenFile, OpenFiles, View};
