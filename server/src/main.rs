//! The program `codecompass`: gives the command line what it needs of the process, and hands back the exit code.

use std::{
    io::{self, BufWriter, IsTerminal, Write},
    process::ExitCode,
};

use codecompass::{
    cli::{self, Context, screen::Screen},
    config::folders::Environment,
    engine, logging,
};

fn main() -> ExitCode {
    let stdout_screen = screen(io::stdout().is_terminal(), anstream::AutoStream::choice(&io::stdout()));
    let stderr_screen = screen(io::stderr().is_terminal(), anstream::AutoStream::choice(&io::stderr()));
    // Where colours are wanted, old Windows consoles need them translated.
    let stdout: Box<dyn Write> = if stdout_screen.colour {
        Box::new(anstream::AutoStream::always(io::stdout()).lock())
    } else {
        Box::new(io::stdout().lock())
    };
    let mut context = Context {
        environment: Environment::of_process(),
        current_dir: std::env::current_dir(),
        open: &engine::open,
        start_log: &|level| logging::start(level, stderr_screen.colour),
        stdout: &mut BufWriter::new(stdout),
        stdout_screen,
        stderr: &mut anstream::AutoStream::auto(io::stderr()),
        stderr_screen,
    };
    cli::run(std::env::args_os(), &mut context).into()
}

fn screen(terminal: bool, choice: anstream::ColorChoice) -> Screen {
    let width = terminal.then(terminal_size::terminal_size).flatten().map(|(width, _)| usize::from(width.0));
    Screen { terminal, colour: !matches!(choice, anstream::ColorChoice::Never), width }
}
