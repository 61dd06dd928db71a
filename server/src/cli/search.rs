//! `search`: finds code. The index is built or brought up to date first, so that one command on a fresh clone answers.

use anyhow::bail;
use clap::Args;
use codecompass_core::{
    hit::Mode,
    language::{Language, SymbolKind},
};

use super::{
    Outcome, Session,
    folder::Shown,
    hits::{self, Look},
    index,
    words::{KINDS, LANGUAGES, MODES},
};
use crate::{
    engine::{Access, Effort, Engine},
    handlers::search::{SearchRequest, SearchResponse},
};

const EXAMPLES: &str = "\
Examples:
  codecompass search where do we retry a failed request
  codecompass search --mode symbol Session           definitions of that name, also misspelt ones
  codecompass search '\"connection reset by peer\"'    these very words
  codecompass search -n 3 --lang python,go retry with backoff
  codecompass search --path 'server/**' --kind function parse arguments
  codecompass search --explain read settings         why each result stands where it stands
  codecompass search --json TODO | jq -r .path

Words need no quotes of the shell unless they hold characters that mean something to it. Put `--`
before words that begin with a dash.";

/// A longer query is a mistake, such as a file pasted whole.
const LONGEST_QUERY: usize = 64 << 10;

/// Find code by meaning, by words and by name
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// What to look for: a question, a description, names, or "quoted words"
    #[arg(required = true, value_name = "QUERY")]
    query: Vec<String>,

    /// Which signals are used: all of them (hybrid), words, vectors, or names of definitions
    #[arg(long, value_name = "MODE", value_parser = MODES, default_value = "hybrid", help_heading = "How to search")]
    mode: Mode,

    #[command(flatten)]
    results: Results,
}

/// Which results are wanted and how they are shown.
#[derive(Debug, Args)]
pub(super) struct Results {
    /// How many results at the most
    #[arg(
        short = 'n', long, value_name = "COUNT", default_value = "10", help_heading = "Results",
        value_parser = limit
    )]
    limit: usize,

    /// Only files in these languages, such as rust or c++
    #[arg(
        long = "lang", value_name = "LANGUAGE", value_parser = LANGUAGES, value_delimiter = ',',
        hide_possible_values = true, help_heading = "Filters", long_help = languages_help()
    )]
    languages: Vec<Language>,

    /// Only paths that match one of these patterns, seen from the workspace, such as 'src/**/*.rs'
    #[arg(long = "path", value_name = "GLOB", help_heading = "Filters", value_parser = glob)]
    paths: Vec<String>,

    /// Only definitions of these kinds, such as function or class
    #[arg(
        long = "kind", value_name = "KIND", value_parser = KINDS, value_delimiter = ',', help_heading = "Filters"
    )]
    kinds: Vec<SymbolKind>,

    /// Show the parts of each score
    #[arg(long, help_heading = "Results")]
    pub(super) explain: bool,
}

impl Results {
    pub(super) fn request(&self, query: String, mode: Mode) -> SearchRequest {
        SearchRequest {
            query,
            limit: self.limit,
            mode,
            languages: self.languages.clone(),
            paths: self.paths.clone(),
            kinds: self.kinds.clone(),
        }
    }
}

const MOST_RESULTS: usize = 1000;

/// A number of results, as it is typed.
pub(super) fn limit(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=MOST_RESULTS).contains(number));
    number.ok_or_else(|| format!("it must be a whole number from 1 to {MOST_RESULTS}"))
}

fn languages_help() -> String {
    let ids: Vec<&str> = Language::ALL.iter().map(|language| language.id()).collect();
    format!(
        "Only files in these languages; common short forms such as c++ or js are understood\n\n[languages: {}]",
        ids.join(", ")
    )
}

fn glob(text: &str) -> Result<String, String> {
    match globset::Glob::new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(error.kind().to_string()),
    }
}

impl Arguments {
    fn query(&self) -> String {
        self.query.join(" ")
    }

    /// Refuses what cannot be a query, before anything is opened or read.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let query = self.query();
        if query.trim().is_empty() {
            bail!("the query is empty; say what to look for, for example: codecompass search read the settings");
        }
        if query.len() > LONGEST_QUERY {
            bail!("the query has {} bytes, the limit is {LONGEST_QUERY}; search for a part of it", query.len());
        }
        Ok(())
    }
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> anyhow::Result<Outcome> {
    let request = arguments.results.request(arguments.query(), arguments.mode);
    let mut engine = refreshed(session)?;
    let response = engine.search(&request)?;
    finish(&request, &response, arguments.results.explain, session)
}

/// The engine on an index that is up to date. A person who waited for that is told what was done.
pub(super) fn refreshed(session: &mut Session<'_, '_>) -> anyhow::Result<Box<dyn Engine>> {
    let mut engine = session.open(Access::Refresh)?;
    let report = session.refresh(engine.as_mut())?;
    session.fill(engine.as_mut(), Effort::Rest)?;
    if session.context.stderr_screen.terminal && report.elapsed.as_secs() > 0 {
        let summary = index::summary(&report, &session.root);
        session.note(&summary);
    }
    Ok(engine)
}

/// Prints what was found.
pub(super) fn finish(
    request: &SearchRequest,
    response: &SearchResponse,
    explain: bool,
    session: &mut Session<'_, '_>,
) -> anyhow::Result<Outcome> {
    for note in &response.notes {
        session.note(note);
    }
    if response.hits.is_empty() {
        let filtered = !request.languages.is_empty() || !request.paths.is_empty() || !request.kinds.is_empty();
        let instead = if filtered { "try it without the filters" } else { "try other words" };
        // The exit code says it too.
        let _ = writeln!(session.context.stderr, "nothing found; {instead}");
        return Ok(Outcome::NothingFound);
    }
    if session.json {
        hits::print_json(session.context.stdout, &response.hits)?;
    } else {
        let shown = Shown::new(&session.root, session.named.as_deref(), &session.current_dir);
        let look = Look { screen: session.context.stdout_screen, query: &request.query, explain };
        hits::print(session.context.stdout, &response.hits, &shown, &look)?;
    }
    Ok(Outcome::Done)
}
