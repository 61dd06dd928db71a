//! What is wrong with a model host, and what to do: whether it answers, lets us in, has models for its roles, sends its answers
//! as they are made, and how fast it is.

use std::time::Instant;

use codecompass_ollama::{
    embedding::{TemplateOptions, Templates},
    host::Host,
    models::{Model, same_model},
    pool::Wish,
    request::{EmbeddingsInput, GenerateEmbeddingsRequest},
};
use serde::Serialize;

use super::Finding;
use crate::{
    config::settings::{Provider, Settings},
    hosts::{self, Configured},
};

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
    /// How fast it makes vectors, if a model was asked.
    pub vectors: Option<VectorsReport>,
}

/// How fast a host makes vectors.
#[derive(Debug, Clone, Serialize)]
pub struct VectorsReport {
    /// The model that was asked.
    pub model: String,
    /// Components of a vector.
    pub dimension: usize,
    /// Short texts a second.
    pub texts_per_second: f64,
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

/// A chat that sees less code than this is of little use.
const SMALL_CONTEXT: u64 = 8192;
/// What is proposed, unless the model was trained for less.
const ENOUGH_CONTEXT: u64 = 16_384;

/// Looks at a host.
pub(super) async fn examine(configured: &Configured, settings: &Settings, depth: Depth) -> (HostReport, Vec<Finding>) {
    let options = &configured.options;
    let mut report =
        HostReport { name: options.name.clone(), url: options.address.to_string(), ..HostReport::default() };
    let about = format!("host {}", options.name);
    let own = |notice: &hosts::Notice| notice.host == options.name;
    let mut findings: Vec<Finding> = hosts::notices(settings)
        .into_iter()
        .filter(own)
        .map(|notice| Finding::warning(&about, notice.message, notice.fix))
        .collect();
    match &configured.host {
        Ok(host) => look(host, &about, settings, depth, &mut report, &mut findings).await,
        Err(error) => findings.push(Finding::problem(about, error.to_string(), error.advice())),
    }
    (report, findings)
}

async fn look(
    host: &Host,
    about: &str,
    settings: &Settings,
    depth: Depth,
    report: &mut HostReport,
    findings: &mut Vec<Finding>,
) {
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
        chat(host, about, settings, depth, report, findings).await;
    }
    if host.roles().embed && settings.embedding.provider == Provider::Ollama {
        embed(host, about, settings, depth, report, findings).await;
    }
}

