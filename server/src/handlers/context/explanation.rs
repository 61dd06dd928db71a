//! The set of code that an explanation rests on. The same index and the same target give the same set.

use std::ops::Range;

use codecompass_core::prompt::{
    Prompt, Reason, Span,
    fence::one_line,
    pack::{Draft, Fact, Item, pack},
};

use super::{
    super::prompts::Kind,
    Options, Target,
    definitions::{self, Known, in_file, is_type, item, named},
    forms, history,
    library::{File, Library},
    related::{self, Weights},
};

/// A selection in a definition of up to so many lines is shown with all of it.
const AROUND: u32 = 200;
/// So many files of a folder are shown.
const FILES: usize = 40;
/// So many definitions of a file are followed to their users.
const FOLLOWED: usize = 12;

/// What was found for an explanation.
#[derive(Default)]
struct Found {
    subject: String,
    items: Vec<Item>,
    facts: Vec<Fact>,
    notes: Vec<String>,
}

/// The prompt for an explanation.
pub(super) fn prompt(
    library: &Library<'_>,
    key: &str,
    target: &Target,
    options: &Options<'_>,
) -> anyhow::Result<Prompt> {
    anyhow::ensure!(library.snapshot(0).is_some(), "the folder is not indexed yet; ask again in a moment");
    let file = File { view: 0, key: key.trim_end_matches('/').to_owned() };
    let found = match target {
        Target::Folder => folder(library, &file)?,
        _ if !library.may_show(&file) => {
            anyhow::bail!("{key} is not in the index; `codecompass why {key}` says why")
        }
        Target::File => whole_file(library, &file)?,
        Target::Symbol(line, name) => symbol(library, &file, *line, name.as_deref())?,
        Target::Lines(lines) => selection(library, &file, lines)?,
        Target::Problem(lines, message) => problem(library, &file, lines, message)?,
    };
    let kind = match target {
        _ if options.quick => Kind::Quick,
        Target::Problem(..) => Kind::Problem,
        _ => Kind::Explain,
    };
    Ok(pack(Draft {
        template: options.prompts.of(kind),
        question: "",
        subject: found.subject,
        editor: String::new(),
        facts: found.facts,
        items: found.items,
        history: options.history,
        budget: options.budget,
        redact: options.redact,
        notes: found.notes,
    })?)
}

/// A definition, or what a name at a line means.
fn symbol(library: &Library<'_>, file: &File, line: u32, name: Option<&str>) -> anyhow::Result<Found> {
    in_range(library, file, &(line..line + 1))?;
    let meant = match name {
        Some(name) => {
            let all = named(library, name, Some(file))?;
            let here = all.iter().find(|known| known.file == *file && known.extent.contains(&line)).cloned();
            here.or_else(|| all.into_iter().next())
        }
        None => definitions::around(library, file, definitions::described(library, file, line)),
    };
    match meant {
        Some(known) => definition(library, &known),
        None => selection(library, file, &(line..line + 1)),
    }
}

fn definition(library: &Library<'_>, known: &Known) -> anyhow::Result<Found> {
    let place = format!("{}:{}", one_line(&library.shown(&known.file), 300), Span::of(&known.extent));
    let mut found = Found { subject: format!("the {} ({place})", code(&known.label())), ..Found::default() };
    found.items.extend(known.item(library, Reason::Definition, 1.0));
    if found.items.is_empty() || known.extent.end - known.extent.start > AROUND && is_type(known.kind()) {
        let text = library.text(&known.file);
        let outline = text.and_then(|text| forms::signature(library, known, &text));
        found.items.extend(item(
            library,
            &known.file,
            known.label(),
            Reason::Definition,
            0.99,
            outline.into_iter().collect(),
        ));
    }
    found.items.extend(related::users(library, known, Weights::EXPLAIN)?);
    found.items.extend(related::used(library, &known.file, &known.extent, Some(known), Weights::EXPLAIN)?);
    found.items.extend(related::pages(library, known.name(), Weights::EXPLAIN.pages)?);
    found.facts.extend(history::commits(library, &known.file, &known.extent));
    Ok(found)
}

