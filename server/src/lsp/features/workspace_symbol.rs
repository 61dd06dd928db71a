//! `workspace/symbol`: a name or a sentence.

use super::{
    super::{
        proto::{OneOf, WorkspaceSymbol, WorkspaceSymbolParams, WorkspaceSymbolResponse},
        scene::Scene,
    },
    convert,
};
use crate::handlers::symbols::{self, Symbol};

/// The symbols for a query. One that means nothing (yet: it is being typed) has none.
pub(in crate::lsp) fn answer(
    scene: &Scene,
    params: &WorkspaceSymbolParams,
) -> anyhow::Result<Option<WorkspaceSymbolResponse>> {
    let query = params.query.trim();
    if let Err(error) = codecompass_core::query::parse(query) {
        tracing::debug!("no symbols for `{query}`: {error}");
        return Ok(Some(WorkspaceSymbolResponse::Nested(Vec::new())));
    }
    let found = symbols::symbols(&scene.session.views, query, symbols::LIMIT)?;
    let found = found.iter().filter_map(|symbol| shown(scene, symbol)).collect();
    Ok(Some(WorkspaceSymbolResponse::Nested(found)))
}

fn shown(scene: &Scene, symbol: &Symbol) -> Option<WorkspaceSymbol> {
    Some(WorkspaceSymbol {
        name: symbol.name.clone(),
        kind: convert::symbol_kind(symbol.kind),
        tags: None,
        container_name: Some(symbol.label()),
        location: OneOf::Left(convert::location(scene, &symbol.spot)?),
        data: None,
    })
}
