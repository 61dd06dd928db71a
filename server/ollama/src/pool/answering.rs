//! Asks a model, and reads its answer while the host is counted as busy with it.

use ollama_rs::{
    generation::{
        chat::{ChatMessage, request::ChatMessageRequest},
        parameters::FormatType,
    },
    models::ModelOptions,
};

use crate::{error::Error, host::Host, piece::Metrics, piece::Piece, stream::Events};

use super::{Chosen, Pool};

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
    chosen: Chosen,
    /// Read before it was given out: until then another host could have been asked.
    first: Option<Result<Piece, Error>>,
    events: Events<Piece>,
    estimate: u64,
    notes: Vec<String>,
}

impl Pool {
    /// Asks a model. When its host fails before the first piece of the answer, the next one that has a fitting model and room
    /// for the question is asked. Ends when the first piece is there.
    pub async fn chat(&self, chosen: &Chosen, request: ChatRequest) -> Result<Answering, Error> {
        let mut options = ModelOptions::default().num_ctx(chosen.num_ctx);
        if let Some(tokens) = request.num_predict {
            options = options.num_predict(tokens as i32);
        }
        if let Some(temperature) = request.temperature {
            options = options.temperature(temperature);
        }
        let asked = ChatMessageRequest::new(chosen.model.name.clone(), request.messages).options(options);
        let mut events = chosen.host.chat(&asked).await?;
        let first = events.next().await;
        Ok(Answering { chosen: chosen.clone(), first, events, estimate: request.estimate, notes: Vec::new() })
    }
}

impl Answering {
    /// The next piece; `None` after the last one or after an error.
    pub async fn next(&mut self) -> Option<Result<Piece, Error>> {
        match self.first.take() {
            Some(first) => Some(first),
            None => self.events.next().await,
        }
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
