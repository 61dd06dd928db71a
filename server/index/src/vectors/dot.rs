//! Products of a query with rows: the inner loops of the search.
//!
//! All sums are of whole numbers, so that every machine and every order of adding gives the same score. The loops are
//! plain; where the processor has AVX2 they run in a copy compiled for it.

use super::quantise::WINDOW_BYTES;

/// The components of a query lie within this, so that a product with 4096 signed bytes fits 32 bits.
pub(super) const QUERY_TOP: f32 = 4095.0;

/// Runs one of the loops below, compiled for the processor at hand. The loops themselves are open to the tests.
macro_rules! fastest {
    ($loop:ident($($argument:ident: $kind:ty),*) -> $result:ty) => {{
        #[cfg(target_arch = "x86_64")]
        {
            #[target_feature(enable = "avx2,popcnt")]
            fn with_avx2($($argument: $kind),*) -> $result {
                $loop($($argument),*)
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt") {
                #[expect(unsafe_code, reason = "the compiler cannot know which processor it will be")]
                // SAFETY: the processor has both, as just asked; the function has no other condition.
                return unsafe { with_avx2($($argument),*) };
            }
        }
        $loop($($argument),*)
    }};
}

/// The product of a row of signed bytes with a query.
#[inline]
pub(super) fn row(row: &[u8], query: &[i16]) -> i32 {
    fastest!(row_loop(row: &[u8], query: &[i16]) -> i32)
}

/// The product of two rows of signed bytes.
#[inline]
pub(super) fn rows(a: &[u8], b: &[u8]) -> i32 {
    fastest!(rows_loop(a: &[u8], b: &[u8]) -> i32)
}

/// The product of a window with the first components of a query.
#[inline]
pub(super) fn window(window: &[u8; WINDOW_BYTES], query: &[i16; 2 * WINDOW_BYTES]) -> i32 {
    fastest!(window_loop(window: &[u8; WINDOW_BYTES], query: &[i16; 2 * WINDOW_BYTES]) -> i32)
}

/// The products of many rows, each `stride` bytes from the one before.
pub(super) fn many(data: &[u8], stride: usize, query: &[i16], out: &mut [i32]) {
    fastest!(many_loop(data: &[u8], stride: usize, query: &[i16], out: &mut [i32]) -> ());
}

/// How many signs of each row differ from those of the query.
pub(super) fn differences(signs: &[u8], query: &[u64], out: &mut [u16]) {
    fastest!(differences_loop(signs: &[u8], query: &[u64], out: &mut [u16]) -> ());
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "inlining is what compiles it for the instructions of the caller")]
pub(super) fn row_loop(row: &[u8], query: &[i16]) -> i32 {
    row.iter().zip(query).map(|(&byte, &component)| i32::from(byte.cast_signed()) * i32::from(component)).sum()
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "as above")]
pub(super) fn rows_loop(a: &[u8], b: &[u8]) -> i32 {
    a.iter().zip(b).map(|(&a, &b)| i32::from(a.cast_signed()) * i32::from(b.cast_signed())).sum()
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "as above")]
pub(super) fn window_loop(window: &[u8; WINDOW_BYTES], query: &[i16; 2 * WINDOW_BYTES]) -> i32 {
    let (low, high) = query.split_at(WINDOW_BYTES);
    let mut sum = 0;
    for ((&byte, &low), &high) in window.iter().zip(low).zip(high) {
        sum += (i32::from(byte & 15) - 8) * i32::from(low) + (i32::from(byte >> 4) - 8) * i32::from(high);
    }
    sum
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "as above")]
fn many_loop(data: &[u8], stride: usize, query: &[i16], out: &mut [i32]) {
    // The usual dimension gets loops without a remainder.
    if let Ok(query) = <&[i16; 256]>::try_from(query) {
        for (row, out) in data.chunks_exact(stride).zip(out) {
            *out = row.first_chunk::<256>().map_or(0, |row| row_loop(row, query));
        }
    } else {
        for (row, out) in data.chunks_exact(stride).zip(out) {
            *out = row_loop(&row[..query.len()], query);
        }
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "as above")]
pub(super) fn differences_loop(signs: &[u8], query: &[u64], out: &mut [u16]) {
    if let Ok(query) = <&[u64; 4]>::try_from(query) {
        let (rows, _) = signs.as_chunks::<32>();
        for (row, out) in rows.iter().zip(out) {
            *out = difference(row, query);
        }
    } else {
        for (row, out) in signs.chunks_exact(8 * query.len()).zip(out) {
            *out = difference(row, query);
        }
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "as above")]
fn difference(row: &[u8], query: &[u64]) -> u16 {
    let (words, _) = row.as_chunks::<8>();
    words.iter().zip(query).map(|(&word, query)| (u64::from_le_bytes(word) ^ query).count_ones() as u16).sum()
}
