//! `textDocument/codeAction` and `codeAction/resolve`: what can be done at the cursor. An action carries its command from
//! the start; resolving it fills in one that a client dropped.

use serde::{Deserialize, Serialize};

use super::{
    super::{
        ext, positions,
        proto::{
            CodeAction, CodeActionKind, CodeActionOptions, CodeActionOrCommand, CodeActionParams,
            CodeActionProviderCapability, CodeActionResponse, Command, Uri,
        },
        scene::Scene,
    },
    chat::documents,
};
use crate::handlers::actions::{self, Action, Offer};

/// The kind of what can be done in a chat document.
const CHAT: &str = "codecompass.chat";

/// What a resolved action needs to know: the arguments of its command.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    command: String,
    uri: Uri,
    /// From 1, inclusive.
    line: u32,
    end_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    symbol: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    brief: bool,
}

/// What is announced.
pub(super) fn options() -> CodeActionProviderCapability {
    let all = [Action::Explain, Action::Ask, Action::Similar, Action::Brief, Action::Problem];
    let kinds = all.map(kind).into_iter().chain([CodeActionKind::new(CHAT)]);
    CodeActionProviderCapability::Options(CodeActionOptions {
        code_action_kinds: Some(kinds.collect()),
        resolve_provider: Some(true),
        ..CodeActionOptions::default()
    })
}

/// What can be done with a range of a document.
pub(in crate::lsp) fn answer(scene: &Scene, params: &CodeActionParams) -> anyhow::Result<Option<CodeActionResponse>> {
    let uri = &params.text_document.uri;
    if let Some(path) = documents::chat_path(scene, uri) {
        return Ok(Some(in_chat(scene, params, documents::is_being_written(scene, &path))));
    }
    let Some((view, key)) = scene.find(uri) else { return Ok(None) };
    let Some(text) = view.text(&key) else { return Ok(None) };
    let (selection, _) = positions::to_bytes(&text, params.range, scene.encoding);
    let diagnostics = &params.context.diagnostics;
    let problems: Vec<_> =
        diagnostics.iter().map(|it| it.range.start.line..it.range.end.line.max(it.range.start.line) + 1).collect();
    let mut found = Vec::new();
    for offer in actions::offers(view, &key, selection, &problems)? {
        let kind = kind(offer.action);
        let wanted = params.context.only.as_ref().is_none_or(|only| only.iter().any(|only| is_within(&kind, only)));
        if !wanted {
            continue;
        }
        let diagnostic = offer.problem.and_then(|number| diagnostics.get(number));
        let data = data(uri, &offer, diagnostic.map(|it| it.message.clone()));
        if !scene.client.code_action_literals {
            found.push(CodeActionOrCommand::Command(command(&offer.title, &data)));
            continue;
        }
        let later = scene.client.resolve_code_actions && scene.client.code_action_data;
        found.push(CodeActionOrCommand::CodeAction(CodeAction {
            title: offer.title.clone(),
            kind: Some(kind),
            diagnostics: diagnostic.map(|it| vec![it.clone()]),
            // At once even where it could be asked for later: Helix asks, and then runs what it had before.
            command: Some(command(&offer.title, &data)),
            data: serde_json::to_value(&data).ok().filter(|_| later),
            ..CodeAction::default()
        }));
    }
    Ok(Some(found))
}

/// What can be done in a chat document.
fn in_chat(scene: &Scene, params: &CodeActionParams, writing: bool) -> CodeActionResponse {
    let kind = CodeActionKind::new(CHAT);
    if params.context.only.as_ref().is_some_and(|only| !only.iter().any(|only| is_within(&kind, only))) {
        return Vec::new();
    }
    let offers: &[_] = if writing {
        &[("Stop CodeCompass", ext::Command::ChatStop)]
    } else {
        &[("Send to CodeCompass", ext::Command::ChatSend), ("Regenerate the last answer", ext::Command::ChatRegenerate)]
    };
    let arguments = serde_json::json!({ "uri": params.text_document.uri });
    let offer = |&(title, command): &(&str, ext::Command)| {
        let command = Command {
            title: title.to_owned(),
            command: command.name().to_owned(),
            arguments: Some(vec![arguments.clone()]),
        };
        if !scene.client.code_action_literals {
            return CodeActionOrCommand::Command(command);
        }
        let (title, kind) = (title.to_owned(), Some(kind.clone()));
        CodeActionOrCommand::CodeAction(CodeAction { title, kind, command: Some(command), ..CodeAction::default() })
    };
    offers.iter().map(offer).collect()
}

/// Fills in the command, if a client sends an action back without the one that it was offered with.
pub(in crate::lsp) fn resolve(mut action: CodeAction) -> CodeAction {
    let data = action.data.clone().and_then(|data| serde_json::from_value::<Data>(data).ok());
    if let (Some(data), None) = (data, &action.command) {
        action.command = Some(command(&action.title, &data));
    }
    action
}

fn data(uri: &Uri, offer: &Offer, problem: Option<String>) -> Data {
    let command = match offer.action {
        Action::Explain | Action::Brief | Action::Problem => ext::Command::Explain,
        Action::Ask => ext::Command::Ask,
        Action::Similar => ext::Command::Similar,
    };
    Data {
        command: command.name().to_owned(),
        uri: uri.clone(),
        line: offer.lines.start + 1,
        end_line: offer.lines.end.max(offer.lines.start + 1),
        symbol: offer.symbol.clone(),
        problem,
        brief: offer.action == Action::Brief,
    }
}

fn command(title: &str, data: &Data) -> Command {
    let mut arguments = serde_json::to_value(data).unwrap_or_default();
    if let Some(members) = arguments.as_object_mut() {
        members.remove("command");
    }
    Command { title: title.to_owned(), command: data.command.clone(), arguments: Some(vec![arguments]) }
}

fn kind(action: Action) -> CodeActionKind {
    match action {
        Action::Explain => CodeActionKind::new("codecompass.explain"),
        Action::Ask => CodeActionKind::new("codecompass.ask"),
        Action::Similar => CodeActionKind::new("codecompass.similar"),
        Action::Brief => CodeActionKind::new("codecompass.brief"),
        // Where editors look for what can be done about a problem.
        Action::Problem => CodeActionKind::QUICKFIX,
    }
}

/// `a.b` is within `a`, and within the empty kind.
fn is_within(kind: &CodeActionKind, wanted: &CodeActionKind) -> bool {
    let (kind, wanted) = (kind.as_str(), wanted.as_str());
    wanted.is_empty() || kind == wanted || kind.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'))
}
