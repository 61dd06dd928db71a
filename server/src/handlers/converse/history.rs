//! What was said before, as the next question needs it.

use codecompass_core::prompt::{Place, Turn as Said};

use crate::conversations::{Turn, export};

/// The turns of a conversation with the places that they spoke of.
pub fn history(turns: &[Turn]) -> Vec<Said> {
    turns.iter().map(said).collect()
}

fn said(turn: &Turn) -> Said {
    let answer = &turn.answer;
    let symbol_of = |n: Option<u32>| {
        let source = answer.sources.iter().find(|source| Some(source.n) == n);
        source.map_or_else(String::new, |source| symbol(&source.label))
    };
    let mut places: Vec<Place> = Vec::new();
    let cited = answer.citations.iter().filter(|citation| citation.verified && citation.start_line > 0);
    for citation in cited {
        let place = Place { path: citation.path.clone(), lines: citation.lines(), symbol: symbol_of(citation.source) };
        if !places.contains(&place) {
            places.push(place);
        }
    }
    if places.is_empty() {
        // An answer that names no place rests on what it was given, the most important first.
        places.extend(answer.sources.iter().take(3).map(|source| Place {
            path: source.path.clone(),
            lines: source.lines,
            symbol: symbol(&source.label),
        }));
    }
    Said { question: export::question(turn), answer: answer.text.clone(), places }
}

/// The name in ``method `Store::add` `` or `method Store::add`.
fn symbol(label: &str) -> String {
    if let Some((_, rest)) = label.split_once('`') {
        return rest.split('`').next().unwrap_or_default().to_owned();
    }
    label.split_once(' ').map_or("", |(_, name)| name).split(' ').next().unwrap_or_default().to_owned()
}
