//! The models of the hosts: what there is, in words for people.

use std::fmt::Write;

use anyhow::bail;
use codecompass_ollama::{
    error::{Error, Failure},
    models::Model,
    pool::Pool,
};
use serde::Serialize;

use super::hover::plain;
use crate::{
    config::{report::either, size},
    hosts::{Configured, sentence},
};

/// A host with its models.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HostModels {
    /// The user's name for it.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// Its models.
    pub models: Vec<Model>,
    /// Why they are not known, and what to do.
    pub error: Option<String>,
}

/// The hosts that are meant: all, unless one is named, by its name or its address.
pub fn choose(all: Vec<Configured>, wanted: Option<&str>) -> anyhow::Result<Vec<Configured>> {
    if all.is_empty() {
        bail!("there is no model host; name one in `ollama.hosts`");
    }
    let Some(wanted) = wanted else { return Ok(all) };
    let names: Vec<String> = all.iter().map(|known| known.options.name.clone()).collect();
    let mut chosen = all;
    chosen.retain(|known| known.options.name == *wanted || known.options.address.to_string() == *wanted);
    if chosen.is_empty() {
        bail!("there is no host `{wanted}`; it can be {}", either(names.iter().map(String::as_str)));
    }
    Ok(chosen)
}

/// Asks each host for its models, all at the same time.
pub async fn list(pool: &Pool) -> Vec<HostModels> {
    let hosts = pool.hosts();
    let asked = pool.states().into_iter().map(|state| {
        let host = hosts.iter().find(|host| host.name() == state.name).cloned();
        async move {
            let (models, error) = match host {
                Some(host) => match host.models().await {
                    Ok(models) => (models, None),
                    Err(error) => (Vec::new(), Some(sentence(&error))),
                },
                None => (Vec::new(), state.why),
            };
            HostModels { name: state.name, url: state.url, models, error }
        }
    });
    futures::future::join_all(asked).await
}

/// The models as a document.
pub fn markdown(hosts: &[HostModels]) -> String {
    const TAKES_ALL: &str = "a string takes all that is written";
    let mut out = "# CodeCompass: models\n".to_owned();
    if hosts.is_empty() {
        out.push_str("\nThere is no model host; name one in `ollama.hosts`.\n");
    }
    for host in hosts {
        writeln!(out, "\n## {} ({})\n", plain(&host.name), plain(&host.url)).expect(TAKES_ALL);
        if let Some(error) = &host.error {
            writeln!(out, "{}", plain(error)).expect(TAKES_ALL);
        } else if host.models.is_empty() {
            out.push_str("No models; `codecompass.models.pull` fetches one.\n");
        }
        for model in &host.models {
            let (name, size) = (plain(&model.name), size::about(model.size));
            writeln!(out, "- `{name}`: {size}, {}", plain(&facts(model))).expect(TAKES_ALL);
        }
    }
    out
}

/// What a model can do and how it is, in a line.
pub fn facts(model: &Model) -> String {
    let mut facts: Vec<String> = Vec::new();
    facts.extend([&model.parameters, &model.quantization].into_iter().filter(|fact| !fact.is_empty()).cloned());
    facts.extend(model.context.map(|tokens| format!("{tokens} tokens")));
    facts.extend(model.capabilities.as_ref().map(|all| all.join(" ")));
    if let Some(loaded) = &model.loaded {
        let context = loaded.context.map_or_else(String::new, |tokens| format!(" with {tokens} tokens"));
        facts.push(format!("loaded{context}"));
    }
    if model.cloud {
        facts.push("in Ollama's cloud, not on the host".to_owned());
    }
    facts.join(", ")
}

/// Why a model was not fetched. A host fetches from a registry, which has troubles of its own; those are in its words.
pub fn not_fetched(model: &str, error: &Error) -> String {
    match &error.failure {
        Failure::Server { message, .. } | Failure::Rejected { message } => format!(
            "`{model}` cannot be fetched: {message}; check the name, and that {} reaches the registry",
            error.host
        ),
        _ => sentence(error),
    }
}
