//! Which files the last commits changed.

use std::ops::ControlFlow;

use gix::{
    Repository, Tree, diff::blob::Platform, object::tree::diff::Change, revision::walk::Sorting,
    traverse::commit::simple::CommitTimeOrder,
};
use rustc_hash::FxHashSet;

use super::key_of_bytes;

/// A commit that changes more files says nothing about what somebody works on.
const MOST_FILES: usize = 500;

/// See [`super::Git::recently_changed`].
pub(super) fn recently_changed(
    repository: &Repository,
    prefix: &[u8],
    limit: usize,
    stop: &dyn Fn() -> bool,
) -> Option<Vec<String>> {
    let head = repository.head_id().ok()?;
    let sorting = Sorting::ByCommitTime(CommitTimeOrder::NewestFirst);
    let commits = repository.rev_walk([head.detach()]).sorting(sorting).all().ok()?;
    let mut cache = repository.diff_resource_cache_for_tree_diff().ok()?;
    let mut seen = FxHashSet::default();
    let mut keys = Vec::new();
    for commit in commits {
        if stop() || keys.len() >= limit {
            break;
        }
        let Ok(commit) = commit else { break };
        // What a merge brings in was changed by the commits that it merges.
        let before = match commit.parent_ids.as_slice() {
            [] => Some(repository.empty_tree()),
            [parent] => match tree(repository, *parent, prefix) {
                Some(tree) => Some(tree),
                // In a shallow clone the oldest commit has a parent that is not there.
                None if repository.find_commit(*parent).is_err() => None,
                None => Some(repository.empty_tree()),
            },
            _ => None,
        };
        let (Some(before), Some(after)) = (before, tree(repository, commit.id, prefix)) else { continue };
        if before.id == after.id {
            continue;
        }
        let Some(changed) = changed(&before, &after, &mut cache) else { continue };
        for key in changed {
            if keys.len() < limit && seen.insert(key.clone()) {
                keys.push(key);
            }
        }
    }
    Some(keys)
}

/// The folder of the workspace in a commit.
fn tree<'a>(repository: &'a Repository, commit: gix::ObjectId, prefix: &[u8]) -> Option<Tree<'a>> {
    let tree = repository.find_commit(commit).ok()?.tree().ok()?;
    if prefix.is_empty() {
        return Some(tree);
    }
    let entry = tree.lookup_entry(prefix.split(|byte| *byte == b'/')).ok()??;
    entry.object().ok()?.try_into_tree().ok()
}

/// The files that differ; `None` when these are too many.
fn changed(before: &Tree<'_>, after: &Tree<'_>, cache: &mut Platform) -> Option<Vec<String>> {
    let mut keys = Vec::new();
    let mut changes = before.changes().ok()?;
    changes.options(|options| {
        options.track_path().track_rewrites(None);
    });
    let each = |change: Change<'_, '_, '_>| {
        if let Change::Addition { location, entry_mode, .. } | Change::Modification { location, entry_mode, .. } =
            change
            && entry_mode.is_blob()
        {
            keys.push(key_of_bytes(location));
        }
        Ok(if keys.len() > MOST_FILES { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    };
    // What was found until something went wrong is still true.
    let _ = changes.for_each_to_obtain_tree_with_cache(after, cache, each);
    (keys.len() <= MOST_FILES).then_some(keys)
}
