//! `config show`: every setting with its value and where that comes from.

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::{Map, json};

use super::{Outcome, Session, screen::printable};
use crate::config::load::shown;

const EXAMPLES: &str = "\
Examples:
  codecompass config show
  CODECOMPASS_INDEX_THREADS=2 codecompass config show
  codecompass config show --json | jq '.settings.\"index.exclude\"'";

/// Show the settings and where they come from
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Print every setting with its value and its source
    #[command(after_help = EXAMPLES)]
    Show,
}

pub(crate) fn show(session: &mut Session<'_, '_>) -> anyhow::Result<Outcome> {
    if session.json { show_json(session) } else { show_text(session) }.context("cannot write the settings")?;
    Ok(Outcome::Done)
}

fn show_json(session: &mut Session<'_, '_>) -> anyhow::Result<()> {
    let config = &session.config;
    let mut settings = Map::new();
    for (key, value, origin) in shown(config) {
        settings.insert(key.name.to_owned(), json!({"value": value, "source": origin}));
    }
    let all = json!({
        "workspace": session.root.to_string_lossy(),
        "settings": settings,
        "user_file": config.user_file.as_ref().map(|path| path.to_string_lossy()),
        "project_file": config.project_file.to_string_lossy(),
        "cache_dir": session.cache_dir().ok().map(|path| path.to_string_lossy().into_owned()),
        "mistakes": config.mistakes,
    });
    writeln!(session.context.stdout, "{all}")?;
    Ok(())
}

fn show_text(session: &mut Session<'_, '_>) -> anyhow::Result<()> {
    let cache_dir = session.cache_dir();
    let config = &session.config;
    let palette = session.context.stdout_screen.palette();
    let (heading, dim) = (palette.heading, palette.dim);
    let rows: Vec<(&str, String, String)> = shown(config)
        .map(|(key, value, origin)| (key.name, printable(&value.to_string()), printable(&origin.to_string())))
        .collect();
    let widest = |column: fn(&(&str, String, String)) -> usize| rows.iter().map(column).max().unwrap_or(0);
    let names = widest(|(name, ..)| name.len());
    // One long list must not push all sources off the screen.
    let values = widest(|(_, value, _)| value.chars().count()).min(32);
    let out = &mut *session.context.stdout;
    for (name, value, origin) in &rows {
        writeln!(out, "{heading}{name:<names$}{heading:#}  {value:<values$}  {dim}{origin}{dim:#}")?;
    }
    let exists = |path: &std::path::Path| if path.exists() { "" } else { " (does not exist)" };
    let user_file = config.user_file.as_ref().map_or_else(
        || "none: there is no home folder".to_owned(),
        |path| format!("{}{}", path.display(), exists(path)),
    );
    let project_file = format!("{}{}", config.project_file.display(), exists(&config.project_file));
    let cache_dir = cache_dir.map_or_else(|error| format!("none: {error}"), |path| path.display().to_string());
    writeln!(out)?;
    for (name, value) in [("user file", user_file), ("project file", project_file), ("cache folder", cache_dir)] {
        writeln!(out, "{heading}{name:<names$}{heading:#}  {}", printable(&value))?;
    }
    Ok(())
}
