//! Follows lines of a file back through history to the newest commit that wrote any of them.
//!
//! This is what git's blame does, except that it ends at the first commit that keeps a line for itself: commits are
//! visited from the newest to the oldest, so that it is the one that is asked for. A full blame would go on to the
//! beginning of the file.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::{ControlFlow, Range},
};

use gix::{Commit, ObjectId, Repository, bstr::ByteSlice, object::tree::diff::Change};
use rustc_hash::FxHashMap;

use super::lines::{changes, lines_of, trace};

/// Larger files are not compared.
const LARGEST: usize = 2 << 20;
/// With more files removed by a commit, none is searched for the one that was renamed.
const MOST_REMOVED: usize = 200;

/// There was no time to find out.
pub(super) struct Stopped;

/// The folders on the way to a file and the file itself, as git names contents: those that are the same in another commit
/// need no second look.
pub(super) type Places = Vec<ObjectId>;

/// A file's path and content.
type File = (Vec<u8>, ObjectId);

/// A file in one commit, with lines whose origin is asked for.
struct Suspect {
    path: Vec<u8>,
    places: Places,
    lines: BTreeSet<(u32, u32)>,
}

/// Goes through the history of one repository.
pub(super) struct Tracer<'a> {
    repository: &'a Repository,
    stop: &'a dyn Fn() -> bool,
    /// By time and commit.
    queue: BTreeMap<(i64, ObjectId), Vec<Suspect>>,
    /// The commit asked about last, and its tree.
    tree: Option<(ObjectId, ObjectId)>,
}

impl<'a> Tracer<'a> {
    pub(super) fn new(repository: &'a Repository, stop: &'a dyn Fn() -> bool) -> Self {
        Self { repository, stop, queue: BTreeMap::new(), tree: None }
    }

    /// A file in a commit, and its bytes.
    pub(super) fn find(&mut self, commit: ObjectId, path: &[u8]) -> Option<(Places, Vec<u8>)> {
        let tree = self.repository.find_commit(commit).ok()?.tree_id().ok()?.detach();
        let places = self.places(tree, path, &[])?;
        let bytes = self.bytes(*places.last()?)?;
        Some((places, bytes))
    }

    /// The content of a file in a commit.
    pub(super) fn blob(&mut self, commit: ObjectId, path: &[u8]) -> Option<ObjectId> {
        let tree = match self.tree {
            Some((known, tree)) if known == commit => tree,
            _ => self.repository.find_commit(commit).ok()?.tree_id().ok()?.detach(),
        };
        self.tree = Some((commit, tree));
        self.places(tree, path, &[])?.last().copied()
    }

    /// The newest commit that wrote any of the lines of a file in `head`, and how many of them.
    pub(super) fn last_change(
        &mut self,
        head: ObjectId,
        path: Vec<u8>,
        places: Places,
        lines: Vec<Range<u32>>,
    ) -> Result<Option<(ObjectId, u32)>, Stopped> {
        let mut found = Vec::new();
        self.commits(head, path, places, lines, 1, &mut found)?;
        Ok(found.pop())
    }

    /// Up to `limit` commits that wrote the lines of a file in `head`, the newest first, each with how many of them it
    /// wrote. What was found until there was no more time is in `found`.
    pub(super) fn commits(
        &mut self,
        head: ObjectId,
        path: Vec<u8>,
        places: Places,
        lines: Vec<Range<u32>>,
        limit: usize,
        found: &mut Vec<(ObjectId, u32)>,
    ) -> Result<(), Stopped> {
        self.queue.clear();
        self.add(head, 0, path, places, lines);
        while let Some(((_, id), suspects)) = self.queue.pop_last() {
            if (self.stop)() {
                return Err(Stopped);
            }
            let Ok(commit) = self.repository.find_commit(id) else { return Ok(()) };
            let parents = self.parents(&commit);
            let mut own = 0;
            for suspect in suspects {
                let rest = self.pass_on(&commit, &parents, suspect)?;
                own += rest.iter().map(|range| range.end - range.start).sum::<u32>();
            }
            if own > 0 {
                found.push((id, own));
            }
            if found.len() >= limit {
                break;
            }
        }
        Ok(())
    }

    /// Gives lines to the parents that have them already; returns the others.
    fn pass_on(
        &mut self,
        commit: &Commit<'_>,
        parents: &[Parent],
        suspect: Suspect,
    ) -> Result<Vec<Range<u32>>, Stopped> {
        let mut rest: Vec<Range<u32>> = suspect.lines.iter().map(|(start, end)| *start..*end).collect();
        let mut older: Vec<(&Parent, Vec<u8>, Places)> = Vec::new();
        for parent in parents {
            if let Some(places) = self.places(parent.tree, &suspect.path, &suspect.places) {
                if places.last() == suspect.places.last() {
                    self.add(parent.id, parent.time, suspect.path, places, rest);
                    return Ok(Vec::new());
                }
                older.push((parent, suspect.path.clone(), places));
            }
        }
        if older.is_empty() {
            for parent in parents {
                if let Some((path, places)) = self.renamed(commit, parent, &suspect)? {
                    older.push((parent, path, places));
                }
            }
        }
        let Some(new) = suspect.places.last().and_then(|id| self.bytes(*id)) else { return Ok(rest) };
        for (parent, path, places) in older {
            if rest.is_empty() {
                break;
            }
            if (self.stop)() {
                return Err(Stopped);
            }
            let Some(old) = places.last().and_then(|id| self.bytes(*id)) else { continue };
            let (known, unknown) = trace(&changes(lines_of(&old), lines_of(&new)), &rest);
            self.add(parent.id, parent.time, path, places, known);
            rest = unknown;
        }
        Ok(rest)
    }

