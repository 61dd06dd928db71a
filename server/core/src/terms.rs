//! From text to keyword terms: identifiers kept whole and split into their words, the words stemmed.
//!
//! `HTTPServerError2` yields `http`, `server`, `error`, `2` and `httpservererror2`. The same function serves documents and
//! queries, so that both sides agree by construction.

/// Longest word of an identifier that is kept, in bytes; longer ones are data, not words.
const MAX_PART: usize = 40;
/// Longest identifier that is read at all, in bytes.
const MAX_IDENTIFIER: usize = 80;

/// Words that say nothing about code when they stand in a question.
const STOP_WORDS: &[&str] = &[
    "a", "about", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could",
    "did", "do", "does", "done", "for", "from", "had", "has", "have", "how", "i", "if", "in", "into", "is", "it",
    "its", "may", "me", "my", "no", "not", "of", "on", "or", "our", "should", "so", "some", "such", "than", "that",
    "the", "their", "them", "then", "there", "these", "they", "this", "those", "to", "up", "us", "was", "we", "were",
    "what", "when", "where", "which", "while", "who", "why", "will", "with", "would", "you", "your",
];

/// Whether a query is better off without this lower-case word.
pub fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}

/// Calls `emit` with every term of `text`, lower case, in order. `buffer` is re-used between calls.
pub fn for_each_term(text: &str, buffer: &mut String, mut emit: impl FnMut(&str)) {
    for_each_identifier(text, |identifier| identifier_terms(identifier, buffer, &mut emit));
}

/// Calls `emit` with every identifier or number of `text` as written.
pub fn for_each_identifier(text: &str, mut emit: impl FnMut(&str)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !is_word_byte(bytes[at]) {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && is_word_byte(bytes[at]) {
            at += 1;
        }
        if at - start <= MAX_IDENTIFIER {
            emit(&text[start..at]);
        }
    }
}

/// Letters of other scripts count as letters: a word in Greek or Chinese is one term.
fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The terms of one identifier: its stemmed words and, where it has more than one, the whole of it.
pub fn identifier_terms(identifier: &str, buffer: &mut String, emit: &mut impl FnMut(&str)) {
    let mut parts = 0;
    for_each_part(identifier, |part| {
        parts += 1;
        if part.len() <= MAX_PART {
            buffer.clear();
            push_lower(buffer, part);
            stem(buffer);
            emit(buffer);
        }
    });
    if parts > 1 {
        buffer.clear();
        for_each_part(identifier, |part| push_lower(buffer, part));
        emit(buffer);
    }
}

fn push_lower(buffer: &mut String, part: &str) {
    if part.is_ascii() {
        buffer.extend(part.bytes().map(|byte| byte.to_ascii_lowercase() as char));
    } else {
        buffer.extend(part.chars().flat_map(char::to_lowercase));
    }
}

/// Calls `emit` with the words of an identifier: `HTTPServer` is `HTTP`, `Server`; digits stand alone.
pub fn for_each_part(identifier: &str, mut emit: impl FnMut(&str)) {
    let bytes = identifier.as_bytes();
    let class = |byte: u8| match byte {
        b'0'..=b'9' => Class::Digit,
        b'A'..=b'Z' => Class::Upper,
        // Letters of other scripts have no case that we look at.
        b'a'..=b'z' | 128.. => Class::Lower,
        _ => Class::Separator,
    };
    let mut start = 0;
    while start < bytes.len() {
        let first = class(bytes[start]);
        let mut end = start + 1;
        if first == Class::Separator {
            start = end;
            continue;
        }
        while end < bytes.len() && class(bytes[end]) == first {
            end += 1;
        }
        if first == Class::Upper && end < bytes.len() && class(bytes[end]) == Class::Lower {
            if end - start > 1 {
                // The last capital begins the next word.
                end -= 1;
            } else {
                while end < bytes.len() && class(bytes[end]) == Class::Lower {
                    end += 1;
                }
            }
        }
        emit(&identifier[start..end]);
        start = end;
    }
}

#[derive(PartialEq, Clone, Copy)]
enum Class {
    Digit,
    Upper,
    Lower,
    Separator,
}

/// Endings that are cut by [`stem`], the first that fits.
const ENDINGS: [&str; 7] = ["ings", "ing", "ies", "ied", "ed", "es", "s"];

/// Cuts a plural or verb ending and a final `e`: `caches`, `cached` and `caching` become `cach`.
pub fn stem(word: &mut String) {
    if word.as_bytes().first().is_none_or(u8::is_ascii_digit) {
        return;
    }
    for ending in ENDINGS {
        if word.len() >= ending.len() + 3 && word.ends_with(ending) {
            word.truncate(word.len() - ending.len());
            break;
        }
    }
    if word.len() > 4 && word.ends_with('e') {
        word.pop();
    }
}

