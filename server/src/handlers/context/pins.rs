//! What the user pinned with `@`: found in the index, or said to be unknown with what may have been meant.

use codecompass_core::prompt::{
    EditorState, Question, Reason,
    fence::one_line,
    pack::Fact,
    pins::{Pin, PinKind},
};
use codecompass_index::symbols;

use super::{
    definitions::{self, item, named},
    forms, history,
    library::{File, Library},
    question::Found,
};

/// So many files of a pinned folder are shown.
const FILES: usize = 30;
/// So many problems are told.
const PROBLEMS: usize = 30;
/// The code around so many of them is shown.
const SHOWN: usize = 4;

/// Adds what is pinned.
pub(super) fn add(library: &Library<'_>, question: &Question, pins: &[Pin], found: &mut Found) -> anyhow::Result<()> {
    for (number, pin) in pins.iter().enumerate() {
        // In the order in which they were named, all of them before what was found.
        let relevance = 2.0 - 0.01 * number as f32;
        match pin.kind {
            PinKind::Problems => problems(library, &question.editor, relevance, true, found),
            PinKind::Diff => diff(library, found),
            PinKind::File if file(library, pin, relevance, found) => {}
            PinKind::File => unknown_file(library, pin, found),
            PinKind::Folder if folder(library, pin, relevance, found) => {}
            PinKind::Folder => unknown_folder(library, pin, found),
            PinKind::Symbol if symbol(library, pin, relevance, found)? => {}
            PinKind::Symbol => unknown_symbol(library, pin, found)?,
            PinKind::Any => {
                let like_path = pin.value.contains(['/', '.']) && !pin.value.contains("::") || pin.lines.is_some();
                let known = file(library, pin, relevance, found)
                    || folder(library, pin, relevance, found)
                    || symbol(library, pin, relevance, found)?;
                match (known, like_path) {
                    (true, _) => {}
                    (false, true) => unknown_file(library, pin, found),
                    (false, false) => unknown_symbol(library, pin, found)?,
                }
            }
        }
    }
    Ok(())
}

/// The file that a pin means: exactly so, or the only one that ends so.
fn find(library: &Library<'_>, value: &str) -> Option<File> {
    let wanted = value.trim_start_matches("./");
    if let Some(file) = library.by_shown(value) {
        return Some(file);
    }
    if let Some(file) = library.by_path(std::path::Path::new(value)).filter(|file| library.may_show(file)) {
        return Some(file);
    }
    let mut ending = Vec::new();
    for (view, snapshot) in library.snapshots() {
        let exact = File { view, key: wanted.to_owned() };
        if library.may_show(&exact) {
            return Some(exact);
        }
        for entry in snapshot.living_files() {
            let is_it = entry.path.strip_suffix(wanted).is_some_and(|head| head.ends_with('/'));
            if is_it {
                ending.push(File { view, key: entry.path.clone() });
            }
        }
    }
    ending.retain(|file| library.may_show(file));
    match ending.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    }
}

fn file(library: &Library<'_>, pin: &Pin, relevance: f32, found: &mut Found) -> bool {
    let Some(file) = find(library, &pin.value) else { return false };
    let (label, forms) = match pin.lines {
        Some(lines) => (String::new(), forms::of_lines(library, &file, lines.range())),
        None => ("file".to_owned(), forms::of_file(library, &file)),
    };
    match item(library, &file, label, Reason::Pinned, relevance, forms) {
        Some(item) => found.items.push(item),
        None => found.notes.push(match pin.lines {
            Some(lines) => format!("there is nothing on lines {lines} of {}", library.shown(&file)),
            None => format!("{} is empty", library.shown(&file)),
        }),
    }
    true
}

fn folder(library: &Library<'_>, pin: &Pin, relevance: f32, found: &mut Found) -> bool {
    let prefix = format!("{}/", pin.value.trim_start_matches("./").trim_end_matches('/'));
    let mut files: Vec<(bool, File)> = Vec::new();
    for (view, snapshot) in library.snapshots() {
        for entry in snapshot.living_files().filter(|entry| entry.path.starts_with(&prefix)) {
            files.push((entry.test, File { view, key: entry.path.clone() }));
        }
    }
    if files.is_empty() {
        return false;
    }
    files.sort();
    let all = files.len();
    for (number, (_, file)) in files.into_iter().take(FILES).enumerate() {
        let relevance = relevance - 0.0001 * number as f32;
        let forms = library.text(&file).and_then(|text| forms::outline(library, &file, &text));
        let forms = forms.into_iter().collect();
        found.items.extend(item(library, &file, "file".to_owned(), Reason::Pinned, relevance, forms));
    }
    if all > FILES {
        found.notes.push(format!("{} of the {all} files of {prefix} were not looked into", all - FILES));
    }
    true
}

fn symbol(library: &Library<'_>, pin: &Pin, relevance: f32, found: &mut Found) -> anyhow::Result<bool> {
    let known = named(library, &pin.value, None)?;
    let all = known.len();
    for (number, known) in known.into_iter().take(3).enumerate() {
        if number == 0 {
            found.subjects.push(known.clone());
        }
        found.items.extend(known.item(library, Reason::Pinned, relevance - 0.001 * number as f32));
    }
    if all > 3 {
        found.notes.push(format!("{all} definitions are named {}; the 3 likeliest were pinned", pin.value));
    }
    Ok(all > 0)
}

