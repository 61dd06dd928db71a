//! Ruby: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Name::{Field, Itself, With},
    SymbolKind::{Class, Constant, Constructor, Function, Method, Module},
    spec::{Spec, call, def, type_ref},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("class", Class, With(scoped)),
        def("module", Module, With(scoped)),
        def("method", Constructor, With(initialiser)),
        def("method", Function, Field("name")),
        def("singleton_method", Method, Field("name")),
        def("alias", Method, Field("name")),
        def("assignment", Constant, With(constant)),
    ],
    references: &[call("call", With(callee)), type_ref("constant", Itself)],
    comments: &["comment"],
    strings: &["string_content", "heredoc_content"],
    wrappers: &[],
    prefixes: &[],
    scopes: &[],
    injections: &[],
};

/// `class A::B` is called `B`.
fn scoped<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let name = node.child_by_field_name("name")?;
    if name.kind() == "scope_resolution" { name.child_by_field_name("name") } else { Some(name) }
}

fn initialiser<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    node.child_by_field_name("name").filter(|name| text.get(name.byte_range()) == Some("initialize"))
}

fn constant<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    node.child_by_field_name("left").filter(|left| left.kind() == "constant")
}

fn callee<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    node.child_by_field_name("method").filter(|name| matches!(name.kind(), "identifier" | "constant"))
}
