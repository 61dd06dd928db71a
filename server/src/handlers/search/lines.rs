//! Which lines of a hit are shown, and which of them hold the query's words.

use codecompass_core::{query::Query, terms};

/// At most so many lines are pointed out.
const MATCHING: usize = 5;

/// Lines `start..end` of the text, without the last newline.
pub(super) fn shown(text: &str, start: u32, end: u32) -> &str {
    let mut at = 0;
    let mut from = 0;
    let mut to = text.len();
    for (number, line) in (0u32..).zip(text.split_inclusive('\n')) {
        if number == start {
            from = at;
        }
        at += line.len();
        if number + 1 == end {
            to = at;
            break;
        }
    }
    text[from..to].trim_end_matches(['\n', '\r'])
}

/// Lines (from 0) that hold words of the query or of their families, those with the most different words first.
pub(super) fn matching(text: &str, query: &Query) -> Vec<u32> {
    let mut buffer = String::new();
    let mut found: Vec<(usize, u32)> = Vec::new();
    for (number, line) in (0u32..).zip(text.lines()) {
        let mut seen: Vec<usize> = Vec::new();
        terms::for_each_term(line, &mut buffer, |term| {
            let family = terms::root(term);
            if let Some(index) = query.terms.iter().position(|wanted| terms::root(&wanted.text) == family)
                && !seen.contains(&index)
            {
                seen.push(index);
            }
        });
        if !seen.is_empty() {
            found.push((seen.len(), number));
        }
    }
    found.sort_by_key(|&(words, number)| (std::cmp::Reverse(words), number));
    found.into_iter().take(MATCHING).map(|(_, number)| number).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use codecompass_core::query;

    use super::*;

    #[test]
    fn the_lines_asked_for_are_shown() {
        assert_eq!(shown("\na\nb\n\n", 1, 3), "a\nb");
        assert_eq!(shown("a\r\nb", 0, 1), "a");
    }

    #[test]
    fn lines_with_more_of_the_query_come_first() {
        let query = query::parse("retry limit").unwrap();
        assert_eq!(matching("fn a() {\n  retries += 1;\n  check(retry, limit)\n}", &query), [2, 1]);
    }
}
