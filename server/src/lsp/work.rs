//! The work of requests: off the loop, a few at a time, with an end when nobody waits for it any more. Whatever happens in
//! it, the server lives on.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::{
    current,
    proto::{
        ErrorCode,
        jsonrpc::{Error, Result},
    },
    transport::said,
};

/// The code of a request that failed for a reason that the user can do something about.
const REQUEST_FAILED: ErrorCode = ErrorCode::ServerError(-32803);

/// Where requests are worked on.
#[derive(Clone)]
pub struct Work(Arc<Semaphore>);

/// So many requests are worked on at once: one a core, and two more for those that wait for the disk.
pub fn places() -> usize {
    thread::available_parallelism().map_or(1, usize::from) + 2
}

impl Default for Work {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(places())))
    }
}

impl Work {
    /// Runs `work` for the request that is being handled. Its token fires when the request is cancelled or the client is
    /// gone; `work` looks at it from time to time.
    pub fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&CancellationToken) -> anyhow::Result<T> + Send + 'static,
    ) -> impl Future<Output = Result<T>> + Send + 'static {
        let current = current::get();
        let places = Arc::clone(&self.0);
        async move {
            let token = current.token.clone();
            let permit = tokio::select! {
                biased;
                () = token.cancelled() => return Err(Error::request_cancelled()),
                permit = places.acquire_owned() => permit.map_err(|_| Error::internal_error())?,
            };
            let done = tokio::task::spawn_blocking(move || {
                // It is a place of its own until the work has really ended.
                let _permit = permit;
                let _span = tracing::info_span!("request", id = current.id, method = current.method).entered();
                if current.token.is_cancelled() {
                    return Err(Error::request_cancelled());
                }
                let result = catch_unwind(AssertUnwindSafe(|| work(&current.token)));
                if current.token.is_cancelled() {
                    return Err(Error::request_cancelled());
                }
                match result {
                    Ok(result) => result.map_err(|error| failure(&current.method, error)),
                    Err(panic) => {
                        tracing::error!("it failed: {}; this is a bug", said(&*panic));
                        let message = format!("`{}` failed, which is a bug: {}", current.method, said(&*panic));
                        Err(Error { code: ErrorCode::InternalError, message: message.into(), data: None })
                    }
                }
            });
            done.await.unwrap_or_else(|_| Err(Error::request_cancelled()))
        }
    }
}

/// The answer to a request that failed. An error of the protocol stays what it is.
pub(super) fn failure(method: &str, error: anyhow::Error) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => error,
        Err(error) => {
            tracing::warn!("`{method}` failed: {error:#}");
            Error { code: REQUEST_FAILED, message: format!("{error:#}").into(), data: None }
        }
    }
}
