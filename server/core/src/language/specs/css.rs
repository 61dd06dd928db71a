//! CSS: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Around,
    Name::{Child, Computed, With},
    Named,
    SymbolKind::{Section, Variable},
    spec::{Spec, call, child_of, def, one_line, written},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("rule_set", Section, Computed(header)),
        def("media_statement", Section, Computed(header)),
        def("supports_statement", Section, Computed(header)),
        def("scope_statement", Section, Computed(header)),
        def("at_rule", Section, Computed(header)),
        def("keyframes_statement", Section, Child(&["keyframes_name"])),
        def("declaration", Variable, With(custom_property)),
    ],
    references: &[call("plain_value", With(custom_value))],
    comments: &["comment", "js_comment"],
    strings: &["string_value"],
    ..Spec::EMPTY
};

/// What stands before the braces, on one line: a selector or a condition.
fn header<'t>(node: Node<'t>, text: &str, _: Around) -> Option<Named<'t>> {
    let block = child_of(node, "block")?;
    let header = node.named_child(0).filter(|first| *first != block)?;
    let name = one_line(text.get(node.start_byte()..block.start_byte())?);
    (!name.is_empty()).then(|| Named::from(header).called(name))
}

/// `--accent: red;`
fn custom_property<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    child_of(node, "property_name").filter(|name| written(*name, text).starts_with("--"))
}

/// `var(--accent)`
fn custom_value<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    written(node, text).starts_with("--").then_some(node)
}
