//! What comes of a question.

use codecompass_core::{
    citation::Citation,
    prompt::{Budget, Ledger, Prompt, Source},
};
use serde::{Deserialize, Serialize};

/// An answer with everything that can be said of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// What the model said, with its citations checked; without a model, what is known.
    pub text: String,
    /// Its reasoning.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub thinking: String,
    /// Whether the model said all it had to say.
    pub complete: bool,
    /// The user stopped it.
    #[serde(skip_serializing_if = "is_false")]
    pub stopped: bool,
    /// Why it is not complete, and what to do.
    pub error: Option<String>,
    /// The places it names.
    pub citations: Vec<Citation>,
    /// What it rests on.
    pub sources: Vec<Source>,
    /// What was sent, and what was not.
    pub ledger: Ledger,
    /// Tokens that the model reads at once.
    pub context: usize,
    /// Tokens that were kept free for the answer.
    pub reserved: usize,
    /// Tokens that were sent, as estimated.
    pub estimated: usize,
    /// The model.
    pub model: Option<String>,
    /// Its host, by the user's name.
    pub host: Option<String>,
    /// What it cost.
    pub usage: Usage,
    /// One line on the citations.
    pub summary: String,
    /// Secrets that were taken out of what was sent.
    pub redacted: usize,
    /// Sentences the user should know.
    pub notes: Vec<String>,
}

/// What an answer cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Tokens that the model read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_tokens: Option<u64>,
    /// Tokens that it wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_tokens: Option<u64>,
    /// From the question to the first character, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_token_ms: Option<u64>,
    /// By the host's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_per_second: Option<f64>,
    /// From the question to the end, in milliseconds.
    pub total_ms: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Answer {
    /// One that says nothing yet.
    pub(super) fn of(prompt: &Prompt, budget: &Budget) -> Self {
        Self {
            sources: prompt.sources.clone(),
            ledger: prompt.ledger.clone(),
            context: budget.context,
            reserved: budget.answer,
            estimated: prompt.estimated_tokens,
            redacted: prompt.redacted,
            notes: prompt.notes.clone(),
            ..Self::default()
        }
    }

    /// The same, when the user did not wait for it.
    pub(super) fn stopped(self) -> Self {
        Self { stopped: true, ..self }
    }

    /// The same as it is kept: what the files say is not kept again.
    #[must_use]
    pub fn to_keep(&self) -> Self {
        let mut kept = self.clone();
        for source in &mut kept.sources {
            source.text.clear();
            source.around.clear();
        }
        kept
    }

    /// Which model answered, what it cost and what of it was checked, in one line; empty when none did.
    pub fn signature(&self) -> String {
        let mut parts = Vec::new();
        if let Some(model) = &self.model {
            parts.push(self.host.as_ref().map_or_else(|| model.clone(), |host| format!("{model} on {host}")));
            if let Some(tokens) = self.usage.answer_tokens {
                let speed = self.usage.tokens_per_second.map_or_else(String::new, |speed| format!(", {speed:.0}/s"));
                parts.push(format!("{tokens} tokens{speed}"));
            }
            if let Some(first) = self.usage.first_token_ms {
                parts.push(format!("first after {:.1} s", first as f64 / 1000.0));
            }
        }
        if !self.summary.is_empty() {
            parts.push(self.summary.clone());
        }
        if self.redacted > 0 {
            let s = if self.redacted == 1 { "" } else { "s" };
            parts.push(format!("{} secret{s} taken out", self.redacted));
        }
        parts.join(" · ")
    }
}
