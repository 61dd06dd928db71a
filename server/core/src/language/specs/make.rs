//! Make: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Name::{Field, Itself, With},
    SymbolKind::{Macro, Target, Variable},
    spec::{Spec, call, child_of, def, def_if, written},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("rule", Target, With(target)),
        def_if("variable_assignment", Variable, Field("name"), is_for_all),
        def("shell_assignment", Variable, Field("name")),
        def("define_directive", Macro, Field("name")),
    ],
    // Prerequisites and variables; recipes and values are not split into words.
    references: &[call("word", Itself)],
    comments: &["comment"],
    ..Spec::EMPTY
};

/// The first target. `.PHONY` and the like tell something about targets and are none.
fn target<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    let first = child_of(node, "targets")?.named_child(0)?;
    let word = written(first, text);
    let special = word.strip_prefix('.').is_some_and(|rest| rest.chars().all(|c| c.is_ascii_uppercase() || c == '_'));
    (!special).then_some(first)
}

/// `target: NAME = value` sets it for one target only.
fn is_for_all(node: Node<'_>) -> bool {
    node.child_by_field_name("target_or_pattern").is_none()
}
