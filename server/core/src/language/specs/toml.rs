//! TOML: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Around,
    Name::{Child, Computed},
    Named,
    SymbolKind::{Key, Section},
    spec::{Spec, def},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("table", Section, Child(&["bare_key", "dotted_key", "quoted_key"])),
        def("table_array_element", Section, Child(&["bare_key", "dotted_key", "quoted_key"])),
        def("pair", Key, Computed(key)),
    ],
    comments: &["comment"],
    // All of it would be strings.
    strings: &[],
    ..Spec::EMPTY
};

/// The keys before the first table.
fn key<'t>(node: Node<'t>, _: &str, around: Around) -> Option<Named<'t>> {
    (around.depth == 1).then(|| node.named_child(0))?.map(Named::from)
}
