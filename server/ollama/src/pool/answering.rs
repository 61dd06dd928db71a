//! Asks a model, and reads its answer while the host is counted as busy with it.

use ollama_rs::{
    generation::{
        chat::{ChatMessage, request::ChatMessageRequest},
        parameters::FormatType,
    },
    models::ModelOptions,
};

use serde_json::Value;

use crate::{
    error::{Error, Failure},
    host::Host,
    models::Model,
    piece::{Metrics, Piece},
    stream::Events,
};

use super::{
    Chosen, Pool,
    gate::{Permit, Turn},
    health::is_for_another,
    warm::keep_alive,
};

/// A question. What is `None` is as the model does it by itself.
#[derive(Debug, Clone, Default)]
pub struct ChatRequest {
    /// What was said so far, the question last.
    pub messages: Vec<ChatMessage>,
    /// The longest answer, in tokens.
    pub num_predict: Option<u32>,
    /// How much chance there is in it.
    pub temperature: Option<f32>,
    /// By which chance can be repeated.
    pub seed: Option<i32>,
    /// Texts at which the answer ends.
    pub stop: Vec<String>,
    /// Whether the model reasons first.
    pub think: Think,
    /// The form of the answer.
    pub format: Option<FormatType>,
    /// Tokens of the question, estimated by who wrote it; 0: unknown.
    pub estimate: u64,
    /// Names of files of which something is sent. They are not sent; they are for the audit log.
    pub files: Vec<String>,
}

/// Whether a model reasons before it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Think {
    /// As the model does by itself.
    #[default]
    Auto,
    /// No.
    Off,
    /// Yes, if it can.
    On,
    /// A little, if it knows degrees.
    Low,
    /// More.
    Medium,
    /// Much.
    High,
}

/// An answer while it comes. Dropping it closes the connection, by which the host stops.
#[derive(Debug)]
pub struct Answering {
    pool: Pool,
    chosen: Chosen,
    /// Read before it was given out: until then another host could have been asked.
    first: Option<Piece>,
    events: Events<Piece>,
    /// Given back with the last piece.
    permit: Option<Permit>,
    estimate: u64,
    notes: Vec<String>,
}

impl Pool {
    /// Asks a model. When its host fails before the first piece of the answer, the next one that has a fitting model and room
    /// for the question is asked. Ends when the first piece is there.
    pub async fn chat(&self, chosen: &Chosen, request: ChatRequest) -> Result<Answering, Error> {
        let mut chosen = chosen.clone();
        let mut failed = Vec::new();
        let mut notes = Vec::new();
        let mut first_error = None;
        loop {
            let error = match self.ask(&chosen, &request, &mut notes).await {
                Ok((first, events, permit)) => {
                    let (pool, estimate) = (self.clone(), request.estimate);
                    return Ok(Answering { pool, chosen, first, events, permit: Some(permit), estimate, notes });
                }
                Err(error) => error,
            };
            let again = is_for_another(&error.failure);
            failed.push(chosen.host.clone());
            let next = if again { self.choose_but(chosen.role, &chosen.wish, &failed).await.ok() } else { None };
            // What the user chose has the word when nobody can.
            let Some(next) = next.filter(|next| has_room(next, &chosen, &request)) else {
                return Err(first_error.unwrap_or(error));
            };
            notes.push(format!("{error}; {} answers instead", next.host.name()));
            first_error.get_or_insert(error);
            chosen = next;
        }
    }

    /// Asks this model and no other, and waits for the first piece.
    async fn ask(
        &self,
        chosen: &Chosen,
        request: &ChatRequest,
        notes: &mut Vec<String>,
    ) -> Result<(Option<Piece>, Events<Piece>, Permit), Error> {
        let Some(member) = self.member(&chosen.host) else {
            let message = "it is not among the configured hosts any more".to_owned();
            return Err(chosen.host.error(Failure::Options { message }));
        };
        member.ready().await?;
        let permit = member.gate.enter(Turn::Chat).await;
        let model = &chosen.model;
        let (mut think, note) = think(model, request.think);
        notes.extend(note);
        let context = self.context(chosen);
        let began = loop {
            let body = request.body(chosen, context, think)?;
            match begin(chosen, body, &request.files).await {
                Err(error) if think.is_some() && is_about_thinking(&error.failure) => {
                    // Asked for only where nobody knew whether the model can.
                    notes.push(format!("{} does not reason, and was asked without", model.name));
                    think = None;
                }
                began => break began,
            }
        };
        let (first, events) = member.judge(began)?;
        member.learn_context(&model.name).await;
        Ok((first, events, permit))
    }
}

/// Sends a question and waits for the first piece of the answer.
async fn begin(chosen: &Chosen, body: Value, files: &[String]) -> Result<(Option<Piece>, Events<Piece>), Error> {
    let mut events = chosen.host.chat_as(&chosen.model.name, body, files).await?;
    let first = events.next().await.transpose()?;
    Ok((first, events))
}

