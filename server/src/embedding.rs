//! Vectors from the models of hosts, in place of the built-in ones: which model answers searches, which one is being filled
//! in, and how far that is.
//!
//! The built-in vectors stay: they make an edit searchable at once and answer as long as a model's are not complete, or its
//! host does not answer in time.

mod about;
mod answering;
pub mod fill;
mod memory;
mod state;

pub use about::About;
pub use answering::{Answering, Meaning};
pub use memory::Models;
pub(crate) use memory::why;
pub use state::{EmbeddingState, Phase, UNKNOWN};

use std::sync::Arc;

use codecompass_core::hit::Mode;
use codecompass_index::{error::IndexError, search::uses, snapshot::Snapshot};

use codecompass_core::rank::Evidence;

/// Who answers the searches of a folder, and what else there is to say about its vectors. Immutable and cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Embedding {
    /// How things are.
    pub state: Arc<EmbeddingState>,
    /// The model that answers; `None`: the built-in one.
    pub answering: Option<Arc<Answering>>,
}

impl Embedding {
    /// The query as the model that answers sees it. Where that cannot be, a sentence says so.
    pub fn meaning(
        &self,
        snapshot: &Snapshot,
        text: &str,
        mode: Mode,
    ) -> Result<(Option<Meaning>, Option<String>), IndexError> {
        if !uses(mode, Evidence::Vector) || text.trim().is_empty() {
            return Ok((None, None));
        }
        let Some(answering) = &self.answering else { return Ok((None, self.state.why_another(None))) };
        let another = answering.id() != self.state.configured;
        match answering.query(text) {
            Ok(vector) => {
                let note = another.then(|| self.state.why_another(Some(answering.model()))).flatten();
                Ok((Some(Meaning { linked: answering.linked(snapshot)?, vector }), note))
            }
            Err(why) => Ok((None, Some(format!("searched with the built-in vectors: {why}")))),
        }
    }

    /// A chunk as the model that answers sees it. No host is asked.
    pub fn meaning_of(&self, snapshot: &Snapshot, chunk: u32) -> Result<Option<Meaning>, IndexError> {
        let Some(answering) = &self.answering else { return Ok(None) };
        let linked = answering.linked(snapshot)?;
        Ok(linked.vector_of(chunk).map(|vector| Meaning { vector: vector.into(), linked }))
    }

    /// Chunks of a snapshot that have no vector yet of the model that is configured.
    pub fn pending(&self, snapshot: &Snapshot) -> u64 {
        let state = &self.state;
        if let Some(answering) = self.answering.as_ref().filter(|answering| answering.id() == state.configured)
            && let Ok(linked) = answering.linked(snapshot)
        {
            return snapshot.living_chunks().filter(|&chunk| !linked.has(chunk)).count() as u64;
        }
        match state.phase {
            Phase::Off => 0,
            _ if state.total == 0 => u64::from(snapshot.chunk_count()),
            _ => state.total.saturating_sub(state.done).min(u64::from(snapshot.chunk_count())),
        }
    }

    /// What the model could make nothing of, as a sentence.
    pub fn refused(&self, snapshot: &Snapshot) -> Option<String> {
        const SHOWN: usize = 5;
        let answering = self.answering.as_ref().filter(|answering| answering.id() == self.state.configured)?;
        let linked = answering.linked(snapshot).ok()?;
        let refused: Vec<u32> = snapshot.living_chunks().filter(|&chunk| linked.is_refused(chunk)).collect();
        let place = |&chunk: &u32| format!("{}:{}", snapshot.file(chunk).path, snapshot.row(chunk).start_line + 1);
        let places: Vec<String> = refused.iter().take(SHOWN).map(place).collect();
        let more = if refused.len() > SHOWN { " and others" } else { "" };
        let what = if refused.len() == 1 { "1 piece" } else { &format!("{} pieces", refused.len()) };
        (!refused.is_empty()).then(|| {
            format!(
                "{} makes no vector of {what} of code ({}{more}), which is found by its words and the built-in vectors",
                answering.model(),
                places.join(", ")
            )
        })
    }
}
