//! An answer as text that any program can show: Markdown in which every source is named by its place, `path:12-30`, so that
//! it leads there without a list of numbers.

use std::fmt::Write;

use codecompass_core::prompt::Source;

use super::Answer;
use crate::handlers::{
    answer::{self, Passage, citation::code},
    hover::plain,
};

const TAKES_ALL: &str = "a string takes all that is written";
/// So many passages are shown; who reads them is not a model.
const SHOWN: usize = 8;

/// What was said, what is wrong with it, and who said it.
pub fn said(answer: &Answer) -> String {
    let mut out = placed(answer);
    let after = afterwards(answer);
    if !after.is_empty() {
        if !out.is_empty() {
            out.push_str("\n\n");
        }
        out.push_str(&after);
    }
    out
}

/// The same, with the passages below it where no model has said enough about them.
pub fn with_passages(answer: &Answer) -> String {
    let below = passages(answer);
    let out = said(answer);
    if below.is_empty() { out } else { format!("{out}\n{}", below.trim_end()) }
}

/// Only the answer, and the passages where no model has said enough about them.
pub fn body(answer: &Answer) -> String {
    let (text, below) = (placed(answer), passages(answer));
    if text.is_empty() { below.trim_start().to_owned() } else { text + "\n" + &below }
}

/// The passages that an answer rests on, where it does not say enough itself.
pub fn passages(answer: &Answer) -> String {
    if answer.complete || answer.stopped && !answer.text.is_empty() {
        return String::new();
    }
    if answer.sources.is_empty() && answer.text.is_empty() {
        return "\nNothing was found.\n".to_owned();
    }
    let mut out: String = answer.sources.iter().take(SHOWN).map(|source| answer::section(&passage(source))).collect();
    let further = answer.sources.iter().skip(SHOWN).map(|source| code(&format!("{}:{}", source.path, source.lines)));
    let further: Vec<String> = further.collect();
    if !further.is_empty() {
        writeln!(out, "\nFurther places: {}.", further.join(", ")).expect(TAKES_ALL);
    }
    out
}

/// What is said below an answer: as a quotation, by which it is told from the answer when it is read again.
pub fn afterwards(answer: &Answer) -> String {
    let mut lines = Vec::new();
    if let Some(error) = &answer.error {
        let what = if answer.model.is_none() {
            "No model has answered; this is what the index knows."
        } else if answer.text.is_empty() {
            "The model has not answered; this is what the index knows."
        } else {
            "The answer is not complete."
        };
        lines.push(format!("**{what}** {}", plain(&sentence(error))));
    }
    if answer.stopped {
        lines.push("**Stopped.**".to_owned());
    }
    for citation in answer.citations.iter().filter(|citation| !citation.verified) {
        let place = match citation.start_line {
            0 => code(&citation.path),
            _ => code(&format!("{}:{}", citation.path, citation.lines())),
        };
        let why = citation.reason.as_deref().unwrap_or("it could not be checked");
        lines.push(format!("Not verified: {place}, {}", plain(why)));
    }
    lines.extend(answer.notes.iter().map(|note| plain(note)));
    let signature = answer.signature();
    if !signature.is_empty() {
        lines.push(plain(&signature));
    }
    let lines: Vec<String> = lines.iter().map(|line| format!("> {line}")).collect();
    lines.join("\n>\n")
}

/// The first letter large, a dot at the end.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    // An address stays as it is written.
    if text.split(' ').next().is_some_and(|word| word.contains("://")) {
        return format!("{text}{}", if text.ends_with(['.', '!', '?']) { "" } else { "." });
    }
    let first = letters.next().map_or_else(String::new, |first| first.to_uppercase().collect());
    let dot = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{dot}", letters.as_str())
}

