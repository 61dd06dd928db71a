//! Citations in the text of an answer: `path:12-30` or `path:12`, in backticks or as a word of its own.

use std::ops::Range;

/// A place that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citation {
    /// The bytes of the text that name it.
    pub range: Range<usize>,
    /// The path as written.
    pub path: String,
    /// First line, from 1.
    pub start_line: u32,
    /// Last line, from 1, inclusive.
    pub end_line: u32,
}

/// The citations of a Markdown text, in order. What is quoted in a fenced block is code, not citation.
pub fn citations(text: &str) -> Vec<Citation> {
    let mut found = Vec::new();
    let mut fence: Option<&str> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end();
        let ticks = &body[..body.len() - body.trim_start_matches('`').len()];
        match fence {
            Some(open) if body == ticks && ticks.len() >= open.len() => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => in_line(body, at, &mut found),
        }
        at += line.len();
    }
    found
}

/// The citation at a byte of the text.
pub fn citation_at(text: &str, at: usize) -> Option<Citation> {
    citations(text).into_iter().find(|citation| citation.range.start <= at && at <= citation.range.end)
}

/// A text in backticks, more of them where it has some itself.
pub fn code(text: &str) -> String {
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

fn in_line(line: &str, base: usize, found: &mut Vec<Citation>) {
    let mut rest = 0;
    while rest < line.len() {
        let here = &line[rest..];
        let ticks = here.len() - here.trim_start_matches('`').len();
        if ticks > 0 {
            let mark = &here[..ticks];
            if let Some(end) = here[ticks..].find(mark) {
                add(line, rest + ticks..rest + ticks + end, base, found);
                rest += ticks + end + ticks;
            } else {
                rest += ticks;
            }
            continue;
        }
        let end = here.find(|c: char| c.is_whitespace() || "`()[]<>,;\"'".contains(c)).unwrap_or(here.len());
        if end == 0 {
            rest += here.chars().next().map_or(1, char::len_utf8);
            continue;
        }
        add(line, rest..rest + end, base, found);
        rest += end;
    }
}

fn add(line: &str, range: Range<usize>, base: usize, found: &mut Vec<Citation>) {
    let written = &line[range.clone()];
    let lead = written.len() - written.trim_start().len();
    let written = written.trim().trim_end_matches(['.', ':', '!', '?']);
    let Some((path, lines)) = written.rsplit_once(':') else { return };
    let (start, end) = lines.split_once('-').unwrap_or((lines, lines));
    let number = |digits: &str| digits.parse::<u32>().ok().filter(|line| *line > 0 && !digits.starts_with('+'));
    // `12:30` is a time, and `http://host:80` no file.
    let is_path = !path.is_empty() && !path.contains("://") && !path.bytes().all(|byte| byte.is_ascii_digit());
    if let (Some(start_line), Some(end_line), true) = (number(start), number(end), is_path) {
        let start = base + range.start + lead;
        found.push(Citation {
            range: start..start + written.len(),
            path: path.to_owned(),
            start_line,
            end_line: end_line.max(start_line),
        });
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use proptest::prelude::*;

    use super::*;

    fn found(text: &str) -> Vec<(String, u32, u32)> {
        let found = citations(text);
        for citation in &found {
            assert!(text[citation.range.clone()].starts_with(&citation.path), "{citation:?}");
        }
        found.into_iter().map(|citation| (citation.path, citation.start_line, citation.end_line)).collect()
    }

    #[test]
    fn in_backticks_and_as_words() {
        let of = |path: &str, start, end| (path.to_owned(), start, end);
        assert_eq!(found("## `src/a b.rs:12-30` x"), [of("src/a b.rs", 12, 30)]);
        assert_eq!(found("see src/größe.rs:7, and (b.py:1-2)."), [of("src/größe.rs", 7, 7), of("b.py", 1, 2)]);
        assert_eq!(found("`` a`b.rs:3 ``"), [of("a`b.rs", 3, 3)]);
        assert_eq!(found(r"C:\code\a.rs:3"), [of(r"C:\code\a.rs", 3, 3)]);
        assert_eq!(found("ends with a.rs:3."), [of("a.rs", 3, 3)]);
    }

    #[test]
    fn neither_times_nor_addresses_nor_code() {
        assert!(found("at 12:30 on http://localhost:8080 or a:b, a.rs:0").is_empty());
        assert!(found("```rust\na.rs:3\n```\n").is_empty());
        assert_eq!(found("````\n```\na.rs:3\n````\nb.rs:4").len(), 1);
    }

    #[test]
    fn the_one_at_the_cursor() {
        let text = "x `a.rs:3` y";
        assert_eq!(citation_at(text, 5).unwrap().path, "a.rs");
        assert_eq!(citation_at(text, 0), None);
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "[a:1`\\-\\n é.()]{0,60}") {
            for citation in citations(&text) {
                prop_assert!(text.get(citation.range).is_some());
            }
        }
    }
}
