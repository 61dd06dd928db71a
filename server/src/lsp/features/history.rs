//! Who changed some lines last, for whoever waits only a moment for it.

use std::ops::Range;

use crate::{handlers::facts::Change, live::View};

/// Who changed those lines (from 0, end exclusive) of a file last. `None` where it is not known.
pub(super) fn last_change(_view: &View, _key: &str, _lines: Range<u32>) -> Option<Change> {
    None
}
