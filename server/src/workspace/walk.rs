//! Which files the workspace has, and why the others are left out. It looks at names, sizes and times, never into files;
//! only [`read`] does, for those who index.
//!
//! Links are not followed, neither to files nor to folders: what they lead to is either in the workspace already or
//! outside of it, and so loops cannot happen. The workspace folder itself may be a link.

mod look;
mod pattern;
mod rules;
#[cfg(test)]
mod tests;

use std::{
    ffi::OsString,
    fs::{self, DirEntry, FileType, Metadata},
    io::{self, Read},
    path::{Component, Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use codecompass_core::{secret::secret_name, skip::SkipReason};

pub use self::look::{Looker, look};
use self::{
    look::Found,
    rules::{Folder, Present, Rules, Verdict as RuleVerdict},
};
use super::key::{key_of, path_of};
use crate::config::{load::PROJECT_FILE, settings::IndexSettings};

/// A file that may be indexed, as the folder knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// Its key: relative to the workspace, with `/` (see [`key_of`]).
    pub path: String,
    /// Its bytes.
    pub size: u64,
    /// When it was last written, in nanoseconds since 1970.
    pub mtime_ns: i64,
}

/// All files of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Walk {
    /// What may be indexed, by path.
    pub files: Vec<FileEntry>,
    /// What is left out, by path: a file, or a folder with all that is in it.
    pub skipped: Vec<(String, SkipReason)>,
    /// The folders that were looked into, by path; the workspace itself has the empty key.
    pub folders: Vec<String>,
}

/// What the walk says of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// A file that may be indexed.
    File(FileEntry),
    /// A folder that is walked.
    Folder,
    /// Left out, for the reason of the path itself or of a folder around it.
    Skipped(SkipReason),
    /// There is nothing of that name in the workspace.
    Missing,
}

/// Why there is no list of files.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// There is no such folder.
    #[error("the workspace folder {} does not exist", .0.display())]
    Missing(PathBuf),
    /// It is a file.
    #[error("{} is not a folder; name the folder that holds it", .0.display())]
    NotAFolder(PathBuf),
    /// The system refuses.
    #[error("the workspace folder {} cannot be read: {error}", .path.display())]
    Unreadable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// `stop` said so.
    #[error("the walk was stopped")]
    Stopped,
}

/// Finds all files of the workspace at `root`, with as many threads as the settings say, until `stop` returns true.
pub fn walk(root: &Path, settings: &IndexSettings, stop: &(dyn Fn() -> bool + Sync)) -> Result<Walk, WalkError> {
    walk_with(root, settings, rules::global_excludes(), stop)
}

/// What [`walk`] would find at that key and below, without walking the rest: all of a folder, or the one file, or why
/// it is left out. Empty when there is nothing of that name.
pub fn walk_below(
    root: &Path,
    settings: &IndexSettings,
    key: &str,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Walk, WalkError> {
    walk_below_with(root, settings, rules::global_excludes(), key, stop)
}

/// What [`walk`] would say of the file or folder with that key, without walking the rest.
pub fn why(root: &Path, settings: &IndexSettings, key: &str) -> Result<Verdict, WalkError> {
    Ok(Looker::new(root, settings)?.look(key))
}

/// Whether a change of the file with that key may change which files the workspace has. Git's global rules and the
/// configuration of the user, which lie outside, are not among these.
pub fn changes_rules(key: &str) -> bool {
    let (folder, name) = key.rsplit_once('/').unwrap_or(("", key));
    let in_git = |inside: &str| folder.strip_suffix(inside).is_some_and(|git| git.is_empty() || git.ends_with('/'));
    match name {
        "exclude" => in_git(".git/info"),
        "config" => in_git(".git"),
        _ => rules::is_rule_file(name) || key == PROJECT_FILE,
    }
}

/// The root of the repository around `from` (a file or a folder), else the folder itself.
pub fn find_root(from: &Path) -> PathBuf {
    let from = fs::canonicalize(from).unwrap_or_else(|_| std::path::absolute(from).unwrap_or_else(|_| from.to_owned()));
    let folder = if from.is_file() { from.parent().unwrap_or(&from) } else { &from };
    let root = folder.ancestors().find(|folder| fs::symlink_metadata(folder.join(".git")).is_ok());
    root.unwrap_or(folder).to_owned()
}

/// The bytes of the file with that key, if they are at most `max`: the limit holds while reading too, because the file
/// may grow. Never waits: pipes and devices are refused, before and after opening.
pub fn read(root: &Path, key: &str, max: u64) -> Result<Vec<u8>, SkipReason> {
    let path = path_of(key);
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(SkipReason::Unreadable { error: "the path leads out of the workspace".to_owned() });
    }
    read_file(&root.join(path), max)
}

