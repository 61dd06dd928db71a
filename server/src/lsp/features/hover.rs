//! `textDocument/hover`: facts from the index.

use super::{
    super::{
        positions::{self, Lines},
        proto::{Hover, HoverContents, HoverParams, MarkupContent, MarkupKind},
        scene::Scene,
    },
    history, switches,
};
use crate::handlers::{brief, hover};

/// What is known of the name at a position.
pub(in crate::lsp) fn answer(scene: &Scene, params: &HoverParams) -> anyhow::Result<Option<Hover>> {
    let at = &params.text_document_position_params;
    let Some((view, key)) = scene.find(&at.text_document.uri) else { return Ok(None) };
    if !switches::hover(view) {
        return Ok(None);
    }
    let Some(text) = view.text(&key) else { return Ok(None) };
    let (byte, _) = positions::to_byte(&text, at.position, scene.encoding);
    let link = |path: &std::path::Path, line: u32| {
        scene.uri(path).map_or_else(String::new, |uri| format!("{}#L{}", uri.as_str(), line + 1))
    };
    let views = scene.views_from(view);
    let found = hover::hover(&views, &key, byte, &scene.outlines, &history::last_change, &link)?;
    Ok(found.map(|found| Hover {
        contents: HoverContents::Markup(MarkupContent {
            kind: MarkupKind::Markdown,
            value: explained(scene, &found) + &found.markdown,
        }),
        range: Some(Lines::of(&text).to_range(found.range, scene.encoding)),
    }))
}

/// What a model once said of it, if somebody asked and it still is what it was.
fn explained(scene: &Scene, found: &hover::Hover) -> String {
    let Some((path, symbol)) = &found.defined else { return String::new() };
    let text = scene.session.view_of(path).and_then(|(view, key)| view.text(&key));
    let brief = text.and_then(|text| brief::find(&scene.cache, path, symbol, &text));
    brief.map_or_else(String::new, |brief| format!("{}\n\n*{}*\n\n---\n\n", brief.text, hover::plain(&brief.model)))
}
