//! `codecompass/complete`: what can follow an `@`.

use super::super::{
    super::{
        ext::chat::{CompleteParams, CompleteResult, Mention},
        scene::Scene,
    },
    convert,
};
use crate::{
    handlers::mentions::{self, Kind},
    live::View,
};

/// How many there are when nobody says.
const LIMIT: usize = 20;
/// More are not given.
const MOST: usize = 100;

/// Finds what can follow.
pub(in crate::lsp) fn answer(scene: &Scene, params: &CompleteParams) -> anyhow::Result<CompleteResult> {
    let front = params.uri.as_ref().and_then(|uri| scene.find(uri));
    let views: Vec<&View> = match &front {
        Some((view, _)) => scene.views_from(view),
        None => scene.session.views.iter().collect(),
    };
    let limit = params.limit.unwrap_or(LIMIT).clamp(1, MOST);
    let near = front.as_ref().map(|(_, key)| key.as_str());
    let found = mentions::mentions(&views, &params.prefix, near, limit)?;
    let items = found.into_iter().map(|mention| Mention {
        text: mention.text,
        kind: match mention.kind {
            Kind::File => "file",
            Kind::Folder => "folder",
            Kind::Symbol => "symbol",
            Kind::Diff => "diff",
            Kind::Problems => "problems",
        }
        .to_owned(),
        detail: mention.detail,
        uri: mention.path.as_deref().and_then(|path| scene.uri(path)),
        range: mention.spot.as_ref().map(|spot| convert::spot_range(spot, scene.encoding)),
    });
    Ok(CompleteResult { items: items.collect() })
}
