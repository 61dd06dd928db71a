//! From unit vectors to bytes, half bytes and bits, and back. All pure.

use super::WINDOW_DIMENSION;

/// Bytes of the components of a window: two a byte, the first half of them in the lower four bits.
pub(super) const WINDOW_BYTES: usize = WINDOW_DIMENSION / 2;

/// Writes a signed byte for each component; returns the factor that makes the bytes a unit vector.
pub(super) fn bytes(vector: &[f32], out: &mut Vec<u8>) -> f32 {
    let factor = spread(vector, 127.0);
    let mut squares = 0.0;
    out.extend(vector.iter().map(|component| {
        let byte = (component * factor).round() as i8;
        squares += f32::from(byte) * f32::from(byte);
        byte.cast_unsigned()
    }));
    unit(squares)
}

/// Writes four bits for each component; returns the factor that makes them a unit vector.
pub(super) fn half_bytes(vector: &[f32; WINDOW_DIMENSION], out: &mut Vec<u8>) -> f32 {
    let factor = spread(vector, 7.0);
    let mut squares = 0.0;
    let mut half = |component: f32| {
        let level = (component * factor).round();
        squares += level * level;
        (level as i8 + 8).cast_unsigned()
    };
    let (low, high) = vector.split_at(WINDOW_BYTES);
    out.extend(low.iter().zip(high).map(|(&low, &high)| half(low) | (half(high) << 4)));
    unit(squares)
}

/// Writes the signs of the components, 64 in a word: a set bit is a positive one.
pub(super) fn signs(vector: &[f32], out: &mut Vec<u64>) {
    out.extend(vector.chunks(64).map(|components| {
        components.iter().enumerate().fold(0, |word, (at, &component)| word | (u64::from(component > 0.0) << at))
    }));
}

/// Words that the signs of so many components take.
pub(super) fn sign_words(dimension: usize) -> usize {
    dimension.div_ceil(64)
}

/// The factor that brings the largest component to `top`; zero for a vector that has none or is not finite.
pub(super) fn spread(vector: &[f32], top: f32) -> f32 {
    let largest = vector.iter().fold(0.0f32, |largest, component| largest.max(component.abs()));
    let factor = top / largest;
    if factor.is_finite() { factor } else { 0.0 }
}

fn unit(squares: f32) -> f32 {
    if squares > 0.0 { squares.sqrt().recip() } else { 0.0 }
}
