//! The documents that are open in the client, files or not, with their text as the client has it.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{
    edits::Edits,
    positions::{self, Encoding},
    proto::{TextDocumentContentChangeEvent, TextDocumentItem, Uri},
};

/// A document that is open in the client. Immutable: a change makes another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The client's version of it.
    pub version: i32,
    /// The client's name for its language.
    pub language: Arc<str>,
    /// What the client shows.
    pub text: Arc<str>,
}

/// The open documents by their URIs, as the client writes them. Cheap to clone, so that a request keeps those of its time.
#[derive(Debug, Clone, Default)]
pub struct Documents {
    open: Arc<FxHashMap<Uri, Document>>,
    edits: Edits,
}

impl Documents {
    /// The document with that URI, if it is open.
    pub fn get(&self, uri: &Uri) -> Option<&Document> {
        self.open.get(uri)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&Uri, &Document)> {
        self.open.iter()
    }

    /// The places that were edited last in them.
    pub fn edits(&self) -> &Edits {
        &self.edits
    }

    /// One was opened. One that is open already is replaced.
    pub fn open(&mut self, item: TextDocumentItem) -> Document {
        let document = Document { version: item.version, language: item.language_id.into(), text: item.text.into() };
        if Arc::make_mut(&mut self.open).insert(item.uri.clone(), document.clone()).is_some() {
            tracing::warn!("{} was opened twice; the later text counts", item.uri.as_str());
        }
        document
    }

    /// One was changed; `None` when it is not open. Whatever the changes say, the result is some text.
    pub fn change(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) -> Option<Document> {
        let Some(document) = Arc::make_mut(&mut self.open).get_mut(uri) else {
            tracing::warn!("{} was changed but is not open; the change is ignored", uri.as_str());
            return None;
        };
        if version < document.version {
            tracing::warn!("{} goes back from version {} to {version}", uri.as_str(), document.version);
        }
        document.version = version;
        if let Some(after) = apply(&document.text, changes, encoding, uri, &mut self.edits) {
            document.text = after;
        }
        Some(document.clone())
    }

    /// One was closed.
    pub fn close(&mut self, uri: &Uri) {
        if Arc::make_mut(&mut self.open).remove(uri).is_none() {
            tracing::warn!("{} was closed but is not open", uri.as_str());
        }
        self.edits.forget(uri);
    }
}

/// The text after the changes, or `None` when there are none.
fn apply(
    text: &str,
    changes: Vec<TextDocumentContentChangeEvent>,
    encoding: Encoding,
    uri: &Uri,
    edits: &mut Edits,
) -> Option<Arc<str>> {
    // What stands before a change of the whole text is gone with it.
    let first = changes.iter().rposition(|change| change.range.is_none()).unwrap_or(0);
    let mut after: Option<String> = None;
    for change in changes.into_iter().skip(first) {
        let Some(range) = change.range else {
            edits.replaced(uri, after.as_deref().unwrap_or(text), &change.text);
            after = Some(change.text);
            continue;
        };
        let before = after.as_deref().unwrap_or(text);
        let (bytes, exact) = positions::to_bytes(before, range, encoding);
        if !exact {
            tracing::warn!("a change of {} names places that it does not have: {range:?}", uri.as_str());
        }
        let lines = |text: &str| text.bytes().filter(|&byte| byte == b'\n').count() as u32;
        let first = lines(&before[..bytes.start]);
        edits.add(uri, first, first + lines(&before[bytes.clone()]), first + lines(&change.text));
        match &mut after {
            Some(after) => after.replace_range(bytes, &change.text),
            None => after = Some([&text[..bytes.start], &*change.text, &text[bytes.end..]].concat()),
        }
    }
    after.map(Arc::from)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::str::FromStr;

    use super::*;
    use crate::lsp::proto::{Position, Range};

    fn uri() -> Uri {
        Uri::from_str("file:///a.rs").unwrap()
    }

    fn opened(text: &str) -> Documents {
        let mut documents = Documents::default();
        documents.open(TextDocumentItem::new(uri(), "rust".to_owned(), 1, text.to_owned()));
        documents
    }

    fn edit(from: (u32, u32), to: (u32, u32), text: &str) -> TextDocumentContentChangeEvent {
        let range = Range { start: Position::new(from.0, from.1), end: Position::new(to.0, to.1) };
        TextDocumentContentChangeEvent { range: Some(range), range_length: None, text: text.to_owned() }
    }

    fn whole(text: &str) -> TextDocumentContentChangeEvent {
        TextDocumentContentChangeEvent { range: None, range_length: None, text: text.to_owned() }
    }

    #[track_caller]
    fn check(before: &str, changes: Vec<TextDocumentContentChangeEvent>, after: &str) {
        let mut documents = opened(before);
        let document = documents.change(&uri(), 2, changes, Encoding::Utf16).unwrap();
        assert_eq!((&*document.text, document.version), (after, 2));
        assert_eq!(documents.get(&uri()), Some(&document));
    }

    #[test]
    fn changes_are_made_in_order() {
        check(
            "one\ntwo\n",
            vec![edit((0, 0), (0, 3), "1"), edit((0, 1), (0, 1), "!"), edit((1, 0), (2, 0), "")],
            "1!\n",
        );
        check("a😀b", vec![edit((0, 3), (0, 4), "c")], "a😀c");
        check("a\r\nb\rc", vec![edit((2, 0), (2, 1), "d"), edit((0, 1), (1, 0), " ")], "a b\rd");
        check("old", vec![edit((0, 0), (0, 1), "x"), whole("new"), edit((0, 3), (0, 3), "er")], "newer");
        check("same", vec![], "same");
    }

    #[test]
    fn places_that_are_not_there_are_brought_in() {
        check("ab", vec![edit((9, 9), (10, 0), "!")], "ab!");
        check("ab\ncd", vec![edit((0, 7), (1, 1), "-")], "ab-d");
        check("abc", vec![edit((0, 2), (0, 1), "-")], "a-c");
    }

    #[test]
    fn it_is_known_where_was_edited_last() {
        let mut documents = opened(&"line\n".repeat(100));
        documents.change(&uri(), 2, vec![edit((50, 0), (50, 4), "new\nlines")], Encoding::Utf8);
        documents.change(&uri(), 3, vec![edit((10, 1), (10, 1), "x")], Encoding::Utf8);
        let places = |documents: &Documents| -> Vec<_> {
            documents.edits().iter().map(|edited| (edited.first, edited.last)).collect()
        };
        assert_eq!(places(&documents), [(10, 10), (50, 51)]);
        documents.close(&uri());
        assert!(places(&documents).is_empty());
    }

    #[test]
    fn a_request_keeps_the_text_of_its_time() {
        let mut documents = opened("before");
        let then = documents.clone();
        documents.change(&uri(), 2, vec![whole("after")], Encoding::Utf8);
        documents.close(&uri());
        assert_eq!(&*then.get(&uri()).unwrap().text, "before");
        assert!(documents.change(&uri(), 3, vec![whole("late")], Encoding::Utf8).is_none());
    }
}
