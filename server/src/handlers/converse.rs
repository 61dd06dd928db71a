//! Asks a model and follows its answer: finds the code that a question is about, sends it, hands out what comes, checks what
//! the answer cites, and says what it cost. Without a model it gives what the index knows.
//!
//! It knows neither editors nor terminals: whoever asks hands in where the steps go. Dropping the future, or cancelling its
//! token, closes the connection to the host at once.

mod answer;
pub mod calibration;
mod counted;
pub mod document;
pub mod history;
mod reading;
mod request;
mod rewrite;
mod without;

use std::{path::PathBuf, sync::Arc, time::Instant};

use codecompass_core::{
    citation,
    prompt::{Budget, Prompt, Question, Source, Turn},
};
use codecompass_ollama::pool::{Chosen, Pool, Role};
use tokio_util::sync::CancellationToken;

pub use answer::{Answer, Usage};

use self::{
    calibration::Calibrations,
    reading::{End, Reading},
};
use super::{
    context::{self, Target},
    prompts::Prompts,
};
use crate::{
    config::settings::Settings,
    hosts,
    live::{Gate, View},
    privacy,
};

/// Longer questions are refused: what is that long belongs into a file.
pub const LONGEST_QUESTION: usize = 256 << 10;

/// The longest short explanation, in tokens.
const BRIEF: usize = 256;

/// What is wanted.
#[derive(Debug, Clone)]
pub enum What {
    /// An answer to a question.
    Question(Question),
    /// An explanation of something in the file or folder `key` of the first view.
    Explanation {
        /// The file or folder.
        key: String,
        /// What in it.
        target: Target,
        /// What was said before in the conversation, the oldest first.
        history: Vec<Turn>,
    },
}

/// What holds for one answer only.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The model.
    pub model: Option<String>,
    /// Whether it reasons.
    pub think: Option<crate::config::settings::Think>,
}

/// The folders as they are at the moment it is called.
pub type Views = Arc<dyn Fn() -> Vec<View> + Send + Sync>;

/// Everything that an answer needs.
#[derive(Clone)]
pub struct Ask {
    /// The folders, the one of the file in front first.
    pub views: Vec<View>,
    /// The same when the answer is checked: what was edited meanwhile counts.
    pub later: Views,
    /// What is wanted.
    pub what: What,
    /// For this answer only.
    pub wanted: Wanted,
    /// What holds in general.
    pub settings: Arc<Settings>,
    /// An explanation is to be short.
    pub brief: bool,
    /// Who can be asked.
    pub pool: Pool,
    /// The folder of the user's own prompt files, if there is a place for one.
    pub prompts: Option<PathBuf>,
    /// Where it is kept how models count; `None` keeps nothing.
    pub state: Option<PathBuf>,
    /// Lets the search go before background work.
    pub gate: Option<Arc<Gate>>,
}

/// What happens on the way to an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Something else is being done.
    Status {
        /// Which step it is.
        stage: Stage,
        /// A sentence for people.
        text: String,
        /// Model and host, as soon as they are chosen.
        model: Option<(String, String)>,
    },
    /// What the answer will rest on.
    Sources(Vec<Source>),
    /// The next characters of the reasoning.
    Thinking(String),
    /// The next characters of the answer.
    Text(String),
}

/// A step on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Code is looked for.
    Searching,
    /// The host is asked.
    Waiting,
    /// The model reasons.
    Thinking,
    /// The model writes.
    Answering,
    /// The citations are checked.
    Checking,
}

/// Where the steps go.
pub type Sink<'a> = &'a mut (dyn FnMut(Step) + Send);

/// Answers, and counts what it took. Whatever goes wrong, there is an answer that says so; an error means that the question
/// makes no sense.
pub async fn converse(ask: Ask, sink: Sink<'_>, stop: &CancellationToken) -> anyhow::Result<Answer> {
    let state = ask.state.clone();
    let answer = converse_uncounted(ask, sink, stop).await?;
    counted::count(state, counted::row(&answer)).await;
    Ok(answer)
}

