//! Answers in documents: a new one for each question, or a chat document in which the user writes.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use codecompass_core::prompt::Turn;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;

use super::{
    super::{
        super::{
            ext::chat::{AnswerResult, ChatParams},
            proto::{MessageType, Uri},
            scene::Scene,
            uri,
        },
        answers::opened,
    },
    keep,
    page::{self, Page, Wrote},
    prepare::{self, Prepared},
    results,
    running::Key,
};
use crate::{
    conversations::{self, export, folder},
    handlers::{
        answer::file,
        chat_document::{self, Pending},
        converse::{self, Answer, Step, What, document, document::Places},
        hover::plain,
    },
};

/// An answer that has just ended gets so long to make room for the next one.
const PATIENCE: Duration = Duration::from_millis(500);

/// Answers in a new document, which is shown at once and grows.
pub(in crate::lsp::features) async fn in_new_document(
    scene: Scene,
    params: ChatParams,
    title: String,
) -> anyhow::Result<()> {
    let prepared = prepare::prepare(&scene, params).await?;
    let mark = page::mark();
    let (cache, text) = (scene.cache.to_path_buf(), format!("# {}\n\n{mark}\n", plain(&title)));
    let about = title.clone();
    let written = tokio::task::spawn_blocking(move || file::write(&cache, &about, &text)).await?;
    let path = written.with_context(|| cannot_write(&scene))?;
    let shown = show(&scene, &path).await;
    if !shown {
        let sentence = format!("CodeCompass: the answer is being written to {}", path.display());
        scene.outbox.show(MessageType::INFO, sentence);
    }
    write_answer(&scene, prepared, &path, mark, &title).await?;
    Ok(())
}

/// Makes a chat document, or finds the one of that name.
pub(in crate::lsp::features) async fn open_chat(
    scene: &Scene,
    name: Option<&str>,
    conversation: Option<&str>,
    question: &str,
) -> anyhow::Result<Uri> {
    let text = match conversation {
        Some(id) => {
            let (_, kept) = prepare::find(scene, id)?;
            let turns: Vec<(String, String)> =
                kept.turns.iter().map(|turn| (export::question(turn), document::said(&turn.answer))).collect();
            chat_document::of(&turns)
        }
        None => chat_document::new(question),
    };
    let name = match (name, conversation) {
        (Some(name), _) if !name.trim().is_empty() => name.to_owned(),
        (_, Some(id)) => format!("chat {id}"),
        _ => format!("chat {}", conversations::id::fresh()),
    };
    let cache = scene.cache.to_path_buf();
    let written = tokio::task::spawn_blocking(move || file::chat(&cache, &name, &text)).await?;
    let path = written.with_context(|| cannot_write(scene))?;
    uri::from_path(&path).context("the chat document has no address")
}

/// Has a document opened, or says where it is.
pub(in crate::lsp::features) async fn show_or_name(scene: &Scene, uri: &Uri) {
    let shown = scene.client.may_show_document() && opened(scene, uri.clone()).await;
    if !shown && let Some(path) = uri::to_path(uri) {
        scene.outbox.show(MessageType::INFO, format!("CodeCompass: the chat is in {}", path.display()));
    }
}

/// Which question of a chat document is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lsp::features) enum Which {
    /// The one at its end, which has no answer yet.
    New,
    /// The last one that has an answer, in place of that.
    Again,
}

impl Which {
    fn find(self, text: &str) -> anyhow::Result<Pending> {
        match self {
            Self::New => chat_document::pending(text).context("write a question below the last `## You` first"),
            Self::Again => chat_document::again(text).context("there is no answer that could be written anew"),
        }
    }
}

/// Answers in a chat document.
pub(in crate::lsp::features) async fn in_chat(
    scene: &Scene,
    uri: &Uri,
    which: Which,
    params: ChatParams,
) -> anyhow::Result<AnswerResult> {
    let path = scene.path(uri).filter(|path| file::is_chat(&scene.cache, path));
    let path =
        path.with_context(|| format!("{} is no chat document; `codecompass.chat.open` makes one", uri.as_str()))?;
    if !is_free(scene, &path).await {
        bail!("an answer is being written there; `codecompass.chat.stop` stops it");
    }
    // As it is after that.
    let fresh = scene.later.scene();
    let scene = fresh.as_ref().unwrap_or(scene);
    let pending = which.find(&current_text(scene, &path)?)?;
    let mut prepared = prepare::prepare(scene, ChatParams { message: pending.question.clone(), ..params }).await?;
    // The document is the conversation.
    prepared.conversations = None;
    with_history(&mut prepared, pending.history);
    let mark = page::mark();
    if !Page::begin(scene, &path, &mark, &|text| {
        let found = which.find(text).ok()?;
        Some((found.place, [found.before, &mark, found.after].concat()))
    })
    .await
    {
        begin_in_file(&path, &mark, which)?;
    }
    let title = pending.question;
    let (answer, prepared) = write_answer(scene, prepared, &path, mark, &title).await?;
    Ok(results::result(scene, &prepared, &answer))
}

