//! How texts are cut.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;

use super::*;
use crate::{language::Language, syntax::outline};

fn cut_rust(text: &str) -> Vec<(u32, u32, String)> {
    let outline = outline(Language::Rust, text, &|| false);
    chunks(text, &outline)
        .iter()
        .map(|chunk| (chunk.lines.start + 1, chunk.lines.end, chunk.symbol_path(&outline).join("::")))
        .collect()
}

fn function(name: &str, lines: usize) -> String {
    format!("/// About {name}.\n#[inline]\nfn {name}() {{\n{}}}\n", "    step();\n".repeat(lines - 4))
}

#[test]
fn a_definition_keeps_its_comment_and_attributes() {
    let text = format!("{}\n{}", function("first", 40), function("second", 40));
    assert_eq!(cut_rust(&text), [(1, 40, "first".to_owned()), (42, 81, "second".to_owned())]);
}

#[test]
fn small_neighbours_are_joined() {
    let text: String = (0..4).map(|n| function(&format!("f{n}"), 10)).collect();
    assert_eq!(cut_rust(&text), [(1, 40, "f0".to_owned())]);
}

#[test]
fn a_large_container_is_opened_at_its_members() {
    let body: String = (0..3).map(|n| function(&format!("m{n}"), 40)).collect();
    let text = format!("struct S;\n\nimpl S {{\n{body}}}\n");
    let symbols: Vec<String> = cut_rust(&text).into_iter().map(|(_, _, symbol)| symbol).collect();
    assert_eq!(symbols, ["S::m0", "S::m1", "S::m2"]);
}

#[test]
fn a_line_added_moves_no_border_behind_the_next_long_piece() {
    let small = |from: usize| -> String { (from..from + 10).map(|n| function(&format!("f{n}"), 5 + n % 17)).collect() };
    let text = format!("{}{}{}", small(0), function("long", 58), small(10));
    let pieces = |text: &str| -> Vec<String> {
        let outline = outline(Language::Rust, text, &|| false);
        chunks(text, &outline).iter().map(|c| text[c.range.start as usize..c.range.end as usize].to_owned()).collect()
    };
    let before = pieces(&text);
    let after = pieces(&format!("use std::fmt;\n\n{text}"));
    let long = after.iter().position(|piece| piece.contains("fn long")).unwrap();
    assert!(long < after.len() - 1);
    assert!(after[long..].iter().all(|piece| before.contains(piece)));
}

#[test]
fn one_endless_line_is_cut_on_character_boundaries() {
    let text = "ä".repeat(100_000);
    let pieces = chunks(&text, &Outline::default());
    assert!(pieces.len() > 10);
    assert!(pieces.iter().all(|chunk| chunk.lines == (0..1)));
}

proptest! {
    #[test]
    fn chunks_cover_every_byte_once(
        text in "([a-z{}() \n#/]{0,30}|fn [a-z]{1,5}\\(\\) \\{\n|\\}\n|// [a-z ]{0,20}\n|\n|struct [A-Z];\n|impl [A-Z] \\{\n){0,200}"
    ) {
        let outline = outline(Language::Rust, &text, &|| false);
        let chunks = chunks(&text, &outline);
        let mut at = 0;
        let mut definitions = 0;
        for chunk in &chunks {
            prop_assert_eq!(chunk.range.start, at);
            prop_assert!(chunk.range.end > at);
            prop_assert!(text.is_char_boundary(chunk.range.end as usize));
            prop_assert!(chunk.lines.start < chunk.lines.end);
            prop_assert_eq!(chunk.definitions.start, definitions);
            at = chunk.range.end;
            definitions = chunk.definitions.end;
        }
        prop_assert_eq!(at as usize, text.len());
        prop_assert_eq!(definitions as usize, outline.definitions.len());
    }
}
