//! What the walk would say of single paths, for those who hear of changes: the rules of each folder are read once for
//! all paths that are asked about together.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

use codecompass_core::skip::SkipReason;
use rustc_hash::FxHashMap;

use super::{
    Present, Step, Verdict, WalkError, check_root, judge, judge_name, measure, rules, rules::Folder, rules::Rules,
};
use crate::{
    config::settings::IndexSettings,
    workspace::key::{key_of, path_of},
};

/// What [`super::walk`] would say of each of these files and folders, in their order.
pub fn look(root: &Path, settings: &IndexSettings, keys: &[String]) -> Result<Vec<Verdict>, WalkError> {
    let mut looker = Looker::new(root, settings)?;
    Ok(keys.iter().map(|key| looker.look(key)).collect())
}

/// Tells of one path after another what [`super::walk`] would say. It remembers the rules that it read and which
/// folders it saw, so that it is good for a moment only.
#[derive(Debug)]
pub struct Looker {
    root: PathBuf,
    rules: Rules,
    limit: u64,
    folders: FxHashMap<String, Inside>,
}

/// What is known of a folder that paths are in.
#[derive(Debug, Clone)]
enum Inside {
    /// It is walked, and these rules hold in it.
    Walked(Folder),
    /// The verdict over everything in it.
    Not(Verdict),
}

/// What is at a path.
pub(super) enum Found {
    /// A folder that is walked, with the rules outside of it.
    Folder { path: PathBuf, around: Folder },
    /// Anything else.
    Other(Verdict),
}

impl Looker {
    /// For the workspace at `root`.
    pub fn new(root: &Path, settings: &IndexSettings) -> Result<Self, WalkError> {
        Self::with(root, settings, rules::global_excludes())
    }

    /// As [`Self::new`], with git's global ignore file given, as tests need it.
    pub(super) fn with(root: &Path, settings: &IndexSettings, global: Option<PathBuf>) -> Result<Self, WalkError> {
        let root = check_root(root)?;
        let rules = Rules::new(&root, settings, global);
        Ok(Self { root, rules, limit: settings.max_file_bytes, folders: FxHashMap::default() })
    }

    /// What the walk would say of the file or folder with that key.
    pub fn look(&mut self, key: &str) -> Verdict {
        let Some(key) = plain_key(key) else { return Verdict::Missing };
        match self.find(&key) {
            Found::Other(verdict) => verdict,
            Found::Folder { path, .. } => match fs::read_dir(path) {
                Ok(_) => Verdict::Folder,
                Err(error) => unreadable(&error),
            },
        }
    }

    /// Whether a file of that name is or would be indexed, whether or not it is there yet: a buffer may not be saved.
    pub fn would_take(&mut self, key: &str) -> bool {
        let Some(key) = plain_key(key) else { return false };
        match self.find(&key) {
            Found::Other(Verdict::File(_)) => true,
            Found::Other(Verdict::Missing) => {
                let folder = key.rsplit_once('/').map_or("", |(folder, _)| folder);
                match self.inside(folder) {
                    Inside::Walked(rules) => {
                        let path = self.root.join(path_of(&key));
                        matches!(judge_name(&self.rules, &rules, &path, &key, false), Step::File)
                    }
                    // The folder may not be there either; then the rules that are there decide.
                    Inside::Not(Verdict::Missing) => !folder.is_empty() && self.would_take(folder),
                    Inside::Not(_) => false,
                }
            }
            Found::Other(_) | Found::Folder { .. } => false,
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// What is at a path, given a key as [`plain_key`] makes it.
    pub(super) fn find(&mut self, key: &str) -> Found {
        if key.is_empty() {
            return Found::Folder { path: self.root.clone(), around: self.rules.at_root() };
        }
        let folder = match self.inside(key.rsplit_once('/').map_or("", |(folder, _)| folder)) {
            Inside::Walked(rules) => rules,
            Inside::Not(verdict) => return Found::Other(verdict),
        };
        let path = self.root.join(path_of(key));
        let found = match fs::symlink_metadata(&path) {
            Ok(found) => found,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Found::Other(Verdict::Missing);
            }
            Err(error) => return Found::Other(unreadable(&error)),
        };
        match judge(&self.rules, &folder, &path, key, found.file_type()) {
            Step::Skip(reason) => Found::Other(Verdict::Skipped(reason)),
            Step::Into(around) => Found::Folder { path, around },
            Step::File => Found::Other(match measure(key.to_owned(), &found, self.limit) {
                Ok(file) => Verdict::File(file),
                Err(reason) => Verdict::Skipped(reason),
            }),
        }
    }

    /// What holds inside a folder.
    fn inside(&mut self, key: &str) -> Inside {
        if let Some(known) = self.folders.get(key) {
            return known.clone();
        }
        let inside = match self.find(key) {
            Found::Folder { path, around } => Inside::Walked(self.rules.enter(&around, &path, Present::probe(&path))),
            // A link or a pipe with something "inside" cannot be; a link to a folder hides what is in it.
            Found::Other(hidden @ Verdict::Skipped(_)) => Inside::Not(hidden),
            Found::Other(_) => Inside::Not(Verdict::Missing),
        };
        self.folders.insert(key.to_owned(), inside.clone());
        inside
    }
}

fn unreadable(error: &io::Error) -> Verdict {
    Verdict::Skipped(SkipReason::Unreadable { error: error.to_string() })
}

/// The key as the walk writes it, if it leads to something inside the workspace.
pub(super) fn plain_key(key: &str) -> Option<String> {
    let path = path_of(key);
    let mut plain = PathBuf::new();
    for part in path.components().filter(|part| *part != Component::CurDir) {
        let Component::Normal(name) = part else { return None };
        plain.push(name);
    }
    Some(key_of(&plain))
}