async fn converse_uncounted(mut ask: Ask, sink: Sink<'_>, stop: &CancellationToken) -> anyhow::Result<Answer> {
    let began = Instant::now();
    if let What::Question(question) = &ask.what {
        check_question(&question.text)?;
    }
    sink(Step::Status { stage: Stage::Searching, text: "looking for code".to_owned(), model: None });
    let explain = matches!(ask.what, What::Explanation { .. });
    let chosen = tokio::select! {
        biased;
        () = stop.cancelled() => None,
        chosen = choose(&ask) => Some(chosen),
    };
    let rewritten = tokio::select! {
        biased;
        () = stop.cancelled() => None,
        rewritten = rewrite::rewritten(&ask) => rewritten,
    };
    if let (What::Question(question), Some(rewritten)) = (&mut ask.what, &rewritten) {
        question.rewritten = Some(rewritten.clone());
    }
    let calibrations = Calibrations::of(ask.state.as_deref());
    let mut generation = if explain { ask.settings.explain.clone() } else { ask.settings.chat.clone() };
    if ask.brief {
        generation.num_predict = BRIEF;
    }
    let generation = &generation;
    let mut budget = match &chosen {
        Some(Ok(chosen)) => request::budget(&ask.pool, chosen, generation, &calibrations),
        _ => Budget::default(),
    };
    let mut prompt = make_prompt(&ask, budget, stop.clone()).await?;
    sink(Step::Sources(prompt.sources.clone()));
    let mut answer = Answer::of(&prompt, &budget);
    answer.notes.extend(rewritten.map(|rewritten| format!("searched for: {rewritten}")));
    let chosen = match chosen {
        None => return Ok(finish(answer.stopped(), began)),
        Some(Ok(chosen)) => chosen,
        Some(Err(error)) => {
            answer.error = Some(hosts::sentence(&error));
            return Ok(finish(without::fill(ask, answer).await, began));
        }
    };
    answer.notes.extend(chosen.passed_over.iter().cloned());
    if prompt.messages.is_empty() {
        answer.error = Some("there is nothing to send; ask again when the index is there".to_owned());
        return Ok(finish(without::fill(ask, answer).await, began));
    }
    let who = (chosen.model.name.clone(), chosen.host.name().to_owned());
    let text = format!("{} on {} reads about {} tokens", who.0, who.1, prompt.estimated_tokens);
    sink(Step::Status { stage: Stage::Waiting, text, model: Some(who.clone()) });
    (answer.model, answer.host) = (Some(who.0), Some(who.1));
    let mut first = true;
    let reading = loop {
        let asked = request::request(&prompt, generation, ask.wanted.think, &budget);
        let opened = tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(finish(answer.stopped(), began)),
            opened = ask.pool.chat(&chosen, asked) => opened,
        };
        let error = match opened {
            Ok(answering) => break reading::read(answering, began, sink, stop).await,
            Err(error) => error,
        };
        // A model that is not known yet may cut words into more tokens than others do. It has said so: less is sent.
        let smaller = request::smaller(&budget, &prompt, &chosen.model.name, &calibrations, &error);
        let Some(smaller) = smaller.filter(|_| std::mem::take(&mut first)) else {
            answer.error = Some(hosts::sentence(&error));
            return Ok(finish(without::fill(ask, answer).await, began));
        };
        match make_prompt(&ask, smaller, stop.clone()).await {
            Ok(made) => (budget, prompt) = (smaller, made),
            Err(error) => {
                answer.error = Some(format!("{error:#}"));
                return Ok(finish(without::fill(ask, answer).await, began));
            }
        }
        sink(Step::Sources(prompt.sources.clone()));
        let (model, host) = (answer.model.take(), answer.host.take());
        answer = Answer { model, host, ..Answer::of(&prompt, &budget) };
        answer.notes.extend(chosen.passed_over.iter().cloned());
    };
    answer.take(&reading, budget.answer);
    learn(&mut answer, &reading, &prompt, budget, &calibrations);
    if answer.text.trim().is_empty() && !answer.complete && !answer.stopped {
        return Ok(finish(without::fill(ask, answer).await, began));
    }
    sink(Step::Status { stage: Stage::Checking, text: "checking what it cites".to_owned(), model: None });
    Ok(finish(check(&ask, answer).await, began))
}

/// Whether a question can be asked at all.
pub fn check_question(text: &str) -> anyhow::Result<()> {
    if text.trim().is_empty() {
        anyhow::bail!("there is no question; ask something, for example: where are retries counted");
    }
    if text.len() > LONGEST_QUESTION {
        anyhow::bail!(
            "the question has {} KiB, and at most {} can be asked; put it into a file and name that with @",
            text.len() >> 10,
            LONGEST_QUESTION >> 10
        );
    }
    Ok(())
}

async fn choose(ask: &Ask) -> Result<Chosen, codecompass_ollama::error::Error> {
    let wish = match &ask.what {
        What::Explanation { .. } if ask.brief => hosts::briefly(&ask.settings),
        What::Explanation { .. } => hosts::explaining(&ask.settings),
        What::Question(_) => return ask.pool.choose(Role::Chat, ask.wanted.model.as_deref()).await,
    };
    match ask.wanted.model.as_deref() {
        Some(wanted) => ask.pool.choose(Role::Chat, Some(wanted)).await,
        None => ask.pool.choose_for(Role::Chat, &wish).await,
    }
}

