//! `workspace/executeCommand`. A client that knows us gets the result; any other gets no result but a document or a message,
//! which comes later: some clients give up on commands that take their time.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Serialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    super::{
        ext::{
            Command, MessageResult, SearchParams,
            chat::{ChatMode, ChatParams, Subject},
        },
        proto::{
            Error, ExecuteCommandParams, MessageType, Position, ProgressToken, Range, Uri, jsonrpc::Result as RpcResult,
        },
        scene::Scene,
    },
    answers, arguments,
    arguments::Arguments,
    chat::{self, documents, documents::Which},
    convert,
    hosts::{Errand, Select},
    search,
};
use crate::{
    handlers::{
        answer::Answer,
        everywhere,
        why::{self, why},
    },
    live::{View, folder::Event},
};

/// What a folder is told, made anew for each.
type Tell = fn() -> Event;

/// A command that can be carried out.
#[derive(Debug, Clone)]
pub(in crate::lsp) struct Call {
    command: Command,
    arguments: Arguments,
    /// Under which the client wants to see how far it is.
    progress: Option<ProgressToken>,
}

/// What came of it.
pub(super) enum Outcome {
    /// Something to read.
    Document { about: String, markdown: String, result: Value },
    /// A sentence.
    Said(String),
    /// A sentence, and more for clients that know us.
    Done { message: String, result: Value },
}

impl Outcome {
    /// A sentence, and more for clients that know us.
    pub(super) fn done(message: String, result: &impl Serialize) -> anyhow::Result<Self> {
        Ok(Self::Done { message, result: serde_json::to_value(result)? })
    }

    pub(super) fn document(about: String, markdown: String, result: &impl Serialize) -> anyhow::Result<Self> {
        Ok(Self::Document { about, markdown, result: serde_json::to_value(result)? })
    }
}

impl Call {
    /// Reads a command and its arguments.
    pub(in crate::lsp) fn read(params: ExecuteCommandParams) -> RpcResult<Self> {
        let command = Command::named(&params.command)
            .ok_or_else(|| Error::invalid_params(format!("there is no command `{}`", params.command)))?;
        let arguments = arguments::read(command, params.arguments).map_err(Error::invalid_params)?;
        Ok(Self { command, arguments, progress: params.work_done_progress_params.work_done_token })
    }

    /// Whether hosts have to be asked for it, which may take its time.
    pub(in crate::lsp) fn asks_hosts(&self) -> bool {
        matches!(
            self.command,
            Command::Status
                | Command::Doctor
                | Command::ModelsList
                | Command::ModelsPull
                | Command::ModelsDelete
                | Command::ModelsSelect
        )
    }

    /// Asks hosts for a client that knows us.
    pub(in crate::lsp) async fn result_of_hosts(
        self,
        scene: Scene,
        stop: CancellationToken,
        select: Select,
    ) -> anyhow::Result<Option<Value>> {
        result(self.errand(stop, select).run(scene).await?).map(Some)
    }

    /// Asks hosts for any other client, beside everything else.
    pub(in crate::lsp) fn hosts_in_background(self, scene: Scene, select: Select) {
        let outbox = scene.outbox.clone();
        outbox.spawn(async move {
            let done = self.errand(CancellationToken::new(), select).run(scene.clone()).await;
            show(scene, done).await;
        });
    }

    fn errand(self, stop: CancellationToken, select: Select) -> Errand {
        Errand { command: self.command, arguments: self.arguments, progress: self.progress, stop, select }
    }

    /// What the folders are to be told, if anything, and which of them.
    pub(in crate::lsp) fn event(&self, scene: &Scene) -> Option<(Option<PathBuf>, Tell)> {
        let event: Tell = match self.command {
            Command::Reindex => || Event::Reindex,
            Command::Pause => || Event::Pause,
            Command::Resume => || Event::Resume,
            _ => return None,
        };
        Some((self.file(scene).map(|(view, _)| view.root.to_path_buf()), event))
    }

    /// Whether it asks a model, or opens what a model writes into: that takes its time.
    pub(in crate::lsp) fn asks(&self) -> bool {
        use Command::{Ask, ChatOpen, ChatRegenerate, ChatSend, Explain};
        matches!(self.command, Ask | Explain | ChatOpen | ChatSend | ChatRegenerate)
    }

