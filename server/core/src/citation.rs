//! Citations in a model's answer: found, checked against what the model saw and what the files say now, and added where a
//! model that cites badly left them out. Also makes its Markdown harmless.

use std::{fmt::Write, ops::Range, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::prompt::{Place, Source, Span, Turn};

mod align;
mod claim;
mod find;
mod judge;
mod sanitise;
#[cfg(test)]
mod tests;

pub use find::{Mention, Named, mentions};
pub use sanitise::{Sanitiser, sanitise};

const TAKES_ALL: &str = "a string takes all that is written";

/// The text of a file (as it is shown to people) as it is now.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<Arc<str>>;

/// A claim's place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    /// The number of the source, if it is one.
    pub source: Option<u32>,
    /// The file as it is shown to people, or as the model wrote it where there is none.
    pub path: String,
    /// First line, from 1; 0 where the model named no place.
    pub start_line: u32,
    /// Last line, from 1, inclusive.
    pub end_line: u32,
    /// Whether the model saw those lines and they still say the same.
    pub verified: bool,
    /// Why it is not verified, or what is special about it.
    pub reason: Option<String>,
    /// Whether the model did not write it: it was added because the sentence speaks of what is there.
    pub added: bool,
    /// The bytes of [`Checked::text`] that are the citation.
    pub range: Range<usize>,
}

impl Citation {
    /// The lines it names.
    pub fn lines(&self) -> Span {
        Span::new(self.start_line, self.end_line)
    }
}

/// An answer whose citations were checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// The answer, made harmless, with the citations that were added.
    pub text: String,
    /// The citations in the order of the text.
    pub citations: Vec<Citation>,
    /// `5 of 6 citations checked`; empty when there is none.
    pub summary: String,
}

/// Checks an answer to a prompt with these sources.
pub fn check(answer: &str, sources: &[Source], current: Lookup<'_>) -> Checked {
    let mut text = sanitise(answer);
    let mut added: Vec<Range<usize>> = Vec::new();
    let additions = align::additions(&text, sources);
    let mut moved = 0;
    for (at, n) in additions {
        let mark = format!(" [{n}]");
        text.insert_str(at + moved, &mark);
        added.push(at + moved + 1..at + moved + mark.len());
        moved += mark.len();
    }
    let judge = judge::Judge::new(sources, current);
    let mut citations = Vec::new();
    find::each_line(&text, |line, at| {
        let sentences = claim::sentences(line);
        for Mention { range, what } in find::mentions(line) {
            let claim = sentences.iter().find(|sentence| sentence.contains(&range.start)).cloned().unwrap_or(0..0);
            let verdict = judge.judge(&what, &line[claim]);
            let range = range.start + at..range.end + at;
            citations.push(Citation {
                source: verdict.source,
                path: verdict.path,
                start_line: verdict.lines.0,
                end_line: verdict.lines.1,
                verified: verdict.verified,
                reason: verdict.reason,
                added: added.contains(&range),
                range,
            });
        }
    });
    let summary = summary(&citations, sources);
    Checked { text, citations, summary }
}

fn summary(citations: &[Citation], sources: &[Source]) -> String {
    let (added, own): (Vec<&Citation>, Vec<&Citation>) = citations.iter().partition(|citation| citation.added);
    let verified = own.iter().filter(|citation| citation.verified).count();
    let s = |count: usize| if count == 1 { "" } else { "s" };
    let mut said = match (own.len(), added.len()) {
        (0, 0) if sources.is_empty() => return String::new(),
        (0, _) => "the answer cites nothing".to_owned(),
        (all, _) => format!("{verified} of {all} citation{} checked", s(all)),
    };
    if !added.is_empty() {
        write!(said, ", {} added where a sentence names what a source defines", added.len()).expect(TAKES_ALL);
    }
    said
}

impl Checked {
    /// The answer for the next prompt of the conversation: numbers, which mean other sources there, become places, and what
    /// is not verified is left out.
    pub fn spelled_out(&self) -> String {
        let mut out = String::new();
        let mut from = 0;
        let numbers = mentions(&self.text).into_iter().filter(|mention| matches!(mention.what, Named::Source(..)));
        for Mention { range, .. } in numbers {
            if range.start < from {
                continue;
            }
            // `[3, 5]` is two citations in one pair of brackets, `[1-3]` three in one place.
            let whole = if self.text[range.clone()].starts_with(['[', '【']) {
                range
            } else {
                let open = self.text[from..range.start].rfind(['[', '【']).map_or(range.start, |open| from + open);
                let close = self.text[range.end..].char_indices().find(|(_, c)| matches!(c, ']' | '】'));
                open..close.map_or(range.end, |(at, c)| range.end + at + c.len_utf8())
            };
            let places: Vec<String> = self
                .citations
                .iter()
                .filter(|citation| whole.contains(&citation.range.start) && citation.verified)
                .map(|citation| format!("{}:{}", citation.path, citation.lines()))
                .collect();
            out.push_str(&self.text[from..whole.start]);
            if places.is_empty() {
                out.truncate(out.trim_end_matches(' ').len());
            } else {
                write!(out, "({})", places.join(", ")).expect(TAKES_ALL);
            }
            from = whole.end;
        }
        out.push_str(&self.text[from..]);
        out
    }

    /// The turn that goes into the next prompt.
    pub fn turn(&self, question: &str, sources: &[Source]) -> Turn {
        let mut places: Vec<(usize, Place)> = Vec::new();
        for citation in self.citations.iter().filter(|citation| citation.verified) {
            let place = Place {
                path: citation.path.clone(),
                lines: citation.lines(),
                symbol: sources
                    .iter()
                    .find(|source| Some(source.n) == citation.source)
                    .map_or_else(String::new, |source| symbol_of(&source.label)),
            };
            match places.iter_mut().find(|(_, known)| *known == place) {
                Some((count, _)) => *count += 1,
                None => places.push((1, place)),
            }
        }
        // A stable sort: what was cited as often stays in the order of the answer.
        places.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        let places = places.into_iter().map(|(_, place)| place).collect();
        Turn { question: question.to_owned(), answer: self.spelled_out(), places }
    }
}

/// `Store::add` of `method Store::add`.
fn symbol_of(label: &str) -> String {
    label.split_once(' ').map_or("", |(_, symbol)| symbol).to_owned()
}
