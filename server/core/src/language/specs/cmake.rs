//! `CMake`: what the grammar's node kinds mean. All but functions and macros are commands, told apart by their names.

use tree_sitter::Node;

use crate::language::{
    Around,
    Name::{Child, Computed, With},
    Named,
    SymbolKind::{self, Function, Macro, Target, Variable},
    spec::{Spec, call, child_of, def, written},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("function_def", Function, With(function)),
        def("macro_def", Macro, With(function)),
        def("normal_command", Target, Computed(command)),
    ],
    references: &[call("normal_command", Child(&["identifier"])), call("normal_command", With(target))],
    comments: &["line_comment", "bracket_comment"],
    strings: &["quoted_argument", "bracket_argument"],
    ..Spec::EMPTY
};

fn function<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    argument(node.named_child(0)?, 0)
}

fn command<'t>(node: Node<'t>, text: &str, around: Around) -> Option<Named<'t>> {
    let name = written(child_of(node, "identifier")?, text).to_ascii_lowercase();
    let kind: SymbolKind = match name.as_str() {
        "add_library" | "add_executable" | "add_custom_target" | "add_test" | "project" => Target,
        "set" | "option" if around.inside.is_none() => Variable,
        _ => return None,
    };
    // `add_test(NAME unit …)`
    let at = u32::from(name == "add_test" && written(argument(node, 0)?, text) == "NAME");
    Some(Named::from(argument(node, at)?).of(kind))
}

/// The target that a command is about.
fn target<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    let command = written(child_of(node, "identifier")?, text).to_ascii_lowercase();
    (command.starts_with("target_") || command == "add_dependencies").then(|| argument(node, 0))?
}

fn argument(command: Node<'_>, index: u32) -> Option<Node<'_>> {
    child_of(command, "argument_list")?.named_child(index).filter(|found| found.kind() == "argument")
}
