//! From what a client asks to what the handlers do: folders, lines from 1, the conversation so far.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, bail};
use codecompass_core::prompt::{Edit, EditorState, Problem, Question, Span, Turn as Said};

use super::{
    super::super::{
        edits::Edited,
        ext::chat::{ChatMode, ChatParams, Pin, Subject},
        proto::Range,
        scene::Scene,
    },
    stores,
};
use crate::{
    config::{
        folders::{self, System},
        settings::Think,
    },
    conversations::{self, Conversations, Mode, Turn, id, now},
    handlers::{
        context::Target,
        converse::{Answer, Ask, Views, Wanted, What, check_question, history::history as said_before},
    },
    hosts,
    live::View,
    workspace::key::key_of,
};

/// What was typed a moment ago is waited for so long.
const PATIENCE: Duration = Duration::from_millis(15);

/// A question that is ready to be asked.
pub(in crate::lsp::features) struct Prepared {
    /// What the handlers do.
    pub(in crate::lsp::features) ask: Ask,
    /// Where the answer is kept.
    pub(super) conversations: Option<Conversations>,
    /// The conversation.
    pub(super) id: String,
    /// The turn without its answer.
    pub(super) turn: Turn,
    /// The last turn is replaced.
    pub(super) regenerate: bool,
}

/// Makes everything ready, on a thread where it may take its time.
pub(super) async fn prepare(scene: &Scene, params: ChatParams) -> anyhow::Result<Prepared> {
    let scene = scene.clone();
    let prepared = tokio::task::spawn_blocking(move || {
        let session = scene.session.clone().settled(PATIENCE);
        now_prepare(&Scene { session, ..scene }, params)
    });
    prepared.await.context("the question was not understood, which is a bug")?
}

fn now_prepare(scene: &Scene, mut params: ChatParams) -> anyhow::Result<Prepared> {
    let mut earlier = Vec::new();
    let mut store = None;
    if let Some(id) = &params.conversation {
        let (found, conversation) = find(scene, id)?;
        earlier = conversation.turns;
        store = Some(found);
    }
    let mut again = None;
    if params.regenerate {
        let last = earlier.pop().context("there is no question that could be answered anew")?;
        if params.message.trim().is_empty() {
            params.message.clone_from(&last.question);
        }
        if params.subject.is_none() && last.mode == Mode::Explain {
            params.mode = ChatMode::Explain;
        }
        again = Some(last);
    }
    let subject = match (&params.subject, &again) {
        (Some(subject), _) => Some(kept_subject(scene, subject)?),
        (None, Some(last)) => last.subject.clone(),
        (None, None) => None,
    };
    let first = first_view(scene, subject.as_ref(), &params)?;
    let views: Vec<View> = scene.views_from(first).into_iter().cloned().collect();
    let root = Arc::clone(&first.root);
    let mode = if params.mode == ChatMode::Explain { Mode::Explain } else { Mode::Ask };
    if mode == Mode::Ask {
        check_question(&params.message)?;
    }
    let what = match (mode, &subject) {
        (Mode::Explain, Some(subject)) => explanation(first, subject, said_before(&earlier)),
        (Mode::Explain, None) => bail!("say what is to be explained: `subject` names a file and lines"),
        (Mode::Ask, _) => What::Question(question(scene, &views, &params, subject.as_ref(), &earlier)),
    };
    let settings = Arc::new(scene.config.settings.clone());
    let pool = match params.host.as_deref().filter(|host| !host.trim().is_empty()) {
        Some(host) => scene.pools.of(&hosts::only(&settings, host)?),
        None => scene.pool(),
    };
    let think = params.think.as_deref().map(think).transpose()?;
    let conversations = store.or_else(|| scene.state.as_ref().map(|state| Conversations::of(state, &root)));
    Ok(Prepared {
        ask: Ask {
            later: later(scene, root, views.clone()),
            views,
            what,
            wanted: Wanted { model: params.model.clone().filter(|model| !model.trim().is_empty()), think },
            settings,
            brief: params.brief,
            pool,
            prompts: folders::prompts(scene.pools.environment(), System::HERE),
            state: scene.state.as_deref().map(Path::to_owned),
            gate: Some(Arc::clone(&scene.session.gate)),
        },
        conversations,
        id: params.conversation.clone().unwrap_or_else(id::fresh),
        turn: Turn { question: params.message, mode, subject, at: now(), answer: Answer::default() },
        regenerate: params.regenerate,
    })
}

/// A conversation about one of the folders.
pub(super) fn find(scene: &Scene, id: &str) -> anyhow::Result<(Conversations, conversations::Conversation)> {
    for store in stores(scene) {
        if store.has(id) {
            let conversation = store.read(id)?;
            return Ok((store, conversation));
        }
    }
    bail!("there is no conversation `{}` about the folders that are open", id.escape_debug())
}

fn think(word: &str) -> anyhow::Result<Think> {
    Think::parse(word)
        .with_context(|| format!("`think` is {}", crate::config::report::either(Think::WORDS.iter().copied())))
}

