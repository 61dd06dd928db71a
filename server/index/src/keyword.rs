//! The keyword side of a segment: a tantivy index of one segment whose document numbers are the chunk rows.
//!
//! Scores are not tantivy's: the ranking sums weighted fields before it saturates them (BM25F), so that this room hands out
//! postings, frequencies and lengths.

mod tokenize;

use std::{ops::Range, path::Path, sync::Arc};

use codecompass_core::{document::Fields, rank::bm25};
use tantivy::{
    DocSet, Index, IndexSettings, InvertedIndexReader, SegmentReader, SingleSegmentIndexWriter, TERMINATED,
    TantivyDocument,
    directory::{MmapDirectory, RamDirectory},
    fieldnorm::FieldNormReader,
    indexer::merge_filtered_segments,
    postings::{Postings as _, SegmentPostings},
    schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions},
};

use crate::error::{IndexError, Result};

/// Memory that one segment under construction may take before it has to be sealed, in bytes.
pub const BUILD_MEMORY: usize = 96 << 20;

/// Memory for a segment that stays in memory, which holds a few files as a rule; it may grow beyond.
const SMALL_MEMORY: usize = 4 << 20;

/// Up to so many bytes the files of a segment are checked whenever it is opened; that takes a few milliseconds. Larger ones
/// would make every start wait.
const CHECKED_BYTES: u64 = 32 << 20;

/// The fields, as tantivy numbers them.
#[derive(Debug, Clone, Copy)]
struct Columns {
    body: Field,
    doc: Field,
    path: Field,
    symbol: Field,
    signature: Field,
    definitions: Field,
    references: Field,
}

fn schema() -> (Schema, Columns) {
    let mut builder = Schema::builder();
    let mut text = |name: &str, tokenizer: &str, record: IndexRecordOption| {
        let indexing =
            TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(record).set_fieldnorms(true);
        builder.add_text_field(name, TextOptions::default().set_indexing_options(indexing))
    };
    let columns = Columns {
        // Positions are lines, so that the best line of a chunk can be told.
        body: text("body", tokenize::TERMS, IndexRecordOption::WithFreqsAndPositions),
        doc: text("doc", tokenize::TERMS, IndexRecordOption::WithFreqsAndPositions),
        path: text("path", tokenize::TERMS, IndexRecordOption::WithFreqs),
        symbol: text("symbol", tokenize::TERMS, IndexRecordOption::WithFreqs),
        signature: text("signature", tokenize::TERMS, IndexRecordOption::WithFreqs),
        definitions: text("definitions", tokenize::FOLDED_NAMES, IndexRecordOption::WithFreqs),
        references: text("references", tokenize::NAMES, IndexRecordOption::WithFreqsAndPositions),
    };
    (builder.build(), columns)
}

impl Columns {
    fn of(self, field: bm25::Field) -> Field {
        match field {
            bm25::Field::Body => self.body,
            bm25::Field::Doc => self.doc,
            bm25::Field::Path => self.path,
            bm25::Field::Symbol => self.symbol,
            bm25::Field::Signature => self.signature,
        }
    }
}

/// Builds the keyword side of one segment.
pub struct KeywordBuilder {
    writer: SingleSegmentIndexWriter,
    columns: Columns,
}

impl KeywordBuilder {
    /// Starts in an empty folder.
    pub fn create(folder: &Path) -> Result<Self> {
        let (schema, columns) = schema();
        let directory = MmapDirectory::open(folder).map_err(tantivy::TantivyError::from)?;
        let writer = Index::builder()
            .schema(schema)
            .tokenizers(tokenize::all())
            .single_segment_index_writer(directory, BUILD_MEMORY)?;
        Ok(Self { writer, columns })
    }

    /// Starts one that stays in memory.
    pub fn in_memory() -> Result<Self> {
        let (schema, columns) = schema();
        // Nothing is stored but postings: a thread that compresses would have nothing to do.
        let settings = IndexSettings { docstore_compress_dedicated_thread: false, ..IndexSettings::default() };
        let writer = Index::builder()
            .schema(schema)
            .settings(settings)
            .tokenizers(tokenize::all())
            .single_segment_index_writer(RamDirectory::create(), SMALL_MEMORY)?;
        Ok(Self { writer, columns })
    }

    /// Adds a chunk; its row is the number of chunks added before.
    pub fn add(&mut self, path_words: &str, fields: &Fields) -> Result<()> {
        let mut document = TantivyDocument::new();
        for (field, text) in [
            (self.columns.body, fields.body.as_str()),
            (self.columns.doc, &fields.doc),
            (self.columns.path, path_words),
            (self.columns.symbol, &fields.symbol),
            (self.columns.signature, &fields.signature),
            (self.columns.definitions, &fields.definitions),
            (self.columns.references, &fields.references),
        ] {
            if !text.is_empty() {
                document.add_text(field, text);
            }
        }
        self.writer.add_document(document)?;
        Ok(())
    }

