//! What a model has to see: the code that a question or an explanation is about, packed into a prompt.
//!
//! Nobody is asked here. A prompt without a model is still good: its sources are the passages that are shown. Text comes
//! from files of the index only, so that what is ignored or secret cannot get in.

mod definitions;
mod explanation;
mod forms;
mod history;
mod library;
mod pins;
mod question;
mod related;
#[cfg(test)]
mod tests;

use std::{ops::Range, sync::Arc};

use codecompass_core::prompt::{Budget, Prompt, Question, Turn};

use self::library::Library;
use super::prompts::Prompts;
use crate::live::View;

/// Takes secrets out of a text; says how many there were.
pub type Redact<'a> = &'a dyn Fn(&str) -> (String, usize);

/// Says whether to stop looking for more.
pub type Stop<'a> = &'a dyn Fn() -> bool;

/// What a prompt is made with.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// How long it may be.
    pub budget: Budget,
    /// Takes secrets out of what is sent; `None` sends the text as it is.
    pub redact: Option<Redact<'a>>,
    /// Whether the one who asked has gone.
    pub stop: Stop<'a>,
    /// The prompt files.
    pub prompts: &'a Prompts,
    /// Whether an explanation is to be short.
    pub quick: bool,
    /// What was said before an explanation, the oldest first. A question has its own.
    pub history: &'a [Turn],
}

/// What is to be explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Lines (from 0, end exclusive) of a file.
    Lines(Range<u32>),
    /// The definition or name at a line (from 0); the name, if it is known.
    Symbol(u32, Option<String>),
    /// The whole file.
    File,
    /// The folder that the key names.
    Folder,
    /// A problem that a tool reports on lines (from 0, end exclusive).
    Problem(Range<u32>, String),
}

/// The prompt for a question. The first view is the folder of the file in front, if there is one.
pub fn for_question(views: &[&View], question: &Question, options: &Options<'_>) -> anyhow::Result<Prompt> {
    question::prompt(&Library::new(views, options.stop), question, options)
}

/// The prompt for an explanation of `target` in the file or folder `key` of `views[0]`.
pub fn for_explanation(views: &[&View], key: &str, target: &Target, options: &Options<'_>) -> anyhow::Result<Prompt> {
    explanation::prompt(&Library::new(views, options.stop), key, target, options)
}

/// The text of a file as it is now, by the path under which a source shows it. For [`codecompass_core::citation::check`].
pub fn current_text(views: &[&View], shown: &str) -> Option<Arc<str>> {
    let library = Library::new(views, &|| false);
    let file = library.by_shown(shown)?;
    library.text(&file).map(|text| Arc::clone(&text.text))
}

/// The line (from 0) that a comment at `line` of a file of `views[0]` is about; any other line is itself.
pub fn described(views: &[&View], key: &str, line: u32) -> u32 {
    let library = Library::new(views, &|| false);
    definitions::described(&library, &library::File { view: 0, key: key.to_owned() }, line)
}

/// The file that a source shows: its folder's place in `views`, and its key there.
pub fn place_of(views: &[&View], shown: &str) -> Option<(usize, String)> {
    Library::new(views, &|| false).by_shown(shown).map(|file| (file.view, file.key))
}
