//! What a model says, piece by piece, whether it was asked in a conversation or goes on from a text.

use std::time::Duration;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::stream::Event;

/// A piece of an answer. Whatever a host leaves out is empty or `None`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(from = "Written")]
pub struct Piece {
    /// The answer.
    pub text: String,
    /// The reasoning before the answer.
    pub thinking: String,
    /// Tools that the model wants to be called.
    pub tool_calls: Vec<ToolCall>,
    /// It was the last one.
    pub done: bool,
    /// Why it was: `stop`, `length`, `load` or `unload`.
    pub done_reason: Option<String>,
    /// What it cost; comes with the last one.
    pub metrics: Metrics,
}

/// A tool that the model wants to be called.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ToolCall {
    /// By which the result is told apart; old hosts have none.
    #[serde(default)]
    pub id: Option<String>,
    /// What is to be called.
    pub function: Function,
}

/// What is to be called.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Function {
    /// The tool.
    pub name: String,
    /// Its arguments.
    #[serde(default)]
    pub arguments: Value,
}

/// What an answer cost. Hosts leave out what is zero, and old ones more than that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Metrics {
    /// For everything.
    pub total: Option<Duration>,
    /// In which the model was loaded.
    pub load: Option<Duration>,
    /// Tokens of the question.
    pub prompt_tokens: Option<u64>,
    /// In which the question was read.
    pub prompt: Option<Duration>,
    /// Tokens of the answer.
    pub answer_tokens: Option<u64>,
    /// In which the answer was made.
    pub answer: Option<Duration>,
}

impl Metrics {
    /// Tokens a second by the host's own clock.
    pub fn tokens_per_second(&self) -> Option<f64> {
        let seconds = self.answer?.as_secs_f64();
        (seconds > 0.0).then(|| self.answer_tokens.unwrap_or_default() as f64 / seconds)
    }
}

impl Event for Piece {
    fn is_last(&self) -> bool {
        self.done
    }
}

/// An event as it stands on the wire, of both endpoints. All fields are named here, so that long ones that nobody reads are
/// skipped and not kept.
#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    message: Option<Message>,
    #[serde(default)]
    response: Option<String>,
    #[serde(default)]
    thinking: Option<String>,
    #[serde(default)]
    done: bool,
    #[serde(default)]
    done_reason: Option<String>,
    #[serde(default)]
    total_duration: Option<u64>,
    #[serde(default)]
    load_duration: Option<u64>,
    #[serde(default)]
    prompt_eval_count: Option<u64>,
    #[serde(default)]
    prompt_eval_duration: Option<u64>,
    #[serde(default)]
    eval_count: Option<u64>,
    #[serde(default)]
    eval_duration: Option<u64>,
}

#[derive(Default, Deserialize)]
struct Message {
    #[serde(default, deserialize_with = "or_default")]
    content: String,
    #[serde(default, deserialize_with = "or_default")]
    thinking: String,
    #[serde(default, deserialize_with = "or_default")]
    tool_calls: Vec<ToolCall>,
}

impl From<Written> for Piece {
    fn from(written: Written) -> Self {
        let message = written.message.unwrap_or_default();
        let nanoseconds = |number: Option<u64>| number.map(Duration::from_nanos);
        Self {
            text: written.response.unwrap_or(message.content),
            thinking: written.thinking.unwrap_or(message.thinking),
            tool_calls: message.tool_calls,
            done: written.done,
            done_reason: written.done_reason,
            metrics: Metrics {
                total: nanoseconds(written.total_duration),
                load: nanoseconds(written.load_duration),
                prompt_tokens: written.prompt_eval_count,
                prompt: nanoseconds(written.prompt_eval_duration),
                answer_tokens: written.eval_count,
                answer: nanoseconds(written.eval_duration),
            },
        }
    }
}

/// `null` is as good as nothing.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(from).map(Option::unwrap_or_default)
}
