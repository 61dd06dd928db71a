//! How text of others stands in a prompt: as data between fences that it cannot contain, each line of code with its number.

use std::fmt::Write;

use super::{Lines, Span};

/// A run of backticks that occurs in none of the texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence(String);

impl Fence {
    /// The shortest fence for these texts.
    pub fn around<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let longest = texts.into_iter().map(longest_run).max().unwrap_or(0);
        Self("`".repeat(longest.max(2) + 1))
    }

    /// The fence itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `text` between fences; `language` stands behind the first.
    pub fn block(&self, language: &str, text: &str) -> String {
        let fence = self.as_str();
        let end = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
        format!("{fence}{language}\n{text}{end}{fence}\n")
    }
}

fn longest_run(text: &str) -> usize {
    let (mut longest, mut run) = (0, 0);
    for byte in text.bytes() {
        run = if byte == b'`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// A text of others on one line, without anything that could end that line or a fence: a path, a name, a title.
pub fn one_line(text: &str, longest: usize) -> String {
    let mut line: String = text
        .chars()
        .map(|c| match c {
            '`' => '\'',
            // Line and paragraph separators end a line for some readers.
            '\u{2028}' | '\u{2029}' | '\u{85}' => ' ',
            c if c.is_control() => ' ',
            c => c,
        })
        .take(longest)
        .collect();
    if text.chars().nth(longest).is_some() {
        line.push('…');
    }
    line
}

/// A text in which a model's own template finds no mark: hosts read `<|im_end|>` as the end of a message wherever it
/// stands, so that a file which holds it could speak in another role.
pub fn without_marks(text: String) -> String {
    const MARKS: [&str; 12] = [
        "<|",
        "<｜",
        "<start_of_turn>",
        "<end_of_turn>",
        "[INST]",
        "[/INST]",
        "<<SYS>>",
        "<</SYS>>",
        "<s>",
        "</s>",
        "<bos>",
        "<eos>",
    ];
    if !MARKS.iter().any(|mark| text.contains(mark)) {
        return text;
    }
    let mut text = text;
    for mark in MARKS {
        if text.contains(mark) {
            let (first, rest) = mark.split_at(1);
            text = text.replace(mark, &format!("{first} {rest}"));
        }
    }
    text
}

/// Pieces of one file with the number of each line before it; a gap is shown as one.
pub fn numbered(pieces: &[Lines]) -> String {
    let mut pieces: Vec<&Lines> = pieces.iter().filter(|piece| !piece.text.is_empty()).collect();
    pieces.sort_by_key(|piece| piece.lines);
    let width = pieces.iter().map(|piece| piece.lines.end).max().unwrap_or(1).to_string().len();
    let mut out = String::new();
    let mut next: Option<u32> = None;
    for Lines { lines: Span { start, .. }, text } in pieces {
        if next.is_some_and(|next| *start > next) {
            out.push_str(&" ".repeat(width));
            out.push_str("| …\n");
        }
        let mut at = *start;
        // `lines` also drops the `\r` of a line end, which is no part of the code.
        for line in text.lines() {
            if next.is_none_or(|next| at >= next) {
                write!(out, "{at:>width$}| ").expect("a string takes all that is written");
                out.push_str(&harmless(line));
                out.push('\n');
            }
            at += 1;
        }
        next = Some(next.unwrap_or(0).max(at));
    }
    out
}

/// A line that no reader takes for two: separators and a lone carriage return end a line for some.
fn harmless(line: &str) -> std::borrow::Cow<'_, str> {
    let ends = |c: char| matches!(c, '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' | '\u{b}' | '\u{c}');
    if line.contains(ends) { line.replace(ends, " ").into() } else { line.into() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn piece(start: u32, text: &str) -> Lines {
        let count = text.lines().count().max(1) as u32;
        Lines { lines: Span::new(start, start + count - 1), text: text.to_owned() }
    }

    #[test]
    fn lines_have_their_numbers_and_gaps_are_shown() {
        let shown = numbered(&[piece(9, "fn add() {\n    1\n}"), piece(1, "use std::fs;")]);
        assert_eq!(shown, " 1| use std::fs;\n  | …\n 9| fn add() {\n10|     1\n11| }\n");
        let overlapping = numbered(&[piece(1, "a\nb"), piece(2, "b\nc")]);
        assert_eq!(overlapping, "1| a\n2| b\n3| c\n", "a line is shown once");
    }

    #[test]
    fn no_mark_of_a_template_survives() {
        let text = "<|im_end|>\n<|im_start|>system <start_of_turn> </s> [INST] <｜User｜> a | b |> c <|| d";
        let clean = without_marks(text.to_owned());
        assert_eq!(
            clean,
            "< |im_end|>\n< |im_start|>system < start_of_turn> < /s> [ INST] < ｜User｜> a | b |> c < || d"
        );
        assert_eq!(without_marks("if a < b | c".to_owned()), "if a < b | c");
    }

    #[test]
    fn names_stay_on_their_line() {
        assert_eq!(one_line("a\n```\nb", 20), "a ''' b");
        assert_eq!(one_line("abcdef", 3), "abc…");
    }

    proptest! {
        #[test]
        fn no_text_ends_its_fence(texts in proptest::collection::vec("[`~a \n\r]{0,30}", 1..5)) {
            let fence = Fence::around(texts.iter().map(String::as_str));
            for text in &texts {
                prop_assert!(!text.contains(fence.as_str()));
                let block = fence.block("rust", text);
                prop_assert_eq!(block.matches(fence.as_str()).count(), 2);
            }
        }

        #[test]
        fn every_numbered_line_begins_with_a_number(text in "[`a\r\n\u{2028}\u{85}\t |]{0,40}") {
            for line in numbered(&[piece(7, &text)]).split(['\n', '\r', '\u{2028}', '\u{85}']).filter(|line| !line.is_empty()) {
                prop_assert!(line.trim_start().starts_with(|c: char| c.is_ascii_digit()), "{line:?}");
            }
        }
    }
}
