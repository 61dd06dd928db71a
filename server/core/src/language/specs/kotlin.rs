//! Kotlin: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Name::{Field, LastChild, With},
    SymbolKind::{Class, Constructor, Enum, Function, Interface, Type, Variable},
    spec::{Spec, call, def, def_if, def_outer, import, type_ref},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def_if("class_declaration", Interface, Field("name"), is_interface),
        def_if("class_declaration", Enum, Field("name"), is_enum),
        def("class_declaration", Class, Field("name")),
        def("object_declaration", Class, Field("name")),
        def("companion_object", Class, Field("name")),
        def("function_declaration", Function, Field("name")),
        def("secondary_constructor", Constructor, With(constructor)),
        def("type_alias", Type, Field("type")),
        def_outer("property_declaration", Variable, With(property)),
    ],
    references: &[
        call("call_expression", With(callee)),
        call("callable_reference", LastChild(&["identifier"])),
        call("constructor_invocation", With(constructed)),
        type_ref("user_type", LastChild(&["identifier"])),
        import("import", With(imported)),
    ],
    comments: &["line_comment", "block_comment"],
    strings: &["string_content"],
    wrappers: &[],
    prefixes: &[],
    scopes: &["function_body", "lambda_literal", "anonymous_initializer", "secondary_constructor", "block"],
    injections: &[],
};

fn is_interface(node: Node<'_>) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor).any(|child| child.kind() == "interface")
}

fn is_enum(node: Node<'_>) -> bool {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).any(|child| child.kind() == "enum_class_body")
}

fn constructor<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).find(|child| child.kind() == "constructor")
}

fn child<'t>(node: Node<'t>, kind: &str) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).find(|child| child.kind() == kind)
}

fn property<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    child(child(node, "variable_declaration")?, "identifier")
}

fn last_child<'t>(node: Node<'t>, kind: &str) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| child.kind() == kind).last()
}

fn callee<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let called = node.named_child(0)?;
    match called.kind() {
        "identifier" => Some(called),
        "navigation_expression" => last_child(called, "identifier"),
        _ => None,
    }
}

fn constructed<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_child(child(node, "user_type")?, "identifier")
}

fn imported<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_child(child(node, "qualified_identifier")?, "identifier")
}
