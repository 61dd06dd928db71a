//! The log: to standard error, because standard output belongs to results.

use tracing_subscriber::EnvFilter;

use crate::config::settings::LogLevel;

/// Starts logging at `level`. Other people's crates only say what goes wrong, unless everything is asked for.
pub fn start(level: LogLevel, colour: bool) {
    let others = match level {
        LogLevel::Off => "off",
        LogLevel::Error => "error",
        LogLevel::Trace => "debug",
        _ => "warn",
    };
    let ours = level.as_str();
    let filter = format!("{others},codecompass={ours},codecompass_core={ours},codecompass_index={ours}");
    let started = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .with_env_filter(EnvFilter::new(filter))
        .try_init();
    if started.is_err() {
        tracing::debug!("a log was started before; it stays");
    }
}
