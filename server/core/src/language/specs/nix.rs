//! Nix: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Around,
    Name::{Computed, With},
    Named,
    SymbolKind::{Function, Variable},
    spec::{Spec, call, def, last_child_of},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[def("binding", Variable, Computed(binding))],
    references: &[call("apply_expression", With(applied))],
    comments: &["comment"],
    strings: &["string_expression", "indented_string_expression"],
    ..Spec::EMPTY
};

/// Bindings as deep as this are what a file is about: those of its set or of the `let` before it.
const OUTER: u32 = 6;

/// Functions anywhere, and what is made of other things near the top. Plain values are found by their text.
fn binding<'t>(node: Node<'t>, _: &str, around: Around) -> Option<Named<'t>> {
    let kind = match node.child_by_field_name("expression")?.kind() {
        "function_expression" => Function,
        "attrset_expression" | "rec_attrset_expression" | "apply_expression" | "let_expression" | "with_expression"
            if around.depth <= OUTER =>
        {
            Variable
        }
        _ => return None,
    };
    Some(Named::from(node.child_by_field_name("attrpath")?).of(kind))
}

fn applied<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let function = node.child_by_field_name("function")?;
    match function.kind() {
        "variable_expression" => function.child_by_field_name("name"),
        "select_expression" => last_child_of(function.child_by_field_name("attrpath")?, "identifier"),
        _ => None,
    }
}
