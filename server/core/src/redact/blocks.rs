//! Private keys, which take several lines. A piece of a file may hold only the beginning of one, or only the end.

use memchr::{memchr, memchr_iter, memmem, memrchr};

use super::{Span, rules};

/// A line of a key holds so many digits in base 64 in a row, but for its last one.
const RUN: usize = 16;

/// Less than this is no key, but a word about keys.
const LEAST: usize = 40;

/// No key has more lines: RSA with 16384 bits has about 200.
const MOST_LINES: usize = 400;

/// Finds private keys.
pub(super) fn find(text: &str) -> Vec<Span> {
    let bytes = text.as_bytes();
    let mut spans: Vec<Span> = Vec::new();
    if memmem::find(bytes, b"PRIVATE").is_some() {
        for at in memmem::find_iter(bytes, "PRIVATE KEY") {
            let from = spans.last().map_or(0, |last| last.end);
            if at < from {
                continue;
            }
            let Some((fence, ends)) = fence(bytes, at) else { continue };
            let whole = if ends { before(bytes, from, fence) } else { after(bytes, fence) };
            spans.extend(whole.map(|(start, end)| Span { start, end, kind: rules::PRIVATE_KEY, rank: 0 }));
        }
    }
    // PuTTY says how many lines of the key are the secret ones.
    for at in memmem::find_iter(bytes, "Private-Lines:") {
        let begin = next_line(bytes, at);
        let (end, digits) = body(bytes, begin, false);
        if digits >= LEAST {
            spans.push(Span { start: begin, end, kind: rules::PRIVATE_KEY, rank: 0 });
        }
    }
    spans
}

/// The line such as `-----BEGIN RSA PRIVATE KEY-----` around the word at `at`, and whether it ends a key.
fn fence(bytes: &[u8], at: usize) -> Option<((usize, usize), bool)> {
    let longest = at.saturating_sub(48);
    let dashes = longest + memmem::rfind(&bytes[longest..at], b"----")?;
    let words = &bytes[dashes + 4..at];
    let start = bytes[..dashes].iter().rposition(|byte| *byte != b'-').map_or(0, |before| before + 1);
    let label = words.trim_ascii_start();
    let ends = label.starts_with(b"END");
    if !ends && !label.starts_with(b"BEGIN") || !label.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b' ')
    {
        return None;
    }
    let mut end = at + "PRIVATE KEY".len();
    if bytes[end..].starts_with(b" BLOCK") {
        end += " BLOCK".len();
    }
    let closing = bytes[end..].iter().take_while(|byte| **byte == b'-' || **byte == b' ').count();
    (closing >= 4).then_some(((start, end + closing), ends))
}

/// A key that begins with a fence: to its other fence, or as far as the lines look like a key.
fn after(bytes: &[u8], fence: (usize, usize)) -> Option<(usize, usize)> {
    let (end, digits) = body(bytes, fence.1, true);
    (digits >= LEAST).then_some((fence.0, end))
}

/// A key whose beginning is not there: the lines before its last fence.
fn before(bytes: &[u8], from: usize, fence: (usize, usize)) -> Option<(usize, usize)> {
    let (mut start, mut digits, mut short) = (fence.0, 0, 0);
    for _ in 0..MOST_LINES {
        let above = &bytes[from..start];
        let above = above.strip_suffix(b"\n").unwrap_or(above);
        let line = memrchr(b'\n', above).map_or(0, |at| at + 1);
        match Line::of(&above[line..]) {
            Line::Digits(count) => digits += count,
            // What stands before the fence on its own line, and the last line of the key.
            Line::Blank | Line::Short if digits == 0 && short < 2 => short += 1,
            _ => break,
        }
        start = from + line;
        if line == 0 {
            break;
        }
    }
    (digits >= LEAST).then_some((start, fence.1))
}

/// Where the lines from `from` on stop to look like those of a key, and how many digits they hold.
fn body(bytes: &[u8], from: usize, fenced: bool) -> (usize, usize) {
    let (mut at, mut end, mut digits) = (from, from, 0);
    let mut over = false;
    for number in 0..MOST_LINES {
        let stop = memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length);
        let line = &bytes[at..stop];
        if fenced && let Some((opens, closes)) = closing(line) {
            if let Line::Digits(count) = Line::of(&line[..opens]) {
                digits += count;
            }
            return (at + closes, digits);
        }
        match Line::of(line) {
            Line::Digits(count) if !over => (end, digits) = (stop, digits + count),
            Line::Short if digits > 0 && !over => (end, over) = (stop, true),
            // What stands behind the fence on its own line.
            Line::Short if number == 0 => {}
            Line::Blank => {}
            _ => break,
        }
        if stop == bytes.len() {
            break;
        }
        at = stop + 1;
    }
    (end, digits)
}

/// Where the fence in a line begins and ends, if there is one.
fn closing(line: &[u8]) -> Option<(usize, usize)> {
    let word = memmem::find(line, b"PRIVATE KEY")?;
    let ((start, end), ends) = fence(line, word)?;
    ends.then_some((start, end))
}

/// What a line may be in a key.
enum Line {
    /// Digits of the key, so many.
    Digits(usize),
    /// Its last digits perhaps.
    Short,
    /// Nothing, or a header.
    Blank,
    /// No line of a key.
    Other,
}

impl Line {
    fn of(line: &[u8]) -> Self {
        let line = line.trim_ascii();
        let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
        let (mut runs, mut other, mut at) = (0, 0, 0);
        while at < line.len() {
            let length = line[at..].iter().take_while(|byte| is_digit(**byte)).count();
            *(if length >= RUN { &mut runs } else { &mut other }) += length;
            at += length.max(1);
        }
        let headers = [&b"Proc-Type:"[..], b"DEK-Info:", b"Version:", b"Comment:", b"Subject:"];
        if headers.iter().any(|name| line.starts_with(name)) || runs + other == 0 {
            return Self::Blank;
        }
        // Quotes, escapes and signs of comments may stand around the digits.
        if runs > other {
            return Self::Digits(runs);
        }
        let signs = line.iter().all(|byte| is_digit(*byte) || b"\"'`\\,;+*#. ".contains(byte));
        if signs && memchr_iter(b' ', line).count() <= 2 && other <= 76 { Self::Short } else { Self::Other }
    }
}

fn next_line(bytes: &[u8], from: usize) -> usize {
    memchr(b'\n', &bytes[from..]).map_or(bytes.len(), |at| from + at + 1)
}
