//! The keyword side of a segment: a tantivy index of one segment whose document numbers are the chunk rows.
//!
//! Scores are not tantivy's: the ranking sums weighted fields before it saturates them (BM25F), so that this room hands out
//! postings, frequencies and lengths.

mod tokenize;

use std::path::Path;

use codecompass_core::{document::Fields, rank::bm25};
use tantivy::{
    DocSet, Index, SegmentReader, SingleSegmentIndexWriter, TERMINATED, TantivyDocument, Term,
    directory::MmapDirectory,
    fieldnorm::FieldNormReader,
    indexer::merge_filtered_segments,
    postings::{Postings as _, SegmentPostings},
    schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions},
};

use crate::error::{IndexError, Result};

/// Memory that one segment under construction may take before it has to be sealed, in bytes.
pub const BUILD_MEMORY: usize = 96 << 20;

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
        definitions: text("definitions", tokenize::FOLDED_NAMES, IndexRecordOption::WithFreqsAndPositions),
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
}

/// The keyword side of a sealed segment.
pub struct KeywordReader {
    index: Index,
    reader: Option<SegmentReader>,
    columns: Columns,
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
        if let Some(reader) = &reader {
            for field in bm25::Field::ALL {
                lengths.push(reader.get_fieldnorms_reader(columns.of(field))?);
            }
        }
        Ok(Self { index, reader, columns, lengths })
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
    pub fn each(&self, field: bm25::Field, term: &str, mut found: impl FnMut(u32, u32)) -> Result<()> {
        if let Some(mut postings) = self.postings(self.columns.of(field), term, IndexRecordOption::WithFreqs)? {
            let mut row = postings.doc();
            while row != TERMINATED {
                found(row, postings.term_freq());
                row = postings.advance();
            }
        }
        Ok(())
    }

    /// Number of chunks with the term in the field.
    pub fn count(&self, field: bm25::Field, term: &str) -> Result<u32> {
        let Some(reader) = &self.reader else { return Ok(0) };
        let field = self.columns.of(field);
        reader.inverted_index(field)?.doc_freq(&Term::from_field_text(field, term)).map_err(read_failed)
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

    /// Calls `found` with each chunk that defines `name` (any case) and the lines in it on which the names stand.
    pub fn definitions(&self, name: &str, found: impl FnMut(u32, &[u32])) -> Result<()> {
        self.each_with_lines(self.columns.definitions, name, found)
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
        let Some(reader) = &self.reader else { return Ok(Vec::new()) };
        let index = reader.inverted_index(self.columns.definitions)?;
        let mut stream = index.terms().range().ge(prefix.as_bytes()).into_stream().map_err(read_failed)?;
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
        let Some(reader) = &self.reader else { return Ok(()) };
        let index = reader.inverted_index(self.columns.definitions)?;
        let mut stream = index.terms().stream().map_err(read_failed)?;
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
        let Some(reader) = &self.reader else { return Ok(None) };
        reader.inverted_index(field)?.read_postings(&Term::from_field_text(field, term), record).map_err(read_failed)
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
        tantivy::fastfield::write_alive_bitset(&bits, &mut bytes).map_err(read_failed)?;
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

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` gives")]
fn read_failed(source: std::io::Error) -> IndexError {
    IndexError::damaged(format!("the keyword index cannot be read ({source})"))
}
