//! Tells the client how the index is, by itself: as progress while files are indexed, as `codecompass/status` to clients that
//! know it, and asks it to watch files when we cannot.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use rustc_hash::FxHashMap;
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    backend::lock,
    ext::StatusNotification,
    outbox::{INTERVAL, Outbox},
    progress::Progress,
    register,
    scene::Scene,
    workspace::Workspace,
};
use crate::{
    embedding,
    handlers::report::{self, Report},
    live::{
        Changed, Event, View,
        state::{Phase, WatcherMode},
    },
};

/// Indexing fewer files is over before anybody could read of it.
const WORTH_SHOWING: u64 = 20;

/// Rings when something is another one than before.
#[derive(Default)]
pub(super) struct Bell {
    rung: Notify,
    settings: AtomicBool,
}

impl Bell {
    pub(super) fn ring(&self, changed: Changed) {
        if changed == Changed::ProjectSettings {
            self.settings.store(true, Ordering::Release);
        }
        self.rung.notify_one();
    }
}

/// What the client was told.
struct Pulse {
    workspace: Weak<Mutex<Workspace>>,
    outbox: Outbox,
    /// By folder, with what ends the wait for its cancellation.
    progress: FxHashMap<Arc<Path>, (Progress, DropGuard)>,
    /// The same for vectors of a host's model.
    filling: FxHashMap<Arc<Path>, (Progress, DropGuard)>,
    status: Option<Report>,
    /// Of each folder: whether it has code lenses, and the generation that they count in.
    lenses: Vec<(Arc<Path>, Option<u64>)>,
    watches: bool,
}

/// Tells the client whenever `bell` rings, until the workspace is gone.
pub(super) fn start(workspace: &Arc<Mutex<Workspace>>, outbox: &Outbox, bell: Arc<Bell>) {
    let mut pulse = Pulse {
        workspace: Arc::downgrade(workspace),
        outbox: outbox.clone(),
        progress: FxHashMap::default(),
        filling: FxHashMap::default(),
        status: None,
        lenses: Vec::new(),
        watches: false,
    };
    outbox.spawn(async move {
        loop {
            let Some(workspace) = pulse.workspace.upgrade() else { return };
            if bell.settings.swap(false, Ordering::AcqRel) {
                lock(&workspace).configure_again();
            }
            let scene = lock(&workspace).scene();
            drop(workspace);
            // Counting takes milliseconds in a large folder.
            pulse = match tokio::task::spawn_blocking(move || {
                pulse.tell(&scene);
                pulse
            })
            .await
            {
                Ok(pulse) => pulse,
                Err(error) => return tracing::error!(%error, "the client hears nothing of the index any more"),
            };
            tokio::time::sleep(INTERVAL).await;
            bell.rung.notified().await;
        }
    });
}

impl Pulse {
    fn tell(&mut self, scene: &Scene) {
        for view in &scene.session.views {
            self.show(view, scene);
            self.show_filling(view, scene);
            self.ask_to_watch(view, scene);
        }
        let here = |root: &Arc<Path>| scene.session.views.iter().any(|view| view.root == *root);
        self.progress.retain(|root, _| here(root));
        self.filling.retain(|root, _| here(root));
        self.refresh_lenses(scene);
        if scene.client.codecompass {
            let report = report::report(&scene.session.views, scene.hosts(), scene.used_today());
            if self.status.as_ref().is_none_or(|told| !told.says_the_same(&report)) {
                self.outbox.latest::<StatusNotification>("status", report.clone());
                self.status = Some(report);
            }
        }
    }

