//! The request that a handler is working on, as far as the transport knows it: its name for the log, and the token that
//! fires when nobody waits for the answer any more.

use std::future::Future;

use tokio_util::sync::CancellationToken;

/// A request, or a notification, that is being worked on.
#[derive(Debug, Clone, Default)]
pub(super) struct Current {
    /// The client's id of it; empty for a notification.
    pub(super) id: String,
    /// The method.
    pub(super) method: String,
    /// Fires when it is cancelled, answered, or the client is gone.
    pub(super) token: CancellationToken,
}

tokio::task_local! {
    static CURRENT: Current;
}

/// Makes `current` known to whatever `work` calls.
pub(super) fn scope<F: Future>(current: Current, work: F) -> impl Future<Output = F::Output> {
    CURRENT.scope(current, work)
}

/// What is being worked on; nothing in particular outside of handlers.
pub(super) fn get() -> Current {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}
