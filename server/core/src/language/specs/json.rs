//! JSON: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Around,
    Name::Computed,
    Named,
    SymbolKind::Key,
    spec::{Spec, child_of, def},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[def("pair", Key, Computed(key))],
    comments: &["comment"],
    // All of it would be strings.
    strings: &[],
    ..Spec::EMPTY
};

/// The keys at the top and those of the objects that they hold.
fn key<'t>(node: Node<'t>, _: &str, around: Around) -> Option<Named<'t>> {
    let listed = around.depth == 2 || (around.depth == 4 && around.inside == Some(Key));
    listed.then(|| child_of(node.child_by_field_name("key")?, "string_content"))?.map(Named::from)
}
