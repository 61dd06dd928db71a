//! Where names stand and what they are without their quotes.

use std::ops::Range;

use tree_sitter::Node;

use crate::language::{Around, Name, Named, written};

/// What the definition `node` is called, and what else its rule says of it.
pub(super) fn find_named<'t>(node: Node<'t>, name: Name, text: &str, around: Around) -> Option<Named<'t>> {
    match name {
        Name::Computed(find) => find(node, text, around),
        _ => find_name(node, name, text).map(Named::from),
    }
}

/// The node that is the name in `node`.
pub(super) fn find_name<'t>(node: Node<'t>, name: Name, text: &str) -> Option<Node<'t>> {
    match name {
        Name::Itself => Some(node),
        Name::Field(field) => node.child_by_field_name(field),
        Name::Deepest(field) => {
            let mut deepest = node.child_by_field_name(field)?;
            while let Some(next) = deepest.child_by_field_name(field) {
                deepest = next;
            }
            Some(deepest)
        }
        Name::Child(kinds) => {
            let mut cursor = node.walk();
            node.named_children(&mut cursor).find(|child| kinds.contains(&child.kind()))
        }
        Name::LastChild(kinds) => {
            let mut cursor = node.walk();
            node.named_children(&mut cursor).filter(|child| kinds.contains(&child.kind())).last()
        }
        Name::With(find) => find(node, text),
        Name::Computed(find) => find(node, text, Around::default()).map(|named| named.node),
    }
}

/// Where a node stands.
pub(super) fn bytes(node: Node<'_>) -> Range<u32> {
    node.start_byte() as u32..node.end_byte() as u32
}

/// Where a name stands, without its quotes.
pub(super) fn name_bytes(name: Node<'_>, text: &str) -> Range<u32> {
    let Range { start, end } = bytes(name);
    let whole = written(name, text);
    let quotes = (whole.len() - unquoted(whole).len()) as u32 / 2;
    start + quotes..end - quotes
}

/// Without the quotes around it. A quote at one end only is part of the name (`fold'`).
pub(super) fn unquoted(written: &str) -> &str {
    let mut inner = written;
    while let Some(quote @ ('"' | '\'' | '`')) = inner.chars().next()
        && let Some(shorter) = inner[1..].strip_suffix(quote)
    {
        inner = shorter;
    }
    inner
}
