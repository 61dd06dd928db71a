//! What each language's files define and refer to: one small table a language.

#![allow(
    clippy::needless_raw_string_hashes,
    reason = "expected outlines are written by the test run, always with a hash"
)]

mod cmake;
mod css;
mod dart;
mod dockerfile;
mod elixir;
mod erlang;
mod every_language;
mod graphql;
mod haskell;
mod hcl;
mod html;
mod json;
mod julia;
mod make;
mod markdown;
mod nix;
mod notebook;
mod ocaml;
mod powershell;
mod protobuf;
mod r;
mod rust;
mod solidity;
mod svelte;
mod toml;
mod vue;
mod yaml;
mod zig;

use expect_test::Expect;

use super::outline;
use crate::language::{Language, Spec};

/// The outline in a form that can be read at a glance: definitions with their kind, lines and container, then what is
/// referred to, comments and strings left out unless `expected` wants them (`check_all`).
pub(super) fn check(language: Language, text: &str, expected: &Expect) {
    let outline = outline(language, text, &|| false);
    assert!(outline.complete, "{} is small enough to be parsed", language.name());
    let line = |at: u32| text[..at as usize].matches('\n').count() + 1;
    let mut seen = String::new();
    for definition in &outline.definitions {
        let parent = definition.parent.map(|parent| format!(" in {}", outline.definitions[parent as usize].name));
        let last = line(definition.range.end.max(definition.range.start + 1) - 1);
        seen += &format!(
            "{} {} {}-{last}{}\n",
            definition.kind.as_str(),
            definition.name,
            line(definition.range.start),
            parent.unwrap_or_default(),
        );
    }
    let mut references: Vec<&str> = outline
        .references
        .iter()
        .map(|reference| &text[reference.range.start as usize..reference.range.end as usize])
        .collect();
    references.dedup();
    seen += &format!("refers to: {}\n", references.join(" "));
    expected.assert_eq(&seen);
}

/// A misspelt kind would silently find nothing. A kind must exist in one of the grammars that share a spec.
#[test]
fn specs_name_only_kinds_that_exist() {
    let grammars: Vec<_> = Language::ALL.iter().filter_map(|language| language.grammar()).collect();
    for (_, spec) in &grammars {
        let definitions = spec.definitions.iter().map(|rule| rule.node);
        let shares = |other: &Spec| definitions.clone().eq(other.definitions.iter().map(|rule| rule.node));
        let exists = |kind: &str| {
            grammars.iter().any(|(grammar, other)| shares(other) && grammar.id_for_node_kind(kind, true) != 0)
        };
        let references = spec.references.iter().map(|rule| rule.node);
        let injections = spec.injections.iter().map(|injection| injection.node);
        let lists = [spec.comments, spec.strings, spec.wrappers, spec.prefixes, spec.scopes];
        let named = definitions.clone().chain(references).chain(injections).chain(lists.into_iter().flatten().copied());
        let unknown: Vec<_> = named.filter(|kind| !exists(kind)).collect();
        assert!(unknown.is_empty(), "no such kinds: {unknown:?}");
    }
}
