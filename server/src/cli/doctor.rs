//! `doctor`: what is wrong and how to mend it: hosts, index, cache folder, configuration.

use anyhow::Context as _;
use clap::Args;

use super::{Outcome, Session, screen::printable};
use crate::{
    engine::Access,
    handlers::doctor::{Diagnosis, Finding, Level, Patient, SettingReport, diagnose, index},
    hosts,
    workspace::walk,
};

const EXAMPLES: &str = "\
Examples:
  codecompass doctor
  codecompass doctor --quick                          ask no model anything
  codecompass doctor --json | jq '.findings[] | select(.level != \"ok\")'

Every model host is asked for its version and its models, and a model for a short answer and for a
few vectors, which shows whether answers come as they are made, and how fast; that may load it.

Exit codes: 0 nothing is broken, 1 something is, 2 error.";

/// Find out what is wrong, and how to mend it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Ask no model anything
    #[arg(long)]
    quick: bool,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> anyhow::Result<Outcome> {
    // Its findings say what would be warned of.
    let hosts = hosts::open(&session.config.settings, &session.context.environment);
    let patient = Patient {
        config: &session.config,
        cache: session.cache_dir().map_err(|error| format!("{error:#}")),
        indexes: index::stored(session.open(Access::Look).and_then(|engine| engine.status())),
        watched: walk::walk(&session.root, &session.config.settings.index, &|| false)
            .map_or(0, |walk| walk.folders.len() as u64),
        hosts,
    };
    let diagnosis = hosts::wait(diagnose(patient, !arguments.quick, &|_| {}))?;
    if session.json {
        let line = serde_json::to_string(&diagnosis)?;
        writeln!(session.context.stdout, "{line}").context("cannot write the findings")?;
    } else {
        print_all(session, &diagnosis).context("cannot write the findings")?;
    }
    Ok(if diagnosis.ok { Outcome::Done } else { Outcome::Broken })
}

fn print_all(session: &mut Session<'_, '_>, diagnosis: &Diagnosis) -> std::io::Result<()> {
    for finding in &diagnosis.findings {
        print(session, finding)?;
    }
    let dim = session.context.stdout_screen.palette().dim;
    for SettingReport { name, value, source } in &diagnosis.settings {
        let (value, source) = (printable(value), printable(source));
        writeln!(session.context.stdout, "setting  {name} = {value}  {dim}{source}{dim:#}")?;
    }
    Ok(())
}

fn print(session: &mut Session<'_, '_>, finding: &Finding) -> std::io::Result<()> {
    let palette = session.context.stdout_screen.palette();
    let (mark, style) = match finding.level {
        Level::Ok => ("ok     ", palette.note),
        Level::Warning => ("warning", palette.warning),
        Level::Problem => ("problem", palette.error),
    };
    let out = &mut *session.context.stdout;
    writeln!(out, "{style}{mark}{style:#}  {}: {}", printable(&finding.about), printable(&finding.message))?;
    match &finding.fix {
        Some(fix) => writeln!(out, "         -> {}", printable(fix)),
        None => Ok(()),
    }
}
