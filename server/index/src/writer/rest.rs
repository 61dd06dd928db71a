//! Letting others write: a long-lived process gives the lock away between its batches and keeps what it has read.

use std::mem;

use codecompass_core::document::ContentId;
use rustc_hash::FxHashMap;

use super::{State, Writer};
use crate::{
    catalogue,
    error::Result,
    space::{Space, Stamp},
};

/// A writer that does not hold the lock.
pub struct RestingWriter {
    space: Space,
    embedder: String,
    dimension: usize,
    state: State,
    known: FxHashMap<ContentId, u32>,
    stamp: Option<Stamp>,
}

impl Writer {
    /// Gives the lock away. What was added but not committed is forgotten.
    pub fn rest(self) -> RestingWriter {
        let Self { space, embedder, dimension, inner, _lock: lock } = self;
        let inner = inner.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut known = inner.known;
        for (content, _) in &inner.fresh {
            known.remove(content);
        }
        // Taken while the lock is held: nobody can have committed since.
        let stamp = space.stamp();
        drop(lock);
        RestingWriter { space, embedder, dimension, state: inner.state, known, stamp }
    }
}

impl RestingWriter {
    /// The generation as of which it rests.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Takes the lock again; `None` while another process has it. Only when one has committed meanwhile is the catalogue
    /// read again. The writer takes along what is known here: what is left behind wakes as slowly as a new one.
    pub fn wake(&mut self) -> Result<Option<Writer>> {
        let Some(lock) = self.space.lock()? else { return Ok(None) };
        let now = catalogue::generation(&self.space.catalogue())?.unwrap_or_default();
        // A space that was discarded and built anew counts its generations from one again.
        let same_file = self.stamp.zip(self.space.stamp()).is_some_and(|(then, now)| then.same_file(&now));
        let known = if now == self.state && same_file {
            mem::take(&mut self.known)
        } else {
            catalogue::vectors(&self.space.catalogue())?
        };
        self.stamp = None;
        Writer::begin(&self.space, lock, &self.embedder, self.dimension, now, known).map(Some)
    }
}
