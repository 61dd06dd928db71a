//! How the tokens of each model differ from the estimate, learnt from what hosts count, and kept in the user's own folder.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use codecompass_core::prompt::Calibration;

use crate::conversations::folder;

/// After so many answers the estimate must be right.
const LEARNT: u32 = 3;
/// By so much it may be wrong then, in hundredths.
const OFF: u64 = 5;
/// How much the newest answer counts.
const WEIGHT: f32 = 0.3;
/// Counts that differ by more say something else than how a model cuts words.
const BELIEVABLE: std::ops::RangeInclusive<f32> = 0.5..=2.0;
/// So many models are kept; whoever has more is trying out many.
const MOST: usize = 100;

/// What is known of the models.
#[derive(Debug, Clone)]
pub struct Calibrations {
    file: Option<PathBuf>,
}

impl Calibrations {
    /// Those kept in the user's `state` folder.
    pub fn of(state: Option<&Path>) -> Self {
        Self { file: state.map(|state| state.join("models.json")) }
    }

    /// What is known of one model.
    pub fn of_model(&self, model: &str) -> Calibration {
        let known = self.read().get(model).copied();
        known.filter(|known| known.factor.is_finite() && known.factor > 0.0).unwrap_or_default()
    }

    /// A host counted `counted` tokens where `estimated` were thought to be, by this `used` calibration.
    pub fn learn(&self, model: &str, used: Calibration, estimated: usize, counted: u64) {
        let Some(next) = next(used, estimated, counted) else { return };
        let Some(file) = &self.file else { return };
        let mut all = self.read();
        if all.len() >= MOST && !all.contains_key(model) {
            return;
        }
        all.insert(model.to_owned(), next);
        let written = serde_json::to_vec_pretty(&all).map_err(std::io::Error::other).and_then(|bytes| {
            folder::create(file.parent().unwrap_or(file))?;
            folder::replace(file, &bytes)
        });
        // A calibration that is lost is learnt again.
        if let Err(error) = written {
            tracing::debug!("it is not kept how {model} counts: {error}");
        }
    }

    fn read(&self) -> BTreeMap<String, Calibration> {
        let bytes = self.file.as_ref().and_then(|file| fs::read(file).ok());
        bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }
}

fn next(used: Calibration, estimated: usize, counted: u64) -> Option<Calibration> {
    let ratio = counted as f32 / estimated.max(1) as f32;
    if !BELIEVABLE.contains(&ratio) {
        return None;
    }
    let measured = used.factor * ratio;
    let factor = if used.seen == 0 { measured } else { used.factor + WEIGHT * (measured - used.factor) };
    Some(Calibration { factor, seen: used.seen.saturating_add(1) })
}

/// What the user should know when a count is far from the estimate although the model is known.
pub fn far_off(estimated: usize, counted: u64, used: Calibration) -> Option<String> {
    let off = (estimated as u64).abs_diff(counted);
    (used.seen >= LEARNT && off * 100 > counted.max(1) * OFF).then(|| {
        format!("about {estimated} tokens were to be sent, and the host counted {counted}; the ledger is off by that")
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn a_model_is_known_after_its_first_answers() {
        let folder = tempfile::tempdir().unwrap();
        let known = Calibrations::of(Some(folder.path()));
        let raw = 1000.0;
        for _ in 0..4 {
            let used = known.of_model("qwen");
            known.learn("qwen", used, (raw * used.factor) as usize, 1300);
        }
        let learnt = known.of_model("qwen");
        assert_eq!(learnt.seen, 4);
        assert!((learnt.factor - 1.3).abs() < 0.01, "{learnt:?}");
        assert_eq!(far_off((raw * learnt.factor) as usize, 1300, learnt), None);
        assert!(far_off(1300, 1000, learnt).unwrap().contains("counted 1000"));
        assert_eq!(known.of_model("other"), Calibration::default());
    }

    #[test]
    fn what_cannot_be_is_not_learnt() {
        assert_eq!(next(Calibration::default(), 1000, 10), None);
        assert_eq!(far_off(1000, 10, Calibration::default()), None);
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("models.json"), "{\"a\": {\"factor\": -1, \"seen\": 3}}").unwrap();
        assert_eq!(Calibrations::of(Some(folder.path())).of_model("a"), Calibration::default());
    }
}