/// The text with each `[3]` that is a citation as the place that it means.
fn placed(answer: &Answer) -> String {
    let mut out = String::with_capacity(answer.text.len());
    let mut at = 0;
    for citation in &answer.citations {
        let range = citation.range.clone();
        let Some(written) = answer.text.get(range.clone()).filter(|_| range.start >= at) else { continue };
        if citation.source.is_none() || citation.start_line == 0 || written.contains(citation.path.as_str()) {
            continue;
        }
        out.push_str(&answer.text[at..range.start]);
        out.push_str(&in_words(&code(&format!("{}:{}", citation.path, citation.lines())), written));
        at = range.end;
    }
    out.push_str(&answer.text[at..]);
    out.trim().to_owned()
}

/// A place in brackets where the number was in brackets.
fn in_words(place: &str, written: &str) -> String {
    if written.starts_with('[') { format!("({place})") } else { place.to_owned() }
}

/// Names places in an answer that is still being written.
#[derive(Debug, Default)]
pub struct Places {
    /// By number, `path:12-30`.
    known: Vec<(u32, String)>,
    held: String,
    /// Within code: so many backticks began it.
    ticks: usize,
}

/// Longer texts in brackets are no citations.
const LONGEST: usize = 24;

impl Places {
    /// For an answer that rests on these.
    pub fn of(sources: &[Source]) -> Self {
        let places = sources.iter().map(|source| (source.n, format!("{}:{}", source.path, source.lines)));
        Self { known: places.collect(), ..Self::default() }
    }

    /// The next characters of the answer; the beginning of what may be a citation is held back.
    pub fn next(&mut self, text: &str) -> String {
        self.held.push_str(text);
        let held = std::mem::take(&mut self.held);
        let mut out = String::with_capacity(held.len());
        let mut rest = held.as_str();
        while let Some(at) = rest.find(['[', '`', '\n']) {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            if rest.starts_with('\n') {
                // Code within a line ends with it; a fence does not.
                if self.ticks < 3 {
                    self.ticks = 0;
                }
                out.push('\n');
                rest = &rest[1..];
            } else if rest.starts_with('`') {
                let count = rest.len() - rest.trim_start_matches('`').len();
                if count == rest.len() {
                    break;
                }
                self.ticks = match self.ticks {
                    0 => count,
                    open if open == count || open >= 3 && count > open => 0,
                    open => open,
                };
                out.push_str(&rest[..count]);
                rest = &rest[count..];
            } else if self.ticks > 0 {
                out.push('[');
                rest = &rest[1..];
            } else if let Some(end) = rest.bytes().take(LONGEST).position(|byte| byte == b']') {
                match self.place(&rest[1..end]) {
                    Some(places) => out.push_str(&places),
                    None => out.push_str(&rest[..=end]),
                }
                rest = &rest[end + 1..];
            } else if rest.len() < LONGEST && rest[1..].bytes().all(|byte| b"0123456789, ".contains(&byte)) {
                break;
            } else {
                out.push('[');
                rest = &rest[1..];
            }
        }
        if rest.starts_with(['[', '`']) {
            rest.clone_into(&mut self.held);
        } else {
            out.push_str(rest);
        }
        out
    }

    /// What was held back.
    pub fn end(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// `3` or `1, 2` as places.
    fn place(&self, numbers: &str) -> Option<String> {
        let places = numbers.split(',').map(|number| {
            let number: u32 = number.trim().parse().ok()?;
            self.known.iter().find(|(n, _)| *n == number).map(|(_, place)| code(place))
        });
        let places: Vec<String> = places.collect::<Option<_>>()?;
        Some(format!("({})", places.join(", ")))
    }
}

/// A source as a passage.
pub fn passage(source: &Source) -> Passage {
    let why = source.why.as_str();
    let label = if source.label.is_empty() { why.to_owned() } else { format!("{} · {why}", source.label) };
    Passage {
        shown: source.path.clone(),
        start_line: source.lines.start,
        end_line: source.lines.end,
        label,
        language: source.language.id(),
        text: source.text.clone(),
    }
}

/// What was sent to the model and what was not, for people.
pub fn ledger(answer: &Answer) -> String {
    let mut out = String::new();
    let counted = answer.usage.prompt_tokens.map_or_else(String::new, |n| format!(", {n} counted by the host"));
    writeln!(
        out,
        "The model reads {} tokens at once; {} are kept free for the answer. About {} were sent{counted}.\n",
        answer.context, answer.reserved, answer.estimated
    )
    .expect(TAKES_ALL);
    out.push_str(&answer.ledger.markdown());
    out
}

#[cfg(test)]
mod tests {
    use codecompass_core::{
        citation::Citation,
        language::Language,
        prompt::{Reason, Span},
    };

