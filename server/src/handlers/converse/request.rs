//! How much is sent to a model, and how it is asked to write.

use codecompass_core::prompt::{Budget, Prompt, Role};
use codecompass_ollama::{
    pool::{ChatRequest, Chosen, Pool, Think as Thinks},
    request::ChatMessage,
};

use super::calibration::Calibrations;
use crate::config::settings::{GenerationSettings, Think};

/// The longest answer when nobody says how long it may be.
const ANSWER: usize = 4096;

/// How long the prompt and the answer may be.
pub(super) fn budget(pool: &Pool, chosen: &Chosen, settings: &GenerationSettings, known: &Calibrations) -> Budget {
    let context = pool.context(chosen) as usize;
    // A third of the context, so that a small one still has room for code.
    let room = if settings.num_predict > 0 { settings.num_predict } else { ANSWER.min(context / 3) };
    // A wish that leaves no room for the question is none.
    let room = room.min(context / 2).max(1);
    Budget { calibration: known.of_model(&chosen.model.name), ..Budget::new(context, room) }
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
