//! Has the model loaded when somebody is about to ask: loading may take longer than the answer.

use std::time::{Duration, Instant};

use codecompass_ollama::pool::Role;

use super::super::super::scene::Scene;

/// A model stays loaded for at least so long; hosts let go of one after five minutes when nobody says otherwise.
const WARM: Duration = Duration::from_secs(4 * 60);

/// A chat was opened: the model that would answer is loaded, behind everything else. No code is sent, and nobody is told when
/// it fails: the first question says what is wrong.
pub(in crate::lsp) fn warm_up(scene: &Scene) {
    if !scene.running.is_time_to_warm(Instant::now(), WARM) {
        return;
    }
    let worker = scene.clone();
    scene.pools.spawn(async move {
        let opened = tokio::task::spawn_blocking(move || worker.pool()).await;
        let Ok(pool) = opened else { return };
        match pool.choose(Role::Chat, None).await {
            Ok(chosen) => {
                let warmed = pool.warm_up(&chosen).await;
                tracing::debug!(model = %chosen.model.name, ?warmed, "loading the model ahead of the first question");
            }
            Err(error) => tracing::debug!(%error, "there is no model to load ahead of the first question"),
        }
    });
}
