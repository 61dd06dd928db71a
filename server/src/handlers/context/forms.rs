//! What can be shown of a piece of code: the whole of it with what helps to read it, the whole alone, its signature.

use std::ops::Range;

use codecompass_core::prompt::{Lines, Span, pack::Form};
use rustc_hash::FxHashSet;

use super::{
    super::current::{Text, is_name},
    definitions::{Known, containers, in_file},
    library::{File, Library},
};

/// A longer definition is not shown whole.
const LONGEST: u32 = 500;
/// So many lines above a definition may be its comment.
const COMMENT: u32 = 40;
/// A signature has at most so many lines.
const SIGNATURE: u32 = 14;
/// At most so many imports are shown with a piece.
const IMPORTS: usize = 8;
/// Imports stand in the first lines of a file.
const HEAD: u32 = 120;
/// At most so many definitions of a file are listed.
const OUTLINE: usize = 120;

const THE_SIGNATURE: &str = "the signature";

/// The forms of a definition.
pub(super) fn of_definition(library: &Library<'_>, known: &Known) -> Vec<Form> {
    let Some(text) = library.text(&known.file) else { return Vec::new() };
    let top = comment_above(&text, known.extent.start);
    let mut forms = of_lines(library, &known.file, top..known.extent.end);
    forms.extend(signature(library, known, &text));
    forms
}

/// The signature of a definition below the head of what is around it.
pub(super) fn signature(library: &Library<'_>, known: &Known, text: &Text) -> Option<Form> {
    let lines = signature_lines(text, &known.extent);
    if lines == known.extent {
        return None;
    }
    let main = library.lines(&known.file, lines.clone())?;
    let around = heads(library, &known.file, &lines);
    Some(Form { main, around, part: Some(THE_SIGNATURE) })
}

/// The forms of some lines: with imports and the heads of what is around them, and alone.
pub(super) fn of_lines(library: &Library<'_>, file: &File, lines: Range<u32>) -> Vec<Form> {
    if lines.end - lines.start > LONGEST {
        return Vec::new();
    }
    let Some(main) = library.lines(file, lines.clone()) else { return Vec::new() };
    let lines = main.lines.range();
    let mut around = heads(library, file, &lines);
    around.extend(imports(library, file, &main));
    let alone = Form::whole(main.clone());
    if around.is_empty() { vec![alone] } else { vec![Form { main, around, part: None }, alone] }
}

/// Some lines of a definition that is too long, with its signature.
pub(super) fn window(library: &Library<'_>, known: &Known, lines: Range<u32>) -> Option<Form> {
    let text = library.text(&known.file)?;
    let lines = lines.start.max(known.extent.start)..lines.end.min(known.extent.end);
    let main = library.lines(&known.file, lines)?;
    let mut around = heads(library, &known.file, &known.extent);
    around.extend(library.lines(&known.file, signature_lines(&text, &known.extent)));
    around.retain(|piece| !main.lines.overlaps(piece.lines));
    Some(Form { main, around, part: Some("a part") })
}

/// A file: all of it, or the signatures of what it defines.
pub(super) fn of_file(library: &Library<'_>, file: &File) -> Vec<Form> {
    let Some(text) = library.text(file) else { return Vec::new() };
    let mut forms: Vec<Form> = library.lines(file, 0..text.lines.count()).map(Form::whole).into_iter().collect();
    forms.extend(outline(library, file, &text));
    forms
}

/// The signatures of what a file defines.
pub(super) fn outline(library: &Library<'_>, file: &File, text: &Text) -> Option<Form> {
    let mut pieces: Vec<Lines> = Vec::new();
    let definitions = in_file(library, file);
    for known in definitions.iter().take(OUTLINE) {
        let lines = signature_lines(text, &known.extent);
        let Some(piece) = library.lines(file, lines.start..lines.end.min(lines.start + 6)) else { continue };
        if !pieces.iter().any(|other| other.lines.overlaps(piece.lines)) {
            pieces.push(piece);
        }
    }
    pieces.sort_by_key(|piece| piece.lines);
    if pieces.is_empty() {
        // A file without definitions shows its beginning.
        let main = library.lines(file, 0..30.min(text.lines.count()))?;
        return Some(Form { main, around: Vec::new(), part: Some("the beginning") });
    }
    let main = pieces.remove(0);
    Some(Form { main, around: pieces, part: Some("the outline") })
}