    /// Asks for a client that knows us.
    pub(in crate::lsp) async fn ask(self, scene: Scene, stop: CancellationToken) -> anyhow::Result<Option<Value>> {
        let arguments = &self.arguments;
        let uri = self.document(&scene);
        let result = match (self.command, uri) {
            (Command::ChatOpen, _) => {
                chat::warm_up(&scene);
                let (name, conversation) = (arguments.name.as_deref(), arguments.conversation.as_deref());
                let uri = documents::open_chat(&scene, name, conversation, &arguments.query).await?;
                if !arguments.query.trim().is_empty() {
                    let (scene, uri, params) = (scene.clone(), uri.clone(), self.params(&scene)?);
                    scene.outbox.clone().spawn(async move { in_chat(&scene, &uri, Which::New, params).await });
                }
                return Ok(Some(json!({ "uri": uri })));
            }
            (Command::ChatSend, Some(uri)) => documents::in_chat(&scene, &uri, Which::New, self.options()).await?,
            (Command::ChatRegenerate, Some(uri)) => {
                documents::in_chat(&scene, &uri, Which::Again, self.options()).await?
            }
            _ => {
                let params = self.params(&scene)?;
                chat::answer(scene, params, stop).await?
            }
        };
        Ok(Some(serde_json::to_value(result)?))
    }

    /// Asks for any other client: the answer grows in a document.
    pub(in crate::lsp) fn ask_in_background(self, scene: Scene) {
        scene.outbox.clone().spawn(async move {
            if let Err(error) = self.ask_in_document(scene.clone()).await {
                scene.outbox.show(MessageType::ERROR, format!("CodeCompass: {error:#}"));
            }
        });
    }

    async fn ask_in_document(self, scene: Scene) -> anyhow::Result<()> {
        let arguments = &self.arguments;
        match (self.command, self.document(&scene)) {
            (Command::ChatOpen, _) => {
                chat::warm_up(&scene);
                let (name, conversation) = (arguments.name.as_deref(), arguments.conversation.as_deref());
                let uri = documents::open_chat(&scene, name, conversation, &arguments.query).await?;
                documents::show_or_name(&scene, &uri).await;
                if !arguments.query.trim().is_empty() {
                    in_chat(&scene, &uri, Which::New, self.options()).await;
                }
            }
            (Command::ChatSend, Some(uri)) => in_chat(&scene, &uri, Which::New, self.options()).await,
            (Command::ChatRegenerate, Some(uri)) => in_chat(&scene, &uri, Which::Again, self.options()).await,
            _ => {
                let params = self.params(&scene)?;
                if params.brief {
                    // A sentence or two need no document.
                    let answer = chat::answer(scene.clone(), params, CancellationToken::new()).await?;
                    let said = answer.error.filter(|_| !answer.complete).unwrap_or(answer.text);
                    scene.outbox.show(MessageType::INFO, format!("CodeCompass: {said}"));
                    return Ok(());
                }
                let title = title(&params, &self);
                documents::in_new_document(scene, params, title).await?;
            }
        }
        Ok(())
    }

    /// The chat document that is meant.
    fn document(&self, scene: &Scene) -> Option<Uri> {
        let uri = self.arguments.uri.clone().or_else(|| scene.uri(Path::new(self.arguments.path.as_deref()?)))?;
        documents::chat_path(scene, &uri).map(|_| uri)
    }

    /// What holds for one answer only.
    fn options(&self) -> ChatParams {
        let Arguments { model, host, think, token, brief, .. } = self.arguments.clone();
        ChatParams { model, host, think, brief, token, ..ChatParams::default() }
    }