/// Selected lines: the definition around them where it is not too long.
fn selection(library: &Library<'_>, file: &File, lines: &Range<u32>) -> anyhow::Result<Found> {
    in_range(library, file, lines)?;
    let shown = one_line(&library.shown(file), 300);
    let subject = format!("lines {} of {shown}", Span::of(lines));
    let mut found = Found { subject, ..Found::default() };
    let around = definitions::around(library, file, lines.start)
        .filter(|around| around.extent.start <= lines.start && around.extent.end >= lines.end);
    found.items.extend(selected(library, file, lines, around.as_ref(), Reason::Selection, 1.0));
    if let Some(around) = &around {
        found.items.extend(related::users(library, around, Weights::EXPLAIN.times(0.85))?);
    }
    found.items.extend(related::used(library, file, lines, around.as_ref(), Weights::EXPLAIN)?);
    if let Some(around) = &around {
        found.items.extend(related::pages(library, around.name(), Weights::EXPLAIN.pages * 0.85)?);
    }
    found.facts.extend(history::commits(library, file, lines));
    anyhow::ensure!(!found.items.is_empty(), "there is nothing on lines {} of {shown}", Span::of(lines));
    Ok(found)
}

/// Lines with the definition around them, or a part of it.
pub(super) fn selected(
    library: &Library<'_>,
    file: &File,
    lines: &Range<u32>,
    around: Option<&Known>,
    why: Reason,
    relevance: f32,
) -> Option<Item> {
    match around {
        Some(around) if around.extent.end - around.extent.start <= AROUND => {
            let mut made = around.item(library, why, relevance)?;
            made.forms.extend(forms::window(library, around, lines.clone()));
            // The lines themselves matter more than the signature.
            made.forms.retain(|form| form.part != Some("the signature"));
            Some(made)
        }
        Some(around) => {
            let wider = lines.start.saturating_sub(20)..lines.end + 20;
            let forms = [wider, lines.clone()].into_iter().filter_map(|lines| forms::window(library, around, lines));
            item(library, file, around.label(), why, relevance, forms.collect())
        }
        None => item(library, file, String::new(), why, relevance, forms::of_lines(library, file, lines.clone())),
    }
}

/// A whole file: its text or outline, who uses what it defines, what it uses.
fn whole_file(library: &Library<'_>, file: &File) -> anyhow::Result<Found> {
    let shown = one_line(&library.shown(file), 300);
    let mut found = Found { subject: format!("the file {shown}"), ..Found::default() };
    found.items.extend(item(library, file, "file".to_owned(), Reason::Definition, 1.0, forms::of_file(library, file)));
    let all = in_file(library, file);
    let outer = all.iter().filter(|known| {
        !all.iter().any(|other| {
            other.extent != known.extent
                && other.extent.start <= known.extent.start
                && other.extent.end >= known.extent.end
        })
    });
    for (number, known) in outer.take(FOLLOWED).enumerate() {
        let weights = Weights::EXPLAIN.times(1.0 - 0.03 * number as f32);
        let users = related::users(library, known, weights)?;
        found.items.extend(users.into_iter().filter(|item| item.path != library.shown(file)));
    }
    if let Some(text) = library.text(file) {
        let whole = 0..text.lines.count();
        found.items.extend(related::used(library, file, &whole, None, Weights::EXPLAIN.times(0.9))?);
        found.facts.extend(history::commits(library, file, &whole));
    }
    let name = file.key.rsplit('/').next().unwrap_or(&file.key);
    found.items.extend(related::pages(library, name, Weights::EXPLAIN.pages)?);
    Ok(found)
}

