//! Definitions: where a name is defined, which one is meant, what is around a line.

use std::{cmp::Reverse, ops::Range};

use codecompass_core::{
    document::SymbolRecord,
    language::SymbolKind,
    prompt::{Reason, pack::Item},
};
use codecompass_index::symbols::{self, Definition};

use super::{
    super::current::word_in,
    forms,
    library::{File, Library},
};

/// A name with more definitions than this says nothing about which is meant.
const MOST: usize = 60;

/// A definition as it stands now.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Known {
    pub(super) file: File,
    pub(super) definition: Definition,
    /// Its lines now, from 0, end exclusive.
    pub(super) extent: Range<u32>,
}

impl Known {
    pub(super) fn name(&self) -> &str {
        &self.definition.symbol.name
    }

    pub(super) fn kind(&self) -> SymbolKind {
        self.definition.symbol.kind
    }

    /// The name of the type or module around it.
    pub(super) fn container(&self) -> &str {
        self.definition.symbol.container.rsplit("::").next().unwrap_or_default()
    }

    /// `method Store::add`.
    pub(super) fn label(&self) -> String {
        format!("{} {}", self.kind().as_str(), symbols::qualified(&self.definition.symbol))
    }

    /// As a candidate for the prompt.
    pub(super) fn item(&self, library: &Library<'_>, why: Reason, relevance: f32) -> Option<Item> {
        let forms = forms::of_definition(library, self);
        item(library, &self.file, self.label(), why, relevance, forms)
    }
}

/// A candidate for the prompt, if there is something to show.
pub(super) fn item(
    library: &Library<'_>,
    file: &File,
    label: String,
    why: Reason,
    relevance: f32,
    forms: Vec<codecompass_core::prompt::pack::Form>,
) -> Option<Item> {
    if forms.is_empty() {
        return None;
    }
    Some(Item { path: library.shown(file), language: library.language(file), label, why, relevance, forms })
}

/// Whether it is a type.
pub(super) fn is_type(kind: SymbolKind) -> bool {
    use SymbolKind::{Class, Enum, Interface, Struct, Table, Trait, Type};
    matches!(kind, Class | Struct | Enum | Interface | Trait | Type | Table)
}

/// Definitions named exactly so in all folders, seen from a file: the likeliest first.
pub(super) fn named(library: &Library<'_>, name: &str, from: Option<&File>) -> anyhow::Result<Vec<Known>> {
    let (around, last) = split(name);
    let mut found = Vec::new();
    for (view, snapshot) in library.snapshots() {
        for definition in symbols::some_definitions(snapshot, last, MOST)? {
            let file = File { view, key: definition.path.clone() };
            let is_it = definition.symbol.name == last && definition.symbol.kind != SymbolKind::Impl;
            let inside = around.is_empty() || definition.symbol.container.rsplit("::").next() == Some(around);
            if is_it && inside && library.may_show(&file) {
                found.push((file, definition));
            }
        }
    }
    found.sort_by_cached_key(|(file, definition)| distance(library, file, definition, from));
    let known = found.into_iter().filter_map(|(file, definition)| known(library, file, definition));
    Ok(known.collect())
}

/// `Store::add` and `store.add` are a name and the one around it.
fn split(name: &str) -> (&str, &str) {
    match name.rfind([':', '.', '#']) {
        Some(at) => {
            let around = name[..at].trim_end_matches(':');
            (around.rsplit([':', '.', '#']).next().unwrap_or_default(), &name[at + 1..])
        }
        None => ("", name),
    }
}

/// How far a definition is from a file: the same one, one that it names, one beside it, code before tests and examples.
fn distance(
    library: &Library<'_>,
    file: &File,
    definition: &Definition,
    from: Option<&File>,
) -> (bool, bool, bool, bool, Reverse<usize>, String, u32) {
    let entry = library.snapshot(file.view).map(|snapshot| snapshot.file(definition.chunk));
    let aside = entry.is_some_and(|entry| entry.test || entry.side);
    let place = (file.key.clone(), definition.symbol.line);
    let Some(from) = from else { return (false, false, aside, false, Reverse(0), place.0, place.1) };
    let shared = file.key.split('/').zip(from.key.split('/')).take_while(|(a, b)| a == b).count();
    let named = library.text(from).is_some_and(|text| {
        let stem = stem(&file.key);
        let container = definition.symbol.container.rsplit("::").next().unwrap_or_default();
        has_word(&text.text, stem) || has_word(&text.text, container)
    });
    (file != from, !named, aside, file.view != from.view, Reverse(shared), place.0, place.1)
}

