//! What the index knows of a name: where it is defined, who refers to it, which tests mention it, who changed it last.
//!
//! No model is asked. Everything that is shown was checked against the text as it is now.

use std::{cmp::Reverse, ops::Range, path::Path};

use codecompass_core::{language::SymbolKind, syntax::Outline};
use codecompass_index::symbols::{self, Definition};

use super::current::{Current, Spot, Text, absolute, is_name, name_at};
use crate::live::View;

/// So many definitions are looked at when many have the same name.
const LOOKED_AT: usize = 40;
/// A name that is referred to more often is only counted: nobody reads such a list.
const LISTED_UP_TO: u64 = 2_000;

/// What is known of a name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// The name as written.
    pub name: String,
    /// Its definitions, the nearest first, at most as many as were asked for.
    pub definitions: Vec<Defined>,
    /// How many definitions have that name.
    pub defined: usize,
    /// How often code refers to the name.
    pub references: u64,
    /// Who refers to it outside of tests, each once.
    pub callers: Vec<Caller>,
    /// Tests that refer to it, each once.
    pub tests: Vec<Caller>,
}

/// A definition and what is said about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Defined {
    /// The folder's key of the file.
    pub key: String,
    /// The name with those around it: `Store::add`.
    pub qualified: String,
    /// What it is.
    pub kind: SymbolKind,
    /// Where its name stands.
    pub spot: Spot,
    /// Its lines (from 0, end exclusive).
    pub extent: Range<u32>,
    /// The first sentence of its documentation.
    pub doc: Option<String>,
}

/// A place that refers to a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Caller {
    /// The definition it stands in; empty outside of definitions.
    pub within: String,
    /// The folder's key of the file.
    pub key: String,
    /// Where.
    pub spot: Spot,
}

/// Who changed some lines last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The first line of the commit's message.
    pub summary: String,
    /// The author's name.
    pub author: String,
    /// The commit's short id.
    pub commit: String,
    /// How many seconds ago.
    pub age_s: u64,
}

/// Asks who changed those lines (from 0, end exclusive) of a file (by key) last.
pub type LastChange<'a> = &'a dyn Fn(&View, &str, Range<u32>) -> Option<Change>;

/// How much is listed.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Definitions.
    pub definitions: usize,
    /// Callers, and as many tests.
    pub callers: usize,
}

/// A place in a file whose name is asked for.
#[derive(Clone, Copy)]
pub struct At<'a> {
    /// The folder's key of the file.
    pub key: &'a str,
    /// The line, from 0.
    pub line: u32,
    /// The name before it, in `Store::add` and `store.add`; empty where there is none.
    pub before: &'a str,
}

/// What is known of `name`, seen from a place. `views[0]` is the folder of that place. `None` when nothing is defined by it.
pub fn facts(views: &[&View], name: &str, at: At<'_>, limits: Limits) -> anyhow::Result<Option<Facts>> {
    let mut found = Facts { name: name.to_owned(), ..Facts::default() };
    let mut definitions = Vec::new();
    for (number, view) in views.iter().enumerate() {
        let Some(snapshot) = view.snapshot.as_deref() else { continue };
        let mut own = symbols::definitions(snapshot, name)?;
        own.retain(|definition| definition.symbol.name == name && definition.symbol.kind != SymbolKind::Impl);
        definitions.extend(own.into_iter().map(|definition| (number, definition)));
    }
    definitions.sort_by_cached_key(|(number, definition)| (*number, distance(definition, at)));
    found.defined = definitions.len();
    let texts: Vec<Current<'_>> = views.iter().map(|view| Current::new(view)).collect();
    let mut gone = 0;
    for (number, definition) in definitions.iter().take(LOOKED_AT) {
        if found.definitions.len() == limits.definitions {
            break;
        }
        match defined(&texts[*number], definition) {
            Some(defined) => found.definitions.push(defined),
            None => gone += 1,
        }
    }
    found.defined -= gone;
    if found.definitions.is_empty() {
        return Ok(None);
    }
    for current in &texts {
        refer(current, name, limits, &mut found)?;
    }
    Ok(Some(found))
}

/// Counts and lists who refers to the name in one folder.
fn refer(current: &Current<'_>, name: &str, limits: Limits, found: &mut Facts) -> anyhow::Result<()> {
    let Some(snapshot) = current.view().snapshot.as_deref() else { return Ok(()) };
    let view = current.view();
    let count = if view.inner.is_empty() {
        symbols::reference_count(snapshot, name)?
    } else {
        // The workspace folders in this one count their own.
        let own = symbols::references(snapshot, name)?.into_iter().filter(|it| view.speaks_for(&it.path));
        own.count() as u64
    };
    found.references += count;
    if count > LISTED_UP_TO {
        return Ok(());
    }
    for reference in symbols::references(snapshot, name)? {
        if found.callers.len() >= limits.callers && found.tests.len() >= limits.callers {
            break;
        }
        let is_test = snapshot.row(reference.chunk).test
            || snapshot.file(reference.chunk).test
            || reference.within.split("::").any(|name| name == "tests" || name.to_lowercase().starts_with("test_"));
        let list = if is_test { &mut found.tests } else { &mut found.callers };
        let known = |caller: &Caller| caller.within == reference.within && caller.key == reference.path;
        if list.len() >= limits.callers || list.iter().any(known) {
            continue;
        }
        if let Some(spot) = current.reference(&reference, name) {
            list.push(Caller { within: reference.within, key: reference.path, spot });
        }
    }
    Ok(())
}

