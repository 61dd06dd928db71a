//! Solidity: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Around,
    Name::{Child, Computed, Field, LastChild, With},
    Named,
    SymbolKind::{Class, Constant, Constructor, Enum, Function, Interface, Module, Struct, Type, Variable},
    spec::{Spec, call, def, import, type_ref},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("contract_declaration", Class, Field("name")),
        def("interface_declaration", Interface, Field("name")),
        def("library_declaration", Module, Field("name")),
        def("struct_declaration", Struct, Field("name")),
        def("enum_declaration", Enum, Field("name")),
        def("event_definition", Type, Field("name")),
        def("error_declaration", Type, Field("name")),
        def("user_defined_type_definition", Type, Field("name")),
        def("function_definition", Function, Field("name")),
        def("modifier_definition", Function, Field("name")),
        def("constructor_definition", Constructor, Computed(keyword)),
        def("fallback_receive_definition", Function, Computed(keyword)),
        def("state_variable_declaration", Variable, Computed(variable)),
        def("constant_variable_declaration", Constant, Field("name")),
    ],
    references: &[
        call("call_expression", With(callee)),
        call("emit_statement", With(emitted)),
        call("revert_statement", With(reverted)),
        call("modifier_invocation", LastChild(&["identifier"])),
        type_ref("user_defined_type", LastChild(&["identifier"])),
        type_ref("type_alias", Child(&["identifier"])),
        import("import_directive", Field("import_name")),
    ],
    comments: &["comment"],
    strings: &["string", "hex_string_literal", "unicode_string_literal"],
    ..Spec::EMPTY
};

/// `constructor`, `receive` and `fallback` are named by their keyword.
fn keyword<'t>(node: Node<'t>, _: &str, _: Around) -> Option<Named<'t>> {
    node.child(0).filter(|word| !word.is_named()).map(Named::from)
}

fn variable<'t>(node: Node<'t>, text: &str, _: Around) -> Option<Named<'t>> {
    let name = node.child_by_field_name("name")?;
    let before = text.get(node.start_byte()..name.start_byte())?;
    let fixed = before.split_whitespace().any(|word| matches!(word, "constant" | "immutable"));
    Some(Named::from(name).of(if fixed { Constant } else { Variable }))
}

fn callee<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("function")?)
}

fn emitted<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("name")?)
}

fn reverted<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("error")?)
}

fn last_name(expression: Node<'_>) -> Option<Node<'_>> {
    let inner = if expression.kind() == "expression" { expression.named_child(0)? } else { expression };
    match inner.kind() {
        "identifier" => Some(inner),
        "member_expression" => inner.child_by_field_name("property"),
        _ => None,
    }
}
