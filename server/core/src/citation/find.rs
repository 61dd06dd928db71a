//! Where a text cites: `[3]`, `[3, 5]`, `path:12-30`, `path:12`, `path#L12-L30`. What stands in a block of code is code.

use std::ops::Range;

use crate::prompt::Span;

/// Something that looks like a citation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The bytes of the text that are it.
    pub range: Range<usize>,
    /// What it names.
    pub what: Named,
}

/// What a citation names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// A source by its number, or lines of it.
    Source(u32, Option<(u32, u32)>),
    /// Lines of a file, in the order in which they were written.
    Lines {
        /// The path as written.
        path: String,
        /// The first number.
        first: u32,
        /// The second one, or the first again.
        last: u32,
    },
}

impl Named {
    /// The lines, if they are some.
    pub fn span(&self) -> Option<Span> {
        match self {
            Self::Lines { first, last, .. } if first <= last => Some(Span::new(*first, *last)),
            _ => None,
        }
    }
}

/// All that cites in a Markdown text, in order.
pub fn mentions(text: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    each_line(text, |line, at| in_line(line, at, &mut found));
    found
}

/// Calls `each` with every line outside of fenced blocks, without its end, and where it begins.
pub(super) fn each_line<'t>(text: &'t str, mut each: impl FnMut(&'t str, usize)) {
    let mut fence: Option<(u8, usize)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end();
        let mark = fence_of(body);
        match (fence, mark) {
            (Some((open, length)), Some((close, ticks, ""))) if open == close && ticks >= length => fence = None,
            (Some(_), _) => {}
            (None, Some((open, length, _))) => fence = Some((open, length)),
            (None, None) => each(body, at),
        }
        at += line.len();
    }
}

/// The fence that a line is: its sign, its length, and what stands behind it.
pub(super) fn fence_of(line: &str) -> Option<(u8, usize, &str)> {
    let line = line.trim();
    let sign = *line.as_bytes().first().filter(|sign| matches!(sign, b'`' | b'~'))?;
    let length = line.bytes().take_while(|byte| *byte == sign).count();
    let info = line[length..].trim();
    (length >= 3 && !(sign == b'`' && info.contains('`'))).then_some((sign, length, info))
}

fn in_line(line: &str, base: usize, found: &mut Vec<Mention>) {
    let mut at = 0;
    while at < line.len() {
        let here = &line[at..];
        let ticks = here.len() - here.trim_start_matches('`').len();
        if ticks > 0 {
            let mark = &here[..ticks];
            match here[ticks..].find(mark) {
                Some(end) => {
                    in_file(line, at + ticks..at + ticks + end, base, found);
                    at += ticks + end + ticks;
                }
                None => at += ticks,
            }
            continue;
        }
        if here.starts_with(['[', '【']) {
            // `list[3]` is code, whoever forgot the backticks.
            let is_index = line[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ')' | ']'))
                && !line[..at].ends_with(']');
            if let Some(length) = numbers(here, base + at, is_index, found) {
                at += length;
                continue;
            }
        }
        let end = here.find(|c: char| c.is_whitespace() || "`()[]<>,;\"'【】".contains(c)).unwrap_or(here.len());
        if end == 0 {
            at += here.chars().next().map_or(1, char::len_utf8);
            continue;
        }
        in_file(line, at..at + end, base, found);
        at += end;
    }
}

/// `[3]`, `[3, 5]`, `[1-3]`, `[3:12-30]`, `[source 3]`, `【3†L12-L30】` at the start of `text`: its length.
fn numbers(text: &str, base: usize, is_index: bool, found: &mut Vec<Mention>) -> Option<usize> {
    let close = if text.starts_with('[') { ']' } else { '】' };
    let end = text.find(close)?;
    let open = text.chars().next().map_or(1, char::len_utf8);
    let whole = end + close.len_utf8();
    let inside = &text[open..end];
    if inside.is_empty() || inside.len() > 60 || is_index || text[whole..].starts_with('(') {
        return None;
    }
    let mut at = open;
    let mut mentions = Vec::new();
    for part in inside.split([',', ';']) {
        let start = base + at + (part.len() - part.trim_start().len());
        at += part.len() + 1;
        let part = part.trim();
        let range = start..start + part.len();
        let word = part.trim_start_matches(|c: char| c.is_ascii_alphabetic() || matches!(c, ' ' | '#'));
        if !matches!(
            part[..part.len() - word.len()].trim().to_ascii_lowercase().as_str(),
            "" | "source" | "sources" | "#"
        ) {
            return None;
        }
        let (number, lines) = match word.split_once([':', '†', '#']) {
            Some((number, lines)) => (number, Some(span(lines)?)),
            None => (word, None),
        };
        let number = number.trim();
        if let (None, Some((first, last))) = (lines, number.split_once(['-', '–'])) {
            let (first, last) = (digits(first)?, digits(last)?);
            if first == 0 || last < first || last - first > 20 {
                return None;
            }
            mentions.extend((first..=last).map(|n| Mention { range: range.clone(), what: Named::Source(n, None) }));
            continue;
        }
        let number = digits(number).filter(|number| *number > 0)?;
        mentions.push(Mention { range, what: Named::Source(number, lines) });
    }
    // One citation is its brackets too, so that they lead to it.
    if mentions.iter().all(|mention| mention.range == mentions[0].range) {
        for mention in &mut mentions {
            mention.range = base..base + whole;
        }
    }
    found.append(&mut mentions);
    Some(whole)
}

