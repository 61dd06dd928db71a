//! How near a chunk is to the query by meaning, whoever made its vector.
//!
//! Vectors of two models are never compared with each other: a chunk's built-in vector is compared with the built-in vector
//! of the query, that of a host's model with the one that the same model made of the query. What is compared then are the two
//! cosines, brought to one scale ([`codecompass_core::rank::scale`]). A chunk that the host's model has not seen yet, because
//! it was typed a moment ago, is therefore ranked by its built-in cosine among the others: its place is right but for the
//! difference between two models, and leaving it at zero would hide just what its author is working on.

use codecompass_core::rank::scale::Scale;

use crate::{
    error::Result,
    hosted::Linked,
    snapshot::Snapshot,
    vectors::{self, Vectors},
};

/// Chunks that are asked to find the scale.
const SAMPLE: u32 = 400;

/// The query among the vectors of a snapshot.
pub(super) struct Nearness<'a> {
    snapshot: &'a Snapshot,
    builtin: Option<&'a vectors::Query>,
    hosted: Option<Hosted<'a>>,
}

struct Hosted<'a> {
    linked: &'a Linked,
    query: vectors::Query,
    scale: Scale,
}

/// A vector, whoever made it, and how near it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Near {
    /// A number among the snapshot's vectors.
    Builtin(vectors::Near),
    /// A row of a host's store.
    Hosted(vectors::Near),
}

impl Near {
    fn cosine(self) -> f32 {
        match self {
            Self::Builtin(near) | Self::Hosted(near) => near.cosine,
        }
    }
}

impl<'a> Nearness<'a> {
    /// `None` when the query has no vector.
    pub(super) fn new(
        snapshot: &'a Snapshot,
        builtin: Option<&'a vectors::Query>,
        hosted: Option<(&'a Linked, &'a [f32])>,
    ) -> Result<Option<Self>> {
        let hosted = match hosted {
            Some((linked, vector)) => {
                let query = vectors::Query::new(vector, linked.store().dimension())?;
                let scale = scale(snapshot, builtin, linked, &query);
                Some(Hosted { linked, query, scale })
            }
            None => None,
        };
        let some = builtin.is_some() || hosted.is_some();
        Ok(some.then_some(Self { snapshot, builtin, hosted }))
    }

    /// The cosine of a chunk, on the scale of the built-in model; `None` when it has no vector.
    pub(super) fn cosine(&self, chunk: u32) -> Option<f32> {
        let hosted = |hosted: &Hosted<'_>| Some(hosted.scale.apply(hosted.linked.cosine(chunk, &hosted.query)?));
        let builtin = || self.snapshot.cosine(chunk, self.builtin?);
        self.hosted.as_ref().and_then(hosted).or_else(builtin)
    }

    /// Whether a host's model takes the place of the built-in one.
    pub(super) fn is_hosted(&self) -> bool {
        self.hosted.is_some()
    }

    /// The cosine of the nearest window of a chunk, which always is the built-in model's: hosts are shown whole chunks only.
    pub(super) fn window_cosine(&self, chunk: u32) -> Option<f32> {
        self.snapshot.window_cosine(chunk, self.builtin?)
    }

    /// The `count` nearest vectors of living chunks, nearest first; with those of a host's model, the built-in ones of
    /// chunks that have none of those.
    pub(super) fn nearest(&self, count: usize) -> Vec<Near> {
        let Some(hosted) = &self.hosted else {
            let found = self.builtin.map_or_else(Vec::new, |query| self.snapshot.nearest(query, count));
            return found.into_iter().map(Near::Builtin).collect();
        };
        let nearest = hosted.linked.nearest(self.snapshot, &hosted.query, count);
        let scaled = |near: vectors::Near| vectors::Near { cosine: hosted.scale.apply(near.cosine), ..near };
        let mut found: Vec<Near> = nearest.into_iter().map(|near| Near::Hosted(scaled(near))).collect();
        let mut others = self.builtin.map_or_else(Vec::new, |query| self.unseen(query, hosted.linked));
        if !others.is_empty() {
            Vectors::keep_nearest(&mut others, count);
            found.extend(others.into_iter().map(Near::Builtin));
            found.sort_by(|a, b| b.cosine().total_cmp(&a.cosine()));
            found.truncate(count);
        }
        found
    }

    /// Built-in vectors of the living chunks that the host's model has none of: a few, when it is up to date.
    fn unseen(&self, query: &vectors::Query, linked: &Linked) -> Vec<vectors::Near> {
        let chunks = self.snapshot.living_chunks().filter(|&chunk| !linked.has_direction(chunk));
        let found = chunks.filter_map(|chunk| {
            let cosine = self.snapshot.cosine(chunk, query)?;
            Some(vectors::Near { row: self.snapshot.vector_number(chunk), cosine })
        });
        let mut found: Vec<vectors::Near> = found.collect();
        found.sort_by_key(|near| near.row);
        found.dedup_by_key(|near| near.row);
        found
    }

    /// The living chunks that have a vector.
    pub(super) fn chunks_of(&self, near: Near) -> Box<dyn Iterator<Item = u32> + '_> {
        match (near, &self.hosted) {
            (Near::Hosted(near), Some(hosted)) => Box::new(hosted.linked.chunks_of(self.snapshot, near.row)),
            (Near::Hosted(_), None) => Box::new(std::iter::empty()),
            (Near::Builtin(near), _) => Box::new(self.snapshot.chunks_of_vector(near.row)),
        }
    }
}

/// The scale of a host's model for this query: chunks from all over the workspace are asked.
fn scale(snapshot: &Snapshot, builtin: Option<&vectors::Query>, linked: &Linked, query: &vectors::Query) -> Scale {
    let Some(builtin) = builtin else { return Scale::SAME };
    let step = (snapshot.chunk_bound() / SAMPLE).max(1);
    let chunks = (0..snapshot.chunk_bound()).step_by(step as usize).filter(|&chunk| snapshot.lives(chunk));
    let pairs = chunks.filter_map(|chunk| Some((linked.cosine(chunk, query)?, snapshot.cosine(chunk, builtin)?)));
    Scale::fit(&pairs.collect::<Vec<_>>())
}
