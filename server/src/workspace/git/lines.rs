//! Which lines of a text are in an older one, and where.

use std::{hash::Hash, ops::Range};

use gix::diff::blob::{Algorithm, Diff, Hunk, InternedInput};

/// What changed between two texts, given as lines: as git's blame sees it.
pub(super) fn changes<T: AsRef<[u8]> + Eq + Hash>(
    before: impl Iterator<Item = T>,
    after: impl Iterator<Item = T>,
) -> Vec<Hunk> {
    let mut input =
        InternedInput { before: Vec::new(), after: Vec::new(), interner: gix::diff::blob::Interner::new(64) };
    input.update_before(before);
    input.update_after(after);
    let mut diff = Diff::compute(Algorithm::Myers, &input);
    diff.postprocess_lines(&input);
    diff.hunks().collect()
}

/// The lines of a file, their ends included.
pub(super) fn lines_of(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n')
}

/// How many lines a file has.
pub(super) fn count(bytes: &[u8]) -> u32 {
    lines_of(bytes).count() as u32
}

/// Where lines of the newer text are in the older one, and those that are not in it.
pub(super) fn trace(hunks: &[Hunk], lines: &[Range<u32>]) -> (Vec<Range<u32>>, Vec<Range<u32>>) {
    let (mut older, mut newer) = (Vec::new(), Vec::new());
    let (mut before, mut after) = (0, 0);
    let end = Hunk { before: u32::MAX..u32::MAX, after: u32::MAX..u32::MAX };
    for hunk in hunks.iter().chain([&end]) {
        for range in lines {
            let same = range.start.max(after)..range.end.min(hunk.after.start);
            if !same.is_empty() {
                older.push(same.start - after + before..same.end - after + before);
            }
            let changed = range.start.max(hunk.after.start)..range.end.min(hunk.after.end);
            if !changed.is_empty() {
                newer.push(changed);
            }
        }
        (before, after) = (hunk.before.end, hunk.after.end);
    }
    (older, newer)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines that are in the older text, and the others, as `from-to`.
    #[track_caller]
    fn check(before: &str, after: &str, lines: Range<u32>, older: &str, newer: &str) {
        let hunks = changes(before.split(' '), after.split(' '));
        let show = |ranges: &[Range<u32>]| {
            ranges.iter().map(|range| format!("{}-{}", range.start, range.end)).collect::<Vec<_>>().join(" ")
        };
        let (found, others) = trace(&hunks, &[lines]);
        assert_eq!((show(&found).as_str(), show(&others).as_str()), (older, newer));
    }

    #[test]
    fn lines_are_found_in_the_older_text() {
        check("a b c", "a b c", 0..3, "0-3", "");
        check("a b c", "x a b c", 0..3, "0-2", "0-1");
        check("a b c", "a x c", 0..3, "0-1 2-3", "1-2");
        check("a b c", "a c", 0..2, "0-1 2-3", "");
        check("a b c d", "a b x y d", 4..5, "3-4", "");
        check("a", "x y", 0..2, "", "0-2");
    }
}
