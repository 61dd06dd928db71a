//! Hides from the parser what only a preprocessor can make sense of, so that the rest of the file is still understood.
//! It knows the text only; every byte keeps its place.

use std::borrow::Cow;

use crate::language::Language;

/// `text` as the parser should see it. In C and its relatives `class EXPORT_MACRO Name {` has the macro blanked out
/// (a grammar takes it for the class and the class for a function), and so have lines like `G_BEGIN_DECLS` (it would be
/// the type of what comes next).
///
/// The Kotlin scanner looks for the white space after `@Name` and never stops looking at the end of the input, not even
/// when it is told to: an annotation on a last line without a line break is hidden from it.
pub(super) fn mask(language: Language, text: &str, end: usize) -> Cow<'_, str> {
    if language == Language::Kotlin {
        let last_line = text[..end].rfind('\n').map_or(0, |newline| newline + 1);
        let dangerous = text[last_line..end].contains('@');
        return if dangerous {
            Cow::Owned(text[..last_line].to_owned() + &text[last_line..end].replace('@', " ") + &text[end..])
        } else {
            Cow::Borrowed(text)
        };
    }
    if !matches!(language, Language::C | Language::Cpp | Language::ObjectiveC) {
        return Cow::Borrowed(text);
    }
    let mut hidden: Option<Vec<u8>> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let found = macro_alone(line, start).or_else(|| {
            let head = after_keyword(line)?;
            macro_before_name(text, start + line.len() - head.len())
        });
        if let Some((from, to)) = found {
            hidden.get_or_insert_with(|| text.as_bytes().to_vec())[from..to].fill(b' ');
        }
        start += line.len();
    }
    hidden.map_or(Cow::Borrowed(text), |bytes| {
        Cow::Owned(String::from_utf8(bytes).expect("only whole ASCII characters were replaced, by spaces"))
    })
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
