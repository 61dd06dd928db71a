//! What a question pins with `@`: `@file:src/a.rs`, `@symbol:Store::add`, `@folder:src`, `@diff`, `@problems`, and in short
//! `@src/a.rs`, `@src/a.rs:12-30`, `@Store`. Pins are read in the user's own words only, never in text from a file.

use std::ops::Range;

use super::Span;

/// Something that the user named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// What it is.
    pub kind: PinKind,
    /// Its name or path, empty for those that have none.
    pub value: String,
    /// Lines of a file, if some were named.
    pub lines: Option<Span>,
    /// The bytes of the question that are it, with the `@`.
    pub range: Range<usize>,
}

/// What a pin names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinKind {
    /// A file.
    File,
    /// A definition.
    Symbol,
    /// A folder.
    Folder,
    /// What is not committed yet.
    Diff,
    /// What tools report.
    Problems,
    /// Whatever has that name: a file, a folder or a definition.
    Any,
}

/// The pins of a question, in order. What stands in backticks is code.
pub fn pins(question: &str) -> Vec<Pin> {
    let mut pins = Vec::new();
    let mut in_code = false;
    let mut fenced = false;
    let mut at = 0;
    for line in question.split_inclusive('\n') {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            at += line.len();
            continue;
        }
        let mut before = ' ';
        let mut skip = 0;
        for (column, c) in line.char_indices() {
            in_code ^= c == '`';
            if column >= skip
                && c == '@'
                && !(in_code || fenced)
                && !(before.is_alphanumeric() || matches!(before, '_' | '.' | '-' | '@' | '/'))
                && let Some(pin) = pin(&line[column..], at + column)
            {
                skip = pin.range.end - at;
                pins.push(pin);
            }
            before = c;
        }
        in_code = false;
        at += line.len();
    }
    pins
}

/// The question as words to search for: pins without their sign and kind.
pub fn without(question: &str, pins: &[Pin]) -> String {
    let mut out = String::new();
    let mut from = 0;
    for pin in pins {
        out.push_str(&question[from..pin.range.start]);
        out.push_str(&pin.value);
        from = pin.range.end;
    }
    out.push_str(&question[from..]);
    out
}

/// The pin that a text begins with.
fn pin(text: &str, base: usize) -> Option<Pin> {
    let rest = &text[1..];
    let kinds = [("file:", PinKind::File), ("symbol:", PinKind::Symbol), ("folder:", PinKind::Folder)];
    let (lead, kind) = kinds
        .into_iter()
        .find(|(word, _)| rest.starts_with(word))
        .map_or((0, PinKind::Any), |(word, kind)| (word.len(), kind));
    let rest = &rest[lead..];
    let (value, length) = if let Some(quoted) = rest.strip_prefix('"') {
        let end = quoted.find('"')?;
        (&quoted[..end], end + 2)
    } else {
        let end = rest.find(|c: char| c.is_whitespace() || ",;()[]{}<>\"'`?!".contains(c)).unwrap_or(rest.len());
        let value = rest[..end].trim_end_matches(['.', ':']);
        (value, value.len())
    };
    let range = base..base + 1 + lead + length;
    let none = |kind| Some(Pin { kind, value: String::new(), lines: None, range: range.clone() });
    match (kind, value) {
        (_, "") => None,
        (PinKind::Any, "diff") => none(PinKind::Diff),
        (PinKind::Any, "problems") => none(PinKind::Problems),
        (PinKind::Any, value)
            if !value.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '.' | '/' | '~')) =>
        {
            None
        }
        (kind, value) => {
            let (value, lines) = lines(value).filter(|_| kind != PinKind::Symbol).unwrap_or((value, None));
            Some(Pin { kind, value: value.to_owned(), lines, range })
        }
    }
}

/// `src/a.rs:12-30` as a path and its lines.
fn lines(value: &str) -> Option<(&str, Option<Span>)> {
    let (path, lines) = value.rsplit_once(':').or_else(|| value.rsplit_once("#L"))?;
    let (first, last) = lines.split_once('-').unwrap_or((lines, lines));
    let number = |text: &str| text.trim_start_matches('L').parse::<u32>().ok().filter(|line| *line > 0);
    let (first, last) = (number(first)?, number(last)?);
    (!path.is_empty() && !path.ends_with(':') && last >= first).then(|| (path, Some(Span::new(first, last))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(question: &str) -> Vec<String> {
        let shown = |pin: Pin| {
            let lines = pin.lines.map_or_else(String::new, |lines| format!("@{lines}"));
            format!("{:?} {}{lines} = {}", pin.kind, pin.value, &question[pin.range])
        };
        pins(question).into_iter().map(shown).collect()
    }

    #[test]
    fn pins_are_found() {
        assert_eq!(
            found("what does @file:src/a.rs do? And @symbol:Store::add, @folder:src/live/."),
            [
                "File src/a.rs = @file:src/a.rs",
                "Symbol Store::add = @symbol:Store::add",
                "Folder src/live/ = @folder:src/live/"
            ]
        );
        assert_eq!(
            found("(@src/a.rs:12-30) @Store @diff @problems"),
            ["Any src/a.rs@12-30 = @src/a.rs:12-30", "Any Store = @Store", "Diff  = @diff", "Problems  = @problems"]
        );
        assert_eq!(
            found("@file:\"my notes.md\" @\"a b.rs\""),
            ["File my notes.md = @file:\"my notes.md\"", "Any a b.rs = @\"a b.rs\""]
        );
    }

    #[test]
    fn neither_mail_nor_code() {
        assert!(found("write to ann@example.org, `@property`, a@b, @, @ x, @1, user@@x\n```\n@Store\n```").is_empty());
    }

    #[test]
    fn words_to_search_for() {
        let question = "how does @symbol:Store::add use @src/a.rs:3?";
        assert_eq!(without(question, &pins(question)), "how does Store::add use src/a.rs?");
    }

    proptest! {
        #[test]
        fn any_question_can_be_read(question in "[@a:/.\"` \n1-é]{0,40}") {
            let found = pins(&question);
            prop_assert!(found.iter().all(|pin| question.get(pin.range.clone()).is_some()));
            without(&question, &found);
        }
    }
}
