//! Go: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Name::{Field, Itself, With},
    SymbolKind::{Constant, Function, Interface, Method, Struct, Type, Variable},
    spec::{Spec, call, def, def_if, def_outer, type_ref},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("function_declaration", Function, Field("name")),
        def("method_declaration", Method, Field("name")),
        def("method_elem", Method, Field("name")),
        def_if("type_spec", Struct, Field("name"), is_struct),
        def_if("type_spec", Interface, Field("name"), is_interface),
        def("type_spec", Type, Field("name")),
        def("type_alias", Type, Field("name")),
        def_outer("const_spec", Constant, With(named)),
        def_outer("var_spec", Variable, With(named)),
    ],
    references: &[call("call_expression", With(callee)), type_ref("type_identifier", Itself)],
    comments: &["comment"],
    strings: &["interpreted_string_literal", "raw_string_literal"],
    wrappers: &["type_declaration", "const_declaration", "var_declaration", "var_spec_list"],
    prefixes: &[],
    scopes: &["function_declaration", "method_declaration", "func_literal"],
    injections: &[],
};

fn is_struct(node: Node<'_>) -> bool {
    node.child_by_field_name("type").is_some_and(|written| written.kind() == "struct_type")
}

fn is_interface(node: Node<'_>) -> bool {
    node.child_by_field_name("type").is_some_and(|written| written.kind() == "interface_type")
}

/// `var _ Interface = (*Type)(nil)` only asks the compiler a question.
fn named<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    node.child_by_field_name("name").filter(|name| text.get(name.byte_range()) != Some("_"))
}

fn callee<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("function")?)
}

fn last_name(node: Node<'_>) -> Option<Node<'_>> {
    match node.kind() {
        "identifier" => Some(node),
        "selector_expression" => node.child_by_field_name("field"),
        "parenthesized_expression" => last_name(node.named_child(0)?),
        "index_expression" => last_name(node.child_by_field_name("operand")?),
        "type_instantiation_expression" => last_name(node.child_by_field_name("type")?),
        _ => None,
    }
}
