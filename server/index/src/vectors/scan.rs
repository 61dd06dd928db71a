//! The search without a graph: reading every row, or reading every sign and then the promising rows.
//!
//! Large searches are split over threads of their own: the indexer keeps the common pool busy, and a query must not wait
//! for it.

use std::num::NonZero;
use std::ops::Range;
use std::sync::OnceLock;
use std::thread::available_parallelism;

use rayon::ThreadPool;
use rayon::prelude::*;

use super::files::{Matrix, Row};
use super::quantise::sign_words;
use super::top::{Top, sort, threshold};
use super::{Near, Query, SIGNS_FROM, dot};
use crate::guard::Guard;

/// Rows that one thread reads at a time.
const PART: u32 = 65_536;

/// Products computed before they are looked at.
const BLOCK: usize = 64;

/// Of so many rows one becomes a candidate. With the built-in embedder's vectors of real code the candidates hold 0.992
/// of the true ten nearest at 300,000 rows and 0.996 at 1,000,000; `benches/vectors.rs` measures it.
const CANDIDATE_SHARE: u64 = 64;

/// Fewer candidates than this are never worth the loss.
const LEAST_CANDIDATES: u64 = 4096;

/// The nearest rows of a range by reading all of them.
pub(super) fn all(
    matrix: &Matrix,
    query: &Query,
    rows: Range<u32>,
    k: usize,
    skip: &(impl Fn(u32) -> bool + Sync),
) -> Vec<Near> {
    if query.components.len() != matrix.dimension() {
        return Vec::new();
    }
    let found = in_parts(rows, |part| {
        let mut top = Top::new(k);
        let mut products = [0; BLOCK];
        let stride = matrix.stride();
        let blocks = matrix.rows(part.clone()).chunks(BLOCK * stride);
        for (first, block) in part.step_by(BLOCK).zip(blocks) {
            dot::many(block, stride, &query.components, &mut products);
            for ((row, bytes), &product) in (first..).zip(block.chunks_exact(stride)).zip(&products) {
                let scale = Row::split(bytes).map_or(0.0, |row| row.scale());
                top.show(row, product as f32 * scale * query.scale, skip);
            }
        }
        top.into_sorted()
    });
    best(&found, k)
}

/// The nearest rows of a range, by whichever way is faster for so many.
pub(super) fn nearest(
    matrix: &Matrix,
    query: &Query,
    rows: Range<u32>,
    k: usize,
    skip: &(impl Fn(u32) -> bool + Sync),
) -> Vec<Near> {
    let candidates = (rows.len() as u64 / CANDIDATE_SHARE).max(LEAST_CANDIDATES).max(32 * k as u64);
    if rows.len() < SIGNS_FROM as usize || candidates >= rows.len() as u64 {
        return all(matrix, query, rows, k, skip);
    }
    by_signs(matrix, query, rows, k, candidates, skip)
}

/// The nearest among the rows whose signs differ least from those of the query.
fn by_signs(
    matrix: &Matrix,
    query: &Query,
    rows: Range<u32>,
    k: usize,
    candidates: u64,
    skip: &(impl Fn(u32) -> bool + Sync),
) -> Vec<Near> {
    if query.components.len() != matrix.dimension() {
        return Vec::new();
    }
    let bits = sign_words(matrix.dimension()) * 64;
    let parts = in_parts(rows, |part| {
        let mut differences = vec![0; part.len()];
        dot::differences(matrix.signs(part.clone()), &query.signs, &mut differences);
        let mut histogram = vec![0u32; bits + 1];
        for &count in &differences {
            histogram[usize::from(count)] += 1;
        }
        (part, differences, histogram)
    });
    let mut histogram = vec![0u32; bits + 1];
    for (_, _, part) in &parts {
        histogram.iter_mut().zip(part).for_each(|(sum, count)| *sum += count);
    }

    let rows: u64 = histogram.iter().map(|&count| u64::from(count)).sum();
    let mut wanted = candidates;
    loop {
        let limit = threshold(&histogram, wanted);
        let found = over(&parts, |(part, differences, _)| {
            let mut top = Top::new(k);
            let mut live = 0u64;
            for (row, &count) in part.clone().zip(differences) {
                if usize::from(count) <= limit && !skip(row) {
                    live += 1;
                    top.show(row, matrix.row(row).map_or(0.0, |row| row.cosine(query)), |_| false);
                }
            }
            (live, top.into_sorted())
        });
        // Rows to be skipped may have taken most places: then look further, until the rest holds enough.
        let live: u64 = found.iter().map(|(live, _)| live).sum();
        if live >= candidates / 2 || wanted >= rows {
            let found: Vec<Vec<Near>> = found.into_iter().map(|(_, found)| found).collect();
            return best(&found, k);
        }
        wanted *= 4;
    }
}

/// Runs a job for each part of a range, on several threads when there are several parts.
fn in_parts<T: Send>(rows: Range<u32>, job: impl Fn(Range<u32>) -> T + Sync) -> Vec<T> {
    let parts: Vec<Range<u32>> =
        rows.clone().step_by(PART as usize).map(|start| start..start.saturating_add(PART).min(rows.end)).collect();
    over(&parts, |part| job(part.clone()))
}

fn over<P: Sync, T: Send>(parts: &[P], job: impl Fn(&P) -> T + Sync) -> Vec<T> {
    let guard = Guard::here();
    match pool() {
        Some(pool) if parts.len() > 1 => {
            pool.install(|| parts.par_iter().map(|part| guard.during(|| job(part))).collect())
        }
        _ => parts.iter().map(job).collect(),
    }
}

/// The threads of the search; none where the system gives no threads.
fn pool() -> Option<&'static ThreadPool> {
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    POOL.get_or_init(|| {
        let threads = available_parallelism().map_or(1, NonZero::get).min(8);
        let builder = rayon::ThreadPoolBuilder::new().num_threads(threads);
        builder.thread_name(|index| format!("vectors-{index}")).build().ok()
    })
    .as_ref()
}

fn best(found: &[Vec<Near>], k: usize) -> Vec<Near> {
    let mut found = found.concat();
    sort(&mut found);
    found.truncate(k);
    found
}
