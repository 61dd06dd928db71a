//! The command line: what can be typed, and what happens then. Results go to standard output, all else to standard error;
//! the exit code is 0 when something was found or done, 1 when nothing was found, 2 when it could not be done.

pub mod ask;
pub mod completions;
pub mod config;
pub mod conversations;
pub mod doctor;
pub mod eval;
pub mod explain;
mod folder;
pub mod hits;
pub mod index;
pub mod lsp;
pub mod markdown;
pub mod models;
mod place;
mod progress;
pub mod screen;
pub mod search;
pub mod similar;
pub mod status;
mod usage;
pub mod why;
mod words;

use std::{
    ffi::OsString,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, anyhow};
use clap::{ArgAction, Args, Parser, Subcommand};
use codecompass_ollama::pool::Pool;

use crate::{
    cli::screen::Screen,
    config::{
        folders::{self, Environment, System},
        load::{self, Config},
        options::Written,
        settings::{LogLevel, Provider, Settings},
    },
    embedding::Models,
    engine::{Access, Effort, Engine, FillReport, IndexReport, OpenOptions},
    hosts::{self, Configured, Pools},
};

const EXAMPLES: &str = "\
Examples:
  codecompass search where do we retry a failed request
  codecompass search --lang rust --kind function 'parse the config'
  codecompass ask where do we retry a failed request, and how often
  codecompass explain src/main.rs:42
  codecompass similar src/main.rs:42
  codecompass why target/debug/build.rs

There is nothing to set up: `search` builds the index of the enclosing git repository, or of the
current folder, when there is none yet, and brings it up to date when there is one.

Exit codes: 0 found or done, 1 nothing found, 2 error.";

/// Finds code by meaning, by words and by name in a whole code base, and answers questions about it
#[derive(Debug, Parser)]
#[command(name = "codecompass", version, after_help = EXAMPLES, arg_required_else_help = true, max_term_width = 100)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

/// A search waits so long for a host to make the vector of its query.
const PATIENCE: Duration = Duration::from_secs(3);

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common flags")]
pub(crate) struct Common {
    /// The folder to work on [default: the enclosing git root, else the current folder]
    #[arg(long, global = true, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    workspace: Option<PathBuf>,

    /// Print JSON, for programs
    #[arg(long, global = true)]
    json: bool,

    /// Use no network, except to hosts on this machine
    #[arg(long, global = true)]
    offline: bool,

    /// Say on standard error what is done; twice and three times say more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
}

impl Common {
    /// How much is logged: what the settings say, and more when more is asked for here.
    fn log_level(&self, settings: LogLevel) -> LogLevel {
        match self.verbose {
            0 => settings,
            1 => settings.max(LogLevel::Info),
            2 => settings.max(LogLevel::Debug),
            _ => LogLevel::Trace,
        }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    Search(search::Arguments),
    Ask(ask::Arguments),
    Explain(explain::Arguments),
    Conversations(conversations::Arguments),
    Similar(similar::Arguments),
    Index(index::Arguments),
    Status(status::Arguments),
    Doctor(doctor::Arguments),
    Models(models::Arguments),
    Why(why::Arguments),
    Eval(eval::Arguments),
    Config(config::Arguments),
    Completions(completions::Arguments),
    Lsp(lsp::Arguments),
}

/// What the command line needs of the process around it.
pub struct Context<'a> {
    /// The environment variables.
    pub environment: Environment,
    /// The current folder, or why there is none.
    pub current_dir: io::Result<PathBuf>,
    /// Opens the index of a workspace.
    pub open: &'a Open,
    /// Starts the log.
    pub start_log: &'a dyn Fn(LogLevel),
    /// What is piped in, if anything is.
    pub stdin: Option<Box<dyn Read + Send>>,
    /// Where results go.
    pub stdout: &'a mut dyn Write,
    /// What is known of the terminal there.
    pub stdout_screen: Screen,
    /// Where everything else goes.
    pub stderr: &'a mut dyn Write,
    /// What is known of the terminal there.
    pub stderr_screen: Screen,
}

