//! One file a feature: from the protocol to the handler that does it and back. What a feature needs besides its file: a
//! method in `super::backend`, a line here that announces it, and for a custom method one in `super::service`.

pub(super) mod answers;
mod arguments;
pub mod chat;
pub(super) mod code_action;
pub(super) mod code_lens;
pub(super) mod commands;
mod convert;
pub(super) mod document_link;
mod history;
pub(super) mod hosts;
pub(super) mod hover;
pub(super) mod search;
mod switches;
pub(super) mod workspace_symbol;

use super::{
    ext::Command,
    proto::{
        CodeLensOptions, DocumentLinkOptions, ExecuteCommandOptions, HoverProviderCapability, OneOf,
        ServerCapabilities, WorkDoneProgressOptions,
    },
};

/// Adds what the features can do.
pub(super) fn announce(capabilities: &mut ServerCapabilities) {
    capabilities.workspace_symbol_provider = Some(OneOf::Left(true));
    capabilities.hover_provider = Some(HoverProviderCapability::Simple(true));
    capabilities.code_action_provider = Some(code_action::options());
    capabilities.code_lens_provider = Some(CodeLensOptions { resolve_provider: Some(true) });
    capabilities.definition_provider = Some(OneOf::Left(true));
    capabilities.document_link_provider = Some(DocumentLinkOptions {
        resolve_provider: Some(false),
        work_done_progress_options: WorkDoneProgressOptions::default(),
    });
    capabilities.execute_command_provider = Some(ExecuteCommandOptions {
        commands: Command::ALL.iter().map(|command| command.name().to_owned()).collect(),
        ..ExecuteCommandOptions::default()
    });
}
