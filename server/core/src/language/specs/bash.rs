//! Shell: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Name::{Field, With},
    SymbolKind::{Function, Variable},
    spec::{Spec, call, def, def_outer},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("function_definition", Function, Field("name")),
        def_outer("variable_assignment", Variable, With(constant)),
    ],
    references: &[call("command", With(command))],
    comments: &["comment"],
    strings: &["string_content", "raw_string", "ansi_c_string", "heredoc_body"],
    wrappers: &["declaration_command"],
    prefixes: &[],
    // Inside a command it is only that command's environment.
    scopes: &["function_definition", "command"],
    injections: &[],
};

/// `NAME=value`: lower-case names are the script's own business.
fn constant<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    let name = node.child_by_field_name("name").filter(|name| name.kind() == "variable_name")?;
    let upper = !text.get(name.byte_range())?.contains(|c: char| c.is_ascii_lowercase());
    (upper && node.child_by_field_name("value").is_some()).then_some(name)
}

fn command<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    node.child_by_field_name("name")?.named_child(0).filter(|name| name.kind() == "word")
}