async fn chat(
    host: &Host,
    about: &str,
    settings: &Settings,
    depth: Depth,
    report: &mut HostReport,
    findings: &mut Vec<Finding>,
) {
    let wish = Wish::default().naming(&settings.chat.model);
    // A model that is for another host need not be here.
    let here = wish.host.is_none_or(|wanted| wanted == host.name() || wanted == host.address().to_string());
    let wanted = wish.model.filter(|_| here).unwrap_or_default();
    let wanted = wanted.as_str();
    if !wanted.is_empty() && !report.models.iter().any(|model| same_model(&model.name, wanted)) {
        return findings.push(missing(about, wanted, "chat.model"));
    }
    let Some(model) = talker(&report.models, wanted) else {
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
    let num_ctx = (settings.chat.num_ctx > 0).then_some(settings.chat.num_ctx as u64);
    let pace = match host.pace_with(&model, num_ctx).await {
        Ok(pace) => pace,
        Err(error) => return findings.push(Finding::problem(about, error.to_string(), error.advice())),
    };
    let speed = pace.tokens_per_second.map_or_else(String::new, |speed| format!(", {speed:.1} tokens a second"));
    let first_token_s = pace.first_token.as_secs_f64();
    findings.push(Finding::ok(about, format!("`{model}`: first token after {first_token_s:.2} s{speed}")));
    match pace.streamed {
        Some(false) => findings.push(Finding::problem(
            about,
            "answers are held back on the way and come all at once",
            "let the proxy in front of it pass on what comes at once (nginx: `proxy_buffering off`)",
        )),
        Some(true) => findings.push(Finding::ok(about, "answers come as they are made")),
        None => {}
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
    if let Some(known) = report.models.iter().find(|known| known.name == model) {
        findings.extend(memory(about, known, num_ctx));
    }
}

/// With which context a model is loaded, and where.
fn memory(about: &str, model: &Model, wanted: Option<u64>) -> Vec<Finding> {
    let Some(loaded) = &model.loaded else { return Vec::new() };
    let name = &model.name;
    let trained = match model.context {
        Some(trained) => format!(" of {trained} that it was trained for"),
        None => String::new(),
    };
    let context = loaded.context.map_or_else(String::new, |tokens| format!("a context of {tokens} tokens{trained}, "));
    let share = loaded.on_gpu * 100 / loaded.size.max(1);
    let place = match share {
        0 => "on the CPU".to_owned(),
        100.. => "on the GPU".to_owned(),
        share => format!("{share} % on the GPU, the rest on the CPU"),
    };
    let mut findings = vec![Finding::ok(about, format!("`{name}` is loaded with {context}{place}"))];
    match (loaded.context, wanted) {
        (Some(has), Some(wanted)) if has < wanted => findings.push(Finding::warning(
            about,
            format!("`chat.num_ctx` asks for {wanted} tokens, but the host gave {has}"),
            "choose a smaller model or a smaller `chat.num_ctx`, or free memory on the host",
        )),
        (Some(has), None) if has < SMALL_CONTEXT && model.context.is_none_or(|trained| trained > has) => {
            findings.push(Finding::warning(
                about,
                format!("{has} tokens of context hold little code"),
                format!(
                    "set `chat.num_ctx = {}`, or OLLAMA_CONTEXT_LENGTH on the host",
                    model.context.map_or(ENOUGH_CONTEXT, |trained| trained.min(ENOUGH_CONTEXT))
                ),
            ));
        }
        _ => {}
    }
    if (1..100).contains(&share) {
        findings.push(Finding::warning(
            about,
            format!("`{name}` does not fit into the memory of the GPU, which makes it slow"),
            "choose a smaller model, or a smaller context with `chat.num_ctx`",
        ));
    }
    findings
}

fn missing(about: &str, model: &str, setting: &str) -> Finding {
    Finding::problem(
        about,
        format!("it does not have `{model}`, which `{setting}` names"),
        format!("`codecompass models pull {model}` fetches it; `codecompass models list` shows what there is"),
    )
}

async fn embed(
    host: &Host,
    about: &str,
    settings: &Settings,
    depth: Depth,
    report: &mut HostReport,
    findings: &mut Vec<Finding>,
) {
    let wanted = settings.embedding.model.trim();
    let fits = |model: &&Model| {
        if wanted.is_empty() {
            !model.cloud && model.can("embedding") == Some(true)
        } else {
            same_model(&model.name, wanted)
        }
    };
    let Some(model) = report.models.iter().find(fits).map(|model| model.name.clone()) else {
        return findings.push(if wanted.is_empty() {
            let fix = "`codecompass models pull nomic-embed-text` fetches one";
            Finding::warning(about, "it has no model that makes vectors", fix)
        } else {
            missing(about, wanted, "embedding.model")
        });
    };
    if !depth.ask {
        return findings.push(Finding::ok(about, format!("`{model}` can make vectors")));
    }
    let templates = Templates::of(&model, &TemplateOptions::default());
    let texts: Vec<String> = (0..16)
        .map(|number| templates.document(&format!("fn add_{number}(a: u32) -> u32 {{ a + {number} }}")))
        .collect();
    let request =
        |texts: &[String]| GenerateEmbeddingsRequest::new(model.clone(), EmbeddingsInput::Multiple(texts.to_vec()));
    // The first one may have to load the model.
    let tried = match host.embed(&request(&texts[..1])).await {
        Ok(first) => {
            let began = Instant::now();
            host.embed(&request(&texts)).await.map(|_| (first, began.elapsed()))
        }
        Err(error) => Err(error),
    };
    match tried {
        Err(error) => findings.push(Finding::problem(about, error.to_string(), error.advice())),
        Ok((first, took)) => {
            let dimension = first.vectors.first().map_or(0, Vec::len);
            let texts_per_second = texts.len() as f64 / took.as_secs_f64().max(1e-6);
            findings.push(Finding::ok(
                about,
                format!(
                    "`{model}` makes vectors of {dimension} components, {texts_per_second:.0} short texts a second"
                ),
            ));
            report.vectors = Some(VectorsReport { model, dimension, texts_per_second });
        }
    }
}

/// The model that is wanted, else the one that costs the host least to ask: one that is loaded, else the smallest.
fn talker<'m>(models: &'m [Model], wanted: &str) -> Option<&'m Model> {
    models
        .iter()
        .filter(|model| wanted.is_empty() || same_model(&model.name, wanted))
        .filter(|model| !model.cloud && model.can("completion") != Some(false))
        .min_by_key(|model| (model.loaded.is_none(), model.can("completion").is_none(), model.size))
}

fn counted(models: usize) -> String {
    if models == 1 { "1 model".to_owned() } else { format!("{models} models") }
}
