//! Where things stand now: places from the index are checked against the text in the editor or on disk before they leave.
//!
//! What moved gets its new line, what is not there any more is not given out. It knows texts and names, not editors.

use std::{
    cell::{OnceCell, RefCell},
    ops::Range,
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
};

use codecompass_core::{
    document::ContentId,
    language::Language,
    syntax::{Definition as Defined, Outline, outline},
    text::Lines,
};
use codecompass_index::symbols::{Definition, Reference};
use rustc_hash::FxHashMap;

use crate::{live::View, workspace::key::path_of};

/// A piece of one line. Editors count columns in several ways; the line is here so that bytes can become any of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The file, absolute.
    pub path: PathBuf,
    /// The line, from 0.
    pub line: u32,
    /// The bytes of that line.
    pub columns: Range<usize>,
    /// The line without its end.
    pub text: String,
}

/// The texts of one folder, each read once.
pub struct Current<'a> {
    view: &'a View,
    read: RefCell<FxHashMap<String, Option<Rc<Text>>>>,
}

/// A text as it is now.
pub struct Text {
    /// All of it.
    pub text: Arc<str>,
    /// Its lines.
    pub lines: Lines,
    outline: OnceCell<Outline>,
}

impl Text {
    /// A line (from 0) without its end; empty when there is no such line.
    pub fn line(&self, line: u32) -> &str {
        &self.text[self.lines.range(line + 1, &self.text)]
    }

    fn outline(&self, language: Language) -> &Outline {
        self.outline.get_or_init(|| outline(language, &self.text, &|| false))
    }
}

impl<'a> Current<'a> {
    /// The texts of `view`.
    pub fn new(view: &'a View) -> Self {
        Self { view, read: RefCell::default() }
    }

    /// The folder these texts are in.
    pub fn view(&self) -> &'a View {
        self.view
    }

    /// The absolute path of a key.
    pub fn path(&self, key: &str) -> PathBuf {
        absolute(&self.view.root, key)
    }

    /// A file's text as it is now.
    pub fn text(&self, key: &str) -> Option<Rc<Text>> {
        if let Some(known) = self.read.borrow().get(key) {
            return known.clone();
        }
        let text = self.view.text(key).filter(|text| u32::try_from(text.len()).is_ok()).map(|text| {
            let lines = Lines::new(&text);
            Rc::new(Text { text, lines, outline: OnceCell::new() })
        });
        self.read.borrow_mut().insert(key.to_owned(), text.clone());
        text
    }

    /// Where the name of a definition stands now; `None` when the definition is gone.
    pub fn definition(&self, definition: &Definition) -> Option<Spot> {
        let text = self.text(&definition.path).filter(|_| self.view.speaks_for(&definition.path))?;
        let line = self.line_of(definition, &text)?;
        let shown = text.line(line);
        let columns = word_in(shown, &definition.symbol.name).unwrap_or_else(|| trimmed(shown));
        Some(Spot { path: self.path(&definition.path), line, columns, text: shown.to_owned() })
    }

    /// The lines (from 0, end exclusive) of a whole definition as it is now.
    pub fn extent(&self, definition: &Definition) -> Option<Range<u32>> {
        let text = self.text(&definition.path)?;
        if self.is_as_indexed(definition.chunk, &text) {
            return Some(definition.symbol.line..definition.symbol.end_line.min(text.lines.count()));
        }
        let found = self.again(definition, &text)?;
        let line = |byte: u32| text.lines.line_of(byte as usize) - 1;
        Some(line(found.range.start)..line(found.range.end.max(found.range.start + 1) - 1) + 1)
    }

    /// Where a name is referred to, if it still is on that line.
    pub fn reference(&self, reference: &Reference, name: &str) -> Option<Spot> {
        let text = self.text(&reference.path).filter(|_| self.view.speaks_for(&reference.path))?;
        let shown = text.line(reference.line);
        let columns = word_in(shown, name)?;
        Some(Spot { path: self.path(&reference.path), line: reference.line, columns, text: shown.to_owned() })
    }

    /// The line of a definition's name.
    fn line_of(&self, definition: &Definition, text: &Text) -> Option<u32> {
        let symbol = &definition.symbol;
        if self.is_as_indexed(definition.chunk, text) {
            // Attributes and decorators may stand before the line of the name.
            let named = (symbol.line..symbol.end_line).find(|&line| word_in(text.line(line), &symbol.name).is_some());
            return Some(named.unwrap_or(symbol.line));
        }
        Some(text.lines.line_of(self.again(definition, text)?.name_range.start as usize) - 1)
    }

    /// Whether a chunk still says, at its place, what was indexed.
    fn is_as_indexed(&self, chunk: u32, text: &Text) -> bool {
        let Some(snapshot) = self.view.snapshot.as_deref() else { return false };
        let row = snapshot.row(chunk);
        text.text
            .get(row.start_byte as usize..row.end_byte as usize)
            .is_some_and(|own| snapshot.record(chunk).is_ok_and(|it| ContentId::new(&it.header, own) == it.content))
    }

    /// The same definition in a text that is another one now: nearest to where it was.
    fn again<'t>(&self, definition: &Definition, text: &'t Text) -> Option<&'t Defined> {
        let language = self.view.snapshot.as_deref()?.file(definition.chunk).language;
        let symbol = &definition.symbol;
        let same = |found: &&Defined| found.name == symbol.name && found.kind == symbol.kind;
        text.outline(language)
            .definitions
            .iter()
            .filter(same)
            .min_by_key(|found| text.lines.line_of(found.range.start as usize).abs_diff(symbol.line + 1))
    }
}