fn in_file(line: &str, range: Range<usize>, base: usize, found: &mut Vec<Mention>) {
    let written = &line[range.clone()];
    let lead = written.len() - written.trim_start().len();
    let written = written.trim().trim_end_matches(['.', ':', '!', '?']);
    let (path, lines) = match written.rsplit_once("#L") {
        Some((path, lines)) => (path, lines),
        None => match written.rsplit_once(':') {
            Some(both) => both,
            None => return,
        },
    };
    // `a.rs:3:7` names a column too.
    let (path, lines) = match path.rsplit_once(':') {
        Some((before, line)) if digits(line).is_some() && !before.is_empty() && !lines.contains('-') => (before, line),
        _ => (path, lines),
    };
    let Some((first, last)) = span(lines) else { return };
    // `12:30` is a time, and `http://host:80` no file.
    let is_path = !path.is_empty()
        && !path.contains("://")
        && !path.bytes().all(|byte| byte.is_ascii_digit())
        && (path.contains(['.', '/', '\\']) || path.starts_with(|c: char| c.is_uppercase()) && !path.contains(' '));
    if first > 0 && is_path {
        let start = base + range.start + lead;
        found.push(Mention {
            range: start..start + written.len(),
            what: Named::Lines { path: path.to_owned(), first, last },
        });
    }
}

/// `12-30`, `12`, `L12-L30`, as written.
fn span(lines: &str) -> Option<(u32, u32)> {
    let (first, last) = lines.split_once(['-', '–']).unwrap_or((lines, lines));
    let number = |text: &str| digits(text.trim().trim_start_matches('L'));
    Some((number(first)?, number(last)?))
}

fn digits(text: &str) -> Option<u32> {
    let text = text.trim();
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str) -> Vec<String> {
        let shown = |mention: Mention| {
            let what = match mention.what {
                Named::Source(n, None) => n.to_string(),
                Named::Source(n, Some((first, last))) => format!("{n}@{first}-{last}"),
                Named::Lines { path, first, last } => format!("{path}@{first}-{last}"),
            };
            format!("{what}={}", &text[mention.range])
        };
        mentions(text).into_iter().map(shown).collect()
    }

    #[test]
    fn sources_by_number() {
        assert_eq!(found("It counts [3], then stops [3, 5]."), ["3=[3]", "3=3", "5=5"]);
        assert_eq!(found("[1][2] [source 3] [Sources 4, 5]"), ["1=[1]", "2=[2]", "3=[source 3]", "4=Sources 4", "5=5"]);
        assert_eq!(found("[1-3]"), ["1=[1-3]", "2=[1-3]", "3=[1-3]"]);
        assert_eq!(found("【2†L12-L30】 and [2:12-30]"), ["2@12-30=【2†L12-L30】", "2@12-30=[2:12-30]"]);
    }

    #[test]
    fn lines_of_files() {
        assert_eq!(
            found("see src/größe.rs:7, and (b.py:1-2)."),
            ["src/größe.rs@7-7=src/größe.rs:7", "b.py@1-2=b.py:1-2"]
        );
        assert_eq!(found("`src/a b.rs:12-30`"), ["src/a b.rs@12-30=src/a b.rs:12-30"]);
        assert_eq!(found("a.rs#L12-L30, a.rs#L4"), ["a.rs@12-30=a.rs#L12-L30", "a.rs@4-4=a.rs#L4"]);
        assert_eq!(found("[src/a.rs:3-4]"), ["src/a.rs@3-4=src/a.rs:3-4"]);
        assert_eq!(found("src/a.rs:3:7 Makefile:9"), ["src/a.rs@3-3=src/a.rs:3:7", "Makefile@9-9=Makefile:9"]);
        assert_eq!(found("a.rs:30-12"), ["a.rs@30-12=a.rs:30-12"], "as written: that they are swapped is said later");
    }

    #[test]
    fn neither_code_nor_links_nor_times() {
        assert!(found("at 12:30, list[3], `list [3]`, x[0], [x], [0], [3](https://a), note:4").is_empty());
        assert!(found("```rust\n[3] a.rs:3\n```\n~~~\n[4]\n~~~").is_empty());
        assert_eq!(found("```\n[3]\n```\n[4]"), ["4=[4]"]);
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "[a.:1`\\-\\n é\\[\\],#L†【】()]{0,60}") {
            for mention in mentions(&text) {
                prop_assert!(text.get(mention.range).is_some());
            }
        }
    }
}