/// Opens the index of a workspace.
pub type Open = dyn Fn(&Path, &Settings, &OpenOptions) -> anyhow::Result<Box<dyn Engine>>;

/// How a command ended when it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Something was found, or what was asked is done.
    Done,
    /// There is nothing of that kind.
    NothingFound,
    /// It was done, and showed that something is broken.
    Broken,
    /// It was begun, and broke.
    BrokenOff,
    /// The user ended it.
    Interrupted,
}

const ERROR: u8 = 2;

/// Runs the program with these arguments, the first of which is its name; gives back the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>, context: &mut Context<'_>) -> u8 {
    let result = match CommandLine::try_parse_from(arguments) {
        Ok(CommandLine { command, common }) => dispatch(command, &common, context),
        Err(error) => usage::answer(&error, context),
    };
    let result = result.and_then(|code| context.stdout.flush().context("cannot write the results").map(|()| code));
    match result {
        Ok(code) => code,
        // Whoever read our output has had enough of it.
        Err(error) if is_broken_pipe(&error) => 0,
        Err(error) => {
            let style = context.stderr_screen.palette().error;
            let sentence = screen::printable(&format!("{error:#}"));
            // When even this cannot be written, there is nobody left to tell.
            let _ = writeln!(context.stderr, "{style}error:{style:#} {sentence}");
            ERROR
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn dispatch(command: Command, common: &Common, context: &mut Context<'_>) -> anyhow::Result<u8> {
    let outcome = match command {
        Command::Completions(arguments) => completions::run(&arguments, context),
        Command::Lsp(arguments) => lsp::run(&arguments, common, context),
        Command::Index(arguments) => {
            let workspace = arguments.workspace(common)?;
            index::run(&mut Session::begin(workspace.as_deref(), common, context)?)
        }
        Command::Search(arguments) => {
            arguments.check()?;
            search::run(&arguments, &mut Session::begin(common.workspace.as_deref(), common, context)?)
        }
        Command::Ask(arguments) => {
            ask::run(&arguments, &mut Session::begin(common.workspace.as_deref(), common, context)?)
        }
        Command::Explain(arguments) => {
            explain::run(&arguments, &mut Session::begin(common.workspace.as_deref(), common, context)?)
        }
        Command::Conversations(arguments) => {
            conversations::run(&arguments, &mut Session::begin(common.workspace.as_deref(), common, context)?)
        }
        Command::Similar(arguments) => {
            similar::run(&arguments, &mut Session::begin(common.workspace.as_deref(), common, context)?)
        }
        Command::Status(_) => status::run(&mut Session::begin(common.workspace.as_deref(), common, context)?),
        Command::Doctor(arguments) => {
            doctor::run(&arguments, &mut Session::begin(common.workspace.as_deref(), common, context)?)
        }
        Command::Models(arguments) => {
            models::run(&arguments, &mut Session::begin(common.workspace.as_deref(), common, context)?)
        }
        Command::Why(arguments) => {
            why::run(&arguments, &mut Session::begin(common.workspace.as_deref(), common, context)?)
        }
        Command::Eval(arguments) => {
            eval::run(&arguments, &mut Session::begin(common.workspace.as_deref(), common, context)?)
        }
        Command::Config(config::Arguments { command: config::Command::Show }) => {
            config::show(&mut Session::begin(common.workspace.as_deref(), common, context)?)
        }
    }?;
    Ok(match outcome {
        Outcome::Done => 0,
        Outcome::NothingFound | Outcome::Broken => 1,
        Outcome::BrokenOff => ERROR,
        // As shells count what ended by Ctrl-C.
        Outcome::Interrupted => 130,
    })
}

/// One run of a command on one workspace.
pub(crate) struct Session<'a, 'c> {
    pub(crate) context: &'a mut Context<'c>,
    pub(crate) config: Config,
    pub(crate) current_dir: PathBuf,
    /// The workspace as it was named, for paths that people can click on.
    pub(crate) named: Option<PathBuf>,
    /// The workspace with its symbolic links resolved.
    pub(crate) root: PathBuf,
    pub(crate) json: bool,
    verbose: bool,
}

impl<'a, 'c> Session<'a, 'c> {
    /// Finds the workspace, resolves the configuration and reports what is wrong with it.
    fn begin(workspace: Option<&Path>, common: &Common, context: &'a mut Context<'c>) -> anyhow::Result<Self> {
        let current_dir = match &context.current_dir {
            Ok(folder) => folder.clone(),
            Err(error) => return Err(anyhow!("the current folder cannot be used ({error}); change to another one")),
        };
        let root = folder::workspace(workspace, &current_dir)?;
        let flags: &[_] = if common.offline { &[("--offline", "privacy.offline", Written::Bool(true))] } else { &[] };
        let user_file = folders::user_file(&context.environment, System::HERE);
        let config = load::load(flags, &context.environment, user_file, &root);
        (context.start_log)(common.log_level(config.settings.log.level));
        let named = workspace.map(Path::to_owned);
        let (json, verbose) = (common.json, common.verbose > 0);
        let mut session = Self { context, config, current_dir, named, root, json, verbose };
        for mistake in std::mem::take(&mut session.config.mistakes) {
            session.warn(&mistake.to_string());
            session.config.mistakes.push(mistake);
        }
        Ok(session)
    }

    pub(crate) fn cache_dir(&self) -> anyhow::Result<PathBuf> {
        folders::cache_dir(&self.context.environment, System::HERE, &self.current_dir)
    }

    pub(crate) fn open(&self, access: Access) -> anyhow::Result<Box<dyn Engine>> {
        let options = OpenOptions { cache_dir: self.cache_dir()?, access };
        let mut engine = (self.context.open)(&self.root, &self.config.settings, &options)?;
        if self.config.settings.embedding.provider == Provider::Ollama {
            let pools = Arc::new(Pools::new(self.context.environment.clone()));
            engine.use_models(Arc::new(Models::new(pools, PATIENCE)));
        }
        Ok(engine)
    }

    /// Brings the index up to date, with a progress bar where somebody can see it.
    pub(crate) fn refresh(&mut self, engine: &mut dyn Engine) -> anyhow::Result<IndexReport> {
        // Log lines and a bar would write over each other.
        let bar = progress::Progress::new(self.context.stderr_screen.terminal && !self.verbose);
        engine.refresh(&|event| bar.show(event))
    }

    /// All hosts, ready to be asked. Tells people who else may read what is sent there.
    pub(crate) fn hosts(&mut self) -> Vec<Configured> {
        for notice in hosts::notices(&self.config.settings) {
            self.warn(&notice.sentence());
        }
        hosts::open(&self.config.settings, &self.context.environment)
    }

    /// The same as one.
    pub(crate) fn pool(&mut self) -> Pool {
        let hosts = self.hosts();
        hosts::pool_of(&self.config.settings, hosts)
    }

    /// Shows code to the model of a host, if one is configured, with a progress bar where somebody can see it.
    pub(crate) fn fill(&mut self, engine: &mut dyn Engine, effort: Effort) -> anyhow::Result<Option<FillReport>> {
        let bar = progress::Progress::new(self.context.stderr_screen.terminal && !self.verbose);
        let report = engine.fill(effort, &|event| bar.show(event))?;
        drop(bar);
        for note in report.iter().flat_map(|report| &report.notes) {
            self.note(note);
        }
        Ok(report)
    }

    /// Tells people what they should know besides the results.
    pub(crate) fn note(&mut self, sentence: &str) {
        let style = self.context.stderr_screen.palette().note;
        let sentence = screen::printable(sentence);
        // A result is worth having without its notes.
        let _ = writeln!(self.context.stderr, "{style}note:{style:#} {sentence}");
    }

    /// Tells people what is wrong, although it stops nothing.
    pub(crate) fn warn(&mut self, sentence: &str) {
        let style = self.context.stderr_screen.palette().warning;
        let sentence = screen::printable(sentence);
        // A result is worth having without its warnings.
        let _ = writeln!(self.context.stderr, "{style}warning:{style:#} {sentence}");
    }
}

#[cfg(test)]
mod tests;
