//! The models of a host: what there is, what each can do, what is loaded.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::{
    error::{Error, Failure},
    host::Host,
    piece::or_default,
    wire::Call,
};

/// A model on a host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Model {
    /// Its whole name, with its tag.
    pub name: String,
    /// By which the same name with other content is told apart.
    pub digest: String,
    /// Bytes on the host's disk.
    pub size: u64,
    /// Such as `7.6B`.
    pub parameters: String,
    /// Such as `Q4_K_M`.
    pub quantization: String,
    /// Such as `completion`, `tools`, `embedding`; `None` when the host does not say, which means that it has to be tried.
    pub capabilities: Option<Vec<String>>,
    /// Tokens that it was trained to read at once.
    pub context: Option<u64>,
    /// How it is loaded, if it is.
    pub loaded: Option<Loaded>,
    /// The host only passes everything on to Ollama's cloud.
    pub cloud: bool,
}

/// How a model is loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Loaded {
    /// Bytes in memory.
    pub size: u64,
    /// Those of them that are in the memory of a GPU.
    pub on_gpu: u64,
    /// Tokens that it can really read at once, if the host says so.
    pub context: Option<u64>,
}

impl Model {
    /// Whether it can do this, as far as the host says.
    pub fn can(&self, what: &str) -> Option<bool> {
        self.capabilities.as_ref().map(|all| all.iter().any(|capability| capability == what))
    }
}

/// What a host says of one model.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Shown {
    /// What it can do; old hosts do not say.
    #[serde(default)]
    pub capabilities: Option<Vec<String>>,
    /// Facts of its file.
    #[serde(default, deserialize_with = "or_default")]
    model_info: BTreeMap<String, Value>,
}

impl Shown {
    /// Tokens that it was trained to read at once.
    pub fn context(&self) -> Option<u64> {
        let family = self.model_info.get("general.architecture")?.as_str()?;
        self.model_info.get(&format!("{family}.context_length"))?.as_u64()
    }
}

/// A model that is loaded, as the host lists it.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Running {
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    size: u64,
    #[serde(default)]
    size_vram: u64,
    #[serde(default)]
    context_length: Option<u64>,
}

/// A model that is there, as the host lists it.
#[derive(Debug, Clone, Default, Deserialize)]
struct Listed {
    #[serde(default)]
    name: String,
    #[serde(default)]
    digest: String,
    #[serde(default)]
    size: u64,
    #[serde(default, deserialize_with = "or_default")]
    details: Details,
    #[serde(default)]
    capabilities: Option<Vec<String>>,
    #[serde(default)]
    remote_host: Option<String>,
    #[serde(default)]
    remote_model: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Details {
    #[serde(default)]
    parameter_size: String,
    #[serde(default)]
    quantization_level: String,
}

#[derive(Deserialize)]
struct Models<T> {
    models: Option<Vec<T>>,
}

/// So many models are asked about at the same time.
const AT_ONCE: usize = 8;

/// So long a model that ran on the host is believed to be the same one.
const BELIEVED: Duration = Duration::from_secs(60);

impl Host {
    /// The host's version; it answers this even while it loads a model.
    pub async fn version(&self) -> Result<String, Error> {
        #[derive(Deserialize)]
        struct Version {
            version: String,
        }
        // A probe is asked again soon enough.
        let call = Call { retries: 0, ..Call::get("api/version") };
        Ok(self.ask::<Version>(&call).await?.version)
    }

    /// All models, by name, with what each can do.
    pub async fn models(&self) -> Result<Vec<Model>, Error> {
        let mut models: Vec<Model> = self.listed().await?.into_iter().map(Model::from).collect();
        // Old hosts cannot say what is loaded, and a list without it is worth having.
        let running =
            self.ask::<Models<Running>>(&Call::get("api/ps")).await.map(|answer| answer.models.unwrap_or_default());
        for running in running.unwrap_or_default() {
            if let Some(model) = models.iter_mut().find(|model| same_model(&model.name, &running.name)) {
                model.loaded = Some(running.into());
            }
        }
        for some in models.chunks_mut(AT_ONCE) {
            let mut asked = JoinSet::new();
            for (i, model) in some.iter().enumerate() {
                let (host, name) = (self.clone(), model.name.clone());
                let digest = model.digest.clone();
                asked.spawn(async move { (i, host.show_known(name, digest).await) });
            }
            while let Some(answer) = asked.join_next().await {
                // One model that cannot be shown is still there.
                let Ok((i, Ok(shown))) = answer else { continue };
                some[i].context = shown.context();
                some[i].capabilities = shown.capabilities.or(some[i].capabilities.take());
            }
        }
        models.sort_by(|a, b| a.name.cmp(&b.name));
        self.remember_local(models.iter().filter(|model| !model.cloud).map(|model| model.name.clone()));
        Ok(models)
    }

    /// What the host says of a model.
    pub async fn show(&self, model: &str) -> Result<Shown, Error> {
        self.ask(&Call::about(Method::POST, "api/show", model)).await
    }

    /// What the host says of a model with this content, asked once.
    async fn show_known(&self, name: String, digest: String) -> Result<Shown, Error> {
        let key = (name, digest);
        let held = || self.inner().shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(shown) = held().get(&key) {
            return Ok(shown.clone());
        }
        let shown = self.show(&key.0).await?;
        // Old hosts name no digest, and then the content may change under the same key.
        if !key.1.is_empty() {
            held().insert(key, shown.clone());
        }
        Ok(shown)
    }

