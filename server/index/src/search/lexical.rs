//! Counting words: for every chunk and file, how much of the query it holds, by the BM25 family.
//!
//! Term by term, postings of all fields are summed into weighted frequencies, which are then saturated (BM25F).

use codecompass_core::{
    query::Query,
    rank::bm25::{self, Field},
    terms,
};
use rustc_hash::FxHashSet;

use crate::{
    error::Result,
    snapshot::{DEAD, Snapshot},
};

/// What the words say of every chunk and file. All scores are divided by the query's mass, so that they compare between
/// queries.
pub(super) struct Words {
    /// By chunk number.
    pub(super) chunks: Vec<ChunkWords>,
    /// By file number.
    pub(super) files: Vec<FileWords>,
    /// Chunks with at least one term.
    pub(super) touched: Vec<u32>,
    /// Each term with its rarity.
    pub(super) terms: Vec<WeightedTerm>,
    /// Sum of the terms' rarities.
    pub(super) mass: f32,
}

/// A term of the query.
pub(super) struct WeightedTerm {
    pub(super) text: String,
    pub(super) idf: f32,
    pub(super) whole: bool,
}

/// Scores of one chunk.
#[derive(Clone, Copy, Default)]
pub(super) struct ChunkWords {
    /// For choosing candidates.
    pub(super) candidate: f32,
    pub(super) words: f32,
    pub(super) families: f32,
    pub(super) body: f32,
    pub(super) names: f32,
    pub(super) coverage: f32,
}

/// Scores of one file.
#[derive(Clone, Copy, Default)]
pub(super) struct FileWords {
    pub(super) words: f32,
    pub(super) coverage: f32,
    /// The best coverage of its chunks.
    pub(super) best_coverage: f32,
    /// The best candidate scores of its chunks, descending.
    pub(super) best: [f32; codecompass_core::rank::candidates::FILE_CHUNKS],
}

impl Words {
    /// For searches that use no words.
    pub(super) fn nothing(snapshot: &Snapshot) -> Self {
        Self {
            chunks: vec![ChunkWords::default(); snapshot.file_of.len()],
            files: vec![FileWords::default(); snapshot.file_bound()],
            touched: Vec::new(),
            terms: Vec::new(),
            mass: 0.0,
        }
    }
}

/// Frequencies of one term, by field groups, for all chunks and files; re-used from term to term.
struct Frequencies {
    chunks: Vec<Frequency>,
    files: Vec<FileFrequency>,
    touched: Vec<u32>,
    touched_files: Vec<u32>,
}

#[derive(Clone, Copy, Default)]
struct Frequency {
    weighted: f32,
    body: f32,
    names: f32,
}

#[derive(Clone, Copy, Default)]
struct FileFrequency {
    text: f32,
    /// The path stands in every chunk of the file and counts once.
    path: f32,
}

impl Frequencies {
    fn new(snapshot: &Snapshot) -> Self {
        Self {
            chunks: vec![Frequency::default(); snapshot.file_of.len()],
            files: vec![FileFrequency::default(); snapshot.file_bound()],
            touched: Vec::new(),
            touched_files: Vec::new(),
        }
    }

    fn clear(&mut self) {
        for &chunk in &self.touched {
            self.chunks[chunk as usize] = Frequency::default();
        }
        for &file in &self.touched_files {
            self.files[file as usize] = FileFrequency::default();
        }
        self.touched.clear();
        self.touched_files.clear();
    }

    fn add(&mut self, snapshot: &Snapshot, term: &str) -> Result<()> {
        for (index, segment) in snapshot.segments.iter().enumerate() {
            let base = snapshot.base(index);
            for field in Field::ALL {
                segment.keyword.each(field, term, |row, count| {
                    let chunk = base + row;
                    let file = snapshot.file_of[chunk as usize];
                    if file != DEAD {
                        self.count(field, chunk, file, count as f32);
                    }
                })?;
            }
        }
        Ok(())
    }

    fn count(&mut self, field: Field, chunk: u32, file: u32, count: f32) {
        let frequency = &mut self.chunks[chunk as usize];
        if frequency.weighted == 0.0 {
            self.touched.push(chunk);
        }
        frequency.weighted += field.weight() * count;
        match field {
            Field::Body => frequency.body += count,
            Field::Symbol => frequency.names += count,
            _ => {}
        }
        let in_file = &mut self.files[file as usize];
        if in_file.text == 0.0 && in_file.path == 0.0 {
            self.touched_files.push(file);
        }
        match field {
            Field::Path => in_file.path = field.file_weight() * count,
            // Not zero, so that the file is touched once only.
            _ => in_file.text += field.file_weight() * count + f32::MIN_POSITIVE,
        }
    }
}

