//! What the client can do, boiled down to what we ask it for.

use serde_json::Value;

use super::proto::{ClientCapabilities, InitializeParams};

/// What the client can do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a capability of its own")]
pub struct ClientFlags {
    /// Its name; empty when it does not say.
    pub name: String,
    /// It answers `workspace/configuration`.
    pub configuration: bool,
    /// It wants to be asked before it tells of changes of the configuration.
    pub register_configuration: bool,
    /// It can be asked to tell of changes of files.
    pub register_watched_files: bool,
    /// It takes `window/workDoneProgress/create`.
    pub work_done_progress: bool,
    /// It takes `window/showDocument`. Some can do it without saying so: see [`Self::may_show_document`].
    pub show_document: bool,
    /// It answers `window/showMessageRequest` with actions.
    pub message_actions: bool,
    /// It takes `workspace/applyEdit`.
    pub apply_edit: bool,
    /// It takes edits with versions.
    pub document_changes: bool,
    /// It can create files as part of an edit.
    pub create_files: bool,
    /// It takes code actions that are more than commands.
    pub code_action_literals: bool,
    /// It gives back the data of a code action that is to be resolved.
    pub code_action_data: bool,
    /// It resolves code actions.
    pub resolve_code_actions: bool,
    /// It takes `workspace/codeLens/refresh`.
    pub refresh_code_lenses: bool,
    /// It shows Markdown in hovers.
    pub hover_markdown: bool,
    /// It takes links of definitions.
    pub definition_links: bool,
    /// It is one of our own: it knows our methods.
    pub codecompass: bool,
}

impl ClientFlags {
    /// What the client says in `initialize`.
    pub fn of(params: &InitializeParams) -> Self {
        let name = params.client_info.as_ref().map_or_else(String::new, |info| info.name.clone());
        Self { name, ..Self::announced(&params.capabilities) }
    }

    fn announced(client: &ClientCapabilities) -> Self {
        let workspace = client.workspace.as_ref();
        let text = client.text_document.as_ref();
        let window = client.window.as_ref();
        let edit = workspace.and_then(|workspace| workspace.workspace_edit.as_ref());
        let action = text.and_then(|text| text.code_action.as_ref());
        let experimental = client.experimental.as_ref().and_then(|experimental| experimental.get("codecompass"));
        Self {
            name: String::new(),
            configuration: workspace.and_then(|it| it.configuration) == Some(true),
            register_configuration: workspace
                .and_then(|it| it.did_change_configuration.as_ref())
                .is_some_and(|it| it.dynamic_registration == Some(true)),
            register_watched_files: workspace
                .and_then(|it| it.did_change_watched_files.as_ref())
                .is_some_and(|it| it.dynamic_registration == Some(true)),
            work_done_progress: window.and_then(|it| it.work_done_progress) == Some(true),
            show_document: window.and_then(|it| it.show_document.as_ref()).is_some_and(|it| it.support),
            message_actions: window
                .and_then(|it| it.show_message.as_ref())
                .is_some_and(|it| it.message_action_item.is_some()),
            apply_edit: workspace.and_then(|it| it.apply_edit) == Some(true),
            document_changes: edit.and_then(|it| it.document_changes) == Some(true),
            create_files: edit
                .and_then(|it| it.resource_operations.as_ref())
                .is_some_and(|it| it.contains(&super::proto::ResourceOperationKind::Create)),
            code_action_literals: action.is_some_and(|it| it.code_action_literal_support.is_some()),
            code_action_data: action.and_then(|it| it.data_support) == Some(true),
            resolve_code_actions: action.is_some_and(|it| it.resolve_support.is_some()),
            refresh_code_lenses: workspace
                .and_then(|it| it.code_lens.as_ref())
                .is_some_and(|it| it.refresh_support == Some(true)),
            hover_markdown: text
                .and_then(|it| it.hover.as_ref())
                .and_then(|it| it.content_format.as_ref())
                .is_some_and(|it| it.contains(&super::proto::MarkupKind::Markdown)),
            definition_links: text.and_then(|it| it.definition).is_some_and(|it| it.link_support == Some(true)),
            codecompass: experimental.is_some_and(|it| !matches!(it, Value::Null | Value::Bool(false))),
        }
    }

    /// Whether it is worth trying `window/showDocument`: Helix can do it long before it says so.
    pub fn may_show_document(&self) -> bool {
        self.show_document || self.name.is_empty() || self.name.eq_ignore_ascii_case("helix")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;

    fn flags(capabilities: &Value) -> ClientFlags {
        let params = json!({
            "processId": null, "rootUri": null, "capabilities": capabilities, "clientInfo": { "name": "helix" },
        });
        ClientFlags::of(&serde_json::from_value(params).unwrap())
    }

    #[test]
    fn a_client_that_says_nothing_can_do_nothing() {
        assert_eq!(flags(&json!({})), ClientFlags { name: "helix".to_owned(), ..ClientFlags::default() });
        assert!(flags(&json!({})).may_show_document());
    }

    #[test]
    fn what_it_says_is_heard() {
        let flags = flags(&json!({
            "workspace": {
                "configuration": true,
                "didChangeConfiguration": { "dynamicRegistration": true },
                "didChangeWatchedFiles": { "dynamicRegistration": false },
                "workspaceEdit": { "documentChanges": true, "resourceOperations": ["create"] },
            },
            "window": { "workDoneProgress": true, "showDocument": { "support": true } },
            "experimental": { "codecompass": true },
        }));
        assert!(flags.configuration && flags.register_configuration && !flags.register_watched_files);
        assert!(flags.document_changes && flags.create_files && !flags.apply_edit);
        assert!(flags.work_done_progress && flags.show_document && flags.codecompass);
    }
}
