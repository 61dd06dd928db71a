//! Everything that is ours and no part of the protocol: methods, commands, their parameters and results. Described for
//! people in `docs/lsp-extensions.md`; a test holds the names here and there together.

use std::collections::BTreeMap;

use codecompass_core::hit::Mode;
use serde::{Deserialize, Serialize};

pub mod chat;
pub mod conversations;

use super::proto::{Range, Uri, notification::Notification, request::Request};
pub use crate::handlers::{
    doctor::Diagnosis,
    models::HostModels,
    report::{Check, Report},
};

/// The names of the requests that are ours.
pub const METHODS: [&str; 5] = [
    SearchRequest::METHOD,
    StatusRequest::METHOD,
    chat::ChatRequest::METHOD,
    conversations::ConversationsRequest::METHOD,
    chat::CompleteRequest::METHOD,
];

/// The names of the notifications that are ours; all of them come from the server.
pub const NOTIFICATIONS: [&str; 2] = [StatusNotification::METHOD, chat::ChatDelta::METHOD];

/// `codecompass/search`: finds code by meaning, words or name.
pub enum SearchRequest {}

impl Request for SearchRequest {
    type Params = SearchParams;
    type Result = SearchResult;
    const METHOD: &'static str = "codecompass/search";
}

/// `codecompass/status`, asked by the client: how everything is.
pub enum StatusRequest {}

impl Request for StatusRequest {
    type Params = Option<serde_json::Value>;
    type Result = Report;
    const METHOD: &'static str = "codecompass/status";
}

/// `codecompass/status`, sent by the server to clients that announce `experimental.codecompass`: when something changed,
/// ten times a second at the most.
pub enum StatusNotification {}

impl Notification for StatusNotification {
    type Params = Report;
    const METHOD: &'static str = "codecompass/status";
}

/// What is looked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchParams {
    /// A sentence, words or a name; may hold filters (`lang:rust path:src kind:function`).
    pub query: String,
    /// How many results at the most; 20 when it is left out.
    #[serde(default)]
    pub limit: Option<usize>,
    /// `hybrid`, `keyword`, `vector` or `symbol`.
    #[serde(default)]
    pub mode: Mode,
    /// Only these languages.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Only paths that match one of these globs or hold one of these parts.
    #[serde(default)]
    pub paths: Vec<String>,
    /// Only these kinds of definitions.
    #[serde(default)]
    pub kinds: Vec<String>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchResult {
    /// Best first.
    pub hits: Vec<Hit>,
    /// Sentences the user should know.
    pub notes: Vec<String>,
}

/// A piece of code. Its text is what stands there now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hit {
    /// The file.
    pub uri: Uri,
    /// The file, absolute, as people write it.
    pub path: String,
    /// Where, in the negotiated encoding.
    pub range: Range,
    /// The definition it shows with those around it, empty where there is none.
    pub symbol: String,
    /// What that definition is.
    pub kind: Option<String>,
    /// The language's id.
    pub language: String,
    /// The sum of the signals.
    pub score: f32,
    /// What each signal added to the score.
    pub signals: BTreeMap<String, f32>,
    /// The text.
    pub text: String,
}

/// The result of `codecompass.doctor`.
#[derive(Debug, Clone, Serialize)]
pub struct DoctorResult {
    /// What was looked at, in short.
    pub checks: Vec<Check>,
    /// The same with its cures, the hosts, and the settings that somebody wrote.
    #[serde(flatten)]
    pub diagnosis: Diagnosis,
    /// How everything is.
    pub status: Report,
}

/// The result of `codecompass.models.list`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelsResult {
    /// The hosts in the order of preference, with their models.
    pub hosts: Vec<HostModels>,
}

/// The result of `codecompass.models.pull` and `.delete`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelResult {
    /// What was done, or why not.
    pub message: String,
    /// Whether it was done.
    pub done: bool,
    /// The model.
    pub model: String,
    /// The host's name.
    pub host: String,
}

/// The result of `codecompass.models.select`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SelectResult {
    /// What holds from now on.
    pub message: String,
    /// `chat`, `explain` or `embed`.
    pub role: &'static str,
    /// The model, with its tag.
    pub model: String,
    /// The host that has it.
    pub host: String,
    /// The setting that chooses it for good.
    pub setting: &'static str,
}

/// The result of commands that only do something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageResult {
    /// What was done, or why it cannot be.
    pub message: String,
}

macro_rules! commands {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal,)*) => {
        /// What `workspace/executeCommand` can do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Command {
            $($(#[doc = $doc])* $variant,)*
        }

        impl Command {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

commands! {
    /// Finds code.
    Search = "codecompass.search",
    /// Answers a question about the code base.
    Ask = "codecompass.ask",
    /// Explains a piece of code, a name or a problem.
    Explain = "codecompass.explain",
    /// Finds code like a piece of code.
    Similar = "codecompass.similar",
    /// Begins a conversation.
    ChatOpen = "codecompass.chat.open",
    /// Says something in a conversation.
    ChatSend = "codecompass.chat.send",
    /// Ends an answer that is being written; what is there of it stays.
    ChatStop = "codecompass.chat.stop",
    /// Answers the last question anew.
    ChatRegenerate = "codecompass.chat.regenerate",
    /// Says how everything is.
    Status = "codecompass.status",
    /// Says what is wrong and what to do.
    Doctor = "codecompass.doctor",
    /// Says why a file is, or is not, indexed.
    Why = "codecompass.why",
    /// Builds the index anew.
    Reindex = "codecompass.reindex",
    /// Indexes nothing until `codecompass.resume`.
    Pause = "codecompass.pause",
    /// Goes on indexing.
    Resume = "codecompass.resume",
    /// Lists models.
    ModelsList = "codecompass.models.list",
    /// Fetches a model.
    ModelsPull = "codecompass.models.pull",
    /// Removes a model.
    ModelsDelete = "codecompass.models.delete",
    /// Chooses a model.
    ModelsSelect = "codecompass.models.select",
}

impl Command {
    /// The command of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|command| command.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCS: &str = include_str!("../../../docs/lsp-extensions.md");

    #[test]
    fn all_is_documented_and_nothing_else() {
        let mut written: Vec<&str> = Vec::new();
        for heading in DOCS.lines().filter(|line| line.starts_with("### ")) {
            written.extend(heading.split('`').filter(|part| part.starts_with("codecompass")));
        }
        let mut real: Vec<&str> = METHODS.to_vec();
        real.extend(NOTIFICATIONS);
        real.extend(Command::ALL.iter().map(|command| command.name()));
        written.sort_unstable();
        real.sort_unstable();
        assert_eq!(written, real);
    }
}
