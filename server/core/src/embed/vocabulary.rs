//! From the bytes of a word to its token: an open-addressing table over the vocabulary inside the binary.
//!
//! The hash is a polynomial, so that the hash of a joined word or of a part of a word follows from hashes already known,
//! without reading the bytes again. A look-up compares the bytes whenever hash bits agree: collisions cost time only.

/// The words, one a line; the line number is the token.
static WORDS: &[u8] = include_bytes!("../../assets/embedding/vocab.txt");

/// Twice the vocabulary rounded up to a power of two: a miss ends after one or two probes.
const SLOTS: usize = 1 << 16;

/// No word of the vocabulary is longer.
pub(super) const LONGEST: usize = 27;

/// The base of the polynomial: any odd number with mixed bits does.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// `BASE` to the power of the length of a word.
const POWERS: [u64; 32] = {
    let mut powers = [1u64; 32];
    let mut at = 1;
    while at < 32 {
        powers[at] = powers[at - 1].wrapping_mul(BASE);
        at += 1;
    }
    powers
};

/// The polynomial of a string of bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Hash(u64);

impl Hash {
    pub(super) fn of(bytes: &[u8]) -> Self {
        bytes.iter().fold(Self(0), |hash, &byte| hash.push(byte))
    }

    pub(super) fn push(self, byte: u8) -> Self {
        Self(self.0.wrapping_mul(BASE).wrapping_add(u64::from(byte)))
    }

    /// The hash of this string followed by another one of `length` bytes, at most 31.
    pub(super) fn join(self, other: Self, length: usize) -> Self {
        Self(self.0.wrapping_mul(POWERS[length]).wrapping_add(other.0))
    }

    /// The hash of the last `length` bytes of this string, where `prefix` is the hash of what stands before them.
    pub(super) fn after(self, prefix: Self, length: usize) -> Self {
        Self(self.0.wrapping_sub(prefix.0.wrapping_mul(POWERS[length])))
    }

    /// The slot where the search begins, and the bits kept in it.
    fn place(self) -> (usize, u32) {
        let mixed = (self.0 ^ (self.0 >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed >> 48) as usize, (mixed >> 16) as u32 & 0xffff_0000)
    }
}

/// The look-up table, made in under a millisecond at first use.
pub(super) struct Vocabulary {
    /// Sixteen bits of the hash above the token plus one; zero is an empty slot.
    slots: Box<[u32; SLOTS]>,
    /// Where each word begins; one more entry ends the last.
    starts: Box<[u32]>,
}

impl Vocabulary {
    pub(super) fn builtin() -> Self {
        let mut slots: Box<[u32; SLOTS]> =
            vec![0; SLOTS].into_boxed_slice().try_into().expect("the vector was made with this length");
        let mut starts = Vec::with_capacity(SLOTS / 2 + 1);
        starts.push(0);
        let mut hash = Hash::default();
        for (at, &byte) in WORDS.iter().enumerate() {
            if byte != b'\n' {
                hash = hash.push(byte);
                continue;
            }
            let (mut slot, tag) = hash.place();
            while slots[slot] != 0 {
                slot = (slot + 1) % SLOTS;
            }
            slots[slot] = tag | starts.len() as u32;
            starts.push(at as u32 + 1);
            hash = Hash::default();
        }
        Self { slots, starts: starts.into_boxed_slice() }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The bytes of a token.
    pub(super) fn word(&self, token: u32) -> &'static [u8] {
        let start = self.starts[token as usize] as usize;
        let end = self.starts[token as usize + 1] as usize - 1;
        &WORDS[start..end]
    }

    /// The token of the word with this hash that passes the comparison.
    #[inline]
    pub(super) fn find(&self, hash: Hash, same: impl Fn(&[u8]) -> bool) -> Option<u32> {
        let (mut slot, tag) = hash.place();
        loop {
            let entry = self.slots[slot % SLOTS];
            if entry == 0 {
                return None;
            }
            if entry & 0xffff_0000 == tag {
                let token = (entry & 0xffff) - 1;
                if same(self.word(token)) {
                    return Some(token);
                }
            }
            slot += 1;
        }
    }
}

#[cfg(test)]
pub(super) fn file() -> &'static [u8] {
    WORDS
}
