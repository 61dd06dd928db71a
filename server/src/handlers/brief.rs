//! Short explanations that a model once gave, kept so that a hover can show them without asking anybody. Each belongs to the
//! text that it explains: when that says something else, it is not shown any more.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use codecompass_core::prompt::{Reason, Source};
use serde::{Deserialize, Serialize};

use super::converse::Answer;
use crate::conversations::folder;

/// So many are kept.
const MOST: usize = 2000;
/// A longer text is cut at the end of a sentence.
const LONGEST: usize = 400;

/// A short explanation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    /// What it explains, word for word.
    of: String,
    /// What it says, in Markdown.
    pub text: String,
    /// Which model said it.
    pub model: String,
}

/// Keeps what an answer says of the definition that it explains. `place` gives the absolute path of a file that a source
/// shows.
pub fn keep(cache: &Path, place: &dyn Fn(&str) -> PathBuf, answer: &Answer) -> std::io::Result<()> {
    let (Some(source), true) = (explained(answer), answer.complete) else { return Ok(()) };
    let file = file(cache, &place(&source.path), &symbol(source));
    folder::create(file.parent().unwrap_or(&file))?;
    collect(file.parent().unwrap_or(&file));
    let model = answer.model.clone().unwrap_or_default();
    let brief = Brief { of: source.text.trim().to_owned(), text: short(&answer.text), model };
    folder::replace(&file, &serde_json::to_vec(&brief)?)
}

/// What was once said of the definition `symbol` (`Store::add`) in the file at `path`, if it is still `text` that it says.
pub fn find(cache: &Path, path: &Path, symbol: &str, text: &str) -> Option<Brief> {
    let brief: Brief = serde_json::from_slice(&fs::read(file(cache, path, symbol)).ok()?).ok()?;
    (!brief.of.is_empty() && text.contains(&brief.of)).then_some(brief)
}

fn file(cache: &Path, path: &Path, symbol: &str) -> PathBuf {
    let mut hasher = blake3::Hasher::new();
    hasher.update(path.as_os_str().as_encoded_bytes()).update(&[0]).update(symbol.as_bytes());
    cache.join("brief").join(format!("{}.json", &hasher.finalize().to_hex()[..24]))
}

/// The definition that an answer explains, whole.
fn explained(answer: &Answer) -> Option<&Source> {
    answer.sources.iter().find(|source| source.why == Reason::Definition && !source.partial)
}

/// The name in ``method `Store::add` `` or `method Store::add`.
fn symbol(source: &Source) -> String {
    let label = source.label.as_str();
    let name = label.split('`').nth(1).or_else(|| label.split_once(' ').map(|(_, name)| name));
    name.unwrap_or(label).split(' ').next().unwrap_or_default().to_owned()
}

/// The first paragraph, at most so much of it.
fn short(text: &str) -> String {
    let paragraph = text.trim().split("\n\n").next().unwrap_or_default().trim();
    if paragraph.len() <= LONGEST {
        return paragraph.to_owned();
    }
    let end = (0..=LONGEST).rev().find(|&at| paragraph.is_char_boundary(at)).unwrap_or(0);
    let cut = &paragraph[..end];
    cut.rfind(". ").map_or_else(|| format!("{cut}…"), |at| cut[..=at].to_owned())
}

/// The oldest go when there are too many.
fn collect(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut known: Vec<(SystemTime, PathBuf)> =
        entries.filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()))).collect();
    if known.len() > MOST {
        known.sort();
        for (_, path) in known.iter().take(known.len() - MOST * 9 / 10) {
            // One that stays is no harm.
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use codecompass_core::{language::Language, prompt::Span};

    use super::*;

    #[test]
    fn it_is_shown_as_long_as_the_code_is_the_same() {
        let cache = tempfile::tempdir().unwrap();
        let path = Path::new("/p/src/store.rs");
        let source = Source {
            n: 1,
            path: "src/store.rs".to_owned(),
            lines: Span::new(1, 1),
            label: "function `add`".to_owned(),
            language: Language::Rust,
            text: "fn add() {}\n".to_owned(),
            why: Reason::Definition,
            around: Vec::new(),
            partial: false,
        };
        let answer = Answer {
            text: "Adds an item.\n\nAnd much more.".to_owned(),
            complete: true,
            model: Some("qwen".to_owned()),
            sources: vec![source],
            ..Answer::default()
        };
        let place = |shown: &str| Path::new("/p").join(shown);
        keep(cache.path(), &place, &answer).unwrap();
        let found = find(cache.path(), path, "add", "use x;\n\nfn add() {}\n").unwrap();
        assert_eq!((found.text.as_str(), found.model.as_str()), ("Adds an item.", "qwen"));
        assert_eq!(find(cache.path(), path, "add", "fn add() { 1 }"), None);
        assert_eq!(find(cache.path(), path, "other", "fn add() {}"), None);
        assert_eq!(find(cache.path(), Path::new("/p/b.rs"), "add", "fn add() {}"), None);
        let unfinished = Answer { complete: false, text: "Half".to_owned(), ..answer };
        keep(cache.path(), &place, &unfinished).unwrap();
        assert_eq!(find(cache.path(), path, "add", "fn add() {}").unwrap().text, "Adds an item.");
        assert!(short(&"One sentence. ".repeat(99)).ends_with("sentence."));
    }
}
