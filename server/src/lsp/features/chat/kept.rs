//! `codecompass/conversations`.

use super::{
    super::super::{
        ext::{
            chat::{ChatMode, Subject},
            conversations::{Conversation, ConversationsParams, ConversationsResult, Summary, Turn},
        },
        proto::{Position, Range},
        scene::Scene,
    },
    prepare::find,
    results, stores, warm_up,
};
use crate::conversations::{self, Mode, export};

/// Does what is asked.
pub(in crate::lsp) fn answer(scene: &Scene, params: &ConversationsParams) -> anyhow::Result<ConversationsResult> {
    let mut result = ConversationsResult::default();
    match params {
        ConversationsParams::List { uri } => {
            warm_up(scene);
            let only = uri.as_ref().and_then(|uri| scene.find(uri)).map(|(view, _)| view.root.to_path_buf());
            let mut all = Vec::new();
            for store in stores(scene) {
                all.extend(store.list()?);
            }
            all.retain(|it| only.as_ref().is_none_or(|only| it.workspace == *only));
            all.sort_by_key(|it| std::cmp::Reverse(it.updated));
            result.conversations = Some(all.iter().map(summary).collect());
        }
        ConversationsParams::Get { id } => {
            let (_, conversation) = find(scene, id)?;
            let asked = conversation.turns.iter().map(|it| turn(scene, &conversation.summary, it)).collect();
            result.conversation = Some(Conversation { summary: summary(&conversation.summary), asked });
        }
        ConversationsParams::Delete { id } => {
            find(scene, id)?.0.remove(id)?;
            result.message = Some("the conversation is removed".to_owned());
        }
        ConversationsParams::Rename { id, title } => {
            find(scene, id)?.0.rename(id, title)?;
            result.message = Some("the conversation has another title".to_owned());
        }
        ConversationsParams::Export { id } => {
            result.markdown = Some(export::markdown(&find(scene, id)?.1));
        }
    }
    Ok(result)
}

fn summary(of: &conversations::Summary) -> Summary {
    Summary {
        id: of.id.clone(),
        title: of.title.clone(),
        workspace: of.workspace.display().to_string(),
        created: of.created,
        updated: of.updated,
        turns: of.turns,
    }
}

fn turn(scene: &Scene, of: &conversations::Summary, turn: &conversations::Turn) -> Turn {
    let first = scene.session.views.iter().find(|view| *view.root == *of.workspace);
    let views: Vec<_> = first.map(|first| scene.views_from(first).into_iter().cloned().collect()).unwrap_or_default();
    let subject = turn.subject.as_ref().and_then(|subject| {
        let lines = subject.lines.map(|lines| Range {
            start: Position { line: lines.start.saturating_sub(1), character: 0 },
            end: Position { line: lines.end, character: 0 },
        });
        Some(Subject {
            uri: scene.uri(&subject.path)?,
            range: lines,
            symbol: subject.symbol.clone(),
            problem: subject.problem.clone(),
        })
    });
    Turn {
        message: turn.question.clone(),
        mode: if turn.mode == Mode::Explain { ChatMode::Explain } else { ChatMode::Ask },
        subject,
        at: turn.at,
        answer: results::of(scene, &views, &turn.answer),
    }
}
