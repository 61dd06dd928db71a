//! Prints what was found: for people with the lines that matter, for programs as one JSON object a line.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use anyhow::Context as _;
use codecompass_core::{
    hit::{Hit, Signal},
    language::SymbolKind,
};
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    folder::Shown,
    screen::{self, Palette, Screen, printable},
};

/// How results look.
pub(super) struct Look<'a> {
    pub(super) screen: Screen,
    /// What was looked for; its words stand out where colours are wanted.
    pub(super) query: &'a str,
    /// Show the parts of each score.
    pub(super) explain: bool,
}

/// How many matching lines of a result are shown.
const MATCHES: usize = 3;
/// How many lines are shown of a result without matching lines.
const FIRST_LINES: usize = 3;
const INDENT: &str = "  ";

/// Prints for people: a blank line between files, `path:first-last` on every result.
pub(super) fn print(out: &mut dyn Write, hits: &[Hit], shown: &Shown, look: &Look<'_>) -> anyhow::Result<()> {
    let mut last = None;
    for hit in hits {
        let same_file = last == Some(&hit.path);
        if last.is_some() && !same_file {
            writeln!(out).context(WRITE)?;
        }
        print_one(out, hit, shown, same_file, look).context(WRITE)?;
        last = Some(&hit.path);
    }
    Ok(())
}

const WRITE: &str = "cannot write the results";

fn print_one(out: &mut dyn Write, hit: &Hit, shown: &Shown, same_file: bool, look: &Look<'_>) -> io::Result<()> {
    let palette = look.screen.palette();
    header(out, hit, shown, same_file, look.screen, &palette)?;
    if look.explain {
        explain(out, hit, look.screen, &palette)?;
    }
    excerpt(out, hit, look, &palette)
}

fn header(
    out: &mut dyn Write,
    hit: &Hit,
    shown: &Shown,
    same_file: bool,
    screen: Screen,
    palette: &Palette,
) -> io::Result<()> {
    let path = printable(&shown.path(&hit.path));
    let lines = match hit.end_line {
        end if end > hit.start_line => format!("{}-{end}", hit.start_line),
        _ => hit.start_line.to_string(),
    };
    let symbol = printable(&hit.symbol);
    let what = hit.kind.map_or(hit.language.id(), SymbolKind::as_str);
    let score = format!("{:.3}", hit.score);
    let Palette { path: path_style, line, symbol: symbol_style, dim, .. } = palette;
    // Paths of a group after the first only repeat it.
    let path_style = if same_file { dim } else { path_style };
    write!(out, "{path_style}{path}{path_style:#}{dim}:{dim:#}{line}{lines}{line:#}")?;
    let place = screen::width(&path) + 1 + lines.len();
    let gap = if symbol.is_empty() { 0 } else { 2 };
    let rest = screen::width(&symbol) + gap + what.len() + 2 + score.len();
    let symbol = if screen.width.is_some_and(|columns| place + 2 + rest > columns) {
        write!(out, "\n{INDENT}")?;
        let others = INDENT.len() + gap + what.len() + 2 + score.len();
        screen::fit(&symbol, screen.width.map(|columns| columns.saturating_sub(others)))
    } else {
        write!(out, "  ")?;
        symbol
    };
    if !symbol.is_empty() {
        write!(out, "{symbol_style}{symbol}{symbol_style:#}  ")?;
    }
    writeln!(out, "{dim}{what}  {score}{dim:#}")
}

fn explain(out: &mut dyn Write, hit: &Hit, screen: Screen, palette: &Palette) -> io::Result<()> {
    let dim = palette.dim;
    let widest = hit.signals.iter().map(|signal| signal.name.len()).max().unwrap_or(0).max(SUM.len());
    let sum: f32 = hit.signals.iter().map(|signal| signal.part).sum();
    let parts =
        hit.signals.iter().map(|Signal { name, value, part }| format!("{name:widest$}  {part:+8.4}  from {value:.4}"));
    for row in parts.chain([format!("{SUM:widest$}  {sum:8.4}")]) {
        let row = screen::fit(&row, screen.width.map(|columns| columns.saturating_sub(INDENT.len())));
        writeln!(out, "{INDENT}{dim}{row}{dim:#}")?;
    }
    Ok(())
}

const SUM: &str = "score";

