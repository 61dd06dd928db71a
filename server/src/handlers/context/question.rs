//! The code that a question is about: what the user pinned, what the editor shows, what the question and the conversation
//! name, and what a search finds.

use std::{fmt::Write, path::PathBuf};

use codecompass_core::{
    prompt::{
        EditorState, Place, Prompt, Question, Reason, Span,
        fence::one_line,
        follow::{self, Intent, Meant},
        pack::{Draft, Fact, Item, pack},
        pins,
    },
    query,
};
use rustc_hash::FxHashMap;

use super::{
    super::{
        everywhere::{self, FoundHit},
        prompts::Kind,
        search::SearchRequest,
    },
    Options,
    definitions::{self, Known, is_type, item, named},
    explanation::selected,
    forms, history,
    library::{File, Library},
    pins as pinned,
    related::{self, Weights},
};

/// Longer questions are refused, in bytes: what is pasted by mistake is better said than cut.
const LONGEST: usize = 128 << 10;
/// So much of a question is searched for.
const SEARCHED: usize = 2_000;
/// So many passages are looked at.
const PASSAGES: usize = 20;
/// Each further passage of the same file matters this much less: a file that is about the question has more than one, and
/// would leave no room for what it works with.
const SAME_FILE: f32 = 0.93;
/// Passages with less than this share of the best one's score are noise.
const NOISE: f32 = 0.3;
/// A definition of up to so many lines is shown whole when a part of it was found.
const GROWS_TO: u32 = 120;
/// So many definitions that the question names are followed.
const NAMED: usize = 3;
/// So many edits are looked at.
const EDITS: usize = 4;

const TAKES_ALL: &str = "a string takes all that is written";

/// What was found for a question.
#[derive(Default)]
pub(super) struct Found {
    pub(super) items: Vec<Item>,
    pub(super) facts: Vec<Fact>,
    pub(super) notes: Vec<String>,
    /// The definitions that the question is about.
    pub(super) subjects: Vec<Known>,
}

/// The prompt for a question.
pub(super) fn prompt(library: &Library<'_>, question: &Question, options: &Options<'_>) -> anyhow::Result<Prompt> {
    let text = question.text.trim();
    anyhow::ensure!(!text.is_empty(), "there is no question; ask for example `where are retries counted?`");
    anyhow::ensure!(
        text.len() <= LONGEST,
        "the question has {} bytes and at most {LONGEST} are read; name a file with @ in place of pasting it",
        text.len()
    );
    anyhow::ensure!(library.snapshots().next().is_some(), "the folder is not indexed yet; ask again in a moment");
    let mut found = Found::default();
    let pins = pins::pins(text);
    pinned::add(library, question, &pins, &mut found)?;
    let plain = pins::without(text, &pins);
    let meant = follow::meant(&plain, &question.history);
    let editor = in_editor(library, &question.editor, &plain, &mut found);
    names(library, &meant, &question.editor, &mut found)?;
    carried(library, &meant.places, &mut found);
    relations(library, meant.intent, &mut found)?;
    let search = question.rewritten.as_deref().unwrap_or(&meant.search);
    searched(library, search, &mut found)?;
    Ok(pack(Draft {
        template: options.prompts.of(Kind::Question),
        question: text,
        subject: String::new(),
        editor,
        facts: found.facts,
        items: found.items,
        history: &question.history,
        budget: options.budget,
        redact: options.redact,
        notes: found.notes,
    })?)
}