    fn add(&mut self, commit: ObjectId, time: i64, path: Vec<u8>, places: Places, lines: Vec<Range<u32>>) {
        if lines.is_empty() {
            return;
        }
        let lines = lines.into_iter().map(|range| (range.start, range.end));
        let suspects = self.queue.entry((time, commit)).or_default();
        match suspects.iter_mut().find(|known| known.path == path) {
            Some(known) => known.lines.extend(lines),
            None => suspects.push(Suspect { path, places, lines: lines.collect() }),
        }
    }

    /// The parents that are there: in a shallow clone some are not.
    fn parents(&self, commit: &Commit<'_>) -> Vec<Parent> {
        let parent = |id: gix::Id<'_>| {
            let commit = self.repository.find_commit(id).ok()?;
            let time = commit.committer().ok()?.time().map_or(0, |time| time.seconds);
            Some(Parent { id: id.detach(), time, tree: commit.tree_id().ok()?.detach() })
        };
        commit.parent_ids().filter_map(parent).collect()
    }

    /// The way to a file, from the tree of a commit; `known` is the way in another commit.
    fn places(&self, tree: ObjectId, path: &[u8], known: &[ObjectId]) -> Option<Places> {
        let mut places = vec![tree];
        let mut parts = path.split(|byte| *byte == b'/').peekable();
        while let Some(part) = parts.next() {
            let at = places.len() - 1;
            if known.get(at) == places.last() {
                places.extend(&known[at + 1..]);
                return Some(places);
            }
            let tree = self.repository.find_tree(*places.last()?).ok()?;
            let entry = tree.find_entry(part)?;
            if !(if parts.peek().is_some() { entry.mode().is_tree() } else { entry.mode().is_blob() }) {
                return None;
            }
            places.push(entry.object_id());
        }
        Some(places)
    }

    pub(super) fn bytes(&self, blob: ObjectId) -> Option<Vec<u8>> {
        let size = self.repository.find_header(blob).ok()?.size();
        (size <= LARGEST as u64).then(|| self.repository.find_blob(blob).ok())?.map(|mut blob| blob.take_data())
    }

    /// Where a file that is not in the parent was there.
    fn renamed(
        &self,
        commit: &Commit<'_>,
        parent: &Parent,
        suspect: &Suspect,
    ) -> Result<Option<(Vec<u8>, Places)>, Stopped> {
        let Some(removed) = self.removed(commit, parent)? else { return Ok(None) };
        let Some(blob) = suspect.places.last() else { return Ok(None) };
        let same_name = |path: &[u8]| path.rsplit_str("/").next() == suspect.path.rsplit_str("/").next();
        let exact = removed.iter().filter(|(_, id)| id == blob).max_by_key(|(path, _)| same_name(path));
        let found = match exact {
            Some(found) => Some(found),
            None => self.similar(*blob, &removed)?,
        };
        let Some((path, _)) = found else { return Ok(None) };
        Ok(self.places(parent.tree, path, &[]).map(|places| (path.clone(), places)))
    }

    /// The file of these that has most of its lines in another one, and at least half.
    fn similar<'b>(&self, blob: ObjectId, removed: &'b [File]) -> Result<Option<&'b File>, Stopped> {
        let Some(new) = self.bytes(blob) else { return Ok(None) };
        let mut best = None;
        for file in removed {
            if (self.stop)() {
                return Err(Stopped);
            }
            let Some(old) = self.bytes(file.1) else { continue };
            let shared = shared_bytes(&old, &new);
            if shared * 2 >= old.len().max(new.len()) && best.is_none_or(|(most, _)| shared > most) {
                best = Some((shared, file));
            }
        }
        Ok(best.filter(|(shared, _)| *shared > 0).map(|(_, file)| file))
    }

    /// The files that a commit removed; `None` when there are none or too many.
    fn removed(&self, commit: &Commit<'_>, parent: &Parent) -> Result<Option<Vec<File>>, Stopped> {
        let mut removed = Vec::new();
        let mut stopped = false;
        let mut collect = || -> Option<()> {
            let (before, after) = (self.repository.find_tree(parent.tree).ok()?, commit.tree().ok()?);
            let mut changes = before.changes().ok()?;
            changes.options(|options| {
                options.track_path().track_rewrites(None);
            });
            let each = |change: Change<'_, '_, '_>| {
                if let Change::Deletion { location, entry_mode, id, .. } = change
                    && entry_mode.is_blob()
                {
                    removed.push((location.to_vec(), id.detach()));
                }
                stopped = (self.stop)();
                let enough = stopped || removed.len() > MOST_REMOVED;
                Ok(if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            };
            changes.for_each_to_obtain_tree(&after, each).ok().map(|_| ())
        };
        let _ = collect();
        if stopped {
            return Err(Stopped);
        }
        Ok((!removed.is_empty() && removed.len() <= MOST_REMOVED).then_some(removed))
    }
}

/// A commit before another.
struct Parent {
    id: ObjectId,
    time: i64,
    tree: ObjectId,
}

/// How many bytes of lines two files share, wherever these are.
fn shared_bytes(old: &[u8], new: &[u8]) -> usize {
    let mut counts: FxHashMap<&[u8], usize> = FxHashMap::default();
    for line in lines_of(old) {
        *counts.entry(line).or_default() += 1;
    }
    let mut shared = 0;
    for line in lines_of(new) {
        if let Some(count) = counts.get_mut(line).filter(|count| **count > 0) {
            *count -= 1;
            shared += line.len();
        }
    }
    shared
}
