//! `eval`: asks questions whose answers are known, and prints how well the search answers them.

use std::{fs, path::PathBuf};

use anyhow::Context as _;
use clap::Args;
use codecompass_core::eval;
use serde_json::json;

use super::{
    Outcome, Session,
    screen::counted,
    search::{self, limit},
};
use crate::handlers::eval::{Answer, evaluate, read};

const EXAMPLES: &str = "\
Examples:
  codecompass eval questions.jsonl                     a table of how well they are answered
  codecompass eval questions.jsonl --json | jq .rows.overall
  codecompass eval questions.jsonl --results found.jsonl

A line of the file is one question with the places that answer it:
  {\"id\": \"1\", \"query\": \"where are retries counted\", \"targets\": [{\"path\": \"a.rs\", \"start\": 1, \"end\": 9}]}
\"kind\" may say what is an answer: \"doc\" (as without it) a result that shares lines with a target,
\"change\" and \"question\" a file. \"language\" groups, \"secondary\" names files that do not count, and
\"tree\" or \"repo\" names what it is asked of, for --tree.";

/// Measure the search with questions whose answers are known
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The questions, one JSON object a line
    #[arg(value_name = "QUERIES.jsonl", value_hint = clap::ValueHint::FilePath)]
    questions: PathBuf,

    /// How many results a question gets at the most
    #[arg(short = 'n', long, value_name = "COUNT", default_value = "50", value_parser = limit)]
    limit: usize,

    /// Ask only the questions of this source tree
    #[arg(long, value_name = "NAME")]
    tree: Option<String>,

    /// Also write what was found to a file, one JSON object a question
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    results: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> anyhow::Result<Outcome> {
    let file = arguments.questions.display();
    let text = fs::read_to_string(session.current_dir.join(&arguments.questions))
        .with_context(|| format!("cannot read the questions in `{file}`"))?;
    let mut questions = read(&text).with_context(|| format!("`{file}` cannot be used"))?;
    if let Some(tree) = &arguments.tree {
        questions.retain(|question| question.tree() == Some(tree));
        anyhow::ensure!(!questions.is_empty(), "no question in `{file}` is about `{tree}`; check its spelling");
    }
    let mut engine = search::refreshed(session)?;
    let evaluation = evaluate(&questions, arguments.limit, |request| engine.search(request))?;
    if let Some(path) = &arguments.results {
        fs::write(session.current_dir.join(path), lines(&evaluation.answers)?)
            .with_context(|| format!("cannot write the results to `{}`", path.display()))?;
    }
    let out = &mut *session.context.stdout;
    let lines = evaluation.median_lines;
    if session.json {
        let rows: serde_json::Map<String, serde_json::Value> = evaluation
            .rows
            .iter()
            .map(|row| Ok((row.name.clone(), serde_json::to_value(row)?)))
            .collect::<serde_json::Result<_>>()?;
        writeln!(out, "{}", json!({"rows": rows, "median_lines": lines}))
    } else {
        let lines = counted(lines.into(), "line");
        writeln!(out, "{}\nthe first ten results have {lines} (median)", eval::print(&evaluation.rows))
    }
    .context("cannot write the table")?;
    Ok(Outcome::Done)
}

fn lines(answers: &[Answer]) -> serde_json::Result<String> {
    let mut text = String::new();
    for answer in answers {
        text.push_str(&serde_json::to_string(answer)?);
        text.push('\n');
    }
    Ok(text)
}
