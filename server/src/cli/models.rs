//! `models`: what models the hosts have; fetching and deleting them.

use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, Subcommand};
use codecompass_ollama::{
    error::Error,
    host::Host,
    models::{Model, same_model},
    pull::Fetched,
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use super::{Outcome, Session, screen::printable};
use crate::{
    config::{report::either, size},
    handlers::models,
    hosts::{self, Configured, sentence},
};

const EXAMPLES: &str = "\
Examples:
  codecompass models list
  codecompass models list --json | jq -r 'select(.capabilities | index(\"embedding\")) | .name'
  codecompass models pull qwen2.5-coder:3b
  codecompass models rm qwen2.5-coder:3b --host gpu --yes

Hosts are named in `ollama.hosts`; without any it is the Ollama on this machine.";

/// List, fetch and delete the models of the model hosts
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the models of all hosts, with what each can do
    #[command(after_help = EXAMPLES)]
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Fetch a model onto a host; cut off, it goes on from there the next time
    #[command(after_help = EXAMPLES)]
    Pull {
        /// The model, such as qwen2.5-coder:3b
        model: String,
        #[command(flatten)]
        place: Place,
    },
    /// Delete a model from a host
    #[command(after_help = EXAMPLES)]
    Rm {
        /// The model
        model: String,
        /// Yes, delete it
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Args)]
struct Place {
    /// The host's name or address
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session<'_, '_>) -> anyhow::Result<Outcome> {
    let all = session.hosts();
    match &arguments.command {
        Command::List { place } => list(&models::choose(all, place.host.as_deref())?, session),
        Command::Pull { model, place } => pull(model, models::choose(all, place.host.as_deref())?, session),
        Command::Rm { model, yes, place } => remove(model, *yes, &models::choose(all, place.host.as_deref())?, session),
    }
}

fn for_people(error: &Error) -> anyhow::Error {
    anyhow!(sentence(error))
}

fn ready(configured: &Configured) -> anyhow::Result<&Host> {
    configured.host.as_ref().map_err(for_people)
}

fn list(hosts: &[Configured], session: &mut Session<'_, '_>) -> anyhow::Result<Outcome> {
    let mut failures = Vec::new();
    let mut any = false;
    for configured in hosts {
        let models = match &configured.host {
            Ok(host) => hosts::wait(host.models())?,
            Err(error) => Err(error.clone()),
        };
        match models {
            Err(error) => failures.push(error),
            Ok(models) => {
                any |= !models.is_empty();
                show(configured, &models, session).context("cannot write the models")?;
            }
        }
    }
    if let (true, Some(error)) = (failures.len() == hosts.len(), failures.first()) {
        return Err(for_people(error));
    }
    for error in failures {
        session.warn(&sentence(&error));
    }
    Ok(if any { Outcome::Done } else { Outcome::NothingFound })
}

fn show(configured: &Configured, models: &[Model], session: &mut Session<'_, '_>) -> anyhow::Result<()> {
    let (name, url) = (&configured.options.name, configured.options.address.to_string());
    let palette = session.context.stdout_screen.palette();
    let out = &mut *session.context.stdout;
    if session.json {
        for model in models {
            let mut line = serde_json::to_value(model)?;
            if let Value::Object(fields) = &mut line {
                fields.insert("host".to_owned(), json!(name));
                fields.insert("url".to_owned(), json!(url));
            }
            writeln!(out, "{line}")?;
        }
        return Ok(());
    }
    let (heading, dim) = (palette.heading, palette.dim);
    writeln!(out, "{heading}{}{heading:#} {dim}{}{dim:#}", printable(name), printable(&url))?;
    if models.is_empty() {
        writeln!(out, "  no models; `codecompass models pull MODEL` fetches one")?;
    }
    let widest = models.iter().map(|model| printable(&model.name).chars().count()).max().unwrap_or(0);
    for model in models {
        writeln!(
            out,
            "  {:<widest$}  {:>9}  {}",
            printable(&model.name),
            size::about(model.size),
            printable(&models::facts(model))
        )?;
    }
    Ok(())
}

fn pull(model: &str, hosts: Vec<Configured>, session: &mut Session<'_, '_>) -> anyhow::Result<Outcome> {
    let several = hosts.len() > 1;
    let configured = hosts.into_iter().next().context("there is no model host; name one in `ollama.hosts`")?;
    if several {
        session.note(&format!("fetching onto {}, the first host; `--host` names another", configured.options.name));
    }
    let host = ready(&configured)?;
    let bar = bar(session.context.stderr_screen.terminal && !session.json);
    let json = session.json;
    let out = &mut *session.context.stdout;
    let ended = hosts::wait(async {
        let mut events = host.pull(model).await.map_err(|error| anyhow!(models::not_fetched(model, &error)))?;
        let mut fetched = Fetched::default();
        while let Some(event) = events.next().await {
            let event = event.map_err(|error| anyhow!(models::not_fetched(model, &error)))?;
            fetched.add(&event);
            bar.set_length(fetched.total());
            bar.set_position(fetched.completed());
            bar.set_message(printable(&event.status));
            if json {
                let line = json!({"status": event.status, "completed": fetched.completed(), "total": fetched.total()});
                writeln!(out, "{line}").and_then(|()| out.flush()).context("cannot write the progress")?;
            }
        }
        anyhow::Ok(())
    });
    bar.finish_and_clear();
    ended??;
    if !json {
        let done = format!("`{}` is on {}", printable(model), configured.options.name);
        writeln!(out, "{done}").context("cannot write the result")?;
    }
    Ok(Outcome::Done)
}

fn bar(wanted: bool) -> ProgressBar {
    if !wanted {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(
        "{spinner} {msg:.30} {wide_bar} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left",
    )
    .expect("the template is fixed and tested")
    .progress_chars("━╸ ");
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr()).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

fn remove(model: &str, yes: bool, hosts: &[Configured], session: &mut Session<'_, '_>) -> anyhow::Result<Outcome> {
    let [configured] = hosts else {
        let names: Vec<&str> = hosts.iter().map(|known| known.options.name.as_str()).collect();
        bail!("there are several hosts; name one with `--host`: {}", either(names));
    };
    let host = ready(configured)?;
    let models = hosts::wait(host.models())?.map_err(|error| for_people(&error))?;
    let Some(found) = models.iter().find(|known| same_model(&known.name, model)) else {
        bail!("model `{model}` is not installed on {}; `codecompass models list` shows what is", host.address());
    };
    if !yes {
        bail!(
            "nothing was deleted; add `--yes` to delete `{}` ({}) from {}",
            found.name,
            size::about(found.size),
            host.address()
        );
    }
    hosts::wait(host.delete(&found.name))?.map_err(|error| for_people(&error))?;
    let out = &mut *session.context.stdout;
    if session.json {
        writeln!(out, "{}", json!({"deleted": found.name, "host": configured.options.name, "bytes": found.size}))
    } else {
        writeln!(out, "`{}` is deleted from {}", printable(&found.name), configured.options.name)
    }
    .context("cannot write the result")?;
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_bar_has_a_style() {
        super::bar(true).finish_and_clear();
    }
}