/// The name of a file without its folders and ending; of `mod.rs`, `index.ts`, `__init__.py` that of the folder.
pub(super) fn stem(key: &str) -> &str {
    let (folders, name) = key.rsplit_once('/').unwrap_or(("", key));
    let stem = name.split('.').next().unwrap_or(name);
    if matches!(stem, "mod" | "index" | "__init__" | "lib" | "main") {
        return folders.rsplit('/').next().filter(|folder| *folder != "src").unwrap_or(stem);
    }
    stem
}

/// Whether a text has a name as a word.
pub(super) fn has_word(text: &str, name: &str) -> bool {
    // The text as one line: a word has no line end in it.
    !name.is_empty() && word_in(text, name).is_some()
}

fn known(library: &Library<'_>, file: File, definition: Definition) -> Option<Known> {
    let current = library.current(file.view);
    current.definition(&definition)?;
    let extent = current.extent(&definition)?;
    Some(Known { file, definition, extent })
}

/// The innermost definition around a line (from 0) as it is now.
pub(super) fn around(library: &Library<'_>, file: &File, line: u32) -> Option<Known> {
    let snapshot = library.snapshot(file.view).filter(|_| library.may_show(file))?;
    let mut holders = Vec::new();
    for chunk in snapshot.chunks_of(&file.key)? {
        if snapshot.row(chunk).first_line > line {
            break;
        }
        let definitions = snapshot.record(chunk).map(|record| record.definitions).unwrap_or_default();
        holders.extend(
            definitions
                .into_iter()
                .filter(|symbol| (symbol.line..symbol.end_line).contains(&line))
                .map(|symbol| (chunk, symbol)),
        );
    }
    // Only what may be it is compared with the text as it is now.
    holders.sort_by_key(|(_, symbol)| symbol.end_line - symbol.line);
    let known = holders.into_iter().filter(|(_, symbol)| matters(symbol)).filter_map(|(chunk, symbol)| {
        known(library, file.clone(), Definition { path: file.key.clone(), symbol, chunk })
    });
    known.into_iter().find(|known| known.extent.contains(&line))
}

/// The line that a comment at `line` is about: the first one of the definition below it. Any other line is itself.
pub(super) fn described(library: &Library<'_>, file: &File, line: u32) -> u32 {
    let Some(text) = library.text(file) else { return line };
    let commented =
        |known: &Known| (forms::comment_above(&text, known.extent.start)..known.extent.start).contains(&line);
    // Within a function a comment is about that function.
    if around(library, file, line).is_some_and(|around| !is_type(around.kind()) && around.kind() != SymbolKind::Module)
    {
        return line;
    }
    let below = in_file(library, file).into_iter().filter(commented).map(|known| known.extent.start).min();
    below.unwrap_or(line)
}

/// All definitions of a file as they are now, in order, without the blocks that implement a type.
pub(super) fn in_file(library: &Library<'_>, file: &File) -> Vec<Known> {
    let Some(snapshot) = library.snapshot(file.view).filter(|_| library.may_show(file)) else { return Vec::new() };
    let mut found = Vec::new();
    for chunk in snapshot.chunks_of(&file.key).unwrap_or_default() {
        let Ok(record) = snapshot.record(chunk) else { continue };
        for symbol in record.definitions {
            if matters(&symbol) {
                let definition = Definition { path: file.key.clone(), symbol, chunk };
                found.extend(known(library, file.clone(), definition));
            }
        }
    }
    found
}

fn matters(symbol: &SymbolRecord) -> bool {
    !matches!(symbol.kind, SymbolKind::Impl | SymbolKind::Key | SymbolKind::Field) && !symbol.name.is_empty()
}

/// The blocks around lines of a file, the outermost first: their first lines.
pub(super) fn containers(library: &Library<'_>, file: &File, lines: &Range<u32>) -> Vec<u32> {
    let Some(snapshot) = library.snapshot(file.view) else { return Vec::new() };
    let Some(text) = library.text(file) else { return Vec::new() };
    let mut found = Vec::new();
    for chunk in snapshot.chunks_of(&file.key).unwrap_or_default() {
        if snapshot.row(chunk).first_line > lines.start {
            break;
        }
        let Ok(record) = snapshot.record(chunk) else { continue };
        for symbol in record.definitions {
            let is_around = symbol.line < lines.start && symbol.end_line >= lines.end;
            // Lines of the index may be behind; the name must still be there.
            let named = (symbol.line..(symbol.line + 4).min(lines.start))
                .find(|&line| word_in(text.line(line), &symbol.name).is_some());
            if let (true, Some(line)) = (is_around && symbol.kind != SymbolKind::Section, named) {
                found.push(line);
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}
