//! How much is sent to a model, and how it is asked to write.

use codecompass_core::prompt::{Budget, Calibration, Prompt, Role};
use codecompass_ollama::{
    error::{Error, Failure},
    pool::{ChatRequest, Chosen, Pool, Think as Thinks},
    request::ChatMessage,
};

use super::calibration::Calibrations;
use crate::config::settings::{GenerationSettings, Think};

/// The longest answer when nobody says how long it may be.
const ANSWER: usize = 4096;
/// By so much less is sent when the host does not say how much too much it was.
const UNKNOWN: f32 = 1.4;
/// Other code has a few more tokens for each estimated one.
const MARGIN: f32 = 1.04;

/// How long the prompt and the answer may be.
pub(super) fn budget(pool: &Pool, chosen: &Chosen, settings: &GenerationSettings, known: &Calibrations) -> Budget {
    let context = pool.context(chosen) as usize;
    // A third of the context, so that a small one still has room for code.
    let room = if settings.num_predict > 0 { settings.num_predict } else { ANSWER.min(context / 3) };
    // A wish that leaves no room for the question is none.
    let room = room.min(context / 2).max(1);
    Budget { calibration: known.of_model(&chosen.model.name), ..Budget::new(context, room) }
}

/// What is left of a budget that the host has refused, as it counts.
pub(super) fn smaller(
    refused: &Budget,
    prompt: &Prompt,
    model: &str,
    known: &Calibrations,
    error: &Error,
) -> Option<Budget> {
    let Failure::ContextOverflow { sent, .. } = error.failure else { return None };
    let more = match sent {
        Some(sent) if sent > 0 => {
            known.learn(model, refused.calibration, prompt.estimated_tokens, sent);
            sent as f32 / prompt.estimated_tokens.max(1) as f32
        }
        _ => UNKNOWN,
    };
    if more <= 1.0 {
        return None;
    }
    let factor = refused.calibration.factor * more * MARGIN;
    Some(Budget { calibration: Calibration { factor, ..refused.calibration }, ..*refused })
}

/// The question as the host gets it.
pub(super) fn request(
    prompt: &Prompt,
    settings: &GenerationSettings,
    think: Option<Think>,
    budget: &Budget,
) -> ChatRequest {
    let messages = prompt.messages.iter().map(|message| {
        let text = message.text.clone();
        match message.role {
            Role::System => ChatMessage::system(text),
            Role::User => ChatMessage::user(text),
            Role::Assistant => ChatMessage::assistant(text),
        }
    });
    let mut files: Vec<String> = prompt.sources.iter().map(|source| source.path.clone()).collect();
    files.sort();
    files.dedup();
    ChatRequest {
        messages: messages.collect(),
        num_predict: u32::try_from(budget.answer).ok(),
        temperature: Some(f32::from(settings.temperature) / 100.0),
        think: match think.unwrap_or(settings.think) {
            Think::Auto => Thinks::Auto,
            Think::Off => Thinks::Off,
            Think::On => Thinks::On,
            Think::Low => Thinks::Low,
            Think::Medium => Thinks::Medium,
            Think::High => Thinks::High,
        },
        estimate: prompt.estimated_tokens as u64,
        files,
        ..ChatRequest::default()
    }
}
