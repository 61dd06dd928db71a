//! `textDocument/codeLens` and `codeLens/resolve`: how often a definition is referred to.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    super::{
        ext,
        proto::{CodeLens, CodeLensParams, Command, Uri},
        scene::Scene,
    },
    convert, switches,
};
use crate::handlers::lens;

#[derive(Debug, Serialize, Deserialize)]
struct Data {
    uri: Uri,
    /// From 1.
    line: u32,
    symbol: String,
}

/// The lenses of a document, uncounted.
pub(in crate::lsp) fn answer(scene: &Scene, params: &CodeLensParams) -> anyhow::Result<Option<Vec<CodeLens>>> {
    let uri = &params.text_document.uri;
    let Some((view, key)) = scene.find(uri) else { return Ok(None) };
    if !switches::code_lens(view) {
        return Ok(None);
    }
    let lenses = lens::lenses(view, &key)?.into_iter().map(|lens| CodeLens {
        range: convert::spot_range(&lens.spot, scene.encoding),
        command: None,
        data: serde_json::to_value(Data { uri: uri.clone(), line: lens.spot.line + 1, symbol: lens.name }).ok(),
    });
    Ok(Some(lenses.collect()))
}

/// Counts the references.
pub(in crate::lsp) fn resolve(scene: &Scene, mut lens: CodeLens) -> anyhow::Result<CodeLens> {
    let Some(data) = lens.data.clone().and_then(|data| serde_json::from_value::<Data>(data).ok()) else {
        return Ok(lens);
    };
    let views: Vec<_> = scene.session.views.iter().collect();
    lens.command = Some(Command {
        title: lens::title(&views, &data.symbol)?,
        command: ext::Command::Explain.name().to_owned(),
        arguments: Some(vec![json!({ "uri": data.uri, "line": data.line, "symbol": data.symbol })]),
    });
    Ok(lens)
}
