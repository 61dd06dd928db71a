//! What was typed and is not a command: one sentence that says what is wrong and what to type instead. Also the answers to
//! `--help` and `--version`.

use std::error::Error as _;

use anyhow::{Context as _, anyhow};
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{Context, ERROR};
use crate::config::report::either;

/// Prints help or the version, or fails with the sentence.
pub(super) fn answer(error: &clap::Error, context: &mut Context<'_>) -> anyhow::Result<u8> {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let text = error.render();
            if context.stdout_screen.colour {
                write!(context.stdout, "{}", text.ansi())
            } else {
                write!(context.stdout, "{text}")
            }
            .context("cannot write the help")?;
            Ok(0)
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let text = error.render();
            // There is no other place to say it.
            let _ = if context.stderr_screen.colour {
                write!(context.stderr, "{}", text.ansi())
            } else {
                write!(context.stderr, "{text}")
            };
            Ok(ERROR)
        }
        _ => Err(anyhow!(sentence(error))),
    }
}

fn sentence(error: &clap::Error) -> String {
    let get = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => texts.first().cloned(),
        _ => None,
    };
    let argument = get(ContextKind::InvalidArg).unwrap_or_default();
    // `--limit <COUNT>` is called `--limit`, and `<QUERY>...` is called QUERY.
    let name = argument.split(" <").next().unwrap_or_default().trim_matches(['<', '>', '.']);
    match error.kind() {
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            let instead = get(ContextKind::SuggestedArg).map_or_else(
                || {
                    format!(
                        "`--help` lists all flags; to search for these very words put `--` before them: -- {argument}"
                    )
                },
                |near| format!("did you mean `{near}`"),
            );
            format!("there is no flag `{argument}`; {instead}")
        }
        ErrorKind::UnknownArgument => {
            format!("`{argument}` is one argument too many; put words that belong together in quotes")
        }
        ErrorKind::InvalidSubcommand => {
            let word = get(ContextKind::InvalidSubcommand).unwrap_or_default();
            let instead = get(ContextKind::SuggestedSubcommand).map_or_else(
                || "to search for something, put `search` before its words".to_owned(),
                |near| format!("did you mean `{near}`"),
            );
            format!("there is no command `{word}`; {instead}")
        }
        ErrorKind::MissingRequiredArgument => format!("{name} is missing; `--help` shows examples"),
        ErrorKind::ValueValidation => {
            let value = get(ContextKind::InvalidValue);
            match (error.source(), value) {
                (Some(cause), Some(value)) => format!("`{value}` cannot be used for {name}: {cause}"),
                _ => first_line(error),
            }
        }
        ErrorKind::InvalidValue if get(ContextKind::InvalidValue).is_none_or(|value| value.is_empty()) => {
            format!("{name} lacks its value; `--help` shows what can stand there")
        }
        ErrorKind::InvalidValue => {
            let value = get(ContextKind::InvalidValue).unwrap_or_default();
            let words = match error.get(ContextKind::ValidValue) {
                Some(ContextValue::Strings(words)) => words.as_slice(),
                _ => &[],
            };
            format!("`{value}` cannot be used for {name}; it can be {}", either(words.iter().map(String::as_str)))
        }
        _ => format!("{}; `--help` shows how it is used", first_line(error)),
    }
}

/// The first line of what clap says, without its prefix.
fn first_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let line = text.lines().next().unwrap_or("the arguments make no sense");
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}
