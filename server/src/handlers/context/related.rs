//! What belongs to a definition: who uses it, what it uses, the tests that exercise it, the pages that mention it.

use std::{
    cmp::Reverse,
    ops::Range,
    time::{Duration, Instant},
};

use codecompass_core::{
    language::{Language, RefKind, SymbolKind},
    prompt::{Reason, pack::Item},
    syntax::outline,
};
use codecompass_index::{
    snapshot::Snapshot,
    symbols::{self, Reference},
};
use rustc_hash::FxHashMap;

use super::{
    super::{
        current::word_in,
        search::{self, SearchRequest},
    },
    definitions::{self, Known, has_word, is_type, item, named, stem},
    forms,
    library::{File, Library},
};

/// A name that is referred to more often says nothing about who uses this one.
const LISTED_UP_TO: u64 = 2_000;
/// So many users, and as many tests.
const USERS: usize = 12;
/// At most so many places of use are read to find them.
const READ: usize = 60;
/// So many things that it uses.
const USED: usize = 14;
/// So many pages.
const PAGES: usize = 3;
/// A user with more lines is shown around the place of use.
const SHOWN_WHOLE: u32 = 60;
/// Lines before and behind a place of use.
const NEAR: u32 = 4;
/// Reading a file's grammar may take so long.
const PATIENCE: Duration = Duration::from_millis(15);

/// How much each kind of relation matters, first to last of a kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weights {
    pub(super) callers: f32,
    pub(super) callees: f32,
    pub(super) types: f32,
    pub(super) tests: f32,
    pub(super) pages: f32,
}

impl Weights {
    /// For an explanation of a definition.
    pub(super) const EXPLAIN: Self = Self { callers: 0.80, callees: 0.78, types: 0.79, tests: 0.76, pages: 0.66 };

    /// All of them less.
    pub(super) fn times(self, factor: f32) -> Self {
        Self {
            callers: self.callers * factor,
            callees: self.callees * factor,
            types: self.types * factor,
            tests: self.tests * factor,
            pages: self.pages * factor,
        }
    }
}

/// What a user matters that may as well mean another definition of the same name.
const UNLIKELY: f32 = 0.75;
/// What each further one of a kind matters less.
const STEP: f32 = 0.02;

/// Those who refer to a definition, and the tests among them.
pub(super) fn users(library: &Library<'_>, of: &Known, weights: Weights) -> anyhow::Result<Vec<Item>> {
    let known = named(library, of.name(), None)?;
    let alone = known.iter().all(|other| other.container() == of.container() && other.file == of.file);
    let mut users = Users { library, weights, callers: 0, tests: 0, items: Vec::new() };
    let mut unlikely = Vec::new();
    for (file, mut places) in places(library, of)?.into_iter().take(READ) {
        if library.stopped() || users.callers == USERS && users.tests == USERS {
            break;
        }
        // Only now is the file read: a name may stand in hundreds of them.
        let Some(now) = library.text(&file) else { continue };
        let is_use = |line: u32| word_in(now.line(line), of.name()).is_some() && !only_names(now.line(line), of.name());
        places.retain(|(line, _)| is_use(*line));
        let Some(&(line, test)) = places.first() else { continue };
        if alone || is_meant(of, &file, &now.text) {
            users.add(&file, line, test);
        } else {
            unlikely.push((file, line, test));
        }
    }
    // Where nothing tells them apart, all may be meant, and most of them are not.
    if users.items.is_empty() {
        users.weights = weights.times(UNLIKELY);
        for (file, line, test) in unlikely {
            users.add(&file, line, test);
        }
    }
    Ok(users.items)
}

/// The users found so far.
struct Users<'l, 'a> {
    library: &'l Library<'a>,
    weights: Weights,
    callers: usize,
    tests: usize,
    items: Vec<Item>,
}

impl Users<'_, '_> {
    fn add(&mut self, file: &File, line: u32, test: bool) {
        let (count, why, weight) = if test {
            (&mut self.tests, Reason::Test, self.weights.tests)
        } else {
            (&mut self.callers, Reason::Caller, self.weights.callers)
        };
        let relevance = weight - STEP * *count as f32;
        if *count < USERS
            && let Some(item) = user(self.library, file, line, why, relevance)
        {
            *count += 1;
            self.items.push(item);
        }
    }
}

/// A file and lines in it, each with whether it is test code.
type Places = (File, Vec<(u32, bool)>);

