//! What can be said about a piece of code without a model: what it is, who uses it, what it uses, who changed it last.

use std::{ops::Range, path::PathBuf};

use codecompass_core::language::{Language, SymbolKind, detect};
use codecompass_index::symbols::{self, Definition};
use rustc_hash::FxHashSet;

use super::{
    actions::innermost,
    answer::{Answer, Passage, citation::code},
    current::Current,
    everywhere,
    facts::{self, At, Caller, Facts, LastChange, Limits},
    hover::{changed, plain},
    outlines::Outlines,
};
use crate::live::View;

const LIMITS: Limits = Limits { definitions: 5, callers: 12 };
/// At most so many of the things that the code uses are named.
const USED: usize = 12;
/// Longer passages are cut, and say so.
const PASSAGE_LINES: u32 = 200;

/// What is to be explained.
#[derive(Debug, Clone, Default)]
pub struct Subject {
    /// Its lines in the file: from 0, end exclusive.
    pub lines: Range<u32>,
    /// The name that is meant, if it is a name.
    pub symbol: Option<String>,
    /// What some tool reports there.
    pub problem: Option<String>,
}

/// What an explanation rests on.
#[derive(Debug, Clone, Default)]
pub struct Explained {
    /// As a document.
    pub answer: Answer,
    /// Where each of its passages is, in the same order.
    pub paths: Vec<PathBuf>,
}

/// Explains `subject` in the file `key` of `views[0]`.
pub fn explain(
    views: &[&View],
    key: &str,
    subject: &Subject,
    outlines: &Outlines,
    last_change: LastChange<'_>,
) -> anyhow::Result<Explained> {
    let mut explained = Explained::default();
    let Some(view) = views.first() else { return Ok(explained) };
    let current = Current::new(view);
    let Some(text) = current.text(key) else {
        explained.answer.title = format!("Explain {key}");
        explained.answer.notes.push(format!("{key} cannot be read; is it saved, and is it text?"));
        return Ok(explained);
    };
    let Some(snapshot) = view.snapshot.as_deref() else {
        explained.answer.title = format!("Explain {key}");
        explained.answer.notes.push("the folder is not indexed yet; ask again in a moment".to_owned());
        return Ok(explained);
    };
    let around = innermost(snapshot, key, subject.lines.start)?;
    let name = subject.symbol.clone().or_else(|| around.as_ref().map(|around| around.name.clone()));
    let at = At { key, line: subject.lines.start, before: "" };
    let facts = match &name {
        Some(name) => facts::facts(views, name, at, LIMITS)?,
        None => None,
    };
    let lines = if subject.lines.len() > 1 {
        subject.lines.clone()
    } else {
        around.map_or(0..0, |around| around.line..around.end_line)
    };
    let lines = if lines.is_empty() { subject.lines.clone() } else { lines };

    let what = name.as_ref().map_or_else(|| format!("{key}:{}", lines.start + 1), Clone::clone);
    explained.answer.title = match &subject.problem {
        Some(_) => format!("Explain a problem in {what}"),
        None => format!("Explain {what}"),
    };
    if let Some(problem) = &subject.problem {
        explained.answer.lead.push(format!("The problem: {}", plain(problem)));
    }
    if let Some(facts) = &facts {
        explained.answer.lead.extend(said(views, facts));
        let first = facts.definitions.first();
        let change = first.and_then(|first| {
            let view = views.iter().find(|view| first.spot.path.starts_with(&view.root))?;
            last_change(view, &first.key, first.extent.clone())
        });
        explained.answer.lead.extend(change.as_ref().map(changed));
    }
    let uses = used(&current, key, &text.text, lines.clone(), outlines)?;
    if !uses.is_empty() {
        let uses: Vec<String> = uses
            .iter()
            .map(|(kind, name, spot)| format!("- {} `{name}` {}", kind.as_str(), cited(views, view, &spot.0, spot.1)))
            .collect();
        explained.answer.lead.push(format!("It uses:\n\n{}", uses.join("\n")));
    }
    // A name asked for where it is used: its definition is what is to be explained.
    let defined = facts.as_ref().and_then(|facts| facts.definitions.first()).filter(|_| subject.symbol.is_some());
    if let Some(defined) = defined
        && let Some(home) = views.iter().find(|view| defined.spot.path.starts_with(&view.root))
    {
        add(&mut explained, views, home, &defined.key, defined.extent.clone());
    }
    if explained.paths.is_empty() || subject.problem.is_some() {
        add(&mut explained, views, view, key, lines);
    }
    Ok(explained)
}

