//! What a prompt is made of: one entry for each part that went in, and one for each that did not, with the reason.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use super::Span;

/// What went in and what was left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// Tokens that the messages may have: the model's context without the answer.
    pub budget: usize,
    /// All parts: those that went in in the order of the messages, then those that were left out, the most relevant first.
    pub entries: Vec<Entry>,
}

/// One part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What kind of thing it is.
    pub part: Part,
    /// What it is, for people: `[3] method Store::add (caller)`.
    pub what: String,
    /// The file, where it is from one.
    pub path: Option<String>,
    /// The lines, where it has some.
    pub lines: Option<Span>,
    /// Its length in the messages; what was left out has none.
    pub bytes: usize,
    /// The tokens that it takes, or would have taken.
    pub tokens: usize,
    /// Whether it went in.
    pub fate: Fate,
}

/// What kind of thing a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// What the model's own template puts around the messages.
    Template,
    /// Instructions.
    Instructions,
    /// Earlier turns.
    History,
    /// A numbered piece of code.
    Source,
    /// Facts: problems, commits, places.
    Facts,
    /// The user's words.
    Question,
}

/// Whether a part went in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// All of it.
    In,
    /// A part of it; how much and why.
    Shortened(String),
    /// Nothing of it; why.
    LeftOut(String),
}

impl Ledger {
    /// Tokens of all that went in.
    pub fn tokens(&self) -> usize {
        self.inside().map(|entry| entry.tokens).sum()
    }

    /// Bytes of all that went in.
    pub fn bytes(&self) -> usize {
        self.inside().map(|entry| entry.bytes).sum()
    }

    /// What went in, whole or in part.
    pub fn inside(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !matches!(entry.fate, Fate::LeftOut(_)))
    }

    /// What did not go in.
    pub fn left_out(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| matches!(entry.fate, Fate::LeftOut(_)))
    }

    /// As a table for people.
    pub fn markdown(&self) -> String {
        let mut out = format!("{} of {} tokens, estimated.\n", self.tokens(), self.budget);
        out.push_str("\n| tokens | what | where | |\n|---:|---|---|---|\n");
        for entry in &self.entries {
            let place = match (&entry.path, entry.lines) {
                (Some(path), Some(lines)) => format!("`{}:{lines}`", cell(path)),
                (Some(path), None) => format!("`{}`", cell(path)),
                _ => String::new(),
            };
            let fate = match &entry.fate {
                Fate::In => String::new(),
                Fate::Shortened(how) => format!("shortened: {}", cell(how)),
                Fate::LeftOut(why) => format!("left out: {}", cell(why)),
            };
            writeln!(out, "| {} | {} | {place} | {fate} |", entry.tokens, cell(&entry.what))
                .expect("a string takes all that is written");
        }
        out
    }
}

/// Text that neither ends its cell nor begins a tag, a link or an image.
fn cell(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            '\n' | '\r' | '\t' => Some(' '),
            '|' => Some('¦'),
            '`' => Some('\''),
            '<' => Some('‹'),
            '>' => Some('›'),
            c if c.is_control() => None,
            c => Some(c),
        })
        .collect::<String>()
        .replace("](", "] (")
}
