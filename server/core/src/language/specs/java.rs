//! Java: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Name::{self, Field, Itself, With},
    SymbolKind::{self, Class, Constant, Constructor, Enum, Interface, Method, Module, Struct},
    spec::{Spec, call, def, import, type_ref},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("class_declaration", Class, Field("name")),
        def("record_declaration", Struct, Field("name")),
        def("enum_declaration", Enum, Field("name")),
        def("interface_declaration", Interface, Field("name")),
        def("annotation_type_declaration", Interface, Field("name")),
        def("method_declaration", Method, Field("name")),
        def("annotation_type_element_declaration", Method, Field("name")),
        def("constructor_declaration", Constructor, Field("name")),
        def("compact_constructor_declaration", Constructor, Field("name")),
        def("field_declaration", Constant, With(constant)),
        def("field_declaration", SymbolKind::Field, With(declared)),
        def("constant_declaration", Constant, With(declared)),
        def("module_declaration", Module, With(last_name)),
    ],
    references: &[
        call("method_invocation", Field("name")),
        call("object_creation_expression", With(constructed)),
        call("method_reference", With(method_referred_to)),
        type_ref("annotation", With(last_name)),
        type_ref("marker_annotation", With(last_name)),
        type_ref("type_identifier", Itself),
        import("import_declaration", Name::With(imported)),
    ],
    comments: &["line_comment", "block_comment"],
    strings: &["string_literal"],
    wrappers: &[],
    prefixes: &[],
    scopes: &[],
    injections: &[],
};

fn declared<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    node.child_by_field_name("declarator")?.child_by_field_name("name")
}

/// `static final`, whatever stands between the two words.
fn constant<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    let modifiers = node.named_child(0).filter(|child| child.kind() == "modifiers")?;
    let mut words =
        text.get(modifiers.byte_range())?.split_whitespace().filter(|word| matches!(*word, "static" | "final"));
    (words.next().is_some() && words.next().is_some()).then(|| declared(node, text))?
}

fn last_name<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    scoped(node.child_by_field_name("name")?)
}

fn scoped(name: Node<'_>) -> Option<Node<'_>> {
    match name.kind() {
        "identifier" | "type_identifier" => Some(name),
        "scoped_identifier" => name.child_by_field_name("name"),
        "generic_type" => scoped(name.named_child(0)?),
        "scoped_type_identifier" => {
            let count = u32::try_from(name.named_child_count()).ok()?;
            scoped(name.named_child(count.checked_sub(1)?)?)
        }
        _ => None,
    }
}

fn constructed<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    scoped(node.child_by_field_name("type")?)
}

fn imported<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    scoped(node.named_child(0)?)
}

fn method_referred_to<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let count = u32::try_from(node.named_child_count()).ok()?;
    node.named_child(count.checked_sub(1)?).filter(|name| name.kind() == "identifier")
}
