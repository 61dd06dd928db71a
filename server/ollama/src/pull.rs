//! Fetching a model onto a host.

use std::collections::BTreeMap;

use reqwest::Method;
use serde::Deserialize;

use crate::{
    error::{Error, Failure},
    host::Host,
    models::is_cloud_name,
    stream::{Event, Events},
    wire::{Call, Worker},
};

/// A step of fetching a model.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct PullEvent {
    /// What the host does.
    #[serde(default)]
    pub status: String,
    /// The layer that it fetches.
    #[serde(default)]
    pub digest: Option<String>,
    /// The layer's bytes.
    #[serde(default)]
    pub total: Option<u64>,
    /// Those that the host has.
    #[serde(default)]
    pub completed: Option<u64>,
}

impl Event for PullEvent {
    fn is_last(&self) -> bool {
        self.status == "success"
    }
}

/// How far a model is fetched: its layers come in any order and at the same time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fetched(BTreeMap<String, (u64, u64)>);

impl Fetched {
    /// Takes notice of a step.
    pub fn add(&mut self, event: &PullEvent) {
        let Some(digest) = &event.digest else { return };
        let (completed, total) = self.0.entry(digest.clone()).or_default();
        *total = event.total.unwrap_or(*total);
        *completed = event.completed.unwrap_or(*completed);
    }

    /// Bytes that are there.
    pub fn completed(&self) -> u64 {
        self.0.values().map(|(completed, _)| completed).sum()
    }

    /// Bytes of all layers that are known so far.
    pub fn total(&self) -> u64 {
        self.0.values().map(|(_, total)| total).sum()
    }
}

impl Host {
    /// Fetches a model. Dropping the events stops it; the next time it goes on from there.
    pub async fn pull(&self, model: &str) -> Result<Events<PullEvent>, Error> {
        if is_cloud_name(model) && !self.inner().policy.allow_cloud {
            return Err(self.error(Failure::Cloud { model: model.to_owned() }));
        }
        let mut call = Call::about(Method::POST, "api/pull", model);
        // Checking a large model on a slow disk takes minutes without a word.
        call.worker = Worker::Registry;
        if let Some(body) = &mut call.body {
            body["stream"] = true.into();
        }
        Events::open(self, &call).await
    }
}
