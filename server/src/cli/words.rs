//! Words from a closed list, read from the command line: a wrong one is answered with the nearest right ones, and shells
//! can complete them.

use clap::{
    Arg, Command, Error,
    builder::{PossibleValue, TypedValueParser},
    error::ErrorKind,
};
use codecompass_core::{
    hit::Mode,
    language::{Language, SymbolKind},
};

use crate::config::report::{either, nearest};

/// A parser of one closed list.
#[derive(Clone)]
pub(crate) struct OneOf<T: 'static> {
    /// What it is a list of.
    noun: &'static str,
    words: fn() -> Vec<&'static str>,
    parse: fn(&str) -> Option<T>,
}

/// Languages, by id, name or common short form.
pub(crate) const LANGUAGES: OneOf<Language> = OneOf {
    noun: "language",
    words: || Language::ALL.iter().map(|language| language.id()).collect(),
    parse: Language::parse,
};

/// Kinds of definitions.
pub(crate) const KINDS: OneOf<SymbolKind> = OneOf {
    noun: "kind",
    words: || SymbolKind::ALL.iter().map(|kind| kind.as_str()).collect(),
    parse: |word| SymbolKind::parse(&word.to_lowercase()),
};

/// Ways to search.
pub(crate) const MODES: OneOf<Mode> = OneOf {
    noun: "mode",
    words: || MODE_WORDS.iter().map(|(word, _)| *word).collect(),
    parse: |word| MODE_WORDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, mode)| *mode),
};

const MODE_WORDS: &[(&str, Mode)] =
    &[("hybrid", Mode::Hybrid), ("keyword", Mode::Keyword), ("vector", Mode::Vector), ("symbol", Mode::Symbol)];

/// A list of at most this many words is given in full when none of them is near.
const FEW: usize = 20;

impl<T> OneOf<T> {
    fn read(&self, word: &str) -> Result<T, String> {
        let trimmed = word.trim();
        (self.parse)(trimmed).ok_or_else(|| {
            let words = (self.words)();
            let near = nearest(trimmed, words.iter().copied());
            let Self { noun, .. } = self;
            let instead = if !near.is_empty() {
                format!("did you mean {}", either(near))
            } else if words.len() <= FEW {
                format!("it can be {}", either(words))
            } else {
                format!("`codecompass search --help` lists all {noun}s")
            };
            format!("there is no {noun} `{trimmed}`; {instead}")
        })
    }
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for OneOf<T> {
    type Value = T;

    fn parse_ref(&self, _: &Command, _: Option<&Arg>, value: &std::ffi::OsStr) -> Result<T, Error> {
        self.read(&value.to_string_lossy()).map_err(|sentence| Error::raw(ErrorKind::ValueValidation, sentence))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.words)().into_iter().map(PossibleValue::new)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

    use super::*;

    #[test]
    fn wrong_words_are_answered_with_the_nearest() {
        let wrong = [
            LANGUAGES.read("pyton").err(),
            LANGUAGES.read("qqq").err(),
            KINDS.read("func").err(),
            KINDS.read("zzz").err(),
            MODES.read("vectors").err(),
        ];
        let wrong: Vec<String> = wrong.into_iter().flatten().collect();
        expect_test::expect![[r#"
            there is no language `pyton`; did you mean `python`
            there is no language `qqq`; `codecompass search --help` lists all languages
            there is no kind `func`; did you mean `function`
            there is no kind `zzz`; it can be `function`, `method`, `constructor`, `class`, `struct`, `enum`, `interface`, `trait`, `impl`, `type`, `module`, `macro`, `constant`, `variable`, `field`, `target`, `section`, `key`, `table` or `cell`
            there is no mode `vectors`; did you mean `vector`"#]].assert_eq(&wrong.join("\n"));
    }

    #[test]
    fn right_words_in_any_case() {
        assert_eq!(LANGUAGES.read("JS"), Ok(Language::JavaScript));
        assert_eq!(LANGUAGES.read(" c++ "), Ok(Language::Cpp));
        assert_eq!(KINDS.read("Method"), Ok(SymbolKind::Method));
        assert_eq!(MODES.read("Symbol"), Ok(Mode::Symbol));
        for (word, mode) in MODE_WORDS {
            assert_eq!(serde_json::to_value(mode).ok(), Some(serde_json::json!(word)));
        }
    }
}
