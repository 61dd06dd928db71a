//! Svelte: what the grammar's node kinds mean. Its markup has the node kinds of HTML.

use tree_sitter::Node;

use super::html::{component, embedded, titled_element};
use crate::language::{
    Name::{Computed, With},
    SymbolKind::{Function, Section},
    spec::{Injection, Spec, call, child_of, def},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("element", Section, Computed(titled_element)),
        def("snippet_statement", Function, With(snippet_name)),
    ],
    references: &[call("start_tag", With(component)), call("self_closing_tag", With(component))],
    comments: &["comment"],
    injections: &[Injection { node: "raw_text", language: embedded }],
    ..Spec::EMPTY
};

fn snippet_name<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    child_of(child_of(node, "snippet_start")?, "snippet_name")
}
