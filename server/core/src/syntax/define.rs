//! From a node that defines something to the [`Definition`]: its kind, extent and signature, and the joining of clauses.

use std::ops::Range;

use tree_sitter::Node;

use super::{
    Definition,
    names::{name_bytes, unquoted},
};
use crate::language::{Named, SymbolKind, written};

/// Longest signature kept, in bytes.
const MAX_SIGNATURE: usize = 400;

/// The definition that `node` is, called `named` and standing at `range`, inside of `outer`.
pub(super) fn define(
    node: Node<'_>,
    named: Named<'_>,
    kind: SymbolKind,
    range: Range<usize>,
    text: &str,
    outer: Option<(u32, &Definition)>,
) -> Definition {
    let Named { node: name, text: computed, kind: special, range: extent } = named;
    let kind = special.unwrap_or(kind);
    // A computed range may reach further than the definition around it.
    let range = match outer {
        Some((_, outer)) => range.start.max(outer.range.start as usize)..range.end.min(outer.range.end as usize),
        None => range,
    };
    // Documentation that a computed range takes in is not what the definition looks like, and long decorators would
    // leave nothing of what they decorate.
    let decorated = node.start_byte().saturating_sub(range.start);
    let shown = if extent.is_some() || decorated > MAX_SIGNATURE / 2 { range.start + decorated } else { range.start };
    let in_type = outer.is_some_and(|(_, outer)| {
        matches!(
            outer.kind,
            SymbolKind::Class
                | SymbolKind::Struct
                | SymbolKind::Enum
                | SymbolKind::Interface
                | SymbolKind::Trait
                | SymbolKind::Impl
        )
    });
    let kind = match kind {
        SymbolKind::Function if in_type => SymbolKind::Method,
        SymbolKind::Variable if in_type => SymbolKind::Field,
        _ => kind,
    };
    let called = computed.as_deref().unwrap_or_else(|| written(name, text));
    Definition {
        name: unquoted(called.trim()).lines().next().unwrap_or_default().trim().to_owned(),
        kind,
        signature: signature(node, name, kind, shown..range.end, text),
        range: range.start as u32..range.end as u32,
        name_range: name_bytes(name, text),
        parent: outer.map(|(index, _)| index),
    }
}

/// The definition of the same name right before `next`, of which that is one more clause.
pub(super) fn clause_before(definitions: &[Definition], next: &Definition) -> Option<u32> {
    let mut last = definitions.len().checked_sub(1)?;
    while definitions[last].parent != next.parent {
        last = definitions[last].parent? as usize;
    }
    let before = &definitions[last];
    let same = before.kind == next.kind || (is_value(before.kind) && is_value(next.kind));
    (same && before.name == next.name).then_some(last as u32)
}

fn is_value(kind: SymbolKind) -> bool {
    matches!(kind, SymbolKind::Function | SymbolKind::Method | SymbolKind::Constant)
}

/// Makes `clause` a part of the definition that it continues.
pub(super) fn join(first: &mut Definition, clause: &Definition) {
    first.range.end = clause.range.end.max(first.range.end);
    // A name whose type does not show that it is a function is one when it has clauses.
    if clause.kind != SymbolKind::Constant {
        first.kind = clause.kind;
    }
}

fn signature(node: Node<'_>, name: Node<'_>, kind: SymbolKind, range: Range<usize>, text: &str) -> Range<u32> {
    let callable = matches!(kind, SymbolKind::Function | SymbolKind::Method | SymbolKind::Constructor);
    let end = match body(node) {
        Some(body) if body.start_byte() > node.start_byte() => {
            // Ruby and Python have the comment after the head outside of the body.
            let mut cursor = node.walk();
            let extra =
                node.children(&mut cursor).find(|child| child.is_extra() && child.start_byte() > name.end_byte());
            extra.map_or(body.start_byte(), |extra| extra.start_byte().min(body.start_byte()))
        }
        _ if callable => node.end_byte(),
        _ => written(node, text).find('\n').map_or(node.end_byte(), |newline| node.start_byte() + newline),
    };
    let Range { start, end: last } = range;
    let mut end = end.min(last).clamp(start, start + MAX_SIGNATURE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    start as u32..(start + text[start..end].trim_end().len()) as u32
}

/// Where a definition's contents begin: in the field that most grammars have for it, in that field of the function that
/// it names, or in a child that is called a body or block.
fn body(node: Node<'_>) -> Option<Node<'_>> {
    if let Some(body) = node.child_by_field_name("body") {
        return Some(body);
    }
    let value = node.child_by_field_name("value").or_else(|| node.child_by_field_name("right"));
    if let Some(body) = value.and_then(|value| value.child_by_field_name("body")) {
        return Some(body);
    }
    let mut cursor = node.walk();
    node.named_children(&mut cursor).find(|child| {
        let kind = child.kind();
        kind.ends_with("body") || kind.ends_with("block") || kind == "compound_statement" || kind == "computed_property"
    })
}