    use super::*;

    fn source(n: u32, path: &str, start: u32, end: u32) -> Source {
        Source {
            n,
            path: path.to_owned(),
            lines: Span::new(start, end),
            label: "method `Store::add`".to_owned(),
            language: Language::Rust,
            text: "fn add() {}".to_owned(),
            why: Reason::Found,
            around: Vec::new(),
            partial: false,
        }
    }

    #[test]
    fn an_address_begins_a_sentence_as_it_is_written() {
        assert_eq!(sentence("http://gpu:1 is down; start it"), "http://gpu:1 is down; start it.");
        assert_eq!(sentence("the model is not there"), "The model is not there.");
    }

    #[test]
    fn numbers_become_places_however_the_answer_is_cut() {
        let sources = [source(1, "src/a.rs", 1, 9), source(2, "b.rs", 3, 3)];
        let whole = "Yes [1], see [1, 2]. `a[1]` and [x](y) [9]\n```rust\nx[1]\n```\nend [2";
        let wanted = "Yes (`src/a.rs:1-9`), see (`src/a.rs:1-9`, `b.rs:3`). `a[1]` and [x](y) [9]\n\
                      ```rust\nx[1]\n```\nend [2";
        for cut in 0..=whole.len() {
            let mut places = Places::of(&sources);
            let shown = places.next(&whole[..cut]) + &places.next(&whole[cut..]) + &places.end();
            assert_eq!(shown, wanted, "{cut}");
        }
        let mut places = Places::of(&sources);
        let shown: String = whole.chars().map(|c| places.next(c.encode_utf8(&mut [0; 4]))).collect();
        assert_eq!(shown + &places.end(), wanted);
    }

    #[test]
    fn below_the_answer_stands_what_is_wrong_with_it() {
        let answer = Answer {
            text: "Items are added [1], `c.rs:9`.".to_owned(),
            error: Some("the connection broke; ask again".to_owned()),
            model: Some("qwen".to_owned()),
            host: Some("gpu".to_owned()),
            sources: vec![source(1, "src/a.rs", 1, 9)],
            citations: vec![
                Citation {
                    source: Some(1),
                    path: "src/a.rs".to_owned(),
                    start_line: 1,
                    end_line: 9,
                    verified: true,
                    reason: None,
                    added: false,
                    range: 16..19,
                },
                Citation {
                    source: None,
                    path: "c.rs".to_owned(),
                    start_line: 9,
                    end_line: 9,
                    verified: false,
                    reason: Some("it was not sent".to_owned()),
                    added: false,
                    range: 22..28,
                },
            ],
            summary: "1 of 2 citations checked".to_owned(),
            ..Answer::default()
        };
        let said = said(&answer);
        assert_eq!(
            said,
            "Items are added (`src/a.rs:1-9`), `c.rs:9`.\n\n\
             > **The answer is not complete.** The connection broke; ask again.\n>\n\
             > Not verified: `c.rs:9`, it was not sent\n>\n\
             > qwen on gpu · 1 of 2 citations checked"
        );
        assert!(with_passages(&answer).contains("## `src/a.rs:1-9`\n\nmethod `Store::add` · found\n\n```rust\nfn add"));
    }
}
