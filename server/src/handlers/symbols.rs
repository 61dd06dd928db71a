//! Symbols of the workspace for a name or a sentence, as an editor's symbol picker asks for them.
//!
//! For a name its definitions come first, then names that begin with it, or what a person may have meant when there are none;
//! below them, and for a sentence alone, what a search finds. An empty query has no result: editors ask it when the picker opens, and what
//! most code refers to is not what a person who has typed nothing yet is looking for.

use std::{cmp::Ordering, path::PathBuf};

use codecompass_core::{
    hit::Hit,
    language::SymbolKind,
    query::{self, Query, QueryError, fold_name},
};
use codecompass_index::{
    snapshot::Snapshot,
    symbols::{self, Definition},
};
use rustc_hash::FxHashSet;

use super::{
    actions::innermost,
    current::{Current, Spot, trimmed, word_in},
    search::{self, SearchRequest},
};
use crate::live::View;

/// At most so many symbols are given for one query.
pub const LIMIT: usize = 50;
/// At most so many of them come from a search.
const SEARCHED: usize = 20;
/// So many names near to the one that was typed are looked up, and so many that begin with it.
const NAMES: usize = 40;

/// A place with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Symbol {
    /// What it is called; the first line of text outside of definitions.
    pub name: String,
    /// What it is; `None` for text outside of definitions.
    pub kind: Option<SymbolKind>,
    /// The names around it, joined by `::`; the file's key outside of definitions.
    pub container: String,
    /// How well it fits.
    pub score: f32,
    /// Where its name stands.
    pub spot: Spot,
    /// Found by its name; those come before what a search found.
    named: bool,
}

impl Symbol {
    /// Container, kind and score in one line: `Store · function · 0.83`.
    pub fn label(&self) -> String {
        let kind = self.kind.map_or("text", SymbolKind::as_str);
        let container = if self.container.is_empty() { String::new() } else { format!("{} · ", self.container) };
        format!("{container}{kind} · {:.2}", self.score)
    }
}

/// The symbols of all folders for a query, best first, each place once, all checked against the text as it is now.
pub fn symbols(views: &[View], query: &str, limit: usize) -> anyhow::Result<Vec<Symbol>> {
    let parsed = match query::parse(query) {
        Ok(parsed) => parsed,
        Err(QueryError::Empty) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut found = Vec::new();
    for view in views {
        let current = Current::new(view);
        let Some(workspace) = view.workspace() else { continue };
        if parsed.name.is_some() {
            found.extend(named(&current, workspace.snapshot, &parsed, limit)?);
        }
        let request = SearchRequest { query: query.to_owned(), limit: SEARCHED.min(limit), ..Default::default() };
        let hits = search::search(workspace, &request)?.hits;
        for hit in &hits {
            let named = best_named(&current, workspace.snapshot, &parsed, hit)?;
            found.push(named.unwrap_or_else(|| of_hit(&current, hit)));
        }
    }
    found.sort_by(|a, b| b.named.cmp(&a.named).then_with(|| b.score.partial_cmp(&a.score).unwrap_or(Ordering::Equal)));
    let mut seen: FxHashSet<(PathBuf, u32)> = FxHashSet::default();
    // The parts of a long definition are one symbol.
    let mut whole: FxHashSet<(PathBuf, String, String)> = FxHashSet::default();
    found.retain(|symbol| {
        let place = seen.insert((symbol.spot.path.clone(), symbol.spot.line));
        let is_part = !symbol.named && symbol.kind.is_some();
        let name = (symbol.spot.path.clone(), symbol.container.clone(), symbol.name.clone());
        place && (whole.insert(name) || !is_part)
    });
    found.truncate(limit);
    Ok(found)
}

/// Definitions by name: as typed, beginning with it, nearly it.
fn named(current: &Current<'_>, snapshot: &Snapshot, query: &Query, limit: usize) -> anyhow::Result<Vec<Symbol>> {
    let typed = query.text.trim();
    let (around, last) = split(typed);
    let folded = query.name.as_deref().unwrap_or_default();
    let passes = Filter::new(query)?;
    let mut found = Vec::new();
    let mut seen = FxHashSet::default();
    let mut names = vec![last.to_lowercase()];
    names.extend(symbols::names_with_prefix(snapshot, last, NAMES)?);
    let mut guessed = false;
    let mut next = 0;
    while found.len() < limit {
        let Some(name) = names.get(next).cloned() else {
            // Every name has to be looked at for this, which only a name that nothing begins with is worth.
            if guessed || !found.is_empty() {
                break;
            }
            guessed = true;
            names.extend(symbols::names_like(snapshot, folded, NAMES)?);
            continue;
        };
        next += 1;
        if !seen.insert(name.clone()) {
            continue;
        }
        for definition in symbols::some_definitions(snapshot, &name, 4 * limit)? {
            if found.len() >= 4 * limit {
                break;
            }
            if !passes.allows(snapshot, &definition) {
                continue;
            }
            let Some(spot) = current.definition(&definition) else { continue };
            let score = closeness(&definition, last, folded, around);
            found.push(Symbol {
                name: definition.symbol.name,
                kind: Some(definition.symbol.kind),
                container: definition.symbol.container,
                score,
                spot,
                named: true,
            });
        }
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.spot.path.cmp(&b.spot.path)));
    Ok(found)
}

