//! `index`: builds the index, or brings it up to date.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use super::{
    Common, Outcome, Session,
    screen::{count, counted},
};
use crate::engine::{Access, Effort, IndexReport};

const EXAMPLES: &str = "\
Examples:
  codecompass index                  the enclosing git repository, or the current folder
  codecompass index ~/src/project    that folder
  codecompass index --json           what was done, as one JSON object

`search` does this by itself; `index` is for doing it beforehand. Only what changed since the last
time is read again. `status` says what the index holds, `why FILE` why a file is not in it.";

/// Build the index, or bring it up to date
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The folder to index; the same as --workspace
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    folder: Option<PathBuf>,
}

impl Arguments {
    /// The folder that was named, in either way.
    pub(super) fn workspace(&self, common: &Common) -> anyhow::Result<Option<PathBuf>> {
        match (&self.folder, &common.workspace) {
            (Some(folder), Some(other)) if folder != other => bail!(
                "two folders are named, `{}` and --workspace `{}`; name only one",
                folder.display(),
                other.display()
            ),
            (folder, other) => Ok(folder.clone().or_else(|| other.clone())),
        }
    }
}

pub(crate) fn run(session: &mut Session<'_, '_>) -> anyhow::Result<Outcome> {
    let mut engine = session.open(Access::Refresh)?;
    let mut report = session.refresh(engine.as_mut())?;
    report.embedding = session.fill(engine.as_mut(), Effort::All)?;
    if session.json {
        let line = serde_json::to_string(&report)?;
        writeln!(session.context.stdout, "{line}").context("cannot write the report")?;
    }
    let summary = summary(&report, &session.root);
    // The index is up to date whether or not anybody can be told.
    let _ = writeln!(session.context.stderr, "{summary}");
    if let Some(filled) = &report.embedding {
        let embedded = counted(filled.embedded, "chunk");
        let pending =
            if filled.pending > 0 { format!(", {} without one yet", count(filled.pending)) } else { String::new() };
        let _ = writeln!(session.context.stderr, "vectors of {}: {embedded} embedded{pending}", filled.embedder);
    }
    Ok(Outcome::Done)
}

/// What was done, as one sentence.
pub(super) fn summary(report: &IndexReport, root: &Path) -> String {
    let elapsed = if report.elapsed.as_secs() > 0 {
        format!("{:.1} s", report.elapsed.as_secs_f64())
    } else {
        format!("{} ms", report.elapsed.as_millis())
    };
    let root = root.display();
    let mut reasons: Vec<(&String, u64)> = report.skipped.iter().map(|(reason, files)| (reason, *files)).collect();
    reasons.retain(|(_, files)| *files > 0);
    reasons.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let reasons: Vec<String> = reasons.iter().map(|(reason, files)| format!("{} {reason}", count(*files))).collect();
    let left_out = if reasons.is_empty() { String::new() } else { format!("; left out: {}", reasons.join(", ")) };
    if report.up_to_date {
        let seen = counted(report.files_seen, "file");
        return format!("the index of {root} is up to date: {seen} looked at in {elapsed}{left_out}");
    }
    let removed = match report.files_removed {
        0 => String::new(),
        removed => format!(", removed {}", counted(removed, "file")),
    };
    format!(
        "indexed {} of {root} in {elapsed}{removed}: {} embedded, {} known already{left_out}",
        counted(report.files_indexed, "file"),
        counted(report.chunks_embedded, "chunk"),
        count(report.chunks_reused),
    )
}