    fn show(&mut self, view: &View, scene: &Scene) {
        let state = &view.state;
        let at_work = match state.phase {
            Phase::Indexing => state.total >= WORTH_SHOWING,
            Phase::Following => true,
            _ => false,
        };
        if !at_work {
            if let Some((progress, _)) = self.progress.remove(&view.root) {
                progress.end(match state.phase {
                    Phase::Paused => "paused",
                    Phase::Failed => "failed",
                    _ if state.stopped => "cancelled",
                    _ => "done",
                });
            }
            return;
        }
        if !self.progress.contains_key(&view.root) {
            let begun = self.begin(view, scene, "Indexing", || Event::Cancel);
            self.progress.insert(Arc::clone(&view.root), begun);
        }
        let Some((progress, _)) = self.progress.get(&view.root) else { return };
        let (message, share) = match (state.phase, &state.slow_file) {
            (Phase::Following, _) => ("another program is indexing this folder".to_owned(), None),
            (_, Some(slow)) => (format!("{slow} takes long"), percentage(state.done, state.total)),
            _ => (format!("{} of {} files", state.done, state.total), percentage(state.done, state.total)),
        };
        progress.report(message, share);
    }

    /// How far the vectors of a host's model are.
    fn show_filling(&mut self, view: &View, scene: &Scene) {
        let state = &view.embedding.state;
        let begun = self.filling.contains_key(&view.root);
        let left = state.total.saturating_sub(state.done);
        let at_work = match state.phase {
            embedding::Phase::Filling | embedding::Phase::Following => begun || left >= WORTH_SHOWING,
            // What waits for a host goes on by itself.
            embedding::Phase::Waiting => begun,
            _ => false,
        };
        if !at_work {
            if let Some((progress, _)) = self.filling.remove(&view.root) {
                progress.end(match state.phase {
                    embedding::Phase::Paused if state.stopped => "cancelled",
                    embedding::Phase::Paused => "paused",
                    _ => "done",
                });
            }
            return;
        }
        if !begun {
            let begun = self.begin(view, scene, "Embedding", || Event::CancelFilling);
            self.filling.insert(Arc::clone(&view.root), begun);
        }
        let Some((progress, _)) = self.filling.get(&view.root) else { return };
        let message = match state.phase {
            embedding::Phase::Following => "another program is embedding this folder".to_owned(),
            embedding::Phase::Waiting => state.note.clone(),
            _ => format!("{} of {} chunks", state.done, state.total),
        };
        progress.report(message, state.percent());
    }

    fn begin(
        &self,
        view: &View,
        scene: &Scene,
        what: &str,
        event: impl Fn() -> Event + Send + 'static,
    ) -> (Progress, DropGuard) {
        let name = view.root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let (cancel, over) = (CancellationToken::new(), CancellationToken::new());
        let guard = over.clone().drop_guard();
        let (cancelled, workspace, root) = (cancel.clone(), self.workspace.clone(), Arc::clone(&view.root));
        self.outbox.spawn(async move {
            tokio::select! {
                () = cancelled.cancelled() => {}
                () = over.cancelled() => return,
            }
            if let Some(workspace) = workspace.upgrade() {
                lock(&workspace).tell_folders(Some(&root), event);
            }
        });
        (scene.progress.begin(None, &format!("{what} {name}"), Some(cancel)), guard)
    }

    /// Lenses count references: with another generation, or when they are switched on or off, they are asked for again.
    fn refresh_lenses(&mut self, scene: &Scene) {
        let generation = |view: &View| view.snapshot.as_ref().map_or(0, |snapshot| snapshot.state.generation);
        let counted = |view: &View| (Arc::clone(&view.root), view.settings.editor.code_lens.then(|| generation(view)));
        let lenses: Vec<_> = scene.session.views.iter().map(counted).collect();
        if scene.client.refresh_code_lenses && lenses != self.lenses && !self.lenses.is_empty() {
            register::refresh_lenses(&self.outbox);
        }
        self.lenses = lenses;
    }

    /// The client may be able to watch where we are not.
    fn ask_to_watch(&mut self, view: &View, scene: &Scene) {
        if view.state.watcher.mode != WatcherMode::Polling || view.settings.index.watcher.is_polling() {
            return;
        }
        if !self.watches {
            self.watches = register::watched_files(&self.outbox, &scene.client);
        }
        if self.watches
            && let Some(workspace) = self.workspace.upgrade()
        {
            lock(&workspace).tell_folders(Some(&view.root), || Event::ClientWatches);
        }
    }
}

fn percentage(done: u64, total: u64) -> Option<u32> {
    (100 * done).checked_div(total).map(|percent| percent as u32)
}
