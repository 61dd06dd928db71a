//! `conversations`: what was asked about this workspace and is kept.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde_json::json;

use super::{Outcome, Session, markdown::Markdown, screen};
use crate::{
    config::folders::{self, System},
    conversations::{Conversations, export},
    handlers::facts::ago,
};

const EXAMPLES: &str = "\
Examples:
  codecompass conversations list
  codecompass conversations show m3x9             the beginning of an id is enough
  codecompass conversations export m3x9 > chat.md
  codecompass conversations rm m3x9
  codecompass conversations rm --all
  codecompass ask --conversation m3x9 and then?   goes on with it";

/// List, show, export and remove conversations about this workspace
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List them, the latest first
    List,
    /// Show one
    Show {
        /// Its id, or the beginning of it; the latest when it is left out
        id: Option<String>,
    },
    /// Print one as Markdown
    Export {
        /// Its id, or the beginning of it; the latest when it is left out
        id: Option<String>,
    },
    /// Give one another title
    Rename {
        /// Its id, or the beginning of it
        id: String,
        /// The title
        #[arg(required = true)]
        title: Vec<String>,
    },
    /// Remove one, or all of them
    Rm {
        /// Its id, or the beginning of it
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        id: Option<String>,
        /// All conversations about this workspace
        #[arg(long)]
        all: bool,
    },
}

const WRITE: &str = "cannot write the conversations";

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> anyhow::Result<Outcome> {
    let state = folders::state_dir(&session.context.environment, System::HERE)
        .context("no conversations are kept, because HOME is not set to a folder; set XDG_STATE_HOME to one")?;
    let store = Conversations::of(&state, &session.root);
    let chosen = |id: &Option<String>| match id {
        Some(beginning) => store.find(beginning),
        None => store.latest()?.context("there is no conversation about this workspace; `codecompass ask` begins one"),
    };
    match &arguments.command {
        Command::List => list(&store, session),
        Command::Show { id } => {
            let conversation = store.read(&chosen(id)?)?;
            let text = export::markdown(&conversation);
            if session.json {
                let turns: Vec<_> = conversation.turns.iter().map(|turn| json!(turn)).collect();
                let object = json!({ "conversation": conversation.summary, "turns": turns });
                writeln!(session.context.stdout, "{object}").context(WRITE)?;
            } else if session.context.stdout_screen.terminal {
                let mut markdown = Markdown::new(session.context.stdout_screen);
                write!(session.context.stdout, "{}{}", markdown.next(&text), markdown.end()).context(WRITE)?;
            } else {
                write!(session.context.stdout, "{text}").context(WRITE)?;
            }
            Ok(Outcome::Done)
        }
        Command::Export { id } => {
            let text = export::markdown(&store.read(&chosen(id)?)?);
            write!(session.context.stdout, "{text}").context(WRITE)?;
            Ok(Outcome::Done)
        }
        Command::Rename { id, title } => {
            store.rename(&store.find(id)?, &title.join(" "))?;
            Ok(Outcome::Done)
        }
        Command::Rm { all: true, .. } => {
            let count = store.remove_all()?;
            let sentence = format!("{} removed", screen::counted(count as u64, "conversation"));
            session.note(&sentence);
            Ok(if count > 0 { Outcome::Done } else { Outcome::NothingFound })
        }
        Command::Rm { id: Some(id), .. } => {
            store.remove(&store.find(id)?)?;
            Ok(Outcome::Done)
        }
        Command::Rm { id: None, .. } => bail!("say which conversation, or `--all`"),
    }
}

fn list(store: &Conversations, session: &mut Session<'_, '_>) -> anyhow::Result<Outcome> {
    let all = store.list()?;
    let palette = session.context.stdout_screen.palette();
    let (symbol, dim) = (palette.symbol, palette.dim);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    for summary in &all {
        if session.json {
            writeln!(session.context.stdout, "{}", json!(summary)).context(WRITE)?;
            continue;
        }
        let age = now.saturating_sub(Duration::from_millis(summary.updated)).as_secs();
        let questions = screen::counted(summary.turns as u64, "question");
        let title = screen::printable(&summary.title);
        let rest = format!("{questions}, {}", ago(age));
        let id = &summary.id;
        writeln!(session.context.stdout, "{symbol}{id}{symbol:#}  {title}  {dim}{rest}{dim:#}").context(WRITE)?;
    }
    Ok(if all.is_empty() { Outcome::NothingFound } else { Outcome::Done })
}
