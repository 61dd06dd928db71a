//! A query against a snapshot: words are counted, vectors compared, candidates chosen, and each candidate scored by all
//! features. The result is ranked chunks; their text is not looked at here.

mod features;
mod lexical;
mod names;
mod nearness;
mod shortlist;

use codecompass_core::{
    embed::Embedder,
    hit::{Mode, Signal},
    language::SymbolKind,
    query::Query,
    rank::{self, Evidence, Features},
};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    error::Result,
    guard::Guard,
    hosted::Linked,
    snapshot::{DEAD, Snapshot},
    vectors,
};
use nearness::Nearness;

/// A ranked chunk.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The chunk's number in the snapshot.
    pub chunk: u32,
    /// The sum of its signals.
    pub score: f32,
    /// What is known of it.
    pub features: Features,
}

impl Candidate {
    /// The parts of the score.
    pub fn signals(&self, mode: Mode) -> Vec<Signal> {
        rank::score(&self.features, |evidence| uses(mode, evidence)).1
    }
}

/// Whether a mode uses a kind of evidence. What the path says is used by all: it asks for nothing.
pub fn uses(mode: Mode, evidence: Evidence) -> bool {
    match (mode, evidence) {
        (Mode::Hybrid, _) | (_, Evidence::Path) => true,
        (Mode::Keyword, evidence) => evidence != Evidence::Vector,
        (Mode::Vector, evidence) => evidence == Evidence::Vector,
        (Mode::Symbol, evidence) => evidence == Evidence::Symbol,
    }
}

/// What is looked for, with the vector of the query where the embedder made one.
pub struct Request<'a> {
    /// The query.
    pub query: &'a Query,
    /// Which signals to use.
    pub mode: Mode,
    /// At most so many results.
    pub limit: usize,
    /// Only files for which this holds; `None` lets all through.
    pub path_filter: Option<&'a dyn Fn(&str) -> bool>,
    /// The embedder whose vectors the snapshot holds, for the parts that are compared on the spot.
    pub embedder: Option<&'a Embedder>,
    /// Used in place of the embedded query text: the vector of a piece of code that others shall resemble.
    pub vector: Option<Vec<f32>>,
    /// Vectors that the model of a host made, and the query's among them: they are compared instead of the built-in ones
    /// where a chunk has one.
    pub hosted: Option<(&'a Linked, &'a [f32])>,
}

/// Ranks the chunks of a snapshot, best first.
pub fn search(snapshot: &Snapshot, request: &Request<'_>) -> Result<Vec<Candidate>> {
    let allowed = Allowed::new(snapshot, request.query, request.path_filter)?;
    let query_vector = match (&request.vector, request.embedder) {
        _ if !uses(request.mode, Evidence::Vector) => None,
        (Some(vector), _) => Some(vector.clone()),
        (None, Some(embedder)) => Some(embedder.query(&request.query.text)),
        (None, None) => None,
    }
    .filter(|vector| vector.iter().any(|&component| component != 0.0));
    let vector = match &query_vector {
        Some(vector) => Some(vectors::Query::new(vector, snapshot.dimension())?),
        None => None,
    };
    let hosted = request.hosted.filter(|_| uses(request.mode, Evidence::Vector));
    let nearness = Nearness::new(snapshot, vector.as_ref(), hosted)?;
    let (mode, query, strict) = (request.mode, request.query, allowed.is_strict());
    let guard = Guard::here();
    let (words, near) = rayon::join(
        || {
            guard.during(|| match mode {
                Mode::Vector => Ok(lexical::Words::nothing(snapshot)),
                _ => lexical::count(snapshot, query),
            })
        },
        || guard.during(|| nearness.as_ref().map_or_else(Vec::new, |nearness| shortlist::nearest(nearness, strict))),
    );
    let words = words?;
    let shortlist = shortlist::choose(snapshot, query, &words, nearness.as_ref(), &near, &allowed);
    let mut candidates =
        features::measure(snapshot, request, &words, query_vector.as_deref(), nearness.as_ref(), &shortlist)?;
    for candidate in &mut candidates {
        candidate.score = rank::sum(&candidate.features, |evidence| uses(request.mode, evidence));
    }
    if request.mode == Mode::Symbol {
        candidates.retain(|candidate| {
            candidate.features[rank::NAME_MATCH] > 0.0 || candidate.features[rank::EXACT_NAME] > 0.0
        });
    }
    sort(snapshot, &mut candidates);
    candidates.truncate(request.limit);
    Ok(candidates)
}

/// Best first; equal scores in the order of paths and lines, whatever segment they are in.
fn sort(snapshot: &Snapshot, candidates: &mut [Candidate]) {
    candidates.sort_by(|a, b| {
        b.score.total_cmp(&a.score).then_with(|| {
            let place = |number: u32| (snapshot.file(number).path.as_str(), snapshot.row(number).start_line);
            place(a.chunk).cmp(&place(b.chunk))
        })
    });
}

/// What passes the filters.
struct Allowed {
    /// By file number; empty when every living file may pass.
    files: Vec<bool>,
    kinds: Option<Vec<SymbolKind>>,
    /// Chunks that hold all words of the query's literals.
    with_literals: Option<FxHashSet<u32>>,
}

impl Allowed {
    fn new(snapshot: &Snapshot, query: &Query, path_filter: Option<&dyn Fn(&str) -> bool>) -> Result<Self> {
        let filters = &query.filters;
        let kinds = (!filters.kinds.is_empty()).then(|| filters.kinds.clone());
        let with_literals = lexical::with_all_words(snapshot, &query.literals)?;
        if filters.languages.is_empty() && path_filter.is_none() {
            return Ok(Self { files: Vec::new(), kinds, with_literals });
        }
        let mut files = vec![false; snapshot.file_bound()];
        let mut at = 0;
        for segment in &snapshot.segments {
            for entry in &segment.files {
                files[at] = (filters.languages.is_empty() || filters.languages.contains(&entry.language))
                    && path_filter.is_none_or(|passes| passes(&entry.path));
                at += 1;
            }
        }
        Ok(Self { files, kinds, with_literals })
    }

    /// Whether anything is kept out that lives.
    fn is_strict(&self) -> bool {
        self.kinds.is_some() || self.with_literals.is_some() || !self.files.is_empty()
    }

    /// Whether a chunk may be a candidate.
    fn passes(&self, snapshot: &Snapshot, chunk: u32) -> bool {
        let file = snapshot.file_of[chunk as usize];
        if file == DEAD || self.files.get(file as usize).is_some_and(|allowed| !allowed) {
            return false;
        }
        if self.with_literals.as_ref().is_some_and(|chunks| !chunks.contains(&chunk)) {
            return false;
        }
        match &self.kinds {
            None => true,
            Some(kinds) => snapshot.record(chunk).is_ok_and(|record| {
                record.definitions.iter().any(|definition| kinds.contains(&definition.kind))
                    || record.kind.is_some_and(|kind| kinds.contains(&kind))
            }),
        }
    }
}

/// Numbers that are asked for again and again during one query.
type Memo<K, V> = FxHashMap<K, V>;
