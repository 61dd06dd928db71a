//! Erlang: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Name::{Field, With},
    SymbolKind::{Function, Macro, Module, Struct, Type},
    spec::{Spec, call, def, type_ref},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        // A function is its specification and its clauses.
        def("spec", Function, Field("fun")).joined(),
        def("fun_decl", Function, With(clause_name)).joined(),
        def("callback", Function, Field("fun")),
        def("module_attribute", Module, Field("name")),
        def("record_decl", Struct, Field("name")),
        def("type_alias", Type, With(type_name)),
        def("opaque", Type, With(type_name)),
        def("nominal", Type, With(type_name)),
        def("pp_define", Macro, With(macro_name)),
    ],
    references: &[
        call("call", With(callee)),
        call("internal_fun", Field("fun")),
        call("external_fun", Field("fun")),
        call("macro_call_expr", Field("name")),
        type_ref("record_name", Field("name")),
    ],
    comments: &["comment"],
    strings: &["string"],
    ..Spec::EMPTY
};

fn clause_name<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    node.child_by_field_name("clause")?.child_by_field_name("name")
}

fn type_name<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    node.child_by_field_name("name")?.child_by_field_name("name")
}

fn macro_name<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    node.child_by_field_name("lhs")?.child_by_field_name("name")
}

/// A call through a module is a call inside a node of its own, and a call of a variable names nothing.
fn callee<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    node.child_by_field_name("expr").filter(|name| name.kind() == "atom")
}