fn unknown_file(library: &Library<'_>, pin: &Pin, found: &mut Found) {
    let name = pin.value.rsplit('/').next().unwrap_or(&pin.value).to_lowercase();
    let mut near: Vec<(usize, String)> = Vec::new();
    for (view, snapshot) in library.snapshots() {
        for entry in snapshot.living_files() {
            let own = entry.path.rsplit('/').next().unwrap_or(&entry.path).to_lowercase();
            let distance = strsim::damerau_levenshtein(&name, &own);
            if distance * 3 <= name.len().max(3) {
                near.push((distance, library.shown(&File { view, key: entry.path.clone() })));
            }
        }
    }
    near.sort();
    found.notes.push(unknown("file", &pin.value, near.first().map(|(_, path)| path.as_str())));
}

fn unknown_folder(library: &Library<'_>, pin: &Pin, found: &mut Found) {
    let wanted = pin.value.trim_matches('/').to_lowercase();
    let mut near: Option<(usize, String)> = None;
    for (_, snapshot) in library.snapshots() {
        for entry in snapshot.living_files() {
            for (at, _) in entry.path.match_indices('/') {
                let folder = &entry.path[..at];
                let last = folder.rsplit('/').next().unwrap_or(folder);
                let distance = strsim::damerau_levenshtein(&wanted, &folder.to_lowercase())
                    .min(strsim::damerau_levenshtein(&wanted, &last.to_lowercase()) + 1);
                let better = near.as_ref().is_none_or(|(least, known)| (distance, folder) < (*least, known.as_str()));
                if distance * 3 <= wanted.len().max(3) && better {
                    near = Some((distance, folder.to_owned()));
                }
            }
        }
    }
    found.notes.push(unknown("folder", &pin.value, near.as_ref().map(|(_, folder)| folder.as_str())));
}

fn unknown_symbol(library: &Library<'_>, pin: &Pin, found: &mut Found) -> anyhow::Result<()> {
    let last = pin.value.rsplit([':', '.']).next().unwrap_or(&pin.value);
    let mut near = None;
    for (_, snapshot) in library.snapshots() {
        if let Some(name) = symbols::names_like(snapshot, last, 1)?.into_iter().next() {
            // The index knows names in lower case; a definition says how it is written.
            near = symbols::some_definitions(snapshot, &name, 1)?.first().map(|found| found.symbol.name.clone());
            break;
        }
    }
    found.notes.push(unknown("definition", &pin.value, near.as_deref()));
    Ok(())
}

fn unknown(what: &str, value: &str, near: Option<&str>) -> String {
    let value = one_line(value, 200);
    let near = near.map_or_else(String::new, |near| format!("; did you mean {}?", one_line(near, 200)));
    format!("no {what} {value} is in the index{near}")
}

/// What tools report, and the code around the first of it.
pub(super) fn problems(library: &Library<'_>, editor: &EditorState, relevance: f32, asked: bool, found: &mut Found) {
    let shown: Vec<_> = editor
        .problems
        .iter()
        .filter_map(|problem| Some((library.by_path(&problem.file).filter(|file| library.may_show(file))?, problem)))
        .collect();
    if shown.is_empty() {
        if asked {
            found.notes.push("no tool reports a problem in the files of the index".to_owned());
        }
        return;
    }
    let lines = shown.iter().take(PROBLEMS).map(|(file, problem)| {
        let source =
            if problem.source.is_empty() { String::new() } else { format!(" {}:", one_line(&problem.source, 80)) };
        let place = one_line(&library.shown(file), 300);
        format!("{place}:{}{source} {}", problem.lines, one_line(problem.message.trim(), 1000))
    });
    found.facts.push(Fact {
        title: "Problems that tools report".to_owned(),
        text: lines.collect::<Vec<_>>().join("\n"),
        language: "text",
        share: 25,
    });
    for (number, (file, problem)) in shown.iter().take(SHOWN).enumerate() {
        let lines = problem.lines.range();
        let around = definitions::around(library, file, lines.start);
        let relevance = relevance - 0.001 * number as f32;
        let made = super::explanation::selected(library, file, &lines, around.as_ref(), Reason::Problem, relevance);
        found.items.extend(made);
    }
}

/// What is not committed yet.
fn diff(library: &Library<'_>, found: &mut Found) {
    let mut any = false;
    for view in 0..library.views.len() {
        let (text, complete) = history::diff(library, view);
        if !text.is_empty() {
            any = true;
            found.facts.push(Fact { title: "What is not committed yet".to_owned(), text, language: "diff", share: 50 });
        }
        if !complete {
            found.notes.push("the diff may miss files: there was no time to compare all of them".to_owned());
        }
    }
    if !any {
        found.notes.push("nothing differs from the last commit, or there is no git repository".to_owned());
    }
}