/// What is known of the name, in Markdown.
fn said(views: &[&View], facts: &Facts) -> Vec<String> {
    let mut said = Vec::new();
    let view_of = |path: &std::path::Path| views.iter().find(|view| path.starts_with(&view.root)).copied();
    let place = |key: &str, path: &std::path::Path, line: u32| {
        view_of(path).map_or_else(|| code(&format!("{key}:{}", line + 1)), |view| cited(views, view, key, line))
    };
    for (number, defined) in facts.definitions.iter().enumerate() {
        let place = place(&defined.key, &defined.spot.path, defined.spot.line);
        let also = if number == 0 { "" } else { "also: " };
        said.push(format!("{also}{} `{}` {place}", defined.kind.as_str(), defined.qualified));
        if let (0, Some(doc)) = (number, &defined.doc) {
            said.push(plain(doc));
        }
    }
    let count = facts.references;
    said.push(format!("{count} reference{}.", if count == 1 { "" } else { "s" }));
    let mut list = |title: &str, callers: &[Caller]| {
        if callers.is_empty() {
            return;
        }
        let lines = callers.iter().map(|caller| {
            let within = if caller.within.is_empty() { String::new() } else { format!("`{}` ", caller.within) };
            format!("- {within}{}", place(&caller.key, &caller.spot.path, caller.spot.line))
        });
        said.push(format!("{title}\n\n{}", lines.collect::<Vec<_>>().join("\n")));
    };
    list("Used in:", &facts.callers);
    list("Tested in:", &facts.tests);
    said
}

fn cited(views: &[&View], view: &View, key: &str, line: u32) -> String {
    code(&format!("{}:{}", everywhere::shown(views, view, key), line + 1))
}

type Used = (SymbolKind, String, (String, u32));

/// The definitions that the lines refer to, in the order in which they do.
fn used(
    current: &Current<'_>,
    key: &str,
    text: &std::sync::Arc<str>,
    lines: Range<u32>,
    outlines: &Outlines,
) -> anyhow::Result<Vec<Used>> {
    let Some(snapshot) = current.view().snapshot.as_deref() else { return Ok(Vec::new()) };
    let starts = codecompass_core::text::Lines::new(text);
    let from = starts.full_range(lines.start + 1).start as u32;
    let to = starts.full_range(lines.end.max(lines.start + 1)).end as u32;
    let outline = outlines.of(text, detect(key, text));
    let mut seen = FxHashSet::default();
    let mut used = Vec::new();
    for reference in outline.references.iter().filter(|it| it.range.start >= from && it.range.end <= to) {
        let name = &text[reference.range.start as usize..reference.range.end as usize];
        if used.len() == USED || !seen.insert(name) {
            continue;
        }
        let mut definitions = symbols::definitions(snapshot, name)?;
        definitions.retain(|found| found.symbol.name == name && found.symbol.kind != SymbolKind::Impl);
        // A name that many things have says nothing about which is meant.
        if definitions.is_empty() || definitions.len() > 3 {
            continue;
        }
        let near = |found: &Definition| (found.path != key, found.path.clone(), found.symbol.line);
        definitions.sort_by_cached_key(near);
        if let Some((found, spot)) = definitions.iter().find_map(|found| Some((found, current.definition(found)?))) {
            used.push((found.symbol.kind, symbols::qualified(&found.symbol), (found.path.clone(), spot.line)));
        }
    }
    Ok(used)
}