/// `Store::add` is a name and the one around it.
fn split(typed: &str) -> (&str, &str) {
    match typed.rfind([':', '.', '#']) {
        Some(at) if at + 1 < typed.len() => (typed[..at].trim_end_matches(':'), &typed[at + 1..]),
        _ => ("", typed),
    }
}

/// How near a definition is to what was typed, 0 to 1.
fn closeness(definition: &Definition, typed: &str, folded: &str, around: &str) -> f32 {
    let name = &definition.symbol.name;
    let own = fold_name(name);
    let near = if name == typed {
        1.0
    } else if own == folded {
        0.95
    } else if own.starts_with(folded) {
        0.6 + 0.3 * folded.len() as f32 / own.len() as f32
    } else {
        0.6 * strsim::normalized_damerau_levenshtein(&own, folded) as f32
    };
    let inside = around.is_empty() || fold_name(&definition.symbol.container).ends_with(&fold_name(around));
    if inside { near } else { near * 0.8 }
}

/// What `lang:`, `path:` and `kind:` let through.
struct Filter<'q> {
    query: &'q Query,
    globs: Option<globset::GlobSet>,
}

impl<'q> Filter<'q> {
    fn new(query: &'q Query) -> anyhow::Result<Self> {
        Ok(Self { query, globs: search::globs(&query.filters.paths)? })
    }

    fn allows(&self, snapshot: &Snapshot, definition: &Definition) -> bool {
        let filters = &self.query.filters;
        let kind = definition.symbol.kind;
        // The blocks that implement a type bear its name; who looks for it means the type.
        (if filters.kinds.is_empty() { kind != SymbolKind::Impl } else { filters.kinds.contains(&kind) })
            && (filters.languages.is_empty() || filters.languages.contains(&snapshot.file(definition.chunk).language))
            && self.globs.as_ref().is_none_or(|globs| globs.is_match(&definition.path))
    }
}

/// The definition in a hit that says most of what was asked for: a small file is one hit with many definitions.
fn best_named(current: &Current<'_>, snapshot: &Snapshot, query: &Query, hit: &Hit) -> anyhow::Result<Option<Symbol>> {
    let Some(best) = hit.matching_lines.first() else { return Ok(None) };
    // The comment above a definition speaks of it.
    let is_comment = |text: &str| ["//", "#", "--", "*", "/*", "%", ";"].iter().any(|mark| text.starts_with(mark));
    let mut lines = (hit.start_line..).zip(hit.text.lines()).skip_while(|(line, _)| line < best);
    let Some((line, _)) = lines.find(|(_, text)| !is_comment(text.trim())) else { return Ok(None) };
    let Some(symbol) = innermost(snapshot, &hit.path, line - 1)? else { return Ok(None) };
    let kinds = &query.filters.kinds;
    let wanted = symbol.kind != SymbolKind::Impl && (kinds.is_empty() || kinds.contains(&symbol.kind));
    // A definition that begins above the hit is what the hit is a part of.
    if !wanted || symbol.line + 1 < hit.start_line {
        return Ok(None);
    }
    let mut chunks = snapshot.chunks_of(&hit.path).unwrap_or_default();
    let Some(chunk) = chunks.find(|&chunk| snapshot.row(chunk).end_line > symbol.line) else { return Ok(None) };
    let definition = Definition { path: hit.path.clone(), symbol, chunk };
    Ok(current.definition(&definition).map(|spot| Symbol {
        name: definition.symbol.name,
        kind: Some(definition.symbol.kind),
        container: definition.symbol.container,
        score: hit.score,
        spot,
        named: false,
    }))
}

/// What a search found, at the name that it shows if that is in its text, else at its first line.
fn of_hit(current: &Current<'_>, hit: &Hit) -> Symbol {
    let (container, name) = hit.symbol.rsplit_once("::").unwrap_or(("", &hit.symbol));
    let mut lines = (hit.start_line - 1..).zip(hit.text.lines());
    let at_name = lines.clone().find_map(|(line, text)| Some((line, text, word_in(text, name)?)));
    let (line, text, columns) = at_name
        .or_else(|| lines.find(|(_, text)| !text.trim().is_empty()).map(|(line, text)| (line, text, trimmed(text))))
        .unwrap_or((hit.start_line - 1, "", 0..0));
    let spot = Spot { path: current.path(&hit.path), line, columns: columns.clone(), text: text.to_owned() };
    let outside = name.is_empty();
    Symbol {
        name: if outside { text[columns].to_owned() } else { name.to_owned() },
        kind: hit.kind.filter(|_| !outside),
        container: if outside { hit.path.clone() } else { container.to_owned() },
        score: hit.score,
        spot,
        named: false,
    }
}

#[cfg(test)]
mod tests;
