//! What the system says of the server's process: processor time and memory.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::{Context as _, Result};

/// Memory of a process, in bytes. The files of the index are mapped: the system counts their pages as resident while they
/// happen to be in memory, though it can take them back at any time. `anonymous` is what the process really holds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Memory {
    pub(crate) resident: u64,
    pub(crate) proportional: u64,
    pub(crate) anonymous: u64,
}

/// Memory now.
pub(crate) fn memory(process: u32) -> Result<Memory> {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).context("the system does not say")?;
    let of = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()).unwrap_or(0) << 10
    };
    Ok(Memory { resident: of("Rss"), proportional: of("Pss"), anonymous: of("Anonymous") })
}

/// Processor time that the process has used until now, in the system's steps of 10 ms.
pub(crate) fn processor_time(process: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).context("the system does not say")?;
    // The name of the program, in brackets, may hold anything.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: u64 = [11, 12].iter().filter_map(|&at: &usize| fields.get(at)?.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(10 * ticks))
}

/// Looks at the memory of a process from time to time.
pub(crate) struct Sampler {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<Memory>>,
}

impl Sampler {
    pub(crate) fn start(process: u32, pause: Duration) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let mut samples = Vec::new();
            while !stopped.load(Ordering::Relaxed) {
                samples.extend(memory(process));
                thread::sleep(pause);
            }
            samples
        });
        Self { stop, thread }
    }

    /// What was seen.
    pub(crate) fn finish(self) -> Vec<Memory> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_default()
    }
}
