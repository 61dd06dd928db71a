//! The texts of files as they are now, and where in them a chunk stands that was indexed before they changed.

use std::{
    cell::{OnceCell, RefCell},
    ops::Range,
    rc::Rc,
    time::{Duration, Instant},
};

use codecompass_core::{
    document::{ContentId, DocumentChunk},
    text,
};
use codecompass_index::segment::{Record, Row};
use rustc_hash::FxHashMap;

use super::Workspace;
use crate::{indexer, workspace::walk};

/// A chunk that moved is looked for in a parse of the whole file, which takes so long at most; what is not found by then is
/// left out until the file is indexed again.
const LONGEST_CUT: Duration = Duration::from_millis(20);
/// Larger texts cannot be parsed in that time.
const LARGEST_CUT: usize = 256 << 10;

/// Texts of files, each read once a search.
pub(super) struct Texts<'a> {
    workspace: Workspace<'a>,
    read: RefCell<FxHashMap<String, Option<Rc<Current>>>>,
}

/// The text of a file as it is now.
pub(super) struct Current {
    path: String,
    pub(super) text: Box<str>,
    /// Cut only when something is not where the index says.
    chunks: OnceCell<Vec<(ContentId, Place)>>,
}

/// Where a chunk stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Its bytes.
    pub(super) bytes: Range<usize>,
    /// Its lines from 0, end exclusive.
    pub(super) lines: Range<u32>,
    /// The line of its first byte, from 0.
    pub(super) first_line: u32,
    /// Whether the index says another place.
    pub(super) moved: bool,
}

impl<'a> Texts<'a> {
    pub(super) fn new(workspace: Workspace<'a>) -> Self {
        Self { workspace, read: RefCell::default() }
    }

    /// The file's text in the editor, else on disk; `None` when there is no such text.
    pub(super) fn of(&self, path: &str) -> Option<Rc<Current>> {
        if let Some(text) = self.read.borrow().get(path) {
            return text.clone();
        }
        let text = match self.workspace.open.get(path) {
            Some(open) => Some(Box::from(&*open.text)),
            None => walk::read(self.workspace.root, path, self.workspace.max_file_bytes)
                .ok()
                .and_then(|bytes| text::decode(bytes).ok())
                .map(|text| text.text.into_boxed_str()),
        };
        let current = text.map(|text| Rc::new(Current { path: path.to_owned(), text, chunks: OnceCell::new() }));
        self.read.borrow_mut().insert(path.to_owned(), current.clone());
        current
    }
}

impl Current {
    /// Where the chunk stands now: where the index says if its text is there, else wherever the same text under the same
    /// names is; `None` when it is gone. `indexed` is the length of the text that was indexed.
    pub(super) fn place(&self, row: &Row, record: &Record, indexed: u64) -> Option<Place> {
        // Behind the one place where somebody types, everything moves as far as the text grows.
        let grown = self.text.len() as i64 - indexed as i64;
        let in_place = self.at(row, record, 0);
        let found = in_place.or_else(|| self.at(row, record, grown).filter(|_| grown != 0));
        found.or_else(|| self.find(row, record))
    }

    /// The chunk, if it stands so many bytes behind where the index says.
    fn at(&self, row: &Row, record: &Record, moved: i64) -> Option<Place> {
        let byte = |byte: u32| usize::try_from(i64::from(byte) + moved).ok();
        let bytes = byte(row.start_byte)?..byte(row.end_byte)?;
        let text = self.text.get(bytes.clone())?;
        if ContentId::new(&record.header, text) != record.content {
            return None;
        }
        let first_line = self.line_of(bytes.start);
        let line = |line: u32| first_line + line - row.first_line;
        let lines = line(row.start_line)..line(row.end_line);
        Some(Place { bytes, moved: first_line != row.first_line || moved != 0, lines, first_line })
    }

    /// The same bytes may stand on another line: a line break before them became another byte.
    fn line_of(&self, byte: usize) -> u32 {
        memchr::memchr_iter(b'\n', &self.text.as_bytes()[..byte]).count() as u32
    }

    /// The nearest chunk with that content.
    fn find(&self, row: &Row, record: &Record) -> Option<Place> {
        let chunks = self.chunks.get_or_init(|| self.cut());
        let found = chunks.iter().filter(|(content, _)| *content == record.content);
        found.map(|(_, place)| place).min_by_key(|place| place.lines.start.abs_diff(row.start_line)).cloned()
    }

    fn cut(&self) -> Vec<(ContentId, Place)> {
        if self.text.len() > LARGEST_CUT {
            return Vec::new();
        }
        let deadline = Instant::now() + LONGEST_CUT;
        let Ok(document) = indexer::cut_text(&self.path, &self.text, &|| Instant::now() > deadline) else {
            return Vec::new();
        };
        let place = |chunk: &DocumentChunk| Place {
            bytes: chunk.range.start as usize..chunk.range.end as usize,
            lines: chunk.lines.clone(),
            first_line: chunk.first_line,
            moved: true,
        };
        document.chunks.iter().map(|chunk| (chunk.content, place(chunk))).collect()
    }
}
