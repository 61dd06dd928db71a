//! A resolver for when nothing may leave this machine: it knows `localhost` only, so that no connection to another machine
//! can be opened. Other names are not even looked up, because the question would leave the machine too.

use std::{fmt, net::SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::is_loopback;

/// Resolves `localhost`, and to loopback only.
pub(crate) struct LoopbackOnly;

/// A name stands for another machine.
#[derive(Debug)]
pub(crate) struct Elsewhere;

impl fmt::Display for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is not on this machine")
    }
}

impl std::error::Error for Elsewhere {}

impl Resolve for LoopbackOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            if name.as_str() != "localhost" && !name.as_str().ends_with(".localhost") {
                return Err(Elsewhere.into());
            }
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.filter(|found| is_loopback(found.ip())).collect();
            if found.is_empty() {
                return Err(Elsewhere.into());
            }
            let found: Addrs = Box::new(found.into_iter());
            Ok(found)
        })
    }
}

/// Whether a connection was refused by [`LoopbackOnly`].
pub(crate) fn was_refused(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<Elsewhere>() {
            return true;
        }
        cause = error.source();
    }
    false
}
