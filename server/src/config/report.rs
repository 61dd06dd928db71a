//! What is wrong with the configuration, a sentence each: where it stands, what was found, what was expected.

use std::{
    collections::BTreeSet,
    fmt,
    path::{Path, PathBuf},
};

use serde::{Serialize, Serializer};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody wrote it.
    Default,
    /// A line (from 1) of a file.
    File(PathBuf, usize),
    /// An environment variable.
    Environment(String),
    /// The editor's options.
    Client,
    /// A flag of the command line.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => write!(f, "default"),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => write!(f, "{name}"),
            Self::Client => write!(f, "the editor's settings"),
            Self::Flag(name) => write!(f, "{name}"),
        }
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where it stands.
    pub origin: Origin,
    /// What is wrong there and what happens now.
    pub message: String,
}

impl Mistake {
    /// A mistake on a line of a file.
    pub(super) fn in_file(path: &Path, line: usize, message: String) -> Self {
        Self { origin: Origin::File(path.to_owned(), line), message }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.message)
    }
}

impl Serialize for Mistake {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What the user has been told, so that the same mistake is not told again at each change.
#[derive(Debug, Clone, Default)]
pub struct Told(BTreeSet<(String, String)>);

impl Told {
    /// Takes all mistakes there are now, of all folders together, and gives back those that were not there before, each once.
    /// What is mended is forgotten: made again, it is told again.
    pub fn news<'a>(&mut self, now: impl IntoIterator<Item = &'a Mistake>) -> Vec<&'a Mistake> {
        let mut all = BTreeSet::new();
        let news = now
            .into_iter()
            .filter(|mistake| {
                // The line is left out: a mistake that moved is the same one.
                let place = match &mistake.origin {
                    Origin::File(path, _) => path.display().to_string(),
                    other => other.to_string(),
                };
                let mistake = (place, mistake.message.clone());
                let known = self.0.contains(&mistake);
                all.insert(mistake) && !known
            })
            .collect();
        self.0 = all;
        news
    }
}

/// The words of `known` that `word` most likely stands for, the likeliest first; none when nothing is near.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let word = word.to_lowercase();
    let mut near: Vec<(f64, &str)> = known
        .into_iter()
        .map(|candidate| {
            let folded = candidate.to_lowercase();
            let begins =
                word.len() >= 2 && (folded.starts_with(&word) || word.starts_with(&folded) && folded.len() > 2);
            let likeness = strsim::normalized_damerau_levenshtein(&word, &folded);
            (if begins { likeness.max(0.7) } else { likeness }, candidate)
        })
        .filter(|(likeness, _)| *likeness >= 0.5)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    near.dedup_by_key(|(_, candidate)| *candidate);
    near.into_iter().take(3).map(|(_, candidate)| candidate).collect()
}

/// `a`, `b` or `c`.
pub fn either<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut quoted: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    let Some(last) = quoted.pop() else { return String::new() };
    if quoted.is_empty() { last } else { format!("{} or {last}", quoted.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_told_once_until_it_is_mended() {
        let client = |message: &str| Mistake { origin: Origin::Client, message: message.to_owned() };
        let file = |line| Mistake::in_file(Path::new("/w/config.toml"), line, "x".to_owned());
        let mut told = Told::default();
        // Two folders find the same mistake in the user's file.
        assert_eq!(told.news(&[client("a"), file(1), file(1)]), [&client("a"), &file(1)]);
        assert_eq!(told.news(&[client("b"), client("a"), file(7)]), [&client("b")]);
        assert_eq!(told.news(&[client("b")]), Vec::<&Mistake>::new());
        assert_eq!(told.news(&[client("b"), client("a")]), [&client("a")]);
    }
}