/// What the editor shows, and in words where the user is.
fn in_editor(library: &Library<'_>, editor: &EditorState, question: &str, found: &mut Found) -> String {
    let words: Vec<String> = question.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).collect();
    let says = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let points = says(&["this", "here", "selected", "selection", "cursor"]);
    if says(&["error", "errors", "warning", "warnings", "problem", "problems", "diagnostic", "diagnostics", "compile"])
        && !found.facts.iter().any(|fact| fact.title.starts_with("Problems"))
    {
        pinned::problems(library, editor, 0.95, false, found);
    }
    let mut said = String::new();
    let file = editor.file.as_deref().and_then(|path| library.by_path(path)).filter(|file| library.may_show(file));
    if let Some(file) = file {
        let shown = one_line(&library.shown(&file), 300);
        said = format!("The file in front is {shown}.");
        if let Some(lines) = editor.selection {
            write!(said, " Lines {lines} of it are selected.").expect(TAKES_ALL);
            let around = definitions::around(library, &file, lines.start.saturating_sub(1))
                .filter(|around| around.extent.end >= lines.end);
            found.items.extend(selected(library, &file, &lines.range(), around.as_ref(), Reason::Selection, 1.5));
        } else if let Some(line) = editor.cursor {
            write!(said, " The cursor is on line {line}.").expect(TAKES_ALL);
            let relevance = if points { 0.98 } else { 0.45 };
            if let Some(around) = definitions::around(library, &file, line.saturating_sub(1)) {
                found.items.extend(around.item(library, Reason::Around, relevance));
                if points && found.subjects.is_empty() {
                    found.subjects.push(around);
                }
            }
        }
        if points && says(&["file"]) {
            let forms = forms::of_file(library, &file);
            found.items.extend(item(library, &file, "file".to_owned(), Reason::Around, 0.97, forms));
        }
        said.push('\n');
    }
    for (number, edit) in editor.edits.iter().take(EDITS).enumerate() {
        let Some(file) = library.by_path(&edit.file).filter(|file| library.may_show(file)) else { continue };
        let around = definitions::around(library, &file, edit.lines.start.saturating_sub(1));
        let relevance = 0.35 - 0.02 * number as f32;
        found.items.extend(selected(library, &file, &edit.lines.range(), around.as_ref(), Reason::Changed, relevance));
    }
    said
}

/// The definitions that the question or the conversation names.
fn names(library: &Library<'_>, meant: &Meant, editor: &EditorState, found: &mut Found) -> anyhow::Result<()> {
    let front = editor.file.as_deref().and_then(|path| library.by_path(path));
    let mut wanted: Vec<String> = meant.names.clone();
    // "where is retry called": what is asked about may be written like any word.
    if wanted.is_empty() && meant.intent.is_some() && found.subjects.is_empty() {
        let words = meant.search.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        let content = words.filter(|word| word.len() > 2 && !says_nothing(&word.to_lowercase()));
        wanted.extend(content.take(8).map(str::to_owned));
    }
    let mut number = 0;
    for name in wanted {
        if number == NAMED || library.stopped() {
            break;
        }
        for known in named(library, &name, front.as_ref())?.into_iter().take(2) {
            if found.subjects.contains(&known) {
                continue;
            }
            let relevance = 0.97 - 0.02 * number as f32;
            found.items.extend(known.item(library, Reason::Definition, relevance));
            found.subjects.push(known);
            number += 1;
        }
    }
    Ok(())
}

/// Words of a question that name no definition, although some code has one of that name.
fn says_nothing(word: &str) -> bool {
    const ASKING: [&str; 22] = [
        "call",
        "called",
        "calls",
        "change",
        "changed",
        "class",
        "code",
        "defined",
        "file",
        "function",
        "implemented",
        "method",
        "test",
        "tested",
        "tests",
        "type",
        "use",
        "used",
        "uses",
        "work",
        "works",
        "wrote",
    ];
    ASKING.binary_search(&word).is_ok() || codecompass_core::terms::is_stop_word(word)
}

/// The places that the conversation spoke of.
fn carried(library: &Library<'_>, places: &[Place], found: &mut Found) {
    for (number, place) in places.iter().enumerate() {
        let Some(file) = library.by_shown(&place.path) else { continue };
        let around = definitions::around(library, &file, place.lines.start.saturating_sub(1));
        let relevance = 0.62 - 0.02 * number as f32;
        let made = selected(library, &file, &place.lines.range(), around.as_ref(), Reason::Mentioned, relevance);
        found.items.extend(made);
    }
}

