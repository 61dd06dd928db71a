//! The notifications that have a handler. The service drops one whose parameters make no sense without a word; asked here
//! first, it can be said what is wrong.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::proto::{
    CreateFilesParams, DeleteFilesParams, DidChangeConfigurationParams, DidChangeTextDocumentParams,
    DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, DidSaveTextDocumentParams, InitializedParams, RenameFilesParams,
    WorkDoneProgressCancelParams,
};

/// Whether a notification can be handled.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// It can.
    Good,
    /// It has no handler.
    Unknown,
    /// Its parameters are not what they should be.
    Wrong(String),
}

type Reads = fn(&Value) -> Result<(), serde_json::Error>;

/// A custom notification is added here and in `super::service`.
const KNOWN: &[(&str, Reads)] = &[
    ("initialized", reads::<InitializedParams>),
    ("textDocument/didOpen", reads::<DidOpenTextDocumentParams>),
    ("textDocument/didChange", reads::<DidChangeTextDocumentParams>),
    ("textDocument/didSave", reads::<DidSaveTextDocumentParams>),
    ("textDocument/didClose", reads::<DidCloseTextDocumentParams>),
    ("workspace/didChangeWorkspaceFolders", reads::<DidChangeWorkspaceFoldersParams>),
    ("workspace/didChangeConfiguration", reads::<DidChangeConfigurationParams>),
    ("workspace/didChangeWatchedFiles", reads::<DidChangeWatchedFilesParams>),
    ("workspace/didCreateFiles", reads::<CreateFilesParams>),
    ("workspace/didRenameFiles", reads::<RenameFilesParams>),
    ("workspace/didDeleteFiles", reads::<DeleteFilesParams>),
    ("window/workDoneProgress/cancel", reads::<WorkDoneProgressCancelParams>),
];

/// Whether a notification can be handled.
pub(super) fn check(method: &str, params: Option<&Value>) -> Check {
    let Some((_, reads)) = KNOWN.iter().find(|(known, _)| *known == method) else { return Check::Unknown };
    match params {
        // Nobody says anything by it.
        None if method == "initialized" => Check::Good,
        None => Check::Wrong("it has no `params`".to_owned()),
        Some(params) => reads(params).map_or_else(|error| Check::Wrong(error.to_string()), |()| Check::Good),
    }
}

fn reads<P: DeserializeOwned>(params: &Value) -> Result<(), serde_json::Error> {
    P::deserialize(params).map(drop)
}