    /// Bytes of memory in use.
    pub fn memory(&self) -> usize {
        self.writer.mem_usage()
    }

    /// Writes everything to disk and syncs it.
    pub fn finish(self) -> Result<()> {
        self.writer.finalize()?;
        Ok(())
    }

    /// Seals one that stays in memory.
    pub fn into_reader(self) -> Result<KeywordReader> {
        KeywordReader::of(self.writer.finalize()?)
    }
}

/// The keyword side of a sealed segment.
pub struct KeywordReader {
    index: Index,
    reader: Option<SegmentReader>,
    columns: Columns,
    /// By field number. The engine's own look-up takes a lock each time, and a query asks thousands of times.
    words: Vec<Arc<InvertedIndexReader>>,
    /// By [`bm25::Field`], in the order of its `ALL`.
    lengths: Vec<FieldNormReader>,
}

impl std::fmt::Debug for KeywordReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeywordReader").field("chunks", &self.len()).finish_non_exhaustive()
    }
}

impl KeywordReader {
    /// Opens a sealed segment.
    pub fn open(folder: &Path) -> Result<Self> {
        let index = Index::open_in_dir(folder)?;
        // A flipped bit in a list of postings would only show as wrong results.
        if bytes_in(folder) <= CHECKED_BYTES
            && let Some(file) = index.validate_checksum()?.into_iter().next()
        {
            return Err(IndexError::damaged(format!("the checksum of {}", folder.join(file).display())));
        }
        Self::of(index)
    }

    fn of(index: Index) -> Result<Self> {
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
    pub fn len(&self) -> u32 {
        self.reader.as_ref().map_or(0, SegmentReader::max_doc)
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of terms of a chunk's field, as exact as one byte allows.
    pub fn length(&self, field: bm25::Field, row: u32) -> u32 {
        self.lengths.get(field as usize).map_or(0, |lengths| lengths.fieldnorm(row))
    }

    /// Calls `found` with each chunk that has the term in the field and how often.
    pub fn each(&self, field: bm25::Field, term: &str, found: impl FnMut(u32, u32)) -> Result<()> {
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

    /// Number of chunks with the term in the field.
    pub fn count(&self, field: bm25::Field, term: &str) -> Result<u32> {
        let Some(words) = self.words(self.columns.of(field)) else { return Ok(0) };
        let info = words.terms().get(term).map_err(|error| read_failed(&error))?;
        Ok(info.map_or(0, |info| info.doc_freq))
    }

    /// Number of chunks with the term in the field that are not in `dead`: ranges of rows, ascending.
    pub fn count_outside(&self, field: bm25::Field, term: &str, dead: &[Range<u32>]) -> Result<u32> {
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
    pub fn lines(
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
    pub fn definitions(&self, name: &str, mut found: impl FnMut(u32)) -> Result<()> {
        self.each_in(self.columns.definitions, name, |row, _| found(row))
    }

    /// Calls `found` with each chunk that refers to `name` (as written) and the lines in it on which the references stand.
    pub fn references(&self, name: &str, found: impl FnMut(u32, &[u32])) -> Result<()> {
        self.each_with_lines(self.columns.references, name, found)
    }

    /// How often `name` is referred to in chunks for which `alive` holds.
    pub fn count_references(&self, name: &str, alive: impl Fn(u32) -> bool) -> Result<u64> {
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
    pub fn names_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<String>> {
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
    pub fn each_name(&self, mut found: impl FnMut(&str)) -> Result<()> {
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

/// Writes the chunks of `parts` for which the flag is set, one after the other, as one new segment.
pub fn merge(parts: &[(&KeywordReader, Vec<bool>)], folder: &Path) -> Result<()> {
    let mut segments = Vec::new();
    let mut alive = Vec::new();
    for (reader, keep) in parts {
        let Some(segment) = reader.index.searchable_segments()?.into_iter().next() else { continue };
        let mut bits = tantivy::BitSet::with_max_value(keep.len() as u32);
        for (row, _) in keep.iter().enumerate().filter(|(_, keep)| **keep) {
            bits.insert(row as u32);
        }
        let mut bytes = Vec::new();
        tantivy::fastfield::write_alive_bitset(&bits, &mut bytes).map_err(|error| read_failed(&error))?;
        let bytes = tantivy::directory::OwnedBytes::new(bytes);
        segments.push(segment);
        alive.push(Some(tantivy::fastfield::AliveBitSet::open(bytes)));
    }
    if segments.is_empty() {
        return Index::create_in_dir(folder, schema().0).map(drop).map_err(Into::into);
    }
    let directory = MmapDirectory::open(folder).map_err(tantivy::TantivyError::from)?;
    merge_filtered_segments(&segments, tantivy::IndexSettings::default(), alive, directory)?;
    Ok(())
}

fn bytes_in(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|meta| meta.len()).sum()
}

fn read_failed(source: &std::io::Error) -> IndexError {
    IndexError::damaged(format!("the keyword index cannot be read ({source})"))
}
