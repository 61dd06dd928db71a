//! `textDocument/documentLink` and `textDocument/definition` in our answers: citations lead to the code. Other documents
//! have links and definitions by other servers.

use std::{path::PathBuf, sync::Arc};

use super::super::{
    positions::{self, Lines},
    proto::{
        DocumentLink, DocumentLinkParams, GotoDefinitionParams, GotoDefinitionResponse, Location, Position, Range, Uri,
    },
    scene::Scene,
};
use crate::{
    handlers::answer::{
        citation::{self, Citation},
        file,
    },
    workspace::key::path_of,
};

/// The citations of an answer as links.
pub(in crate::lsp) fn links(scene: &Scene, params: &DocumentLinkParams) -> Option<Vec<DocumentLink>> {
    let text = answer_text(scene, &params.text_document.uri)?;
    let places = Lines::of(&text);
    let found = citation::citations(&text).into_iter().filter_map(|citation| {
        let uri = target(scene, &citation)?;
        let target = format!("{}#L{}", uri.as_str(), citation.start_line).parse().ok()?;
        Some(DocumentLink {
            range: places.to_range(citation.range, scene.encoding),
            target: Some(target),
            tooltip: None,
            data: None,
        })
    });
    Some(found.collect())
}

/// The code that the citation at a position names.
pub(in crate::lsp) fn definition(scene: &Scene, params: &GotoDefinitionParams) -> Option<GotoDefinitionResponse> {
    let at = &params.text_document_position_params;
    let text = answer_text(scene, &at.text_document.uri)?;
    let (byte, _) = positions::to_byte(&text, at.position, scene.encoding);
    let citation = citation::citation_at(&text, byte)?;
    let line = |line: u32| Position { line, character: 0 };
    let range = Range { start: line(citation.start_line - 1), end: line(citation.end_line) };
    Some(GotoDefinitionResponse::Scalar(Location { uri: target(scene, &citation)?, range }))
}

/// The text of a document if it is one of our answers: what the editor shows, else the file.
fn answer_text(scene: &Scene, uri: &Uri) -> Option<Arc<str>> {
    let path = scene.path(uri)?;
    if !file::is_answer(&scene.cache, &path) {
        return None;
    }
    match scene.documents.get(uri) {
        Some(document) => Some(Arc::clone(&document.text)),
        None => std::fs::read_to_string(path).ok().map(Arc::from),
    }
}

/// The file that a citation names, if a folder has it.
fn target(scene: &Scene, citation: &Citation) -> Option<Uri> {
    let named = path_of(&citation.path);
    let within = |path: &PathBuf| scene.session.views.iter().any(|view| path.starts_with(&view.root));
    let found = if named.is_absolute() {
        Some(named).filter(within)
    } else {
        scene.session.views.iter().map(|view| view.root.join(&named)).find(|path| path.is_file())
    };
    scene.uri(&found?)
}
