//! Markdown on a terminal while it is still being written: headings, lists, emphasis, code; places in the code stand out.
//!
//! What comes is shown word by word. Nothing of it can command the terminal.

use std::fmt::Write;

use super::screen::{Palette, Screen, printable};
use crate::handlers::answer::citation::citations;

/// Shows Markdown.
pub struct Markdown {
    palette: Palette,
    /// What is not shown yet.
    held: String,
    line: Line,
    /// The backticks around a block of code.
    fence: Option<usize>,
    bold: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Begins,
    Text,
    Heading,
}

/// Marks that are shown in another way than they are written.
const BULLET: &str = "• ";
const QUOTE: &str = "│ ";
const INDENT: &str = "    ";

const TAKES_ALL: &str = "a string takes all that is written";

impl Markdown {
    /// For a terminal like this.
    pub fn new(screen: Screen) -> Self {
        Self { palette: screen.palette(), held: String::new(), line: Line::Begins, fence: None, bold: false }
    }

    /// The next characters; gives back what can be shown of them.
    pub fn next(&mut self, text: &str) -> String {
        self.held.push_str(text);
        self.show(false)
    }

    /// Everything that was held back.
    pub fn end(&mut self) -> String {
        let mut out = self.show(true);
        if self.line == Line::Heading {
            write!(out, "{:#}", self.palette.heading).expect(TAKES_ALL);
        }
        if self.bold {
            write!(out, "{:#}", self.palette.symbol).expect(TAKES_ALL);
        }
        (self.line, self.bold) = (Line::Begins, false);
        out
    }

    fn show(&mut self, last: bool) -> String {
        let mut out = String::new();
        loop {
            let (held, line) = (std::mem::take(&mut self.held), self.line);
            let rest = self.some(&held, last, &mut out);
            let stuck = held.len() == rest.len() && line == self.line;
            rest.clone_into(&mut self.held);
            if stuck || self.held.is_empty() {
                return out;
            }
        }
    }

    /// Shows some of the text; gives back the rest.
    fn some<'t>(&mut self, text: &'t str, last: bool, out: &mut String) -> &'t str {
        let end = text.find('\n');
        if self.line == Line::Begins {
            // How a line begins says what it is.
            if end.is_none() && !last && (self.fence.is_some() || !says_what_it_is(text)) {
                return text;
            }
            let line = &text[..end.unwrap_or(text.len())];
            if self.fenced(line, out) {
                return &text[end.map_or(text.len(), |end| end + 1)..];
            }
            return self.begin(text, out);
        }
        let line = &text[..end.unwrap_or(text.len())];
        let ready = if end.is_some() || last { line.len() } else { word_end(line) };
        self.inline(&line[..ready], out);
        if end == Some(ready) {
            if self.line == Line::Heading {
                write!(out, "{:#}", self.palette.heading).expect(TAKES_ALL);
            }
            out.push('\n');
            self.line = Line::Begins;
            return &text[ready + 1..];
        }
        &text[ready..]
    }

    /// A line of a block of code, or one that begins or ends it.
    fn fenced(&mut self, line: &str, out: &mut String) -> bool {
        let bare = line.trim();
        let ticks = bare.len() - bare.trim_start_matches('`').len();
        match self.fence {
            Some(open) if ticks >= open && bare.len() == ticks => self.fence = None,
            Some(_) => {
                let style = self.palette.symbol;
                writeln!(out, "{INDENT}{style}{}{style:#}", printable(line)).expect(TAKES_ALL);
            }
            None if ticks >= 3 => self.fence = Some(ticks),
            None => return false,
        }
        true
    }

    /// The marks at the beginning of a line.
    fn begin<'t>(&mut self, text: &'t str, out: &mut String) -> &'t str {
        let bare = text.trim_start_matches(' ');
        let indent = &text[..text.len() - bare.len()];
        let marks = bare.len() - bare.trim_start_matches('#').len();
        if (1..=6).contains(&marks)
            && let Some(rest) = bare[marks..].strip_prefix(' ')
        {
            out.push_str(&self.palette.heading.to_string());
            self.line = Line::Heading;
            return rest;
        }
        self.line = Line::Text;
        out.push_str(indent);
        let dim = self.palette.dim;
        if let Some(rest) = ["- ", "* ", "+ "].iter().find_map(|mark| bare.strip_prefix(mark)) {
            out.push_str(BULLET);
            return rest;
        }
        if let Some(rest) = bare.strip_prefix('>') {
            write!(out, "{dim}{QUOTE}{dim:#}").expect(TAKES_ALL);
            return rest.strip_prefix(' ').unwrap_or(rest);
        }
        bare
    }

    /// Words with emphasis and code in them.
    fn inline(&mut self, text: &str, out: &mut String) {
        let mut rest = text;
        while let Some(at) = rest.find(['`', '*']) {
            out.push_str(&printable(&rest[..at]));
            rest = &rest[at..];
            let ticks = rest.len() - rest.trim_start_matches('`').len();
            if ticks > 0 {
                let mark = &rest[..ticks];
                if let Some(end) = rest[ticks..].find(mark) {
                    self.code(rest[ticks..ticks + end].trim(), out);
                    rest = &rest[ticks + end + ticks..];
                } else {
                    out.push_str(mark);
                    rest = &rest[ticks..];
                }
            } else if let Some(after) = rest.strip_prefix("**") {
                self.bold = !self.bold;
                let style = self.palette.symbol;
                if self.bold { write!(out, "{style}") } else { write!(out, "{style:#}") }.expect(TAKES_ALL);
                rest = after;
            } else {
                out.push('*');
                rest = &rest[1..];
            }
        }
        out.push_str(&printable(rest));
    }

    fn code(&self, code: &str, out: &mut String) {
        let Palette { path, line, symbol, .. } = self.palette;
        let ticked = format!("`{code}`");
        if let Some(place) = citations(&ticked).first() {
            let lines = &code[place.path.len()..];
            let (place, lines) = (printable(&place.path), printable(lines));
            write!(out, "{path}{place}{path:#}{line}{lines}{line:#}").expect(TAKES_ALL);
        } else {
            write!(out, "{symbol}{}{symbol:#}", printable(code)).expect(TAKES_ALL);
            if self.bold {
                out.push_str(&symbol.to_string());
            }
        }
    }
}

