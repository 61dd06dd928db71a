//! How it is with the vectors of the configured model, for status and progress.

use serde::{Deserialize, Serialize};

/// What an embedder is called of which not even the model's name is known.
pub const UNKNOWN: &str = "ollama";

/// How it is with the vectors of the configured model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct EmbeddingState {
    /// What is being done.
    pub phase: Phase,
    /// The embedder that is configured: its id; while no host has told more the model's name, or [`UNKNOWN`].
    pub configured: String,
    /// The embedder that answers searches.
    pub answers: String,
    /// Chunks that have a vector of the configured model.
    pub done: u64,
    /// Chunks that shall have one.
    pub total: u64,
    /// Why it does not go on, and what to do; empty when it does.
    pub note: String,
    /// The user ended the last run before it was done.
    pub stopped: bool,
}

/// What is being done about the vectors of the configured model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The built-in model is the configured one.
    #[default]
    Off,
    /// A host is asked which model it has.
    Asking,
    /// Code is shown to the model.
    Filling,
    /// No host can be asked now.
    Waiting,
    /// Another process shows code to the model.
    Following,
    /// The user asked for a pause.
    Paused,
    /// All code has a vector.
    Ready,
}

impl EmbeddingState {
    /// Out of 100, how far it is.
    pub fn percent(&self) -> Option<u32> {
        (100 * self.done).checked_div(self.total).map(|percent| percent.min(100) as u32)
    }

    /// Why another model than the configured one answers; nothing when none is configured.
    pub fn why_another(&self, answers: Option<&str>) -> Option<String> {
        let name = match self.configured.as_str() {
            UNKNOWN => "the host's model",
            known => known.split('@').next().unwrap_or(known),
        };
        let answers =
            answers.map_or_else(|| "the built-in vectors".to_owned(), |model| format!("the vectors of {model}"));
        let far = self.percent().map_or_else(String::new, |percent| format!(" ({percent} % are there)"));
        let note = if self.note.is_empty() { String::new() } else { format!("; {}", self.note) };
        (self.phase != Phase::Off)
            .then(|| format!("searched with {answers} until those of {name} are complete{far}{note}"))
    }
}
