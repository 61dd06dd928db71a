//! Sends one call and waits for the beginning of its answer: deadlines, retries, refusals.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use bytes::Bytes;
use reqwest::{Method, Response, header::RETRY_AFTER};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::{
    address::is_loopback,
    audit::Record,
    classify::{Refusal, classify, snippet},
    error::{Error, Failure},
    host::Host,
    models::{Running, same_model},
    offline::was_refused,
};

/// One call of an endpoint.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) body: Option<Value>,
    /// The model that has to work for it; `None` when the host can answer by itself.
    pub(crate) model: Option<&'a str>,
    pub(crate) worker: Worker,
    /// The files of which something is sent.
    pub(crate) files: &'a [String],
    /// How often a passing failure is tried again.
    pub(crate) retries: u32,
}

/// Who does the work of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Worker {
    /// The host itself, at once.
    Host,
    /// A model, which may have to be loaded first.
    Model,
    /// A registry somewhere, and then the disk: both may be slow.
    Registry,
}

/// How often a passing failure is tried again before the first event.
pub(crate) const RETRIES: u32 = 2;

/// No refusal needs more to be understood.
const LONGEST_REFUSAL: usize = 64 << 10;

/// No answer of a host that is not streamed is longer: 4096 numbers for each of 64 texts take 6 MB.
const LONGEST_ANSWER: usize = 256 << 20;

/// A host that names a longer time is not waited for.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(10);

impl Host {
    /// Sends a call and gives back the answer once it begins and promises success.
    pub(crate) async fn send(&self, call: &Call<'_>) -> Result<(Response, Record), Error> {
        let inner = self.inner();
        if inner.policy.offline && inner.address.ip().is_some_and(|ip| !is_loopback(ip)) {
            return Err(self.error(Failure::Offline));
        }
        let body = call.body.as_ref().map(|body| Bytes::from(body.to_string()));
        tracing::debug!(host = %inner.address, path = call.path, model = call.model, files = call.files.len(), "asking");
        let mut tries = 0;
        loop {
            let failure = match self.send_once(call, body.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            if tries >= call.retries || !failure.is_passing() {
                return Err(self.error(failure));
            }
            tries += 1;
            sleep(pause(inner.timers.retry, tries, &failure)).await;
            tracing::info!(host = %inner.address, path = call.path, tries, ?failure, "asking again");
        }
    }

    async fn send_once(&self, call: &Call<'_>, body: Option<Bytes>) -> Result<(Response, Record), Failure> {
        let sent = body.as_ref().map_or(0, Bytes::len);
        let mut record = Record::begin(self, call, sent)?;
        match self.answered(call, body, &mut record).await {
            Ok(response) => Ok((response, record)),
            Err(failure) => {
                record.end(Some(&failure));
                Err(failure)
            }
        }
    }

    async fn answered(&self, call: &Call<'_>, body: Option<Bytes>, record: &mut Record) -> Result<Response, Failure> {
        let inner = self.inner();
        let mut request = inner.client.request(call.method.clone(), inner.address.endpoint(call.path));
        let sent = body.as_ref().map_or(0, Bytes::len);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let began = Instant::now();
        let response = match call.worker {
            Worker::Host => {
                timeout(inner.timers.answer, request.send()).await.map_err(|_| silent(began, "an answer"))?
            }
            Worker::Registry => {
                timeout(inner.timers.loading, request.send()).await.map_err(|_| silent(began, "the registry"))?
            }
            Worker::Model => self.first(call.model.unwrap_or_default(), sent, began, request.send()).await?,
        };
        let response = response.map_err(transport)?;
        let status = response.status();
        record.answered(status.as_u16());
        if status.is_success() {
            return Ok(response);
        }
        let retry_after = response.headers().get(RETRY_AFTER);
        let retry_after =
            retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok()).map(Duration::from_secs);
        let body = read_beginning(response, inner.timers.answer).await;
        record.received(body.len());
        Err(classify(&Refusal {
            status: status.as_u16(),
            retry_after,
            body: &body,
            path: call.path,
            model: call.model,
        }))
    }

    /// Waits for the first sign of life of a model that has `sent` bytes to read: longer when the host says that it still has
    /// to be loaded.
    pub(crate) async fn first<T>(
        &self,
        model: &str,
        sent: usize,
        began: Instant,
        coming: impl Future<Output = T>,
    ) -> Result<T, Failure> {
        let timers = self.inner().timers;
        tokio::pin!(coming);
        if let Ok(came) = timeout_at(began + timers.first_after(sent), &mut coming).await {
            return Ok(came);
        }
        // Asked only now, so that the usual case costs nothing. The answer may well come while we ask.
        let loaded = tokio::select! {
            biased;
            came = &mut coming => return Ok(came),
            loaded = self.is_loaded(model) => loaded,
        };
        if loaded {
            return Err(silent(began, "the first token"));
        }
        timeout_at(began + timers.loading.max(timers.first_event), coming)
            .await
            .map_err(|_| silent(began, "the model to load"))
    }

