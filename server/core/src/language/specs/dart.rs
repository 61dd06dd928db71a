//! Dart: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Around,
    Name::{Child, Computed, Field, Itself, With},
    Named,
    SymbolKind::{Class, Constant, Constructor, Enum, Function, Impl, Trait, Type, Variable},
    spec::{Spec, call, child_of, def, type_ref, written},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("class_declaration", Class, Field("name")),
        def("mixin_declaration", Trait, Field("name")),
        def("extension_declaration", Impl, With(extension_name)),
        def("extension_type_declaration", Type, With(extension_name)),
        def("enum_declaration", Enum, Field("name")),
        def("type_alias", Type, Child(&["type_identifier"])),
        def("function_declaration", Function, Computed(callable)),
        def("getter_declaration", Function, Computed(callable)),
        def("setter_declaration", Function, Computed(callable)),
        def("external_function_declaration", Function, Computed(callable)),
        def("method_declaration", Function, Computed(callable)),
        def("declaration", Function, Computed(callable)),
        def("top_level_variable_declaration", Variable, Computed(variable)),
    ],
    references: &[
        call("call_expression", With(callee)),
        call("cascade_call_expression", With(callee)),
        type_ref("type_identifier", Itself),
    ],
    comments: &["comment", "block_comment", "documentation_comment", "documentation_block_comment"],
    strings: &["string_literal"],
    ..Spec::EMPTY
};

/// An extension without a name is named after what it extends.
fn extension_name<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let name = node.child_by_field_name("name").or_else(|| {
        let extended = node.child_by_field_name("class").or_else(|| child_of(node, "type"))?;
        child_of(extended, "type_identifier")
    })?;
    if name.kind() == "extension_type_name" { name.named_child(0) } else { Some(name) }
}

/// The signature is the node itself, a child of it or the child of a child. A named constructor is called by its last
/// name. Fields have no signature.
fn callable<'t>(node: Node<'t>, _: &str, _: Around) -> Option<Named<'t>> {
    let mut signature = signature_in(node)?;
    if signature.kind() == "method_signature" {
        signature = signature_in(signature)?;
    }
    if let Some(operator) = signature.child_by_field_name("operator") {
        return Some(operator.into());
    }
    let mut cursor = signature.walk();
    let name = signature.children_by_field_name("name", &mut cursor).last()?;
    let kind = if signature.kind().contains("constructor") { Constructor } else { Function };
    let named = Named::from(name);
    Some(if kind == Constructor { named.of(kind) } else { named })
}

fn signature_in(node: Node<'_>) -> Option<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).find(|child| child.kind().ends_with("_signature"))
}

fn variable<'t>(node: Node<'t>, text: &str, _: Around) -> Option<Named<'t>> {
    let list = node.named_children(&mut node.walk()).find(|child| child.kind().ends_with("_list"))?;
    let name = list.named_child(0)?.child_by_field_name("name")?;
    let fixed = matches!(written(node, text).split_whitespace().next(), Some("const" | "final"));
    Some(Named::from(name).of(if fixed { Constant } else { Variable }))
}

fn callee<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let function = node.child_by_field_name("function")?;
    match function.kind() {
        "identifier" => Some(function),
        "instantiation_expression" => function.named_child(0).filter(|name| name.kind() == "identifier"),
        _ => function.child_by_field_name("property"),
    }
}
