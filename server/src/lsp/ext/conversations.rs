//! `codecompass/conversations`: the conversations that are kept, for clients that know us.

use serde::{Deserialize, Serialize};

use super::{
    super::proto::{Uri, request::Request},
    chat::{AnswerResult, ChatMode, Subject},
};

/// `codecompass/conversations`: lists, shows, removes, renames and exports conversations.
pub enum ConversationsRequest {}

impl Request for ConversationsRequest {
    type Params = ConversationsParams;
    type Result = ConversationsResult;
    const METHOD: &'static str = "codecompass/conversations";
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "action")]
pub enum ConversationsParams {
    /// All of them, the latest first.
    List {
        /// Only those of the workspace folder that has this file; otherwise those of all folders of the session.
        #[serde(default)]
        uri: Option<Uri>,
    },
    /// One of them with all it says.
    Get {
        /// Its id.
        id: String,
    },
    /// Removes it.
    Delete {
        /// Its id.
        id: String,
    },
    /// Gives it another title.
    Rename {
        /// Its id.
        id: String,
        /// The title.
        title: String,
    },
    /// Gives it as Markdown.
    Export {
        /// Its id.
        id: String,
    },
}

/// What came of it: the member that was asked for, the others are left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConversationsResult {
    /// Of `list`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversations: Option<Vec<Summary>>,
    /// Of `get`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<Conversation>,
    /// Of `export`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub markdown: Option<String>,
    /// What was done, or what the user should know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// A conversation in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// By which it is asked for.
    pub id: String,
    /// The first question, unless it was renamed.
    pub title: String,
    /// The workspace folder it is about.
    pub workspace: String,
    /// When it began, in milliseconds since 1970.
    pub created: u64,
    /// When it was last added to.
    pub updated: u64,
    /// How many questions it has.
    pub turns: usize,
}

/// A whole conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    /// What the list says of it.
    #[serde(flatten)]
    pub summary: Summary,
    /// Questions and answers, the oldest first.
    pub asked: Vec<Turn>,
}

/// A question and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Turn {
    /// The question.
    pub message: String,
    /// Whether something was asked or explained.
    pub mode: ChatMode,
    /// What was explained or asked about.
    pub subject: Option<Subject>,
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// The answer. Its sources have no text: it is in the files.
    pub answer: AnswerResult,
}
