//! Lua: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Name::With,
    SymbolKind::{Function, Method, Variable},
    spec::{Spec, call, def, def_outer},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("function_declaration", Method, With(method)),
        def("function_declaration", Function, With(named)),
        def("assignment_statement", Function, With(function_assigned)),
        def_outer("assignment_statement", Variable, With(table_assigned)),
        def("field", Function, With(function_field)),
    ],
    references: &[call("function_call", With(named))],
    comments: &["comment"],
    strings: &["string_content"],
    wrappers: &["variable_declaration"],
    prefixes: &[],
    scopes: &["function_declaration", "function_definition"],
    injections: &[],
};

/// `a.b.c` and `a.b:c` are called `c`.
fn last_name(node: Node<'_>) -> Option<Node<'_>> {
    match node.kind() {
        "identifier" => Some(node),
        "dot_index_expression" => node.child_by_field_name("field"),
        "method_index_expression" => node.child_by_field_name("method"),
        _ => None,
    }
}

fn named<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("name")?)
}

fn method<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    node.child_by_field_name("name")?.child_by_field_name("method")
}

/// The name and value of an assignment, of the first ones if there are several.
fn sides(node: Node<'_>) -> Option<(Node<'_>, Node<'_>)> {
    let name = last_name(node.named_child(0)?.child_by_field_name("name")?)?;
    Some((name, node.named_child(1)?.child_by_field_name("value")?))
}

fn function_assigned<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    sides(node).filter(|(_, value)| value.kind() == "function_definition").map(|(name, _)| name)
}

fn table_assigned<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    let (name, value) = sides(node)?;
    let defines = match value.kind() {
        "table_constructor" => true,
        "function_call" => named(value, text).is_none_or(|called| text.get(called.byte_range()) != Some("require")),
        _ => false,
    };
    defines.then_some(name)
}

fn function_field<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    node.child_by_field_name("value").filter(|value| value.kind() == "function_definition")?;
    node.child_by_field_name("name").filter(|name| name.kind() == "identifier")
}
