//! Notices that the editor which started us is gone, even when it left the pipes open.

#[cfg(unix)]
use std::time::Duration;

/// Calls `gone` on a thread of its own when that process has ended.
#[cfg(unix)]
pub(super) fn watch(process_id: u32, gone: impl FnOnce() + Send + 'static) {
    // 0 and 1 are no editors, and what is no number of a process cannot be asked about.
    let Some(pid) = i32::try_from(process_id).ok().filter(|pid| *pid > 1).and_then(rustix::process::Pid::from_raw)
    else {
        return;
    };
    let started = std::thread::Builder::new().name("parent".to_owned()).spawn(move || {
        wait(pid);
        gone();
    });
    if let Err(error) = started {
        tracing::warn!("the editor's process is not watched: {error}");
    }
}

/// Elsewhere only the end of standard input tells.
#[cfg(not(unix))]
pub(super) fn watch(_process_id: u32, _gone: impl FnOnce() + Send + 'static) {}

#[cfg(unix)]
fn wait(pid: rustix::process::Pid) {
    #[cfg(target_os = "linux")]
    if let Ok(handle) = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()) {
        loop {
            let mut waited = [rustix::event::PollFd::new(&handle, rustix::event::PollFlags::IN)];
            match rustix::event::poll(&mut waited, None) {
                Err(rustix::io::Errno::INTR) => {}
                Ok(_) => return,
                // Asking from time to time works everywhere.
                Err(_) => break,
            }
        }
    }
    // A process of somebody else is alive as well.
    while !matches!(rustix::process::test_kill_process(pid), Err(rustix::io::Errno::SRCH)) {
        std::thread::sleep(Duration::from_secs(1));
    }
}