/// Where a name is referred to, by the definition around it, the most telling first. No file is read for that.
fn places(library: &Library<'_>, of: &Known) -> anyhow::Result<Vec<Places>> {
    let mut groups: FxHashMap<(File, String), Vec<(u32, bool)>> = FxHashMap::default();
    for (view, snapshot) in library.snapshots() {
        if symbols::reference_count(snapshot, of.name())? > LISTED_UP_TO {
            continue;
        }
        for reference in symbols::references(snapshot, of.name())? {
            let test = is_test(snapshot, &reference);
            let file = File { view, key: reference.path };
            if file != of.file || !of.extent.contains(&reference.line) {
                groups.entry((file, reference.within)).or_default().push((reference.line, test));
            }
        }
    }
    let mut groups: Vec<_> = groups.into_iter().filter(|((file, _), _)| library.may_show(file)).collect();
    let many = groups.len() > READ;
    groups.sort_by_cached_key(|((file, within), places)| {
        let aside = library.snapshot(file.view).and_then(|snapshot| {
            let first = snapshot.chunks_of(&file.key)?.next()?;
            Some(snapshot.file(first).side)
        });
        let shared = file.key.split('/').zip(of.file.key.split('/')).take_while(|(a, b)| a == b).count();
        let near = if many { shared } else { 0 };
        // Code outside of definitions is mostly a list of imports or a script.
        let rest = (file.clone(), places.first().copied());
        (within.is_empty(), aside.unwrap_or(false), Reverse(near), Reverse(places.len()), rest)
    });
    Ok(groups.into_iter().map(|((file, _), places)| (file, places)).collect())
}

/// Whether a file is likely to mean this definition and not another one of its name.
fn is_meant(of: &Known, file: &File, text: &str) -> bool {
    let stem = stem(&of.file.key);
    file == &of.file
        || has_word(text, of.container())
        || has_word(text, stem) && (of.container().is_empty() || stem.len() > 3)
}

/// A place of use: the definition around it, or the lines around it where there is none.
fn user(library: &Library<'_>, file: &File, line: u32, why: Reason, relevance: f32) -> Option<Item> {
    let around = definitions::around(library, file, line)
        .filter(|around| !is_type(around.kind()) && around.kind() != SymbolKind::Module);
    let near = line.saturating_sub(NEAR)..line + NEAR + 1;
    match around {
        Some(around) if around.extent.end - around.extent.start <= SHOWN_WHOLE => {
            let mut made = around.item(library, why, relevance)?;
            made.forms.extend(forms::window(library, &around, line..line + 1));
            Some(made)
        }
        Some(around) => {
            let forms = forms::window(library, &around, near).into_iter().collect();
            item(library, file, around.label(), why, relevance, forms)
        }
        None => {
            let forms = forms::of_lines(library, file, line.saturating_sub(1)..line + 2);
            item(library, file, String::new(), why, relevance, forms)
        }
    }
}

/// Whether a line does no more than bring a name in: an import, or one line of a longer one.
fn only_names(line: &str, name: &str) -> bool {
    let line = line.trim();
    forms::is_import(line) || line.trim_end_matches(',') == name
}

/// Whether a reference stands in test code.
fn is_test(snapshot: &Snapshot, reference: &Reference) -> bool {
    snapshot.row(reference.chunk).test
        || snapshot.file(reference.chunk).test
        || reference.within.split("::").any(|name| name == "tests" || name.to_lowercase().starts_with("test_"))
}

