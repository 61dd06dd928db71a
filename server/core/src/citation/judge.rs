//! Whether a citation is true: the model saw those lines, and they still say the same.

use std::{cell::RefCell, sync::Arc};

use rustc_hash::FxHashMap;

use super::{Lookup, claim, find::Named};
use crate::{
    prompt::{Lines as Piece, Source, Span},
    text::Lines,
};

/// What is said of a citation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) source: Option<u32>,
    pub(super) path: String,
    pub(super) lines: (u32, u32),
    pub(super) verified: bool,
    pub(super) reason: Option<String>,
}

impl Verdict {
    fn no(source: Option<u32>, path: &str, lines: (u32, u32), reason: impl Into<String>) -> Self {
        Self { source, path: path.to_owned(), lines, verified: false, reason: Some(reason.into()) }
    }
}

/// A text as it is now, with its lines.
type Now = (Arc<str>, Arc<Lines>);

/// Checks the citations of one answer; reads each file once.
pub(super) struct Judge<'a> {
    pub(super) sources: &'a [Source],
    current: Lookup<'a>,
    read: RefCell<FxHashMap<String, Option<Now>>>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(sources: &'a [Source], current: Lookup<'a>) -> Self {
        Self { sources, current, read: RefCell::default() }
    }

    /// Judges what is named; `claim` is the sentence that it is to prove.
    pub(super) fn judge(&self, named: &Named, claim: &str) -> Verdict {
        match named {
            Named::Source(number, lines) => {
                let Some(source) = self.sources.iter().find(|source| source.n == *number) else {
                    return Verdict::no(Some(*number), "", (0, 0), format!("there is no source {number}"));
                };
                let verdict = match lines {
                    None => self.source(source),
                    Some(lines) => self.lines(&source.path, *lines, Some(source)),
                };
                if verdict.verified { self.supported(verdict, source, claim) } else { verdict }
            }
            Named::Lines { path, first, last } => match self.path(path) {
                Ok(known) => self.lines(&known, (*first, *last), None),
                Err(reason) => Verdict::no(None, path, (*first, *last), reason),
            },
        }
    }

    /// A whole source: where it stands now.
    fn source(&self, source: &Source) -> Verdict {
        let place = (source.lines.start, source.lines.end);
        let Some((text, lines)) = self.now(&source.path) else {
            return Verdict::no(Some(source.n), &source.path, place, "the file is gone or cannot be read");
        };
        let yes = |lines, reason| Verdict {
            source: Some(source.n),
            path: source.path.clone(),
            lines,
            verified: true,
            reason,
        };
        if slice(&text, &lines, source.lines).is_some_and(|own| same(own, &source.text)) {
            return yes(place, None);
        }
        match moved(&text, &lines, &source.text) {
            Some(to) => yes((to.start, to.end), Some(format!("moved from lines {}", source.lines))),
            None => Verdict::no(Some(source.n), &source.path, place, "the text has changed since the model saw it"),
        }
    }

    /// Lines of a file, which the model must have seen.
    fn lines(&self, path: &str, (first, last): (u32, u32), only: Option<&Source>) -> Verdict {
        let sources =
            || self.sources.iter().filter(|source| source.path == path && only.is_none_or(|only| only.n == source.n));
        let n = only.map(|source| source.n);
        let no = |reason: String| Verdict::no(n, path, (first, last), reason);
        if first == 0 || last < first {
            return no("the lines run backwards".to_owned());
        }
        let Some((text, lines)) = self.now(path) else { return no("the file is gone or cannot be read".to_owned()) };
        if last > lines.count() {
            let count = lines.count();
            return no(format!("the file has {count} line{}", if count == 1 { "" } else { "s" }));
        }
        let mut seen = false;
        let mut changed = false;
        for line in first..=last {
            let now = slice(&text, &lines, Span::new(line, line)).unwrap_or_default();
            match sources().find_map(|source| shown(source, line)) {
                Some(then) => {
                    seen = true;
                    changed |= !same(then, now);
                }
                // A blank line between two sources hides nothing.
                None if now.trim().is_empty() => {}
                None => {
                    let reason = if seen || sources().any(|source| source.lines.overlaps(Span::new(first, last))) {
                        "not all of these lines were shown to the model"
                    } else {
                        "these lines were not shown to the model"
                    };
                    return no(reason.to_owned());
                }
            }
        }
        if changed {
            return no("the text has changed since the model saw it".to_owned());
        }
        if !seen {
            return no("there is nothing on these lines".to_owned());
        }
        let around = sources().find(|source| source.lines.overlaps(Span::new(first, last)));
        let source = around.or_else(|| sources().next()).map(|source| source.n);
        Verdict { source, path: path.to_owned(), lines: (first, last), verified: true, reason: None }
    }

    /// The path of the source that a model means: as written, or the one that ends so.
    fn path(&self, written: &str) -> Result<String, String> {
        let wanted = written.replace('\\', "/");
        let wanted = wanted.trim_start_matches("./").trim_start_matches("a/").to_owned();
        let is = |path: &str| path == written || path.replace('\\', "/") == wanted;
        if let Some(source) = self.sources.iter().find(|source| is(&source.path)) {
            return Ok(source.path.clone());
        }
        let ends =
            |path: &str| path.replace('\\', "/").strip_suffix(wanted.as_str()).is_some_and(|head| head.ends_with('/'));
        let mut found: Vec<&str> =
            self.sources.iter().map(|source| source.path.as_str()).filter(|path| ends(path)).collect();
        found.sort_unstable();
        found.dedup();
        match found.as_slice() {
            [one] => Ok((*one).to_owned()),
            [] if self.now(written).is_some() => Err("the file was not shown to the model".to_owned()),
            [] => Err("there is no such file".to_owned()),
            several => Err(format!("{} files that were shown are named so", several.len())),
        }
    }

    /// A number that was mixed up: the sentence names things that stand in another source and not in this one.
    fn supported(&self, verdict: Verdict, source: &Source, claim: &str) -> Verdict {
        let names = claim::names(claim);
        let has = |source: &Source, name: &str| claim::speaks_of(source, name);
        if names.is_empty() || names.iter().any(|name| has(source, name)) {
            return verdict;
        }
        let better = self.sources.iter().find(|other| names.iter().all(|name| has(other, name)));
        match better {
            Some(better) => {
                let reason = format!("what the sentence names stands in [{}], not here", better.n);
                Verdict { verified: false, reason: Some(reason), ..verdict }
            }
            None => verdict,
        }
    }

    fn now(&self, path: &str) -> Option<Now> {
        let known = self.read.borrow().get(path).cloned();
        known.unwrap_or_else(|| {
            let text = (self.current)(path).filter(|text| u32::try_from(text.len()).is_ok());
            let read = text.map(|text| {
                let lines = Arc::new(Lines::new(&text));
                (text, lines)
            });
            self.read.borrow_mut().insert(path.to_owned(), read.clone());
            read
        })
    }
}

