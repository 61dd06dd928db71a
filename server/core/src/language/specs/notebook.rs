//! Jupyter notebooks, which are JSON: what the node kinds of that grammar mean in them.

use tree_sitter::Node;

use crate::language::{
    Around,
    Name::Computed,
    Named,
    SymbolKind::Cell,
    spec::{Spec, child_of, def, written},
};

pub(in crate::language) const SPEC: Spec = Spec { definitions: &[def("object", Cell, Computed(cell))], ..Spec::EMPTY };

/// An object in the list of cells: document > object > pair > array > object. Nothing else is a definition, so that
/// their count is the cell's number.
fn cell<'t>(node: Node<'t>, text: &str, around: Around) -> Option<Named<'t>> {
    if around.depth != 4 {
        return None;
    }
    let mut cursor = node.walk();
    let kind = node.named_children(&mut cursor).find_map(|pair| {
        let key = child_of(pair.child_by_field_name("key")?, "string_content")?;
        (written(key, text) == "cell_type").then(|| child_of(pair.child_by_field_name("value")?, "string_content"))?
    })?;
    let number = around.before + 1;
    Some(Named::from(kind).called(format!("cell {number} ({})", written(kind, text))))
}
