//! One file a feature: from the protocol to the handler that does it and back. What a feature needs besides its file: a
//! method in `super::backend`, a line here that announces it, and for a custom method one in `super::service`.

use super::proto::ServerCapabilities;

/// Adds what the features can do.
pub(super) fn announce(_capabilities: &mut ServerCapabilities) {}