fn read_file(path: &Path, max: u64) -> Result<Vec<u8>, SkipReason> {
    let unreadable = |error: &io::Error| SkipReason::Unreadable { error: error.to_string() };
    check(&fs::symlink_metadata(path).map_err(|error| unreadable(&error))?, max)?;
    let mut file = open(path).map_err(|error| unreadable(&error))?;
    let size = check(&file.metadata().map_err(|error| unreadable(&error))?, max)?;
    let mut bytes = Vec::with_capacity(size as usize + 1);
    file.by_ref().take(max.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > max {
        let size = file.metadata().map_or(bytes.len() as u64, |now| now.len().max(bytes.len() as u64));
        return Err(SkipReason::TooLarge { size, limit: max });
    }
    Ok(bytes)
}

fn check(found: &Metadata, max: u64) -> Result<u64, SkipReason> {
    if !found.is_file() {
        return Err(SkipReason::Special { what: what_it_is(found.file_type()).to_owned() });
    }
    if found.len() > max {
        return Err(SkipReason::TooLarge { size: found.len(), limit: max });
    }
    Ok(found.len())
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<fs::File> {
    use rustix::fs::{Mode, OFlags};
    // What was a file a moment ago may be a pipe now: opening must not wait for a writer, nor follow a link.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<fs::File> {
    fs::File::open(path)
}

/// As [`walk`], with git's global ignore file given, as tests need it.
fn walk_with(
    root: &Path,
    settings: &IndexSettings,
    global: Option<PathBuf>,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Walk, WalkError> {
    let root = check_root(root)?;
    let rules = Rules::new(&root, settings, global);
    let start = rules.at_root();
    walk_from(&root, &rules, settings, "", &start, stop)
}

/// As [`walk_below`], with git's global ignore file given.
fn walk_below_with(
    root: &Path,
    settings: &IndexSettings,
    global: Option<PathBuf>,
    key: &str,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Walk, WalkError> {
    let mut looker = Looker::with(root, settings, global)?;
    let Some(key) = look::plain_key(key) else { return Ok(Walk::default()) };
    match looker.find(&key) {
        Found::Folder { around, .. } => walk_from(looker.root(), looker.rules(), settings, &key, &around, stop),
        Found::Other(Verdict::File(file)) => Ok(Walk { files: vec![file], ..Walk::default() }),
        Found::Other(Verdict::Skipped(reason)) => Ok(Walk { skipped: vec![(key, reason)], ..Walk::default() }),
        Found::Other(Verdict::Missing | Verdict::Folder) => Ok(Walk::default()),
    }
}

/// Walks the folder with that key; `around` are the rules outside of it.
fn walk_from(
    root: &Path,
    rules: &Rules,
    settings: &IndexSettings,
    key: &str,
    around: &Folder,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Walk, WalkError> {
    let walker = Walker {
        rules,
        root,
        limit: settings.max_file_bytes,
        stop,
        stopped: AtomicBool::new(false),
        found: Mutex::default(),
    };
    let (path, key) =
        if key.is_empty() { (root.to_owned(), String::new()) } else { (root.join(path_of(key)), format!("{key}/")) };
    let run = || rayon::scope(|scope| walker.folder(scope, path, &key, around));
    match rayon::ThreadPoolBuilder::new().num_threads(settings.threads).thread_name(|_| "walk".to_owned()).build() {
        Ok(pool) => pool.install(run),
        // No threads to be had: the shared ones will do.
        Err(_) => run(),
    }
    if walker.stopped.into_inner() {
        return Err(WalkError::Stopped);
    }
    let mut walk = walker.found.into_inner().unwrap_or_else(PoisonError::into_inner);
    walk.files.sort_unstable_by(|left, right| left.path.cmp(&right.path));
    walk.skipped.sort_unstable_by(|left, right| left.0.cmp(&right.0));
    walk.folders.sort_unstable();
    Ok(walk)
}

/// The root without links, when it is a folder that can be listed.
fn check_root(root: &Path) -> Result<PathBuf, WalkError> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => WalkError::Missing(root.to_owned()),
        io::ErrorKind::NotADirectory => WalkError::NotAFolder(root.to_owned()),
        _ => WalkError::Unreadable { path: root.to_owned(), error },
    };
    let real = fs::canonicalize(root).map_err(unreadable)?;
    if !fs::metadata(&real).map_err(unreadable)?.is_dir() {
        return Err(WalkError::NotAFolder(root.to_owned()));
    }
    fs::read_dir(&real).map_err(unreadable)?;
    Ok(real)
}

struct Walker<'a> {
    rules: &'a Rules,
    root: &'a Path,
    limit: u64,
    stop: &'a (dyn Fn() -> bool + Sync),
    stopped: AtomicBool,
    found: Mutex<Walk>,
}

impl Walker<'_> {
    /// Walks the folder at `path`, whose key is `key` with a `/` at its end (empty for the root); `around` are the
    /// rules outside.
    fn folder<'scope>(&'scope self, scope: &rayon::Scope<'scope>, path: PathBuf, key: &str, around: &Folder) {
        if self.stopped.load(Ordering::Relaxed) || (self.stop)() {
            self.stopped.store(true, Ordering::Relaxed);
            return;
        }
        let mut here = Walk::default();
        let mut present = Present::default();
        let entries = match list(&path, &mut present) {
            Ok(entries) => entries,
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    here.skipped.push((folder_key(key), SkipReason::Unreadable { error: error.to_string() }));
                }
                self.add(here);
                return;
            }
        };
        here.folders.push(folder_key(key));
        let rules = self.rules.enter(around, &path, present);
        // One buffer for the paths of all entries.
        let mut entry_path = path;
        for (entry, kind, name) in entries {
            entry_path.push(&name);
            let entry_key = format!("{key}{}", key_of(Path::new(&name)));
            match judge(self.rules, &rules, &entry_path, &entry_key, kind) {
                Step::Skip(reason) => here.skipped.push((entry_key, reason)),
                Step::Into(inside) => {
                    let (path, key) = (entry_path.clone(), entry_key + "/");
                    scope.spawn(move |scope| self.folder(scope, path, &key, &inside));
                }
                Step::File => match entry.metadata().map(|found| measure(entry_key.clone(), &found, self.limit)) {
                    Ok(Ok(file)) => here.files.push(file),
                    Ok(Err(reason)) => here.skipped.push((entry_key, reason)),
                    // It went away in this moment.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => here.skipped.push((entry_key, SkipReason::Unreadable { error: error.to_string() })),
                },
            }
            entry_path.pop();
        }
        debug_assert!(entry_path.starts_with(self.root), "the walk stays inside");
        self.add(here);
    }

    fn add(&self, mut here: Walk) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.files.append(&mut here.files);
        found.skipped.append(&mut here.skipped);
        found.folders.append(&mut here.folders);
    }
}

