//! What a sentence of an answer speaks of: its names and words, and the sentences of a line themselves.

use std::ops::Range;

use super::find::{Mention, Named};
use crate::{prompt::Source, terms};

/// The sentences of a line, by bytes; a citation behind the full stop belongs to the sentence before it.
pub(super) fn sentences(line: &str) -> Vec<Range<usize>> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut in_code = false;
    let bytes = line.as_bytes();
    for (at, c) in line.char_indices() {
        in_code ^= c == '`';
        if at < start {
            continue;
        }
        let ends = matches!(c, '.' | '!' | '?')
            && bytes.get(at + 1).is_none_or(|next| matches!(next, b' ' | b'['))
            && !in_code;
        // `e.g. this`, `1. item` and `i.e. that` go on.
        let word = line[start..at].rsplit([' ', '(']).next().unwrap_or_default();
        let short = word.len() <= 1 || word.contains('.') && word.len() <= 3 || matches!(word, "vs" | "etc" | "cf");
        if !ends || short && at + 1 < line.len() {
            continue;
        }
        let mut end = at + 1;
        // `… done. [3][4]`
        loop {
            let rest = line[end..].trim_start();
            let lead = line.len() - end - rest.len();
            match rest
                .find(']')
                .filter(|_| rest.starts_with('[') && rest[1..].starts_with(|c: char| c.is_ascii_digit()))
            {
                Some(close) => end += lead + close + 1,
                None => break,
            }
        }
        sentences.push(start..end);
        start = end;
    }
    if !line[start..].trim().is_empty() {
        sentences.push(start..line.len());
    }
    sentences
}

/// The names in a sentence that only code has: in backticks, or written as no word is. Citations are none.
pub(super) fn names(sentence: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let without = without_places(sentence);
    for (number, part) in without.split('`').enumerate() {
        let in_code = number % 2 == 1;
        terms::for_each_identifier(part, |word| {
            let letters = word.chars().any(char::is_alphabetic);
            let name = in_code || is_compound(word);
            if letters && word.len() > 2 && name && !found.iter().any(|known| known == word) {
                found.push(word.to_owned());
            }
        });
    }
    found
}

/// Words of a sentence that say something, in lower case, stemmed.
pub(super) fn words(sentence: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut buffer = String::new();
    terms::for_each_identifier(&without_places(sentence), |word| {
        let lower = word.to_lowercase();
        if lower.len() > 3 && !terms::is_stop_word(&lower) && !lower.starts_with(|c: char| c.is_ascii_digit()) {
            terms::identifier_terms(word, &mut buffer, &mut |term| {
                if !found.iter().any(|known| known == term) {
                    found.push(term.to_owned());
                }
            });
        }
    });
    found
}

/// Whether a source's text, path or label has the name as a word.
pub(super) fn speaks_of(source: &Source, name: &str) -> bool {
    let texts = [source.text.as_str(), &source.label, &source.path];
    texts.into_iter().chain(source.around.iter().map(|lines| lines.text.as_str())).any(|text| has_word(text, name))
}

fn has_word(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| !text[..at].ends_with(part) && !text[at + name.len()..].starts_with(part))
}

/// `parse_url`, `parseUrl`, `HttpServer`, `MAX_LINES`: but neither `Store` nor `HTTP`, which prose has too.
fn is_compound(word: &str) -> bool {
    let inner = word.trim_matches('_');
    let lower = inner.chars().any(char::is_lowercase);
    inner.contains('_') && inner.len() > 2 || lower && inner.chars().skip(1).any(char::is_uppercase)
}

/// The sentence without citations: a path names no thing that the sentence is about.
fn without_places(sentence: &str) -> String {
    let mut mentions = Vec::new();
    super::find::each_line(sentence, |line, at| {
        mentions.extend(
            super::find::mentions(line)
                .into_iter()
                .map(|Mention { range, what }| Mention { range: range.start + at..range.end + at, what }),
        );
    });
    let mut out = String::new();
    let mut from = 0;
    for mention in mentions {
        if let (Named::Source(..) | Named::Lines { .. }, true) = (&mention.what, mention.range.start >= from) {
            out.push_str(&sentence[from..mention.range.start]);
            from = mention.range.end;
        }
    }
    out.push_str(&sentence[from..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_take_their_citations_along() {
        let line = "It counts in `a. b`. [1] Then e.g. `x` stops [2]. Done in a.rs. 1. no";
        let found: Vec<&str> = sentences(line).into_iter().map(|range| line[range].trim()).collect();
        assert_eq!(found, ["It counts in `a. b`. [1]", "Then e.g. `x` stops [2].", "Done in a.rs.", "1. no"]);
    }

    #[test]
    fn names_are_what_only_code_has() {
        assert_eq!(
            names("The `Store` calls parse_url and HttpServer for HTTP [3], see src/big_file.rs:3."),
            ["Store", "parse_url", "HttpServer"]
        );
        let words = words("Where the keeper counts [3]");
        assert!(words.contains(&"count".to_owned()) && words.len() == 2, "{words:?}");
    }
}
