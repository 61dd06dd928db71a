//! The keyword side of a segment: a tantivy index of one segment whose document numbers are the chunk rows.
//!
//! Scores are not tantivy's: the ranking sums weighted fields before it saturates them (BM25F), so that this room hands out
//! postings, frequencies and lengths.

mod disk;
mod memory;
mod tokenize;

use std::{
    ops::Range,
    path::{Path, PathBuf},
};

use codecompass_core::{document::Fields, rank::bm25};
use tantivy::{
    Directory, Index, SingleSegmentIndexWriter, TantivyDocument,
    directory::{MmapDirectory, RamDirectory},
    indexer::merge_filtered_segments,
    schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions},
};

use disk::DiskWords;
pub use memory::{MemoryBuilder, MemoryWords};

use crate::error::{IndexError, Result};

/// Memory that one segment under construction may take before it has to be sealed, in bytes.
pub const BUILD_MEMORY: usize = 96 << 20;

/// For how much a segment of a few files is laid out; it may grow beyond.
const SMALL_MEMORY: usize = 4 << 20;

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
    /// Where a small one is built, and the folder that it goes to.
    later: Option<(RamDirectory, PathBuf)>,
}

impl KeywordBuilder {
    /// Starts in an empty folder.
    pub fn create(folder: &Path) -> Result<Self> {
        Self::begin(directory(folder)?, BUILD_MEMORY, None)
    }

    /// Starts one of a few files. It is built in memory and then written at one stroke: on the disk the engine would note
    /// each of its files in a list that is synced each time.
    pub fn create_small(folder: &Path) -> Result<Self> {
        let memory = RamDirectory::create();
        Self::begin(memory.clone(), SMALL_MEMORY, Some((memory, folder.to_owned())))
    }

    fn begin(
        directory: impl Into<Box<dyn Directory>>,
        memory: usize,
        later: Option<(RamDirectory, PathBuf)>,
    ) -> Result<Self> {
        let (schema, columns) = schema();
        let writer = Index::builder()
            .schema(schema)
            .tokenizers(tokenize::all())
            .single_segment_index_writer(directory, memory)?;
        Ok(Self { writer, columns, later })
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
        if let Some((memory, folder)) = self.later {
            let disk = directory(&folder)?;
            memory.persist(&disk)?;
            disk.sync_directory().map_err(IndexError::io("sync", &folder))?;
        }
        Ok(())
    }
}

/// The keyword side of a sealed segment.
pub struct KeywordReader(Words);

enum Words {
    OnDisk(Box<DiskWords>),
    InMemory(Box<MemoryWords>),
}

impl std::fmt::Debug for KeywordReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeywordReader").field("chunks", &self.len()).finish_non_exhaustive()
    }
}

impl From<MemoryWords> for KeywordReader {
    fn from(words: MemoryWords) -> Self {
        Self(Words::InMemory(Box::new(words)))
    }
}

impl KeywordReader {
    /// Opens a sealed segment.
    pub fn open(folder: &Path) -> Result<Self> {
        DiskWords::open(folder).map(|words| Self(Words::OnDisk(Box::new(words))))
    }

    /// Number of chunks.
    pub fn len(&self) -> u32 {
        match &self.0 {
            Words::OnDisk(words) => words.len(),
            Words::InMemory(words) => words.len(),
        }
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of terms of a chunk's field, as exact as one byte allows.
    pub fn length(&self, field: bm25::Field, row: u32) -> u32 {
        match &self.0 {
            Words::OnDisk(words) => words.length(field, row),
            Words::InMemory(words) => words.length(field, row),
        }
    }

    /// Calls `found` with each chunk that has the term in the field and how often.
    pub fn each(&self, field: bm25::Field, term: &str, found: impl FnMut(u32, u32)) -> Result<()> {
        match &self.0 {
            Words::OnDisk(words) => words.each(field, term, found)?,
            Words::InMemory(words) => words.each(field, term, found),
        }
        Ok(())
    }

    /// Number of chunks with the term in the field that are not in `dead`: ranges of rows, ascending.
    pub fn count_outside(&self, field: bm25::Field, term: &str, dead: &[Range<u32>]) -> Result<u32> {
        match &self.0 {
            Words::OnDisk(words) => words.count_outside(field, term, dead),
            Words::InMemory(words) => Ok(words.count_outside(field, term, dead)),
        }
    }

    /// Calls `found` with each of `rows` (ascending) that has the term in the field, and the lines on which it stands.
    pub fn lines(&self, field: bm25::Field, term: &str, rows: &[u32], found: impl FnMut(u32, &[u32])) -> Result<()> {
        match &self.0 {
            Words::OnDisk(words) => words.lines(field, term, rows, found)?,
            Words::InMemory(words) => words.lines(field, term, rows, found),
        }
        Ok(())
    }

    /// Calls `found` with each chunk that defines `name` (any case).
    pub fn definitions(&self, name: &str, found: impl FnMut(u32)) -> Result<()> {
        match &self.0 {
            Words::OnDisk(words) => words.definitions(name, found)?,
            Words::InMemory(words) => words.definitions(name, found),
        }
        Ok(())
    }

    /// Calls `found` with each chunk that refers to `name` (as written) and the lines in it on which the references stand.
    pub fn references(&self, name: &str, found: impl FnMut(u32, &[u32])) -> Result<()> {
        match &self.0 {
            Words::OnDisk(words) => words.references(name, found)?,
            Words::InMemory(words) => words.references(name, found),
        }
        Ok(())
    }

    /// How often `name` is referred to in chunks for which `alive` holds.
    pub fn count_references(&self, name: &str, alive: impl Fn(u32) -> bool) -> Result<u64> {
        match &self.0 {
            Words::OnDisk(words) => words.count_references(name, alive),
            Words::InMemory(words) => {
                let mut count = 0;
                words.references(name, |row, lines| count += if alive(row) { lines.len() as u64 } else { 0 });
                Ok(count)
            }
        }
    }

    /// Names defined here (folded to lower case) that begin with `prefix`, at most `limit`.
    pub fn names_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<String>> {
        match &self.0 {
            Words::OnDisk(words) => words.names_with_prefix(prefix, limit),
            Words::InMemory(words) => {
                let names = &words.names()[words.names().partition_point(|name| &**name < prefix)..];
                let names = names.iter().take_while(|name| name.starts_with(prefix)).take(limit);
                Ok(names.map(ToString::to_string).collect())
            }
        }
    }

    /// Calls `found` with every name defined here, folded to lower case.
    pub fn each_name(&self, mut found: impl FnMut(&str)) -> Result<()> {
        match &self.0 {
            Words::OnDisk(words) => words.each_name(found)?,
            Words::InMemory(words) => words.names().iter().for_each(|name| found(name)),
        }
        Ok(())
    }
}

/// Writes the chunks of `parts` for which the flag is set, one after the other, as one new segment.
pub fn merge(parts: &[(&KeywordReader, Vec<bool>)], folder: &Path) -> Result<()> {
    let mut segments = Vec::new();
    let mut alive = Vec::new();
    for (reader, keep) in parts {
        // What stays in memory is not merged.
        let Words::OnDisk(reader) = &reader.0 else { continue };
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
    merge_filtered_segments(&segments, tantivy::IndexSettings::default(), alive, directory(folder)?)?;
    Ok(())
}

fn directory(folder: &Path) -> Result<MmapDirectory> {
    Ok(MmapDirectory::open(folder).map_err(tantivy::TantivyError::from)?)
}

fn read_failed(source: &std::io::Error) -> IndexError {
    IndexError::damaged(format!("the keyword index cannot be read ({source})"))
}