/// The absolute path of a key.
pub fn absolute(root: &Path, key: &str) -> PathBuf {
    root.join(path_of(key))
}

/// Whether a character may be part of a name.
pub fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// Where `name` stands in `line` as a whole word.
pub fn word_in(line: &str, name: &str) -> Option<Range<usize>> {
    if name.is_empty() {
        return None;
    }
    let bounded = |at: usize| {
        let before = line[..at].chars().next_back().is_some_and(is_name);
        let after = line[at + name.len()..].chars().next().is_some_and(is_name);
        !(before && name.starts_with(is_name) || after && name.ends_with(is_name))
    };
    line.match_indices(name).map(|(at, _)| at).find(|&at| bounded(at)).map(|at| at..at + name.len())
}

/// The bytes of a line without the white space around.
pub fn trimmed(line: &str) -> Range<usize> {
    let start = line.len() - line.trim_start().len();
    start..line.trim_end().len().max(start)
}

/// The name at a byte of the text, or the one that ends there.
pub fn name_at(text: &str, at: usize) -> Option<Range<usize>> {
    if !text.is_char_boundary(at) {
        return None;
    }
    let start = text[..at].rfind(|c| !is_name(c)).map_or(0, |before| before + char_at(text, before).len_utf8());
    let end = text[at..].find(|c| !is_name(c)).map_or(text.len(), |after| at + after);
    let name = &text[start..end];
    name.starts_with(|c: char| !c.is_numeric()).then_some(start..end)
}

fn char_at(text: &str, at: usize) -> char {
    text[at..].chars().next().expect("a match begins with a character")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_as_whole_words() {
        assert_eq!(word_in("re_add(add)", "add"), Some(7..10));
        assert_eq!(word_in("größe_neu(größe)", "größe"), Some(12..19));
        assert_eq!(word_in("operator==(a)", "=="), Some(8..10));
        assert_eq!(word_in("added", "add"), None);
    }

    #[test]
    fn the_name_at_or_before_the_cursor() {
        let name = |text: &'static str, at| name_at(text, at).map(|range| &text[range]);
        assert_eq!(name("let größe = 1", 6), Some("größe"));
        assert_eq!(name("add(x)", 3), Some("add"), "the cursor behind the last letter");
        assert_eq!(name("a + b", 3), None);
        assert_eq!(name("x = 42", 5), None);
        assert_eq!(name("", 0), None);
    }
}
