//! What is wrong with a model host, and what to do: whether it answers, lets us in, has models, sends its answers as they are
//! made, and how fast it is.

use codecompass_ollama::{
    host::Host,
    models::Model,
    options::{HostOptions, Login},
};
use serde::Serialize;

use crate::hosts::Configured;

/// Something that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What.
    pub about: String,
    /// How it is.
    pub level: Level,
    /// What was found.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// It works, but could be better.
    Warning,
    /// Something does not work.
    Problem,
}

impl Finding {
    /// As it should be.
    pub fn ok(about: impl Into<String>, message: impl Into<String>) -> Self {
        Self { about: about.into(), level: Level::Ok, message: message.into(), fix: None }
    }

    /// It works, but could be better.
    pub fn warning(about: impl Into<String>, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { about: about.into(), level: Level::Warning, message: message.into(), fix: Some(fix.into()) }
    }

    /// Something does not work.
    pub fn problem(about: impl Into<String>, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { level: Level::Problem, ..Self::warning(about, message, fix) }
    }
}

/// What is known of a host.
#[derive(Debug, Clone, Default, Serialize)]
pub struct HostReport {
    /// The user's name for it.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// Its version, if it answered.
    pub version: Option<String>,
    /// Its models.
    pub models: Vec<Model>,
    /// How fast it is, if a model was asked.
    pub pace: Option<PaceReport>,
}

/// How fast a host is.
#[derive(Debug, Clone, Serialize)]
pub struct PaceReport {
    /// The model that was asked.
    pub model: String,
    /// Seconds to the first token, with loading the model if that was needed.
    pub first_token_s: f64,
    /// Tokens a second.
    pub tokens_per_second: Option<f64>,
    /// Whether the answer came as it was made, if it was long enough to tell.
    pub streamed: Option<bool>,
}

/// How hosts are looked at.
#[derive(Debug, Clone, Copy)]
pub struct Depth {
    /// The user named the hosts: then each of them has to work.
    pub configured: bool,
    /// A model is asked something.
    pub ask: bool,
}

/// Looks at a host.
pub async fn examine(configured: &Configured, depth: Depth) -> (HostReport, Vec<Finding>) {
    let options = &configured.options;
    let mut report =
        HostReport { name: options.name.clone(), url: options.address.to_string(), ..HostReport::default() };
    let about = format!("host {}", options.name);
    let mut findings = on_the_way(&about, options);
    match &configured.host {
        Ok(host) => look(host, &about, depth, &mut report, &mut findings).await,
        Err(error) => findings.push(Finding::problem(about, error.to_string(), error.advice())),
    }
    (report, findings)
}

/// What can be said without asking: who else may read what is sent.
fn on_the_way(about: &str, options: &HostOptions) -> Vec<Finding> {
    let mut findings = Vec::new();
    if options.insecure {
        findings.push(Finding::warning(
            about,
            "its certificate is not checked, so that anybody on the way can read and change what is sent",
            "name the certificate of its authority with `ca_file` and take away `insecure`",
        ));
    }
    if !options.address.is_loopback() && !options.address.is_encrypted() {
        let what = if options.login == Login::None { "code that is sent" } else { "code and login that are sent" };
        findings.push(Finding::warning(
            about,
            format!("{what} there can be read on the way, because its address begins with http://"),
            "put a proxy with TLS in front of it, or use an SSH tunnel",
        ));
    }
    findings
}

async fn look(host: &Host, about: &str, depth: Depth, report: &mut HostReport, findings: &mut Vec<Finding>) {
    match host.version().await {
        Ok(version) => {
            findings.push(Finding::ok(about, format!("Ollama {version} answers at {}", report.url)));
            report.version = Some(version);
        }
        Err(error) if depth.configured => {
            return findings.push(Finding::problem(about, error.to_string(), error.advice()));
        }
        // Nobody said that there is one, and everything but answers works without.
        Err(error) => return findings.push(Finding::warning(about, error.to_string(), error.advice())),
    }
    report.models = match host.models().await {
        Ok(models) => models,
        Err(error) => return findings.push(Finding::problem(about, error.to_string(), error.advice())),
    };
    if host.roles().chat {
        chat(host, about, depth, report, findings).await;
    }
}

async fn chat(host: &Host, about: &str, depth: Depth, report: &mut HostReport, findings: &mut Vec<Finding>) {
    let Some(model) = talker(&report.models) else {
        return findings.push(Finding::warning(
            about,
            "it has no model that can answer questions",
            "`codecompass models pull qwen2.5-coder:3b` fetches one for small machines",
        ));
    };
    let model = model.name.clone();
    findings.push(Finding::ok(about, format!("{} installed, `{model}` can answer", counted(report.models.len()))));
    if !depth.ask {
        return;
    }
    let pace = match host.pace(&model).await {
        Ok(pace) => pace,
        Err(error) => return findings.push(Finding::problem(about, error.to_string(), error.advice())),
    };
    let speed = pace.tokens_per_second.map_or_else(String::new, |speed| format!(", {speed:.1} tokens a second"));
    let first_token_s = pace.first_token.as_secs_f64();
    findings.push(Finding::ok(about, format!("`{model}`: first token after {first_token_s:.2} s{speed}")));
    if pace.streamed == Some(false) {
        findings.push(Finding::problem(
            about,
            "answers are held back on the way and come all at once",
            "let the proxy in front of it pass on what comes at once (nginx: `proxy_buffering off`)",
        ));
    }
    report.pace = Some(PaceReport {
        model: model.clone(),
        first_token_s,
        tokens_per_second: pace.tokens_per_second,
        streamed: pace.streamed,
    });
    // Only a model that is loaded shows where it is.
    if let Ok(models) = host.models().await {
        report.models = models;
    }
    let loaded = report.models.iter().find(|known| known.name == model).and_then(|known| known.loaded.as_ref());
    if let Some(loaded) = loaded {
        let context = loaded.context.map_or_else(String::new, |tokens| format!("a context of {tokens} tokens, "));
        let memory = match loaded.on_gpu {
            0 => "on the CPU".to_owned(),
            on_gpu if on_gpu >= loaded.size => "on the GPU".to_owned(),
            on_gpu => format!("{} % on the GPU, the rest on the CPU", on_gpu * 100 / loaded.size.max(1)),
        };
        findings.push(Finding::ok(about, format!("`{model}` is loaded with {context}{memory}")));
    }
}

/// The model that costs the host least to ask: one that is loaded, else the smallest.
fn talker(models: &[Model]) -> Option<&Model> {
    models
        .iter()
        .filter(|model| !model.cloud && model.can("completion") != Some(false))
        .min_by_key(|model| (model.loaded.is_none(), model.can("completion").is_none(), model.size))
}

fn counted(models: usize) -> String {
    if models == 1 { "1 model".to_owned() } else { format!("{models} models") }
}
