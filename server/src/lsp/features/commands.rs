//! `workspace/executeCommand`. A client that knows us gets the result; any other gets no result but a document or a message,
//! which comes later: some clients give up on commands that take their time.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Serialize;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{
    super::{
        ext::{AnswerResult, Command, MessageResult, SearchParams, Source},
        proto::{Error, ExecuteCommandParams, MessageType, ProgressToken, jsonrpc::Result as RpcResult},
        scene::Scene,
    },
    answers, arguments,
    arguments::Arguments,
    convert, history,
    hosts::{Errand, Select},
    search,
};
use crate::{
    handlers::{
        answer::{Answer, NO_MODEL},
        everywhere,
        explain::{self, Subject},
        why::{self, why},
    },
    live::{View, folder::Event},
};

/// So many passages answer a question.
const PASSAGES: usize = 8;

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
            Command::Explain => self.explain(scene),
            Command::ChatOpen if self.arguments.query.is_empty() => {
                said("no model is set up yet; `codecompass.ask` shows the code that a question is about")
            }
            Command::Ask | Command::ChatOpen | Command::ChatSend => self.ask(scene, token),
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

    fn explain(&self, scene: &Scene) -> anyhow::Result<Outcome> {
        let (view, key) = self.must_have_file(scene)?;
        let subject = Subject {
            lines: self.lines(),
            symbol: self.arguments.symbol.clone(),
            problem: self.arguments.problem.clone(),
        };
        let views = scene.views_from(view);
        let explained = explain::explain(&views, &key, &subject, &scene.outlines, &history::last_change)?;
        answered(scene, format!("explain {key}"), &explained.answer, &explained.paths)
    }

    fn ask(&self, scene: &Scene, token: &CancellationToken) -> anyhow::Result<Outcome> {
        let file = self.file(scene);
        let query = self.arguments.query.trim();
        if query.is_empty() {
            // Asked about a piece of code without a question: what is known of it is the nearest to an answer.
            return match file {
                Some(_) => self.explain(scene),
                None => {
                    bail!("there is no question; give one, for example {{\"question\": \"where are retries counted\"}}")
                }
            };
        }
        let views: Vec<&View> = scene.session.views.iter().collect();
        let request = search::request(&self.search_params(PASSAGES))?;
        let found = everywhere::search(&views, &request, &|| token.is_cancelled())?;
        scene.suspect(&found.stale);
        let mut answer = Answer::of_search(query.to_owned(), &found);
        answer.notes.insert(0, NO_MODEL.to_owned());
        let mut paths: Vec<PathBuf> = found.hits.iter().map(|found| found.path.clone()).collect();
        if let Some((view, key)) = file
            && let Some((passage, path)) =
                explain::passage(&views, view, &key, self.lines(), "what the question is about".to_owned())
        {
            answer.passages.insert(0, passage);
            paths.insert(0, path);
        }
        answered(scene, format!("ask {query}"), &answer, &paths)
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

/// An answer for both kinds of clients.
fn answered(scene: &Scene, about: String, answer: &Answer, paths: &[PathBuf]) -> anyhow::Result<Outcome> {
    let sources = answer.passages.iter().zip(paths).enumerate().filter_map(|(index, (passage, path))| {
        Some(Source {
            n: index + 1,
            uri: scene.uri(path)?,
            range: convert::lines_range(passage.start_line, &passage.text, scene.encoding),
            label: passage.label.clone(),
            language: passage.language.to_owned(),
            text: passage.text.clone(),
        })
    });
    let result = AnswerResult {
        text: answer.lead.join("\n\n"),
        complete: false,
        error: Some(NO_MODEL.to_owned()),
        sources: sources.collect(),
    };
    Outcome::document(about, answer.markdown(), &result)
}
