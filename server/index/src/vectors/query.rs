//! A query made ready for the search: whole numbers for the rows, signs for the prefilter, first dimensions for windows.

use super::dot::QUERY_TOP;
use super::{VectorsError, WINDOW_DIMENSION, quantise};

/// A query in the space of some vectors.
#[derive(Clone, Debug)]
pub struct Query {
    pub(super) components: Vec<i16>,
    /// Makes the components a unit vector.
    pub(super) scale: f32,
    pub(super) signs: Vec<u64>,
    pub(super) window: [i16; WINDOW_DIMENSION],
    /// Makes the components for windows a unit vector.
    pub(super) window_scale: f32,
}

impl Query {
    /// Takes a vector of any length but zero dimensions. The largest dimension is 4096.
    pub fn new(vector: &[f32], dimension: usize) -> Result<Self, VectorsError> {
        if vector.len() != dimension {
            return Err(VectorsError::Dimension { expected: dimension, found: vector.len() });
        }
        let mut components = vec![0; vector.len()];
        let scale = whole(vector, &mut components);
        let mut signs = Vec::with_capacity(quantise::sign_words(dimension));
        quantise::signs(vector, &mut signs);
        let mut window = [0; WINDOW_DIMENSION];
        let window_scale = whole(&vector[..dimension.min(WINDOW_DIMENSION)], &mut window);
        Ok(Self { components, scale, signs, window, window_scale })
    }
}

/// Writes whole numbers and returns the factor that makes them a unit vector.
fn whole(vector: &[f32], out: &mut [i16]) -> f32 {
    let factor = quantise::spread(vector, QUERY_TOP);
    let mut squares = 0.0;
    for (out, component) in out.iter_mut().zip(vector) {
        let level = (component * factor).round();
        squares += level * level;
        *out = level as i16;
    }
    if squares > 0.0 { squares.sqrt().recip() } else { 0.0 }
}
