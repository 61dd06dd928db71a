//! What is shown when the pointer rests on a name: facts from the index, as Markdown.

use std::{
    fmt::Write,
    ops::Range,
    path::{Path, PathBuf},
};

use codecompass_core::language::detect;

use super::{
    facts::{self, At, Caller, Change, Defined, Facts, LastChange, Limits},
    outlines::Outlines,
};
use crate::live::View;

/// How much is shown of a name.
const LIMITS: Limits = Limits { definitions: 3, callers: 3 };

/// The address of a line (from 0) of a file, for a link.
pub type Link<'a> = &'a dyn Fn(&Path, u32) -> String;

/// What is shown, and the bytes of the text that it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Hover {
    /// Markdown.
    pub markdown: String,
    /// The name's bytes.
    pub range: Range<usize>,
    /// The definition that is meant: its file, absolute, and its name with those around it.
    pub defined: Option<(PathBuf, String)>,
}

/// Facts about the name at byte `at` of the file `key` in `views[0]`. `None` where there is nothing to say.
pub fn hover(
    views: &[&View],
    key: &str,
    at: usize,
    outlines: &Outlines,
    last_change: LastChange<'_>,
    link: Link<'_>,
) -> anyhow::Result<Option<Hover>> {
    let Some(view) = views.first() else { return Ok(None) };
    let Some(text) = view.text(key) else { return Ok(None) };
    let outline = outlines.of(&text, detect(key, &text));
    let Some(named) = facts::named(&text, &outline, at) else { return Ok(None) };
    let before = ends_in(&text[..named.range.start]);
    let from = At { key, line: before, before: named.before };
    let Some(facts) = facts::facts(views, named.name, from, LIMITS)? else { return Ok(None) };
    if outline.complete && !outline.definitions.is_empty() && !named.certain && !facts::likely(&facts, key) {
        return Ok(None);
    }
    let change = facts.definitions.first().and_then(|first| {
        let view = views.iter().find(|view| first.spot.path.starts_with(&view.root))?;
        last_change(view, &first.key, first.extent.clone())
    });
    let defined = facts.definitions.first().map(|first| (first.spot.path.clone(), first.qualified.clone()));
    Ok(Some(Hover { markdown: markdown(&facts, change.as_ref(), link), range: named.range, defined }))
}

fn ends_in(before: &str) -> u32 {
    before.bytes().filter(|&byte| byte == b'\n').count() as u32
}

/// The facts as a few lines of Markdown.
pub fn markdown(facts: &Facts, change: Option<&Change>, link: Link<'_>) -> String {
    let mut out = String::new();
    let Some(first) = facts.definitions.first() else { return out };
    writeln!(out, "**{}** `{}`, {}", first.kind.as_str(), first.qualified, place(first, link)).expect(TAKES_ALL);
    if let Some(doc) = &first.doc {
        writeln!(out, "\n{}", plain(doc)).expect(TAKES_ALL);
    }
    if facts.defined > 1 {
        let others: Vec<String> = facts.definitions[1..]
            .iter()
            .map(|other| format!("{} `{}` {}", other.kind.as_str(), other.qualified, place(other, link)))
            .collect();
        let more = facts.defined - facts.definitions.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        writeln!(out, "\n{} definitions are named `{}`; also {}{more}", facts.defined, facts.name, others.join(", "))
            .expect(TAKES_ALL);
    }
    let by_name = if facts.defined > 1 { " (of that name)" } else { "" };
    let count = facts.references;
    writeln!(out, "\n{count} reference{}{by_name}", if count == 1 { "" } else { "s" }).expect(TAKES_ALL);
    list(&mut out, "Used in", &facts.callers, link);
    list(&mut out, "Tested in", &facts.tests, link);
    if let Some(change) = change {
        writeln!(out, "\n{}", changed(change)).expect(TAKES_ALL);
    }
    out
}

/// `Changed 3 days ago by Ada: Count retries (abc1234)`.
pub fn changed(change: &Change) -> String {
    let (author, summary) = (plain(&change.author), plain(&change.summary));
    format!("Changed {} by {author}: {summary} (`{}`)", facts::ago(change.age_s), change.commit)
}

const TAKES_ALL: &str = "a string takes all that is written";

fn list(out: &mut String, title: &str, callers: &[Caller], link: Link<'_>) {
    if callers.is_empty() {
        return;
    }
    let each = callers.iter().map(|caller| {
        let within = if caller.within.is_empty() { String::new() } else { format!("`{}` ", caller.within) };
        format!("{within}{}", linked(&caller.key, &caller.spot.path, caller.spot.line, link))
    });
    writeln!(out, "\n{title} {}", each.collect::<Vec<_>>().join(", ")).expect(TAKES_ALL);
}

fn place(defined: &Defined, link: Link<'_>) -> String {
    linked(&defined.key, &defined.spot.path, defined.spot.line, link)
}

/// `[path:line](uri)`; lines are shown from 1.
fn linked(key: &str, path: &Path, line: u32, to: Link<'_>) -> String {
    format!("[{}:{}]({})", plain(key), line + 1, to(path, line))
}

/// Text of others, without the characters that mean something in Markdown: what a commit or a comment says can neither draw
/// images nor make links.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '`' | '#' | '|' | '!' => out.extend(['\\', c]),
            '\n' | '\r' | '\t' => out.push(' '),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
