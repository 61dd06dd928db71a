//! From pieces to tokens: words, parts of unknown words, and pairs of neighbours.

use super::pieces::Pieces;
use super::vocabulary::{Hash, LONGEST, Vocabulary};

/// A piece of letters beyond this length has no token.
const LONGEST_LETTERS: usize = 30;

/// A piece of digits beyond this length has no token.
const LONGEST_DIGITS: usize = 5;

/// The tokens of a text in the order of their occurrence, and where each line begins among them.
#[derive(Default)]
pub(super) struct Tokens {
    pub(super) all: Vec<u32>,
    /// One entry for each line break counted.
    pub(super) lines: Vec<LineStart>,
}

/// Where a line begins. A pair may reach over the line break: its tokens lie between the two marks and belong to a text
/// only when that holds both lines.
#[derive(Clone, Copy)]
pub(super) struct LineStart {
    pub(super) before_pair: u32,
    pub(super) after_pair: u32,
}

/// The piece before the one at hand.
#[derive(Clone, Copy, Default)]
struct Previous {
    hash: Hash,
    start: usize,
    end: usize,
    /// Two letters or more: it can be half of a pair.
    pairs: bool,
}

impl Tokens {
    /// Reads the tokens of the scanned pieces. Line breaks before byte `lines_from` are not counted.
    pub(super) fn read(&mut self, vocabulary: &Vocabulary, pieces: &Pieces, lines_from: usize) {
        self.all.clear();
        self.lines.clear();
        let skipped = pieces.newlines.partition_point(|&at| (at as usize) < lines_from);
        let mut newlines = pieces.newlines[skipped..].iter().peekable();
        let mut previous = Previous::default();
        for (&start, &end) in pieces.starts.iter().zip(&pieces.ends) {
            let range = start as usize..end as usize;
            let piece = &pieces.text[range.clone()];
            let digits = piece[0].is_ascii_digit();
            let silent = piece.len() > if digits { LONGEST_DIGITS } else { LONGEST_LETTERS };
            // A silent piece is too long for a pair as well, so that nobody asks for its hash.
            let hash = if silent { Hash::default() } else { Hash::of(piece) };
            let pairs = !digits && piece.len() > 1;

            let before_pair = self.all.len() as u32;
            if pairs && previous.pairs && range.start - previous.end < 2 {
                let first = &pieces.text[previous.start..previous.end];
                self.pair(vocabulary, (first, previous.hash), (piece, hash));
            }
            let mark = LineStart { before_pair, after_pair: self.all.len() as u32 };
            while newlines.next_if(|&&at| at < start).is_some() {
                self.lines.push(mark);
            }
            if !silent {
                self.piece(vocabulary, piece, hash);
            }
            previous = Previous { hash, start: range.start, end: range.end, pairs };
        }
        let end = self.all.len() as u32;
        self.lines.extend(newlines.map(|_| LineStart { before_pair: end, after_pair: end }));
    }

    /// The tokens of two neighbours written as one word, and as two.
    #[inline]
    fn pair(&mut self, vocabulary: &Vocabulary, (a, hash_a): (&[u8], Hash), (b, hash_b): (&[u8], Hash)) {
        if a.len() + b.len() > LONGEST {
            return;
        }
        let joined = vocabulary.find(hash_a.join(hash_b, b.len()), |word| {
            word.len() == a.len() + b.len() && word.starts_with(a) && word.ends_with(b)
        });
        let phrase = vocabulary.find(hash_a.push(b' ').join(hash_b, b.len()), |word| {
            word.len() == a.len() + 1 + b.len() && word.starts_with(a) && word[a.len()] == b' ' && word.ends_with(b)
        });
        self.all.extend(joined);
        self.all.extend(phrase);
    }

    /// The token of a piece, or those of its parts.
    #[inline]
    fn piece(&mut self, vocabulary: &Vocabulary, piece: &[u8], hash: Hash) {
        match vocabulary.find(hash, |word| word == piece) {
            Some(token) => self.all.push(token),
            None => self.parts(vocabulary, piece),
        }
    }

    /// The longest beginning that has a token, then the longest continuation, until the piece is used up.
    #[cold]
    fn parts(&mut self, vocabulary: &Vocabulary, piece: &[u8]) {
        let mut prefixes = [Hash::default(); LONGEST_LETTERS + 1];
        for (at, &byte) in piece.iter().enumerate() {
            prefixes[at + 1] = prefixes[at].push(byte);
        }
        let continuation = Hash::of(b"##");
        let before = self.all.len();
        let mut start = 0;
        while start < piece.len() {
            let longest = piece.len().min(start + LONGEST);
            let found = (start + 1..=longest).rev().find_map(|end| {
                let part = &piece[start..end];
                let hash = prefixes[end].after(prefixes[start], part.len());
                let token = if start == 0 {
                    vocabulary.find(hash, |word| word == part)
                } else {
                    vocabulary.find(continuation.join(hash, part.len()), |word| word.strip_prefix(b"##") == Some(part))
                };
                token.map(|token| (token, end))
            });
            let Some((token, end)) = found else {
                // Cannot happen with a vocabulary that has every letter and digit; a word half read would be worse.
                self.all.truncate(before);
                return;
            };
            self.all.push(token);
            start = end;
        }
    }
}