/// Where the comment and attributes above a definition begin.
pub(super) fn comment_above(text: &Text, line: u32) -> u32 {
    let belongs = |line: u32| {
        let line = text.line(line).trim();
        let opens = ["//", "/*", "*", "#", "@", "[", "--", "%", ";;", "(*", "\"\"\"", "'''"];
        let directive =
            ["#include", "#if", "#endif", "#else", "#define", "#pragma", "#undef", "#region", "#endregion", "#!"];
        opens.iter().any(|sign| line.starts_with(sign)) && !directive.iter().any(|word| line.starts_with(word))
    };
    (line.saturating_sub(COMMENT)..line).rev().take_while(|&line| belongs(line)).last().unwrap_or(line)
}

/// From the definition's first line to where its body begins.
pub(super) fn signature_lines(text: &Text, extent: &Range<u32>) -> Range<u32> {
    let mut depth = 0_i32;
    let mut named = false;
    for line in extent.start..extent.end.min(extent.start + SIGNATURE) {
        let own = text.line(line);
        let trimmed = own.trim();
        for c in own.chars() {
            match c {
                '(' | '[' => depth += 1,
                ')' | ']' => depth -= 1,
                _ => {}
            }
        }
        // Attributes and decorators stand before the signature.
        named |= !(trimmed.starts_with(['#', '@', '[']) || trimmed.is_empty());
        if !named || depth > 0 {
            continue;
        }
        let next = if line + 1 < extent.end { text.line(line + 1).trim() } else { "" };
        let opened = trimmed.contains('{') || trimmed.ends_with([':', ';', '=']) || trimmed.ends_with("=>");
        let goes_on =
            ["where", "->", "{", "throws", "extends", "implements", ":"].iter().any(|word| next.starts_with(word))
                || trimmed.starts_with("where")
                || trimmed.ends_with(',');
        if opened || !goes_on {
            return extent.start..line + 1;
        }
    }
    extent.start..extent.end.min(extent.start + SIGNATURE)
}

/// The first lines of what is around some lines.
fn heads(library: &Library<'_>, file: &File, lines: &Range<u32>) -> Vec<Lines> {
    let heads = containers(library, file, lines).into_iter().filter_map(|line| library.lines(file, line..line + 1));
    heads.collect()
}

/// The imports of a file whose names the lines use.
fn imports(library: &Library<'_>, file: &File, main: &Lines) -> Vec<Lines> {
    let Some(text) = library.text(file) else { return Vec::new() };
    let used: FxHashSet<&str> = words(&main.text).collect();
    let mut found = Vec::new();
    let mut block: Option<&str> = None;
    for line in 0..text.lines.count().min(HEAD).min(main.lines.start - 1) {
        let own = text.line(line);
        let trimmed = own.trim();
        if trimmed.is_empty() {
            continue;
        }
        let begins = is_import(trimmed);
        if block.is_none() && !begins {
            continue;
        }
        if begins && block.is_none() {
            let open = [("(", ")"), ("{", "}")];
            block = open
                .iter()
                .find(|(open, close)| trimmed.ends_with(open) && !trimmed.contains(close))
                .map(|(_, close)| *close);
        }
        let helps = words(trimmed).any(|word| used.contains(word) && !KEYWORDS.contains(&word));
        if helps && found.len() < IMPORTS {
            found.extend(Lines::of(&text.text, &text.lines, Span::new(line + 1, line + 1)));
        }
        if block.is_some_and(|close| trimmed.starts_with(close) || trimmed.ends_with(&format!("{close};"))) {
            block = None;
        }
    }
    found
}

const KEYWORDS: [&str; 14] = [
    "use", "import", "from", "as", "crate", "self", "super", "pub", "const", "require", "include", "using", "type",
    "static",
];

/// Whether a line brings names in from elsewhere.
pub(super) fn is_import(line: &str) -> bool {
    let line = line.trim_start_matches("pub ").trim_start_matches("pub(crate) ").trim_start_matches("export ");
    let begins = [
        "use ",
        "import ",
        "import(",
        "from ",
        "#include",
        "#import",
        "require",
        "using ",
        "extern crate ",
        "@import",
        "include ",
    ];
    begins.iter().any(|word| line.starts_with(word))
        || line.contains("= require(")
        || (line.starts_with(['*', '{']) && line.contains(" from "))
        || line == "import("
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !is_name(c)).filter(|word| !word.is_empty())
}
