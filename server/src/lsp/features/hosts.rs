//! The commands that ask model hosts: status, doctor, models. They run beside everything else, show how far they are, and can
//! be cancelled; what changes something on a host asks the user first.

use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use codecompass_ollama::{
    host::Host,
    models::same_model,
    pool::{Pool, Role, Wish},
    pull::Fetched,
};
use tokio_util::sync::CancellationToken;

use super::{
    super::{
        ext::{Check, Command, DoctorResult, ModelResult, ModelsResult, SelectResult},
        proto::{
            Error, MessageActionItem, MessageType, ProgressToken, ShowMessageRequestParams, request::ShowMessageRequest,
        },
        scene::Scene,
    },
    arguments::Arguments,
    commands::Outcome,
};
use crate::{
    config::{report::either, settings::Provider, size},
    handlers::{
        doctor::{self, Finding, Level, Patient},
        models, report,
    },
    hosts::{self, Selected, Work, sentence},
};

/// Chooses models for as long as the server runs.
pub(in crate::lsp) type Select = Arc<dyn Fn(Selected) + Send + Sync>;

/// How long hosts may take to say how they are before the status is given without.
const STATUS_PATIENCE: std::time::Duration = std::time::Duration::from_secs(2);

/// A command that asks hosts.
pub(super) struct Errand {
    pub(super) command: Command,
    pub(super) arguments: Arguments,
    /// Under which the client wants to see how far it is.
    pub(super) progress: Option<ProgressToken>,
    /// Fires when nobody waits for the result any more.
    pub(super) stop: CancellationToken,
    pub(super) select: Select,
}

impl Errand {
    /// Runs it where connections live. When it is stopped they are closed, by which the hosts stop too.
    pub(super) async fn run(self, scene: Scene) -> anyhow::Result<Outcome> {
        let pools = Arc::clone(&scene.pools);
        let stop = self.stop.clone();
        let done = pools.spawn(async move {
            tokio::select! {
                biased;
                () = stop.cancelled() => Err(Error::request_cancelled().into()),
                done = self.work(&scene) => done,
            }
        });
        let done = done.ok_or_else(|| anyhow!("no threads to ask a host with; end some programs"))?;
        done.await.context("a command failed, which is a bug")?
    }

    async fn work(&self, scene: &Scene) -> anyhow::Result<Outcome> {
        match self.command {
            Command::Doctor => self.doctor(scene).await,
            Command::ModelsList => list(scene).await,
            Command::ModelsPull => self.pull(scene).await,
            Command::ModelsDelete => self.delete(scene).await,
            Command::ModelsSelect => self.choose(scene).await,
            _ => status(scene).await,
        }
    }

    async fn doctor(&self, scene: &Scene) -> anyhow::Result<Outcome> {
        let cancel = CancellationToken::new();
        let progress = scene.progress.begin(self.progress.clone(), "Looking for what is wrong", Some(cancel.clone()));
        let (settings, environment) = (scene.config.settings.clone(), scene.pools.environment().clone());
        // Secrets are read anew: they may be what is wrong.
        let opened = tokio::task::spawn_blocking(move || hosts::open(&settings, &environment)).await?;
        let status = report::report(&scene.session.views, scene.hosts(), scene.used_today());
        let patient = Patient {
            config: &scene.config,
            cache: Ok(scene.cache.to_path_buf()),
            indexes: doctor::index::live(&status),
            watched: status.folders.iter().map(|folder| folder.watcher.folders).sum(),
            hosts: opened,
        };
        let say = |what: String| progress.report(what, None);
        let diagnosis = tokio::select! {
            biased;
            () = cancel.cancelled() => return Ok(Outcome::Said("the doctor was sent away".to_owned())),
            diagnosis = doctor::diagnose(patient, !self.arguments.quick, &say) => diagnosis,
        };
        let document = doctor::markdown(&diagnosis) + "\n" + &report::markdown(&status);
        let checks = diagnosis.findings.iter().map(check).collect();
        Outcome::document("doctor".to_owned(), document, &DoctorResult { checks, diagnosis, status })
    }

