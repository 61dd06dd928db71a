//! Find code: by meaning, by words, by name, or like a given place.
//!
//! The index says which chunks; their text is read from the disk and checked before it is shown. What is not there any more
//! is left out and reported to the caller, who looks again.

use std::path::Path;

use anyhow::Context as _;
use codecompass_core::{
    embed::Embedder,
    hit::{Hit, Mode},
    language::{Language, SymbolKind},
    query::{self, Filters, Query},
};
use codecompass_index::{
    search::{self, Candidate, Request},
    snapshot::Snapshot,
};
use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::{
    embedding::Embedding,
    live::{OpenFiles, view::speaks_for},
};

mod current;
mod lines;

use self::current::Texts;

/// What is looked for and how.
#[derive(Debug, Clone, Default)]
pub struct SearchRequest {
    /// The user's words.
    pub query: String,
    /// How many results at the most.
    pub limit: usize,
    /// Which signals are used.
    pub mode: Mode,
    /// Only files of these languages; empty means all.
    pub languages: Vec<Language>,
    /// Only paths that match one of these globs; empty means all.
    pub paths: Vec<String>,
    /// Only definitions of these kinds; empty means all.
    pub kinds: Vec<SymbolKind>,
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct SearchResponse {
    /// Best first.
    pub hits: Vec<Hit>,
    /// Sentences the user should know: a filter that matches nothing, a signal that is missing.
    pub notes: Vec<String>,
    /// Files whose text is not what the index holds: what is gone was left out, what moved has its new place, and they
    /// should be indexed again.
    pub stale: Vec<String>,
}

/// What a search works on.
#[derive(Clone, Copy)]
pub struct Workspace<'a> {
    /// The folder.
    pub root: &'a Path,
    /// The index of it.
    pub snapshot: &'a Snapshot,
    /// Whose vectors are compared.
    pub embedding: &'a Embedding,
    /// Larger files are not read, in bytes.
    pub max_file_bytes: u64,
    /// What is open in an editor, by key: its text beats that on disk.
    pub open: &'a OpenFiles,
    /// Folders in this one that speak for themselves (see [`crate::live::View::inner`]).
    pub inner: &'a [String],
}

/// A literal may stand in few of the chunks that hold its words: so many times more candidates are looked at.
const LITERAL_POOL: usize = 40;
/// A few more than asked for, in place of those whose text has changed.
const SPARE: usize = 10;

/// Finds code by words and meaning.
pub fn search(workspace: Workspace<'_>, request: &SearchRequest) -> anyhow::Result<SearchResponse> {
    let mut query = query::parse(&request.query)?;
    add_filters(&mut query, request);
    let mut response = SearchResponse::default();
    if query.dropped_terms > 0 {
        response.notes.push(format!(
            "only the first {} different words are looked up; {} were left out",
            query::MAX_TERMS,
            query.dropped_terms
        ));
    }
    let globs = globs(&query.filters.paths)?;
    let passes = passes(workspace, globs.as_ref());
    let pool = if query.literals.is_empty() { request.limit + SPARE } else { (request.limit + SPARE) * LITERAL_POOL };
    let (meaning, note) = workspace.embedding.meaning(workspace.snapshot, &query.text, request.mode)?;
    response.notes.extend(note);
    let candidates = search::search(
        workspace.snapshot,
        &Request {
            query: &query,
            mode: request.mode,
            limit: pool,
            path_filter: is_narrow(workspace, globs.as_ref()).then_some(&passes),
            embedder: Some(Embedder::builtin()),
            vector: None,
            hosted: meaning.as_ref().map(|meaning| (&*meaning.linked, &*meaning.vector)),
        },
    )?;
    show(workspace, request, &query, candidates, None, &mut response)?;
    if response.hits.is_empty() {
        response.notes.extend(why_nothing(workspace.snapshot, &query.filters, globs.as_ref()));
    }
    Ok(response)
}

/// Finds code like the chunk around `line` (from 1) of `path` (relative, with `/`).
pub fn similar(
    workspace: Workspace<'_>,
    path: &str,
    line: u32,
    request: &SearchRequest,
) -> anyhow::Result<SearchResponse> {
    let snapshot = workspace.snapshot;
    let chunks = snapshot
        .chunks_of(path)
        .with_context(|| format!("{path} is not in the index; `codecompass why {path}` says why"))?;
    let wanted = line.saturating_sub(1);
    let last = chunks.clone().next_back().map_or(0, |chunk| snapshot.row(chunk).end_line);
    anyhow::ensure!(line > 0 && wanted < last, "{path} has {last} lines; line {line} is not one of them");
    let own = chunks
        .clone()
        .find(|&chunk| snapshot.row(chunk).end_line > wanted)
        .with_context(|| format!("{path} is empty"))?;
    let vector = snapshot
        .vector_of(own)
        .with_context(|| format!("the text around {path}:{line} has no words that could be compared"))?;
    let meaning = workspace.embedding.meaning_of(snapshot, own)?;
    let mut query = Query::default();
    add_filters(&mut query, request);
    let globs = globs(&query.filters.paths)?;
    let passes = passes(workspace, globs.as_ref());
    let mut candidates = search::search(
        snapshot,
        &Request {
            query: &query,
            mode: Mode::Vector,
            limit: request.limit + SPARE,
            path_filter: is_narrow(workspace, globs.as_ref()).then_some(&passes),
            embedder: Some(Embedder::builtin()),
            vector: Some(vector),
            hosted: meaning.as_ref().map(|meaning| (&*meaning.linked, &*meaning.vector)),
        },
    )?;
    candidates.retain(|candidate| candidate.chunk != own);
    let mut response = SearchResponse::default();
    show(workspace, request, &query, candidates, Some(Mode::Vector), &mut response)?;
    Ok(response)
}

