//! Objective-C: what the grammar's node kinds mean, on top of C.

use tree_sitter::Node;

use super::c::{
    before_macro, callee, declarator_name, declares_function, global, has_body, has_value, names_enum, names_struct,
};
use crate::language::{
    Name::{Child, Field, Itself, With},
    SymbolKind::{self, Class, Enum, Function, Impl, Interface, Macro, Method, Struct, Type, Variable},
    spec::{Spec, call, def, def_if, def_outer, type_ref},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def_if("class_interface", Impl, Child(&["identifier"]), is_category),
        def("class_interface", Class, Child(&["identifier"])),
        def("class_implementation", Impl, Child(&["identifier"])),
        def("protocol_declaration", Interface, Child(&["identifier"])),
        def("method_definition", Method, Child(&["identifier"])),
        def("method_declaration", Method, Child(&["identifier"])),
        def("property_declaration", SymbolKind::Field, With(property)),
        def("function_definition", Function, With(declared)),
        def_outer("function_declarator", Function, With(before_macro)),
        def_outer("declaration", Function, With(prototype)),
        def_outer("declaration", Variable, With(global)),
        def_if("struct_specifier", Struct, Field("name"), has_body),
        def_if("union_specifier", Struct, Field("name"), has_body),
        def_if("enum_specifier", Enum, Field("name"), has_body),
        def_if("type_definition", Struct, With(declared), names_struct),
        def_if("type_definition", Enum, With(declared), names_enum),
        def("type_definition", Type, With(type_alias)),
        def("macro_type_specifier", Enum, With(enum_macro)),
        def_if("preproc_def", Macro, Field("name"), has_value),
        def("preproc_function_def", Macro, Field("name")),
    ],
    references: &[
        call("message_expression", Field("method")),
        call("call_expression", With(callee)),
        type_ref("message_expression", With(class_asked)),
        type_ref("class_interface", Field("superclass")),
        type_ref("protocol_reference_list", Child(&["identifier"])),
        type_ref("type_identifier", Itself),
    ],
    comments: &["comment"],
    strings: &["string_literal"],
    wrappers: &["linkage_specification"],
    prefixes: &[],
    scopes: &["compound_statement"],
    injections: &[],
};

fn is_category(node: Node<'_>) -> bool {
    node.child_by_field_name("category").is_some()
}

fn declared<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    declarator_name(node.child_by_field_name("declarator")?)
}

/// The grammar does not know `typedef NS_ENUM(…)` and would take its first value for the name.
fn type_alias<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    let written = node.child_by_field_name("type")?;
    (written.kind() != "macro_type_specifier").then(|| declared(node, text))?
}

/// `NS_ENUM(NSInteger, Name)`: the name is what the parser had to skip.
fn enum_macro<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    let used = node.child_by_field_name("name")?;
    if !matches!(text.get(used.byte_range())?, "NS_ENUM" | "NS_OPTIONS" | "NS_CLOSED_ENUM" | "NS_ERROR_ENUM") {
        return None;
    }
    let mut cursor = node.walk();
    let skipped = node.named_children(&mut cursor).find(Node::is_error)?;
    skipped.named_child(0).filter(|name| name.kind() == "identifier")
}

fn prototype<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    declares_function(node.child_by_field_name("declarator")?).then(|| declared(node, text))?
}

fn property<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    let declaration = node.named_children(&mut cursor).find(|child| child.kind() == "struct_declaration")?;
    let mut cursor = declaration.walk();
    let declarator = declaration.named_children(&mut cursor).find(|child| child.kind() == "struct_declarator")?;
    declarator_name(declarator.named_child(0)?)
}

/// `[Type message]`: a capital letter tells a class from a variable.
fn class_asked<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    let receiver = node.child_by_field_name("receiver").filter(|receiver| receiver.kind() == "identifier")?;
    text.get(receiver.byte_range())?.starts_with(char::is_uppercase).then_some(receiver)
}
