//! Dockerfile: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Around,
    Name::{Child, Computed, Field},
    Named,
    SymbolKind::{Target, Variable},
    spec::{Spec, call, def},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("from_instruction", Target, Computed(stage)),
        def("arg_pair", Variable, Field("name")),
        def("env_pair", Variable, Field("name")),
    ],
    references: &[call("image_spec", Child(&["image_name"]))],
    comments: &["comment"],
    strings: &["double_quoted_string", "single_quoted_string", "json_string"],
    ..Spec::EMPTY
};

/// A stage lasts until the next one. Without a name of its own it is found by its image's.
fn stage<'t>(node: Node<'t>, _: &str, _: Around) -> Option<Named<'t>> {
    let image = node.named_children(&mut node.walk()).find(|child| child.kind() == "image_spec");
    let name = node.child_by_field_name("as").or_else(|| image?.child_by_field_name("name"))?;
    let mut end = node.end_byte();
    let mut next = node.next_named_sibling();
    while let Some(instruction) = next.filter(|next| next.kind() != "from_instruction") {
        // A comment may belong to the stage after it.
        if instruction.kind() != "comment" {
            end = instruction.end_byte();
        }
        next = instruction.next_named_sibling();
    }
    Some(Named::from(name).at(node.start_byte()..end))
}