/// Endings that are cut by [`root`] on top of [`stem`], the longest first.
const DERIVATIONS: [&str; 22] = [
    "ization", "isation", "ational", "ation", "ement", "ition", "ator", "ment", "ness", "able", "ible", "ance", "ence",
    "ize", "iz", "ion", "ive", "ity", "al", "er", "or", "ly",
];

/// The family of a stemmed word: `normalizer`, `normalization` and `normal` become one.
pub fn root(stemmed: &str) -> &str {
    let mut root = stemmed;
    while let Some(without) = shorter(root) {
        root = without;
    }
    if let [.., a, b] = root.as_bytes()
        && a == b
        && root.len() > 4
        && b.is_ascii_lowercase()
        && !matches!(b, b's' | b'l')
    {
        root = &root[..root.len() - 1];
    }
    if root.len() > 4 && root.ends_with(['i', 'e', 'y']) {
        root = &root[..root.len() - 1];
    }
    root
}

/// The word without its longest derivation.
fn shorter(word: &str) -> Option<&str> {
    let ending = DERIVATIONS.iter().find(|ending| word.len() >= ending.len() + 4 && word.ends_with(**ending))?;
    Some(&word[..word.len() - ending.len()])
}

/// Stemmed words that may share the root of `stemmed`, itself among them: what to look up for a word's whole family.
pub fn family(stemmed: &str) -> Vec<String> {
    const FORMS: [&str; 30] = [
        "", "e", "y", "i", "er", "or", "ion", "ation", "ization", "isation", "izer", "ize", "iz", "ator", "ative",
        "ate", "at", "ment", "able", "ible", "al", "ly", "ive", "ity", "ness", "ance", "ence", "ally", "ition",
        "ement",
    ];
    let root = root(stemmed);
    let mut family = vec![stemmed.to_owned()];
    let mut add = |form: String| {
        if self::root(&form) == root && !family.contains(&form) {
            family.push(form);
        }
    };
    for form in FORMS {
        add(format!("{root}{form}"));
        if let Some(last) = root.chars().next_back().filter(char::is_ascii_lowercase)
            && matches!(form, "er" | "or" | "able")
        {
            add(format!("{root}{last}{form}"));
        }
    }
    // `normaliz` has the root `norm`, and `normalization` is made from what lies between. Each form is a look-up: only the
    // usual ones.
    let mut between = stemmed;
    while between != root {
        for form in ["", "ation", "ion", "er", "or", "ment"] {
            add(format!("{between}{form}"));
        }
        between = shorter(between).unwrap_or(root);
    }
    family
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> String {
        let mut all = Vec::new();
        for_each_term(text, &mut String::new(), |term| all.push(term.to_owned()));
        all.join(" ")
    }

    #[test]
    fn identifiers_are_split_and_kept_whole() {
        assert_eq!(terms("HTTPServerError2"), "http server error 2 httpservererror2");
        assert_eq!(terms("snake_case kebab-case a::b.c"), "snak case snakecase kebab case a b c");
        assert_eq!(terms("__init__"), "init");
        assert_eq!(terms("x = parseURL(y)"), "x pars url parseurl y");
    }

    #[test]
    fn forms_of_a_word_share_a_stem() {
        for family in [["caches", "caching", "cached"], ["queries", "queried", "queries"]] {
            let stems: Vec<String> = family.iter().map(|word| terms(word)).collect();
            assert!(stems.iter().all(|stem| *stem == stems[0]), "{stems:?}");
        }
    }

    #[test]
    fn other_scripts_and_long_words_do_no_harm() {
        assert_eq!(terms("Größe_x ΑΒΓ"), "größ x größex αβγ");
        assert_eq!(terms(&"x".repeat(81)), "");
        assert_eq!(terms(&format!("{}_b", "a".repeat(50))), format!("b {}b", "a".repeat(50)));
    }

    #[test]
    fn derived_words_share_a_root() {
        let root_of = |word: &str| {
            let mut stemmed = word.to_owned();
            stem(&mut stemmed);
            root(&stemmed).to_owned()
        };
        assert_eq!(root_of("normalization"), root_of("normalizer"));
        assert_eq!(root_of("compression"), root_of("compressor"));
        assert_eq!(root_of("running"), root_of("runner"));
        assert_eq!(root_of("fields"), "field");
        let family = family("normaliz");
        for word in ["normalization", "normal", "normalizer"] {
            assert!(family.contains(&word.to_owned()), "{word} in {family:?}");
        }
    }

    #[test]
    fn stop_words_are_sorted() {
        assert!(STOP_WORDS.is_sorted());
        assert!(is_stop_word("where") && !is_stop_word("parse"));
    }
}
