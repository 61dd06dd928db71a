//! What models were asked and what it took, by day, model and host: numbers only, never what was said. Kept on this machine,
//! in the user's state folder, in one small file a month, for a year.

mod said;
#[cfg(test)]
mod tests;

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use serde::{Deserialize, Serialize};

use crate::{calendar, conversations::folder};

pub use said::{Counted, by_model, in_words};

/// Older days are forgotten.
const KEPT_DAYS: u64 = 366;
/// So many rows a month have a model and host of their own; whoever has more is trying out many, and the rest is summed up.
const MOST: usize = 2_000;
/// Where the rest is summed up.
const OTHERS: &str = "others";

/// What one model on one host did on one day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Row {
    /// The day in UTC: `2026-11-21`.
    pub day: String,
    /// The model.
    pub model: String,
    /// Its host, by the user's name.
    pub host: String,
    /// How often it was asked.
    pub answers: u64,
    /// How often of these it did not come to an end by itself, although nobody stopped it.
    pub failures: u64,
    /// Tokens that it read, as far as the host said so.
    pub prompt_tokens: u64,
    /// Tokens that it wrote, as far as the host said so.
    pub answer_tokens: u64,
    /// How long it took, from the question to the end, in milliseconds.
    pub ms: u64,
}

impl Row {
    /// One of today, with nothing counted yet.
    pub fn today(model: &str, host: &str) -> Self {
        let day = calendar::date(calendar::days(SystemTime::now()));
        Self { day, model: model.to_owned(), host: host.to_owned(), ..Self::default() }
    }

    fn is_of(&self, other: &Self) -> bool {
        (&self.day, &self.model, &self.host) == (&other.day, &other.model, &other.host)
    }

    fn add(&mut self, other: &Self) {
        let Self { day: _, model: _, host: _, answers, failures, prompt_tokens, answer_tokens, ms } = other;
        for (sum, more) in [
            (&mut self.answers, answers),
            (&mut self.failures, failures),
            (&mut self.prompt_tokens, prompt_tokens),
            (&mut self.answer_tokens, answer_tokens),
            (&mut self.ms, ms),
        ] {
            *sum = sum.saturating_add(*more);
        }
    }
}

/// What models did, kept in the user's state folder.
#[derive(Debug, Clone)]
pub struct Usage {
    folder: PathBuf,
}

impl Usage {
    /// That which is kept in the user's `state` folder.
    pub fn of(state: &Path) -> Self {
        Self { folder: state.join("usage") }
    }

    /// Adds what was done. Several programs may do so at once.
    pub fn add(&self, done: &Row) -> io::Result<()> {
        folder::create(&self.folder)?;
        let _nobody_else = self.lock()?;
        let Some(month) = done.day.get(..7) else { return Err(io::Error::other("it has no day")) };
        let path = self.folder.join(format!("{month}.json"));
        let mut rows = read(&path);
        let mut done = done.clone();
        if rows.len() >= MOST && !rows.iter().any(|row| row.is_of(&done)) {
            (done.model, done.host) = (OTHERS.to_owned(), String::new());
        }
        match rows.iter_mut().find(|row| row.is_of(&done)) {
            Some(row) => row.add(&done),
            None => rows.push(done),
        }
        folder::replace(&path, &serde_json::to_vec(&rows)?)?;
        self.forget();
        Ok(())
    }

    /// The rows of the last `days` days, today among them, the latest first. What cannot be read is not there.
    pub fn last(&self, days: u64) -> Vec<Row> {
        self.before(calendar::days(SystemTime::now()), days)
    }

    fn before(&self, today: u64, days: u64) -> Vec<Row> {
        let (first, last) = (calendar::date((today + 1).saturating_sub(days)), calendar::date(today));
        let mut rows = Vec::new();
        for path in self.files() {
            let month = month(&path);
            if (&first[..7]..=&last[..7]).contains(&month.as_str()) {
                rows.extend(read(&path).into_iter().filter(|row| row.day >= first && row.day <= last));
            }
        }
        rows.sort_by(|a, b| (&b.day, b.answers, &a.model, &a.host).cmp(&(&a.day, a.answers, &b.model, &b.host)));
        rows
    }

    /// Takes away the months of which nothing is wanted any more. What stays by mistake is taken away the next time.
    fn forget(&self) {
        let first = calendar::date(calendar::days(SystemTime::now()).saturating_sub(KEPT_DAYS));
        for path in self.files() {
            if month(&path).as_str() < &first[..7] {
                let _ = fs::remove_file(path);
            }
        }
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let months = entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "json") && month(path).len() == 7);
        months.collect()
    }

    /// Nobody else writes as long as this is held.
    fn lock(&self) -> io::Result<File> {
        let file = folder::options().write(true).create(true).truncate(false).open(self.folder.join("lock"))?;
        file.lock()?;
        Ok(file)
    }
}

fn month(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A file that says nothing sensible is begun anew: numbers are no reason to fail.
fn read(path: &Path) -> Vec<Row> {
    let bytes = fs::read(path).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}