/// What lines (from 0, end exclusive) of a file use, and the type around them.
pub(super) fn used(
    library: &Library<'_>,
    file: &File,
    lines: &Range<u32>,
    but: Option<&Known>,
    weights: Weights,
) -> anyhow::Result<Vec<Item>> {
    let Some(text) = library.text(file) else { return Ok(Vec::new()) };
    let started = Instant::now();
    let outline = outline(library.language(file), &text.text, &|| started.elapsed() > PATIENCE);
    let bytes = text.lines.full_range(lines.start + 1).start as u32..text.lines.full_range(lines.end.max(1)).end as u32;
    let mut items = Vec::new();
    let mut seen: Vec<String> = but.iter().map(|known| known.name().to_owned()).collect();
    let (mut callees, mut types) = (0, 0);
    let mut add = |known: Known, kind: RefKind, items: &mut Vec<Item>| {
        let inside = &known.file == file && known.extent.start >= lines.start && known.extent.end <= lines.end;
        let around = &known.file == file && known.extent.start <= lines.start && known.extent.end >= lines.end;
        if inside || around && !is_type(known.kind()) {
            return;
        }
        let is_type = kind == RefKind::Type || is_type(known.kind());
        let (count, why, weight) = if is_type {
            (&mut types, Reason::Type, weights.types)
        } else {
            (&mut callees, Reason::Callee, weights.callees)
        };
        let relevance = weight - STEP * *count as f32;
        let mut made = known.item(library, why, relevance);
        // The type around a method is the method's home, most of which is no help: its head is.
        if let (true, Some(made)) = (around || known.extent.end - known.extent.start > 2 * SHOWN_WHOLE, made.as_mut()) {
            made.forms.retain(|form| form.part.is_some());
        }
        if let Some(made) = made.filter(|made| !made.forms.is_empty()) {
            *count += 1;
            items.push(made);
        }
    };
    if let Some(container) = but.map(Known::container).filter(|container| !container.is_empty()) {
        seen.push(container.to_owned());
        let homes = named(library, container, Some(file))?;
        if let Some(home) = homes.into_iter().find(|home| is_type(home.kind())) {
            add(home, RefKind::Type, &mut items);
        }
    }
    for reference in outline.references.iter().filter(|it| bytes.contains(&it.range.start)) {
        if items.len() >= USED || library.stopped() {
            break;
        }
        let name = &text.text[reference.range.start as usize..reference.range.end as usize];
        if seen.iter().any(|known| known == name) {
            continue;
        }
        seen.push(name.to_owned());
        if let Some(known) = resolve(library, name, file)? {
            add(known, reference.kind, &mut items);
        }
    }
    Ok(items)
}

/// The definition that a name means in a file, if that can be told.
pub(super) fn resolve(library: &Library<'_>, name: &str, from: &File) -> anyhow::Result<Option<Known>> {
    let found = named(library, name, Some(from))?;
    let Some(first) = found.first() else { return Ok(None) };
    let text = library.text(from);
    let named_there = |known: &Known| {
        text.as_ref()
            .is_some_and(|text| has_word(&text.text, stem(&known.file.key)) || has_word(&text.text, known.container()))
    };
    let folder = |key: &str| key.rsplit_once('/').map_or_else(String::new, |(folder, _)| folder.to_owned());
    // What every list and map has is mostly meant of those.
    if EVERYWHERE.contains(&name)
        && first.file != *from
        && !first.container().is_empty()
        && !text.as_ref().is_some_and(|text| has_word(&text.text, first.container()))
    {
        return Ok(None);
    }
    // A name that many things have, none of them near, says nothing about which is meant.
    let clear =
        found.len() <= 2 || first.file == *from || named_there(first) || folder(&first.file.key) == folder(&from.key);
    Ok(clear.then(|| found.into_iter().next()).flatten())
}

/// Methods of what languages bring along, which many types of one's own have too.
const EVERYWHERE: [&str; 30] = [
    "add", "append", "clear", "close", "contains", "copy", "count", "delete", "extend", "filter", "find", "format",
    "get", "index", "insert", "items", "iter", "join", "keys", "len", "map", "next", "pop", "push", "remove",
    "replace", "set", "split", "update", "values",
];

/// The pages that mention a name.
pub(super) fn pages(library: &Library<'_>, name: &str, weight: f32) -> anyhow::Result<Vec<Item>> {
    let compound = name.trim_matches('_').contains('_') || name.chars().skip(1).any(char::is_uppercase);
    let mut items = Vec::new();
    if name.contains(['"', '`']) || name.len() < 3 {
        return Ok(items);
    }
    for (view, _) in library.snapshots() {
        let Some(workspace) = library.views[view].workspace() else { continue };
        let request = SearchRequest {
            query: format!("\"{name}\""),
            limit: 3 * PAGES,
            languages: vec![Language::Markdown, Language::PlainText],
            ..SearchRequest::default()
        };
        for hit in search::search(workspace, &request)?.hits {
            // A plain word is a name only where it is written as code.
            let as_code =
                [format!("`{name}"), format!("{name}("), format!("{name}`")].iter().any(|it| hit.text.contains(it));
            let file = File { view, key: hit.path.clone() };
            if items.len() < PAGES && has_word(&hit.text, name) && (compound || as_code) && library.may_show(&file) {
                let forms = forms::of_lines(library, &file, hit.start_line - 1..hit.end_line);
                let relevance = weight - STEP * items.len() as f32;
                items.extend(item(library, &file, hit.symbol, Reason::Document, relevance, forms));
            }
        }
    }
    Ok(items)
}
