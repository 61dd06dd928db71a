//! Search over several folders: what each of them finds, merged by score.

use std::path::PathBuf;

use codecompass_core::hit::Hit;

use super::{
    current::absolute,
    search::{self, SearchRequest, SearchResponse},
};
use crate::live::View;

/// What was found in all folders.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Best first.
    pub hits: Vec<FoundHit>,
    /// Sentences the user should know.
    pub notes: Vec<String>,
    /// Files (absolute) whose text is not what the index holds: they should be looked at again.
    pub stale: Vec<PathBuf>,
}

/// A hit and where it is.
#[derive(Debug, Clone)]
pub struct FoundHit {
    /// The file, absolute.
    pub path: PathBuf,
    /// How people know the file: relative to its folder when there is one folder, else absolute.
    pub shown: String,
    /// What was found.
    pub hit: Hit,
}

/// Searches all folders. `stop` is asked between them; what was found until then is given.
pub fn search(views: &[&View], request: &SearchRequest, stop: &dyn Fn() -> bool) -> anyhow::Result<Found> {
    let mut found = Found::default();
    for view in views {
        if stop() {
            break;
        }
        let Some(workspace) = view.workspace() else {
            found.notes.push(not_ready(view));
            continue;
        };
        found.notes.extend(incomplete(view));
        let response = search::search(workspace, request)?;
        add(&mut found, views, view, response);
    }
    finish(&mut found, request.limit);
    Ok(found)
}

/// Finds code in the first folder like that around `line` (from 1) of its file `key`.
pub fn similar(views: &[&View], key: &str, line: u32, request: &SearchRequest) -> anyhow::Result<Found> {
    let mut found = Found::default();
    let Some(view) = views.first() else { return Ok(found) };
    let Some(workspace) = view.workspace() else {
        found.notes.push(not_ready(view));
        return Ok(found);
    };
    let response = search::similar(workspace, key, line, request)?;
    add(&mut found, views, view, response);
    finish(&mut found, request.limit);
    Ok(found)
}

/// How people know a file of a folder.
pub fn shown(views: &[&View], view: &View, key: &str) -> String {
    if views.len() > 1 { absolute(&view.root, key).display().to_string() } else { key.to_owned() }
}

fn not_ready(view: &View) -> String {
    format!("{} is not indexed yet; ask again in a moment", view.root.display())
}

/// What is not indexed yet cannot be found.
fn incomplete(view: &View) -> Option<String> {
    let complete = view.snapshot.as_ref().is_some_and(|snapshot| snapshot.state.complete);
    (!complete).then(|| match view.state.total {
        0 => format!("{} is being indexed; not everything can be found yet", view.root.display()),
        total => format!(
            "{} is being indexed, {} of {total} files are done; not everything can be found yet",
            view.root.display(),
            view.state.done
        ),
    })
}

fn add(found: &mut Found, views: &[&View], view: &View, response: SearchResponse) {
    for hit in response.hits {
        let path = absolute(&view.root, &hit.path);
        found.hits.push(FoundHit { path, shown: shown(views, view, &hit.path), hit });
    }
    found.stale.extend(response.stale.iter().map(|key| absolute(&view.root, key)));
    for note in response.notes {
        if !found.notes.contains(&note) {
            found.notes.push(note);
        }
    }
}

fn finish(found: &mut Found, limit: usize) {
    found.hits.sort_by(|a, b| b.hit.score.total_cmp(&a.hit.score));
    // A folder inside of another one may be searched as a part of both.
    let mut seen = rustc_hash::FxHashSet::default();
    found.hits.retain(|found| seen.insert((found.path.clone(), found.hit.start_line)));
    found.hits.truncate(limit);
    if !found.hits.is_empty() {
        // Why one folder has nothing is of no interest when another one has something.
        found.notes.retain(|note| !note.starts_with("no "));
    }
}
