//! Names of conversations: short, in the order of time, and harmless in a path.

use std::{
    hash::{BuildHasher, RandomState},
    time::{SystemTime, UNIX_EPOCH},
};

/// A new one.
pub fn fresh() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // The standard library's way to chance: a hasher with keys of its own.
    let chance = RandomState::new().hash_one(since);
    format!("{}-{:04x}", base36(since.as_millis() as u64), chance & 0xffff)
}

/// Whether a word could be one.
pub fn is_id(word: &str) -> bool {
    (1..=40).contains(&word.len())
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn base36(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(char::from_digit((number % 36) as u32, 36).unwrap_or('0'));
        number /= 36;
        if number == 0 {
            break;
        }
    }
    digits.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        let (one, two) = (fresh(), fresh());
        assert!(is_id(&one) && is_id(&two));
        assert_ne!(one, two);
        for wrong in ["", "../x", "a/b", "A", "a.b", &"a".repeat(41)] {
            assert!(!is_id(wrong), "{wrong}");
        }
    }
}
