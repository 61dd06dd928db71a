//! What holds whatever the language: a spec names what its grammar has, and no text makes an outline that lies.

use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};

use crate::{
    language::{Language, Name, Spec},
    syntax::{Outline, outline},
};

/// Languages that share a spec but not a grammar: a node kind has to be in one of them.
const SHARED: [&[Language]; 2] =
    [&[Language::JavaScript, Language::TypeScript, Language::Tsx], &[Language::OCaml, Language::OCamlInterface]];

#[test]
fn specs_name_what_their_grammars_have() {
    let mut unknown = Vec::new();
    for &language in Language::ALL {
        let Some((grammar, spec)) = language.grammar() else { continue };
        let family = SHARED.into_iter().find(|family| family.contains(&language)).unwrap_or(&[]);
        let mut grammars: Vec<_> = family.iter().filter_map(|member| member.grammar()).map(|(one, _)| one).collect();
        grammars.push(grammar);
        for kind in kinds_in(spec) {
            let known = grammars.iter().any(|grammar| {
                let id = grammar.id_for_node_kind(kind, true);
                id != 0 && grammar.node_kind_is_visible(id)
            });
            if !known {
                unknown.push(format!("{}: node {kind}", language.name()));
            }
        }
        for field in fields_in(spec) {
            if grammars.iter().all(|grammar| grammar.field_id_for_name(field).is_none()) {
                unknown.push(format!("{}: field {field}", language.name()));
            }
        }
    }
    assert!(unknown.is_empty(), "not in the grammar: {unknown:#?}");
}

fn kinds_in(spec: &Spec) -> Vec<&'static str> {
    let mut kinds: Vec<&'static str> = spec.definitions.iter().map(|rule| rule.node).collect();
    kinds.extend(spec.references.iter().map(|rule| rule.node));
    kinds.extend(spec.injections.iter().map(|injection| injection.node));
    kinds.extend(spec.comments.iter().chain(spec.strings).chain(spec.wrappers));
    kinds.extend(spec.prefixes.iter().chain(spec.scopes));
    for name in names_in(spec) {
        if let Name::Child(children) | Name::LastChild(children) = name {
            kinds.extend(children);
        }
    }
    kinds
}

fn fields_in(spec: &Spec) -> Vec<&'static str> {
    let mut fields = Vec::new();
    for name in names_in(spec) {
        if let Name::Field(field) | Name::Deepest(field) = name {
            fields.push(field);
        }
    }
    fields
}

fn names_in(spec: &Spec) -> Vec<Name> {
    spec.definitions.iter().map(|rule| rule.name).chain(spec.references.iter().map(|rule| rule.name)).collect()
}

/// Bits of many languages, so that what is made of them is sometimes nearly right and mostly badly wrong.
const BITS: &[&str] = &[
    "\n",
    "\n\n",
    " ",
    "  ",
    "\t",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    ";",
    ":",
    ",",
    ".",
    "=",
    "\"",
    "'",
    "`",
    "é",
    "ß→",
    "𝄞",
    "\u{feff}",
    "\r\n",
    "\0",
    "a",
    "Name",
    "x.y",
    "f(x)",
    "1",
    "name = ",
    "name: ",
    "- ",
    "# ",
    "## ",
    "===\n",
    "---\n",
    "```js\n",
    "```\n",
    "// c\n",
    "/* ",
    " */",
    "<!-- ",
    "-->",
    "<div id=\"a\">",
    "</div>",
    "<script lang=ts>",
    "</script>",
    "<style>",
    "</style>",
    "<template>",
    "{#snippet a(b)}",
    "{/snippet}",
    "@media x {",
    "--x: 1;",
    ".a, .b {",
    "def f(x) do\n",
    "defmodule A do\n",
    "end\n",
    "@doc \"d\"\n",
    "f([]) -> 1.\n",
    "-spec f(x) -> y.\n",
    "f :: Int\n",
    "f x = y\n",
    " where\n",
    "instance A B where\n",
    "let f x = ",
    " and g y = ",
    " in ",
    "type t = ",
    "module M = struct ",
    "const A = struct {",
    "pub fn f() void {",
    "class A {",
    "function f() {",
    "f <- function(x) ",
    "R6Class(\"A\", ",
    "struct A ",
    "macro m(x) ",
    "f = x: ",
    "resource \"a\" \"b\" {",
    "locals {",
    "message A {",
    "rpc A(B) returns (C);",
    "type A { b: C }",
    "all: x\n\t",
    "add_library(a b)\n",
    "FROM a AS b\n",
    "RUN x\n",
    "contract A {",
    "constructor() {",
    "{\"cells\": [{\"cell_type\": \"code\"}]}",
    "\"a\": {",
    "[a.\"b\"]\n",
    "impl A {",
    "fn f() {",
    "export ",
    "@a\n",
    "var a = 1, b = 2;",
    "<?php ",
    "SELECT ",
    "\\",
    "$x",
    "${",
    "%",
    "&",
    "|",
];

