//! Vectors from hosts: one model that is the same everywhere, texts in the form that it was trained on, and batches that keep
//! every host busy.

mod bulk;
mod pace;
mod parts;
mod places;
mod request;
mod templates;

use crate::{error::Error, pool::Pool};

pub use templates::{TemplateOptions, Templates};

/// A model that makes vectors. Vectors of different ids must never be compared with each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbedModel {
    /// Its name.
    pub model: String,
    /// By which the same name with other content is told apart; hosts that have another one are not asked.
    pub digest: String,
    /// Components of a vector.
    pub dimension: usize,
    /// In which form texts are sent.
    pub templates: Templates,
    /// Which model on which host was chosen and why, as a sentence for the user.
    pub why: String,
}

/// A text of which a vector is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Passage {
    /// The text.
    pub text: String,
    /// The file that it is from, for the audit log; it is not sent. May be empty.
    pub file: String,
}

/// Why one text has no vector. All others have theirs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TextError {
    /// What the host says of it.
    pub message: String,
}

/// Why there are no vectors at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmbedError {
    /// No host can do it now.
    #[error(transparent)]
    Host(#[from] Error),
    /// The model is another one than it was: its vectors cannot be compared with those that were made before.
    #[error(
        "model `{model}` on {host} is not the one that the index was made with: {what}; the index has to be made anew"
    )]
    Changed {
        /// The model.
        model: String,
        /// The host.
        host: String,
        /// What differs.
        what: String,
    },
}

/// What became of one text.
pub type Vector = Result<Vec<f32>, TextError>;

impl EmbedModel {
    /// By which vectors are kept: model, content, dimension and the form of the texts.
    pub fn id(&self) -> String {
        let digest = self.digest.strip_prefix("sha256:").unwrap_or(&self.digest);
        let digest: String = digest.chars().take(16).collect();
        format!("{}@{digest}/{}/{}", self.model, self.dimension, self.templates.version())
    }
}

impl From<String> for Passage {
    fn from(text: String) -> Self {
        Self { text, file: String::new() }
    }
}

impl From<&str> for Passage {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl Pool {
    /// Chooses the model for vectors and measures its dimension by one text.
    pub async fn embed_model(&self, wanted: Option<&str>, templates: &TemplateOptions) -> Result<EmbedModel, Error> {
        self.measure(wanted, templates).await
    }

    /// The vector of a question. Goes before texts that are only indexed.
    pub async fn embed_query(&self, model: &EmbedModel, question: &str) -> Result<Vec<f32>, EmbedError> {
        self.query(model, question).await
    }

    /// The vectors of texts, in their order. Spreads them over all hosts that have the model. What is too long for the model
    /// is embedded in parts, whose mean it gets.
    pub async fn embed_documents(&self, model: &EmbedModel, texts: &[Passage]) -> Result<Vec<Vector>, EmbedError> {
        self.documents(model, texts).await
    }
}
