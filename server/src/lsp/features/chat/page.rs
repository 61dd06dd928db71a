//! A document that grows while the user looks at it, and perhaps types in it.
//!
//! Where the answer goes on stands a mark, a line of its own. What comes is inserted before it, wherever it is by now, in the
//! text that the client last told us of; so that nothing the user writes is lost, and nothing of ours lands in it. Clients
//! that take no edits get the file written anew instead.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use super::super::super::{
    documents::Document,
    positions,
    proto::{
        ApplyWorkspaceEditParams, DocumentChanges, OneOf, OptionalVersionedTextDocumentIdentifier, Range,
        TextDocumentEdit, TextEdit, Uri, WorkspaceEdit, request::ApplyWorkspaceEdit,
    },
    scene::{Later, Scene},
};
use crate::conversations::folder;

/// Edits are so long apart, so that the user can type between them.
pub(super) const EDITS: Duration = Duration::from_millis(200);
/// And files are written anew no more often than this.
const FILES: Duration = Duration::from_millis(500);
/// A client gets so long to open what it was asked to open, and to tell of an edit that it has made.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(5);
/// A client that refuses so many edits in a row takes none.
const REFUSALS: u32 = 8;

/// A line that stands where the answer goes on.
pub(super) fn mark() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("_CodeCompass is writing, {}/{number} …_", std::process::id())
}

/// A document that is being written.
pub(super) struct Page {
    later: Later,
    path: PathBuf,
    mark: String,
    /// Everything that is to stand before the mark.
    written: String,
    /// How much of it stands in the editor.
    sent: usize,
    /// How much of it stands in the file, when that is written.
    on_disk: usize,
    way: Way,
    refused: u32,
    last: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Into the editor.
    Edits,
    /// Into the file.
    File,
}

/// Where in a text something is to stand, and what.
type PlaceOf<'p> = &'p (dyn Fn(&str) -> Option<(std::ops::Range<usize>, String)> + Sync);

/// What came of an attempt to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrote {
    /// It stands there, or will.
    Well,
    /// The user has taken the mark away, and does not want more.
    Unwanted,
}

impl Page {
    fn new(scene: &Scene, path: &Path, mark: String) -> Self {
        Self {
            later: scene.later.clone(),
            path: path.to_owned(),
            mark,
            written: String::new(),
            sent: 0,
            on_disk: 0,
            way: if scene.client.apply_edit { Way::Edits } else { Way::File },
            refused: 0,
            last: None,
        }
    }

    /// Puts the mark into a document that the client has open: `place` says where in its text, and what stands there then.
    /// False when the client has it not open, or takes no edits.
    pub(super) async fn begin(scene: &Scene, path: &Path, mark: &str, place: PlaceOf<'_>) -> bool {
        let mut page = Self::new(scene, path, mark.to_owned());
        while page.way == Way::Edits {
            let Some((uri, document)) = page.shown() else { return false };
            let Some((bytes, text)) = place(&document.text) else { return false };
            if page.edit(&uri, &document, bytes, text).await {
                return true;
            }
        }
        false
    }

    /// A page whose mark stands, or will stand, in the document at `path`. Waits until the client has it open, if it will.
    pub(super) async fn open(scene: &Scene, path: &Path, mark: String) -> Self {
        let mut page = Self::new(scene, path, mark);
        if page.way == Way::Edits {
            let until = Instant::now() + PATIENCE;
            while page.shown().is_none() {
                if Instant::now() > until {
                    page.way = Way::File;
                    break;
                }
                tokio::time::sleep(LOOK).await;
            }
        }
        page
    }

    /// The next characters.
    pub(super) fn push(&mut self, text: &str) {
        self.written.push_str(text);
    }

    /// Brings the document up to what was pushed, if it is time.
    pub(super) async fn write(&mut self) -> Wrote {
        let apart = if self.way == Way::Edits { EDITS } else { FILES };
        if self.last.is_some_and(|last| last.elapsed() < apart) {
            return Wrote::Well;
        }
        match self.way {
            Way::Edits if self.sent < self.written.len() => {
                let next = self.written[self.sent..].to_owned();
                self.insert(&next).await
            }
            Way::File if self.on_disk < self.written.len() => {
                self.last = Some(Instant::now());
                self.write_file(None)
            }
            _ => Wrote::Well,
        }
    }

    /// Ends it: `whole` takes the place of what was written if that still stands there as it was written; where the user
    /// has changed it, the rest of it and `below` are added.
    pub(super) async fn end(&mut self, whole: &str, below: &str) {
        while self.way == Way::Edits {
            let Some((uri, document)) = self.shown() else {
                self.way = Way::File;
                break;
            };
            let Some(at) = document.text.rfind(&self.mark) else { return };
            let own = &self.written[..self.sent];
            let end = at + self.mark.len();
            let (range, text) = if document.text[..at].ends_with(own) {
                (at - own.len()..end, whole.to_owned())
            } else {
                let gap = if below.is_empty() { "" } else { "\n\n" };
                (at..end, format!("{}{gap}{below}", &self.written[self.sent..]))
            };
            if self.edit(&uri, &document, range, text).await {
                return;
            }
        }
        self.write_file(Some(whole));
    }

