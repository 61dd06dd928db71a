//! From the bytes of a file to text, and from byte offsets to lines. It does not judge what the text is worth (see
//! `shape`).

use std::ops::Range;

use crate::skip::SkipReason;

/// How the bytes of a file were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, which plain ASCII is too.
    Utf8,
    /// UTF-16 with the low byte first.
    Utf16Le,
    /// UTF-16 with the high byte first.
    Utf16Be,
    /// Latin-1 and its superset of the Windows world; the guess for what is not UTF-8 and yet looks like text.
    Windows1252,
}

impl Encoding {
    /// The name people know it by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Windows1252 => "windows-1252",
        }
    }
}

/// The text of a file. Line ends are as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text, without the byte order mark.
    pub text: String,
    /// What the bytes were.
    pub encoding: Encoding,
    /// Whether a byte order mark stood at the start.
    pub had_bom: bool,
}

/// How much of a file is looked at to tell text from other things.
const SAMPLE: usize = 8 << 10;

/// The text that `bytes` hold; [`SkipReason::Binary`] or [`SkipReason::NotText`] where there is none.
///
/// UTF-8, the usual case, is checked and taken over without a copy.
pub fn decode(mut bytes: Vec<u8>) -> Result<Text, SkipReason> {
    if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") {
        return utf16(rest, Encoding::Utf16Le, true);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xFE\xFF") {
        return utf16(rest, Encoding::Utf16Be, true);
    }
    let had_bom = bytes.starts_with(b"\xEF\xBB\xBF");
    if had_bom {
        bytes.drain(..3);
    }
    if memchr::memchr(0, &bytes).is_some() {
        let encoding = utf16_without_mark(&bytes).ok_or(SkipReason::Binary)?;
        return utf16(&bytes, encoding, false);
    }
    if control_heavy(bytes[..bytes.len().min(SAMPLE)].iter().copied()) {
        return Err(SkipReason::Binary);
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Text { text, encoding: Encoding::Utf8, had_bom }),
        Err(error) => windows_1252(&error.into_bytes(), had_bom),
    }
}

fn utf16(bytes: &[u8], encoding: Encoding, had_bom: bool) -> Result<Text, SkipReason> {
    let decoder = if encoding == Encoding::Utf16Le { encoding_rs::UTF_16LE } else { encoding_rs::UTF_16BE };
    let text = decoder.decode_without_bom_handling_and_without_replacement(bytes).ok_or(SkipReason::Binary)?;
    // Random pairs of bytes are often valid UTF-16: what gives them away is NULs and controls.
    if text.contains('\0') || control_heavy(text.bytes().take(SAMPLE)) {
        return Err(SkipReason::Binary);
    }
    Ok(Text { text: text.into_owned(), encoding, had_bom })
}

/// The byte order of text that has a NUL in (nearly) every other byte, as Western text in UTF-16 has.
fn utf16_without_mark(bytes: &[u8]) -> Option<Encoding> {
    if bytes.len() < 4 || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let pairs = sample.len() / 2;
    let nuls = |offset: usize| sample[offset..].iter().step_by(2).filter(|byte| **byte == 0).count();
    match (nuls(0), nuls(1)) {
        (0, odd) if odd * 4 >= pairs * 3 => Some(Encoding::Utf16Le),
        (even, 0) if even * 4 >= pairs * 3 => Some(Encoding::Utf16Be),
        _ => None,
    }
}

fn windows_1252(bytes: &[u8], had_bom: bool) -> Result<Text, SkipReason> {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    // Even Western prose has few accents among its letters. Other 8-bit and multi-byte encodings have mostly high
    // bytes, and so has compressed data; reading those as Latin would fill the index with noise.
    let high = sample.iter().filter(|byte| !byte.is_ascii()).count();
    let unassigned = sample.iter().filter(|byte| matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D)).count();
    if high * 3 > sample.len() || unassigned * 50 > sample.len() {
        return Err(SkipReason::NotText);
    }
    let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes);
    Ok(Text { text: text.into_owned(), encoding: Encoding::Windows1252, had_bom })
}

