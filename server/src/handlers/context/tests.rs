//! What must be in a prompt: small repositories in four languages whose call graph is known, questions in a conversation,
//! pins, and text that tries to be more than data.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

mod explaining;
mod files;
mod hostile;
mod questions;

use codecompass_core::prompt::{Budget, Prompt, Question};

use super::{Options, Target, for_explanation, for_question};
use crate::handlers::{fixture::Fixture, prompts::Prompts};

/// The prompt for an explanation.
fn explained(fixture: &Fixture, key: &str, target: &Target, budget: Budget) -> anyhow::Result<Prompt> {
    let prompts = Prompts::default();
    let options = Options { budget, redact: None, stop: &|| false, prompts: &prompts, quick: false, history: &[] };
    for_explanation(&[&fixture.view()], key, target, &options)
}

/// The prompt for a question.
fn asked(fixture: &Fixture, question: &Question) -> anyhow::Result<Prompt> {
    let prompts = Prompts::default();
    let options = Options {
        budget: Budget::default(),
        redact: None,
        stop: &|| false,
        prompts: &prompts,
        quick: false,
        history: &[],
    };
    for_question(&[&fixture.view()], question, &options)
}

/// The sources, a line each: why, what, where.
fn sources(prompt: &Prompt) -> String {
    let each = prompt.sources.iter().map(|source| {
        let part = if source.partial { " (a part)" } else { "" };
        format!("{}: {} {}:{}{part}\n", source.why.as_str(), source.label, source.path, source.lines)
    });
    each.collect()
}

/// All that the model would read.
fn text(prompt: &Prompt) -> String {
    prompt.messages.iter().map(|message| message.text.as_str()).collect::<Vec<_>>().join("\n")
}