impl ChatRequest {
    /// As it stands on the wire.
    fn body(&self, chosen: &Chosen, num_ctx: u64, think: Option<&'static str>) -> Result<Value, Error> {
        let mut options = ModelOptions::default().num_ctx(num_ctx);
        if let Some(tokens) = self.num_predict {
            options = options.num_predict(i32::try_from(tokens).unwrap_or(i32::MAX));
        }
        if let Some(temperature) = self.temperature {
            options = options.temperature(temperature);
        }
        if let Some(seed) = self.seed {
            options = options.seed(seed);
        }
        if !self.stop.is_empty() {
            options = options.stop(self.stop.clone());
        }
        let mut asked = ChatMessageRequest::new(chosen.model.name.clone(), self.messages.clone()).options(options);
        asked.format.clone_from(&self.format);
        let mut body = chosen.host.body(&asked)?;
        if let Some(keep) = &chosen.keep_alive {
            body["keep_alive"] = keep_alive(keep);
        }
        match think {
            None => {}
            Some("false") => body["think"] = false.into(),
            Some("true") => body["think"] = true.into(),
            Some(degree) => body["think"] = degree.into(),
        }
        Ok(body)
    }
}

/// What to send about reasoning: nothing where the model decides or cannot, `true` and degrees only where it is known to be
/// able. A model that can reasons unless it is told not to.
fn think(model: &Model, wanted: Think) -> (Option<&'static str>, Option<String>) {
    let can = model.can("thinking");
    // It knows degrees only, and reasons always.
    let degrees = model.name.rsplit('/').next().is_some_and(|name| name.starts_with("gpt-oss"));
    let sent = match (wanted, can) {
        (Think::Auto, _) | (_, Some(false)) => None,
        (Think::Off, _) if degrees => Some("low"),
        (Think::Off, _) => Some("false"),
        (_, None) => None,
        (Think::On, _) if degrees => Some("medium"),
        (Think::On, _) => Some("true"),
        (Think::Low, _) => Some("low"),
        (Think::Medium, _) => Some("medium"),
        (Think::High, _) => Some("high"),
    };
    let missed = sent.is_none() && !matches!(wanted, Think::Auto | Think::Off);
    (sent, missed.then(|| format!("{} is not known to reason, and was asked without", model.name)))
}

fn is_about_thinking(failure: &Failure) -> bool {
    match failure {
        Failure::Unsupported { what, .. } => what.starts_with("think"),
        Failure::Rejected { message } => message.contains("think"),
        _ => false,
    }
}

/// Whether a question that was written for one model fits into another.
fn has_room(next: &Chosen, before: &Chosen, request: &ChatRequest) -> bool {
    let needed = request.estimate + u64::from(request.num_predict.unwrap_or_default());
    next.num_ctx >= before.num_ctx || (request.estimate > 0 && next.num_ctx >= needed)
}

impl Answering {
    /// The next piece; `None` after the last one or after an error.
    pub async fn next(&mut self) -> Option<Result<Piece, Error>> {
        let next = match self.first.take() {
            Some(first) => Some(Ok(first)),
            None => self.events.next().await,
        };
        match &next {
            Some(Ok(piece)) if !piece.done => return next,
            Some(Err(error)) => {
                if let Some(member) = self.pool.member(&self.chosen.host) {
                    member.failed(error);
                }
            }
            _ => {}
        }
        self.permit = None;
        next
    }

    /// Who answers: not always the one that was asked first.
    pub fn chosen(&self) -> &Chosen {
        &self.chosen
    }

    /// The host that answers.
    pub fn host(&self) -> &Host {
        &self.chosen.host
    }

    /// The model that answers.
    pub fn model(&self) -> &str {
        &self.chosen.model.name
    }

    /// What the user should know of how the answer came about: another host answers, the model does not reason.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Whether the host read far less than was sent, so that something was cut without a word. Ask it with the last piece's
    /// metrics.
    pub fn was_cut(&self, metrics: &Metrics) -> bool {
        metrics.prompt_tokens.is_some_and(|read| suspiciously_few(self.estimate, read))
    }
}

/// Whether a host that read so many tokens cannot have read all that was sent. An estimate may well be wrong by half, and a
/// short text is all estimate.
pub fn suspiciously_few(sent_estimate: u64, evaluated: u64) -> bool {
    sent_estimate >= 512 && evaluated * 2 < sent_estimate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasoning_is_asked_for_only_where_it_is_known_to_be_there() {
        let model = |name: &str, can: Option<&[&str]>| Model {
            name: name.to_owned(),
            capabilities: can.map(|all| all.iter().map(|&one| one.to_owned()).collect()),
            ..Model::default()
        };
        let thinks = model("qwen3:8b", Some(&["completion", "thinking"]));
        let plain = model("qwen2.5-coder:7b", Some(&["completion"]));
        let old = model("qwen3:8b", None);
        let oss = model("gpt-oss:20b", Some(&["completion", "thinking"]));
        for (model, wanted, expected) in [
            (&thinks, Think::Auto, None),
            (&thinks, Think::Off, Some("false")),
            (&thinks, Think::On, Some("true")),
            (&thinks, Think::High, Some("high")),
            (&plain, Think::Off, None),
            (&plain, Think::On, None),
            (&old, Think::Off, Some("false")),
            (&old, Think::On, None),
            (&oss, Think::Off, Some("low")),
            (&oss, Think::On, Some("medium")),
        ] {
            let (sent, note) = think(model, wanted);
            assert_eq!(sent, expected, "{} {wanted:?}", model.name);
            assert_eq!(note.is_some(), wanted == Think::On && sent.is_none(), "{} {wanted:?}", model.name);
        }
    }

    #[test]
    fn far_too_few_tokens_are_noticed() {
        for (sent, read, expected) in
            [(10_000, 4_096, true), (10_000, 5_000, false), (10_000, 12_000, false), (300, 10, false), (0, 10, false)]
        {
            assert_eq!(suspiciously_few(sent, read), expected, "{sent} {read}");
        }
    }
}