    /// How a model is loaded, if it is.
    pub(crate) async fn loaded(&self, model: &str) -> Result<Option<Loaded>, Error> {
        let call = Call { retries: 0, ..Call::get("api/ps") };
        let running = self.ask::<Models<Running>>(&call).await?.models.unwrap_or_default();
        Ok(running.into_iter().find(|running| same_model(&running.name, model)).map(Loaded::from))
    }

    /// The digest of a model as it is on the host now, if it is there.
    pub(crate) async fn digest(&self, model: &str) -> Result<Option<String>, Error> {
        let listed = self.listed().await?;
        Ok(listed.into_iter().find(|listed| same_model(&listed.name, model)).map(|listed| listed.digest))
    }

    /// Deletes a model.
    pub async fn delete(&self, model: &str) -> Result<(), Error> {
        // When the answer to a deletion is lost, a second one would say that there is no such model.
        let call = Call { retries: 0, ..Call::about(Method::DELETE, "api/delete", model) };
        self.answer(&call).await.map(drop)
    }

    async fn listed(&self) -> Result<Vec<Listed>, Error> {
        Ok(self.ask::<Models<Listed>>(&Call::get("api/tags")).await?.models.unwrap_or_default())
    }

    /// Makes sure that what is sent to a model stays on the host. The name alone does not say it: a local name can stand for
    /// a model of the cloud.
    pub(crate) async fn must_be_local(&self, model: &str) -> Result<(), Error> {
        let inner = self.inner();
        if inner.policy.allow_cloud {
            return Ok(());
        }
        let cloud = || self.error(Failure::Cloud { model: model.to_owned() });
        if is_cloud_name(model) || inner.address.is_cloud() {
            return Err(cloud());
        }
        let known = |local: &std::collections::HashMap<String, Instant>| {
            local.get(model).is_some_and(|since| since.elapsed() < BELIEVED)
        };
        if known(&inner.local.lock().unwrap_or_else(std::sync::PoisonError::into_inner)) {
            return Ok(());
        }
        let listed = self.listed().await?;
        match listed.iter().find(|listed| same_model(&listed.name, model)) {
            Some(listed) if listed.is_cloud() => Err(cloud()),
            // The host says best itself that it does not have it.
            None => Ok(()),
            Some(_) => {
                self.remember_local([model.to_owned()]);
                Ok(())
            }
        }
    }

    /// These models were seen to be on the host itself.
    fn remember_local(&self, models: impl IntoIterator<Item = String>) {
        let mut local = self.inner().local.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        local.extend(models.into_iter().map(|model| (model, Instant::now())));
    }
}

impl From<Running> for Loaded {
    fn from(running: Running) -> Self {
        Self {
            size: running.size,
            on_gpu: running.size_vram,
            context: running.context_length.filter(|tokens| *tokens > 0),
        }
    }
}

impl Listed {
    fn is_cloud(&self) -> bool {
        let named = |field: &Option<String>| field.as_ref().is_some_and(|text| !text.is_empty());
        is_cloud_name(&self.name) || named(&self.remote_host) || named(&self.remote_model)
    }
}

impl From<Listed> for Model {
    fn from(listed: Listed) -> Self {
        let cloud = listed.is_cloud();
        Self {
            name: listed.name,
            digest: listed.digest,
            size: listed.size,
            parameters: listed.details.parameter_size,
            quantization: listed.details.quantization_level,
            capabilities: listed.capabilities,
            context: None,
            loaded: None,
            cloud,
        }
    }
}

/// Whether two names mean the same model: the tag `latest`, the library and the registry go without saying.
pub fn same_model(a: &str, b: &str) -> bool {
    whole(a).eq_ignore_ascii_case(&whole(b))
}

fn whole(name: &str) -> String {
    let name = name.trim();
    let name = name.strip_prefix("registry.ollama.ai/").unwrap_or(name);
    let name = name.strip_prefix("library/").unwrap_or(name);
    if tag(name).is_some() { name.to_owned() } else { format!("{name}:latest") }
}

fn tag(name: &str) -> Option<&str> {
    // A colon before a slash belongs to a registry's port.
    name.rsplit('/').next()?.split_once(':').map(|(_, tag)| tag)
}

/// Whether a name says that the model is in Ollama's cloud.
pub fn is_cloud_name(name: &str) -> bool {
    let name = name.trim().to_ascii_lowercase();
    name.ends_with(":cloud") || name.ends_with("-cloud")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mean_the_same() {
        for (a, b, same) in [
            ("qwen", "qwen:latest", true),
            ("qwen:7b", "qwen:latest", false),
            ("Qwen:7B", "qwen:7b", true),
            ("library/qwen", "registry.ollama.ai/library/qwen:latest", true),
            ("ada/qwen", "qwen", false),
            ("reg:5000/ada/qwen", "reg:5000/ada/qwen:latest", true),
        ] {
            assert_eq!(same_model(a, b), same, "{a} {b}");
        }
    }

    #[test]
    fn cloud_models_are_known_by_name() {
        for name in ["kimi-k2:cloud", "gpt-oss:120b-cloud", "X:CLOUD"] {
            assert!(is_cloud_name(name), "{name}");
        }
        assert!(!is_cloud_name("cloudy:7b"));
    }
}