    async fn insert(&mut self, text: &str) -> Wrote {
        loop {
            let Some((uri, document)) = self.shown() else {
                // It was closed: what is still to come is found in the file.
                self.way = Way::File;
                return Wrote::Well;
            };
            let Some(at) = document.text.rfind(&self.mark) else { return Wrote::Unwanted };
            if self.edit(&uri, &document, at..at, text.to_owned()).await {
                self.sent += text.len();
                return Wrote::Well;
            }
            if self.way == Way::File {
                return Wrote::Well;
            }
        }
    }

    /// Puts text in place of some bytes of the text as the client has it. Once it is done, the client has told us so.
    async fn edit(&mut self, uri: &Uri, document: &Document, bytes: std::ops::Range<usize>, text: String) -> bool {
        let Some(scene) = self.later.scene() else { return true };
        let places = positions::Lines::of(&document.text);
        let range = places.to_range(bytes, scene.encoding);
        self.last = Some(Instant::now());
        let asked = scene.outbox.request::<ApplyWorkspaceEdit>(ApplyWorkspaceEditParams {
            label: Some("CodeCompass".to_owned()),
            edit: workspace_edit(&scene, uri, document.version, range, text),
        });
        let applied = match asked.await {
            Ok(answer) => answer.applied,
            Err(error) => {
                tracing::info!("the client takes no edits: {}", error.message);
                self.refused = REFUSALS;
                false
            }
        };
        if applied {
            self.refused = 0;
            self.told(document.version).await;
            return true;
        }
        self.refused += 1;
        if self.refused >= REFUSALS {
            tracing::info!("the client refuses our edits; {} is written instead", self.path.display());
            self.way = Way::File;
        } else {
            // The user is typing: what they typed is on its way to us.
            self.told(document.version).await;
        }
        false
    }

    /// Waits until the client has told of something newer than this version, but not for ever.
    async fn told(&self, version: i32) {
        let until = Instant::now() + PATIENCE.min(Duration::from_millis(if self.refused > 0 { 50 } else { 3000 }));
        while self.shown().is_some_and(|(_, now)| now.version <= version) && Instant::now() < until {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The document as the client has it, under the client's name of it.
    fn shown(&self) -> Option<(Uri, Document)> {
        let scene = self.later.scene()?;
        let mut open = scene.documents.iter();
        open.find(|(uri, _)| scene.path(uri).is_some_and(|path| path == self.path))
            .map(|(uri, document)| (uri.clone(), document.clone()))
    }

    /// Writes the file anew. With `whole` for the last time.
    fn write_file(&mut self, whole: Option<&str>) -> Wrote {
        let Ok(text) = std::fs::read_to_string(&self.path) else { return Wrote::Unwanted };
        let Some(at) = text.rfind(&self.mark) else { return Wrote::Unwanted };
        let (before, after) = text.split_at(at);
        // The file holds what we wrote there, or what the editor saved of what we gave it, or nothing of it.
        let known = [self.on_disk, self.sent]
            .into_iter()
            .max_by_key(|&bytes| if before.ends_with(&self.written[..bytes]) { bytes + 1 } else { 0 });
        let known = known.filter(|&bytes| before.ends_with(&self.written[..bytes])).unwrap_or(0);
        let text = match whole {
            Some(whole) => [&before[..before.len() - known], whole, &after[self.mark.len()..]].concat(),
            None => [before, &self.written[known..], after].concat(),
        };
        self.on_disk = self.written.len();
        if let Err(error) = folder::replace(&self.path, text.as_bytes()) {
            tracing::warn!("{} cannot be written: {error}", self.path.display());
        }
        Wrote::Well
    }
}

/// An edit in the form that the client takes.
pub(super) fn workspace_edit(scene: &Scene, uri: &Uri, version: i32, range: Range, new_text: String) -> WorkspaceEdit {
    let edit = TextEdit { range, new_text };
    if scene.client.document_changes {
        let document = OptionalVersionedTextDocumentIdentifier { uri: uri.clone(), version: Some(version) };
        let changes = vec![TextDocumentEdit { text_document: document, edits: vec![OneOf::Left(edit)] }];
        return WorkspaceEdit { document_changes: Some(DocumentChanges::Edits(changes)), ..WorkspaceEdit::default() };
    }
    let changes = [(uri.clone(), vec![edit])].into_iter().collect();
    WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
}
