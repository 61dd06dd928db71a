//! A question that leans on earlier ones, made one that stands alone by a model: for the search only. Whatever goes wrong, the
//! search goes on with the rules that need no model.

use std::time::{Duration, Instant};

use codecompass_core::prompt::{Question, Role, Turn, template::Piece as Part, template::Slot};
use codecompass_ollama::{
    error::Error,
    piece::Metrics,
    pool::{Answering, ChatRequest, Pool, Role as Work, Think},
    request::ChatMessage,
};

use super::{Ask, What, counted};
use crate::{
    handlers::prompts::{Kind, Prompts},
    hosts, privacy,
    usage::Row,
};

/// So long the user waits for it, at the most.
const PATIENCE: Duration = Duration::from_secs(3);
/// The longest answer, in tokens.
const TOKENS: u32 = 80;
/// The longest answer, in bytes: whoever says more does not say a question.
const LONGEST: usize = 500;
/// So many turns are shown,
const TURNS: usize = 4;
/// and so much of a question or answer, in characters.
const SHOWN: usize = 600;

/// The question that stands alone, if a model is to make one and makes it in time.
pub(super) async fn rewritten(ask: &Ask) -> Option<String> {
    let What::Question(question) = &ask.what else { return None };
    let wish = hosts::rewriting(&ask.settings)?;
    if question.history.is_empty() || question.rewritten.is_some() {
        return None;
    }
    let began = Instant::now();
    let mut who = None;
    let asked = async {
        let chosen = ask.pool.choose_for(Work::Chat, &wish).await?;
        who = Some((chosen.model.name.clone(), chosen.host.name().to_owned()));
        let messages = messages(ask, question).await;
        let request = ChatRequest {
            messages,
            num_predict: Some(TOKENS),
            temperature: Some(0.0),
            think: Think::Off,
            ..ChatRequest::default()
        };
        read(ask.pool.chat(&chosen, request).await?).await
    };
    let made = tokio::time::timeout(PATIENCE, asked).await;
    let (line, metrics) = match made {
        Ok(Ok((text, metrics))) => (line(&text), metrics),
        Ok(Err(error)) => {
            tracing::debug!("the question is not rewritten: {}", hosts::sentence(&error));
            (None, Metrics::default())
        }
        Err(_) => {
            tracing::debug!("the question is not rewritten: it took longer than {} s", PATIENCE.as_secs());
            (None, Metrics::default())
        }
    };
    let row = who.map(|(model, host)| Row {
        answers: 1,
        failures: u64::from(line.is_none()),
        prompt_tokens: metrics.prompt_tokens.unwrap_or_default(),
        answer_tokens: metrics.answer_tokens.unwrap_or_default(),
        ms: began.elapsed().as_millis() as u64,
        ..Row::today(&model, &host)
    });
    counted::count(ask.state.clone(), row).await;
    line
}

/// What the model is told, without secrets where it leaves this machine.
async fn messages(ask: &Ask, question: &Question) -> Vec<ChatMessage> {
    let leaves = may_leave(&ask.pool, ask.settings.privacy.allow_cloud_models);
    let (privacy, folder) = (ask.settings.privacy.clone(), ask.prompts.clone());
    let (text, history) = (question.text.clone(), said_before(&question.history));
    let made = tokio::task::spawn_blocking(move || {
        let prompts = Prompts::load(folder.as_deref());
        let clean = |text: &str| privacy::redact_for(leaves, &privacy, text).text.into_owned();
        let (text, history) = (clean(&text), clean(&history));
        let filled = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Slot(Slot::Question) => shortened(&text),
            Part::Slot(Slot::History) => history.clone(),
            Part::Slot(_) => String::new(),
        };
        let sections = prompts.of(Kind::Rewrite).sections.iter().map(|(role, parts)| {
            let text: String = parts.iter().map(filled).collect();
            match role {
                Role::System => ChatMessage::system(text),
                Role::User => ChatMessage::user(text),
                Role::Assistant => ChatMessage::assistant(text),
            }
        });
        sections.collect()
    });
    made.await.unwrap_or_default()
}

/// Whether anything of the pool may be on another machine: another host may answer in place of the one that was chosen.
pub(super) fn may_leave(pool: &Pool, cloud: bool) -> bool {
    cloud || pool.hosts().iter().any(|host| privacy::leaves(host.address(), false))
}

/// The last turns, in short.
fn said_before(history: &[Turn]) -> String {
    let from = history.len().saturating_sub(TURNS);
    let turns = history[from..].iter().map(|turn| {
        format!("The developer: {}\nThe assistant: {}", shortened(&turn.question), shortened(&turn.answer))
    });
    turns.collect::<Vec<_>>().join("\n")
}

fn shortened(text: &str) -> String {
    let text = text.trim();
    text.char_indices().nth(SHOWN).map_or_else(|| text.to_owned(), |(at, _)| format!("{}…", &text[..at]))
}

/// Reads until the end, or until it is too much.
async fn read(mut answering: Answering) -> Result<(String, Metrics), Error> {
    let mut text = String::new();
    let mut metrics = Metrics::default();
    while let Some(piece) = answering.next().await {
        let piece = piece?;
        text.push_str(&piece.text);
        if piece.done {
            metrics = piece.metrics;
            break;
        }
        if text.len() > 16 * LONGEST {
            break;
        }
    }
    Ok((text, metrics))
}

/// The question in what a model said: its first line, if that can be one.
fn line(text: &str) -> Option<String> {
    let text = text.rsplit("</think>").next().unwrap_or(text);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    let line = line.trim_matches(|c: char| matches!(c, '"' | '`' | '“' | '”' | '*')).trim();
    let clean: String = line.chars().filter(|c| !c.is_control()).collect();
    (clean.len() <= LONGEST && clean.chars().any(char::is_alphanumeric)).then_some(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_model_says_is_a_question_or_nothing() {
        assert_eq!(line("\n \"Where is `add` called?\"\nBecause …").as_deref(), Some("Where is `add` called?"));
        assert_eq!(line("<think>it is add\n</think>\n\nwho calls add").as_deref(), Some("who calls add"));
        assert_eq!(line("  \n ```\n").as_deref(), None);
        assert_eq!(line(&"word ".repeat(200)), None);
    }
}
