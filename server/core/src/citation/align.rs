//! Citations for a model that left them out: a sentence whose names and rare words stand in one source, and in no other so
//! many, is about that source. Rather none than a wrong one.

use rustc_hash::FxHashSet;

use super::{claim, find};
use crate::{prompt::Source, terms};

/// What a name counts that only one source has; in several it counts its share.
const NAME: f32 = 3.0;
/// What a word counts.
const WORD: f32 = 1.0;
/// A sentence needs so much: a name of one source and a word, or two names of three.
const ENOUGH: f32 = 3.6;
/// The next best source must have less than this share of it.
const CLEAR: f32 = 0.6;
/// With so many sentences cited, the model cites well enough by itself.
const CITES_WELL: f32 = 0.34;

/// Where citations are to be added to a text (by byte, in order), and of which source.
pub(super) fn additions(text: &str, sources: &[Source]) -> Vec<(usize, u32)> {
    if sources.is_empty() {
        return Vec::new();
    }
    let known: Vec<Known<'_>> = sources.iter().map(Known::new).collect();
    let mut added = Vec::new();
    let (mut cited, mut all) = (0, 0);
    find::each_line(text, |line, at| {
        // Headings and tables are not claims.
        if line.starts_with(['#', '|', '>']) || line.trim().is_empty() {
            return;
        }
        for range in claim::sentences(line) {
            let sentence = &line[range.clone()];
            all += 1;
            if !find::mentions(sentence).is_empty() {
                cited += 1;
            } else if let Some(n) = best(sentence, &known) {
                let end = sentence.trim_end().trim_end_matches(['.', '!', '?', ':', ';', ',']).len();
                added.push((at + range.start + end, n));
            }
        }
    });
    if cited as f32 >= CITES_WELL * all as f32 { Vec::new() } else { added }
}

/// A source with its words.
struct Known<'a> {
    source: &'a Source,
    words: FxHashSet<String>,
}

impl<'a> Known<'a> {
    fn new(source: &'a Source) -> Self {
        let mut words = FxHashSet::default();
        let mut buffer = String::new();
        for text in [source.text.as_str(), &source.label, &source.path] {
            terms::for_each_term(text, &mut buffer, |term| {
                words.insert(term.to_owned());
            });
        }
        Self { source, words }
    }
}

/// The source that a sentence is about, if that is clear.
fn best(sentence: &str, known: &[Known<'_>]) -> Option<u32> {
    let names = claim::names(sentence);
    if names.is_empty() {
        return None;
    }
    let mut scores = vec![0.0_f32; known.len()];
    let mut add = |weight: f32, has: &dyn Fn(&Known<'_>) -> bool| {
        let holders: Vec<usize> = (0..known.len()).filter(|&index| has(&known[index])).collect();
        for &index in &holders {
            scores[index] += weight / holders.len() as f32;
        }
    };
    for name in &names {
        add(NAME, &|known| claim::speaks_of(known.source, name));
    }
    for word in claim::words(sentence) {
        add(WORD, &|known| known.words.contains(&word));
    }
    let (best, &score) = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)))?;
    let second =
        scores.iter().enumerate().filter(|(index, _)| *index != best).map(|(_, score)| *score).fold(0.0, f32::max);
    // Every name must be there: half of a sentence is no proof.
    let all = names.iter().all(|name| claim::speaks_of(known[best].source, name));
    (score >= ENOUGH && second <= score * CLEAR && all).then_some(known[best].source.n)
}
