//! Questions and their answers, for clients that know us: `codecompass/chat`, `codecompass/chatDelta`, `codecompass/complete`.

use serde::{Deserialize, Serialize};

use super::super::proto::{Range, Uri, notification::Notification, request::Request};

/// `codecompass/chat`: asks something, or has something explained, in a conversation.
pub enum ChatRequest {}

impl Request for ChatRequest {
    type Params = ChatParams;
    type Result = AnswerResult;
    const METHOD: &'static str = "codecompass/chat";
}

/// `codecompass/chatDelta`: what came of an answer since the last one; sent to whoever gave `codecompass/chat` a token.
pub enum ChatDelta {}

impl Notification for ChatDelta {
    type Params = DeltaParams;
    const METHOD: &'static str = "codecompass/chatDelta";
}

/// `codecompass/complete`: what can follow an `@` in a question.
pub enum CompleteRequest {}

impl Request for CompleteRequest {
    type Params = CompleteParams;
    type Result = CompleteResult;
    const METHOD: &'static str = "codecompass/complete";
}

/// What is asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ChatParams {
    /// The conversation that it belongs to; without one a new one begins.
    pub conversation: Option<String>,
    /// The question. May be empty when something is explained or regenerated.
    pub message: String,
    /// Whether a question is asked or something explained.
    pub mode: ChatMode,
    /// What is explained, or what the question is about.
    pub subject: Option<Subject>,
    /// Files, or lines of them, that the answer must know, besides those named with `@` in the message.
    pub pins: Vec<Pin>,
    /// Where the user is: the file in front and what is selected in it. It counts, but need not be used.
    pub editor: Option<Pin>,
    /// What other tools report; `@problems` means these.
    pub diagnostics: Vec<Problem>,
    /// This model and no other.
    pub model: Option<String>,
    /// This host, by its name, and no other.
    pub host: Option<String>,
    /// `auto`, `off`, `on`, `low`, `medium` or `high`; as the settings say when it is left out.
    pub think: Option<String>,
    /// An explanation in a sentence or two, which hovers over the same code show from then on.
    pub brief: bool,
    /// The last question of the conversation is answered anew; `message` is not looked at unless it says something, which
    /// then takes the place of that question.
    pub regenerate: bool,
    /// What comes of the answer is sent under this name while it is made.
    pub token: Option<String>,
}

/// What is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChatMode {
    /// The answer to a question.
    #[default]
    Ask,
    /// The explanation of a subject.
    Explain,
}

/// What is explained or asked about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subject {
    /// The file, or a folder.
    pub uri: Uri,
    /// The selection, or where the cursor is; all of the file when it is left out.
    #[serde(default)]
    pub range: Option<Range>,
    /// The name that is meant there.
    #[serde(default)]
    pub symbol: Option<String>,
    /// What some tool reports there.
    #[serde(default)]
    pub problem: Option<String>,
}

/// A file, or lines of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pin {
    /// The file, or a folder.
    pub uri: Uri,
    /// The lines; all of them when it is left out.
    #[serde(default)]
    pub range: Option<Range>,
}

/// What some tool reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// The file.
    pub uri: Uri,
    /// Where.
    pub range: Range,
    /// What it says.
    pub message: String,
    /// Who says it: `rustc`, `eslint`.
    #[serde(default)]
    pub source: Option<String>,
}

/// A step of an answer that is being made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeltaParams {
    /// The token of the request.
    pub token: String,
    /// From 0, without gaps.
    pub sequence: u64,
    /// What it is.
    #[serde(flatten)]
    pub delta: Delta,
}

/// What came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Delta {
    /// The next characters of the answer.
    Text {
        /// They follow those before.
        text: String,
    },
    /// The next characters of the reasoning before the answer.
    Thinking {
        /// They follow those before.
        text: String,
    },
    /// What is being done.
    Status {
        /// Which step it is.
        stage: Stage,
        /// A sentence for people.
        text: String,
        /// The model, as soon as it is chosen.
        #[serde(skip_serializing_if = "Option::is_none")]
        model: Option<String>,
        /// Its host.
        #[serde(skip_serializing_if = "Option::is_none")]
        host: Option<String>,
    },
    /// What the answer will rest on; once, before its first character.
    Sources {
        /// The conversation that the answer belongs to, new or not.
        conversation: String,
        /// The code.
        sources: Vec<Source>,
    },
}

/// A step on the way to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// Code is looked for.
    Searching,
    /// Another answer of the same host comes first, or the model reads the question.
    Waiting,
    /// The model reasons.
    Thinking,
    /// The model writes.
    Answering,
    /// The citations are compared with the code.
    Checking,
}

