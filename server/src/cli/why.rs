//! `why`: why a file is, or is not, in the index.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use anyhow::Context as _;
use clap::Args;

use super::{
    Outcome, Session, folder,
    screen::{Screen, counted, printable},
};
use crate::{
    engine::Access,
    handlers::why::{Why, remedy, to_json},
};

const EXAMPLES: &str = "\
Examples:
  codecompass why src/main.rs        its language and its chunks
  codecompass why target/debug/x     the rule that leaves it out, with the rule's file and line
  codecompass why --json .env";

/// Say why a file is, or is not, in the index
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The file, or a folder
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::AnyPath)]
    file: PathBuf,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> anyhow::Result<Outcome> {
    let path = folder::inside(&arguments.file, &session.root, &session.current_dir)?;
    let why = session.open(Access::Look)?.why(&path)?;
    let shown = path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
    let shown = if shown.is_empty() { ".".to_owned() } else { shown };
    let out = &mut *session.context.stdout;
    if session.json {
        let answer = to_json(&shown, &why)?;
        writeln!(out, "{answer}")
    } else {
        print(out, &shown, &why, session.context.stdout_screen)
    }
    .context("cannot write the answer")?;
    Ok(if why == Why::Missing { Outcome::NothingFound } else { Outcome::Done })
}

fn print(out: &mut dyn Write, path: &str, why: &Why, screen: Screen) -> io::Result<()> {
    let palette = screen.palette();
    let (style, line) = (palette.path, palette.line);
    write!(out, "{style}{}{style:#} ", printable(path))?;
    match why {
        Why::Indexed { language, chunks } => {
            writeln!(out, "is indexed as {}, in {}", language.name(), counted(chunks.len() as u64, "chunk"))?;
            let widest = chunks.iter().map(|(start, end, _)| format!("{start}-{end}").len()).max().unwrap_or(0);
            for (start, end, symbol) in chunks {
                let lines = format!("{start}-{end}");
                if symbol.is_empty() {
                    writeln!(out, "  {line}{lines}{line:#}")?;
                } else {
                    writeln!(out, "  {line}{lines:<widest$}{line:#}  {}", printable(symbol))?;
                }
            }
            Ok(())
        }
        Why::Folder => writeln!(out, "is a folder whose files are looked at; ask for one of them"),
        Why::NotYet => writeln!(out, "is not indexed yet; the next `search` or `index` takes it in"),
        Why::Skipped(reason) => {
            writeln!(out, "is not indexed: {}", printable(&reason.to_string()))?;
            match remedy(path, reason) {
                Some(remedy) => writeln!(out, "  {}", printable(&remedy)),
                None => Ok(()),
            }
        }
        Why::Missing => writeln!(out, "does not exist in this workspace"),
    }
}
