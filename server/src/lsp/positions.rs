//! Positions as the client counts them, and bytes as we do; the only file that knows both.
//!
//! A line ends with `\n`, `\r\n` or a lone `\r`. A position beyond the end of its line means that end, one beyond the last
//! line the end of the text, and one inside of a character its beginning.

use memchr::memchr2;

use super::proto::{ClientCapabilities, Position, PositionEncodingKind, Range};

/// What the client counts in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of two bytes, as JavaScript does.
    #[default]
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// What both sides can do: our own way if it is offered, else what every client must be able to do.
    pub fn negotiate(client: &ClientCapabilities) -> Self {
        let offered = client.general.as_ref().and_then(|general| general.position_encodings.as_deref());
        let offered = offered.unwrap_or_default();
        if offered.contains(&PositionEncodingKind::UTF8) {
            Self::Utf8
        } else if offered.contains(&PositionEncodingKind::UTF32) && !offered.contains(&PositionEncodingKind::UTF16) {
            Self::Utf32
        } else {
            Self::Utf16
        }
    }

    /// Its name in the protocol.
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    fn units(self, character: char) -> usize {
        match self {
            Self::Utf8 => character.len_utf8(),
            Self::Utf16 => character.len_utf16(),
            Self::Utf32 => 1,
        }
    }

    /// The byte of `line` that `units` units lie before, and whether there is such a place.
    fn byte_in(self, line: &str, units: usize) -> (usize, bool) {
        let mut left = units;
        for (at, character) in line.char_indices() {
            let width = self.units(character);
            if left < width {
                return (at, left == 0);
            }
            left -= width;
        }
        (line.len(), left == 0)
    }

    fn units_of(self, text: &str) -> usize {
        match self {
            Self::Utf8 => text.len(),
            Self::Utf16 if text.is_ascii() => text.len(),
            Self::Utf16 | Self::Utf32 => text.chars().map(|character| self.units(character)).sum(),
        }
    }
}

/// The byte of `text` that a position means, and whether the text has that very position.
pub fn to_byte(text: &str, position: Position, encoding: Encoding) -> (usize, bool) {
    let Some(start) = line_start(text, position.line as usize) else { return (text.len(), false) };
    let line = &text[start..];
    let line = &line[..memchr2(b'\n', b'\r', line.as_bytes()).unwrap_or(line.len())];
    let units = position.character as usize;
    let (byte, exact) =
        if line.is_ascii() { (units.min(line.len()), units <= line.len()) } else { encoding.byte_in(line, units) };
    (start + byte, exact)
}

/// The bytes of `text` that a range means, in order, and whether the text has that very range.
pub fn to_bytes(text: &str, range: Range, encoding: Encoding) -> (std::ops::Range<usize>, bool) {
    let (start, start_exact) = to_byte(text, range.start, encoding);
    let (end, end_exact) = to_byte(text, range.end, encoding);
    (start.min(end)..start.max(end), start_exact && end_exact && start <= end)
}

/// The position of a byte of `text`; one that is beyond the text means its end.
pub fn to_position(text: &str, byte: usize, encoding: Encoding) -> Position {
    let byte = floor(text, byte);
    let (mut line, mut start) = (0, 0);
    for next in line_starts(text).take_while(|next| *next <= byte) {
        line += 1;
        start = next;
    }
    position_in(text, line, start, byte, encoding)
}

/// The lines of one text, for whoever has many places in it.
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Finds the lines of `text`.
    pub fn of(text: &'t str) -> Self {
        Self { text, starts: std::iter::once(0).chain(line_starts(text)).collect() }
    }

    /// The position of a byte.
    pub fn to_position(&self, byte: usize, encoding: Encoding) -> Position {
        let byte = floor(self.text, byte);
        let line = self.starts.partition_point(|start| *start <= byte) - 1;
        position_in(self.text, line, self.starts[line], byte, encoding)
    }

    /// The range of some bytes.
    pub fn to_range(&self, bytes: std::ops::Range<usize>, encoding: Encoding) -> Range {
        Range { start: self.to_position(bytes.start, encoding), end: self.to_position(bytes.end, encoding) }
    }

    /// The range of whole lines, counted from 1 and with the last, without the break after the last.
    pub fn lines_to_range(&self, first: usize, last: usize, encoding: Encoding) -> Range {
        let start = self.start(first.saturating_sub(1));
        let end = self.start(last.saturating_sub(1));
        let end = end + memchr2(b'\n', b'\r', &self.text.as_bytes()[end..]).unwrap_or(self.text.len() - end);
        self.to_range(start..end.max(start), encoding)
    }

    fn start(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(self.text.len())
    }
}

