//! Asks a model.

use ollama_rs::generation::{chat::request::ChatMessageRequest, completion::request::GenerationRequest};
use serde::Serialize;
use serde_json::Value;

use crate::{
    error::{Error, Failure},
    host::Host,
    piece::Piece,
    stream::Events,
    wire::Call,
};

impl Host {
    /// Asks a model in a conversation and gives back its answer as it comes.
    pub async fn chat(&self, request: &ChatMessageRequest) -> Result<Events<Piece>, Error> {
        self.chat_as(&request.model_name, self.body(request)?, &[]).await
    }

    /// Sends a conversation as it is written here, with something of these files, but never one that may be cut.
    pub(crate) async fn chat_as(&self, model: &str, body: Value, files: &[String]) -> Result<Events<Piece>, Error> {
        self.stream("api/chat", model, body, files).await
    }

    /// Lets a model go on from a text, or fill a gap in it, and gives back what it writes as it comes.
    pub async fn generate(&self, request: &GenerationRequest<'_>) -> Result<Events<Piece>, Error> {
        self.stream("api/generate", &request.model_name, self.body(request)?, &[]).await
    }

    async fn stream(&self, path: &str, model: &str, mut body: Value, files: &[String]) -> Result<Events<Piece>, Error> {
        self.must_be_local(model).await?;
        body["stream"] = true.into();
        // What does not fit is to be refused, never cut without a word.
        body["truncate"] = false.into();
        Events::open(self, &Call { files, ..Call::work(path, model, body) }).await
    }

    /// A request as it stands on the wire.
    pub(crate) fn body(&self, request: &impl Serialize) -> Result<Value, Error> {
        serde_json::to_value(request).map_err(|error| {
            self.error(Failure::Rejected { message: format!("it cannot be written as JSON: {error}") })
        })
    }
}
