//! What the client is asked to tell us, where it wants to be asked.

use std::future::Future;

use serde_json::{Value, json};

use super::{
    client::ClientFlags,
    outbox::Outbox,
    proto::{
        ConfigurationItem, ConfigurationParams, Error, Registration, RegistrationParams,
        request::{CodeLensRefresh, RegisterCapability, WorkspaceConfiguration},
    },
    settings,
};

/// What is wanted from every client, when it is ready.
pub(super) fn at_start(outbox: &Outbox, client: &ClientFlags) {
    if client.register_configuration {
        register(outbox, "workspace/didChangeConfiguration", json!({ "section": "codecompass" }));
    }
}

/// Asks the client to tell of changes of files, for when we cannot see them ourselves. False when it cannot be asked.
pub fn watched_files(outbox: &Outbox, client: &ClientFlags) -> bool {
    if client.register_watched_files {
        register(outbox, "workspace/didChangeWatchedFiles", json!({ "watchers": [{ "globPattern": "**/*" }] }));
    }
    client.register_watched_files
}

/// Our part of the client's configuration.
pub(super) fn configuration(outbox: &Outbox) -> impl Future<Output = Result<Option<Value>, Error>> + Send + 'static {
    let item = ConfigurationItem { scope_uri: None, section: Some("codecompass".to_owned()) };
    let asked = outbox.request::<WorkspaceConfiguration>(ConfigurationParams { items: vec![item] });
    async move { Ok(asked.await?.into_iter().next().and_then(settings::our_part)) }
}

/// Asks the client to ask for its code lenses again.
pub(super) fn refresh_lenses(outbox: &Outbox) {
    let asked = outbox.request::<CodeLensRefresh>(());
    outbox.spawn(async move {
        if let Err(error) = asked.await {
            tracing::debug!("the client does not refresh its code lenses: {}", error.message);
        }
    });
}

fn register(outbox: &Outbox, method: &'static str, options: Value) {
    let registration =
        Registration { id: method.to_owned(), method: method.to_owned(), register_options: Some(options) };
    let asked = outbox.request::<RegisterCapability>(RegistrationParams { registrations: vec![registration] });
    outbox.spawn(async move {
        if let Err(error) = asked.await {
            tracing::info!("the client does not register `{method}`: {}", error.message);
        }
    });
}
