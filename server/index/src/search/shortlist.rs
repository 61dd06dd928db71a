//! Which chunks are worth a closer look: the best by words, by vector, by both and by name.

use codecompass_core::{
    query::Query,
    rank::candidates::{BY_BOTH, BY_COSINE, BY_NAME, BY_WORDS, FILE_SUPPORT, TEST_FACTOR},
};
use rustc_hash::FxHashSet;

use super::{
    Allowed,
    lexical::Words,
    nearness::{Near, Nearness},
};
use crate::snapshot::Snapshot;

/// So many of the best by words are compared by vector for the list by both.
const BOTH_POOL: usize = 1000;

/// The vectors nearest to the query, of those that a living chunk has. `strict`: filters will drop many.
pub(super) fn nearest(nearness: &Nearness<'_>, strict: bool) -> Vec<Near> {
    nearness.nearest(if strict { 50 * BY_COSINE } else { 2 * BY_COSINE })
}

/// The candidates, ascending, each once.
pub(super) fn choose(
    snapshot: &Snapshot,
    query: &Query,
    words: &Words,
    nearness: Option<&Nearness<'_>>,
    near: &[Near],
    allowed: &Allowed,
) -> Vec<u32> {
    let wants_tests = query.wants_tests;
    let mut scored: Vec<(f32, u32)> = words
        .touched
        .iter()
        .map(|&chunk| {
            let file = &words.files[snapshot.file_of[chunk as usize] as usize];
            let support: f32 = file.best.iter().zip(1u8..).map(|(best, rank)| best / f32::from(rank)).sum();
            let factor = if !wants_tests && snapshot.is_test(chunk) { TEST_FACTOR } else { 1.0 };
            (words.chunks[chunk as usize].candidate * factor + FILE_SUPPORT * support, chunk)
        })
        .collect();
    let mut chosen: FxHashSet<u32> = FxHashSet::default();
    let mut take = |best: &mut dyn Iterator<Item = u32>, count: usize| {
        let mut taken = 0;
        for chunk in best {
            if taken == count {
                break;
            }
            if allowed.passes(snapshot, chunk) {
                chosen.insert(chunk);
                taken += 1;
            }
        }
    };
    // Filters may drop most of what is best: then everything has to be in order.
    let filtered = allowed.is_strict();
    let pool = if filtered { scored.len() } else { BOTH_POOL.max(BY_WORDS) };
    best_first(&mut scored, pool);
    take(&mut scored.iter().map(|&(_, chunk)| chunk), BY_WORDS);

    if let Some(nearness) = nearness {
        take(&mut near.iter().flat_map(|&near| nearness.chunks_of(near)), BY_COSINE);
        let mut both: Vec<(f32, u32)> = scored
            .iter()
            .take(pool.min(4 * BOTH_POOL))
            .map(|&(_, chunk)| {
                let cosine = nearness.cosine(chunk).unwrap_or(0.0);
                (words.chunks[chunk as usize].candidate / 2.0 + cosine, chunk)
            })
            .collect();
        let count = both.len();
        best_first(&mut both, count);
        take(&mut both.iter().map(|&(_, chunk)| chunk), BY_BOTH);
    }

    let mut named: Vec<(f32, u32)> = words
        .touched
        .iter()
        .filter(|&&chunk| words.chunks[chunk as usize].names > 0.0)
        .map(|&chunk| (words.chunks[chunk as usize].names, chunk))
        .collect();
    let count = if filtered { named.len() } else { 2 * BY_NAME };
    best_first(&mut named, count);
    take(&mut named.iter().map(|&(_, chunk)| chunk), BY_NAME);
    // A name that was typed in full is a candidate whatever its words score.
    if let Some(name) = &query.name {
        for (index, segment) in snapshot.segments.iter().enumerate() {
            let base = snapshot.base(index);
            let mut exact = Vec::new();
            // A segment that cannot be read here is reported by the steps that need it.
            let _ = segment.keyword.definitions(name, |row| exact.push(base + row));
            take(&mut exact.into_iter(), BY_NAME);
        }
    }
    let mut chosen: Vec<u32> = chosen.into_iter().collect();
    chosen.sort_unstable();
    chosen
}

/// Puts the best `count` in order at the front and drops the rest. Equal scores by chunk number.
fn best_first(scored: &mut Vec<(f32, u32)>, count: usize) {
    let order = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    if count < scored.len() {
        scored.select_nth_unstable_by(count, order);
        scored.truncate(count);
    }
    scored.sort_unstable_by(order);
}