    /// What is asked.
    fn params(&self, scene: &Scene) -> anyhow::Result<ChatParams> {
        let arguments = &self.arguments;
        let message = arguments.query.trim().to_owned();
        let params = ChatParams { message, conversation: arguments.conversation.clone(), ..self.options() };
        if self.command == Command::ChatRegenerate {
            if params.conversation.is_none() {
                bail!("say which answer: {{\"uri\"}} names a chat document, {{\"conversation\"}} a conversation");
            }
            return Ok(ChatParams { regenerate: true, ..params });
        }
        let explain = self.command == Command::Explain;
        let file = if explain { Some(self.must_have_file(scene)?) } else { self.file(scene) };
        // Asked about a piece of code without a question: it is explained.
        let explain = explain || file.is_some() && params.message.is_empty();
        if file.is_none() && params.message.is_empty() {
            bail!("there is no question; give one, for example {{\"question\": \"where are retries counted\"}}");
        }
        let lines = self.lines();
        let position = |line| Position { line, character: 0 };
        let subject = file.and_then(|(view, key)| {
            Some(Subject {
                uri: scene.uri_of(view, &key)?,
                range: arguments.line.map(|_| Range { start: position(lines.start), end: position(lines.end) }),
                symbol: arguments.symbol.clone(),
                problem: arguments.problem.clone(),
            })
        });
        let mode = if explain { ChatMode::Explain } else { ChatMode::Ask };
        Ok(ChatParams { mode, subject, ..params })
    }

    /// Carries it out for a client that knows us.
    pub(in crate::lsp) fn result(&self, scene: &Scene, token: &CancellationToken) -> anyhow::Result<Option<Value>> {
        result(self.carry_out(scene, token)?).map(Some)
    }

    /// Carries it out for any other client, beside everything else.
    pub(in crate::lsp) fn in_background(self, scene: Scene) {
        let outbox = scene.outbox.clone();
        outbox.spawn(async move {
            let worker = scene.clone();
            let done = tokio::task::spawn_blocking(move || self.carry_out(&worker, &CancellationToken::new())).await;
            match done {
                Ok(done) => show(scene, done).await,
                Err(error) => tracing::error!("a command failed, which is a bug: {error}"),
            }
        });
    }

    fn carry_out(&self, scene: &Scene, token: &CancellationToken) -> anyhow::Result<Outcome> {
        let said = |message: &str| Ok(Outcome::Said(message.to_owned()));
        match self.command {
            Command::Search => self.search(scene, token),
            Command::Similar => self.similar(scene),
            Command::ChatStop => {
                let stopped = documents::stop(scene, self.arguments.uri.as_ref(), self.arguments.token.as_deref());
                said(if stopped > 0 { "stopped" } else { "nothing is being written there" })
            }
            Command::Ask | Command::Explain | Command::ChatOpen | Command::ChatSend | Command::ChatRegenerate => {
                bail!("`{}` takes its time and is done elsewhere, which is a bug", self.command.name())
            }
            Command::Why => self.why(scene),
            Command::Reindex => said("the index is built anew; it can be searched meanwhile"),
            Command::Pause => said("indexing is paused; `codecompass.resume` goes on"),
            Command::Resume => said("indexing goes on"),
            Command::Status
            | Command::Doctor
            | Command::ModelsList
            | Command::ModelsPull
            | Command::ModelsDelete
            | Command::ModelsSelect => bail!("`{}` asks hosts", self.command.name()),
        }
    }

    fn search(&self, scene: &Scene, token: &CancellationToken) -> anyhow::Result<Outcome> {
        let views: Vec<&View> = scene.session.views.iter().collect();
        let request = search::request(&self.search_params(search::LIMIT))?;
        let found = everywhere::search(&views, &request, &|| token.is_cancelled())?;
        scene.suspect(&found.stale);
        let title = format!("Search: {}", request.query);
        let about = format!("search {}", request.query);
        let document = Answer::of_search(title, &found).markdown();
        Outcome::document(about, document, &convert::search_result(scene, &found))
    }

    fn similar(&self, scene: &Scene) -> anyhow::Result<Outcome> {
        let (view, key) = self.must_have_file(scene)?;
        let line = self.arguments.line.unwrap_or(1);
        let request = search::request(&self.search_params(search::LIMIT))?;
        let found = everywhere::similar(&scene.views_from(view), &key, line, &request)?;
        scene.suspect(&found.stale);
        let document = Answer::of_search(format!("Code like {key}:{line}"), &found).markdown();
        Outcome::document(format!("similar {key}"), document, &convert::search_result(scene, &found))
    }

