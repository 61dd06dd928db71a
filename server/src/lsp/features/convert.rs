//! What several features translate: places, kinds, hits.

use codecompass_core::language::SymbolKind as Kind;

use super::super::{
    ext::{Hit, SearchResult},
    positions::{self, Encoding},
    proto::{Location, Position, Range, SymbolKind},
    scene::Scene,
};
use crate::handlers::{
    current::Spot,
    everywhere::{Found, FoundHit},
};

/// The place of a spot.
pub(super) fn location(scene: &Scene, spot: &Spot) -> Option<Location> {
    Some(Location { uri: scene.uri(&spot.path)?, range: spot_range(spot, scene.encoding) })
}

/// The range of a spot.
pub(super) fn spot_range(spot: &Spot, encoding: Encoding) -> Range {
    let column = |byte| positions::to_position(&spot.text, byte, encoding).character;
    let at = |byte| Position { line: spot.line, character: column(byte) };
    Range { start: at(spot.columns.start), end: at(spot.columns.end) }
}

/// The range of the lines of a text that begins at `first` (from 1), to the end of its last line.
pub(super) fn lines_range(first: u32, text: &str, encoding: Encoding) -> Range {
    let start = first.saturating_sub(1);
    let end = positions::to_position(text, text.len(), encoding);
    Range {
        start: Position { line: start, character: 0 },
        end: Position { line: start + end.line, character: end.character },
    }
}

/// What was found, for a client that knows us.
pub(super) fn search_result(scene: &Scene, found: &Found) -> SearchResult {
    let hits = found.hits.iter().filter_map(|found| hit(scene, found)).collect();
    SearchResult { hits, notes: found.notes.clone() }
}

fn hit(scene: &Scene, found: &FoundHit) -> Option<Hit> {
    let hit = &found.hit;
    Some(Hit {
        uri: scene.uri(&found.path)?,
        path: found.path.display().to_string(),
        range: lines_range(hit.start_line, &hit.text, scene.encoding),
        symbol: hit.symbol.clone(),
        kind: hit.kind.map(|kind| kind.as_str().to_owned()),
        language: hit.language.id().to_owned(),
        score: hit.score,
        signals: hit.signals.iter().map(|signal| (signal.name.to_owned(), signal.part)).collect(),
        text: hit.text.clone(),
    })
}

/// The nearest kind of the protocol.
pub(super) fn symbol_kind(kind: Option<Kind>) -> SymbolKind {
    match kind {
        Some(Kind::Function | Kind::Macro) => SymbolKind::FUNCTION,
        Some(Kind::Method) => SymbolKind::METHOD,
        Some(Kind::Constructor) => SymbolKind::CONSTRUCTOR,
        Some(Kind::Class | Kind::Impl | Kind::Type) => SymbolKind::CLASS,
        Some(Kind::Struct | Kind::Table) => SymbolKind::STRUCT,
        Some(Kind::Enum) => SymbolKind::ENUM,
        Some(Kind::Interface | Kind::Trait) => SymbolKind::INTERFACE,
        Some(Kind::Module) => SymbolKind::MODULE,
        Some(Kind::Constant) => SymbolKind::CONSTANT,
        Some(Kind::Variable) => SymbolKind::VARIABLE,
        Some(Kind::Field) => SymbolKind::FIELD,
        Some(Kind::Key) => SymbolKind::KEY,
        Some(Kind::Target) => SymbolKind::EVENT,
        Some(Kind::Section | Kind::Cell) => SymbolKind::STRING,
        None => SymbolKind::FILE,
    }
}