/// The folders as they are when this is called, in the same order.
fn later(scene: &Scene, root: Arc<Path>, known: Vec<View>) -> Views {
    let later = scene.later.clone();
    Arc::new(move || {
        let Some(scene) = later.scene() else { return known.clone() };
        let first = scene.session.views.iter().find(|view| view.root == root);
        first.map_or_else(|| known.clone(), |first| scene.views_from(first).into_iter().cloned().collect())
    })
}

fn first_view<'s>(
    scene: &'s Scene,
    subject: Option<&conversations::Subject>,
    params: &ChatParams,
) -> anyhow::Result<&'s View> {
    let views = &scene.session.views;
    if let Some(subject) = subject {
        let within = views.iter().find(|view| subject.path.starts_with(&view.root));
        return within.with_context(|| format!("{} is in no workspace folder", subject.path.display()));
    }
    let mut pins = params.editor.iter().chain(&params.pins);
    let found = pins.find_map(|pin| Some(scene.find(&pin.uri)?.0));
    found.or(views.first()).context("no folder is open; open the folder of a project first")
}

fn kept_subject(scene: &Scene, subject: &Subject) -> anyhow::Result<conversations::Subject> {
    let path = scene.path(&subject.uri).with_context(|| format!("{} is no file", subject.uri.as_str()))?;
    Ok(conversations::Subject {
        path,
        lines: subject.range.map(span),
        symbol: subject.symbol.clone(),
        problem: subject.problem.clone(),
    })
}

fn explanation(view: &View, subject: &conversations::Subject, history: Vec<Said>) -> What {
    let below = subject.path.strip_prefix(&view.root).unwrap_or(&subject.path);
    let key = key_of(below);
    let target = if subject.path.is_dir() {
        Target::Folder
    } else {
        match (subject.lines.map(Span::range), &subject.problem, &subject.symbol) {
            (lines, Some(problem), _) => Target::Problem(lines.unwrap_or(0..1), problem.clone()),
            (Some(lines), None, Some(symbol)) => Target::Symbol(lines.start, Some(symbol.clone())),
            (Some(lines), None, None) if lines.len() > 1 => Target::Lines(lines),
            (Some(lines), None, None) => Target::Symbol(lines.start, None),
            (None, None, Some(symbol)) => Target::Symbol(0, Some(symbol.clone())),
            (None, None, None) => Target::File,
        }
    };
    What::Explanation { key, target, history }
}

fn question(
    scene: &Scene,
    views: &[View],
    params: &ChatParams,
    subject: Option<&conversations::Subject>,
    earlier: &[Turn],
) -> Question {
    let mut text = params.message.clone();
    let refs: Vec<&View> = views.iter().collect();
    for pin in &params.pins {
        if let Some(name) = pinned(scene, &refs, pin) {
            text.extend(["\n@", &name]);
        }
    }
    let mut editor = EditorState::default();
    if let Some(front) = &params.editor {
        editor.file = scene.path(&front.uri);
        editor.cursor = front.range.map(|range| range.start.line + 1);
        editor.selection = front.range.filter(|range| range.start != range.end).map(span);
    }
    if let Some(subject) = subject {
        editor.file = Some(subject.path.clone());
        editor.cursor = subject.lines.map(|lines| lines.start);
        editor.selection = subject.lines;
    }
    editor.edits = edits(scene);
    editor.problems = params
        .diagnostics
        .iter()
        .filter_map(|problem| {
            Some(Problem {
                file: scene.path(&problem.uri)?,
                lines: span(problem.range),
                message: problem.message.clone(),
                source: problem.source.clone().unwrap_or_default(),
            })
        })
        .collect();
    if let Some(subject) = subject
        && let (Some(message), Some(lines)) = (&subject.problem, subject.lines)
    {
        let file: PathBuf = subject.path.clone();
        editor.problems.insert(0, Problem { file, lines, message: message.clone(), source: String::new() });
    }
    Question { text, history: said_before(earlier), editor, rewritten: None }
}

/// The places that were edited last in files of the folders: what the user just changed, the latest first.
fn edits(scene: &Scene) -> Vec<Edit> {
    let known = scene.documents.edits().iter().filter(|edited| scene.find(&edited.uri).is_some());
    let edit = |edited: &Edited| {
        let lines = Span::new(edited.first + 1, edited.last + 1);
        Some(Edit { file: scene.path(&edited.uri)?, lines })
    };
    known.filter_map(edit).collect()
}

/// How a pin is written in a question.
fn pinned(scene: &Scene, views: &[&View], pin: &Pin) -> Option<String> {
    let (view, key) = scene.find(&pin.uri)?;
    let shown = crate::handlers::everywhere::shown(views, view, &key);
    let slash =
        if view.root.join(crate::workspace::key::path_of(&key)).is_dir() && !shown.ends_with('/') { "/" } else { "" };
    let lines = pin.range.map_or_else(String::new, |range| format!(":{}", span(range)));
    Some(format!("{shown}{slash}{lines}"))
}

/// The lines that a range touches. One that ends before the first character of a line ends with the line before.
pub(super) fn span(range: Range) -> Span {
    let (start, end) = (range.start.line, range.end.line);
    let end = if range.end.character == 0 && end > start { end - 1 } else { end };
    Span::new(start + 1, end + 1)
}