    fn why(&self, scene: &Scene) -> anyhow::Result<Outcome> {
        let Some((view, key)) = self.file(scene) else {
            let named = self.arguments.path.as_deref().or(self.arguments.uri.as_ref().map(|uri| uri.as_str()));
            let named = named.context("say which file, for example {\"path\": \"src/main.rs\"}")?;
            return Ok(Outcome::Said(format!("{named} is in no workspace folder, so it is not indexed")));
        };
        let relative = crate::workspace::key::path_of(&key);
        let why = why(&view.root, &view.settings.index, view.snapshot.as_deref(), &relative)?;
        let said = why::said(&key, &why);
        if !scene.client.codecompass {
            return Ok(Outcome::Said(said));
        }
        let mut result = why::to_json(&key, &why)?;
        result["message"] = said.clone().into();
        Outcome::document(String::new(), said, &result)
    }

    fn search_params(&self, limit: usize) -> SearchParams {
        let arguments = self.arguments.clone();
        SearchParams {
            query: arguments.query,
            limit: arguments.limit.or(Some(limit)),
            mode: arguments.mode,
            languages: arguments.languages,
            paths: arguments.paths,
            kinds: arguments.kinds,
        }
    }

    /// The lines that are meant: from 0, end exclusive.
    fn lines(&self) -> std::ops::Range<u32> {
        let start = self.arguments.line.unwrap_or(1).max(1);
        start - 1..self.arguments.end_line.unwrap_or(start).max(start)
    }

    fn must_have_file<'s>(&self, scene: &'s Scene) -> anyhow::Result<(&'s View, String)> {
        let name = self.command.name();
        let Some(found) = self.file(scene) else {
            if self.arguments.uri.is_some() || self.arguments.path.is_some() {
                bail!("`{name}` works on files of the workspace folders, and this one is in none of them");
            }
            bail!("`{name}` needs a file; give it one, for example {{\"path\": \"src/main.rs\", \"line\": 12}}");
        };
        Ok(found)
    }

    /// The file that is meant, if a folder has it.
    fn file<'s>(&self, scene: &'s Scene) -> Option<(&'s View, String)> {
        if let Some(uri) = &self.arguments.uri {
            return scene.find(uri);
        }
        let path = Path::new(self.arguments.path.as_deref()?);
        if path.is_absolute() {
            return scene.session.view_of(path);
        }
        let views = || scene.session.views.iter();
        let view = views().find(|view| view.root.join(path).exists()).or_else(|| views().next())?;
        Some((view, crate::workspace::key::key_of(path.strip_prefix(".").unwrap_or(path))))
    }
}

/// What a client that knows us gets.
fn result(outcome: Outcome) -> anyhow::Result<Value> {
    Ok(match outcome {
        Outcome::Document { result, .. } | Outcome::Done { result, .. } => result,
        Outcome::Said(message) => serde_json::to_value(MessageResult { message })?,
    })
}

/// What any other client gets.
async fn show(scene: Scene, done: anyhow::Result<Outcome>) {
    match done {
        Ok(Outcome::Document { about, markdown, .. }) => answers::show(scene, about, markdown).await,
        Ok(Outcome::Said(message) | Outcome::Done { message, .. }) => {
            scene.outbox.show(MessageType::INFO, format!("CodeCompass: {message}"));
        }
        Err(error) => scene.outbox.show(MessageType::ERROR, format!("CodeCompass: {error:#}")),
    }
}

/// Answers in a chat document; what goes wrong is shown.
async fn in_chat(scene: &Scene, uri: &Uri, which: Which, params: ChatParams) {
    if let Err(error) = documents::in_chat(scene, uri, which, params).await {
        scene.outbox.show(MessageType::ERROR, format!("CodeCompass: {error:#}"));
    }
}

/// What stands above an answer.
fn title(params: &ChatParams, call: &Call) -> String {
    if params.mode == ChatMode::Ask {
        return params.message.lines().next().unwrap_or_default().to_owned();
    }
    let arguments = &call.arguments;
    let file = params.subject.as_ref().and_then(|subject| subject.uri.as_str().rsplit('/').next()).unwrap_or_default();
    let place = arguments.line.map_or_else(|| file.to_owned(), |line| format!("{file}:{line}"));
    match (&arguments.problem, &arguments.symbol) {
        (Some(_), _) => format!("Explain a problem in {place}"),
        (None, Some(symbol)) => format!("Explain {symbol}"),
        (None, None) => format!("Explain {place}"),
    }
}