    /// Whether the host says that the model is loaded.
    async fn is_loaded(&self, model: &str) -> bool {
        #[derive(serde::Deserialize)]
        struct Loaded {
            #[serde(default)]
            models: Vec<Running>,
        }
        let inner = self.inner();
        let asked = async {
            let mut record = Record::begin(self, &Call::get("api/ps"), 0).ok()?;
            let response = inner.client.get(inner.address.endpoint("api/ps")).send().await.ok()?;
            record.answered(response.status().as_u16());
            let body = read_beginning(response, inner.timers.answer).await;
            record.received(body.len());
            record.end(None);
            serde_json::from_slice::<Loaded>(&body).ok()
        };
        let Ok(Some(loaded)) = timeout(inner.timers.connect, asked).await else { return false };
        loaded.models.iter().any(|running| same_model(&running.name, model))
    }

    /// Sends a call and reads its whole answer.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<T, Error> {
        let (status, body) = self.answer(call).await?;
        serde_json::from_slice(&body).map_err(|_| self.error(Failure::Proxy { status, snippet: snippet(&body) }))
    }

    /// Sends a call and gives back the status and the whole body.
    pub(crate) async fn answer(&self, call: &Call<'_>) -> Result<(u16, Vec<u8>), Error> {
        let (response, mut record) = self.send(call).await?;
        let status = response.status().as_u16();
        let body = self.read_all(response, status, &mut record).await;
        record.end(body.as_ref().err());
        Ok((status, body.map_err(|failure| self.error(failure))?))
    }

    async fn read_all(&self, mut response: Response, status: u16, record: &mut Record) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        loop {
            let began = Instant::now();
            let chunk = timeout(self.inner().timers.between, response.chunk())
                .await
                .map_err(|_| silent(began, "the rest of the answer"))?;
            let Some(chunk) = chunk.map_err(transport)? else { return Ok(body) };
            record.received(chunk.len());
            if body.len() + chunk.len() > LONGEST_ANSWER {
                return Err(Failure::Proxy { status, snippet: snippet(&body) });
            }
            body.extend_from_slice(&chunk);
        }
    }
}

impl<'a> Call<'a> {
    /// A call that the host answers by itself.
    pub(crate) fn get(path: &'a str) -> Self {
        Self { method: Method::GET, path, body: None, model: None, worker: Worker::Host, files: &[], retries: RETRIES }
    }

    /// A question about a model.
    pub(crate) fn about(method: Method, path: &'a str, model: &'a str) -> Self {
        // Old hosts read `name`, new ones `model`.
        let body = Some(json!({"model": model, "name": model}));
        Self { method, path, body, model: Some(model), worker: Worker::Host, files: &[], retries: RETRIES }
    }

    /// Work for a model.
    pub(crate) fn work(path: &'a str, model: &'a str, body: Value) -> Self {
        Self {
            method: Method::POST,
            path,
            body: Some(body),
            model: Some(model),
            worker: Worker::Model,
            files: &[],
            retries: RETRIES,
        }
    }
}

pub(crate) fn silent(began: Instant, what: &'static str) -> Failure {
    Failure::Silent { waited: began.elapsed(), what }
}

/// Why there is no connection any more, or was none, without the address, which stands in front anyway.
pub(crate) fn transport(error: reqwest::Error) -> Failure {
    if was_refused(&error) {
        return Failure::Offline;
    }
    let connecting = error.is_connect();
    if error.is_timeout() {
        return Failure::Transport { connecting, reason: "no connection in time".to_owned() };
    }
    let error = error.without_url();
    // The last cause is the one that says something: "connection refused", "certificate has expired".
    let mut reason = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        reason = error.to_string();
        cause = error.source();
    }
    Failure::Transport { connecting, reason }
}

/// As much of the body as comes in time and is not too long.
async fn read_beginning(mut response: Response, patience: Duration) -> Vec<u8> {
    let deadline = Instant::now() + patience;
    let mut body = Vec::new();
    while body.len() < LONGEST_REFUSAL
        && let Ok(Ok(Some(chunk))) = timeout_at(deadline, response.chunk()).await
    {
        body.extend_from_slice(&chunk);
    }
    body
}

/// How long to wait before a call is tried again: longer each time, and not all callers at the same moment.
fn pause(first: Duration, tries: u32, failure: &Failure) -> Duration {
    if let Failure::Busy { retry_after: Some(named) } | Failure::Limited { retry_after: Some(named) } = failure {
        return (*named).min(LONGEST_RETRY_AFTER);
    }
    let longest = first * 2_u32.pow(tries - 1);
    // A hasher with fresh keys is as random as jitter has to be.
    let share = (RandomState::new().hash_one(tries) % 1000) as f64 / 1000.0;
    longest.mul_f64(0.5 + share / 2.0)
}
