//! What git knows: the commit, what changed lately, and who changed some lines last. The only room that names the `gix`
//! crate.
//!
//! No repository, a broken one or a question that takes too long all mean the same: nothing is known. Nobody gets an
//! error because of git.

mod diff;
mod history;
mod lines;
mod recent;
#[cfg(test)]
mod tests;

use std::{
    fs,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use codecompass_core::text;
use gix::{ObjectId, Repository, ThreadSafeRepository};
use rustc_hash::FxHashMap;

use self::history::Tracer;
use super::key::path_of;

/// So many answers are remembered.
const REMEMBERED: usize = 4_096;
/// Objects that are read again and again while going through history, in bytes.
const OBJECT_CACHE: usize = 16 << 20;

/// The repository around a workspace. Cheap to clone; every thread may ask.
#[derive(Clone)]
pub struct Git(Arc<Inner>);

struct Inner {
    repository: ThreadSafeRepository,
    git_dir: PathBuf,
    common_dir: PathBuf,
    /// Where the workspace is in the repository, as git writes it, without `/` at the end.
    prefix: Vec<u8>,
    answers: Mutex<FxHashMap<Question, Option<Change>>>,
}

/// Lines of a file in a commit: what the answer depends on.
type Question = (ObjectId, Vec<u8>, Vec<Range<u32>>);

/// Where the repository is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// The branch that is checked out, which may have no commit yet.
    pub branch: Option<String>,
    /// The commit that is checked out, with all its digits.
    pub commit: Option<String>,
}

/// The last commit that changed some lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The first digits of its id.
    pub commit: String,
    /// The author's name.
    pub author: String,
    /// When the author wrote it, in seconds since 1970.
    pub time_s: i64,
    /// The first line of its message.
    pub summary: String,
    /// How many of the lines that were asked about it wrote.
    pub lines: u32,
}

/// A commit that wrote some of the lines that were asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// What is known of it in short.
    pub change: Change,
    /// Its message below the first line.
    pub message: String,
}

impl Git {
    /// The repository that holds the workspace at `root`, if there is one that can be read.
    pub fn open(root: &Path) -> Option<Self> {
        guard(|| {
            let root = fs::canonicalize(root).ok()?;
            let repository = gix::discover(&root).ok()?;
            let top = fs::canonicalize(repository.workdir()?).ok()?;
            repository.head().ok()?;
            let git_dir = fs::canonicalize(repository.git_dir()).ok()?;
            let common_dir = fs::canonicalize(repository.common_dir()).ok()?;
            let prefix = bytes_of(root.strip_prefix(top).ok()?);
            let answers = Mutex::default();
            Some(Self(Arc::new(Inner { repository: repository.into_sync(), git_dir, common_dir, prefix, answers })))
        })
    }

    /// Where git keeps what belongs to this worktree.
    pub fn git_dir(&self) -> &Path {
        &self.0.git_dir
    }

    /// Where git keeps what all worktrees share; mostly the same folder.
    pub fn common_dir(&self) -> &Path {
        &self.0.common_dir
    }

    /// The commit and branch that are checked out now.
    pub fn head(&self) -> Head {
        guard(|| {
            let repository = self.repository();
            let head = repository.head().ok()?;
            let branch = head.referent_name().map(|name| name.shorten().to_string());
            Some(Head { branch, commit: head.id().map(|id| id.to_string()) })
        })
        .unwrap_or_default()
    }

    /// Up to `limit` files that the last commits changed (by key, the latest first), as far as it gets until `stop`
    /// returns true. Some may be gone by now.
    pub fn recently_changed(&self, limit: usize, stop: &dyn Fn() -> bool) -> Vec<String> {
        guard(|| recent::recently_changed(&self.repository(), &self.0.prefix, limit, stop)).unwrap_or_default()
    }

    /// The last commit that changed these lines (from 0, end exclusive) of a file as it is in the commit that is checked
    /// out. `None` when it is not known: the file is not in that commit, or `stop` returned true before.
    pub fn last_change(&self, key: &str, lines: Range<u32>, stop: &dyn Fn() -> bool) -> Option<Change> {
        self.ask(key, stop, |_| Some(vec![lines]))
    }

    /// As [`Self::last_change`], for lines of a text that may have changed since. Lines that are in no commit yet do not
    /// count; `None` when there are no others.
    pub fn last_change_in(&self, key: &str, text: &str, lines: Range<u32>, stop: &dyn Fn() -> bool) -> Option<Change> {
        self.ask(key, stop, |committed| {
            let committed = text::decode(committed).ok()?.text;
            let hunks = lines::changes(committed.lines(), text.lines());
            Some(lines::trace(&hunks, &[lines]).0)
        })
    }

