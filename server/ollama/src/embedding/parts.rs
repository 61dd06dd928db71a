//! Texts that are too long for a model: cut at the ends of lines, or of characters where there are no lines. The text gets the
//! mean of its parts' vectors, each weighed by the length of its part, brought back to unit length: near whatever one of the
//! parts is near, though not as near as the part itself.

/// Changes when texts are cut or joined in another way, because their vectors are others then.
pub(super) const VERSION: u32 = 1;

/// A text that does not fit and is shorter than this cannot be helped.
const SHORTEST: usize = 32;

/// The two halves of a text; `None` when it is too short to be cut.
pub(super) fn halves(text: &str) -> Option<(&str, &str)> {
    if text.len() < SHORTEST {
        return None;
    }
    let middle = text.len() / 2;
    let quarter = text.len() / 4;
    let near = |at: &usize| at.abs_diff(middle);
    let line = text.match_indices('\n').map(|(at, _)| at + 1).min_by_key(near);
    let at = line.filter(|at| near(at) < quarter).unwrap_or_else(|| boundary(text, middle));
    (at > 0 && at < text.len()).then(|| text.split_at(at))
}

/// The last end of a character that is not behind this place.
fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A text in parts of which none is longer than `longest`, if that can be.
pub(super) fn parts(text: &str, longest: usize) -> Vec<&str> {
    let mut done = Vec::new();
    let mut open = vec![text];
    while let Some(text) = open.pop() {
        match halves(text).filter(|_| text.len() > longest) {
            Some((left, right)) => open.extend([right, left]),
            None => done.push(text),
        }
    }
    done
}

/// The vector of a text from those of its parts; `None` when they cancel each other out.
pub(super) fn mean(parts: &[(usize, Vec<f32>)]) -> Option<Vec<f32>> {
    let mut sum = vec![0.0_f32; parts.first()?.1.len()];
    for (weight, vector) in parts {
        for (sum, component) in sum.iter_mut().zip(vector) {
            *sum += component * (*weight).max(1) as f32;
        }
    }
    unit(sum)
}

/// A vector of unit length; `None` when it has no direction.
pub(super) fn unit(mut vector: Vec<f32>) -> Option<Vec<f32>> {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if !length.is_finite() || length <= f32::MIN_POSITIVE {
        return None;
    }
    // Hosts send unit vectors: those stay as they came, to the last bit.
    if (length - 1.0).abs() > 1e-4 {
        for component in &mut vector {
            *component /= length;
        }
    }
    Some(vector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_end_with_lines_and_hold_every_byte() {
        let lines = "let x = 1 + 1;\n".repeat(100);
        let cut = parts(&lines, 200);
        assert!(cut.len() > 7 && cut.iter().all(|part| part.len() <= 200 && part.ends_with('\n')));
        assert_eq!(cut.concat(), lines);
        let one_line = "日本語".repeat(100);
        let cut = parts(&one_line, 100);
        assert!(cut.iter().all(|part| part.len() <= 100));
        assert_eq!(cut.concat(), one_line);
        assert_eq!(parts("short", 1), ["short"], "there is nothing to cut");
    }

    #[test]
    fn a_text_gets_the_mean_of_its_parts() {
        let vector = mean(&[(30, vec![1.0, 0.0]), (10, vec![0.0, 1.0])]).unwrap_or_default();
        assert!((vector[0] - 0.948_683).abs() < 1e-5 && (vector[1] - 0.316_228).abs() < 1e-5, "{vector:?}");
        assert_eq!(mean(&[(1, vec![1.0]), (1, vec![-1.0])]), None);
        assert_eq!(unit(vec![0.0; 3]), None);
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost(text in "\\PC{0,200}", longest in 1_usize..50) {
            proptest::prop_assert_eq!(parts(&text, longest).concat(), text);
        }
    }
}
