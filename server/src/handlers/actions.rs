//! What can be done with the code at the cursor: explain it, ask about it, find code like it, explain a problem in it.

use std::ops::Range;

use codecompass_core::document::SymbolRecord;
use codecompass_index::{snapshot::Snapshot, symbols};

use super::current::name_at;
use crate::live::View;

/// Something that can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Say what the code does and who uses it.
    Explain,
    /// Ask a question about it.
    Ask,
    /// Find code like it.
    Similar,
    /// Say in a sentence or two what the code does.
    Brief,
    /// Explain a problem that some tool reports there.
    Problem,
}

/// An action with what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What is done.
    pub action: Action,
    /// How it is offered.
    pub title: String,
    /// The lines it is about: from 0, end exclusive.
    pub lines: Range<u32>,
    /// The name it is about, if it is about one.
    pub symbol: Option<String>,
    /// Which of the problems it explains.
    pub problem: Option<usize>,
}

/// What can be done where the bytes `selection` of a text are selected (or the cursor is, when it is empty), with problems
/// on these lines (from 0, end exclusive). Nothing for files that are not indexed and where nothing has a name.
pub fn offers(view: &View, key: &str, selection: Range<usize>, problems: &[Range<u32>]) -> anyhow::Result<Vec<Offer>> {
    let Some(snapshot) = view.snapshot.as_deref() else { return Ok(Vec::new()) };
    let Some(text) = snapshot.chunks_of(key).and_then(|_| view.text(key)) else { return Ok(Vec::new()) };
    let line = |byte: usize| text.as_bytes().iter().take(byte).filter(|&&byte| byte == b'\n').count() as u32;
    let mut offers = Vec::new();
    if let Some((what, lines, symbol)) = subject(snapshot, key, &text, selection, &line)? {
        let mut offer = |action, title: String| {
            offers.push(Offer { action, title, lines: lines.clone(), symbol: symbol.clone(), problem: None });
        };
        offer(Action::Explain, format!("Explain {what}"));
        offer(Action::Ask, "Ask about this".to_owned());
        offer(Action::Similar, "Find similar code".to_owned());
        offer(Action::Brief, "Explain briefly".to_owned());
    }
    for (number, lines) in problems.iter().enumerate() {
        let title = "Explain this problem".to_owned();
        let offer = Offer { action: Action::Problem, title, lines: lines.clone(), symbol: None, problem: Some(number) };
        offers.push(offer);
    }
    Ok(offers)
}

type Subject = (String, Range<u32>, Option<String>);

/// What is selected, the name under the cursor, or the definition around it.
fn subject(
    snapshot: &Snapshot,
    key: &str,
    text: &str,
    selection: Range<usize>,
    line: &dyn Fn(usize) -> u32,
) -> anyhow::Result<Option<Subject>> {
    let selected = text.get(selection.clone()).unwrap_or_default();
    // In editors that always select something, one character is the cursor.
    let is_cursor = selected.chars().nth(1).is_none() && !selected.trim().is_empty();
    if !selected.is_empty() && !is_cursor {
        let blank = selected.trim().is_empty();
        let lines = line(selection.start)..line(selection.end - 1) + 1;
        return Ok((!blank).then(|| ("the selection".to_owned(), lines, None)));
    }
    let at = selection.start;
    let here = line(at);
    if let Some(name) = name_at(text, at).map(|range| &text[range])
        && symbols::definitions(snapshot, name)?.iter().any(|definition| definition.symbol.name == name)
    {
        return Ok(Some((format!("`{name}`"), here..here + 1, Some(name.to_owned()))));
    }
    let around = innermost(snapshot, key, here)?;
    Ok(around.map(|around| (format!("`{}`", symbols::qualified(&around)), around.line..around.end_line, None)))
}

/// The innermost definition around a line (from 0) of a file, as it was indexed.
pub fn innermost(snapshot: &Snapshot, key: &str, line: u32) -> anyhow::Result<Option<SymbolRecord>> {
    let mut best: Option<SymbolRecord> = None;
    let long = |definition: &SymbolRecord| definition.end_line - definition.line;
    for chunk in snapshot.chunks_of(key).unwrap_or_default() {
        if snapshot.row(chunk).first_line > line {
            break;
        }
        for definition in snapshot.record(chunk)?.definitions {
            let around = (definition.line..definition.end_line).contains(&line);
            if around && best.as_ref().is_none_or(|known| long(&definition) <= long(known)) {
                best = Some(definition);
            }
        }
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::unwrap_used,
        clippy::single_range_in_vec_init,
        reason = "a test may panic, and a problem is a range"
    )]
    #![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

    use expect_test::{Expect, expect};

    use super::*;
    use crate::handlers::fixture::Fixture;

    const FILE: &str = "\
//- src/store.rs
use std::fs;

pub struct Store;

impl Store {
    pub fn add(&self) -> u32 {
        let sum = 42;

        sum
    }
}
//- data.bin
\0\0\0\0
";

    /// `«` and `»` are around the selection.
    #[track_caller]
    fn check(before: &str, selected: &str, problems: &[Range<u32>], expected: &Expect) {
        let fixture = Fixture::new(FILE);
        let view = fixture.view();
        let text = view.text("src/store.rs").unwrap();
        let at = text.find(&format!("{before}{selected}")).unwrap() + before.len();
        let offers = offers(&view, "src/store.rs", at..at + selected.len(), problems).unwrap();
        let shown: Vec<String> = offers.iter().map(|offer| format!("{} {:?}", offer.title, offer.lines)).collect();
        expected.assert_eq(&shown.join("\n"));
    }

    #[test]
    fn on_a_name_in_a_definition_or_with_a_selection() {
        check(
            "pub struct St",
            "",
            &[],
            &expect![[r#"
            Explain `Store` 2..3
            Ask about this 2..3
            Find similar code 2..3
            Explain briefly 2..3"#]],
        );
        check(
            "let sum = 4",
            "",
            &[],
            &expect![[r#"
            Explain `Store::add` 5..10
            Ask about this 5..10
            Find similar code 5..10
            Explain briefly 5..10"#]],
        );
        check(
            "",
            "let sum = 42;\n",
            &[],
            &expect![[r#"
            Explain the selection 6..7
            Ask about this 6..7
            Find similar code 6..7
            Explain briefly 6..7"#]],
        );
    }

    #[test]
    fn one_selected_character_is_the_cursor() {
        check(
            "pub struct ",
            "S",
            &[],
            &expect![[r#"
            Explain `Store` 2..3
            Ask about this 2..3
            Find similar code 2..3
            Explain briefly 2..3"#]],
        );
    }

    #[test]
    fn nothing_where_there_is_nothing() {
        check("use std::fs;\n", "", &[], &expect![[r#""#]]);
        check("42;\n", "\n", &[], &expect![[r#""#]]);
    }

    #[test]
    fn problems_can_be_explained_anywhere() {
        check("use std::fs;\n", "", &[0..1], &expect!["Explain this problem 0..1"]);
    }

    #[test]
    fn files_that_are_not_indexed_have_no_actions() {
        let view = Fixture::new(FILE).view();
        assert!(offers(&view, "data.bin", 0..1, &[0..1]).unwrap().is_empty());
        assert!(offers(&view, "missing.rs", 0..0, &[0..1]).unwrap().is_empty());
    }
}