    /// Up to `limit` commits that wrote these lines (from 0, end exclusive) of a text, the newest first; as far as it gets
    /// until `stop` returns true. Lines that are in no commit yet do not count.
    pub fn commits_of(
        &self,
        key: &str,
        text: &str,
        lines: Range<u32>,
        limit: usize,
        stop: &dyn Fn() -> bool,
    ) -> Vec<Commit> {
        guard(|| {
            let repository = self.repository();
            let path = self.path_in_repository(key);
            let head = repository.head_id().ok()?.detach();
            let mut tracer = Tracer::new(&repository, stop);
            let (places, committed) = tracer.find(head, &path)?;
            let committed = text::decode(committed).ok()?.text;
            let hunks = lines::changes(committed.lines(), text.lines());
            let lines = lines::trace(&hunks, &[lines]).0;
            let mut found = Vec::new();
            // What was found until there was no time is still true.
            let _ = tracer.commits(head, path, places, lines, limit, &mut found);
            let described = found.into_iter().filter_map(|(commit, lines)| {
                let change = describe(&repository, commit, lines)?;
                let commit = repository.find_commit(commit).ok()?;
                let message = commit.message().ok()?.body.map_or_else(String::new, ToString::to_string);
                Some(Commit { change, message })
            });
            Some(described.collect())
        })
        .unwrap_or_default()
    }

    /// What differs in these files (by key) from the commit that is checked out, in this order, and whether all of them
    /// were compared before `stop` returned true. `text` gives their text as it is now.
    pub fn diff<'k>(
        &self,
        keys: impl Iterator<Item = &'k str>,
        text: &dyn Fn(&str) -> Option<Arc<str>>,
        stop: &dyn Fn() -> bool,
    ) -> (String, bool) {
        let files = keys.map(|key| (key, self.path_in_repository(key)));
        guard(|| diff::diff(&self.repository(), files, text, stop)).unwrap_or_default()
    }

    fn ask(
        &self,
        key: &str,
        stop: &dyn Fn() -> bool,
        lines: impl FnOnce(Vec<u8>) -> Option<Vec<Range<u32>>>,
    ) -> Option<Change> {
        guard(|| {
            let repository = self.repository();
            let path = self.path_in_repository(key);
            let head = repository.head_id().ok()?.detach();
            let mut tracer = Tracer::new(&repository, stop);
            let (places, committed) = tracer.find(head, &path)?;
            let count = lines::count(&committed);
            let lines = lines(committed)?;
            let lines: Vec<Range<u32>> = lines
                .into_iter()
                .map(|range| range.start..range.end.min(count))
                .filter(|range| !range.is_empty())
                .collect();
            if lines.is_empty() {
                return None;
            }
            let question = (head, path.clone(), lines.clone());
            if let Some(known) = self.answers().get(&question) {
                return known.clone();
            }
            // When there was no time, there may be the next time.
            let found = tracer.last_change(head, path, places, lines).ok()?;
            let answer = found.and_then(|(commit, lines)| describe(&repository, commit, lines));
            let mut answers = self.answers();
            if answers.len() >= REMEMBERED {
                answers.clear();
            }
            answers.insert(question, answer.clone());
            answer
        })
    }

    fn repository(&self) -> Repository {
        let mut repository = self.0.repository.to_thread_local();
        repository.object_cache_size_if_unset(OBJECT_CACHE);
        repository
    }

    fn answers(&self) -> std::sync::MutexGuard<'_, FxHashMap<Question, Option<Change>>> {
        self.0.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path_in_repository(&self, key: &str) -> Vec<u8> {
        let mut path = self.0.prefix.clone();
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend(bytes_of(&path_of(key)));
        path
    }
}

/// What is known of a commit.
fn describe(repository: &Repository, id: ObjectId, lines: u32) -> Option<Change> {
    let commit = repository.find_commit(id).ok()?;
    let author = commit.author().ok()?;
    Some(Change {
        commit: id.to_hex_with_len(8).to_string(),
        author: author.name.to_string(),
        time_s: author.time().map_or(0, |time| time.seconds),
        summary: commit.message().ok()?.summary().to_string(),
        lines,
    })
}

/// The library is young and reads what anybody may have written: a panic in there means that nothing is known.
fn guard<T>(ask: impl FnOnce() -> Option<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(ask)).unwrap_or_else(|_| {
        tracing::warn!("reading the git repository failed unexpectedly");
        None
    })
}

/// A path as git writes it.
#[cfg(unix)]
fn bytes_of(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes().to_vec()
}

/// A path as git writes it.
#[cfg(not(unix))]
fn bytes_of(path: &Path) -> Vec<u8> {
    path.to_string_lossy().replace('\\', "/").into_bytes()
}

/// The key of a path as git writes it.
#[cfg(unix)]
fn key_of_bytes(path: &[u8]) -> String {
    use std::os::unix::ffi::OsStrExt;
    super::key::key_of(Path::new(std::ffi::OsStr::from_bytes(path)))
}

/// The key of a path as git writes it.
#[cfg(not(unix))]
fn key_of_bytes(path: &[u8]) -> String {
    super::key::key_of(Path::new(&*String::from_utf8_lossy(path)))
}
