//! Cuts a stream of bytes into lines, wherever the packets begin and end, in linear time.

use bytes::{Bytes, BytesMut};

/// No line is longer: whatever sends more without a break is not a model host.
pub const LONGEST_LINE: usize = 32 << 20;

/// A line grew beyond [`LONGEST_LINE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

/// Bytes that came and are not read yet.
#[derive(Debug, Default)]
pub struct Lines {
    buffer: BytesMut,
    /// So many bytes at the front are known to hold no end of a line.
    scanned: usize,
}

impl Lines {
    /// Takes what came.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole line without its end; blank lines are left out.
    pub fn next_line(&mut self) -> Result<Option<Bytes>, TooLong> {
        while let Some(at) = memchr::memchr(b'\n', &self.buffer[self.scanned..]) {
            let line = self.buffer.split_to(self.scanned + at + 1).freeze();
            self.scanned = 0;
            let line = trimmed(&line);
            if !line.is_empty() {
                return Ok(Some(line));
            }
        }
        self.scanned = self.buffer.len();
        if self.scanned > LONGEST_LINE { Err(TooLong) } else { Ok(None) }
    }

    /// What came after the last end of a line, when nothing more will come.
    pub fn rest(&mut self) -> Option<Bytes> {
        self.scanned = 0;
        let line = trimmed(&self.buffer.split().freeze());
        (!line.is_empty()).then_some(line)
    }
}

fn trimmed(line: &Bytes) -> Bytes {
    line.slice_ref(line.trim_ascii())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn read(pieces: &[&[u8]]) -> Vec<Bytes> {
        let mut lines = Lines::default();
        let mut read = Vec::new();
        for piece in pieces {
            lines.push(piece);
            while let Some(line) = lines.next_line().unwrap() {
                read.push(line);
            }
        }
        read.extend(lines.rest());
        read
    }

    #[test]
    fn packets_mean_nothing() {
        let text = "{\"a\":\"grün\\n🦀\"}\r\n\n{\"b\":1}\n \r\n{\"last\":true}".as_bytes();
        let whole = read(&[text]);
        assert_eq!(whole.len(), 3);
        assert_eq!(whole[0], "{\"a\":\"grün\\n🦀\"}");
        for cut in 0..=text.len() {
            assert_eq!(read(&[&text[..cut], &text[cut..]]), whole, "cut at {cut}");
        }
        assert_eq!(read(&text.chunks(1).collect::<Vec<_>>()), whole);
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let mut lines = Lines::default();
        let piece = vec![b'x'; 1 << 20];
        let refused = (0..40).find_map(|_| {
            lines.push(&piece);
            lines.next_line().err()
        });
        assert_eq!(refused, Some(TooLong));
    }

    proptest::proptest! {
        #[test]
        fn any_pieces_give_the_same_lines(text in "[a\n\r ü]{0,60}", size in 1_usize..9) {
            let pieces: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            proptest::prop_assert_eq!(read(&pieces), read(&[text.as_bytes()]));
        }
    }
}