/// More than one byte in twenty is a control character that text has no use for.
fn control_heavy(bytes: impl Iterator<Item = u8>) -> bool {
    let (mut all, mut controls) = (0_usize, 0_usize);
    for byte in bytes {
        all += 1;
        // Backspace to carriage return and escape (coloured logs) do occur in text.
        controls += usize::from((byte < 0x20 && !matches!(byte, 0x08..=0x0D | 0x1B)) || byte == 0x7F);
    }
    controls * 20 > all
}

/// Where the lines of a text begin: offsets to lines and back. Lines count from 1, as people and results count them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    starts: Vec<u32>,
    len: u32,
}

impl Lines {
    /// Finds the lines of `text`. A line ends with `\n` (or `\r\n`); a line end at the end of the text does not begin
    /// another line. Even an empty text has one line.
    ///
    /// # Panics
    /// When the text has 4 GiB or more, which no indexed file has.
    pub fn new(text: &str) -> Self {
        let len = u32::try_from(text.len()).expect("files are limited to far less than 4 GiB");
        let mut starts = Vec::with_capacity(text.len() / 32 + 1);
        starts.push(0);
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at as u32 + 1));
        if starts.len() > 1 && starts.last() == Some(&len) {
            starts.pop();
        }
        Self { starts, len }
    }

    /// How many lines there are, at least 1.
    pub fn count(&self) -> u32 {
        self.starts.len() as u32
    }

    /// The line that holds the byte at `offset`; line ends belong to the line they end, offsets past the end to the
    /// last line.
    pub fn line_of(&self, offset: usize) -> u32 {
        self.starts.partition_point(|start| *start as usize <= offset) as u32
    }

    /// The bytes of `line` with its line end; empty and at the end of the text for a line that is not there.
    pub fn full_range(&self, line: u32) -> Range<usize> {
        let start = |line: u32| self.starts.get(line as usize).copied().unwrap_or(self.len) as usize;
        match line.checked_sub(1) {
            Some(index) => start(index)..start(index + 1),
            None => 0..0,
        }
    }

    /// The bytes of `line` without its line end. `text` is the text these lines were made from.
    pub fn range(&self, line: u32, text: &str) -> Range<usize> {
        let mut range = self.full_range(line);
        let bytes = &text.as_bytes()[range.clone()];
        if bytes.ends_with(b"\n") {
            range.end -= if bytes.ends_with(b"\r\n") { 2 } else { 1 };
        }
        range
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: Result<(&str, Encoding, bool), SkipReason>) {
        let expected = expected.map(|(text, encoding, had_bom)| Text { text: text.to_owned(), encoding, had_bom });
        assert_eq!(decode(bytes.to_vec()), expected);
    }

    fn utf16_bytes(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn utf_8_is_taken_as_it_is() {
        check(b"", Ok(("", Encoding::Utf8, false)));
        check("fn é() {}\r\n\u{1F9ED}".as_bytes(), Ok(("fn é() {}\r\n\u{1F9ED}", Encoding::Utf8, false)));
        check(b"\xEF\xBB\xBFusing System;", Ok(("using System;", Encoding::Utf8, true)));
        check(b"\xEF\xBB\xBF", Ok(("", Encoding::Utf8, true)));
        check(b"\x1b[31mred\x1b[0m\x0c", Ok(("\x1b[31mred\x1b[0m\x0c", Encoding::Utf8, false)));
    }

    #[test]
    fn utf_8_is_not_copied() {
        let bytes = b"fn main() {}".to_vec();
        let address = bytes.as_ptr();
        assert_eq!(decode(bytes).unwrap().text.as_ptr(), address);
    }

    #[test]
    fn utf_16_with_and_without_its_mark() {
        let text = "class Straße { } // 🧭\r\n";
        let marked = format!("\u{FEFF}{text}");
        check(&utf16_bytes(&marked, u16::to_le_bytes), Ok((text, Encoding::Utf16Le, true)));
        check(&utf16_bytes(&marked, u16::to_be_bytes), Ok((text, Encoding::Utf16Be, true)));
        check(&utf16_bytes(text, u16::to_le_bytes), Ok((text, Encoding::Utf16Le, false)));
        check(&utf16_bytes(text, u16::to_be_bytes), Ok((text, Encoding::Utf16Be, false)));
        check(b"\xFF\xFE", Ok(("", Encoding::Utf16Le, true)));
    }

    #[test]
    fn broken_utf_16_is_binary() {
        check(b"\xFF\xFE\x00\xD8a\x00", Err(SkipReason::Binary));
        check(b"\xFF\xFEa\x00b", Err(SkipReason::Binary));
        check(b"\xFF\xFE\x00\x00a\x00\x00\x00", Err(SkipReason::Binary));
    }

    #[test]
    fn nuls_and_controls_are_binary() {
        check(b"\x7fELF\x02\x01\x01\x00\x00\x00", Err(SkipReason::Binary));
        check(b"text and a \0 in it", Err(SkipReason::Binary));
        check(b"\x01\x02\x03\x04abc", Err(SkipReason::Binary));
        check(b"\0", Err(SkipReason::Binary));
        check(b"\0\0\0\0\0\0\0\0", Err(SkipReason::Binary));
    }

    #[test]
    fn latin_1_is_read_as_windows_1252() {
        check(b"// caf\xE9 cr\xE8me, 5 \x80 please", Ok(("// café crème, 5 € please", Encoding::Windows1252, false)));
    }

    #[test]
    fn other_encodings_are_not_text() {
        // Russian in KOI8-R and Japanese in Shift-JIS.
        check(b"\xF0\xD2\xC9\xD7\xC5\xD4 \xCD\xC9\xD2", Err(SkipReason::NotText));
        check(b"\x93\xFA\x96\x7B\x8C\xEA\x82\xCC\x83\x65\x83\x4C\x83\x58\x83\x67", Err(SkipReason::NotText));
    }

    #[test]
    fn lines_and_offsets() {
        let text = "one\r\ntwo\n\nfour";
        let lines = Lines::new(text);
        assert_eq!(lines.count(), 4);
        assert_eq!([0, 3, 4, 5, 8, 9, 10, 14, 99].map(|at| lines.line_of(at)), [1, 1, 1, 2, 2, 3, 4, 4, 4]);
        assert_eq!([1, 2, 3, 4].map(|line| &text[lines.range(line, text)]), ["one", "two", "", "four"]);
        assert_eq!([0, 1, 4, 5].map(|line| lines.full_range(line)), [0..0, 0..5, 10..14, 14..14]);
    }

    #[test]
    fn a_last_line_end_begins_no_line() {
        assert_eq!(["", "a", "a\n", "a\n\n", "\n"].map(|text| Lines::new(text).count()), [1, 1, 1, 2, 1]);
    }

    proptest! {
        #[test]
        fn any_bytes_decode_or_have_a_reason(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            match decode(bytes) {
                Ok(text) => prop_assert!(!text.text.contains('\0')),
                Err(reason) => prop_assert!(matches!(reason, SkipReason::Binary | SkipReason::NotText)),
            }
        }

        #[test]
        fn lines_cover_the_text_and_agree_with_std(text in "[a\r\n é]{0,60}") {
            let lines = Lines::new(&text);
            let seen: Vec<&str> = (1..=lines.count()).map(|line| &text[lines.range(line, &text)]).collect();
            let mut expected: Vec<&str> = text.lines().collect();
            if expected.is_empty() {
                expected.push("");
            }
            prop_assert_eq!(seen, expected);
            let whole: String = (1..=lines.count()).map(|line| &text[lines.full_range(line)]).collect();
            prop_assert_eq!(&whole, &text);
            for at in 0..text.len() {
                prop_assert!(lines.full_range(lines.line_of(at)).contains(&at));
            }
        }
    }
}