/// The beginning of the character that the byte is in; the end of the text when it is beyond that.
pub fn floor(text: &str, byte: usize) -> usize {
    (0..=byte.min(text.len())).rev().find(|byte| text.is_char_boundary(*byte)).unwrap_or(0)
}

fn position_in(text: &str, line: usize, start: usize, byte: usize, encoding: Encoding) -> Position {
    let before = &text[start..byte];
    // Between the two parts of a break the line has ended already.
    let before = before.strip_suffix('\r').unwrap_or(before);
    Position { line: line as u32, character: encoding.units_of(before) as u32 }
}

fn line_start(text: &str, line: usize) -> Option<usize> {
    if line == 0 { Some(0) } else { line_starts(text).nth(line - 1) }
}

/// Where each line but the first begins.
fn line_starts(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    memchr::memchr2_iter(b'\n', b'\r', bytes)
        .filter(|at| !(bytes[*at] == b'\r' && bytes.get(at + 1) == Some(&b'\n')))
        .map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    /// Every place of the text with its position, found character by character.
    fn places(text: &str, encoding: Encoding) -> Vec<(usize, Position)> {
        let mut places = Vec::new();
        let (mut line, mut units) = (0, 0);
        let mut rest = text.char_indices().peekable();
        while let Some((byte, character)) = rest.next() {
            places.push((byte, at(line, units)));
            match character {
                '\r' if rest.peek().is_some_and(|(_, next)| *next == '\n') => {}
                '\r' | '\n' => (line, units) = (line + 1, 0),
                _ => units += encoding.units(character) as u32,
            }
        }
        places.push((text.len(), at(line, units)));
        places
    }

    proptest! {
        #[test]
        fn every_place_is_found_both_ways(text in "[a\u{e9}\u{6587}\u{1f600}\r\n]{0,24}") {
            for encoding in ALL {
                let lines = Lines::of(&text);
                for (byte, position) in places(&text, encoding) {
                    prop_assert_eq!(to_position(&text, byte, encoding), position);
                    prop_assert_eq!(lines.to_position(byte, encoding), position);
                    // Inside of a line break is no place of its own.
                    let byte = if text[..byte].ends_with('\r') && text[byte..].starts_with('\n') { byte - 1 } else { byte };
                    prop_assert_eq!(to_byte(&text, position, encoding), (byte, true));
                }
            }
        }

        #[test]
        fn any_position_means_some_place(text in "(?s).{0,16}", line in 0_u32..20, character in 0_u32..20) {
            for encoding in ALL {
                let (byte, exact) = to_byte(&text, at(line, character), encoding);
                prop_assert!(text.is_char_boundary(byte));
                let back = to_position(&text, byte, encoding);
                prop_assert!(back <= at(line, character));
                prop_assert_eq!(exact, back == at(line, character));
            }
        }
    }

    #[test]
    fn what_is_not_there_means_what_is_next_to_it() {
        let text = "a😀b\r\n\r\nz";
        assert_eq!(to_byte(text, at(0, 2), Encoding::Utf16), (1, false), "the middle of a character");
        assert_eq!(to_byte(text, at(0, 3), Encoding::Utf16), (5, true));
        assert_eq!(to_byte(text, at(0, 99), Encoding::Utf16), (6, false), "beyond the line");
        assert_eq!(to_byte(text, at(1, 1), Encoding::Utf16), (8, false), "an empty line");
        assert_eq!(to_byte(text, at(7, 0), Encoding::Utf16), (11, false), "beyond the text");
        assert_eq!(Lines::of(text).lines_to_range(1, 1, Encoding::Utf16), Range { start: at(0, 0), end: at(0, 4) });
        assert_eq!(Lines::of(text).lines_to_range(3, 9, Encoding::Utf32), Range { start: at(2, 0), end: at(2, 1) });
    }

    #[test]
    fn the_encoding_is_ours_if_it_is_offered() {
        let offer = |kinds: &[&'static str]| {
            let kinds = kinds.iter().map(|kind| PositionEncodingKind::new(kind)).collect();
            Encoding::negotiate(&ClientCapabilities {
                general: Some(super::super::proto::GeneralClientCapabilities {
                    position_encodings: Some(kinds),
                    ..Default::default()
                }),
                ..Default::default()
            })
        };
        assert_eq!(offer(&["utf-16"]), Encoding::Utf16);
        assert_eq!(offer(&["utf-8", "utf-16", "utf-32"]), Encoding::Utf8);
        assert_eq!(offer(&["utf-8", "utf-32", "utf-16"]), Encoding::Utf8);
        assert_eq!(offer(&["utf-32"]), Encoding::Utf32);
        assert_eq!(offer(&["utf-7"]), Encoding::Utf16);
        assert_eq!(Encoding::negotiate(&ClientCapabilities::default()), Encoding::Utf16);
    }
}
