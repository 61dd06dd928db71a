//! What a model is asked: messages made of instructions, numbered pieces of code and the user's words, with a ledger of
//! what went in and what was left out.
//!
//! Pure: which pieces of code there are is found elsewhere, and who is asked too. The parts of a prompt are never joined by
//! hand: each byte of a message belongs to one entry of the ledger, so that the ledger cannot be wrong.

pub mod budget;
pub mod fence;
pub mod follow;
pub mod ledger;
pub mod pack;
pub mod pins;
pub mod template;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use budget::{Budget, Calibration};
pub use ledger::{Entry, Fate, Ledger, Part};

use crate::language::Language;

/// Lines of a file: from 1, both ends inclusive, as people count them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The first line.
    pub start: u32,
    /// The last line.
    pub end: u32,
}

impl Span {
    /// From the first to the last line, in this order.
    pub fn new(start: u32, end: u32) -> Self {
        Self { start, end: end.max(start) }
    }

    /// Lines that count from 0, the end exclusive.
    pub fn of(lines: &std::ops::Range<u32>) -> Self {
        Self::new(lines.start + 1, lines.end)
    }

    /// The same lines from 0, the end exclusive.
    pub fn range(self) -> std::ops::Range<u32> {
        self.start.saturating_sub(1)..self.end
    }

    /// How many lines.
    pub fn count(self) -> u32 {
        self.end + 1 - self.start
    }

    /// Whether all of `other` is in it.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether they share a line.
    pub fn overlaps(self, other: Self) -> bool {
        self.start <= other.end && other.start <= self.end
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.end > self.start { write!(f, "{}-{}", self.start, self.end) } else { write!(f, "{}", self.start) }
    }
}

/// Why a piece of code is in the prompt. In the order of how much it matters when it is about one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The user selected it.
    Selection,
    /// The user named it with `@`.
    Pinned,
    /// A tool reports a problem there.
    Problem,
    /// It is what is explained or was named.
    Definition,
    /// The conversation spoke of it.
    Mentioned,
    /// The search found it.
    Found,
    /// It uses what is asked about.
    Caller,
    /// What is asked about uses it.
    Callee,
    /// A type that what is asked about uses.
    Type,
    /// A test that exercises it.
    Test,
    /// It is around what is asked about: the open file, the file's head.
    Around,
    /// Prose that mentions it.
    Document,
    /// It was changed a moment ago.
    Changed,
}

impl Reason {
    /// In a word or two, for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Selection => "selected",
            Self::Pinned => "pinned",
            Self::Problem => "has the problem",
            Self::Definition => "definition",
            Self::Mentioned => "mentioned before",
            Self::Found => "found",
            Self::Caller => "caller",
            Self::Callee => "used by it",
            Self::Type => "type it uses",
            Self::Test => "test",
            Self::Around => "around it",
            Self::Document => "documentation",
            Self::Changed => "changed lately",
        }
    }
}

/// Whole lines of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines {
    /// Which.
    pub lines: Span,
    /// Their text as it was when the prompt was made, without the last line's end.
    pub text: String,
}

/// A numbered piece of code that the model sees and may cite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its number in the prompt, from 1.
    pub n: u32,
    /// The file as it is shown to people.
    pub path: String,
    /// Its lines.
    pub lines: Span,
    /// What it is: `method Store::add`.
    pub label: String,
    /// The file's language.
    pub language: Language,
    /// The text of the lines as it was when the prompt was made. What the model saw may have secrets taken out.
    pub text: String,
    /// Why it is there.
    pub why: Reason,
    /// Lines of the same file that are shown with it: the container's first line, imports.
    #[serde(default)]
    pub around: Vec<Lines>,
    /// Whether only a part of what it is about is shown, such as a signature.
    #[serde(default)]
    pub partial: bool,
}

/// Who says a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The instructions.
    System,
    /// The user.
    User,
    /// The model.
    Assistant,
}

impl Role {
    /// The protocol's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// What.
    pub text: String,
}

/// What a model is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prompt {
    /// The messages, in order.
    pub messages: Vec<Message>,
    /// The pieces of code in them, by number. Good for showing without a model too.
    pub sources: Vec<Source>,
    /// What went in, what was left out and why.
    pub ledger: Ledger,
    /// Tokens that the messages are thought to have.
    pub estimated_tokens: usize,
    /// Sentences the user should know: an unknown `@name`, files left out, a folder that is still being indexed.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Secrets that were taken out of the text.
    #[serde(default)]
    pub redacted: usize,
}

/// One question of a conversation with its answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// What the user wrote.
    pub question: String,
    /// What the model answered; empty when it did not.
    pub answer: String,
    /// The places that the answer cited, those it leaned on most first.
    #[serde(default)]
    pub places: Vec<Place>,
}

/// A place that a turn spoke of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file as it is shown to people.
    pub path: String,
    /// Which lines.
    pub lines: Span,
    /// What is defined there (`Store::add`), empty where that is nothing.
    #[serde(default)]
    pub symbol: String,
}

/// A question and what it comes with.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The user's words, with their `@` pins.
    pub text: String,
    /// What was said before, the oldest turn first.
    #[serde(default)]
    pub history: Vec<Turn>,
    /// What the editor knows.
    #[serde(default)]
    pub editor: EditorState,
    /// Words to search for in place of the question's own, where a model rewrote it.
    #[serde(default)]
    pub rewritten: Option<String>,
}

/// What an editor knows while the user asks. Files are absolute paths; lines count from 1.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EditorState {
    /// The file in front.
    pub file: Option<std::path::PathBuf>,
    /// The line of the cursor in it.
    pub cursor: Option<u32>,
    /// The selected lines in it.
    pub selection: Option<Span>,
    /// What tools report, the nearest first.
    pub problems: Vec<Problem>,
    /// Places edited lately, the latest first.
    pub edits: Vec<Edit>,
}

/// A report of some tool about a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The file, absolute.
    pub file: std::path::PathBuf,
    /// Which lines.
    pub lines: Span,
    /// What it says.
    pub message: String,
    /// Who says so and how badly: `error rustc E0308`.
    #[serde(default)]
    pub source: String,
}

/// A place that was edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// The file, absolute.
    pub file: std::path::PathBuf,
    /// Which lines.
    pub lines: Span,
}