fn add(explained: &mut Explained, views: &[&View], view: &View, key: &str, lines: Range<u32>) {
    if let Some((passage, path)) = passage(views, view, key, lines, String::new()) {
        explained.answer.passages.push(passage);
        explained.paths.push(path);
    }
}

/// Lines (from 0, end exclusive) of a file as they are now. A long passage is cut and says so.
pub fn passage(
    views: &[&View],
    view: &View,
    key: &str,
    lines: Range<u32>,
    label: String,
) -> Option<(Passage, PathBuf)> {
    let current = Current::new(view);
    let text = current.text(key)?;
    let end = lines.end.max(lines.start + 1).min(text.lines.count());
    let shown_end = end.min(lines.start.saturating_add(PASSAGE_LINES));
    let from = text.lines.full_range(lines.start + 1).start;
    let to = text.lines.range(shown_end, &text.text).end;
    let own = text.text.get(from..to).filter(|own| !own.trim().is_empty())?;
    let left_out = end - shown_end;
    let label = if left_out == 0 { label } else { format!("{label} ({left_out} more lines are left out)") };
    let language: Language = detect(key, &text.text);
    let passage = Passage {
        shown: everywhere::shown(views, view, key),
        start_line: lines.start + 1,
        end_line: shown_end,
        label: label.trim().to_owned(),
        language: language.id(),
        text: own.to_owned(),
    };
    Some((passage, current.path(key)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    #![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

    use expect_test::expect;

    use super::*;
    use crate::handlers::fixture::Fixture;

    const FILES: &str = "\
//- src/store.rs
/// Adds an item to the shelf.
pub fn add(item: u32) -> u32 {
    check(item);
    item
}

fn check(item: u32) {}

fn main() {
    add(1);
}
";

    fn explained(fixture: &Fixture, subject: &Subject) -> Explained {
        explain(&[&fixture.view()], "src/store.rs", subject, &Outlines::default(), &|_, _, _| None).unwrap()
    }

    #[test]
    fn a_line_in_a_function_explains_the_function() {
        let fixture = Fixture::new(FILES);
        let explained = explained(&fixture, &Subject { lines: 3..4, ..Subject::default() });
        expect![[r#"
            # Explain add

            function `add` `src/store.rs:2`

            Adds an item to the shelf.

            1 reference.

            Used in:

            - `main` `src/store.rs:10`

            It uses:

            - function `check` `src/store.rs:7`

            ## `src/store.rs:2-5`

            ```rust
            pub fn add(item: u32) -> u32 {
                check(item);
                item
            }
            ```
        "#]]
        .assert_eq(&explained.answer.markdown());
        assert_eq!(explained.paths.len(), explained.answer.passages.len());
    }

    #[test]
    fn a_name_explains_what_it_names() {
        let fixture = Fixture::new(FILES);
        let subject = Subject { lines: 9..10, symbol: Some("add".to_owned()), problem: None };
        let explained = explained(&fixture, &subject);
        assert_eq!(explained.answer.passages[0].start_line, 2);
    }

    #[test]
    fn a_problem_is_shown_with_its_line() {
        let fixture = Fixture::new(FILES);
        let subject = Subject { lines: 9..10, symbol: None, problem: Some("no `such` thing".to_owned()) };
        let document = explained(&fixture, &subject).answer.markdown();
        assert!(document.contains("The problem: no \\`such\\` thing"), "{document}");
        assert!(document.contains("`src/store.rs:9-11`"), "{document}");
    }

    #[test]
    fn a_file_that_is_not_there_is_said() {
        let fixture = Fixture::new(FILES);
        let subject = Subject::default();
        let explained = explain(&[&fixture.view()], "no.rs", &subject, &Outlines::default(), &|_, _, _| None).unwrap();
        assert!(explained.answer.notes[0].starts_with("no.rs cannot be read"));
    }
}