fn defined(current: &Current<'_>, definition: &Definition) -> Option<Defined> {
    let spot = current.definition(definition)?;
    let extent = current.extent(definition)?;
    let text = current.text(&definition.path)?;
    Some(Defined {
        key: definition.path.clone(),
        qualified: symbols::qualified(&definition.symbol),
        kind: definition.symbol.kind,
        doc: doc(&text, extent.start, spot.line),
        extent,
        spot,
    })
}

/// How far a definition is from where it is asked for: the name before it, the same place, file, folder, then the rest.
fn distance(definition: &Definition, at: At<'_>) -> (bool, bool, bool, Reverse<usize>, String, u32) {
    let symbol = &definition.symbol;
    let here = definition.path == at.key && (symbol.line..symbol.end_line).contains(&at.line);
    let around = symbol.container.rsplit("::").next().unwrap_or_default();
    let meant = !at.before.is_empty() && around.eq_ignore_ascii_case(at.before);
    let shared = definition.path.split('/').zip(at.key.split('/')).take_while(|(a, b)| a == b).count();
    (!here, !meant, definition.path != at.key, Reverse(shared), definition.path.clone(), symbol.line)
}

/// The first sentence of the comment above a definition, or of the string right below its name.
fn doc(text: &Text, first: u32, named: u32) -> Option<String> {
    let comment = |line: u32| {
        let line = text.line(line).trim();
        let marks = ["///", "//!", "//", "/**", "/*", "*/", "*", "##", "#", "---", "--", ";;", "%%", "%"];
        // Attributes and preprocessor lines begin like comments.
        let is_code = line.starts_with("#[") || line.starts_with("#include") || line.starts_with("#define");
        let mark = marks.iter().find(|mark| line.starts_with(**mark)).filter(|_| !is_code)?;
        Some(line[mark.len()..].trim_end_matches("*/").trim())
    };
    let top = (0..first).rev().take_while(|&line| comment(line).is_some()).last();
    let above: Vec<&str> = top.map_or_else(Vec::new, |top| (top..first).filter_map(comment).collect());
    let below = || {
        let line = text.line(named + 1).trim();
        let quoted = line.strip_prefix("\"\"\"").or_else(|| line.strip_prefix("'''"))?;
        Some(vec![quoted.trim_end_matches(['"', '\'']).trim()])
    };
    let lines = if above.iter().any(|line| !line.is_empty()) { above } else { below()? };
    let paragraph: Vec<&str> =
        lines.into_iter().skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty()).collect();
    let paragraph = paragraph.join(" ");
    let end = paragraph.find(". ").map_or(paragraph.len(), |at| at + 1);
    let sentence: String = paragraph[..end].chars().take(200).collect();
    (!sentence.is_empty()).then_some(sentence)
}

/// A name in a text that may be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named<'t> {
    /// Its bytes.
    pub range: Range<usize>,
    /// The name.
    pub name: &'t str,
    /// The name before it, in `Store::add` and `store.add`.
    pub before: &'t str,
    /// Whether the grammar says that it defines or refers to something.
    pub certain: bool,
}

/// The name at a byte of a text, unless that is a comment or a string.
pub fn named<'t>(text: &'t str, outline: &Outline, at: usize) -> Option<Named<'t>> {
    let range = name_at(text, at)?;
    let start = range.start as u32;
    let holds = |ranges: &[Range<u32>]| {
        let next = ranges.partition_point(|range| range.end <= start);
        ranges.get(next).is_some_and(|range| range.start <= start)
    };
    let defines = outline.definitions.iter().any(|definition| definition.name_range.contains(&start));
    if !defines && (holds(&outline.comments) || holds(&outline.strings)) {
        return None;
    }
    let refers = outline.references.binary_search_by_key(&start, |reference| reference.range.start).is_ok();
    let head = text[..range.start].trim_end_matches(['?', '!', '&', '*']);
    let before = ["::", "->", ".", "#"].iter().find_map(|mark| head.strip_suffix(mark)).map_or("", |head| {
        let start =
            head.rfind(|c| !is_name(c)).map_or(0, |at| at + head[at..].chars().next().map_or(1, char::len_utf8));
        &head[start..]
    });
    Some(Named { name: &text[range.clone()], before, certain: defines || refers, range })
}

/// Whether a name that the grammar says nothing about (a variable, a field, a function given as a value) is likely to mean
/// one of these definitions: a local variable `text` does not mean a function `text` of another file.
pub fn likely(facts: &Facts, key: &str) -> bool {
    let compound = facts.name.trim_matches('_').contains('_') || facts.name.chars().skip(1).any(char::is_uppercase);
    let constant = facts.name.chars().next().is_some_and(char::is_uppercase);
    compound || constant || facts.definitions.iter().any(|definition| definition.key == key)
}

/// `3 days ago`.
pub fn ago(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..=59 => return "just now".to_owned(),
        60..=3_599 => (seconds / 60, "minute"),
        3_600..=86_399 => (seconds / 3_600, "hour"),
        86_400..=2_591_999 => (seconds / 86_400, "day"),
        2_592_000..=31_535_999 => (seconds / 2_592_000, "month"),
        _ => (seconds / 31_536_000, "year"),
    };
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
}

/// The absolute path of a place that a fact names.
pub fn path_of(root: &Path, key: &str) -> std::path::PathBuf {
    absolute(root, key)
}
