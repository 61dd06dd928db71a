//! Which files of a repository's own tell of another commit, branch or rule.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Branches in folders of folders of folders: deeper ones are not watched, git's index tells of these.
const DEEPEST: usize = 4;

/// Where a repository keeps its own files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Repository {
    /// What belongs to this worktree.
    own: PathBuf,
    /// What all worktrees share; mostly the same.
    common: PathBuf,
}

/// What a change of one of its files means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Another commit, branch or index.
    Commit,
    /// Perhaps other rules about what is left out.
    Rules,
    /// Nothing to us.
    Nothing,
}

impl Repository {
    pub(super) fn new(git_dir: &Path) -> Self {
        let own = fs::canonicalize(git_dir).unwrap_or_else(|_| git_dir.to_owned());
        let shared = fs::read_to_string(own.join("commondir")).ok();
        let common = shared.and_then(|named| fs::canonicalize(own.join(named.trim_end_matches(['\r', '\n']))).ok());
        Self { common: common.unwrap_or_else(|| own.clone()), own }
    }

    /// What a change at this path means; `None` when it is not in the repository's own folders.
    pub(super) fn meaning(&self, path: &Path) -> Option<Meaning> {
        let own = path.strip_prefix(&self.own).ok();
        let inside = own.or_else(|| path.strip_prefix(&self.common).ok())?.to_str().unwrap_or("?");
        if inside.is_empty() {
            // The folder itself: an entry of the workspace.
            return None;
        }
        let inside = inside.replace('\\', "/");
        Some(match inside.as_str() {
            lock if Path::new(lock).extension().is_some_and(|extension| extension == "lock") => Meaning::Nothing,
            "HEAD" | "index" if own.is_some() => Meaning::Commit,
            "packed-refs" => Meaning::Commit,
            "config" | "info/exclude" => Meaning::Rules,
            other if other.starts_with("refs/heads/") || other.starts_with("reftable/") => Meaning::Commit,
            _ => Meaning::Nothing,
        })
    }

    /// The folders to watch.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.own.clone()];
        if self.common != self.own {
            folders.push(self.common.clone());
        }
        folders
            .extend(["info", "reftable"].map(|name| self.common.join(name)).into_iter().filter(|path| path.is_dir()));
        let mut next = vec![(self.common.join("refs/heads"), 0)];
        while let Some((folder, depth)) = next.pop() {
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            if depth < DEEPEST {
                let inside = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
                next.extend(inside.map(|entry| (entry.path(), depth + 1)));
            }
            folders.push(folder);
        }
        folders
    }

    /// Whether it is a folder with branches.
    pub(super) fn is_branches(&self, path: &Path) -> bool {
        path.starts_with(self.common.join("refs/heads")) && path.is_dir()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_matters_is_told() {
        let main = Repository { own: "/r/.git".into(), common: "/r/.git".into() };
        for (path, meaning) in [
            ("HEAD", Meaning::Commit),
            ("index", Meaning::Commit),
            ("packed-refs", Meaning::Commit),
            ("refs/heads/main", Meaning::Commit),
            ("refs/heads/fix/one", Meaning::Commit),
            ("info/exclude", Meaning::Rules),
            ("config", Meaning::Rules),
            ("HEAD.lock", Meaning::Nothing),
            ("index.lock", Meaning::Nothing),
            ("refs/heads/main.lock", Meaning::Nothing),
            ("COMMIT_EDITMSG", Meaning::Nothing),
            ("FETCH_HEAD", Meaning::Nothing),
            ("objects/ab", Meaning::Nothing),
        ] {
            assert_eq!(main.meaning(&Path::new("/r/.git").join(path)), Some(meaning), "{path}");
        }
        assert_eq!(main.meaning(Path::new("/r/.git")), None);
        assert_eq!(main.meaning(Path::new("/r/src/HEAD")), None);
        let other = Repository { own: "/r/.git/worktrees/w".into(), common: "/r/.git".into() };
        assert_eq!(other.meaning(Path::new("/r/.git/worktrees/w/HEAD")), Some(Meaning::Commit));
        assert_eq!(other.meaning(Path::new("/r/.git/HEAD")), Some(Meaning::Nothing));
        assert_eq!(other.meaning(Path::new("/r/.git/refs/heads/x")), Some(Meaning::Commit));
    }
}
