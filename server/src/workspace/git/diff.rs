//! What differs from the commit that is checked out, as people read it.

use std::{fmt::Write, sync::Arc};

use codecompass_core::text;
use gix::{ObjectId, Repository, objs::Kind};

use super::{
    history::Tracer,
    lines::{changes, lines_of},
};

/// Lines around a change that are shown.
const AROUND: u32 = 3;
/// So many lines of a new file are shown.
const NEW: usize = 200;
/// A longer diff is cut at the end of a file, in bytes.
const LONGEST: usize = 256 << 10;

const TAKES_ALL: &str = "a string takes all that is written";

/// See [`super::Git::diff`].
pub(super) fn diff<'k>(
    repository: &Repository,
    files: impl Iterator<Item = (&'k str, Vec<u8>)>,
    text_of: &dyn Fn(&str) -> Option<Arc<str>>,
    stop: &dyn Fn() -> bool,
) -> Option<(String, bool)> {
    let head = repository.head_id().ok()?.detach();
    let mut tracer = Tracer::new(repository, stop);
    let mut out = String::new();
    for (key, path) in files {
        if stop() || out.len() > LONGEST {
            return Some((out, false));
        }
        let committed = tracer.blob(head, &path);
        let Some(now) = text_of(key) else { continue };
        match committed {
            Some(blob) if is(blob, &now) => {}
            Some(blob) => {
                let Some(before) = tracer.bytes(blob).and_then(|bytes| text::decode(bytes).ok()) else { continue };
                changed(key, &before.text, &now, &mut out);
            }
            None => new(key, &now, &mut out),
        }
    }
    Some((out, true))
}

/// Whether a text is that content, told without reading it.
fn is(blob: ObjectId, text: &str) -> bool {
    gix::objs::compute_hash(blob.kind(), Kind::Blob, text.as_bytes()).is_ok_and(|id| id == blob)
}

fn new(key: &str, text: &str, out: &mut String) {
    let count = text.lines().count();
    writeln!(out, "--- /dev/null\n+++ {key}\n@@ -0,0 +1,{count} @@").expect(TAKES_ALL);
    for line in text.lines().take(NEW) {
        writeln!(out, "+{line}").expect(TAKES_ALL);
    }
    if count > NEW {
        writeln!(out, "({} more lines are new)", count - NEW).expect(TAKES_ALL);
    }
}

fn changed(key: &str, before: &str, after: &str, out: &mut String) {
    let hunks = changes(lines_of(before.as_bytes()), lines_of(after.as_bytes()));
    if hunks.is_empty() {
        return;
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    writeln!(out, "--- {key}\n+++ {key}").expect(TAKES_ALL);
    let mut at = 0;
    while at < hunks.len() {
        // Changes whose surroundings touch are shown as one.
        let mut last = at;
        while last + 1 < hunks.len() && hunks[last + 1].before.start <= hunks[last].before.end + 2 * AROUND {
            last += 1;
        }
        let start = hunks[at].before.start.saturating_sub(AROUND);
        let new_start = hunks[at].after.start - (hunks[at].before.start - start);
        let end = (hunks[last].before.end + AROUND).min(old.len() as u32);
        let new_end = hunks[last].after.end + (end - hunks[last].before.end);
        let (count, new_count) = (end - start, new_end - new_start);
        writeln!(out, "@@ -{},{count} +{},{new_count} @@", start + 1, new_start + 1).expect(TAKES_ALL);
        let mut from = start;
        for hunk in &hunks[at..=last] {
            for line in from..hunk.before.start {
                writeln!(out, " {}", old[line as usize]).expect(TAKES_ALL);
            }
            for line in hunk.before.clone() {
                writeln!(out, "-{}", old.get(line as usize).unwrap_or(&"")).expect(TAKES_ALL);
            }
            for line in hunk.after.clone() {
                writeln!(out, "+{}", new.get(line as usize).unwrap_or(&"")).expect(TAKES_ALL);
            }
            from = hunk.before.end;
        }
        for line in from..end {
            writeln!(out, " {}", old[line as usize]).expect(TAKES_ALL);
        }
        at = last + 1;
    }
}
