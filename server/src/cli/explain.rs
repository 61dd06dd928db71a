//! `explain`: explains a file, a folder, or lines of a file.

use std::{ops::Range, path::Path};

use anyhow::anyhow;
use clap::Args;
use codecompass_core::prompt::Span;

use super::{
    Outcome, Session,
    ask::{self, Options, Request},
    folder,
};
use crate::{
    conversations::{Mode, Subject},
    handlers::{
        context::Target,
        converse::{What, history::history},
    },
    workspace::key::key_of,
};

const EXAMPLES: &str = "\
Examples:
  codecompass explain src/store.rs:42            the definition around line 42
  codecompass explain src/store.rs:42-60         these lines
  codecompass explain src/store.rs               the file
  codecompass explain src/                       the folder
  codecompass explain src/main.rs:7 --problem 'mismatched types'
  codecompass ask -c can it fail                 asks on about what was explained

Without a model it says what the index knows: who uses it, what it uses, who changed it last.";

/// Explain a piece of code, a file or a folder
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// A file, one line of it, or some; or a folder
    #[arg(value_name = "FILE[:LINE[-LINE]]", value_hint = clap::ValueHint::AnyPath)]
    place: String,

    /// The name that is meant in that line
    #[arg(long, value_name = "NAME", conflicts_with = "problem")]
    symbol: Option<String>,

    /// What some tool reports there
    #[arg(long, value_name = "MESSAGE")]
    problem: Option<String>,

    #[command(flatten)]
    options: Options,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> anyhow::Result<Outcome> {
    let exists = |path: &Path| session.current_dir.join(path).exists() || session.root.join(path).exists();
    let (typed, lines) = parse(&arguments.place, exists).map_err(|sentence| anyhow!(sentence))?;
    if !exists(Path::new(&typed)) {
        return Err(anyhow!("there is no file `{typed}`; check its spelling"));
    }
    let below = folder::inside(Path::new(&typed), &session.root, &session.current_dir)?;
    let path = session.root.join(&below);
    let target = target(arguments, &path, lines.clone());
    let subject = Subject {
        path,
        lines: lines.as_ref().map(Span::of),
        symbol: arguments.symbol.clone(),
        problem: arguments.problem.clone(),
    };
    let request = Request { question: String::new(), mode: Mode::Explain, subject: Some(subject) };
    ask::answer(&arguments.options, request, session, &mut |_, earlier| {
        Ok(What::Explanation { key: key_of(&below), target: target.clone(), history: history(earlier) })
    })
}

fn target(arguments: &Arguments, path: &Path, lines: Option<Range<u32>>) -> Target {
    if path.is_dir() {
        return Target::Folder;
    }
    match (&arguments.problem, &arguments.symbol, lines) {
        (Some(problem), _, lines) => Target::Problem(lines.unwrap_or(0..1), problem.clone()),
        (None, Some(symbol), lines) => Target::Symbol(lines.map_or(0, |lines| lines.start), Some(symbol.clone())),
        (None, None, Some(lines)) if lines.len() > 1 => Target::Lines(lines),
        (None, None, Some(lines)) => Target::Symbol(lines.start, None),
        (None, None, None) => Target::File,
    }
}

/// Reads `FILE`, `FILE:LINE` and `FILE:FIRST-LAST`; lines are from 0 then, end exclusive. A file may be called like that
/// itself.
fn parse(text: &str, exists: impl Fn(&Path) -> bool) -> Result<(String, Option<Range<u32>>), String> {
    let whole = (text.to_owned(), None);
    let Some((path, lines)) = text.rsplit_once(':').filter(|(path, _)| !path.is_empty()) else { return Ok(whole) };
    if exists(Path::new(text)) {
        return Ok(whole);
    }
    let (first, last) = lines.split_once('-').unwrap_or((lines, lines));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(first) || !digits(last) {
        return Ok(whole);
    }
    match (first.parse::<u32>(), last.parse::<u32>()) {
        (Ok(first), Ok(last)) if first > 0 && last >= first => Ok((path.to_owned(), Some(first - 1..last))),
        _ => Err(format!("`{text}` names lines that no file has; lines count from 1, the first one comes first")),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn places_are_read() {
        let read = |text: &str| parse(text, |path| path == Path::new("odd:3")).unwrap();
        assert_eq!(read("src/a.rs"), ("src/a.rs".to_owned(), None));
        assert_eq!(read("src/a.rs:3"), ("src/a.rs".to_owned(), Some(2..3)));
        assert_eq!(read("src/a.rs:3-7"), ("src/a.rs".to_owned(), Some(2..7)));
        assert_eq!(read("odd:3"), ("odd:3".to_owned(), None));
        assert_eq!(read("C:\\a.rs"), ("C:\\a.rs".to_owned(), None));
        for wrong in ["a:0", "a:7-3", "a:99999999999"] {
            assert!(parse(wrong, |_| false).unwrap_err().contains("no file has"), "{wrong}");
        }
    }
}
