//! What each language's files define and refer to: one small table a language.
#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them so")]

mod bash;
mod c;
mod cpp;
mod csharp;
mod go;
mod java;
mod javascript;
mod kotlin;
mod lua;
mod objective_c;
mod php;
mod python;
mod ruby;
mod rust;
mod scala;
mod sql;
mod swift;

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::{Definition, outline};
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
