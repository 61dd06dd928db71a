//! How many tokens a text has, nearly, and how many a prompt may have.

use serde::{Deserialize, Serialize};

/// How many tokens a prompt may have.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// What the model reads at once: its `num_ctx`.
    pub context: usize,
    /// What is kept free for the answer.
    pub answer: usize,
    /// The largest share of the rest that earlier turns may take, in hundredths.
    pub history_share: usize,
    /// How this model's tokens differ from the estimate.
    pub calibration: Calibration,
}

impl Budget {
    /// A budget for a model that is not known yet.
    pub fn new(context: usize, answer: usize) -> Self {
        Self { context, answer, history_share: 30, calibration: Calibration::default() }
    }

    /// Tokens that the messages may have.
    pub fn prompt(&self) -> usize {
        self.context.saturating_sub(self.answer)
    }

    /// Tokens that earlier turns may have.
    pub fn history(&self) -> usize {
        self.prompt() * self.history_share / 100
    }
}

impl Default for Budget {
    /// For showing passages without a model.
    fn default() -> Self {
        Self::new(16 * 1024, 2 * 1024)
    }
}

/// How the tokens of one model differ from the estimate: learnt from what its host counted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Counted tokens for each estimated one.
    pub factor: f32,
    /// How many answers it was learnt from.
    pub seen: u32,
}

impl Default for Calibration {
    fn default() -> Self {
        Self { factor: 1.0, seen: 0 }
    }
}
