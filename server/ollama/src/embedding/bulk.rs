//! Texts to vectors.

use ollama_rs::generation::embeddings::request::{EmbeddingsInput, GenerateEmbeddingsRequest};
use tokio::sync::mpsc;

use crate::{
    error::Error,
    pool::{Pool, Role},
};

use super::{EmbedError, EmbedModel, Passage, TemplateOptions, Templates, Vector};

impl Pool {
    pub(super) async fn probe_model(
        &self,
        wanted: Option<&str>,
        templates: &TemplateOptions,
    ) -> Result<EmbedModel, Error> {
        let chosen = self.choose(Role::Embed, wanted).await?;
        let templates = Templates::of(&chosen.model.name, templates);
        let request = GenerateEmbeddingsRequest::new(
            chosen.model.name.clone(),
            EmbeddingsInput::Multiple(vec![templates.document("fn main() {}")]),
        );
        let embedded = chosen.host.embed(&request).await?;
        let dimension = embedded.vectors.first().map_or(0, Vec::len);
        let why = chosen.why;
        Ok(EmbedModel { model: chosen.model.name, digest: chosen.model.digest, dimension, templates, why })
    }

    pub(super) async fn query(&self, model: &EmbedModel, question: &str) -> Result<Vec<f32>, EmbedError> {
        let mut vectors = self.send_texts(model, vec![model.templates.query(question)]).await?;
        Ok(vectors.pop().unwrap_or_default())
    }

    pub(super) async fn documents(&self, model: &EmbedModel, texts: &[Passage]) -> Result<Vec<Vector>, EmbedError> {
        let texts = texts.iter().map(|passage| model.templates.document(&passage.text)).collect();
        Ok(self.send_texts(model, texts).await?.into_iter().map(Ok).collect())
    }

    async fn send_texts(&self, model: &EmbedModel, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EmbedError> {
        let chosen = self.choose(Role::Embed, Some(&model.model)).await?;
        let request = GenerateEmbeddingsRequest::new(model.model.clone(), EmbeddingsInput::Multiple(texts));
        Ok(chosen.host.embed(&request).await?.vectors)
    }

    /// Makes vectors of all texts that come, and hands each over with its key in any order. Keeps every host that has the
    /// model busy: the next batch is on its way while the former is taken over. Hosts that are down are waited for. Ends when
    /// no more texts come and all are done, or with an error that waiting does not mend; dropping it stops the hosts. What was
    /// not handed over has to be asked for again.
    pub async fn embed_all<K: Send + 'static>(
        &self,
        model: &EmbedModel,
        mut texts: mpsc::Receiver<(K, Passage)>,
        vectors: mpsc::Sender<(K, Vector)>,
    ) -> Result<(), EmbedError> {
        let mut keys = Vec::new();
        let mut batch = Vec::new();
        loop {
            let next = texts.recv().await;
            let ended = next.is_none();
            if let Some((key, passage)) = next {
                keys.push(key);
                batch.push(passage);
            }
            if batch.len() >= 16 || ended {
                let made = self.documents(model, &batch).await?;
                batch.clear();
                for (key, vector) in keys.drain(..).zip(made) {
                    if vectors.send((key, vector)).await.is_err() {
                        return Ok(());
                    }
                }
            }
            if ended {
                return Ok(());
            }
        }
    }
}
