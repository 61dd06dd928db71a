//! What is known of systems and file systems: which of them tell of changes, and which limits they set.

use std::path::Path;

/// Whether the system watches a folder with all that is in it at once.
pub(super) const RECURSIVE: bool = cfg!(any(target_os = "macos", target_os = "windows"));

/// The sentence about a limit that is reached.
pub(super) fn limit(what: &str, name: &str) -> String {
    let value = std::fs::read_to_string(format!("/proc/sys/fs/inotify/{name}"));
    let value = value.ok().and_then(|value| value.trim().parse::<u64>().ok());
    let (now, more) = match value {
        Some(value) => (format!("fs.inotify.{name} = {value}"), (value.saturating_mul(4)).max(512)),
        None => (format!("fs.inotify.{name}"), 524_288),
    };
    format!(
        "the system's limit of watched {what} ({now}) is reached: raise it, for example with \
         `sudo sysctl fs.inotify.{name}={more}`, or let the workspace be smaller with index.exclude"
    )
    .replace("watched watchers", "watchers")
}

/// Why the file system that holds a folder is not to be trusted to tell of all changes.
#[cfg(target_os = "linux")]
pub(super) fn silent(root: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    const FUSE: u32 = 0x6573_5546;
    // The system's own words are 32 or 64 bits wide, with and without sign; the numbers have 32.
    let kind = rustix::fs::statfs(root).ok()?.f_type as u32;
    let name = if kind == FUSE {
        let device = std::fs::metadata(root).ok()?.dev();
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        let mount = mount_kind(&mounts, rustix::fs::major(device), rustix::fs::minor(device)).unwrap_or("fuse");
        (!is_local_fuse(mount)).then(|| mount.to_owned())
    } else {
        network(kind).map(str::to_owned)
    };
    name.map(|name| sentence(&name))
}

/// Why the file system that holds a folder is not to be trusted to tell of all changes.
#[cfg(not(target_os = "linux"))]
pub(super) fn silent(_root: &Path) -> Option<String> {
    None
}

#[cfg(target_os = "linux")]
fn sentence(name: &str) -> String {
    format!(
        "the file system ({name}) does not tell of changes made elsewhere: keep the folder on a local disk, or set \
         index.watcher to \"native\" if all changes are made on this machine"
    )
}

/// File systems whose files others change, without this machine's kernel seeing it.
#[cfg(target_os = "linux")]
fn network(kind: u32) -> Option<&'static str> {
    Some(match kind {
        0x6969 => "nfs",
        0x517B | 0xFF53_4D42 | 0xFE53_4D42 => "smb",
        0x0102_1997 => "9p",
        0x786F_4256 => "vboxsf",
        0xBACB_ACBC => "vmhgfs",
        0x5346_414F | 0x6B41_4653 => "afs",
        0x00C3_6400 => "ceph",
        0x0BD0_0BD0 => "lustre",
        0x7375_7245 => "coda",
        _ => return None,
    })
}

/// File systems in user space that only show local files in another way.
#[cfg(target_os = "linux")]
fn is_local_fuse(kind: &str) -> bool {
    let Some(kind) = kind.strip_prefix("fuse.") else { return kind == "fuseblk" };
    ["gocryptfs", "encfs", "cryfs", "bindfs", "mergerfs", "unionfs", "fuse-overlayfs", "ntfs-3g"].contains(&kind)
}

/// The kind of the file system mounted from that device, as the kernel lists it.
#[cfg(target_os = "linux")]
fn mount_kind(mounts: &str, major: u32, minor: u32) -> Option<&str> {
    let device = format!("{major}:{minor}");
    let line = mounts.lines().find(|line| line.split(' ').nth(2) == Some(&device))?;
    line.split_once(" - ")?.1.split(' ').next()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_known_by_name() {
        assert_eq!(network(0x6969), Some("nfs"));
        assert_eq!(network(0xFF53_4D42), Some("smb"));
        assert_eq!(network(0xEF53), None);
        assert!(sentence("nfs").starts_with("the file system (nfs) does not tell of changes"));
    }

    #[test]
    fn file_systems_in_user_space_are_told_apart() {
        let mounts = "\
            24 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
            97 24 0:52 / /home/me/far rw,nosuid - fuse.sshfs me@far: rw\n\
            98 24 0:53 / /home/me/safe rw shared:7 master:2 - fuse.gocryptfs /x rw\n";
        assert_eq!(mount_kind(mounts, 0, 52), Some("fuse.sshfs"));
        assert_eq!(mount_kind(mounts, 8, 1), Some("ext4"));
        assert_eq!(mount_kind(mounts, 0, 99), None);
        assert!(is_local_fuse("fuse.gocryptfs") && is_local_fuse("fuseblk"));
        assert!(!is_local_fuse("fuse.sshfs") && !is_local_fuse("virtiofs"));
    }

    #[test]
    fn a_limit_is_named_with_its_fix() {
        let sentence = limit("folders", "max_user_watches");
        assert!(
            sentence.starts_with("the system's limit of watched folders (fs.inotify.max_user_watches"),
            "{sentence}"
        );
        assert!(sentence.contains("sudo sysctl fs.inotify.max_user_watches="), "{sentence}");
    }
}
