//! The log: to standard error, because standard output belongs to results and to the protocol. How much is written can be
//! changed while the program runs.

use std::sync::OnceLock;

use tracing::Subscriber;
use tracing_subscriber::{EnvFilter, Registry, fmt::MakeWriter, layer::SubscriberExt, reload, util::SubscriberInitExt};

use crate::config::settings::LogLevel;

/// Where the level of this process's log is changed.
static FILTER: OnceLock<Filter> = OnceLock::new();

type Filter = reload::Handle<EnvFilter, Registry>;

/// Starts logging at `level`. Other people's crates only say what goes wrong, unless everything is asked for.
pub fn start(level: LogLevel, colour: bool) {
    let (log, filter) = log(level, colour, std::io::stderr);
    if log.try_init().is_ok() {
        // It cannot be set already: the log of a process starts once.
        let _ = FILTER.set(filter);
    } else {
        tracing::debug!("a log was started before; it stays");
    }
}

/// From now on, logs at `level`. Does nothing before [`start`].
pub fn change(level: LogLevel) {
    if let Some(handle) = FILTER.get()
        && let Err(error) = handle.reload(filter(level))
    {
        tracing::warn!(%error, "the level of the log stays as it was");
    }
}

fn log<W>(level: LogLevel, colour: bool, writer: W) -> (impl Subscriber, Filter)
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let (filter, handle) = reload::Layer::new(filter(level));
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(colour);
    (tracing_subscriber::registry().with(filter).with(lines), handle)
}

fn filter(level: LogLevel) -> EnvFilter {
    let others = match level {
        LogLevel::Off => "off",
        LogLevel::Error => "error",
        LogLevel::Trace => "debug",
        _ => "warn",
    };
    let ours = level.as_str();
    EnvFilter::new(format!("{others},codecompass={ours},codecompass_core={ours},codecompass_index={ours}"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::{
        io::{self, Write},
        sync::{Arc, Mutex},
    };

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_level_changes_while_the_program_runs() {
        let lines = Lines::default();
        let written = lines.clone();
        let (log, handle) = log(LogLevel::Warn, false, move || lines.clone());
        tracing::subscriber::with_default(log, || {
            let say = |word| tracing::info!("{word}");
            say("before");
            handle.reload(filter(LogLevel::Info)).unwrap();
            say("between");
            handle.reload(filter(LogLevel::Off)).unwrap();
            say("after");
        });
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        assert!(text.contains("between"), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
}
