//! A vector outside the files, byte for byte as they hold it: equal content scores equally wherever it is.

use super::files::{Row, WINDOW_STRIDE, Window, row_tail};
use super::{Query, WINDOW_DIMENSION, quantise};

/// The vector of a content and those of its windows, as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// Components and tail; the number of the first window is zero.
    pub(super) row: Box<[u8]>,
    pub(super) signs: Box<[u8]>,
    pub(super) windows: Box<[u8]>,
}

impl Packed {
    /// Packs a vector of unit norm, the norm it had before, and the vectors of its windows.
    pub fn new(whole: &[f32], norm: f32, windows: &[[f32; WINDOW_DIMENSION]]) -> Self {
        let mut row = Vec::new();
        let scale = quantise::bytes(whole, &mut row);
        row.extend(row_tail(scale, norm, 0, windows.len() as u32));
        let mut words = Vec::new();
        quantise::signs(whole, &mut words);
        let mut halves = Vec::with_capacity(windows.len() * WINDOW_STRIDE);
        for window in windows {
            let scale = quantise::half_bytes(window, &mut halves);
            halves.extend_from_slice(&scale.to_le_bytes());
        }
        let signs = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        Self { row: row.into(), signs, windows: halves.into() }
    }

    /// The cosine of the angle to the query.
    pub fn cosine(&self, query: &Query) -> f32 {
        self.row().map_or(0.0, |row| row.cosine(query))
    }

    /// The window that is nearest to the query, and its cosine in the first dimensions.
    pub fn best_window(&self, query: &Query) -> Option<(usize, f32)> {
        best(Window::all(&self.windows), query)
    }

    /// The unit vector, as near as the bytes come to it.
    pub fn dequantise(&self) -> Option<Vec<f32>> {
        Some(self.row()?.dequantise())
    }

    /// The bytes of the row as a file holds them, for a vector without windows.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.row
    }

    pub(super) fn row(&self) -> Option<Row<'_>> {
        Row::split(&self.row)
    }
}

/// The first of the nearest windows.
pub(super) fn best<'a>(windows: impl Iterator<Item = Window<'a>>, query: &Query) -> Option<(usize, f32)> {
    let scores = windows.enumerate().map(|(index, window)| (index, window.cosine(query)));
    scores.reduce(|best, next| if next.1 > best.1 { next } else { best })
}
