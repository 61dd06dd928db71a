//! The table that comes out.

use std::{fs, time::Duration};

/// Prints a line of the table, as soon as it is known.
pub(crate) fn row(name: &str, target: &str, measured: &str, notes: &str) {
    println!("{name:<34} {target:>10}  {measured:<44} {notes}");
}

/// Prints how times are spread.
pub(crate) fn spread(name: &str, target: &str, times: &[Duration], notes: &str) {
    if times.is_empty() {
        return row(name, target, "-", "nothing was measured");
    }
    let mut times = times.to_vec();
    times.sort_unstable();
    let at = |share: usize| milliseconds(times[(times.len() * share / 100).min(times.len() - 1)]);
    let measured = format!("min {}  p50 {}  p95 {}  max {}", at(0), at(50), at(95), at(100));
    row(name, target, &measured, &format!("{} times; {notes}", times.len()));
}

pub(crate) fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{:.0} MB", bytes as f64 / 1e6)
}

/// How busy the machine is with everything that runs on it.
pub(crate) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().map_or_else(String::new, |load| format!("load {load}"))
}
