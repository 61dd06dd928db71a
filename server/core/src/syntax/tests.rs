//! What each language's files define and refer to: one small table a language.
#![expect(
    clippy::needless_raw_string_hashes,
    reason = "expected outlines are written by the test run, always with a hash"
)]

mod bash;
mod c;
mod cmake;
mod cpp;
mod csharp;
mod css;
mod dart;
mod dockerfile;
mod elixir;
mod erlang;
mod every_language;
mod go;
mod graphql;
mod haskell;
mod hcl;
mod html;
mod java;
mod javascript;
mod json;
mod julia;
mod kotlin;
mod lua;
mod make;
mod markdown;
mod nix;
mod notebook;
mod objective_c;
mod ocaml;
mod php;
mod powershell;
mod protobuf;
mod python;
mod r;
mod ruby;
mod rust;
mod scala;
mod solidity;
mod sql;
mod svelte;
mod swift;
mod toml;
mod vue;
mod yaml;
mod zig;

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::{Definition, outline};
use crate::language::Language;

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
        let Definition { name, kind, range, .. } = definition;
        let parent = parent.unwrap_or_default();
        writeln!(seen, "{} {name} {}-{last}{parent}", kind.as_str(), line(range.start)).expect("a string takes all");
    }
    let mut references: Vec<&str> = outline
        .references
        .iter()
        .map(|reference| &text[reference.range.start as usize..reference.range.end as usize])
        .collect();
    references.dedup();
    writeln!(seen, "refers to: {}", references.join(" ")).expect("a string takes all");
    expected.assert_eq(&seen);
}

/// Every definition's signature, one a line.
fn signatures(language: Language, text: &str) -> String {
    let outline = outline(language, text, &|| false);
    let ranges = outline.definitions.iter().map(|found| found.signature.start as usize..found.signature.end as usize);
    ranges.map(|range| text[range].replace('\n', " ") + "\n").collect()
}

#[test]
fn signatures_end_where_the_body_begins() {
    expect![[r#"
        @cached def load(     path: str, ) -> int:
        class A:
    "#]]
    .assert_eq(&signatures(
        Language::Python,
        "@cached\ndef load(\n    path: str,\n) -> int:  # slow\n    return 1\n\nclass A:\n    # First.\n    x = 1\n",
    ));
    expect![[r#"
        module A
        class B < C
        def d(e) =
    "#]]
    .assert_eq(&signatures(Language::Ruby, "module A\n  # Keeps.\n  class B < C\n    def d(e) = 1\n  end\nend\n"));
    expect![[r#"
        export const add = async (a: number) =>
        const many = { a: 1,
        x = f()
        y = { z: 1 }
    "#]]
    .assert_eq(&signatures(
        Language::TypeScript,
        "export const add = async (a: number) => {\n};\nconst many = { a: 1,\n b: 2 };\nlet x = f(), y = { z: 1 };\n",
    ));
    expect![[r#"
        class A(val b: Int) : C()
        fun d(e: F): G
    "#]]
    .assert_eq(&signatures(Language::Kotlin, "class A(val b: Int) : C() {\n    fun d(e: F): G {\n    }\n}\n"));
    expect![[r#"
        #define ONE 1
        int find(node_t *list,          int key);
        struct s
    "#]]
    .assert_eq(&signatures(
        Language::C,
        "#define ONE 1\nint find(node_t *list,\n         int key);\nstruct s {\n  int a;\n};\n",
    ));
}
