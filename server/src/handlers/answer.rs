//! An answer as a document that any editor can show: Markdown, with citations `path:12-30` that lead to the code.
//!
//! It knows how an answer is written and how a citation is read again; who shows it is another's business.

use std::fmt::Write;

pub mod citation;
pub mod file;

use super::{everywhere::Found, hover::plain};

/// An answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// What was asked.
    pub title: String,
    /// Sentences and lists before the passages, in Markdown.
    pub lead: Vec<String>,
    /// Code, the most important first.
    pub passages: Vec<Passage>,
    /// Sentences the user should know.
    pub notes: Vec<String>,
}

/// Some lines of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// How people know the file.
    pub shown: String,
    /// First line, from 1.
    pub start_line: u32,
    /// Last line, from 1, inclusive.
    pub end_line: u32,
    /// What it is: `Store::add · method · 0.83`.
    pub label: String,
    /// Its language's id.
    pub language: &'static str,
    /// The lines as they are now.
    pub text: String,
}

const TAKES_ALL: &str = "a string takes all that is written";

impl Answer {
    /// What a search found.
    pub fn of_search(title: String, found: &Found) -> Self {
        let passages = found.hits.iter().map(|found| {
            let hit = &found.hit;
            let kind = hit.kind.map_or("text", codecompass_core::language::SymbolKind::as_str);
            let symbol = if hit.symbol.is_empty() { String::new() } else { format!("`{}` · ", hit.symbol) };
            Passage {
                shown: found.shown.clone(),
                start_line: hit.start_line,
                end_line: hit.end_line,
                label: format!("{symbol}{kind} · {:.2}", hit.score),
                language: hit.language.id(),
                text: hit.text.clone(),
            }
        });
        Self { title, lead: Vec::new(), passages: passages.collect(), notes: found.notes.clone() }
    }

    /// The whole document.
    pub fn markdown(&self) -> String {
        let mut out = format!("# {}\n", plain(&self.title));
        for note in &self.notes {
            write!(out, "\n> {}\n", plain(note)).expect(TAKES_ALL);
        }
        for paragraph in &self.lead {
            write!(out, "\n{}\n", paragraph.trim_end()).expect(TAKES_ALL);
        }
        if self.passages.is_empty() && self.lead.is_empty() {
            out.push_str("\nNothing was found.\n");
        }
        for passage in &self.passages {
            out.push_str(&section(passage));
        }
        out
    }
}

/// A passage under a heading that names its place.
pub fn section(passage: &Passage) -> String {
    let citation = citation::code(&format!("{}:{}", passage.shown, lines(passage.start_line, passage.end_line)));
    let fence = fence(&passage.text);
    let label = if passage.label.is_empty() { String::new() } else { format!("\n{}\n", passage.label) };
    let Passage { language, text, .. } = passage;
    format!("\n## {citation}\n{label}\n{fence}{language}\n{text}\n{fence}\n")
}

/// `12-30`, or `12`.
fn lines(start: u32, end: u32) -> String {
    if end > start { format!("{start}-{end}") } else { start.to_string() }
}

/// Longer than every run of backticks in the text.
pub fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

    use expect_test::expect;

    use super::*;

    #[test]
    fn a_document_with_its_citations() {
        let answer = Answer {
            title: "where is *retry*".to_owned(),
            lead: vec!["Used in `main`".to_owned()],
            passages: vec![Passage {
                shown: "docs/my notes.md".to_owned(),
                start_line: 3,
                end_line: 5,
                label: "section · 0.83".to_owned(),
                language: "markdown",
                text: "```\nnested\n```".to_owned(),
            }],
            notes: vec!["One thing to know.".to_owned()],
        };
        let document = answer.markdown();
        expect![[r#"
            # where is \*retry\*

            > One thing to know.

            Used in `main`

            ## `docs/my notes.md:3-5`

            section · 0.83

            ````markdown
            ```
            nested
            ```
            ````
        "#]]
        .assert_eq(&document);
        let found = citation::citations(&document);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].path.as_str(), found[0].start_line, found[0].end_line), ("docs/my notes.md", 3, 5));
    }

    #[test]
    fn nothing_found_is_said() {
        let answer = Answer { title: "x".to_owned(), ..Answer::default() };
        assert_eq!(answer.markdown(), "# x\n\nNothing was found.\n");
    }
}
