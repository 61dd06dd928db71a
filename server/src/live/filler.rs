//! Keeps the vectors of the configured model complete, on a thread of its own beside the keeper: asks the hosts which model
//! they have, shows it what it has not seen, and lets its vectors answer once all code has one.
//!
//! There is no thread before a folder is configured for such a model.

mod thread;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use self::thread::Thread;
use super::{
    folder::{Event, Shared},
    job::lower_priority,
};
use crate::{
    config::settings::{Provider, Settings},
    embedding::{Embedding, fill::Stop},
};

/// What was typed is shown to the model after so long without another change: the model need not see every letter.
const QUIET: Duration = Duration::from_millis(1500);
/// It is shown after so long even when changes go on.
const LONGEST: Duration = Duration::from_secs(15);

/// The handle of a folder's filler.
#[derive(Default)]
pub(super) struct Filler(Arc<Control>);

/// What the handle and the thread share.
#[derive(Default)]
struct Control {
    wishes: Mutex<Wishes>,
    woken: Condvar,
    stop: Stop,
}

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
struct Wishes {
    begun: bool,
    ended: bool,
    paused: bool,
    /// The user ended a run.
    cancelled: bool,
    settings: Option<Arc<Settings>>,
    /// Settings, pauses: what ends a run. Counted.
    orders: u64,
    /// When the index changed first and last since the thread looked at it.
    changed: Option<(Instant, Instant)>,
}

impl Filler {
    /// These settings hold from now on. The first that want a model of a host start the thread.
    pub(super) fn configure(&self, shared: &Arc<Shared>, settings: Arc<Settings>) {
        let begin = {
            let mut wishes = self.0.wishes();
            let wanted = settings.embedding.provider == Provider::Ollama && shared.surroundings.models.is_some();
            wishes.settings = Some(settings);
            wishes.cancelled = false;
            let begin = wanted && !wishes.begun;
            wishes.begun |= begin;
            begin
        };
        if begin {
            spawn(Arc::downgrade(shared), Arc::clone(&self.0));
        }
        self.0.order();
    }

    /// What happened to the folder, as far as it concerns vectors.
    pub(super) fn hear(&self, shared: &Arc<Shared>, event: &Event) {
        {
            let mut wishes = self.0.wishes();
            match event {
                Event::Settings(settings) => {
                    let settings = Arc::clone(settings);
                    drop(wishes);
                    return self.configure(shared, settings);
                }
                Event::Pause => wishes.paused = true,
                Event::Resume | Event::Reindex => {
                    wishes.paused = false;
                    wishes.cancelled = false;
                }
                Event::CancelFilling => wishes.cancelled = true,
                _ => return,
            }
        }
        self.0.order();
    }

    /// The index is another one.
    pub(super) fn changed(&self) {
        let mut wishes = self.0.wishes();
        if wishes.begun {
            let now = Instant::now();
            wishes.changed = Some((wishes.changed.map_or(now, |(first, _)| first), now));
            self.0.woken.notify_all();
        }
    }

    /// Nobody asks any more.
    pub(super) fn end(&self) {
        self.0.wishes().ended = true;
        self.0.order();
    }
}

impl Control {
    fn wishes(&self) -> MutexGuard<'_, Wishes> {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends what is on, so that what is wished now is looked at.
    fn order(&self) {
        let mut wishes = self.wishes();
        wishes.orders += 1;
        self.stop.stop();
        self.woken.notify_all();
    }

    /// Waits for `pause`, for an order, or for the index to be another one for some time. Gives back what is wished then;
    /// `None` at the end.
    fn next(&self, pause: Option<Duration>, seen: &mut u64) -> Option<Turn> {
        let until = pause.map(|pause| Instant::now() + pause);
        let mut wishes = self.wishes();
        loop {
            if wishes.ended {
                return None;
            }
            let settled = wishes.changed.map(|(first, last)| (last + QUIET).min(first + LONGEST));
            let due = match (until, settled) {
                (Some(until), Some(settled)) => Some(until.min(settled)),
                (until, settled) => until.or(settled),
            };
            let left = due.map(|due| due.saturating_duration_since(Instant::now()));
            if wishes.orders != *seen || left.is_some_and(|left| left.is_zero()) {
                *seen = wishes.orders;
                wishes.changed = None;
                // Under the lock: an order that comes now is not lost.
                self.stop.clear();
                let settings = wishes.settings.clone()?;
                return Some(Turn { settings, paused: wishes.paused, cancelled: wishes.cancelled });
            }
            wishes = match left {
                Some(left) => self.woken.wait_timeout(wishes, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.woken.wait(wishes).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

/// What is wished at a moment.
struct Turn {
    settings: Arc<Settings>,
    paused: bool,
    cancelled: bool,
}

fn spawn(shared: Weak<Shared>, control: Arc<Control>) {
    let fill = move || {
        lower_priority();
        let worked = catch_unwind(AssertUnwindSafe(|| Thread::new(shared.clone(), Arc::clone(&control)).run()));
        if worked.is_err() {
            tracing::error!("showing code to the model failed because of a bug; the built-in vectors go on");
            if let Some(shared) = shared.upgrade() {
                shared.publish_embedding(Embedding::default());
            }
        }
    };
    if let Err(error) = std::thread::Builder::new().name("embed".to_owned()).spawn(fill) {
        tracing::error!(%error, "no thread to show code to the model");
    }
}
