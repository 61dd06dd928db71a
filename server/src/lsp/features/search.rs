//! `codecompass/search` and `codecompass/status`, for clients that know us.

use anyhow::anyhow;
use codecompass_core::language::{Language, SymbolKind};
use tokio_util::sync::CancellationToken;

use super::{
    super::{
        ext::{Report, SearchParams, SearchResult},
        scene::Scene,
    },
    convert,
};
use crate::handlers::{everywhere, report, search::SearchRequest};

/// How many results there are when nobody says.
pub(super) const LIMIT: usize = 20;
/// More are not given.
const MOST: usize = 200;

/// Searches all folders.
pub(in crate::lsp) fn answer(
    scene: &Scene,
    token: &CancellationToken,
    params: &SearchParams,
) -> anyhow::Result<SearchResult> {
    let views: Vec<_> = scene.session.views.iter().collect();
    let found = everywhere::search(&views, &request(params)?, &|| token.is_cancelled())?;
    scene.suspect(&found.stale);
    Ok(convert::search_result(scene, &found))
}

/// How everything is.
pub(in crate::lsp) fn status(scene: &Scene) -> Report {
    report::report(&scene.session.views, scene.hosts(), scene.used_today())
}

/// What is asked of the handlers. Words that mean nothing are refused.
pub(super) fn request(params: &SearchParams) -> anyhow::Result<SearchRequest> {
    let languages = params
        .languages
        .iter()
        .map(|word| Language::parse(word).ok_or_else(|| anyhow!("`{word}` is no language that CodeCompass knows")));
    let kinds = params.kinds.iter().map(|word| {
        SymbolKind::parse(&word.to_lowercase()).ok_or_else(|| anyhow!("`{word}` is no kind of definition"))
    });
    Ok(SearchRequest {
        query: params.query.clone(),
        limit: params.limit.unwrap_or(LIMIT).clamp(1, MOST),
        mode: params.mode,
        languages: languages.collect::<Result<_, _>>()?,
        paths: params.paths.clone(),
        kinds: kinds.collect::<Result<_, _>>()?,
    })
}
