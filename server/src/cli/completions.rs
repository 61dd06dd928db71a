//! `completions`: a script that teaches a shell our commands and flags.

use anyhow::Context as _;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{CommandLine, Context, Outcome};

const EXAMPLES: &str = "\
Examples:
  codecompass completions bash > ~/.local/share/bash-completion/completions/codecompass
  codecompass completions zsh > ~/.zfunc/_codecompass      # ~/.zfunc must be in $fpath
  codecompass completions fish > ~/.config/fish/completions/codecompass.fish";

/// Print a script that completes commands and flags in a shell
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Which shell
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, context: &mut Context<'_>) -> anyhow::Result<Outcome> {
    // Through memory, because the generator panics when it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut CommandLine::command(), "codecompass", &mut script);
    context.stdout.write_all(&script).context("cannot write the script")?;
    Ok(Outcome::Done)
}
