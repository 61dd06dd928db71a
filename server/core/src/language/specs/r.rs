//! R: what the grammar's node kinds mean. Everything is an assignment or a call.

use tree_sitter::Node;

use crate::language::{
    Around,
    Name::{Computed, With},
    Named,
    SymbolKind::{self, Class, Function, Method, Variable},
    spec::{Spec, call, child_of, def, written},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("binary_operator", Variable, Computed(assignment)),
        def("call", Function, Computed(registration)),
        def("argument", Method, Computed(member)),
    ],
    references: &[call("call", With(callee))],
    comments: &["comment"],
    strings: &["string"],
    ..Spec::EMPTY
};

/// Functions and classes wherever they are assigned, other values at the top.
fn assignment<'t>(node: Node<'t>, text: &str, around: Around) -> Option<Named<'t>> {
    if !matches!(node.child_by_field_name("operator")?.kind(), "<-" | "=" | "<<-" | ":=") {
        return None;
    }
    let value = node.child_by_field_name("rhs")?;
    let kind = match value.kind() {
        "function_definition" => Function,
        "call" if is_class(value, text) => Class,
        _ if around.depth == 1 => Variable,
        _ => return None,
    };
    let target = node.child_by_field_name("lhs")?;
    let name = match target.kind() {
        "identifier" | "string" => target,
        "extract_operator" if kind == Function => target.child_by_field_name("rhs")?,
        _ => return None,
    };
    Some(Named::from(name).of(kind))
}

fn is_class(value: Node<'_>, text: &str) -> bool {
    callee(value, text).is_some_and(|name| {
        matches!(written(name, text), "R6Class" | "setRefClass" | "setClass" | "new_class" | "ggproto")
    })
}

/// `setClass("Cart", …)` and its relatives.
fn registration<'t>(node: Node<'t>, text: &str, around: Around) -> Option<Named<'t>> {
    // Assigned to a name, it is found by that one.
    if around.depth != 1 {
        return None;
    }
    let kind: SymbolKind = match written(callee(node, text)?, text) {
        "setClass" | "setRefClass" | "setClassUnion" => Class,
        "setMethod" | "setReplaceMethod" => Method,
        "setGeneric" | "test_that" | "describe" => Function,
        _ => return None,
    };
    let first = node.child_by_field_name("arguments")?.named_child(0)?;
    let name = first.child_by_field_name("value").filter(|name| name.kind() == "string")?;
    let content = name.child_by_field_name("content")?;
    Some(Named::from(content).of(kind))
}

/// `R6Class("Cart", public = list(add = function(x) x))`
fn member<'t>(node: Node<'t>, _: &str, around: Around) -> Option<Named<'t>> {
    if around.inside != Some(Class) || node.child_by_field_name("value")?.kind() != "function_definition" {
        return None;
    }
    node.child_by_field_name("name").map(Named::from)
}

fn callee<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let function = node.child_by_field_name("function")?;
    match function.kind() {
        "identifier" => Some(function),
        "namespace_operator" | "extract_operator" => {
            function.child_by_field_name("rhs").filter(|name| name.kind() == "identifier")
        }
        _ => child_of(function, "identifier").filter(|_| function.kind() == "parenthesized_expression"),
    }
}
