//! What has to be known of a model to ask it again, kept beside the vectors that it made.

use codecompass_index::hosted::Home;
use codecompass_ollama::embedding::{EmbedModel, Templates};
use serde::{Deserialize, Serialize};

use super::state::UNKNOWN;
use crate::config::settings::EmbeddingSettings;

/// A model as it is noted beside its vectors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// By which its vectors are known.
    pub embedder: String,
    /// Its name.
    pub model: String,
    digest: String,
    dimension: usize,
    query: String,
    document: String,
}

impl About {
    /// A model as a host has it.
    pub fn of(model: &EmbedModel) -> Self {
        Self {
            embedder: model.id(),
            model: model.model.clone(),
            digest: model.digest.clone(),
            dimension: model.dimension,
            query: model.templates.query.clone(),
            document: model.templates.document.clone(),
        }
    }

    /// The model whose vectors answer.
    pub fn current(home: &Home) -> Option<Self> {
        serde_json::from_str(&home.current()?).ok()
    }

    /// The model that was last found to be the configured one.
    fn wanted(home: &Home) -> Option<Self> {
        serde_json::from_str(&home.wanted()?).ok()
    }

    /// What the configured embedder is called: as it was noted last if that may be it, else by the model's name.
    pub fn configured(home: &Home, settings: &EmbeddingSettings) -> String {
        let noted = Self::noted(home, settings).map(|about| about.embedder);
        let named = || if settings.model.is_empty() { UNKNOWN.to_owned() } else { settings.model.clone() };
        noted.unwrap_or_else(named)
    }

    /// The configured model, if one is noted that it may be.
    pub fn noted(home: &Home, settings: &EmbeddingSettings) -> Option<Self> {
        let noted = [Self::wanted(home), Self::current(home)];
        noted.into_iter().flatten().find(|about| about.may_be(settings))
    }

    /// As it is noted.
    pub fn text(&self) -> String {
        // Texts and a number can always be written.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// The model, to ask it again.
    pub fn model(&self) -> EmbedModel {
        EmbedModel {
            model: self.model.clone(),
            digest: self.digest.clone(),
            dimension: self.dimension,
            templates: Templates { query: self.query.clone(), document: self.document.clone() },
            why: String::new(),
        }
    }

    /// Whether the settings may mean this model: for an index that is only looked at, no host is asked.
    fn may_be(&self, settings: &EmbeddingSettings) -> bool {
        let named = |name: &str| name.strip_suffix(":latest").unwrap_or(name).to_owned();
        (settings.model.is_empty() || named(&settings.model) == named(&self.model))
            && (settings.document_template.is_empty() || settings.document_template == self.document)
    }
}
