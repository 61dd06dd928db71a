//! The line above a definition that says how often its name is referred to.

use codecompass_core::language::SymbolKind;
use codecompass_index::symbols::{self, Definition};

use super::current::{Current, Spot};
use crate::live::View;

/// More definitions a file have no lens: such a file was written by a machine.
const LIMIT: usize = 500;

/// A definition that has a lens.
#[derive(Debug, Clone, PartialEq)]
pub struct Lens {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub spot: Spot,
}

/// The functions and types that a file defines, where they stand now.
pub fn lenses(view: &View, key: &str) -> anyhow::Result<Vec<Lens>> {
    let Some(snapshot) = view.snapshot.as_deref() else { return Ok(Vec::new()) };
    let current = Current::new(view);
    let mut lenses: Vec<Lens> = Vec::new();
    for chunk in snapshot.chunks_of(key).unwrap_or_default() {
        for symbol in snapshot.record(chunk)?.definitions.into_iter().filter(|symbol| has_lens(symbol.kind)) {
            let definition = Definition { path: key.to_owned(), symbol, chunk };
            if let Some(spot) = current.definition(&definition)
                && lenses.iter().all(|lens| lens.spot.line != spot.line)
            {
                lenses.push(Lens { name: definition.symbol.name, spot });
            }
            if lenses.len() > LIMIT {
                return Ok(Vec::new());
            }
        }
    }
    Ok(lenses)
}

/// What a lens says.
pub fn title(views: &[&View], name: &str) -> anyhow::Result<String> {
    let mut count = 0;
    for snapshot in views.iter().filter_map(|view| view.snapshot.as_deref()) {
        count += symbols::reference_count(snapshot, name)?;
    }
    Ok(format!("{count} reference{} · explain", if count == 1 { "" } else { "s" }))
}

fn has_lens(kind: SymbolKind) -> bool {
    use SymbolKind as K;
    matches!(
        kind,
        K::Function | K::Method | K::Constructor | K::Class | K::Struct | K::Enum | K::Interface | K::Trait | K::Macro
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::handlers::fixture::Fixture;

    #[test]
    fn functions_and_types_have_one_each() {
        let mut fixture = Fixture::new(
            "//- a.rs\nconst X: u8 = 1;\npub struct Store;\nimpl Store {\n    fn add() {}\n}\nfn main() { add(); add() }\n",
        );
        let shown = |fixture: &Fixture| -> Vec<(u32, String)> {
            let view = fixture.view();
            let lenses = lenses(&view, "a.rs").unwrap();
            lenses
                .iter()
                .map(|lens| (lens.spot.line, format!("{} {}", lens.name, title(&[&view], &lens.name).unwrap())))
                .collect()
        };
        let expected = [
            (1, "Store 0 references · explain"),
            (3, "add 2 references · explain"),
            (5, "main 0 references · explain"),
        ];
        assert_eq!(shown(&fixture), expected.map(|(line, title)| (line, title.to_owned())));
        fixture.open("a.rs", "// moved\npub struct Store;\n");
        assert_eq!(shown(&fixture), [(1, "Store 0 references · explain".to_owned())]);
    }
}
