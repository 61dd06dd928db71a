//! YAML: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Around,
    Name::Computed,
    Named,
    SymbolKind::{Key, Section},
    spec::{Spec, child_of, def, written},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("block_mapping_pair", Key, Computed(key)),
        def("flow_pair", Key, Computed(key)),
        def("block_sequence_item", Section, Computed(item)),
    ],
    comments: &["comment"],
    // All of it would be strings.
    strings: &[],
    ..Spec::EMPTY
};

/// The keys at the top (stream > document > node > mapping > pair) and those of the mappings that they hold.
fn key<'t>(node: Node<'t>, _: &str, around: Around) -> Option<Named<'t>> {
    let listed = around.depth == 4 || (around.depth == 7 && around.inside == Some(Key));
    listed.then(|| node.child_by_field_name("key"))?.map(Named::from)
}

/// In a file that is a list, the items that have a name: the plays and tasks of a playbook.
fn item<'t>(node: Node<'t>, text: &str, around: Around) -> Option<Named<'t>> {
    if around.depth != 4 {
        return None;
    }
    let mapping = child_of(child_of(node, "block_node")?, "block_mapping")?;
    let mut cursor = mapping.walk();
    let pair = mapping
        .named_children(&mut cursor)
        .find(|pair| pair.child_by_field_name("key").is_some_and(|key| matches!(written(key, text), "name" | "id")))?;
    pair.child_by_field_name("value").filter(|value| value.kind() == "flow_node").map(Named::from)
}
