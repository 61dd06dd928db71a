//! `status`: what the index holds, what it left out, and what is wrong.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    time::{Duration, SystemTime},
};

use anyhow::Context as _;
use clap::Args;

use super::{
    Outcome, Session,
    screen::{Screen, count, printable},
};
use crate::{
    calendar,
    config::{
        folders::{self, System},
        options::key,
        report::Origin,
        size,
    },
    engine::Access,
    handlers::{report::said_of_host, status::Status},
    hosts,
    usage::{Counted, Row, Usage, by_model, in_words},
};

const EXAMPLES: &str = "\
Examples:
  codecompass status
  codecompass status --json | jq .files.skipped

It only looks: nothing is indexed. `why FILE` says why a single file was left out.";

/// How long hosts may take to say how they are.
const PATIENCE: Duration = Duration::from_secs(3);
/// Programs are told of so many days,
const DAYS: u64 = 30;
/// and people of so many.
const WEEK: u64 = 7;

/// Show what the index holds and what it left out
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {}

pub(crate) fn run(session: &mut Session<'_, '_>) -> anyhow::Result<Outcome> {
    let mut status = session.open(Access::Look)?.status()?;
    let pool = session.pool();
    // What is not known by then is said to be unknown.
    hosts::wait(async { tokio::time::timeout(PATIENCE, pool.refresh()).await.ok() })?;
    status.hosts = pool.states();
    if let Some(state) = folders::state_dir(&session.context.environment, System::HERE) {
        status.usage = Usage::of(&state).last(DAYS);
    }
    let configured = key("ollama.hosts").is_some_and(|key| *session.config.origin(key) != Origin::Default);
    let out = &mut *session.context.stdout;
    if session.json {
        let line = serde_json::to_string(&status)?;
        writeln!(out, "{line}")
    } else {
        if !configured {
            // Nobody said that there is one, so that it is no news when there is none.
            status.hosts.retain(|host| host.state == "up");
        }
        print(out, &status, session.context.stdout_screen)
    }
    .context("cannot write the status")?;
    Ok(Outcome::Done)
}

fn print(out: &mut dyn Write, status: &Status, screen: Screen) -> io::Result<()> {
    let heading = screen.palette().heading;
    let mut row = |name: &str, text: &str| writeln!(out, "{heading}{name:<10}{heading:#}  {}", printable(text));
    let Status { workspace, files, chunks, languages, embedder, embedding, index, hosts, usage, errors } = status;
    row("workspace", workspace)?;
    if let Some(age) = index.age_s {
        row(
            "index",
            &format!(
                "{} for {} of text{}",
                size::about(index.bytes),
                size::about(index.text_bytes),
                ratio(index.bytes, index.text_bytes)
            ),
        )?;
        row("", &format!("generation {}, format {}, in {}", index.generation, index.schema, index.folder))?;
        row("changed", &ago(age))?;
        row("files", &format!("{} of {} indexed", count(files.indexed), count(files.seen)))?;
        if !files.skipped.is_empty() {
            row("left out", &most_first(&files.skipped))?;
        }
        let pending = match chunks.pending {
            0 => String::new(),
            pending => format!(", {} still without a vector", count(pending)),
        };
        row("chunks", &format!("{}, {} with a vector{pending}", count(chunks.total), count(chunks.embedded)))?;
        if !languages.is_empty() {
            row("languages", &most_first(languages))?;
        }
        let answers = if embedding.answers == *embedder {
            String::new()
        } else {
            format!("; searches use {}", embedding.answers)
        };
        row("embedder", &format!("{embedder}{answers}"))?;
    } else {
        row("index", "none yet; `codecompass index` builds it, and so does the first search")?;
    }
    for host in hosts {
        row("host", &said_of_host(host))?;
    }
    for line in used(usage) {
        row("asked", &line)?;
    }
    for error in errors {
        row("problem", error)?;
    }
    Ok(())
}

/// What models were asked today and in the last week, a line each.
fn used(rows: &[Row]) -> Vec<String> {
    let today = calendar::days(SystemTime::now());
    let first = calendar::date((today + 1).saturating_sub(WEEK));
    let week: Vec<Row> = rows.iter().filter(|row| row.day >= first).cloned().collect();
    let line = |counted: Counted| {
        let Counted { all, today } = counted;
        let (who, week) = (format!("{} on {}", all.model, all.host), in_words(&all));
        match today.answers {
            0 => format!("{who}: in {WEEK} days {week}; today nothing"),
            _ if today.answers == all.answers => format!("{who}: today {week}; before, nothing in {WEEK} days"),
            _ => format!("{who}: today {}; in {WEEK} days {week}", in_words(&today)),
        }
    };
    by_model(&week, &calendar::date(today)).into_iter().map(line).collect()
}

fn ratio(bytes: u64, text_bytes: u64) -> String {
    if text_bytes == 0 { String::new() } else { format!(" ({:.2} x)", bytes as f64 / text_bytes as f64) }
}

fn most_first(counts: &BTreeMap<String, u64>) -> String {
    let mut counts: Vec<(&String, &u64)> = counts.iter().collect();
    counts.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    counts.iter().map(|(name, number)| format!("{} {name}", count(**number))).collect::<Vec<_>>().join(", ")
}

fn ago(seconds: u64) -> String {
    match seconds {
        0..=59 => format!("{seconds} s ago"),
        60..=3_599 => format!("{} min ago", seconds / 60),
        3_600..=86_399 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}