/// Counts the query's words.
pub(super) fn count(snapshot: &Snapshot, query: &Query) -> Result<Words> {
    let mut words = Words::nothing(snapshot);
    let mut frequencies = Frequencies::new(snapshot);
    let documents = snapshot.chunk_count() as f32;
    let (mut root_mass, mut family_mass) = (0.0, 0.0);
    let mut roots: Vec<&str> = Vec::new();
    for term in &query.terms {
        frequencies.clear();
        frequencies.add(snapshot, &term.text)?;
        let idf = bm25::idf(documents, frequencies.touched.len() as f32);
        words.mass += idf;
        root_mass += idf.sqrt();
        add_term(&mut words, snapshot, &frequencies, idf);
        words.terms.push(WeightedTerm { text: term.text.clone(), idf, whole: term.whole });
        let root = terms::root(&term.text);
        if !term.whole && !roots.contains(&root) {
            roots.push(root);
            // The word itself is counted already; its relatives come on top.
            for form in terms::family(&term.text).iter().filter(|form| **form != term.text) {
                frequencies.add(snapshot, form)?;
            }
            family_mass += add_family(&mut words, snapshot, &frequencies, documents);
        }
    }
    finish(&mut words, snapshot, root_mass, family_mass);
    Ok(words)
}

/// The living chunks that hold every word of every literal, in code or comments; `None` without literals. Whether the words
/// stand there as written is for whoever has the text to say.
pub(super) fn with_all_words(snapshot: &Snapshot, literals: &[String]) -> Result<Option<FxHashSet<u32>>> {
    let mut buffer = String::new();
    let mut left: Option<FxHashSet<u32>> = None;
    for literal in literals {
        let mut terms: Vec<String> = Vec::new();
        // The first and last word may be parts of longer ones in the text: `rror: no su` is a fair literal.
        terms::for_each_term(literal, &mut buffer, |term| terms.push(term.to_owned()));
        if terms.len() > 2 {
            terms.pop();
            terms.remove(0);
        }
        for term in terms {
            let mut with = FxHashSet::default();
            for (index, segment) in snapshot.segments.iter().enumerate() {
                let base = snapshot.base(index);
                for field in [Field::Body, Field::Doc] {
                    segment.keyword.each(field, &term, |row, _| {
                        let chunk = base + row;
                        if snapshot.file_of[chunk as usize] != DEAD
                            && left.as_ref().is_none_or(|left| left.contains(&chunk))
                        {
                            with.insert(chunk);
                        }
                    })?;
                }
            }
            left = Some(with);
        }
    }
    Ok(left)
}

/// Adds one term to everything but the families.
fn add_term(words: &mut Words, snapshot: &Snapshot, frequencies: &Frequencies, idf: f32) {
    let root = idf.sqrt();
    for &chunk in &frequencies.touched {
        let index = chunk as usize;
        let frequency = frequencies.chunks[index];
        let length = snapshot.lengths(chunk);
        let score = &mut words.chunks[index];
        if score.coverage == 0.0 {
            words.touched.push(chunk);
        }
        score.candidate += root * bm25::CANDIDATES.weight(frequency.weighted, length.weighted);
        score.words += root * bm25::WORDS.weight(frequency.weighted, length.weighted);
        score.coverage += idf;
        if frequency.body > 0.0 {
            score.body += idf * bm25::BODY.weight(frequency.body, length.body);
        }
        if frequency.names > 0.0 {
            score.names += idf * bm25::NAMES.weight(frequency.names, length.names);
        }
    }
    for &file in &frequencies.touched_files {
        let index = file as usize;
        let frequency = frequencies.files[index].text + frequencies.files[index].path;
        let score = &mut words.files[index];
        score.words += idf * bm25::FILE.weight(frequency, snapshot.file_length(file));
        score.coverage += idf;
    }
}

/// Adds the words that share a root with one of the query's: `normalize` finds `normalization`. Returns their weight.
fn add_family(words: &mut Words, snapshot: &Snapshot, frequencies: &Frequencies, documents: f32) -> f32 {
    let weight = bm25::idf(documents, frequencies.touched.len() as f32).sqrt();
    for &chunk in &frequencies.touched {
        let index = chunk as usize;
        let score = &mut words.chunks[index];
        if score.coverage == 0.0 {
            words.touched.push(chunk);
            // Marks it as seen; far below any real coverage.
            score.coverage = f32::MIN_POSITIVE;
        }
        let frequency = frequencies.chunks[index].weighted;
        score.families += weight * bm25::FAMILIES.weight(frequency, snapshot.lengths(chunk).weighted);
    }
    weight
}

/// Divides by the masses and carries the chunks' scores over to their files.
fn finish(words: &mut Words, snapshot: &Snapshot, root_mass: f32, family_mass: f32) {
    let per = |mass: f32| if mass > 0.0 { 1.0 / mass } else { 0.0 };
    let (by_mass, by_root, by_family) = (per(words.mass), per(root_mass), per(family_mass));
    for &chunk in &words.touched {
        let score = &mut words.chunks[chunk as usize];
        score.candidate *= by_root;
        score.words *= by_root;
        score.families *= by_family;
        score.body *= by_mass;
        score.names *= by_mass;
        score.coverage *= by_mass;
        let file = &mut words.files[snapshot.file_of[chunk as usize] as usize];
        file.best_coverage = file.best_coverage.max(score.coverage);
        let mut carried = score.candidate;
        for best in &mut file.best {
            if carried > *best {
                std::mem::swap(best, &mut carried);
            }
        }
    }
    for file in &mut words.files {
        file.words *= by_mass;
        file.coverage *= by_mass;
    }
}
