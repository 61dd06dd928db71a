//! The symbol table of a small workspace.

use codecompass_core::embed::Embedder;
use codecompass_index::{snapshot::Snapshot, space::Space, symbols};

use crate::place::Place;

fn snapshot(place: &Place) -> Snapshot {
    place.index();
    let space = Space::locate(&place.cache(), &place.root(), Embedder::builtin().id());
    Snapshot::open(&space, Embedder::builtin().id(), None).unwrap().unwrap()
}

fn place() -> Place {
    Place::new([
        (
            "src/url.rs",
            "pub struct Url;\n\nimpl Url {\n    pub fn parse_url(text: &str) -> Url {\n        check(text);\n        Url\n    }\n}\n\nfn check(text: &str) {}\n",
        ),
        ("src/main.rs", "fn main() {\n    parse_url(\"a\");\n    parse_url(\"b\");\n}\n\nfn parse_uri() {}\n"),
        ("tool.py", "def Parse_Url(text):\n    return parse_url(text)\n"),
    ])
}

#[test]
fn definitions_in_any_case_the_same_case_first() {
    let place = place();
    let snapshot = snapshot(&place);
    let found = symbols::definitions(&snapshot, "Parse_Url").unwrap();
    let places: Vec<_> = found.iter().map(|found| (found.path.as_str(), found.symbol.line)).collect();
    assert_eq!(places, [("tool.py", 0), ("src/url.rs", 3)]);
    assert_eq!(symbols::qualified(&found[1].symbol), "Url::parse_url");
    assert!(symbols::definitions(&snapshot, "nothing").unwrap().is_empty());
}

#[test]
fn names_by_prefix_and_nearly() {
    let place = place();
    let snapshot = snapshot(&place);
    assert_eq!(symbols::names_with_prefix(&snapshot, "PARSE", 9).unwrap(), ["parse_uri", "parse_url"]);
    assert_eq!(symbols::names_with_prefix(&snapshot, "parse", 1).unwrap(), ["parse_uri"]);
    assert_eq!(symbols::names_like(&snapshot, "prase_url", 9).unwrap(), ["parse_url", "parse_uri"]);
    assert_eq!(symbols::names_like(&snapshot, "parsurl", 9).unwrap()[0], "parse_url");
    assert!(symbols::names_like(&snapshot, "completely", 9).unwrap().is_empty());
}

#[test]
fn references_and_their_callers() {
    let place = place();
    let opened = snapshot(&place);
    let found = symbols::references(&opened, "parse_url").unwrap();
    let callers: Vec<_> = found.iter().map(|found| (found.path.as_str(), found.line, found.within.as_str())).collect();
    assert_eq!(callers, [("src/main.rs", 1, "main"), ("src/main.rs", 2, "main"), ("tool.py", 1, "Parse_Url")]);
    assert_eq!(symbols::reference_count(&opened, "parse_url").unwrap(), 3);
    let within: Vec<_> = symbols::references(&opened, "check").unwrap().into_iter().map(|found| found.within).collect();
    assert_eq!(within, ["Url::parse_url"]);

    place.write("src/main.rs", "fn main() {}\n");
    let later = snapshot(&place);
    assert_eq!(symbols::reference_count(&later, "parse_url").unwrap(), 1, "dead code refers to nothing");
    assert_eq!(symbols::reference_count(&opened, "parse_url").unwrap(), 3, "an open snapshot stays as it was");
}