/// A folder: what is written about it, and what its files define.
fn folder(library: &Library<'_>, folder: &File) -> anyhow::Result<Found> {
    let Some(snapshot) = library.snapshot(folder.view) else { return Ok(Found::default()) };
    let prefix = if folder.key.is_empty() || folder.key == "." { String::new() } else { format!("{}/", folder.key) };
    let mut files: Vec<(bool, bool, usize, String)> = snapshot
        .living_files()
        .filter(|entry| entry.path.starts_with(&prefix))
        .map(|entry| {
            let rest = &entry.path[prefix.len()..];
            let readme = rest.to_ascii_lowercase().starts_with("readme");
            (!readme, entry.test || entry.side && !readme, rest.matches('/').count(), entry.path.clone())
        })
        .collect();
    anyhow::ensure!(!files.is_empty(), "no file below {} is in the index", folder.key);
    files.sort();
    let shown = one_line(if prefix.is_empty() { "the workspace" } else { &folder.key }, 300);
    let mut found = Found { subject: format!("the folder {shown}"), ..Found::default() };
    let names: Vec<String> = files.iter().map(|(.., path)| one_line(path, 200)).collect();
    found.facts.push(Fact {
        title: format!("The {} files of the folder", files.len()),
        text: names.join("\n"),
        language: "text",
        share: 15,
    });
    let all = files.len();
    for (number, (code, .., key)) in files.into_iter().take(FILES).enumerate() {
        let file = File { view: folder.view, key };
        let forms = if code {
            library.text(&file).and_then(|text| forms::outline(library, &file, &text)).into_iter().collect()
        } else {
            forms::of_file(library, &file)
        };
        let relevance = 1.0 - 0.01 * number as f32;
        found.items.extend(item(library, &file, "file".to_owned(), Reason::Definition, relevance, forms));
    }
    if all > FILES {
        found.notes.push(format!("{} of the folder's {all} files were not looked into", all - FILES));
    }
    Ok(found)
}

/// What a tool reports: the code around it, what the report and the line name, who uses it.
fn problem(library: &Library<'_>, file: &File, lines: &Range<u32>, message: &str) -> anyhow::Result<Found> {
    in_range(library, file, lines)?;
    let shown = one_line(&library.shown(file), 300);
    let place = format!("{shown}:{}", Span::of(lines));
    let mut found = Found { subject: format!("the problem reported at {place}"), ..Found::default() };
    found.facts.push(Fact {
        title: format!("The report about {place}"),
        text: message.trim().to_owned(),
        language: "text",
        share: 30,
    });
    let around = definitions::around(library, file, lines.start);
    found.items.extend(selected(library, file, lines, around.as_ref(), Reason::Problem, 1.0));
    for (number, name) in named_in(message).into_iter().enumerate() {
        if let Some(known) = named(library, &name, Some(file))?.into_iter().next() {
            found.items.extend(known.item(library, Reason::Definition, 0.95 - 0.02 * number as f32));
        }
    }
    found.items.extend(related::used(library, file, lines, None, Weights::EXPLAIN.times(1.15))?);
    if let Some(around) = &around {
        found.items.extend(related::used(library, file, &around.extent, Some(around), Weights::EXPLAIN.times(0.9))?);
        found.items.extend(related::users(library, around, Weights::EXPLAIN.times(0.8))?);
    }
    found.facts.extend(history::commits(library, file, lines));
    Ok(found)
}

/// The names in a report: what stands in quotes, and what no word of prose looks like.
pub(super) fn named_in(message: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut quoted = String::new();
    let mut quote: Option<char> = None;
    for c in message.chars() {
        match quote {
            Some(open) if c == open || (open == '‘' && c == '’') => {
                names.push(std::mem::take(&mut quoted));
                quote = None;
            }
            Some(_) => quoted.push(c),
            None if matches!(c, '`' | '\'' | '"' | '‘') => quote = Some(c),
            None => {}
        }
    }
    codecompass_core::terms::for_each_identifier(message, |word| {
        let compound = word.trim_matches('_').contains('_') || word.chars().skip(1).any(char::is_uppercase);
        if compound {
            names.push(word.to_owned());
        }
    });
    let is_name = |name: &String| {
        name.len() > 1
            && name.len() < 100
            && name.chars().all(|c| super::super::current::is_name(c) || matches!(c, ':' | '.'))
    };
    names.retain(is_name);
    let mut seen = rustc_hash::FxHashSet::default();
    names.retain(|name| seen.insert(name.clone()));
    names.truncate(8);
    names
}

fn in_range(library: &Library<'_>, file: &File, lines: &Range<u32>) -> anyhow::Result<()> {
    let shown = library.shown(file);
    let Some(text) = library.text(file) else {
        anyhow::bail!("{shown} cannot be read; is it saved, and is it text?");
    };
    let count = text.lines.count();
    anyhow::ensure!(lines.start < count, "{shown} has {count} lines; line {} is not one of them", lines.start + 1);
    Ok(())
}

/// In backticks.
fn code(text: &str) -> String {
    format!("`{}`", one_line(text, 200))
}
