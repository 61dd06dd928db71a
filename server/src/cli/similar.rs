//! `similar`: finds code like that at a place.

use std::path::Path;

use anyhow::anyhow;
use clap::Args;
use codecompass_core::hit::Mode;

use super::{
    Outcome, Session, folder, place,
    search::{self, Results},
};

const EXAMPLES: &str = "\
Examples:
  codecompass similar src/main.rs:42             code like the definition around line 42
  codecompass similar -n 3 --lang go lib/retry.py:10
  codecompass similar src/main.rs:42-60          as `search` prints it; the first line counts";

/// Find code like that at a place
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// A line of a file
    #[arg(value_name = "FILE:LINE", value_hint = clap::ValueHint::FilePath)]
    place: String,

    #[command(flatten)]
    results: Results,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> anyhow::Result<Outcome> {
    let exists = |path: &Path| session.current_dir.join(path).is_file() || session.root.join(path).is_file();
    let place = place::parse(&arguments.place, exists).map_err(|sentence| anyhow!(sentence))?;
    let typed = Path::new(&place.path);
    if !exists(typed) {
        return Err(anyhow!("there is no file `{}`; check its spelling", place.path));
    }
    let path = folder::inside(typed, &session.root, &session.current_dir)?;
    let request = arguments.results.request(String::new(), Mode::Hybrid);
    let mut engine = search::refreshed(session)?;
    let response = engine.similar(&path, place.line, &request)?;
    search::finish(&request, &response, arguments.results.explain, session)
}
