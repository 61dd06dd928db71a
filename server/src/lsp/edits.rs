//! The places that were edited last in the open documents, for questions about what was just changed.

use std::{collections::VecDeque, sync::Arc};

use super::proto::Uri;

/// So many are kept.
const KEPT: usize = 8;
/// Edits so many lines apart are one.
const NEAR: u32 = 8;

/// A place that was edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// The document.
    pub uri: Uri,
    /// The first line, from 0.
    pub first: u32,
    /// The last line, from 0.
    pub last: u32,
}

/// The places, the latest first. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Edits(Arc<VecDeque<Edited>>);

impl Edits {
    /// All of them, the latest first.
    pub fn iter(&self) -> impl Iterator<Item = &Edited> {
        self.0.iter()
    }

    /// The lines from `first` to `before` of a document were replaced by those from `first` to `after`. What was edited below
    /// moves with its text.
    pub fn add(&mut self, uri: &Uri, first: u32, before: u32, after: u32) {
        let known = Arc::make_mut(&mut self.0);
        let mut newest = Edited { uri: uri.clone(), first, last: after };
        known.retain_mut(|edited| {
            if edited.uri != *uri {
                return true;
            }
            if edited.first > before {
                edited.first = moved(edited.first, before, after);
                edited.last = moved(edited.last, before, after);
            } else if edited.last >= first {
                // A part of it was replaced, or all of it: what is left of it lies around.
                let last = if edited.last > before { moved(edited.last, before, after) } else { after };
                (newest.first, newest.last) = (newest.first.min(edited.first), newest.last.max(last));
                return false;
            }
            let apart = edited.first > newest.last + NEAR || edited.last + NEAR < newest.first;
            if !apart {
                newest.first = newest.first.min(edited.first);
                newest.last = newest.last.max(edited.last);
            }
            apart
        });
        known.push_front(newest);
        known.truncate(KEPT);
    }

    /// A document's text was replaced by another one as a whole.
    pub fn replaced(&mut self, uri: &Uri, before: &str, after: &str) {
        let same_head = before.lines().zip(after.lines()).take_while(|(old, new)| old == new).count();
        let (old, new) = (before.lines().count(), after.lines().count());
        let rest = old.min(new) - same_head;
        let same_tail =
            before.lines().rev().zip(after.lines().rev()).take(rest).take_while(|(old, new)| old == new).count();
        if before == after || (rest == same_tail && old == new) {
            return;
        }
        let last = |count: usize| (count - same_tail).saturating_sub(1).max(same_head) as u32;
        self.add(uri, same_head as u32, last(old), last(new));
    }

    /// A document is not open any more.
    pub fn forget(&mut self, uri: &Uri) {
        if self.0.iter().any(|edited| edited.uri == *uri) {
            Arc::make_mut(&mut self.0).retain(|edited| edited.uri != *uri);
        }
    }
}

/// A line below `before`, when `before` has become `after`.
fn moved(line: u32, before: u32, after: u32) -> u32 {
    (line + after).saturating_sub(before)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::str::FromStr;

    use super::*;

    fn uri(name: &str) -> Uri {
        Uri::from_str(&format!("file:///{name}")).unwrap()
    }

    fn places(edits: &Edits) -> Vec<(u32, u32)> {
        edits.iter().map(|edited| (edited.first, edited.last)).collect()
    }

    #[test]
    fn the_latest_comes_first_and_near_ones_are_one() {
        let mut edits = Edits::default();
        edits.add(&uri("a"), 10, 10, 10);
        edits.add(&uri("a"), 100, 100, 100);
        edits.add(&uri("a"), 12, 12, 14);
        assert_eq!(places(&edits), [(10, 14), (102, 102)], "what is below has moved");
        edits.add(&uri("b"), 12, 12, 12);
        assert_eq!(places(&edits), [(12, 12), (10, 14), (102, 102)]);
        edits.forget(&uri("a"));
        assert_eq!(places(&edits), [(12, 12)]);
    }

    #[test]
    fn what_was_edited_and_deleted_is_part_of_the_deletion() {
        let mut edits = Edits::default();
        edits.add(&uri("a"), 50, 50, 60);
        edits.add(&uri("a"), 40, 70, 40);
        assert_eq!(places(&edits), [(40, 40)]);
    }

    #[test]
    fn only_a_few_are_kept() {
        let mut edits = Edits::default();
        for line in 0..50 {
            edits.add(&uri("a"), line * 100, line * 100, line * 100);
        }
        assert_eq!(places(&edits).len(), KEPT);
        assert_eq!(places(&edits)[0], (4900, 4900));
    }

    #[test]
    fn a_text_that_is_replaced_was_edited_where_it_differs() {
        for (before, after, expected) in [
            ("a\nb\nc\nd\n", "a\nb\nx\nd\n", Some((2, 2))),
            ("a\nb\nc\n", "a\nb\nx\ny\nc\n", Some((2, 3))),
            ("a\nb\nc\n", "a\nc\n", Some((1, 1))),
            ("a\n", "a\n", None),
            ("", "a\nb\n", Some((0, 1))),
            ("a\nb\n", "", Some((0, 0))),
        ] {
            let mut edits = Edits::default();
            edits.replaced(&uri("a"), before, after);
            assert_eq!(places(&edits).first().copied(), expected, "{before:?} {after:?}");
        }
    }
}