/// Makes the prompt, on a thread where it may take its time.
async fn make_prompt(ask: &Ask, budget: Budget, stop: CancellationToken) -> anyhow::Result<Prompt> {
    let ask = ask.clone();
    let made = tokio::task::spawn_blocking(move || {
        let _serving = ask.gate.as_ref().map(|gate| gate.serve());
        let views: Vec<&View> = ask.views.iter().collect();
        // Another host may have to answer in place of the one that was chosen: what is sent must be fit for each of them.
        let leaves = rewrite::may_leave(&ask.pool, ask.settings.privacy.allow_cloud_models);
        let redact: context::Redact<'_> = &|text| {
            let redacted = privacy::redact_for(leaves, &ask.settings.privacy, text);
            (redacted.text.into_owned(), redacted.found.len())
        };
        let redact = Some(redact).filter(|_| leaves && ask.settings.privacy.redact_secrets);
        let prompts = Prompts::load(ask.prompts.as_deref());
        let history = match &ask.what {
            What::Explanation { history, .. } if !ask.brief => history.as_slice(),
            _ => &[],
        };
        let stop = &|| stop.is_cancelled();
        let options = context::Options { budget, redact, stop, prompts: &prompts, quick: ask.brief, history };
        let mut prompt = match &ask.what {
            What::Question(question) => context::for_question(&views, question, &options),
            What::Explanation { key, target, .. } => context::for_explanation(&views, key, target, &options),
        }?;
        prompt.notes.extend(prompts.mistakes.iter().cloned());
        Ok(prompt)
    });
    made.await.map_err(|error| anyhow::anyhow!("the search for code failed, which is a bug: {error}"))?
}

/// Compares what was sent with what the host counted, and remembers it for the next time.
fn learn(answer: &mut Answer, reading: &Reading, prompt: &Prompt, budget: Budget, known: &Calibrations) {
    let (Some(counted), Some(model)) = (reading.metrics.prompt_tokens, &answer.model) else { return };
    let estimated = prompt.estimated_tokens;
    if reading.was_cut {
        answer.notes.push(format!(
            "the host read only {counted} tokens of about {estimated}: it has cut the question without a word; \
             lower `num_ctx`, or update Ollama"
        ));
        return;
    }
    if let Some(note) = calibration::far_off(estimated, counted, budget.calibration) {
        answer.notes.push(note);
    }
    known.learn(model, budget.calibration, estimated, counted);
}

/// Compares what the answer cites with the files.
async fn check(ask: &Ask, answer: Answer) -> Answer {
    let later = Arc::clone(&ask.later);
    let unchecked = answer.clone();
    let checked = tokio::task::spawn_blocking(move || {
        let views = later();
        let views: Vec<&View> = views.iter().collect();
        let checked = citation::check(&answer.text, &answer.sources, &|path| context::current_text(&views, path));
        Answer { text: checked.text, citations: checked.citations, summary: checked.summary, ..answer }
    });
    checked.await.unwrap_or_else(|error| {
        tracing::error!("an answer's citations were not checked, which is a bug: {error}");
        let mut unchecked = unchecked;
        unchecked.notes.push("the citations could not be checked".to_owned());
        unchecked
    })
}

fn finish(mut answer: Answer, began: Instant) -> Answer {
    answer.usage.total_ms = began.elapsed().as_millis() as u64;
    answer
}

impl Answer {
    fn take(&mut self, reading: &Reading, room: usize) {
        self.text.clone_from(&reading.text);
        self.thinking = citation::sanitise(&reading.thinking);
        if let Some((model, host)) = &reading.who {
            (self.model, self.host) = (Some(model.clone()), Some(host.clone()));
        }
        for note in &reading.notes {
            if !self.notes.contains(note) {
                self.notes.push(note.clone());
            }
        }
        self.usage = Usage {
            prompt_tokens: reading.metrics.prompt_tokens,
            answer_tokens: reading.metrics.answer_tokens,
            first_token_ms: reading.first_token.map(|after| after.as_millis() as u64),
            tokens_per_second: reading.metrics.tokens_per_second(),
            total_ms: 0,
        };
        match &reading.end {
            End::Done => self.complete = true,
            End::Stopped => self.stopped = true,
            End::Length => {
                self.error = Some(format!(
                    "the answer reached its longest length of {room} tokens; ask it to go on, or raise `num_predict`"
                ));
            }
            End::TooLong => {
                self.error = Some("the answer did not end and was broken off; ask again, or another model".to_owned());
            }
            End::Failed(error) => self.error = Some(hosts::sentence(error)),
        }
    }
}

#[cfg(test)]
mod tests;
