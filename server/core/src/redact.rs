//! Takes secrets out of text before it leaves the machine: keys and tokens of known shapes, private keys, passwords in
//! addresses, and what is assigned to a telling name and looks random.
//!
//! It works on any piece of text, also on one that was cut out of a file. Lines stay where they are, so that whoever reads
//! the result can still speak of line numbers. The time is linear in the text.

mod assigned;
mod blocks;
mod doubt;
mod lines;
mod rules;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use memchr::{memchr_iter, memmem};
use serde::Serialize;

/// A text without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted<'t> {
    /// The text; each secret is replaced by what it is, in brackets.
    pub text: Cow<'t, str>,
    /// What was taken out, in the order of the text.
    pub found: Vec<Finding>,
}

impl<'t> Redacted<'t> {
    /// A text as it is.
    pub fn unchanged(text: &'t str) -> Self {
        Self { text: Cow::Borrowed(text), found: Vec::new() }
    }
}

/// A secret that was found. It does not hold the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is, such as `github token`.
    pub kind: &'static str,
    /// The line where it begins, from 1.
    pub line: u32,
    /// How many bytes were taken out.
    pub bytes: usize,
}

/// A piece of the text that is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    start: usize,
    end: usize,
    kind: &'static str,
    /// Of two that overlap, the name of the lower one is given: it is the surer one.
    rank: usize,
}

/// What stands in the place of a secret begins so; its kind and a bracket follow.
const MARK: &str = "[secret: ";

/// What is left after a secret was taken out may show another one. More rounds than these were never needed.
const ROUNDS: usize = 4;

/// Takes the secrets out of a text.
pub fn redact(text: &str) -> Redacted<'_> {
    let mut redacted = Redacted::unchanged(text);
    for _ in 0..ROUNDS {
        let spans = spans(&redacted.text);
        if spans.is_empty() {
            break;
        }
        let (text, found) = replace(&redacted.text, &spans);
        redacted.text = Cow::Owned(text);
        redacted.found.extend(found);
    }
    redacted.found.sort_by_key(|finding| finding.line);
    redacted
}

/// What is a secret in a text: in its order, without overlaps.
fn spans(text: &str) -> Vec<Span> {
    let mut spans = blocks::find(text);
    lines::find(text, &mut spans);
    let marks = marks(text);
    spans.retain(|span| !marks.iter().any(|(start, end)| span.start < *end && span.end > *start));
    spans.sort_by_key(|span| (span.start, span.end));
    let mut apart: Vec<Span> = Vec::new();
    for mut span in spans {
        while !text.is_char_boundary(span.start) {
            span.start -= 1;
        }
        while !text.is_char_boundary(span.end) {
            span.end += 1;
        }
        match apart.last_mut() {
            Some(last) if span.start < last.end => {
                if span.rank < last.rank {
                    (last.kind, last.rank) = (span.kind, span.rank);
                }
                last.end = last.end.max(span.end);
            }
            _ => apart.push(span),
        }
    }
    apart
}

/// Where secrets were taken out before: nothing in there is one. Only our own words count, so that nobody can hide a secret
/// by writing something like them around it.
fn marks(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    memmem::find_iter(bytes, MARK)
        .filter_map(|start| {
            let rest = &bytes[start + MARK.len()..];
            let kind = rules::kinds()
                .find(|kind| rest.strip_prefix(kind.as_bytes()).is_some_and(|rest| rest.first() == Some(&b']')))?;
            Some((start, start + MARK.len() + kind.len() + 1))
        })
        .collect()
}

fn replace(text: &str, spans: &[Span]) -> (String, Vec<Finding>) {
    let mut out = String::with_capacity(text.len());
    let mut found = Vec::with_capacity(spans.len());
    let (mut done, mut line) = (0, 1);
    for span in spans {
        let (before, secret) = (&text[done..span.start], &text[span.start..span.end]);
        line += memchr_iter(b'\n', before.as_bytes()).count() as u32;
        found.push(Finding { kind: span.kind, line, bytes: secret.len() });
        out.push_str(before);
        out.push_str(MARK);
        out.push_str(span.kind);
        out.push(']');
        // The lines that it took are still there, with the ends that they had.
        for taken in secret.split_inclusive('\n').filter(|taken| taken.ends_with('\n')) {
            out.push_str(if taken.ends_with("\r\n") { "\r\n" } else { "\n" });
            line += 1;
        }
        done = span.end;
    }
    out.push_str(&text[done..]);
    (out, found)
}
