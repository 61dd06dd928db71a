//! HCL (Terraform): what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Around,
    Name::{Computed, With},
    Named,
    SymbolKind::{Section, Target, Variable},
    spec::{Spec, call, child_of, def, last_child_of, written},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[def("block", Target, Computed(block)), def("attribute", Variable, Computed(local))],
    references: &[call("variable_expr", With(referred)), call("function_call", With(function))],
    comments: &["comment"],
    strings: &["string_lit", "quoted_template", "heredoc_template"],
    ..Spec::EMPTY
};

/// A block at the top is found by its last label; `locals` and `terraform` have none.
fn block<'t>(node: Node<'t>, text: &str, around: Around) -> Option<Named<'t>> {
    if around.depth != 2 {
        return None;
    }
    let of_what = child_of(node, "identifier")?;
    let kind = match written(of_what, text) {
        "variable" | "output" => Variable,
        "locals" => Section,
        _ => Target,
    };
    let label = last_child_of(node, "string_lit").and_then(|label| child_of(label, "template_literal"));
    let last_word = last_child_of(node, "identifier");
    Some(Named::from(label.or(last_word)?).of(kind))
}

/// `locals { name = … }`, and the lines of a file of variables.
fn local<'t>(node: Node<'t>, _: &str, around: Around) -> Option<Named<'t>> {
    let listed = around.depth == 2 || (around.depth == 4 && around.inside == Some(Section));
    listed.then(|| child_of(node, "identifier"))?.map(Named::from)
}

/// The name in `var.name`, `aws_instance.name.id` or `data.aws_ami.name.id`.
fn referred<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    let mut part = node.next_named_sibling().filter(|next| next.kind() == "get_attr")?;
    if written(node, text) == "data" {
        part = part.next_named_sibling().filter(|next| next.kind() == "get_attr")?;
    }
    child_of(part, "identifier")
}

fn function<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    child_of(node, "identifier")
}
