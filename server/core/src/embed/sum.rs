//! The sum of weighted rows: the inner loop of the built-in embedder.
//!
//! Every machine gets the same bits: products and sums are rounded one by one, in the order of the terms and never fused,
//! whatever instructions the processor has.

use super::weights::{DIMENSION, Weights};

/// A token that occurs, and the weight of its row.
#[derive(Clone, Copy)]
pub(super) struct Term {
    pub(super) token: u32,
    pub(super) weight: f32,
}

/// The sum of `weight * row`, in the first `N` dimensions.
pub(super) fn sum<const N: usize>(weights: &Weights, terms: &[Term]) -> [f32; N] {
    let mut out = [0.0; N];
    add(weights, terms, &mut out);
    out
}

#[cfg(target_arch = "x86_64")]
fn add<const N: usize>(weights: &Weights, terms: &[Term], out: &mut [f32; N]) {
    #[target_feature(enable = "avx2")]
    fn with_avx2<const N: usize>(weights: &Weights, terms: &[Term], out: &mut [f32; N]) {
        portable(weights, terms, out);
    }

    if is_x86_feature_detected!("avx2") {
        #[expect(unsafe_code, reason = "the compiler cannot know which processor it will be")]
        // SAFETY: the processor has AVX2, as just asked; the function has no other condition.
        unsafe {
            with_avx2(weights, terms, out);
        }
    } else {
        portable(weights, terms, out);
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn add<const N: usize>(weights: &Weights, terms: &[Term], out: &mut [f32; N]) {
    portable(weights, terms, out);
}

/// Four rows at a time: the sums are read and written once for all of them.
#[inline(always)]
#[expect(clippy::inline_always, reason = "inlining is what compiles it for the instructions of the caller")]
fn portable<const N: usize>(weights: &Weights, terms: &[Term], out: &mut [f32; N]) {
    const { assert!(N <= DIMENSION) };
    let (fours, rest) = terms.as_chunks::<4>();
    for [a, b, c, d] in fours {
        let (row_a, row_b) = (weights.row(a.token), weights.row(b.token));
        let (row_c, row_d) = (weights.row(c.token), weights.row(d.token));
        for at in 0..N {
            let with_a = out[at] + a.weight * component(row_a[at]);
            let with_b = with_a + b.weight * component(row_b[at]);
            let with_c = with_b + c.weight * component(row_c[at]);
            out[at] = with_c + d.weight * component(row_d[at]);
        }
    }
    for term in rest {
        let row = weights.row(term.token);
        for at in 0..N {
            out[at] += term.weight * component(row[at]);
        }
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "part of the loop above")]
fn component(byte: u8) -> f32 {
    f32::from(byte.cast_signed())
}

/// Makes the vector unit norm and returns the norm it had; a zero vector stays.
pub(super) fn normalise<const N: usize>(vector: &mut [f32; N]) -> f32 {
    // Eight sums side by side: an order that vector instructions can keep.
    let mut squares = [0.0f32; 8];
    let (eights, _) = vector.as_chunks::<8>();
    for eight in eights {
        for (sum, component) in squares.iter_mut().zip(eight) {
            *sum += component * component;
        }
    }
    let norm = squares.iter().sum::<f32>().sqrt();
    if norm > 0.0 {
        for component in vector {
            *component /= norm;
        }
    }
    norm
}

#[cfg(test)]
pub(super) fn sum_portable<const N: usize>(weights: &Weights, terms: &[Term]) -> [f32; N] {
    let mut out = [0.0; N];
    portable(weights, terms, &mut out);
    out
}
