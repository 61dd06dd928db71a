//! The files that may be shown: those of the index, each read once.

use std::{path::Path, rc::Rc};

use codecompass_core::{
    language::Language,
    prompt::{Lines, Span},
    secret::secret_name,
};
use codecompass_index::snapshot::Snapshot;

use super::{
    super::{
        current::{Current, Text},
        everywhere,
    },
    Stop,
};
use crate::{live::View, workspace::key::key_of};

/// A file of one of the folders.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct File {
    /// The folder's place in the list.
    pub(super) view: usize,
    /// The folder's key of it.
    pub(super) key: String,
}

/// The folders of one request.
pub(super) struct Library<'a> {
    pub(super) views: &'a [&'a View],
    texts: Vec<Current<'a>>,
    stop: Stop<'a>,
}

impl<'a> Library<'a> {
    pub(super) fn new(views: &'a [&'a View], stop: Stop<'a>) -> Self {
        Self { views, texts: views.iter().map(|view| Current::new(view)).collect(), stop }
    }

    /// Whether the one who asked has gone.
    pub(super) fn stopped(&self) -> bool {
        (self.stop)()
    }

    /// The texts of a folder.
    pub(super) fn current(&self, view: usize) -> &Current<'a> {
        &self.texts[view]
    }

    /// The index of a folder, if there is one.
    pub(super) fn snapshot(&self, view: usize) -> Option<&'a Snapshot> {
        self.views.get(view)?.snapshot.as_deref()
    }

    /// All folders that have an index.
    pub(super) fn snapshots(&self) -> impl Iterator<Item = (usize, &'a Snapshot)> + '_ {
        self.views.iter().enumerate().filter_map(|(number, view)| Some((number, view.snapshot.as_deref()?)))
    }

    /// Whether a file may be shown: it is in the index, its folder speaks for it, and its name is not that of a secret.
    pub(super) fn may_show(&self, file: &File) -> bool {
        let Some(view) = self.views.get(file.view) else { return false };
        let indexed = view.snapshot.as_deref().is_some_and(|snapshot| snapshot.chunks_of(&file.key).is_some());
        indexed && view.speaks_for(&file.key) && secret_name(&file.key).is_none()
    }

    /// The text of a file that may be shown, as it is now.
    pub(super) fn text(&self, file: &File) -> Option<Rc<Text>> {
        self.may_show(file).then(|| self.texts[file.view].text(&file.key))?
    }

    /// How people know it.
    pub(super) fn shown(&self, file: &File) -> String {
        everywhere::shown(self.views, self.views[file.view], &file.key)
    }

    /// The file at an absolute path; the innermost folder that holds it.
    pub(super) fn by_path(&self, path: &Path) -> Option<File> {
        let holders = self.views.iter().enumerate().filter(|(_, view)| path.starts_with(&view.root));
        let (view, root) =
            holders.map(|(number, view)| (number, &view.root)).max_by_key(|(_, root)| root.as_os_str().len())?;
        let key = key_of(path.strip_prefix(root).ok()?);
        Some(File { view, key })
    }

    /// The file that is shown under this name.
    pub(super) fn by_shown(&self, shown: &str) -> Option<File> {
        let file = match self.views {
            [_] => File { view: 0, key: shown.to_owned() },
            _ => self.by_path(Path::new(shown))?,
        };
        self.may_show(&file).then_some(file)
    }

    /// What the index holds of a file.
    pub(super) fn language(&self, file: &File) -> Language {
        let entry = || {
            let snapshot = self.snapshot(file.view)?;
            let first = snapshot.chunks_of(&file.key)?.next()?;
            Some(snapshot.file(first).language)
        };
        entry().unwrap_or(Language::PlainText)
    }

    /// Lines (from 0, end exclusive) of a file as they are now, without blank lines at either end.
    pub(super) fn lines(&self, file: &File, lines: std::ops::Range<u32>) -> Option<Lines> {
        let text = self.text(file)?;
        let end = lines.end.min(text.lines.count());
        let blank = |line: &u32| text.line(*line).trim().is_empty();
        let first = (lines.start..end).find(|line| !blank(line))?;
        let last = (first..end).rev().find(|line| !blank(line))?;
        Lines::of(&text.text, &text.lines, Span::of(&(first..last + 1)))
    }
}
