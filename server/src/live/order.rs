//! In which order files are indexed the first time: what the user looks at, what was worked on lately, what lies beside
//! that, then the rest.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::workspace::walk::FileEntry;

/// Puts the files that are likely to be asked about first. `open` are open in the editor; `recent` were changed lately, the
/// latest first. Within a group the order stays as it was.
pub(super) fn arrange(files: &mut [FileEntry], open: &[String], recent: &[String]) {
    let mut places: FxHashMap<&str, usize> = FxHashMap::default();
    for key in open.iter().chain(recent) {
        let next = places.len();
        places.entry(key).or_insert(next);
    }
    let folders: FxHashSet<&str> = open.iter().chain(recent).map(|key| folder(key)).collect();
    files.sort_by_cached_key(|file| {
        places
            .get(file.path.as_str())
            .copied()
            .unwrap_or_else(|| if folders.contains(folder(&file.path)) { places.len() } else { places.len() + 1 })
    });
}

fn folder(key: &str) -> &str {
    key.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_then_recent_then_neighbours_then_the_rest() {
        let file = |path: &str| FileEntry { path: path.to_owned(), size: 1, mtime_ns: 1 };
        let mut files: Vec<FileEntry> =
            ["a/far.rs", "b/beside.rs", "b/open.rs", "c/recent.rs", "d/far.rs", "e/newest.rs"].map(file).to_vec();
        arrange(&mut files, &["b/open.rs".to_owned()], &["e/newest.rs".to_owned(), "c/recent.rs".to_owned()]);
        let order: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(order, ["b/open.rs", "e/newest.rs", "c/recent.rs", "b/beside.rs", "a/far.rs", "d/far.rs"]);
    }
}
