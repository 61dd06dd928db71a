//! HTML, also around the parts of a Vue component: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Around, Language, Name, Named,
    SymbolKind::Section,
    spec::{Injection, Spec, call, child_of, def, written},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[def("element", Section, Name::Computed(titled_element))],
    references: &[call("start_tag", Name::With(component)), call("self_closing_tag", Name::With(component))],
    comments: &["comment"],
    injections: &[Injection { node: "raw_text", language: embedded }],
    ..Spec::EMPTY
};

/// An element is found by its id. A Vue component's template has none and is as good as a section.
pub(super) fn titled_element<'t>(node: Node<'t>, text: &str, around: Around) -> Option<Named<'t>> {
    let tag = tag_of(node)?;
    if let Some(id) = attribute(tag, "id", text).filter(|id| !written(*id, text).trim().is_empty()) {
        return Some(id.into());
    }
    let name = child_of(tag, "tag_name")?;
    (around.depth == 1 && written(name, text) == "template").then(|| name.into())
}

/// `<UserCard>` and `<user-card>` are written elsewhere, `<DIV>` is not.
pub(super) fn component<'t>(tag: Node<'t>, text: &str) -> Option<Node<'t>> {
    let name = child_of(tag, "tag_name")?;
    let word = written(name, text);
    let camel = word.starts_with(|c: char| c.is_ascii_uppercase()) && word.contains(|c: char| c.is_ascii_lowercase());
    (camel || word.contains('-')).then_some(name)
}

/// What stands in a `<script>` or `<style>`, by the attributes of its tag.
pub(super) fn embedded(node: Node<'_>, text: &str) -> Option<Language> {
    // Scripts and styles are few, so that asking for the parent costs nothing.
    let element = node.parent()?;
    let tag = tag_of(element)?;
    let value = |name| attribute(tag, name, text).map(|value| written(value, text).trim().to_ascii_lowercase());
    let language = value("lang");
    match element.kind() {
        "script_element" => match (language.as_deref(), value("type").as_deref()) {
            (Some("ts" | "typescript"), _) | (None, Some("text/typescript" | "application/typescript")) => {
                Some(Language::TypeScript)
            }
            (Some("tsx"), _) => Some(Language::Tsx),
            (Some("js" | "javascript" | "jsx"), _)
            | (None, None | Some("" | "module" | "text/javascript" | "application/javascript" | "text/babel")) => {
                Some(Language::JavaScript)
            }
            _ => None,
        },
        "style_element" => {
            matches!(language.as_deref(), None | Some("css" | "scss" | "less" | "postcss")).then_some(Language::Css)
        }
        _ => None,
    }
}

fn tag_of(element: Node<'_>) -> Option<Node<'_>> {
    element.named_child(0).filter(|tag| matches!(tag.kind(), "start_tag" | "self_closing_tag"))
}

fn attribute<'t>(tag: Node<'t>, name: &str, text: &str) -> Option<Node<'t>> {
    let mut cursor = tag.walk();
    let found = tag.named_children(&mut cursor).find(|child| {
        child.kind() == "attribute"
            && child.named_child(0).is_some_and(|key| written(key, text).eq_ignore_ascii_case(name))
    })?;
    let value = found.named_child(1)?;
    if value.kind() == "quoted_attribute_value" { value.named_child(0) } else { Some(value) }
}
