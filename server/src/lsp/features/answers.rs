//! How a client that does not know us sees what a command found: as a file that is opened, or at least named.

use super::super::{
    proto::{MessageType, ShowDocumentParams, Uri, request::ShowDocument},
    scene::Scene,
};
use crate::handlers::answer::file;

/// Writes the document and has it opened.
pub(super) async fn show(scene: Scene, about: String, markdown: String) {
    let cache = scene.cache.to_path_buf();
    let written = tokio::task::spawn_blocking(move || file::write(&cache, &about, &markdown)).await;
    let path = match written {
        Ok(Ok(path)) => path,
        Ok(Err(error)) => {
            let folder = file::folder(&scene.cache).display().to_string();
            let sentence = format!("CodeCompass: the answer cannot be written to {folder} ({error}); free some room");
            return scene.outbox.show(MessageType::ERROR, sentence);
        }
        Err(_) => return,
    };
    let shown = match super::super::uri::from_path(&path) {
        Some(uri) if scene.client.may_show_document() => opened(&scene, uri).await,
        _ => false,
    };
    if !shown {
        scene.outbox.show(MessageType::INFO, format!("CodeCompass: the answer is in {}", path.display()));
    }
}

/// Asks the client to open a file; false when it does not.
pub(super) async fn opened(scene: &Scene, uri: Uri) -> bool {
    // Without the focus some editors open the file where nobody sees it.
    let params = ShowDocumentParams { uri, external: Some(false), take_focus: Some(true), selection: None };
    match scene.outbox.request::<ShowDocument>(params).await {
        Ok(result) => result.success,
        Err(error) => {
            tracing::info!("the client does not open documents: {}", error.message);
            false
        }
    }
}