/// Whether no answer is being written there. One whose last words the user sees already may need a moment to its end.
async fn is_free(scene: &Scene, path: &Path) -> bool {
    let until = Instant::now() + PATIENCE;
    while is_being_written(scene, path) {
        if Instant::now() > until {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    true
}

fn with_history(prepared: &mut Prepared, history: Vec<Turn>) {
    if let What::Question(question) = &mut prepared.ask.what {
        question.history = history;
    }
}

fn begin_in_file(path: &Path, mark: &str, which: Which) -> anyhow::Result<()> {
    let mut text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let found = which.find(&text)?;
    text.replace_range(found.place, &[found.before, mark, found.after].concat());
    folder::replace(path, text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))
}

/// The text of a document: in the editor if it is open there, else on disk.
fn current_text(scene: &Scene, path: &Path) -> anyhow::Result<String> {
    let mut open = scene.documents.iter();
    if let Some((_, document)) = open.find(|(uri, _)| scene.path(uri).as_deref() == Some(path)) {
        return Ok(document.text.to_string());
    }
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Answers, and writes into the document where its mark stands. Progress is shown, and stops it when it is cancelled.
async fn write_answer(
    scene: &Scene,
    prepared: Prepared,
    path: &Path,
    mark: String,
    title: &str,
) -> anyhow::Result<(Answer, Prepared)> {
    let stop = CancellationToken::new();
    let _running = scene.running.begin(Key::Document(path.to_owned()), stop.clone());
    let progress = scene.progress.begin(None, &short(title), Some(stop.clone()));
    let (sender, coming) = unbounded_channel();
    let (ask, asked_stop) = (prepared.ask.clone(), stop.clone());
    let answering = tokio::spawn(async move {
        let mut sink = |step| {
            // Whoever does not listen any more has stopped it.
            let _ = sender.send(step);
        };
        converse::converse(ask, &mut sink, &asked_stop).await
    });
    let mut page = Page::open(scene, path, mark).await;
    follow(&mut page, coming, &progress, &stop).await;
    let answer = match answering.await.context("the answer failed, which is a bug").and_then(|answer| answer) {
        Ok(answer) => keep(&prepared, answer).await,
        // The document must not look as if something were still to come.
        Err(error) => Answer { error: Some(format!("{error:#}")), ..Answer::default() },
    };
    page.end(&document::with_passages(&answer), &document::afterwards(&answer)).await;
    progress.end(if answer.stopped { "stopped" } else { "done" });
    Ok((answer, prepared))
}

/// Writes what comes until nothing comes any more.
async fn follow(
    page: &mut Page,
    mut coming: UnboundedReceiver<Step>,
    progress: &super::super::super::progress::Progress,
    stop: &CancellationToken,
) {
    let mut places = Places::default();
    loop {
        let came = tokio::select! {
            came = coming.recv() => came,
            () = tokio::time::sleep(page::EDITS) => {
                wrote(page.write().await, stop);
                continue;
            }
        };
        match came {
            None => break,
            Some(Step::Sources(sources)) => places = Places::of(&sources),
            Some(Step::Text(text)) => page.push(&places.next(&text)),
            Some(Step::Status { text, .. }) => progress.report(text, None),
            Some(Step::Thinking(_)) => {}
        }
        wrote(page.write().await, stop);
    }
    page.push(&places.end());
}

fn wrote(wrote: Wrote, stop: &CancellationToken) {
    if wrote == Wrote::Unwanted {
        stop.cancel();
    }
}

async fn show(scene: &Scene, path: &Path) -> bool {
    match uri::from_path(path) {
        Some(uri) if scene.client.may_show_document() => opened(scene, uri).await,
        _ => false,
    }
}

fn short(title: &str) -> String {
    let mut short: String = title.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if short.len() < title.len() {
        short.push('…');
    }
    short
}

fn cannot_write(scene: &Scene) -> String {
    let folder: Arc<Path> = file::folder(&scene.cache).into();
    format!("the answer cannot be written to {}; free some room", folder.display())
}

/// The path of a chat document, if it is one.
pub(in crate::lsp::features) fn chat_path(scene: &Scene, uri: &Uri) -> Option<PathBuf> {
    scene.path(uri).filter(|path| file::is_chat(&scene.cache, path))
}

/// Whether an answer is being written there.
pub(in crate::lsp::features) fn is_being_written(scene: &Scene, path: &Path) -> bool {
    scene.running.is_running(&Key::Document(path.to_owned()))
}

/// Stops what is meant: a document, a token, or everything. Says how many answers that were.
pub(in crate::lsp::features) fn stop(scene: &Scene, uri: Option<&Uri>, token: Option<&str>) -> usize {
    let key = match (uri.and_then(|uri| scene.path(uri)), token) {
        (Some(path), _) => Some(Key::Document(path)),
        (None, Some(token)) => Some(Key::Token(token.to_owned())),
        (None, None) => None,
    };
    scene.running.stop(key.as_ref())
}
