//! What a request works on: everything as it was when the request came, and the translation between the client's names and
//! positions and ours.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::anyhow;
use codecompass_ollama::pool::{HostState, Pool};
use tokio_util::sync::CancellationToken;

use super::{
    client::ClientFlags,
    documents::Documents,
    features::chat::Running,
    outbox::Outbox,
    places::Places,
    positions::Encoding,
    progress::Desk,
    proto::{Uri, jsonrpc::Error},
    uri,
};
use crate::{
    config::load::Config,
    handlers::outlines::Outlines,
    hosts::Pools,
    live::View,
    session::Snapshot,
    usage::{Row, Usage},
};

/// What a request works on. Immutable and cheap to clone.
#[derive(Clone)]
pub struct Scene {
    /// Folders, open files, settings.
    pub session: Snapshot,
    /// The open documents, those that are no files too.
    pub documents: Documents,
    /// The folders' names.
    pub places: Arc<Places>,
    /// What the client can do.
    pub client: Arc<ClientFlags>,
    /// What the client counts in a line.
    pub encoding: Encoding,
    /// The way to the client for everything that is no answer.
    pub outbox: Outbox,
    /// Begins progress.
    pub progress: Desk,
    /// The folder of all indexes and answers.
    pub cache: Arc<Path>,
    /// The model hosts.
    pub pools: Arc<Pools>,
    /// The configuration that holds for all folders, that of hosts and models among it; no project takes part in it, except
    /// that its mistakes are there too.
    pub config: Arc<Config>,
    /// What is wrong with the configuration, a sentence each.
    pub mistakes: Arc<[String]>,
    /// Outlines of the texts asked about last.
    pub outlines: Arc<Outlines>,
    /// The answers that are being written.
    pub running: Arc<Running>,
    /// Where conversations are kept, if anywhere.
    pub state: Option<Arc<Path>>,
    /// Everything as it is later, when it is called.
    pub later: Later,
}

/// Everything as it is when this is called; `None` when the session is over.
#[derive(Clone)]
pub struct Later(pub(super) std::sync::Weak<std::sync::Mutex<super::workspace::Workspace>>);

impl Later {
    /// Everything as it is now.
    pub fn scene(&self) -> Option<Scene> {
        Some(super::backend::lock(&*self.0.upgrade()?).scene())
    }
}

impl Scene {
    /// The model hosts, ready to be asked. Blocks the first time, and then tells the user who else may read what is sent.
    pub fn pool(&self) -> Pool {
        self.pools.of(&self.config.settings)
    }

    /// How the model hosts are, as far as it is known: opens nothing.
    pub fn hosts(&self) -> Vec<HostState> {
        self.pools.states(&self.config.settings)
    }

    /// What models were asked today: a small file is read.
    pub fn used_today(&self) -> Vec<Row> {
        self.state.as_ref().map(|state| Usage::of(state).last(1)).unwrap_or_default()
    }

    /// Waits for hosts, as long as somebody waits for the answer. For threads that may wait.
    pub fn wait<T>(&self, token: &CancellationToken, work: impl Future<Output = T>) -> anyhow::Result<T> {
        let waited = self.pools.block_on(async {
            tokio::select! {
                biased;
                () = token.cancelled() => Err(Error::request_cancelled().into()),
                done = work => Ok(done),
            }
        });
        waited.unwrap_or_else(|| Err(anyhow!("no threads to ask a host with; end some programs")))
    }

    /// The real path of a file that the client names; `None` for what is no file.
    pub fn path(&self, uri: &Uri) -> Option<PathBuf> {
        Some(self.places.inward(uri::to_path(uri)?))
    }

    /// The folder that a file belongs to, and the file's key there.
    pub fn find(&self, uri: &Uri) -> Option<(&View, String)> {
        self.session.view_of(&self.path(uri)?)
    }

    /// The client's name of a file.
    pub fn uri(&self, path: &Path) -> Option<Uri> {
        uri::from_path(&self.places.outward(path))
    }

    /// All folders, this one first.
    pub fn views_from<'s>(&'s self, first: &'s View) -> Vec<&'s View> {
        let others = self.session.views.iter().filter(|view| view.root != first.root);
        std::iter::once(first).chain(others).collect()
    }

    /// What a search found out about files that are not what the index holds: they are looked at again.
    pub fn suspect(&self, stale: &[PathBuf]) {
        for path in stale {
            if let Some((view, key)) = self.session.view_of(path) {
                self.session.suspect(&view.root, vec![key]);
            }
        }
    }

    /// The client's name of a file in a folder.
    pub fn uri_of(&self, view: &View, key: &str) -> Option<Uri> {
        self.uri(&view.root.join(crate::workspace::key::path_of(key)))
    }

    /// The text of a document as it is now: in the editor if it is open there, else on disk, if it belongs to a folder.
    pub fn text(&self, uri: &Uri) -> Option<Arc<str>> {
        if let Some(document) = self.documents.get(uri) {
            return Some(Arc::clone(&document.text));
        }
        let (view, key) = self.find(uri)?;
        view.text(&key)
    }
}
