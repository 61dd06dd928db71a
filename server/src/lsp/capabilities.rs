//! What the server says it can do. It says nothing that it does not do.

use super::{
    features,
    positions::Encoding,
    proto::{
        FileOperationFilter, FileOperationPattern, FileOperationRegistrationOptions, InitializeResult, OneOf,
        SaveOptions, ServerCapabilities, ServerInfo, TextDocumentSyncCapability, TextDocumentSyncKind,
        TextDocumentSyncOptions, TextDocumentSyncSaveOptions, WorkspaceFileOperationsServerCapabilities,
        WorkspaceFoldersServerCapabilities, WorkspaceServerCapabilities,
    },
};

/// The answer to `initialize`.
pub(super) fn announce(encoding: Encoding) -> InitializeResult {
    let mut capabilities = ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            will_save: None,
            will_save_wait_until: None,
            save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions { include_text: Some(false) })),
        })),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: Some(file_operations()),
        }),
        ..ServerCapabilities::default()
    };
    features::announce(&mut capabilities);
    InitializeResult {
        capabilities,
        server_info: Some(ServerInfo {
            name: "codecompass".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
        ..InitializeResult::default()
    }
}

/// All of them, for every file and folder.
fn file_operations() -> WorkspaceFileOperationsServerCapabilities {
    let everything = || {
        Some(FileOperationRegistrationOptions {
            filters: vec![FileOperationFilter {
                scheme: Some("file".to_owned()),
                pattern: FileOperationPattern { glob: "**".to_owned(), ..FileOperationPattern::default() },
            }],
        })
    };
    WorkspaceFileOperationsServerCapabilities {
        did_create: everything(),
        will_create: everything(),
        did_rename: everything(),
        will_rename: everything(),
        did_delete: everything(),
        will_delete: everything(),
    }
}
