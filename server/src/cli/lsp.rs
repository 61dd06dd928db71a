//! `lsp`: the language server at standard input and output.

use std::path::{MAIN_SEPARATOR_STR, PathBuf};

use clap::Args;

use super::{Common, Context, Outcome};
use crate::{
    config::settings::LogLevel,
    lsp::{self, settings::Launch},
};

const EXAMPLES: &str = "\
Editors start this; there is nothing to type. The folders to index and the settings come from the
editor, with --workspace for editors that name no folder.

Exit codes: 0 the editor ended it, 1 the editor went away without a word, 2 error.";

/// Serve an editor (language server)
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Speak over standard input and output, which is what happens anyway
    #[arg(long)]
    stdio: bool,
}

pub(crate) fn run(_arguments: &Arguments, common: &Common, context: &Context<'_>) -> anyhow::Result<Outcome> {
    let current_dir = match &context.current_dir {
        Ok(folder) => folder.clone(),
        // Editors name folders in full.
        Err(error) => {
            tracing::debug!("there is no current folder: {error}");
            PathBuf::from(MAIN_SEPARATOR_STR)
        }
    };
    let launch = Launch {
        environment: context.environment.clone(),
        current_dir,
        offline: common.offline,
        workspace: common.workspace.clone(),
        least_log: common.log_level(LogLevel::Off),
    };
    (context.start_log)(launch.without_folder(None).settings.log.level.max(launch.least_log));
    Ok(if lsp::serve(launch)? { Outcome::Done } else { Outcome::NothingFound })
}
