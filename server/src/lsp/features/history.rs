//! Who changed some lines last, for whoever waits only a moment for it.

use std::{
    ops::Range,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crate::{handlers::facts::Change, live::View};

/// A hover waits so long for git; the next one over the same lines finds the answer if it came later.
const PATIENCE: Duration = Duration::from_millis(12);

/// Who changed those lines (from 0, end exclusive) of a file last. `None` where it is not known.
pub(super) fn last_change(view: &View, key: &str, lines: Range<u32>) -> Option<Change> {
    let git = view.git.as_ref()?;
    let deadline = Instant::now() + PATIENCE;
    let stop = || Instant::now() > deadline;
    let change = match view.open.get(key) {
        Some(open) => git.last_change_in(key, &open.text, lines, &stop),
        None => git.last_change(key, lines, &stop),
    }?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Some(Change {
        summary: change.summary,
        author: change.author,
        commit: change.commit,
        age_s: now.saturating_sub(change.time_s.max(0) as u64),
    })
}
