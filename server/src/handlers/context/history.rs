//! What git says about some lines: the commits that wrote them, as data for the prompt.

use std::{
    cmp::Reverse,
    ops::Range,
    sync::Arc,
    time::{Duration, Instant},
};

use codecompass_core::prompt::{fence::one_line, pack::Fact};

use super::library::{File, Library};
use crate::workspace::git::Commit;

/// So many commits are told.
const COMMITS: usize = 5;
/// A commit's message is told up to so many lines.
const MESSAGE: usize = 12;
/// Nobody waits longer for git. What it finds later it remembers.
const PATIENCE: Duration = Duration::from_millis(20);
/// Comparing files with the last commit may take so long; those that were written last come first.
const DIFF_PATIENCE: Duration = Duration::from_millis(150);

/// The commits that shaped lines (from 0, end exclusive) of a file, newest first.
pub(super) fn commits(library: &Library<'_>, file: &File, lines: &Range<u32>) -> Option<Fact> {
    let git = library.views.get(file.view)?.git.as_ref()?;
    let text = library.text(file)?;
    let deadline = Instant::now() + PATIENCE;
    let stop = || Instant::now() >= deadline || library.stopped();
    let commits = git.commits_of(&file.key, &text.text, lines.clone(), COMMITS, &stop);
    (!commits.is_empty()).then(|| Fact {
        title: "Commits that wrote these lines, the newest first".to_owned(),
        text: commits.iter().map(told).collect(),
        language: "text",
        share: 12,
    })
}

/// What differs from the last commit in the files of the index, as a diff, and whether all files could be compared.
pub(super) fn diff(library: &Library<'_>, view: usize) -> (String, bool) {
    let Some(git) = library.views.get(view).and_then(|view| view.git.as_ref()) else { return (String::new(), true) };
    let Some(snapshot) = library.snapshot(view) else { return (String::new(), true) };
    let mut files: Vec<(i64, File)> = snapshot
        .files
        .iter()
        .map(|(key, row)| (row.mtime_ns, File { view, key: key.to_owned() }))
        .filter(|(_, file)| library.may_show(file))
        .collect();
    // Open files first, then those written last.
    files.sort_by_key(|(time, file)| (!library.views[view].open.contains_key(&file.key), Reverse(*time)));
    let deadline = Instant::now() + DIFF_PATIENCE;
    let stop = || Instant::now() >= deadline || library.stopped();
    let keys = files.iter().map(|(_, file)| file.key.as_str());
    let text = |key: &str| library.text(&File { view, key: key.to_owned() }).map(|text| Arc::clone(&text.text));
    git.diff(keys, &text, &stop)
}

fn told(commit: &Commit) -> String {
    let Commit { change, message } = commit;
    let mut out = format!(
        "{} {}, {}: {} ({} of the lines)\n",
        change.commit,
        one_line(&change.author, 80),
        date(change.time_s),
        one_line(&change.summary, 200),
        change.lines
    );
    // Trailers are for machines.
    let is_trailer =
        |line: &str| line.split_once(": ").is_some_and(|(name, _)| name.contains("-by") || name == "Change-Id");
    let lines = message.lines().map(str::trim_end).filter(|line| !line.is_empty() && !is_trailer(line));
    for line in lines.take(MESSAGE) {
        out.push_str("    ");
        out.push_str(&one_line(line, 200));
        out.push('\n');
    }
    out
}

/// `2026-03-14`.
fn date(seconds: i64) -> String {
    // Days since 0000-03-01, in eras of 400 years.
    let days = seconds.div_euclid(86_400) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(951_782_400), "2000-02-29");
        assert_eq!(date(1_794_441_600), "2026-11-12");
        assert_eq!(date(-1), "1969-12-31");
    }
}
