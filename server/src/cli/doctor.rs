//! `doctor`: what is wrong and how to mend it: hosts, index, cache folder, configuration.

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use super::{Outcome, Session, screen::printable};
use crate::{
    config::options::key,
    config::report::Origin,
    engine::Access,
    handlers::{
        doctor::{Depth, Finding, Level, examine},
        report::writable,
    },
    hosts,
};

const EXAMPLES: &str = "\
Examples:
  codecompass doctor
  codecompass doctor --quick                          ask no model anything
  codecompass doctor --json | jq '.findings[] | select(.level != \"ok\")'

Every model host is asked for its version and its models, and one model for a short answer, which
shows whether answers come as they are made, and how fast; that may load the model.

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
    let mut findings = configuration(session);
    findings.push(cache(session));
    findings.push(index(session));
    let configured = key("ollama.hosts").is_some_and(|key| *session.config.origin(key) != Origin::Default);
    let depth = Depth { configured, ask: !arguments.quick };
    let mut reports = Vec::new();
    for host in hosts::open(&session.config.settings, &session.context.environment) {
        let (report, found) = hosts::wait(examine(&host, depth))?;
        findings.extend(found);
        reports.push(report);
    }
    if reports.is_empty() {
        findings.push(Finding::warning("hosts", "there is no model host", "name one in `ollama.hosts`"));
    }
    let worst = findings.iter().map(|finding| finding.level).max();
    if session.json {
        let line = json!({"findings": findings, "hosts": reports, "ok": worst < Some(Level::Problem)});
        writeln!(session.context.stdout, "{line}")
    } else {
        findings.iter().try_for_each(|finding| print(session, finding))
    }
    .context("cannot write the findings")?;
    Ok(if worst < Some(Level::Problem) { Outcome::Done } else { Outcome::Broken })
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

fn configuration(session: &Session<'_, '_>) -> Vec<Finding> {
    let mistakes = &session.config.mistakes;
    if mistakes.is_empty() {
        return vec![Finding::ok("configuration", "no mistakes")];
    }
    let fix = "mend that line; `codecompass config show` prints every setting and its source";
    mistakes.iter().map(|mistake| Finding::problem("configuration", mistake.to_string(), fix)).collect()
}

fn cache(session: &Session<'_, '_>) -> Finding {
    let about = "cache folder";
    let folder = match session.cache_dir() {
        Ok(folder) => folder,
        Err(error) => return Finding::problem(about, format!("{error:#}"), "set CODECOMPASS_CACHE_DIR"),
    };
    match std::fs::create_dir_all(&folder).and_then(|()| writable(&folder)) {
        Ok(()) => Finding::ok(about, folder.display().to_string()),
        Err(error) => Finding::problem(
            about,
            format!("{} cannot be written: {error}", folder.display()),
            "set CODECOMPASS_CACHE_DIR to a folder that can be",
        ),
    }
}

fn index(session: &Session<'_, '_>) -> Finding {
    let rebuild = "`codecompass index` builds it, and so does the first search";
    match session.open(Access::Look).and_then(|engine| engine.status()) {
        Err(error) => Finding::problem("index", format!("{error:#}"), "mend this, then run `codecompass index`"),
        Ok(status) if status.index.age_s.is_none() => Finding::warning("index", "there is none yet", rebuild),
        Ok(status) if !status.errors.is_empty() => {
            Finding::warning("index", status.errors.join("; "), "`codecompass status` says more")
        }
        Ok(status) => Finding::ok("index", format!("{} files of {}", status.files.indexed, status.workspace)),
    }
}