/// The entries of a folder, each with its kind and name.
fn list(folder: &Path, present: &mut Present) -> io::Result<Vec<(DirEntry, FileType, OsString)>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // An entry that goes away while it is listed is not there.
        let Ok(kind) = entry.file_type() else { continue };
        let name = entry.file_name();
        present.see(&name, kind.is_file());
        entries.push((entry, kind, name));
    }
    Ok(entries)
}

fn folder_key(key: &str) -> String {
    key.trim_end_matches('/').to_owned()
}

/// How the walk goes on at an entry.
enum Step {
    Skip(SkipReason),
    Into(Folder),
    File,
}

/// The verdict over one entry, by its name and kind.
fn judge(rules: &Rules, folder: &Folder, path: &Path, key: &str, kind: FileType) -> Step {
    match judge_name(rules, folder, path, key, kind.is_dir()) {
        Step::File if !kind.is_file() => Step::Skip(SkipReason::Special { what: what_it_is(kind).to_owned() }),
        step => step,
    }
}

/// The verdict over a name, whatever else than a folder may stand there.
fn judge_name(rules: &Rules, folder: &Folder, path: &Path, key: &str, is_folder: bool) -> Step {
    let name = key.rsplit('/').next().unwrap_or(key);
    if let Some(rule) = version_control(name) {
        return Step::Skip(SkipReason::Ignored {
            rule: rule.to_owned(),
            source: "built-in rule: data of version control".to_owned(),
            line: None,
        });
    }
    match rules.verdict(folder, path, is_folder) {
        RuleVerdict::Ignored(reason) if is_folder && rules.may_hold_included(path) => {
            return Step::Into(Rules::below_ignored(folder, &reason));
        }
        RuleVerdict::Ignored(reason) => return Step::Skip(reason),
        RuleVerdict::Kept | RuleVerdict::Included => {}
    }
    if is_folder {
        return Step::Into(folder.clone());
    }
    if let Some(pattern) = secret_name(key) {
        return Step::Skip(SkipReason::Secret { pattern: pattern.to_owned() });
    }
    Step::File
}

/// The names under which version control systems keep their own data.
fn version_control(name: &str) -> Option<&'static str> {
    [".git", ".hg", ".svn", ".jj"].into_iter().find(|own| *own == name)
}

fn measure(key: String, found: &Metadata, limit: u64) -> Result<FileEntry, SkipReason> {
    let size = check(found, limit)?;
    Ok(FileEntry { path: key, size, mtime_ns: mtime_ns(found) })
}

#[cfg(unix)]
fn mtime_ns(found: &Metadata) -> i64 {
    use std::os::unix::fs::MetadataExt;
    found.mtime().saturating_mul(1_000_000_000).saturating_add(found.mtime_nsec())
}

#[cfg(not(unix))]
fn mtime_ns(found: &Metadata) -> i64 {
    let modified = found.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    modified.map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

fn what_it_is(kind: FileType) -> &'static str {
    if kind.is_symlink() {
        return "symbolic link";
    }
    if kind.is_dir() {
        return "folder";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "pipe";
        }
        if kind.is_socket() {
            return "socket";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "device";
        }
    }
    "unknown kind of file"
}
