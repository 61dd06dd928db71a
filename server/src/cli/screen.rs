//! What is known of the terminal, and how text is made to fit it.

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthChar;

/// Where text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// A person sees it come.
    pub terminal: bool,
    /// Colours are wanted.
    pub colour: bool,
    /// Columns; nothing is cut where there is no terminal.
    pub width: Option<usize>,
}

/// The styles of what we print; all plain where colours are not wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Palette {
    /// A path.
    pub path: Style,
    /// A line number.
    pub line: Style,
    /// The name of a definition.
    pub symbol: Style,
    /// A word that was looked for.
    pub found: Style,
    /// What is there for orientation only.
    pub dim: Style,
    /// A heading.
    pub heading: Style,
    /// The word `error`.
    pub error: Style,
    /// The word `warning`.
    pub warning: Style,
    /// The word `note`.
    pub note: Style,
}

impl Screen {
    /// The styles for it.
    pub fn palette(self) -> Palette {
        if !self.colour {
            return Palette::default();
        }
        Palette {
            path: AnsiColor::Magenta.on_default(),
            line: AnsiColor::Green.on_default(),
            symbol: Style::new().bold(),
            found: AnsiColor::Red.on_default().bold(),
            dim: Style::new().dimmed(),
            heading: Style::new().bold(),
            error: AnsiColor::Red.on_default().bold(),
            warning: AnsiColor::Yellow.on_default().bold(),
            note: AnsiColor::Cyan.on_default().bold(),
        }
    }
}

const TAB: usize = 4;

/// `text` as one line that can do nothing to a terminal: tabs become spaces, control characters become visible, and marks
/// that change the direction of text (with which code can look like other code) become a replacement character.
pub fn printable(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut column = 0;
    for c in text.chars() {
        let shown = match c {
            '\t' => {
                let spaces = TAB - column % TAB;
                line.extend(std::iter::repeat_n(' ', spaces));
                column += spaces;
                continue;
            }
            '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
            '\u{7f}' => '\u{2421}',
            '\u{80}'..='\u{9f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
            _ => c,
        };
        column += shown.width().unwrap_or(0);
        line.push(shown);
    }
    line
}

/// How many columns a printable text takes, at most.
pub fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// As much of a printable text as fits into so many columns; what is cut off is replaced by `…`.
pub fn fit(text: &str, columns: Option<usize>) -> String {
    let Some(columns) = columns else { return text.to_owned() };
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut used = 0;
    let mut fitted = String::new();
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide + 1 > columns {
            break;
        }
        used += wide;
        fitted.push(c);
    }
    if columns > 0 {
        fitted.push('…');
    }
    fitted
}

/// A number with its thousands apart: `12,345`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with what it counts: `1 file`, `2,000 files`.
pub fn counted(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", count(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters_by_the_columns_they_take() {
        for (text, columns, expected) in [
            ("short", 10, "short"),
            ("exactly", 7, "exactly"),
            ("too long", 7, "too lo…"),
            ("日本語の文", 6, "日本…"),
            ("日本語", 6, "日本語"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
            ("🦀🦀", 3, "🦀…"),
            ("x", 0, ""),
            ("xy", 1, "…"),
        ] {
            let fitted = fit(text, Some(columns));
            assert_eq!(fitted, expected);
            assert!(width(&fitted) <= columns);
        }
        assert_eq!(fit("never cut without a terminal", None), "never cut without a terminal");
    }

    #[test]
    fn code_cannot_command_the_terminal() {
        assert_eq!(printable("a\tb\x1b[31mred\x07\r\u{9b}1m \u{202e}x"), "a   b␛[31mred␇␍\u{fffd}1m \u{fffd}x");
    }

    proptest::proptest! {
        #[test]
        fn any_text_fits_any_terminal(text in "\\PC{0,40}|.{0,40}", columns in 0_usize..50) {
            let line = printable(&text);
            proptest::prop_assert!(!line.chars().any(char::is_control));
            proptest::prop_assert!(width(&fit(&line, Some(columns))) <= columns);
        }
    }

    #[test]
    fn thousands_are_apart() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }
}