#[test]
fn outlines_of_any_text_are_sound() {
    let bits = prop::collection::vec(select(BITS), 0..40).prop_map(|bits| bits.concat());
    let texts = prop_oneof![4 => bits, 1 => ".*", 1 => "(?s).{0,200}"];
    let cases = Config { cases: Config::default().cases / 4, failure_persistence: None, ..Config::default() };
    let checked = TestRunner::new(cases).run(&texts, |text| {
        for &language in Language::ALL {
            let found = outline(language, &text, &|| false);
            prop_assert!(found.complete, "{}", language.name());
            check_sound(&found, &text).map_err(|lie| {
                TestCaseError::fail(format!("{}: {lie}\n{text:?}\n{:#?}", language.name(), found.definitions))
            })?;
        }
        Ok(())
    });
    if let Err(failure) = checked {
        panic!("{failure}");
    }
}

#[test]
fn the_shell_scanner_survives_characters_it_has_no_table_for() {
    let text = "f() { echo {\u{e1564}; }\n";
    assert!(outline(Language::Bash, text, &|| false).complete);
}

fn check_sound(outline: &Outline, text: &str) -> Result<(), String> {
    let definitions = &outline.definitions;
    for (index, definition) in definitions.iter().enumerate() {
        for range in [&definition.range, &definition.name_range, &definition.signature] {
            check_range(text, range)?;
        }
        if definition.name.contains('\n') {
            return Err(format!("definition {index} has a name of several lines"));
        }
        if let Some(before) = index.checked_sub(1).map(|before| &definitions[before].range) {
            let (first, second) = (before, &definition.range);
            if first.start > second.start || (first.start == second.start && first.end < second.end) {
                return Err(format!("definition {index} is out of order"));
            }
        }
        if let Some(parent) = definition.parent {
            if parent as usize >= index {
                return Err(format!("definition {index} comes before its parent"));
            }
            let outer = &definitions[parent as usize].range;
            if outer.start > definition.range.start || outer.end < definition.range.end {
                return Err(format!("definition {index} is not inside its parent"));
            }
        }
    }
    for reference in &outline.references {
        check_range(text, &reference.range)?;
    }
    for ranges in [&outline.comments, &outline.strings] {
        for range in ranges {
            check_range(text, range)?;
        }
        if let Some(pair) = ranges.windows(2).find(|pair| pair[0].end > pair[1].start) {
            return Err(format!("{pair:?} overlap"));
        }
    }
    if !outline.references.is_sorted_by_key(|reference| reference.range.start) {
        return Err("references are out of order".to_owned());
    }
    Ok(())
}

fn check_range(text: &str, range: &std::ops::Range<u32>) -> Result<(), String> {
    match text.get(range.start as usize..range.end as usize) {
        Some(_) => Ok(()),
        None => Err(format!("{range:?} is not a piece of the text")),
    }
}