/// Who uses what the question is about, what it uses, its tests and history: most of all what was asked for.
fn relations(library: &Library<'_>, intent: Option<Intent>, found: &mut Found) -> anyhow::Result<()> {
    let base = Weights::EXPLAIN.times(0.68);
    let weights = match intent {
        Some(Intent::Callers) => Weights { callers: 0.95, ..base },
        Some(Intent::Callees) => Weights { callees: 0.95, types: 0.90, ..base },
        Some(Intent::Tests) => Weights { tests: 0.95, ..base },
        _ => base,
    };
    for subject in found.subjects.clone().iter().take(NAMED) {
        found.items.extend(related::users(library, subject, weights)?);
        found.items.extend(related::used(library, &subject.file, &subject.extent, Some(subject), weights)?);
        if intent == Some(Intent::History) {
            found.facts.extend(history::commits(library, &subject.file, &subject.extent));
        }
    }
    Ok(())
}

/// What a search finds, grown to whole definitions.
fn searched(library: &Library<'_>, text: &str, found: &mut Found) -> anyhow::Result<()> {
    // Quotes in a question are no demand that a passage holds those words.
    let text = text.replace(['"', '`'], " ");
    let end = (0..=text.len().min(SEARCHED)).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let text = &text[..end];
    let text = if query::parse(text).is_ok() { text.to_owned() } else { query::plain(text) };
    if query::parse(&text).is_err() {
        return Ok(());
    }
    let request = SearchRequest { query: text, limit: PASSAGES, ..SearchRequest::default() };
    let hits = everywhere::search(library.views, &request, &|| library.stopped())?;
    found.notes.extend(hits.notes);
    let best = hits.hits.first().map_or(1.0, |hit| hit.hit.score).max(f32::EPSILON);
    let mut of_file: FxHashMap<PathBuf, i32> = FxHashMap::default();
    for hit in hits.hits {
        let share = hit.hit.score / best;
        if share < NOISE {
            break;
        }
        if let Some(file) = library.by_path(&hit.path).filter(|file| library.may_show(file)) {
            let before = of_file.entry(hit.path.clone()).or_default();
            found.items.extend(grown(library, &file, &hit, 0.90 * share * SAME_FILE.powi(*before)));
            *before += 1;
        }
    }
    Ok(())
}

/// A passage with the whole of the definition that it is a part of.
fn grown(library: &Library<'_>, file: &File, hit: &FoundHit, relevance: f32) -> Option<Item> {
    let hit = &hit.hit;
    let own = hit.start_line - 1..hit.end_line;
    let best = hit.matching_lines.first().map_or(own.start, |line| line - 1);
    let around = definitions::around(library, file, best);
    let label = match (&around, hit.kind) {
        (Some(around), _) if hit.symbol.is_empty() => around.label(),
        (_, Some(kind)) if !hit.symbol.is_empty() => format!("{} {}", kind.as_str(), hit.symbol),
        _ => String::new(),
    };
    let lines = match &around {
        Some(around) if !is_type(around.kind()) && around.extent.end - around.extent.start <= GROWS_TO => {
            own.start.min(around.extent.start)..own.end.max(around.extent.end)
        }
        _ => own.clone(),
    };
    let lines = match library.text(file) {
        Some(text) => forms::comment_above(&text, lines.start)..lines.end,
        None => lines,
    };
    let mut made = forms::of_lines(library, file, lines);
    let near = best.saturating_sub(5).max(own.start)..(best + 6).min(own.end);
    match &around {
        Some(around) => made.extend(forms::window(library, around, near)),
        None => made.extend(library.lines(file, near).map(|main| codecompass_core::prompt::pack::Form {
            main,
            around: Vec::new(),
            part: Some("the nearest lines"),
        })),
    }
    debug_assert!(
        made.iter().all(|form| form.main.lines.start > 0 && form.main.lines.count() > 0),
        "{:?}",
        Span::of(&own)
    );
    item(library, file, label, Reason::Found, relevance, made)
}