    async fn pull(&self, scene: &Scene) -> anyhow::Result<Outcome> {
        let model = self.model()?;
        let pool = open(scene).await?;
        let host = self.host(&pool)?;
        let name = host.name().to_owned();
        let known = self.size(&host, &model).await;
        if !self.consent(scene, &format!("Fetch `{model}`{known} onto {name}?"), "Fetch").await? {
            return outcome(format!("`{model}` was not fetched"), false, &model, &name);
        }
        let cancel = CancellationToken::new();
        let title = format!("Fetching {model}");
        let progress = scene.progress.begin(self.progress.clone(), &title, Some(cancel.clone()));
        let fetching = async {
            let mut events = host.pull(&model).await?;
            let mut fetched = Fetched::default();
            while let Some(event) = events.next().await {
                let event = event?;
                fetched.add(&event);
                let (done, total) = (fetched.completed(), fetched.total());
                let share = (done * 100).checked_div(total).map(|share| share as u32);
                let far =
                    if total > 0 { format!(" {} of {}", size::about(done), size::about(total)) } else { String::new() };
                progress.report(format!("{}{far}", event.status), share);
            }
            Ok::<(), codecompass_ollama::error::Error>(())
        };
        let fetched = tokio::select! {
            biased;
            // Dropping what fetches closes the connection; what the host has by then it keeps.
            () = cancel.cancelled() => None,
            fetched = fetching => Some(fetched),
        };
        pool.forget_models();
        match fetched {
            None => {
                progress.end("cancelled");
                let message = format!("fetching `{model}` was cancelled; the next time it goes on from there");
                outcome(message, false, &model, &name)
            }
            Some(Err(error)) => {
                progress.end("failed");
                bail!(models::not_fetched(&model, &error))
            }
            Some(Ok(())) => {
                progress.end("done");
                outcome(format!("`{model}` is on {name}"), true, &model, &name)
            }
        }
    }

    async fn delete(&self, scene: &Scene) -> anyhow::Result<Outcome> {
        let model = self.model()?;
        let pool = open(scene).await?;
        let hosts = pool.hosts();
        if self.arguments.host.is_none() && hosts.len() > 1 {
            let names: Vec<&str> = hosts.iter().map(Host::name).collect();
            bail!("there are several hosts; name one with `host`: {}", either(names));
        }
        let host = self.host(&pool)?;
        let name = host.name().to_owned();
        let all = host.models().await.map_err(|error| anyhow!(sentence(&error)))?;
        let Some(found) = all.into_iter().find(|known| same_model(&known.name, &model)) else {
            bail!("model `{model}` is not installed on {name}; `codecompass.models.list` shows what is");
        };
        let question = format!("Delete `{}` ({}) from {name}?", found.name, size::about(found.size));
        if !self.consent(scene, &question, "Delete").await? {
            return outcome(format!("`{}` was not deleted", found.name), false, &found.name, &name);
        }
        host.delete(&found.name).await.map_err(|error| anyhow!(sentence(&error)))?;
        pool.forget_models();
        outcome(format!("`{}` is deleted from {name}", found.name), true, &found.name, &name)
    }

    async fn choose(&self, scene: &Scene) -> anyhow::Result<Outcome> {
        let model = self.model()?;
        let word = self.arguments.role.as_deref().unwrap_or("chat");
        let Some(purpose) = Work::parse(word) else {
            bail!("`{word}` is no role; it can be `chat`, `explain` or `embed`");
        };
        let role = if purpose == Work::Embed { Role::Embed } else { Role::Chat };
        let pool = open(scene).await?;
        let chosen = pool.choose(role, Some(&model)).await.map_err(|error| anyhow!(sentence(&error)))?;
        let (model, host, setting) = (chosen.model.name.clone(), chosen.host.name().to_owned(), purpose.setting());
        let select = Arc::clone(&self.select);
        // A host that was named is a part of the choice.
        let pinned = role == Role::Chat && Wish::default().naming(&self.model()?).host.is_some();
        let kept = if pinned { format!("{model}@{host}") } else { model.clone() };
        let selected = Selected::one(purpose, &kept);
        // Reads the settings' files again.
        tokio::task::spawn_blocking(move || select(selected)).await?;
        let unused = purpose == Work::Embed && scene.config.settings.embedding.provider == Provider::Builtin;
        let but = if unused { ", once `embedding.provider = \"ollama\"` is set" } else { "" };
        let message = format!(
            "`{model}` on {host} is used for {} as long as this server runs{but}; `{setting} = \"{kept}\"` in your \
             config.toml, or in the editor's settings, keeps it so",
            purpose.as_str()
        );
        let result = SelectResult { message: message.clone(), role: purpose.as_str(), model, host, setting };
        Outcome::done(message, &result)
    }