/// Which paths may be found.
fn passes<'a>(workspace: Workspace<'a>, globs: Option<&'a GlobSet>) -> impl Fn(&str) -> bool + 'a {
    move |path| globs.is_none_or(|globs| globs.is_match(path)) && speaks_for(workspace.inner, path)
}

/// Whether some paths may not be found.
fn is_narrow(workspace: Workspace<'_>, globs: Option<&GlobSet>) -> bool {
    globs.is_some() || !workspace.inner.is_empty()
}

fn add_filters(query: &mut Query, request: &SearchRequest) {
    query.filters.languages.extend(&request.languages);
    query.filters.paths.extend(request.paths.iter().cloned());
    query.filters.kinds.extend(&request.kinds);
}

/// A path filter is a glob, a folder or a part of a path.
pub(super) fn globs(patterns: &[String]) -> anyhow::Result<Option<GlobSet>> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
        let mut add = |glob: String| -> anyhow::Result<()> {
            set.add(Glob::new(&glob).map_err(|error| {
                anyhow::anyhow!(
                    "`{pattern}` is no path filter: {}; write for example path:src/** or path:*.rs",
                    error.kind()
                )
            })?);
            Ok(())
        };
        if pattern.contains(['*', '?', '[', '{']) {
            add(pattern.to_owned())?;
            if !pattern.contains('/') {
                add(format!("**/{pattern}"))?;
            }
        } else {
            add(format!("**/*{pattern}*"))?;
            add(format!("{pattern}/**"))?;
            add(format!("**/*{pattern}*/**"))?;
        }
    }
    Ok(Some(set.build()?))
}

/// Turns candidates into hits: reads and checks their text, until there are enough.
fn show(
    workspace: Workspace<'_>,
    request: &SearchRequest,
    query: &Query,
    candidates: Vec<Candidate>,
    mode: Option<Mode>,
    response: &mut SearchResponse,
) -> anyhow::Result<()> {
    let texts = Texts::new(workspace);
    for candidate in candidates {
        if response.hits.len() >= request.limit {
            break;
        }
        let path = &workspace.snapshot.file(candidate.chunk).path;
        let found = hit(workspace, query, &candidate, mode.unwrap_or(request.mode), &texts)?;
        if found.as_ref().is_none_or(|(_, moved)| *moved) && !response.stale.contains(path) {
            response.stale.push(path.clone());
        }
        if let Some((hit, _)) = found
            && query.literals.iter().all(|literal| hit.text.contains(literal.as_str()))
        {
            response.hits.push(hit);
        }
    }
    Ok(())
}

/// The candidate with its text and place as they are now, and whether that is another place than the index says; `None`
/// when its text is not there any more.
fn hit(
    workspace: Workspace<'_>,
    query: &Query,
    candidate: &Candidate,
    mode: Mode,
    texts: &Texts<'_>,
) -> anyhow::Result<Option<(Hit, bool)>> {
    let snapshot = workspace.snapshot;
    let row = snapshot.row(candidate.chunk);
    let record = snapshot.record(candidate.chunk)?;
    let file = snapshot.file(candidate.chunk);
    let Some(current) = texts.of(&file.path) else { return Ok(None) };
    let Some(place) = current.place(&row, &record, file.bytes) else { return Ok(None) };
    let own = &current.text[place.bytes];
    let shown = lines::shown(own, place.lines.start - place.first_line, place.lines.end - place.first_line);
    let hit = Hit {
        path: file.path.clone(),
        start_line: place.lines.start + 1,
        end_line: place.lines.end,
        symbol: record.symbol,
        kind: record.kind,
        language: file.language,
        score: candidate.score,
        signals: candidate.signals(mode),
        matching_lines: lines::matching(shown, query).into_iter().map(|line| place.lines.start + 1 + line).collect(),
        text: shown.to_owned(),
    };
    Ok(Some((hit, place.moved)))
}

/// A filter that lets nothing through is the likeliest reason for an empty list.
fn why_nothing(snapshot: &Snapshot, filters: &Filters, globs: Option<&GlobSet>) -> Vec<String> {
    let mut notes = Vec::new();
    for &language in &filters.languages {
        if !snapshot.living_files().any(|file| file.language == language) {
            notes.push(format!("no {} file is in the index", language.name()));
        }
    }
    if let Some(globs) = globs
        && !snapshot.living_files().any(|file| globs.is_match(&file.path))
    {
        notes.push(format!("no path in the index matches {}", filters.paths.join(" or ")));
    }
    notes
}
