//! Markdown: what the node kinds of the grammar of its blocks mean. What a line of text is made of is not looked at.

use tree_sitter::Node;

use crate::language::{
    Around,
    Name::Computed,
    Named,
    SymbolKind::Section,
    spec::{Spec, def, one_line, written},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[def("section", Section, Computed(section)), def("setext_heading", Section, Computed(underlined))],
    ..Spec::EMPTY
};

fn section<'t>(node: Node<'t>, text: &str, _: Around) -> Option<Named<'t>> {
    let heading = node.named_child(0).filter(|first| first.kind() == "atx_heading")?;
    titled(heading, text)
}

/// The grammar gives no section to a heading that is underlined: it lasts until the next of its level, and over the
/// sections that follow where no other has them.
fn underlined<'t>(node: Node<'t>, text: &str, around: Around) -> Option<Named<'t>> {
    let level = level(node);
    let mut end = node.end_byte();
    let mut next = node.next_named_sibling();
    let mut follow = |mut next: Option<Node<'t>>| {
        while let Some(block) = next {
            let heading = if block.kind() == "section" { block.named_child(0) } else { Some(block) };
            if heading.is_some_and(|heading| is_heading(heading) && self::level(heading) <= level) {
                return true;
            }
            end = block.end_byte();
            next = block.next_named_sibling();
        }
        false
    };
    let ended = follow(next.take());
    if !ended && around.inside.is_none() {
        let outer = node.parent().filter(|outer| outer.kind() == "section");
        follow(outer.and_then(|outer| outer.next_named_sibling()));
    }
    Some(titled(node, text)?.at(node.start_byte()..end))
}

fn titled<'t>(heading: Node<'t>, text: &str) -> Option<Named<'t>> {
    let content = heading.child_by_field_name("heading_content")?;
    let title = plain(written(content, text));
    (!title.is_empty()).then(|| Named::from(content).called(title))
}

/// A heading as it is read: without closing marks, emphasis, code marks and the targets of links.
fn plain(heading: &str) -> String {
    let trimmed = heading.trim();
    let closed = trimmed.trim_end_matches('#');
    let trimmed = if closed.is_empty() || closed.ends_with([' ', '\t']) { closed } else { trimmed };
    let mut title = String::new();
    let mut rest = trimmed;
    while let Some(at) = rest.find("](") {
        let (before, target) = rest.split_at(at);
        let open = before.rfind('[').unwrap_or(before.len());
        title.push_str(before[..open].strip_suffix('!').unwrap_or(&before[..open]));
        title.push_str(before.get(open + 1..).unwrap_or_default());
        rest = target.find(')').map_or("", |end| &target[end + 1..]);
    }
    title.push_str(rest);
    title.retain(|c| !matches!(c, '*' | '`'));
    one_line(&title)
}

fn is_heading(node: Node<'_>) -> bool {
    matches!(node.kind(), "atx_heading" | "setext_heading")
}

fn level(heading: Node<'_>) -> u8 {
    let mut cursor = heading.walk();
    let marks = heading.named_children(&mut cursor).find_map(|mark| match mark.kind() {
        "atx_h1_marker" | "setext_h1_underline" => Some(1),
        "atx_h2_marker" | "setext_h2_underline" => Some(2),
        "atx_h3_marker" => Some(3),
        "atx_h4_marker" => Some(4),
        "atx_h5_marker" => Some(5),
        _ => None,
    });
    marks.unwrap_or(6)
}