/// The line as the model saw it in a source.
fn shown(source: &Source, line: u32) -> Option<&str> {
    let own = (source.lines, source.text.as_str());
    let around = source.around.iter().map(|Piece { lines, text }| (*lines, text.as_str()));
    std::iter::once(own)
        .chain(around)
        .find(|(lines, _)| lines.contains(Span::new(line, line)))
        .and_then(|(lines, text)| text.split('\n').nth((line - lines.start) as usize))
}

/// Whole lines of a text without the last one's end.
fn slice<'t>(text: &'t str, lines: &Lines, span: Span) -> Option<&'t str> {
    (span.end <= lines.count()).then(|| &text[lines.full_range(span.start).start..lines.range(span.end, text).end])
}

/// Line ends may be written in two ways.
fn same(a: &str, b: &str) -> bool {
    a == b || a.lines().eq(b.lines())
}

/// Where a text stands now, if that is one place only.
fn moved(text: &str, lines: &Lines, wanted: &str) -> Option<Span> {
    // Little text stands in many places by chance.
    if wanted.trim().len() < 20 {
        return None;
    }
    let whole = |at: usize| {
        let end = at + wanted.len();
        (at == 0 || text.as_bytes()[at - 1] == b'\n')
            && text.as_bytes().get(end).is_none_or(|byte| matches!(byte, b'\n' | b'\r'))
    };
    let mut found = text.match_indices(wanted).map(|(at, _)| at).filter(|&at| whole(at));
    let (first, second) = (found.next()?, found.next());
    second.is_none().then(|| Span::new(lines.line_of(first), lines.line_of(first + wanted.len() - 1)))
}
