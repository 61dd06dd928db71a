//! Cuts text into pieces: runs of capitals, words with at most one capital before them, and runs of digits.
//!
//! Works on 64 bytes at a time: the classes of the bytes become bit masks and the edges of pieces follow from shifting
//! them against each other, so that the cost does not depend on how the text looks.

/// Bytes classified at once, and the padding that the scan needs behind the text.
const BLOCK: usize = 64;

/// Where the pieces and the line breaks of a text are. Reused from text to text.
#[derive(Default)]
pub(super) struct Pieces {
    /// The text, with every ASCII letter made small, padded with zeros.
    pub(super) text: Vec<u8>,
    pub(super) starts: Vec<u32>,
    pub(super) ends: Vec<u32>,
    pub(super) newlines: Vec<u32>,
}

impl Pieces {
    /// Scans the parts as one text.
    pub(super) fn scan(&mut self, parts: &[&str]) {
        let Self { text, starts, ends, newlines } = self;
        text.clear();
        starts.clear();
        ends.clear();
        newlines.clear();
        for part in parts {
            text.extend_from_slice(part.as_bytes());
        }
        // At least one byte of padding, so that the last piece ends inside a block.
        let blocks = text.len() / BLOCK + 1;
        text.resize(blocks * BLOCK, 0);

        let mut before = Classes::default();
        for index in 0..blocks {
            let base = index * BLOCK;
            let next = text.get(base + BLOCK).copied().unwrap_or(0);
            let block: &mut [u8; BLOCK] =
                (&mut text[base..base + BLOCK]).try_into().expect("the text is padded to whole blocks");
            let here = Classes::of(block);
            let upper = (here.upper << 1) | (before.upper >> 63);
            let lower = (here.lower << 1) | (before.lower >> 63);
            let digit = (here.digit << 1) | (before.digit >> 63);
            let lower_next = (here.lower >> 1) | (u64::from(next.is_ascii_lowercase()) << 63);

            let start = here.digit & !digit | here.lower & !lower & !upper | here.upper & (!upper | lower_next);
            let separator = !(here.upper | here.lower | here.digit);
            let end = (start | separator) & (upper | lower | digit);
            positions(start, base, starts);
            positions(end, base, ends);
            positions(here.newline, base, newlines);
            before = here;
            // Sets the bit that small letters and digits have anyway. What it does to separators is of no interest.
            for byte in block {
                *byte |= 0x20;
            }
        }
    }
}

/// One bit a byte for each class.
#[derive(Default)]
struct Classes {
    upper: u64,
    lower: u64,
    digit: u64,
    newline: u64,
}

impl Classes {
    #[inline]
    fn of(block: &[u8; BLOCK]) -> Self {
        Self {
            upper: mask(block, |byte| byte.wrapping_sub(b'A') < 26),
            lower: mask(block, |byte| byte.wrapping_sub(b'a') < 26),
            digit: mask(block, |byte| byte.wrapping_sub(b'0') < 10),
            newline: mask(block, |byte| byte == b'\n'),
        }
    }
}

#[inline]
fn mask(block: &[u8; BLOCK], test: impl Fn(u8) -> bool) -> u64 {
    let flags = block.map(|byte| u8::from(test(byte)));
    let (words, _) = flags.as_chunks::<8>();
    let mut mask = 0;
    for (index, word) in words.iter().enumerate() {
        // Gathers the lowest bits of the eight bytes into the highest byte, without carries.
        let bits = u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask |= bits << (8 * index);
    }
    mask
}

#[inline]
fn positions(mut mask: u64, base: usize, out: &mut Vec<u32>) {
    while mask != 0 {
        out.push(base as u32 + mask.trailing_zeros());
        mask &= mask - 1;
    }
}
