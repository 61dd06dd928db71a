//! Hides from the parser what only a preprocessor can make sense of, so that the rest of the file is still understood.
//! It knows the text only; every byte keeps its place.

use std::borrow::Cow;

use crate::language::Language;

/// `text` as the parser should see it: in C and its relatives `class EXPORT_MACRO Name {` has the macro blanked out.
/// Without that a grammar takes the macro for the class and the class for a function.
pub(super) fn mask(language: Language, text: &str) -> Cow<'_, str> {
    if !matches!(language, Language::C | Language::Cpp | Language::ObjectiveC) {
        return Cow::Borrowed(text);
    }
    let mut hidden: Option<Vec<u8>> = None;
    for keyword in ["class ", "struct ", "union ", "enum "] {
        for (at, _) in text.match_indices(keyword) {
            if text[..at].ends_with(is_word) {
                continue;
            }
            if let Some((start, end)) = macro_before_name(text, at + keyword.len()) {
                hidden.get_or_insert_with(|| text.as_bytes().to_vec())[start..end].fill(b' ');
            }
        }
    }
    hidden.map_or(Cow::Borrowed(text), |bytes| {
        Cow::Owned(String::from_utf8(bytes).expect("only whole ASCII characters were replaced, by spaces"))
    })
}

/// Where the macro is in `MACRO Name {`, `MACRO(x) Name : Base` or `MACRO Name final`, after the keyword.
fn macro_before_name(text: &str, after: usize) -> Option<(usize, usize)> {
    let rest = text[after..].trim_start();
    let start = text.len() - rest.len();
    let word = |text: &str| text.find(|c| !is_word(c)).unwrap_or(text.len());
    let length = word(rest);
    let looks_like_one = |name: &str| {
        name.len() > 2
            && name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    };
    if !looks_like_one(&rest[..length]) {
        return None;
    }
    let mut end = start + length;
    if text[end..].starts_with('(') {
        let line = text[end..].lines().next()?;
        end += line.find(')')? + 1;
    }
    let name = text[end..].trim_start();
    let length = word(name);
    if length == 0 || name.len() == text.len() - end {
        return None;
    }
    let next = name[length..].trim_start();
    let declares = next.starts_with('{')
        || next.starts_with(':') && !next.starts_with("::")
        || next.starts_with("final") && !next["final".len()..].starts_with(is_word);
    declares.then_some((start, end))
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