/// An answer; also the result of `codecompass.ask`, `.explain`, `.chat.send` and `.chat.regenerate`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnswerResult {
    /// The answer, or what is known without a model, in Markdown.
    pub text: String,
    /// The reasoning before it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub thinking: String,
    /// Whether a model has said all it had to say.
    pub complete: bool,
    /// The user stopped it.
    #[serde(default)]
    pub stopped: bool,
    /// Why it is not complete, and what to do.
    pub error: Option<String>,
    /// The places that the answer names, in order.
    #[serde(default)]
    pub citations: Vec<Citation>,
    /// The code that it rests on, the most important first.
    pub sources: Vec<Source>,
    /// What was sent to the model, and what was not.
    #[serde(default)]
    pub ledger: Option<Ledger>,
    /// The model.
    #[serde(default)]
    pub model: Option<String>,
    /// Its host, by the user's name for it.
    #[serde(default)]
    pub host: Option<String>,
    /// What it cost.
    #[serde(default)]
    pub usage: Option<Usage>,
    /// The conversation that it belongs to.
    #[serde(default)]
    pub conversation: Option<String>,
    /// One line on the citations: how many, how many of them hold. Empty when there are none.
    #[serde(default)]
    pub summary: String,
    /// So many secrets were taken out of what was sent.
    #[serde(default)]
    pub redactions: usize,
    /// Sentences the user should know.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// A place that an answer names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Citation {
    /// The number of the source, if it is one of them.
    pub source: Option<usize>,
    /// The file, if there is one.
    pub uri: Option<Uri>,
    /// As it is shown: `src/store.rs`.
    pub path: String,
    /// Where in the file.
    pub range: Option<Range>,
    /// It was in the prompt, is there, and says what it said.
    pub verified: bool,
    /// The model did not write it: it was found by comparing the sentence with the sources.
    pub added: bool,
    /// Why it is not verified.
    pub reason: Option<String>,
    /// Where it stands in the answer's `text`, in the negotiated encoding.
    pub text_range: Range,
}

/// Some lines of a file that an answer rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Its number in the answer, from 1.
    pub n: usize,
    /// The file.
    pub uri: Uri,
    /// As it is shown: `src/store.rs`.
    #[serde(default)]
    pub path: String,
    /// Where, in the negotiated encoding.
    pub range: Range,
    /// What it is, in a few words.
    pub label: String,
    /// The language's id.
    pub language: String,
    /// The text.
    pub text: String,
}

/// What went into a prompt, what was left out, and why. Counts are tokens.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Ledger {
    /// The model reads so much at once.
    pub context: usize,
    /// Kept free for the answer.
    pub answer: usize,
    /// What was sent, as estimated before.
    pub estimated: usize,
    /// What was sent, as the host counted it.
    pub counted: Option<u64>,
    /// The parts.
    pub entries: Vec<LedgerEntry>,
}

/// A part of a prompt, or something that is not in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LedgerEntry {
    /// What it is: `instructions`, `history`, `question`, `source`.
    pub kind: String,
    /// What it is, for people: `src/store.rs:12-30 Store::add`.
    pub label: String,
    /// The number of the source.
    pub source: Option<usize>,
    /// Its size.
    pub tokens: usize,
    /// It was sent.
    pub included: bool,
    /// Why it was sent, or why not.
    pub reason: String,
}

/// What an answer cost.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Usage {
    /// Tokens that the model read.
    pub prompt_tokens: Option<u64>,
    /// Tokens that it wrote.
    pub answer_tokens: Option<u64>,
    /// From the question to the first character, in milliseconds.
    pub first_token_ms: Option<u64>,
    /// By the host's own clock.
    pub tokens_per_second: Option<f64>,
    /// From the question to the end, in milliseconds.
    pub total_ms: u64,
}

/// What was typed behind an `@`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CompleteParams {
    /// What was typed so far, without the `@`.
    pub prefix: String,
    /// The file in front, whose folder comes first.
    pub uri: Option<Uri>,
    /// How many at the most; 20 when it is left out.
    pub limit: Option<usize>,
}

/// What can follow.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CompleteResult {
    /// The likeliest first.
    pub items: Vec<Mention>,
}

/// Something that can be named with `@`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mention {
    /// What is written: `@src/store.rs`.
    pub text: String,
    /// `file`, `folder`, `symbol`, `diff` or `problems`.
    pub kind: String,
    /// More about it: where a symbol is defined.
    pub detail: String,
    /// The file it is in.
    pub uri: Option<Uri>,
    /// Where.
    pub range: Option<Range>,
}
