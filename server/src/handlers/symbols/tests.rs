#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use expect_test::{Expect, expect};

use super::*;
use crate::handlers::fixture::Fixture;

const FILES: &str = "\
//- src/store.rs
pub struct Store;

impl Store {
    /// Adds an item to the shelf.
    #[inline]
    pub fn add(&self, item: u32) -> u32 {
        item
    }
}

pub fn add_all() {}
//- src/größe.rs
/// How often a failed request is tried again before it is given up.
pub fn größe_ändern(x: u32) -> u32 { x }
//- tool.py
def addition(a, b):
    return a + b
";

/// `name path:line:columns label` of the symbols found by name.
fn named(fixture: &Fixture, query: &str) -> Vec<String> {
    let found = symbols(&[fixture.view()], query, LIMIT).unwrap();
    let named = found.iter().filter(|symbol| symbol.named);
    named.map(|symbol| shown(fixture, symbol)).collect()
}

fn shown(fixture: &Fixture, symbol: &Symbol) -> String {
    let Spot { path, line, columns, .. } = &symbol.spot;
    format!("{} {}:{line}:{columns:?} {}", symbol.name, fixture.key(path), symbol.label())
}

#[track_caller]
fn check(query: &str, expected: &Expect) {
    expected.assert_eq(&named(&Fixture::new(FILES), query).join("\n"));
}

#[test]
fn a_name_finds_its_definition_first_then_names_that_begin_with_it() {
    check(
        "add",
        &expect![[r#"
        add src/store.rs:5:11..14 Store · method · 1.00
        add_all src/store.rs:10:7..14 function · 0.75
        addition tool.py:0:4..12 function · 0.71"#]],
    );
}

#[test]
fn the_name_around_it_counts() {
    check(
        "Store::add",
        &expect![[r#"
        add src/store.rs:5:11..14 Store · method · 1.00
        add_all src/store.rs:10:7..14 function · 0.60
        addition tool.py:0:4..12 function · 0.57"#]],
    );
}

#[test]
fn what_was_mistyped_is_found() {
    check("add_lal", &expect!["add_all src/store.rs:10:7..14 function · 0.50"]);
}

#[test]
fn filters_hold_for_names() {
    check("add lang:python", &expect!["addition tool.py:0:4..12 function · 0.71"]);
    check("add kind:method", &expect!["add src/store.rs:5:11..14 Store · method · 1.00"]);
    check("add path:tool", &expect!["addition tool.py:0:4..12 function · 0.71"]);
}

#[test]
fn columns_are_bytes_of_the_line() {
    check("größe_ändern", &expect!["größe_ändern src/größe.rs:1:7..22 function · 1.00"]);
}

#[test]
fn a_sentence_finds_by_meaning_and_points_at_the_name() {
    let fixture = Fixture::new(FILES);
    let found = symbols(&[fixture.view()], "how often is a failed request tried again", LIMIT).unwrap();
    assert_eq!(found[0].name, "größe_ändern");
    assert_eq!((found[0].spot.line, found[0].spot.columns.clone()), (1, 7..22));
}

#[test]
fn every_place_is_given_once() {
    let fixture = Fixture::new(FILES);
    for query in ["add", "where are items added to the store", "store"] {
        let found = symbols(&[fixture.view()], query, LIMIT).unwrap();
        let mut places: Vec<_> = found.iter().map(|symbol| (symbol.spot.path.clone(), symbol.spot.line)).collect();
        places.sort();
        places.dedup();
        assert_eq!(places.len(), found.len(), "{query}");
        assert!(symbols(&[fixture.view()], query, 1).unwrap().len() == 1);
    }
}

#[test]
fn what_is_in_the_editor_counts_not_what_was_indexed() {
    let mut fixture = Fixture::new(FILES);
    fixture.open("tool.py", "# moved\n\n\ndef addition(a, b):\n    return b + a\n");
    fixture.write("src/store.rs", "pub struct Store;\n");
    assert_eq!(named(&fixture, "addition")[0].split(' ').nth(1), Some("tool.py:3:4..12"));
    assert_eq!(named(&fixture, "add_all").iter().filter(|shown| shown.contains("add_all")).count(), 0);
}

#[test]
fn folders_are_merged() {
    let (one, other) = (Fixture::new(FILES), Fixture::new("//- other.py\ndef add():\n    pass\n"));
    let found = symbols(&[one.view(), other.view()], "add", LIMIT).unwrap();
    let exact: Vec<_> = found.iter().filter(|symbol| symbol.name == "add").map(|symbol| &symbol.spot.path).collect();
    assert_eq!(exact.len(), 2);
    assert!(exact.iter().any(|path| path.starts_with(other.root())));
}

#[test]
fn nothing_is_found_for_nothing() {
    let fixture = Fixture::new(FILES);
    assert!(symbols(&[fixture.view()], "", LIMIT).unwrap().is_empty());
    assert!(symbols(&[fixture.view()], "lang:rust", LIMIT).unwrap().is_empty());
    assert!(symbols(&[fixture.view()], "x lang:klingon", LIMIT).is_err());
}