    /// The model that is meant.
    fn model(&self) -> anyhow::Result<String> {
        let model = self.arguments.model.as_deref().unwrap_or(&self.arguments.query).trim();
        if model.is_empty() {
            bail!("`{}` needs a model, for example {{\"model\": \"qwen2.5-coder:3b\"}}", self.command.name());
        }
        Ok(model.to_owned())
    }

    /// The host that is meant: the one that is named, else the first.
    fn host(&self, pool: &Pool) -> anyhow::Result<Host> {
        let hosts = pool.hosts();
        let Some(wanted) = self.arguments.host.as_deref() else {
            return hosts.into_iter().next().context("there is no model host; name one in `ollama.hosts`");
        };
        let names: Vec<String> = hosts.iter().map(|host| host.name().to_owned()).collect();
        let is_it = |host: &Host| host.name() == wanted || host.address().to_string() == wanted;
        let found = hosts.into_iter().find(is_it);
        found.ok_or_else(|| {
            anyhow!("there is no host `{wanted}`; it can be {}", either(names.iter().map(String::as_str)))
        })
    }

    /// How large a model is, if the host has some of it already.
    async fn size(&self, host: &Host, model: &str) -> String {
        let Ok(models) = host.models().await else { return String::new() };
        let known = models.iter().find(|known| same_model(&known.name, model) && known.size > 0);
        known.map_or_else(String::new, |known| format!(" (about {})", size::about(known.size)))
    }

    /// Whether the user says yes.
    async fn consent(&self, scene: &Scene, question: &str, yes: &str) -> anyhow::Result<bool> {
        if self.arguments.confirmed {
            return Ok(true);
        }
        if !scene.client.message_actions {
            bail!(
                "{question} This editor cannot be asked: to say yes, call `{}` again with {{\"confirmed\": true}}",
                self.command.name()
            );
        }
        let item = |title: &str| MessageActionItem {
            title: title.to_owned(),
            properties: std::collections::HashMap::default(),
        };
        let params = ShowMessageRequestParams {
            typ: MessageType::INFO,
            message: format!("CodeCompass: {question}"),
            actions: Some(vec![item(yes), item("Cancel")]),
        };
        let answer =
            scene.outbox.ask_user::<ShowMessageRequest>(params).await.map_err(|error| anyhow!(error.message))?;
        Ok(answer.is_some_and(|item| item.title == yes))
    }
}

async fn status(scene: &Scene) -> anyhow::Result<Outcome> {
    let pool = open(scene).await?;
    // What is not known by then is said to be unknown.
    let _ = tokio::time::timeout(STATUS_PATIENCE, pool.refresh()).await;
    let report = report::report(&scene.session.views, pool.states(), scene.used_today());
    Outcome::document("status".to_owned(), report::markdown(&report), &report)
}

async fn list(scene: &Scene) -> anyhow::Result<Outcome> {
    let hosts = models::list(&open(scene).await?).await;
    let markdown = models::markdown(&hosts);
    Outcome::document("models".to_owned(), markdown, &ModelsResult { hosts })
}

/// The hosts, ready to be asked.
async fn open(scene: &Scene) -> anyhow::Result<Pool> {
    let opening = scene.clone();
    Ok(tokio::task::spawn_blocking(move || opening.pool()).await?)
}

fn outcome(message: String, done: bool, model: &str, host: &str) -> anyhow::Result<Outcome> {
    let result = ModelResult { message: message.clone(), done, model: model.to_owned(), host: host.to_owned() };
    Outcome::done(message, &result)
}

/// A finding in short.
fn check(finding: &Finding) -> Check {
    let Finding { about, level, message, fix } = finding;
    let fix = fix.as_ref().map_or_else(String::new, |fix| format!("; {fix}"));
    Check { name: about.clone(), ok: *level == Level::Ok, message: format!("{message}{fix}") }
}
