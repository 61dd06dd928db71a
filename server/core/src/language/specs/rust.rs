//! Rust: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Name::{Field, Itself, With},
    SymbolKind::{Constant, Enum, Function, Impl, Macro, Module, Struct, Trait, Type},
    spec::{Spec, call, def, def_if, import, type_ref},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("function_item", Function, Field("name")),
        def("function_signature_item", Function, Field("name")),
        def("struct_item", Struct, Field("name")),
        def("union_item", Struct, Field("name")),
        def("enum_item", Enum, Field("name")),
        def("trait_item", Trait, Field("name")),
        def("impl_item", Impl, With(impl_type)),
        def("type_item", Type, Field("name")),
        def_if("mod_item", Module, Field("name"), has_body),
        def("macro_definition", Macro, Field("name")),
        def("const_item", Constant, Field("name")),
        def("static_item", Constant, Field("name")),
    ],
    references: &[
        call("call_expression", With(callee)),
        call("macro_invocation", With(last_of_macro)),
        call("struct_expression", With(struct_name)),
        type_ref("type_identifier", Itself),
        import("use_as_clause", Field("alias")),
    ],
    comments: &["line_comment", "block_comment"],
    strings: &["string_literal", "raw_string_literal", "char_literal"],
    wrappers: &[],
    prefixes: &["attribute_item"],
    scopes: &[],
    injections: &[],
};

/// `impl Trait for Type<T>` is named after `Type`.
fn impl_type<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let written = node.child_by_field_name("type")?;
    match written.kind() {
        "generic_type" | "reference_type" => written.child_by_field_name("type"),
        "scoped_type_identifier" => written.child_by_field_name("name"),
        _ => Some(written),
    }
}

fn has_body(node: Node<'_>) -> bool {
    node.child_by_field_name("body").is_some()
}

fn callee<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("function")?)
}

fn last_of_macro<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("macro")?)
}

fn struct_name<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("name")?)
}

fn last_name(node: Node<'_>) -> Option<Node<'_>> {
    match node.kind() {
        "identifier" | "field_identifier" => Some(node),
        "field_expression" => node.child_by_field_name("field"),
        "scoped_identifier" => node.child_by_field_name("name"),
        "generic_function" => last_name(node.child_by_field_name("function")?),
        // Types are references of their own.
        _ => None,
    }
}
