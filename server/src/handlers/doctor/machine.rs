//! What this machine has to offer: room for the index, watches on folders, a place for the audit log.

use std::path::{Path, PathBuf};

use super::Finding;
use crate::{config::size, handlers::report::writable, hosts};

/// With less room than this an index may not find its place.
const LITTLE_ROOM: u64 = 1 << 30;

/// The folder of all indexes: whether it can be written, who may read it, how much room there is.
pub(super) fn cache(folder: Result<PathBuf, String>, budget: u64) -> Vec<Finding> {
    let about = "cache folder";
    let folder = match folder {
        Ok(folder) => folder,
        Err(error) => return vec![Finding::problem(about, error, "set CODECOMPASS_CACHE_DIR")],
    };
    if let Err(error) = std::fs::create_dir_all(&folder).and_then(|()| writable(&folder)) {
        return vec![Finding::problem(
            about,
            format!("{} cannot be written: {error}", folder.display()),
            "set CODECOMPASS_CACHE_DIR to a folder that can be",
        )];
    }
    let used = bytes_below(&folder, 0);
    let room = room(&folder);
    let free = room.map_or_else(String::new, |room| format!(", {} free on its disk", size::about(room)));
    let mut findings = vec![Finding::ok(
        about,
        format!("{}: {} of {} used{free}", folder.display(), size::about(used), size::about(budget)),
    )];
    if let Some(room) = room.filter(|room| *room < LITTLE_ROOM) {
        findings.push(Finding::warning(
            about,
            format!("there are only {} left on the disk of {}", size::about(room), folder.display()),
            "free some room, or set CODECOMPASS_CACHE_DIR to a folder on another disk",
        ));
    }
    if used > budget {
        findings.push(Finding::warning(
            about,
            format!("the indexes take more than `index.disk_budget` ({})", size::about(budget)),
            "raise `index.disk_budget`; otherwise those of the workspaces longest not used are removed",
        ));
    }
    findings.extend(owner(about, &folder));
    findings
}

/// The code of all workspaces lies there.
#[cfg(unix)]
fn owner(about: &str, folder: &Path) -> Option<Finding> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(folder).ok()?;
    let me = rustix::process::geteuid().as_raw();
    if metadata.uid() != me {
        return Some(Finding::warning(
            about,
            format!("{} belongs to user {}, not to you (user {me})", folder.display(), metadata.uid()),
            format!("`sudo chown -R {me} {}`, or set CODECOMPASS_CACHE_DIR to a folder of your own", folder.display()),
        ));
    }
    // What is in it is closed by itself; that others may write there is another matter.
    (metadata.mode() & 0o022 != 0).then(|| {
        Finding::warning(
            about,
            format!("others may write in {} (mode {:o})", folder.display(), metadata.mode() & 0o777),
            format!("`chmod 700 {}`", folder.display()),
        )
    })
}

#[cfg(not(unix))]
fn owner(_about: &str, _folder: &Path) -> Option<Finding> {
    None
}

#[cfg(unix)]
fn room(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn room(_folder: &Path) -> Option<u64> {
    None
}

/// Bytes of all files in a folder. No link is followed, and nothing is that deep.
fn bytes_below(folder: &Path, depth: usize) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth < 8 => bytes_below(&entry.path(), depth + 1),
            Ok(kind) if kind.is_file() => entry.metadata().map_or(0, |metadata| metadata.len()),
            _ => 0,
        })
        .sum()
}

/// Whether the system can watch so many folders.
pub(super) fn watcher(folders: u64, polling: bool) -> Option<Finding> {
    let about = "watcher";
    if polling {
        return Some(Finding::ok(
            about,
            "folders are looked through from time to time (`index.watcher = \"polling\"`)",
        ));
    }
    let (Some(watches), Some(instances)) = (limit("max_user_watches"), limit("max_user_instances")) else {
        // Other systems watch a folder with all that is in it.
        return None;
    };
    let raise = |name: &str, value: u64| {
        format!(
            "`sudo sysctl fs.inotify.{name}={value}`, and for good `echo fs.inotify.{name}={value} | sudo tee \
             /etc/sysctl.d/60-codecompass.conf`"
        )
    };
    let open = own_instances();
    Some(if folders.saturating_mul(10) > watches.saturating_mul(8) {
        Finding::warning(
            about,
            format!(
                "{folders} folders are to be watched, and fs.inotify.max_user_watches allows {watches} of all programs"
            ),
            raise("max_user_watches", folders.saturating_mul(4).next_power_of_two().max(524_288)),
        )
    } else if open.is_some_and(|open| open + 4 > instances) {
        Finding::warning(
            about,
            format!(
                "{} programs watch already, and fs.inotify.max_user_instances allows {instances}",
                open.unwrap_or(0)
            ),
            raise("max_user_instances", instances.saturating_mul(4).max(512)),
        )
    } else {
        Finding::ok(
            about,
            format!("{folders} folder{} to watch, the system allows {watches}", if folders == 1 { "" } else { "s" }),
        )
    })
}

fn limit(name: &str) -> Option<u64> {
    std::fs::read_to_string(format!("/proc/sys/fs/inotify/{name}")).ok()?.trim().parse().ok()
}

/// How many watchers this user's programs have, as far as the system shows.
fn own_instances() -> Option<u64> {
    let programs = std::fs::read_dir("/proc").ok()?.flatten();
    let is_program = |entry: &std::fs::DirEntry| entry.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit);
    let files = programs.filter(is_program).filter_map(|entry| std::fs::read_dir(entry.path().join("fd")).ok());
    let is_watcher = |entry: &std::fs::DirEntry| {
        std::fs::read_link(entry.path()).is_ok_and(|target| target.as_os_str() == "anon_inode:inotify")
    };
    Some(files.flat_map(Iterator::flatten).filter(is_watcher).count() as u64)
}

/// Whether the audit log can be written, if there is to be one.
pub(super) fn audit_log(path: &str) -> Option<Finding> {
    let about = "audit log";
    if path.is_empty() {
        return None;
    }
    Some(match hosts::audit_log_is_writable(Path::new(path)) {
        Ok(()) => Finding::ok(about, path),
        Err(error) => Finding::problem(
            about,
            format!("{path} cannot be written ({error}), so that nothing is sent to any host"),
            "let it be written, or take away `privacy.audit_log`",
        ),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::handlers::doctor::Level;

    #[test]
    #[cfg(unix)]
    fn a_cache_folder_that_others_may_write_is_named() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let good = cache(Ok(folder.path().to_owned()), 1 << 30);
        assert!(good.iter().all(|finding| !finding.message.contains("others may write")), "{good:?}");
        std::fs::write(folder.path().join("big"), vec![0; 4096]).unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        let bad = cache(Ok(folder.path().to_owned()), 1000);
        let said: Vec<&str> = bad.iter().map(|finding| finding.message.as_str()).collect();
        assert!(said.iter().any(|said| said.contains("others may write in")), "{said:?}");
        assert!(said.iter().any(|said| said.contains("more than `index.disk_budget`")), "{said:?}");
        let under = cache(Ok("/proc/nothing".into()), 1);
        assert_eq!(under[0].level, Level::Problem);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn too_many_folders_come_with_the_command_that_helps() {
        let many = watcher(u64::MAX / 16, false).unwrap();
        assert_eq!(many.level, Level::Warning);
        assert!(many.fix.unwrap().starts_with("`sudo sysctl fs.inotify.max_user_watches="));
        assert!(watcher(u64::MAX / 16, true).unwrap().level == Level::Ok);
    }
}
