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
    share_memory();
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
        stdin: piped(),
        stdout: &mut BufWriter::new(stdout),
        stdout_screen,
        stderr: &mut anstream::AutoStream::auto(io::stderr()),
        stderr_screen,
    };
    cli::run(std::env::args_os(), &mut context).into()
}

/// Standard input, when it is a file or a pipe. A terminal, a socket or nothing at all has nothing to say.
fn piped() -> Option<Box<dyn io::Read + Send>> {
    #[cfg(unix)]
    {
        use rustix::fs::{FileType, fstat};
        let kind = FileType::from_raw_mode(fstat(io::stdin()).ok()?.st_mode);
        matches!(kind, FileType::Fifo | FileType::RegularFile).then(|| Box::new(io::stdin()) as _)
    }
    #[cfg(not(unix))]
    (!io::stdin().is_terminal()).then(|| Box::new(io::stdin()) as _)
}

/// The C library's allocator keeps a pool for nearly every thread, and each keeps what was freed in it; a server that runs for
/// days starts many threads. One for each core is enough, and memory stays where it was.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn share_memory() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    #[expect(unsafe_code, reason = "the C library has no safe door to this")]
    // SAFETY: no other thread runs yet, and the call takes two numbers.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, i32::try_from(cores).unwrap_or(i32::MAX));
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn share_memory() {}

fn screen(terminal: bool, choice: anstream::ColorChoice) -> Screen {
    let width = terminal.then(terminal_size::terminal_size).flatten().map(|(width, _)| usize::from(width.0));
    Screen { terminal, colour: choice != anstream::ColorChoice::Never, width }
}
