//! Secrets that stand on one line. One look over the text finds the words that some rule begins with; only lines with such a
//! word are read by that rule, once.

use std::{iter, sync::LazyLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use memchr::{memchr, memrchr};
use regex::bytes::{Regex, RegexBuilder};

use super::{
    Span, assigned, doubt,
    rules::{Check, RULES, Rule},
};

/// Everything that is made once.
struct Machine {
    words: AhoCorasick,
    /// The rules of each word; [`ASSIGNED`] stands for names to which secrets are assigned.
    rules_of: Vec<usize>,
    patterns: Vec<Regex>,
}

/// Behind all rules.
const ASSIGNED: usize = RULES.len();

static MACHINE: LazyLock<Machine> = LazyLock::new(|| {
    let words = RULES.iter().enumerate().flat_map(|(rule, it)| it.words.iter().map(move |word| (*word, rule)));
    let all: Vec<(&str, usize)> = words.chain(assigned::WORDS.iter().map(|word| (*word, ASSIGNED))).collect();
    Machine {
        words: AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(all.iter().map(|(word, _)| word))
            .expect("the words are few and short"),
        rules_of: all.iter().map(|(_, rule)| *rule).collect(),
        patterns: RULES.iter().map(|rule| pattern(rule.pattern)).collect(),
    }
});

/// A pattern over bytes: what is looked for is ASCII, and what is around it may be anything.
pub(super) fn pattern(text: &str) -> Regex {
    RegexBuilder::new(text).unicode(false).build().expect("the patterns are fixed and tested")
}

/// Finds what stands on one line.
pub(super) fn find(text: &str, spans: &mut Vec<Span>) {
    let machine = &*MACHINE;
    let bytes = text.as_bytes();
    // For each rule the line that it has read last.
    let mut read = [usize::MAX; ASSIGNED + 1];
    let (mut start, mut end) = (0, line_end(bytes, 0));
    for hit in machine.words.find_overlapping_iter(bytes) {
        if hit.start() >= end {
            start = memrchr(b'\n', &bytes[..hit.start()]).map_or(0, |at| at + 1);
            end = line_end(bytes, hit.start());
        }
        let rule = machine.rules_of[hit.pattern().as_usize()];
        if std::mem::replace(&mut read[rule], start) == start {
            continue;
        }
        if rule == ASSIGNED {
            assigned::find(bytes, start..end, spans);
        } else {
            by_rule(&RULES[rule], rule, &machine.patterns[rule], &bytes[start..end], start, spans);
        }
    }
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    memchr(b'\n', &bytes[from..]).map_or(bytes.len(), |at| from + at)
}

fn by_rule(rule: &Rule, rank: usize, pattern: &Regex, line: &[u8], offset: usize, spans: &mut Vec<Span>) {
    let mut from = 0;
    let matches = iter::from_fn(|| {
        let found = pattern.captures_at(line, from)?;
        let whole = found.get(0)?;
        // What follows a secret directly may belong to the next one as the end of this one.
        from = found.get(1).map_or(whole.end(), |secret| secret.end()).max(whole.start() + 1);
        Some(found.get(1).unwrap_or(whole).range())
    });
    for secret in matches {
        let value = &line[secret.clone()];
        let meant = !doubt::is_an_example(value, rule.entropy)
            && match rule.check {
                Check::None => true,
                Check::Chosen => doubt::is_chosen(value),
                Check::Login => doubt::is_login(value),
            };
        if meant {
            spans.push(Span { start: offset + secret.start, end: offset + secret.end, kind: rule.kind, rank });
        }
    }
}
