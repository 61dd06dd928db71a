//! Hides from a parser what it trips over: what only a preprocessor can make sense of, and what its scanner has bugs with.
//! It knows the text only; every byte keeps its place.

use std::borrow::Cow;

use crate::language::Language;

/// `text` as the parser should see it.
pub(super) fn mask(language: Language, text: &str) -> Cow<'_, [u8]> {
    match language {
        Language::C | Language::Cpp | Language::ObjectiveC => without_macros(text),
        Language::Kotlin => without_last_annotation(text),
        Language::Bash => ascii(text),
        _ => text.as_bytes().into(),
    }
}

/// In C and its relatives `class EXPORT_MACRO Name {` has the macro blanked out (a grammar takes it for the class and the
/// class for a function), and so have lines like `G_BEGIN_DECLS` (it would be the type of what comes next).
fn without_macros(text: &str) -> Cow<'_, [u8]> {
    let mut bytes = Cow::Borrowed(text.as_bytes());
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let found = macro_alone(line, start).or_else(|| {
            let head = after_keyword(line)?;
            macro_before_name(text, start + line.len() - head.len())
        });
        if let Some((from, to)) = found {
            bytes.to_mut()[from..to].fill(b' ');
        }
        start += line.len();
    }
    bytes
}

/// The Kotlin scanner looks for the white space after `@Name` and never stops looking at the end of the input, not even
/// when it is told to: an annotation on a last line without a line break is hidden from it.
fn without_last_annotation(text: &str) -> Cow<'_, [u8]> {
    let mut bytes = Cow::Borrowed(text.as_bytes());
    let last_line = text.rfind('\n').map_or(0, |newline| newline + 1);
    for (at, _) in text[last_line..].match_indices('@') {
        bytes.to_mut()[last_line + at] = b' ';
    }
    bytes
}

/// The scanner of the shell's grammar asks the C library whether any character is a digit, which is undefined outside of a
/// byte and crashes at `{` before some. To the shell all such characters are letters alike.
fn ascii(text: &str) -> Cow<'_, [u8]> {
    if text.is_ascii() {
        return text.as_bytes().into();
    }
    text.bytes().map(|byte| if byte.is_ascii() { byte } else { b'x' }).collect()
}

/// A line that is one of a pair of macros: `LIB_BEGIN_DECLS`, `LIB_ASSUME_END`.
fn macro_alone(line: &str, start: usize) -> Option<(usize, usize)> {
    let name = line.trim_end();
    let bracket = name.contains('_') && is_macro(name) && name.split('_').any(|word| matches!(word, "BEGIN" | "END"));
    bracket.then_some((start, start + name.len()))
}

/// What follows the keyword of a type at the start of a line.
fn after_keyword(line: &str) -> Option<&str> {
    let mut line = line.trim_start();
    if let Some(rest) = line.strip_prefix("typedef ") {
        line = rest.trim_start();
    } else if line.starts_with("template") {
        line = line[line.rfind('>')? + 1..].trim_start();
    }
    ["class ", "struct ", "union ", "enum class ", "enum "].into_iter().find_map(|keyword| line.strip_prefix(keyword))
}

/// Where the macro is in `MACRO Name {`, `MACRO(x) Name : Base` or `MACRO Name final`, after the keyword.
fn macro_before_name(text: &str, after: usize) -> Option<(usize, usize)> {
    let rest = text[after..].trim_start();
    let start = text.len() - rest.len();
    let word = |text: &str| text.find(|c| !is_word(c)).unwrap_or(text.len());
    let length = word(rest);
    if !is_macro(&rest[..length]) {
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

fn is_macro(name: &str) -> bool {
    name.len() > 2
        && name.contains(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
