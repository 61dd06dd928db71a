//! Folders and paths as they are typed: which one is the workspace, where a typed path lies in it, and how a path in it is
//! shown so that it can be clicked on.

use std::path::{Component, Path, PathBuf};

use anyhow::{anyhow, bail};

/// The workspace: the folder that was named, else the nearest folder around the current one that git knows, else that.
pub(super) fn workspace(named: Option<&Path>, current_dir: &Path) -> anyhow::Result<PathBuf> {
    let Some(named) = named else {
        let git_root = current_dir.ancestors().find(|folder| folder.join(".git").exists());
        return resolve(git_root.unwrap_or(current_dir), current_dir);
    };
    let folder = current_dir.join(named);
    match std::fs::metadata(&folder) {
        Ok(metadata) if metadata.is_dir() => resolve(&folder, named),
        Ok(_) => bail!("`{}` is a file, not a folder; name the folder that holds it", named.display()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            bail!("there is no folder `{}`; check its spelling", named.display())
        }
        Err(error) => Err(cannot_read(named, &error)),
    }
}

fn resolve(folder: &Path, named: &Path) -> anyhow::Result<PathBuf> {
    let resolved = canonical(folder).map_err(|error| cannot_read(named, &error))?;
    // Better told now than as an index without files.
    std::fs::read_dir(&resolved).map_err(|error| cannot_read(named, &error))?;
    Ok(resolved)
}

fn cannot_read(folder: &Path, error: &std::io::Error) -> anyhow::Error {
    anyhow!("cannot read the folder `{}` ({error}); check its permissions or name another one", folder.display())
}

/// With symbolic links resolved; on Windows that would give a form of path that other programs do not understand.
fn canonical(path: &Path) -> std::io::Result<PathBuf> {
    if cfg!(windows) { std::path::absolute(path) } else { std::fs::canonicalize(path) }
}

/// Where in the workspace the typed path lies. It is seen from the current folder, or else from the workspace, as our own
/// output shows it.
pub(super) fn inside(typed: &Path, root: &Path, current_dir: &Path) -> anyhow::Result<PathBuf> {
    let from_here = current_dir.join(typed);
    if from_here.symlink_metadata().is_err() && typed.is_relative() {
        let from_root = normal(&root.join(typed));
        if from_root.symlink_metadata().is_ok()
            && let Ok(relative) = from_root.strip_prefix(root)
        {
            return Ok(relative.to_owned());
        }
    }
    let plain = normal(&from_here);
    if let Ok(relative) = plain.strip_prefix(root) {
        return Ok(relative.to_owned());
    }
    // The last part stays as it is: a link is asked about as a link.
    let resolved = match (from_here.parent().map(canonical), from_here.file_name()) {
        (Some(Ok(parent)), Some(name)) => parent.join(name),
        _ => plain,
    };
    match resolved.strip_prefix(root) {
        Ok(relative) => Ok(relative.to_owned()),
        Err(_) => bail!(
            "`{}` is outside the workspace {}; name its own workspace with --workspace",
            typed.display(),
            root.display()
        ),
    }
}

/// Without `.` and `..`, by the text alone.
fn normal(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

/// How the paths of a workspace are shown: as seen from the current folder when that is in it, else below the workspace as
/// it was named.
pub(super) struct Shown {
    /// The current folder's parts below the workspace.
    below: Vec<String>,
    prefix: String,
}

impl Shown {
    pub(super) fn new(root: &Path, named: Option<&Path>, current_dir: &Path) -> Self {
        let here = canonical(current_dir).unwrap_or_else(|_| current_dir.to_owned());
        if let Ok(below) = here.strip_prefix(root) {
            let below = below.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
            return Self { below, prefix: String::new() };
        }
        let prefix = named.unwrap_or(root).to_string_lossy().into_owned();
        let prefix = if prefix.ends_with('/') { prefix } else { prefix + "/" };
        Self { below: Vec::new(), prefix }
    }

    /// A path of the workspace as it is shown.
    pub(super) fn path(&self, path: &str) -> String {
        let parts: Vec<&str> = path.split('/').collect();
        let folders = &parts[..parts.len() - 1];
        let common = self.below.iter().zip(folders).take_while(|(a, b)| a == b).count();
        let up = "../".repeat(self.below.len() - common);
        format!("{}{up}{}", self.prefix, parts[common..].join("/"))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn paths_are_shown_as_seen_from_here() {
        let from = |here: &str, path: &str| Shown::new(Path::new("/w"), None, Path::new(here)).path(path);
        assert_eq!(from("/w", "src/a.rs"), "src/a.rs");
        assert_eq!(from("/w/src", "src/a.rs"), "a.rs");
        assert_eq!(from("/w/src/deep", "src/a.rs"), "../a.rs");
        assert_eq!(from("/w/docs", "src/a.rs"), "../src/a.rs");
        assert_eq!(from("/elsewhere", "src/a.rs"), "/w/src/a.rs");
        let named = Shown::new(Path::new("/w"), Some(Path::new("../w")), Path::new("/elsewhere"));
        assert_eq!(named.path("src/a.rs"), "../w/src/a.rs");
    }

    #[test]
    fn typed_paths_are_found_in_the_workspace() {
        let folder = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(folder.path()).unwrap();
        std::fs::create_dir_all(root.join("src/deep")).unwrap();
        std::fs::write(root.join("src/a.rs"), "").unwrap();
        let deep = root.join("src/deep");
        for typed in ["../a.rs", "src/a.rs", "./../../src/a.rs", "deep/../../../src/a.rs"] {
            assert_eq!(inside(Path::new(typed), &root, &deep).ok().as_deref(), Some(Path::new("src/a.rs")), "{typed}");
        }
        assert_eq!(inside(&root.join("src/a.rs"), &root, Path::new("/")).unwrap(), Path::new("src/a.rs"));
        assert_eq!(inside(Path::new("gone.rs"), &root, &deep).unwrap(), Path::new("src/deep/gone.rs"));
        assert!(inside(Path::new("/etc/passwd"), &root, &deep).unwrap_err().to_string().contains("outside"));
    }
}