/// Whether so much of a line is there that it is known how it is to be shown.
fn says_what_it_is(text: &str) -> bool {
    let bare = text.trim_start_matches(' ');
    !bare.is_empty()
        && !"######".starts_with(bare)
        && !["-", "*", "+", ">", "`", "``", "**"].contains(&bare)
        && !bare.starts_with("```")
}

/// How much of a line can be shown: up to the last white space that is not in code.
fn word_end(line: &str) -> usize {
    let mut open: Option<usize> = None;
    let mut end = 0;
    let mut at = 0;
    while at < line.len() {
        let ticks = line[at..].len() - line[at..].trim_start_matches('`').len();
        if ticks > 0 {
            open = match open {
                None => Some(ticks),
                Some(known) if known == ticks => None,
                known => known,
            };
            at += ticks;
            continue;
        }
        let Some(c) = line[at..].chars().next() else { break };
        at += c.len_utf8();
        if open.is_none() && c.is_whitespace() {
            end = at;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Screen = Screen { terminal: true, colour: false, width: Some(80) };
    const COLOUR: Screen = Screen { terminal: true, colour: true, width: Some(80) };

    const TEXT: &str = "# The *store*\n\nIt **adds** items (`src/a b.rs:1-9`), see `x[1]`.\n- one `two`\n  * three\n\n\
                        ```rust\nfn a() {\n\n    *b\n}\n```\n> quoted\n2 * 3 ** 4";

    #[test]
    fn a_text_looks_the_same_however_it_comes() {
        let mut whole = Markdown::new(PLAIN);
        let shown = whole.next(TEXT) + &whole.end();
        assert_eq!(
            shown,
            "The *store*\n\nIt adds items (src/a b.rs:1-9), see x[1].\n• one two\n  • three\n\n    fn a() {\n    \n        \
             *b\n    }\n│ quoted\n2 * 3  4"
        );
        for screen in [PLAIN, COLOUR] {
            let mut whole = Markdown::new(screen);
            let expected = whole.next(TEXT) + &whole.end();
            for cut in 0..=TEXT.len() {
                let mut cut_up = Markdown::new(screen);
                let shown = cut_up.next(&TEXT[..cut]) + &cut_up.next(&TEXT[cut..]) + &cut_up.end();
                assert_eq!(shown, expected, "{cut}");
            }
            let mut letters = Markdown::new(screen);
            let shown: String = TEXT.chars().map(|c| letters.next(c.encode_utf8(&mut [0; 4]))).collect();
            assert_eq!(shown + &letters.end(), expected);
        }
    }

    #[test]
    fn words_are_shown_as_soon_as_they_are_whole() {
        let mut markdown = Markdown::new(PLAIN);
        assert_eq!(markdown.next("Items are add"), "Items are ");
        assert_eq!(markdown.next("ed by `Store::"), "added by ");
        assert_eq!(markdown.next("add` and"), "Store::add ");
        assert_eq!(markdown.end(), "and");
    }

    #[test]
    fn it_cannot_command_the_terminal() {
        let mut markdown = Markdown::new(COLOUR);
        let shown = markdown.next("a\x1b[2Jb `\x1b]0;x\x07`\n```\n\x1b[31m\n") + &markdown.end();
        assert!(!shown.contains("\x1b[2J") && !shown.contains("\x1b]") && !shown.contains("\x1b[31m"), "{shown:?}");
    }
}