fn excerpt(out: &mut dyn Write, hit: &Hit, look: &Look<'_>, palette: &Palette) -> io::Result<()> {
    let lines: Vec<&str> = hit.text.lines().collect();
    let chosen = choose(hit, &lines);
    let Some(last) = chosen.keys().next_back() else { return Ok(()) };
    let digits = (hit.start_line as usize + last).to_string().len();
    let texts: BTreeMap<usize, String> = chosen.keys().map(|index| (*index, printable(lines[*index]))).collect();
    let indented = texts.values().filter(|text| !text.trim().is_empty());
    let margin = indented.map(|text| text.len() - text.trim_start_matches(' ').len()).min().unwrap_or(0);
    let room = look.screen.width.map(|columns| columns.saturating_sub(INDENT.len() + digits + 2).max(1));
    let Palette { line, dim, .. } = palette;
    let words = if look.screen.colour { words(look.query) } else { Vec::new() };
    let mut previous = None;
    for (index, text) in &texts {
        if previous.is_some_and(|previous| previous + 1 < *index) {
            writeln!(out, "{INDENT}{dim}{:>digits$}{dim:#}", "⋮")?;
        }
        previous = Some(*index);
        let number = hit.start_line as usize + index;
        let text = screen::fit(text.get(margin..).unwrap_or("").trim_end(), room);
        if text.is_empty() {
            writeln!(out, "{INDENT}{dim}{number:>digits$}{dim:#}")?;
        } else if chosen[index] {
            writeln!(out, "{INDENT}{line}{number:>digits$}{line:#}  {}", stand_out(&text, &words, palette))?;
        } else {
            writeln!(out, "{INDENT}{dim}{number:>digits$}  {text}{dim:#}")?;
        }
    }
    Ok(())
}

/// The words of a query that say something: short ones stand in every other line.
fn words(query: &str) -> Vec<String> {
    let words = query.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| word.chars().count() >= 4);
    words.map(str::to_ascii_lowercase).collect()
}

/// The line with those words in another style.
fn stand_out(text: &str, words: &[String], palette: &Palette) -> String {
    let folded = text.to_ascii_lowercase();
    let style = palette.found;
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let found = words.iter().filter(|word| folded[at..].starts_with(word.as_str())).map(String::len).max();
        let end = at + found.unwrap_or(c.len_utf8());
        match found {
            Some(_) => out.extend([&style.to_string(), &text[at..end], &format!("{style:#}")]),
            None => out.push(c),
        }
        at = end;
    }
    out
}

/// Which lines are shown, counted from the hit's first, and whether they matter: the best matching ones with a line around
/// each for orientation, or else the first ones.
fn choose(hit: &Hit, lines: &[&str]) -> BTreeMap<usize, bool> {
    let filled = |index: usize| lines.get(index).is_some_and(|line| !line.trim().is_empty());
    let matching: Vec<usize> = hit
        .matching_lines
        .iter()
        .filter_map(|line| line.checked_sub(hit.start_line))
        .map(|index| index as usize)
        .filter(|index| filled(*index))
        .take(MATCHES)
        .collect();
    let mut chosen: BTreeMap<usize, bool> = if matching.is_empty() {
        (0..lines.len()).filter(|index| filled(*index)).take(FIRST_LINES).map(|index| (index, true)).collect()
    } else {
        let around = matching.iter().flat_map(|index| [index.wrapping_sub(1), index + 1]);
        around.filter(|index| filled(*index)).map(|index| (index, false)).collect()
    };
    chosen.extend(matching.into_iter().map(|index| (index, true)));
    // A mark for a gap would take as much room as the one line that is missing.
    let indices: Vec<usize> = chosen.keys().copied().collect();
    let gaps = indices.windows(2).filter(|pair| pair[0] + 2 == pair[1]).map(|pair| (pair[0] + 1, false));
    chosen.extend(gaps);
    chosen
}

/// A result as programs read it.
#[derive(Serialize)]
struct Object<'a> {
    path: &'a str,
    start_line: u32,
    end_line: u32,
    symbol: &'a str,
    kind: Option<&'static str>,
    language: &'static str,
    score: f32,
    #[serde(serialize_with = "parts")]
    signals: &'a [Signal],
    text: &'a str,
}

fn parts<S: Serializer>(signals: &&[Signal], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(signals.len()))?;
    for signal in *signals {
        map.serialize_entry(signal.name, &signal.part)?;
    }
    map.end()
}

/// Prints for programs: one object a line, paths from the workspace.
pub(super) fn print_json(out: &mut dyn Write, hits: &[Hit]) -> anyhow::Result<()> {
    for hit in hits {
        let line = serde_json::to_string(&Object {
            path: &hit.path,
            start_line: hit.start_line,
            end_line: hit.end_line,
            symbol: &hit.symbol,
            kind: hit.kind.map(SymbolKind::as_str),
            language: hit.language.id(),
            score: hit.score,
            signals: &hit.signals,
            text: &hit.text,
        })?;
        writeln!(out, "{line}").context(WRITE)?;
    }
    Ok(())
}
