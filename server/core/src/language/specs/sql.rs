//! SQL: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Name::{Field, With},
    SymbolKind::{Function, Module, Table, Type},
    spec::{Spec, call, def, type_ref},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("create_table", Table, With(object)),
        def("create_view", Table, With(object)),
        def("create_materialized_view", Table, With(object)),
        def("create_index", Table, With(object)),
        def("create_function", Function, With(object)),
        def("create_trigger", Function, With(object)),
        def("create_type", Type, With(object)),
        def("create_sequence", Type, With(object)),
        def("create_schema", Module, With(object)),
    ],
    references: &[call("invocation", With(object)), type_ref("object_reference", Field("name"))],
    comments: &["comment", "marginalia"],
    strings: &["literal"],
    wrappers: &[],
    prefixes: &[],
    scopes: &[],
    injections: &[],
};

/// The first thing named: `schema.name` is called `name`.
fn object<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    let named =
        node.named_children(&mut cursor).find(|child| matches!(child.kind(), "object_reference" | "identifier"))?;
    if named.kind() == "identifier" { Some(named) } else { named.child_by_field_name("name") }
}
