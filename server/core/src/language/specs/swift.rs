//! Swift: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Name::{Child, Field, Itself, With},
    SymbolKind::{Class, Constructor, Enum, Function, Impl, Interface, Macro, Method, Struct, Type, Variable},
    spec::{Spec, call, def, def_if, def_outer, import, type_ref},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def_if("class_declaration", Struct, Field("name"), |node| declares(node, "struct")),
        def_if("class_declaration", Enum, Field("name"), |node| declares(node, "enum")),
        def_if("class_declaration", Impl, With(extended), |node| declares(node, "extension")),
        def("class_declaration", Class, Field("name")),
        def("protocol_declaration", Interface, Field("name")),
        def("function_declaration", Function, Field("name")),
        def("protocol_function_declaration", Method, Field("name")),
        def("init_declaration", Constructor, Field("name")),
        def("deinit_declaration", Method, With(deinit)),
        def("subscript_declaration", Method, With(subscript)),
        def("typealias_declaration", Type, Field("name")),
        def("associatedtype_declaration", Type, Field("name")),
        def("macro_declaration", Macro, Child(&["simple_identifier"])),
        def("protocol_property_declaration", Variable, With(property)),
        def_outer("property_declaration", Variable, With(property)),
    ],
    references: &[
        call("call_expression", With(callee)),
        call("constructor_expression", With(constructed)),
        call("macro_invocation", Child(&["simple_identifier"])),
        type_ref("type_identifier", Itself),
        import("import_declaration", With(imported)),
    ],
    comments: &["comment", "multiline_comment"],
    strings: &["line_str_text", "multi_line_str_text", "raw_str_part", "raw_str_end_part"],
    wrappers: &[],
    prefixes: &[],
    scopes: &["function_body", "lambda_literal", "computed_property", "willset_didset_block", "statements"],
    injections: &[],
};

fn declares(node: Node<'_>, keyword: &str) -> bool {
    node.child_by_field_name("declaration_kind").is_some_and(|found| found.kind() == keyword)
}

/// `extension A.B` is named after `B`.
fn extended<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_type(node.child_by_field_name("name")?)
}

fn last_type(node: Node<'_>) -> Option<Node<'_>> {
    if node.kind() != "user_type" {
        return Some(node);
    }
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| child.kind() == "type_identifier").last()
}

fn keyword<'t>(node: Node<'t>, word: &str) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).find(|child| child.kind() == word)
}

fn deinit<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    keyword(node, "deinit")
}

fn subscript<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    keyword(node, "subscript")
}

fn property<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    node.child_by_field_name("name")?.child_by_field_name("bound_identifier")
}

fn callee<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let called = node.named_child(0)?;
    match called.kind() {
        "simple_identifier" => Some(called),
        "navigation_expression" => called
            .child_by_field_name("suffix")?
            .child_by_field_name("suffix")
            .filter(|name| name.kind() == "simple_identifier"),
        "prefix_expression" => called.child_by_field_name("target").filter(|name| name.kind() == "simple_identifier"),
        _ => None,
    }
}

fn constructed<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let written = node.child_by_field_name("constructed_type").filter(|written| written.kind() == "user_type")?;
    last_type(written)
}

fn imported<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    let path = node.named_children(&mut cursor).find(|child| child.kind() == "identifier")?;
    let mut cursor = path.walk();
    path.named_children(&mut cursor).last()
}
