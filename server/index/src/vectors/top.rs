//! The best few of many.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::Near;

/// Nearest first; equals by row, so that the order does not depend on threads.
fn order(a: Near, b: Near) -> Ordering {
    b.cosine.total_cmp(&a.cosine).then(a.row.cmp(&b.row))
}

pub(super) fn sort(found: &mut [Near]) {
    found.sort_unstable_by(|&a, &b| order(a, b));
}

/// Keeps the `k` nearest rows it is shown.
pub(super) struct Top {
    k: usize,
    kept: BinaryHeap<Far>,
    /// Nothing at or below this gets in.
    floor: f32,
}

/// Ordered so that the farthest row is on top of the heap.
struct Far(Near);

impl Top {
    pub(super) fn new(k: usize) -> Self {
        let floor = if k == 0 { f32::INFINITY } else { f32::NEG_INFINITY };
        Self { k, kept: BinaryHeap::with_capacity(k.min(1024) + 1), floor }
    }

    /// Shows a row; `skip` is asked only when it would be kept. Rows are shown in growing order.
    #[inline]
    pub(super) fn show(&mut self, row: u32, cosine: f32, skip: impl Fn(u32) -> bool) {
        if cosine > self.floor && !skip(row) {
            self.keep(Near { row, cosine });
        }
    }

    #[cold]
    fn keep(&mut self, near: Near) {
        self.kept.push(Far(near));
        if self.kept.len() > self.k {
            self.kept.pop();
        }
        if self.kept.len() == self.k {
            self.floor = self.kept.peek().map_or(f32::INFINITY, |far| far.0.cosine);
        }
    }

    pub(super) fn into_sorted(self) -> Vec<Near> {
        let mut found: Vec<Near> = self.kept.into_iter().map(|far| far.0).collect();
        sort(&mut found);
        found
    }
}

impl PartialEq for Far {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Far {}

impl PartialOrd for Far {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Far {
    fn cmp(&self, other: &Self) -> Ordering {
        order(self.0, other.0)
    }
}

/// The lowest number of differences that so many rows do not exceed, from how many rows have each number.
pub(super) fn threshold(histogram: &[u32], wanted: u64) -> usize {
    let mut rows = 0;
    histogram
        .iter()
        .position(|&count| {
            rows += u64::from(count);
            rows >= wanted
        })
        .unwrap_or(histogram.len())
}
