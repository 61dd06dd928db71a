//! The keyword side of a segment on disk, open for reading.

use std::{ops::Range, path::Path, sync::Arc};

use codecompass_core::rank::bm25;
use tantivy::{
    DocSet, Index, InvertedIndexReader, SegmentReader, TERMINATED,
    fieldnorm::FieldNormReader,
    postings::{Postings as _, SegmentPostings},
    schema::{Field, IndexRecordOption},
};

use super::{Columns, read_failed, schema};
use crate::error::{IndexError, Result};

/// Up to so many bytes the files of a segment are checked whenever it is opened; that takes a few milliseconds. Larger ones
/// would make every start wait.
const CHECKED_BYTES: u64 = 32 << 20;

/// The words of a segment on disk.
pub(super) struct DiskWords {
    pub(super) index: Index,
    reader: Option<SegmentReader>,
    columns: Columns,
    /// By field number. The engine's own look-up takes a lock each time, and a query asks thousands of times.
    words: Vec<Arc<InvertedIndexReader>>,
    /// By [`bm25::Field`], in the order of its `ALL`.
    lengths: Vec<FieldNormReader>,
}

impl DiskWords {
    /// Opens a sealed segment.
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let index = Index::open_in_dir(folder)?;
        // A flipped bit in a list of postings would only show as wrong results.
        if bytes_in(folder) <= CHECKED_BYTES
            && let Some(file) = index.validate_checksum()?.into_iter().next()
        {
            return Err(IndexError::damaged(format!("the checksum of {}", folder.join(file).display())));
        }
        let (expected, columns) = schema();
        if index.schema() != expected {
            return Err(IndexError::damaged("a segment has other fields"));
        }
        let segments = index.searchable_segments()?;
        let reader = match segments.as_slice() {
            [] => None,
            [one] => Some(SegmentReader::open(one)?),
            _ => return Err(IndexError::damaged("a segment is more than one")),
        };
        let mut lengths = Vec::new();
        let mut words = Vec::new();
        if let Some(reader) = &reader {
            for (field, _) in expected.fields() {
                words.push(reader.inverted_index(field)?);
            }
            for field in bm25::Field::ALL {
                lengths.push(reader.get_fieldnorms_reader(columns.of(field))?);
            }
        }
        Ok(Self { index, reader, columns, words, lengths })
    }

    /// Number of chunks.
    pub(super) fn len(&self) -> u32 {
        self.reader.as_ref().map_or(0, SegmentReader::max_doc)
    }

    /// Number of terms of a chunk's field, as exact as one byte allows.
    pub(super) fn length(&self, field: bm25::Field, row: u32) -> u32 {
        self.lengths.get(field as usize).map_or(0, |lengths| lengths.fieldnorm(row))
    }

    /// Calls `found` with each chunk that has the term in the field and how often.
    pub(super) fn each(&self, field: bm25::Field, term: &str, found: impl FnMut(u32, u32)) -> Result<()> {
        self.each_in(self.columns.of(field), term, found)
    }

    fn each_in(&self, field: Field, term: &str, mut found: impl FnMut(u32, u32)) -> Result<()> {
        let Some(words) = self.words(field) else { return Ok(()) };
        let failed = |error: std::io::Error| read_failed(&error);
        let Some(info) = words.terms().get(term).map_err(failed)? else { return Ok(()) };
        // Block by block: the common words of a query have long lists.
        let mut block = words.read_block_postings_from_terminfo(&info, IndexRecordOption::WithFreqs).map_err(failed)?;
        while block.block_len() > 0 {
            for (&row, &count) in block.docs().iter().zip(block.freqs()) {
                found(row, count);
            }
            block.advance();
        }
        Ok(())
    }

    /// Number of chunks with the term in the field that are not in `dead`: ranges of rows, ascending.
    pub(super) fn count_outside(&self, field: bm25::Field, term: &str, dead: &[Range<u32>]) -> Result<u32> {
        let field = self.columns.of(field);
        let Some(words) = self.words(field) else { return Ok(0) };
        let failed = |error: std::io::Error| read_failed(&error);
        let Some(info) = words.terms().get(term).map_err(failed)? else { return Ok(0) };
        if dead.is_empty() {
            return Ok(info.doc_freq);
        }
        let mut postings = words.read_postings_from_terminfo(&info, IndexRecordOption::Basic).map_err(failed)?;
        let mut buried = 0;
        for range in dead {
            let mut row = postings.doc();
            if row < range.start {
                row = postings.seek(range.start);
            }
            while row < range.end {
                buried += 1;
                row = postings.advance();
            }
            if row == TERMINATED {
                break;
            }
        }
        Ok(info.doc_freq - buried)
    }

    /// Calls `found` with each of `rows` (ascending) that has the term in the field, and the lines on which it stands.
    pub(super) fn lines(
        &self,
        field: bm25::Field,
        term: &str,
        rows: &[u32],
        mut found: impl FnMut(u32, &[u32]),
    ) -> Result<()> {
        let postings = self.postings(self.columns.of(field), term, IndexRecordOption::WithFreqsAndPositions)?;
        let Some(mut postings) = postings else { return Ok(()) };
        let mut lines = Vec::new();
        for &row in rows {
            if postings.doc() < row && postings.seek(row) == TERMINATED {
                break;
            }
            if postings.doc() == row {
                postings.positions(&mut lines);
                found(row, &lines);
            }
        }
        Ok(())
    }

    /// Calls `found` with each chunk that defines `name` (any case).
    pub(super) fn definitions(&self, name: &str, mut found: impl FnMut(u32)) -> Result<()> {
        self.each_in(self.columns.definitions, name, |row, _| found(row))
    }

    /// Calls `found` with each chunk that refers to `name` (as written) and the lines in it on which the references stand.
    pub(super) fn references(&self, name: &str, found: impl FnMut(u32, &[u32])) -> Result<()> {
        self.each_with_lines(self.columns.references, name, found)
    }

    /// How often `name` is referred to in chunks for which `alive` holds.
    pub(super) fn count_references(&self, name: &str, alive: impl Fn(u32) -> bool) -> Result<u64> {
        let mut count = 0;
        if let Some(mut postings) = self.postings(self.columns.references, name, IndexRecordOption::WithFreqs)? {
            let mut row = postings.doc();
            while row != TERMINATED {
                if alive(row) {
                    count += u64::from(postings.term_freq());
                }
                row = postings.advance();
            }
        }
        Ok(count)
    }

    /// Names defined here (folded to lower case) that begin with `prefix`, at most `limit`.
    pub(super) fn names_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<String>> {
        let Some(index) = self.words(self.columns.definitions) else { return Ok(Vec::new()) };
        let mut stream =
            index.terms().range().ge(prefix.as_bytes()).into_stream().map_err(|error| read_failed(&error))?;
        let mut names = Vec::new();
        while names.len() < limit && stream.advance() {
            if !stream.key().starts_with(prefix.as_bytes()) {
                break;
            }
            names.push(String::from_utf8_lossy(stream.key()).into_owned());
        }
        Ok(names)
    }

    /// Calls `found` with every name defined here, folded to lower case.
    pub(super) fn each_name(&self, mut found: impl FnMut(&str)) -> Result<()> {
        let Some(index) = self.words(self.columns.definitions) else { return Ok(()) };
        let mut stream = index.terms().stream().map_err(|error| read_failed(&error))?;
        while stream.advance() {
            if let Ok(name) = std::str::from_utf8(stream.key()) {
                found(name);
            }
        }
        Ok(())
    }

    fn each_with_lines(&self, field: Field, term: &str, mut found: impl FnMut(u32, &[u32])) -> Result<()> {
        if let Some(mut postings) = self.postings(field, term, IndexRecordOption::WithFreqsAndPositions)? {
            let mut lines = Vec::new();
            let mut row = postings.doc();
            while row != TERMINATED {
                postings.positions(&mut lines);
                found(row, &lines);
                row = postings.advance();
            }
        }
        Ok(())
    }

    fn postings(&self, field: Field, term: &str, record: IndexRecordOption) -> Result<Option<SegmentPostings>> {
        let Some(words) = self.words(field) else { return Ok(None) };
        let read = || words.terms().get(term)?.map(|info| words.read_postings_from_terminfo(&info, record)).transpose();
        read().map_err(|error| read_failed(&error))
    }

    /// The words of a field; `None` in an empty segment.
    fn words(&self, field: Field) -> Option<&InvertedIndexReader> {
        self.words.get(field.field_id() as usize).map(Arc::as_ref)
    }
}

fn bytes_in(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|meta| meta.len()).sum()
}
