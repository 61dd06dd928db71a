//! Cosines of another model, brought to the scale of the built-in one's.
//!
//! The weights of the ranking were fitted to the built-in model's cosines. Another model's lie elsewhere (unrelated texts at
//! 0.1 with one, at 0.6 with another) and are spread differently, so that the same weight would mean something else. For
//! each query both models are therefore asked about the same sample of chunks, nearly all of which have nothing to do with
//! the query, and the other's cosines are moved and stretched until their mean and spread over the sample are the built-in
//! model's: a chunk that stands out from the crowd by so many deviations counts the same, whichever model says so. This is
//! the usual standardising of scores before they are fused (z-scores); nothing in it is fitted.

/// With fewer chunks than this mean and spread say nothing; the cosines are taken as they are.
const LEAST: usize = 8;
/// Smaller spreads are chance.
const LEAST_SPREAD: f32 = 1e-4;

/// Brings one model's cosines to the scale of another's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    factor: f32,
    shift: f32,
}

impl Scale {
    /// Leaves everything as it is.
    pub const SAME: Self = Self { factor: 1.0, shift: 0.0 };

    /// From pairs of cosines of the same chunks: the other model's, and the built-in one's.
    pub fn fit(pairs: &[(f32, f32)]) -> Self {
        if pairs.len() < LEAST {
            return Self::SAME;
        }
        let (mean, spread) = moments(pairs.iter().map(|pair| pair.0));
        let (wanted_mean, wanted_spread) = moments(pairs.iter().map(|pair| pair.1));
        if spread < LEAST_SPREAD || wanted_spread < LEAST_SPREAD {
            return Self::SAME;
        }
        let factor = wanted_spread / spread;
        Self { factor, shift: wanted_mean - mean * factor }
    }

    /// A cosine of the other model's as the built-in one would have put it; no more than one.
    pub fn apply(self, cosine: f32) -> f32 {
        (cosine * self.factor + self.shift).clamp(-1.0, 1.0)
    }
}

fn moments(values: impl Iterator<Item = f32> + Clone) -> (f32, f32) {
    let count = values.clone().count().max(1) as f32;
    let mean = values.clone().sum::<f32>() / count;
    let variance = values.map(|value| (value - mean) * (value - mean)).sum::<f32>() / count;
    (mean, variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_spread_become_those_of_the_built_in_model() {
        let builtin = |at: u16| f32::from(at % 10) / 20.0;
        let pairs: Vec<(f32, f32)> = (0..100).map(|at| (0.6 + builtin(at) / 5.0, builtin(at))).collect();
        let scale = Scale::fit(&pairs);
        for (other, own) in &pairs {
            assert!((scale.apply(*other) - own).abs() < 1e-3, "{other} becomes {own}");
        }
        assert!(scale.apply(0.8) > 0.9, "what stands out still does");
        assert!(scale.apply(5.0) <= 1.0);
    }

    #[test]
    fn too_little_says_nothing() {
        assert_eq!(Scale::fit(&[(0.5, 0.1); 3]), Scale::SAME);
        assert_eq!(Scale::fit(&[(0.5, 0.1); 50]), Scale::SAME, "all alike");
    }
}
