//! Python: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Name::{Field, LastChild, With},
    SymbolKind::{Class, Constant, Constructor, Function, Type},
    spec::{Spec, call, def, def_outer, import, type_ref},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("class_definition", Class, Field("name")),
        def("function_definition", Constructor, With(initialiser)),
        def("function_definition", Function, Field("name")),
        def("type_alias_statement", Type, With(alias)),
        def_outer("assignment", Constant, With(constant)),
    ],
    references: &[
        call("call", With(callee)),
        call("decorator", With(decorated_with)),
        type_ref("class_definition", With(first_base)),
        type_ref("class_definition", With(second_base)),
        type_ref("type", With(type_name)),
        type_ref("generic_type", With(type_name)),
        type_ref("except_clause", With(caught)),
        import("dotted_name", LastChild(&["identifier"])),
    ],
    comments: &["comment"],
    strings: &["string_content"],
    wrappers: &["decorated_definition"],
    prefixes: &[],
    scopes: &["function_definition"],
    injections: &[],
};

fn initialiser<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    node.child_by_field_name("name").filter(|name| text.get(name.byte_range()) == Some("__init__"))
}

/// `NAME = value`: everything else that a module assigns is too much and too short to be found by name.
fn constant<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    let name = node.child_by_field_name("left").filter(|left| left.kind() == "identifier")?;
    let written = text.get(name.byte_range())?;
    let upper = written.contains(|c: char| c.is_ascii_uppercase()) && !written.contains(|c: char| c.is_lowercase());
    (upper && node.child_by_field_name("right").is_some()).then_some(name)
}

fn alias<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    type_name(node.child_by_field_name("left")?, text)
}

fn last_name(node: Node<'_>) -> Option<Node<'_>> {
    match node.kind() {
        "identifier" => Some(node),
        "attribute" => node.child_by_field_name("attribute"),
        "parenthesized_expression" => last_name(node.named_child(0)?),
        "subscript" => last_name(node.child_by_field_name("value")?),
        _ => None,
    }
}

fn callee<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("function")?)
}

/// `@name`; `@name()` is a call and found as one.
fn decorated_with<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.named_child(0)?)
}

fn first_base<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("superclasses")?.named_child(0)?)
}

fn second_base<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("superclasses")?.named_child(1)?)
}

fn caught<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("value")?)
}

/// The type itself, the outer one of `Outer[Inner]`, the first of `First | Second`.
fn type_name<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let mut written = node.named_child(0)?;
    while matches!(written.kind(), "binary_operator" | "union_type" | "type") {
        written = written.named_child(0)?;
    }
    last_name(written)
}
