//! Vectors.

use ollama_rs::generation::embeddings::request::{EmbeddingsInput, GenerateEmbeddingsRequest};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    classify::snippet,
    error::{Error, Failure},
    host::Host,
    wire::Call,
};

/// The vectors of some texts, in their order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Embedded {
    /// One for each text, all of the same length.
    pub vectors: Vec<Vec<f32>>,
    /// Tokens of all texts, if the host says so.
    pub tokens: Option<u64>,
}

#[derive(Deserialize)]
struct Answer {
    // What is not a number comes as `null`.
    embeddings: Vec<Vec<Option<f32>>>,
    #[serde(default)]
    prompt_eval_count: Option<u64>,
}

impl Host {
    /// Makes the vectors of some texts. A text that does not fit is refused, never cut; one bad text fails all of them.
    pub async fn embed(&self, request: &GenerateEmbeddingsRequest) -> Result<Embedded, Error> {
        let model = &request.model_name;
        let texts = match &request.input {
            EmbeddingsInput::Single(_) => 1,
            EmbeddingsInput::Multiple(texts) => texts.len(),
        };
        if texts == 0 {
            return Ok(Embedded::default());
        }
        let answer = self.embed_as(model, self.body(request)?, &[]).await?;
        let answer = read(&answer).map_err(|failure| self.error(failure))?;
        let tokens = answer.prompt_eval_count;
        let vectors = checked(answer, texts).map_err(|what| {
            let message = format!("model `{model}` gave {what}");
            self.error(Failure::Server { status: 200, message })
        })?;
        Ok(Embedded { vectors, tokens })
    }

    /// Sends texts of these files as they are written here, but never ones that may be cut, and gives back the answer as it
    /// came.
    pub(crate) async fn embed_as(&self, model: &str, mut body: Value, files: &[String]) -> Result<Vec<u8>, Error> {
        self.must_be_local(model).await?;
        body["truncate"] = false.into();
        Ok(self.answer(&Call { files, ..Call::work("api/embed", model, body) }).await?.1)
    }
}

fn read(body: &[u8]) -> Result<Answer, Failure> {
    serde_json::from_slice(body).map_err(|_| Failure::Proxy { status: 200, snippet: snippet(body) })
}

fn checked(answer: Answer, texts: usize) -> Result<Vec<Vec<f32>>, String> {
    let came = answer.embeddings.len();
    if came != texts {
        return Err(format!("{came} vectors for {texts} texts"));
    }
    let vectors: Option<Vec<Vec<f32>>> =
        answer.embeddings.into_iter().map(|vector| vector.into_iter().collect()).collect();
    let vectors = vectors.ok_or("a vector with something that is not a number")?;
    if vectors.iter().flatten().any(|number| !number.is_finite()) {
        return Err("a vector with something that is not a number".to_owned());
    }
    let length = vectors.first().map_or(0, Vec::len);
    if length == 0 || vectors.iter().any(|vector| vector.len() != length) {
        return Err("vectors of different lengths, or empty ones".to_owned());
    }
    Ok(vectors)
}
