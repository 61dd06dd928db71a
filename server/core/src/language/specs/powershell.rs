//! PowerShell: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Name::{Child, Itself, With},
    SymbolKind::{Class, Enum, Function, Method},
    spec::{Spec, call, child_of, def, type_ref},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("function_statement", Function, Child(&["function_name"])),
        def("class_statement", Class, Child(&["simple_name"])),
        def("class_method_definition", Method, Child(&["simple_name"])),
        def("enum_statement", Enum, Child(&["simple_name"])),
    ],
    references: &[
        call("command_name", Itself),
        call("invokation_expression", With(member)),
        type_ref("type_identifier", Itself),
    ],
    comments: &["comment"],
    strings: &["string_literal"],
    ..Spec::EMPTY
};

fn member<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    child_of(child_of(node, "member_name")?, "simple_name")
}
