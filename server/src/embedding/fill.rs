//! Shows code to a model and keeps the vectors: what is on its way when it stops is all that is lost.

mod texts;

use std::{
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use codecompass_core::document::ContentId;
use codecompass_index::{error::IndexError, hosted::StoreWriter, snapshot::Snapshot};
use codecompass_ollama::{
    embedding::{EmbedError, EmbedModel, Vector},
    pool::Pool,
};
use tokio::{sync::mpsc, task::AbortHandle, time::timeout};

use crate::{
    hosts::Pools,
    live::{Gate, OpenFiles},
};

pub use texts::{Missing, missing};

/// Texts that are read ahead of the hosts.
const AHEAD: usize = 512;
/// Vectors that wait to be written.
const BEHIND: usize = 512;
/// What comes within so long is written at once, up to so many.
const LINGER: Duration = Duration::from_millis(3);
const LARGEST: usize = 1024;
/// How often it is asked whether to go on waiting.
const TICK: Duration = Duration::from_millis(250);

/// Ends what is being waited for. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<StopInner>);

#[derive(Debug, Default)]
struct StopInner {
    asked: AtomicBool,
    running: Mutex<Option<AbortHandle>>,
}

impl Stop {
    /// Ends it: the connection to the host is closed at once.
    pub fn stop(&self) {
        self.0.asked.store(true, Ordering::SeqCst);
        if let Some(running) = self.0.running.lock().unwrap_or_else(PoisonError::into_inner).take() {
            running.abort();
        }
    }

    /// What comes next may run again.
    pub fn clear(&self) {
        self.0.asked.store(false, Ordering::SeqCst);
    }

    /// Whether it was asked to end.
    pub fn is_asked(&self) -> bool {
        self.0.asked.load(Ordering::SeqCst)
    }

    fn running(&self, task: AbortHandle) {
        *self.0.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
        if self.is_asked() {
            self.stop();
        }
    }

    /// Waits for work that asks hosts; `None` when it was ended.
    pub fn wait_for<T: Send + 'static>(
        &self,
        pools: &Pools,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let task = pools.spawn(work)?;
        self.running(task.abort_handle());
        pools.block_on(task)?.ok()
    }
}

/// What is to be done and with what.
pub struct Run<'a> {
    /// The folder.
    pub root: &'a Path,
    /// What is open in an editor.
    pub open: &'a OpenFiles,
    /// Larger files are not read.
    pub max_file_bytes: u64,
    /// The index whose chunks are shown to the model.
    pub snapshot: &'a Snapshot,
    /// The hosts.
    pub pools: &'a Pools,
    /// The hosts, as they are configured.
    pub pool: &'a Pool,
    /// The model.
    pub model: &'a EmbedModel,
    /// Lets queries go first.
    pub gate: Option<&'a Gate>,
    /// Ends it.
    pub stop: &'a Stop,
    /// It ends when it has gone on for so long.
    pub longest: Option<Duration>,
    /// It ends when the hosts have said nothing for so long.
    pub silence: Option<Duration>,
    /// Told of so many more chunks that have a vector; and asked again and again while nothing comes.
    pub on_progress: &'a (dyn Fn(u64) + Sync),
}

/// What was done.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Chunks that have a vector now.
    pub chunks: u64,
    /// Chunks that were not as the index says.
    pub stale: u64,
    /// Texts that the model could make nothing of: where they are, and what the host says.
    pub refused: Vec<(String, String)>,
    /// Why it ended before all was done.
    pub ended: Option<Ended>,
}

/// Why a run ended before all was done.
#[derive(Debug)]
pub enum Ended {
    /// Somebody asked it to.
    Stopped,
    /// It took too long.
    Late,
    /// The hosts cannot do it.
    Host(EmbedError),
}

/// What goes with a text.
struct Key {
    content: ContentId,
    /// Chunks that say this.
    chunks: u64,
    /// Where one of them is.
    place: String,
}

/// Shows `missing` to the model, file by file, and keeps what it makes of them.
pub fn run(run: &Run<'_>, writer: &mut StoreWriter, missing: &[Missing]) -> Result<Outcome, IndexError> {
    let (texts, to_host) = mpsc::channel(AHEAD);
    let (from_host, mut vectors) = mpsc::channel(BEHIND);
    let (pool, model) = (run.pool.clone(), run.model.clone());
    let asking = run.pools.spawn(async move { pool.embed_all(&model, to_host, from_host).await });
    let Some(asking) = asking else { return Ok(Outcome { ended: Some(Ended::Stopped), ..Outcome::default() }) };
    run.stop.running(asking.abort_handle());
    let abort = asking.abort_handle();
    let (mut outcome, written) = std::thread::scope(|scope| {
        let reading = scope.spawn(move || texts::send(run, missing, &texts));
        let mut outcome = Outcome::default();
        let written = take_over(run, writer, &mut vectors, &mut outcome);
        // Whoever reads on would wait for ever for somebody to take the texts.
        if written.is_err() || outcome.ended.is_some() {
            abort.abort();
        }
        drop(vectors);
        outcome.stale = reading.join().unwrap_or_default();
        (outcome, written)
    });
    written?;
    let asked = run.pools.block_on(asking);
    if outcome.ended.is_none() {
        outcome.ended = match asked {
            Some(Ok(Ok(()))) => None,
            Some(Ok(Err(error))) => Some(Ended::Host(error)),
            _ => Some(Ended::Stopped),
        };
    }
    Ok(outcome)
}

/// Writes what comes, all that comes at a time: the slower the disk, the larger the batches.
fn take_over(
    run: &Run<'_>,
    writer: &mut StoreWriter,
    vectors: &mut mpsc::Receiver<(Key, Vector)>,
    outcome: &mut Outcome,
) -> Result<(), IndexError> {
    let began = Instant::now();
    let mut heard = Instant::now();
    loop {
        let next = run.pools.block_on(async { timeout(TICK, vectors.recv()).await });
        let mut batch = match next {
            Some(Ok(Some(first))) => vec![first],
            Some(Err(_)) => Vec::new(),
            // No more will come.
            Some(Ok(None)) | None => return Ok(()),
        };
        // The vectors of one answer come one after the other; each writing waits for the disk.
        while !batch.is_empty()
            && batch.len() < LARGEST
            && let Some(Ok(Some(more))) = run.pools.block_on(async { timeout(LINGER, vectors.recv()).await })
        {
            batch.push(more);
        }
        if !batch.is_empty() {
            heard = Instant::now();
            let pairs: Vec<(ContentId, Option<&[f32]>)> =
                batch.iter().map(|(key, vector)| (key.content, vector.as_deref().ok())).collect();
            writer.append(&pairs)?;
        }
        let mut done = 0;
        for (key, vector) in batch {
            done += key.chunks;
            if let Err(error) = vector {
                tracing::warn!(place = key.place, %error, "the model makes no vector of a piece of code");
                outcome.refused.push((key.place, error.message));
            }
        }
        outcome.chunks += done;
        (run.on_progress)(done);
        if run.stop.is_asked() {
            outcome.ended = Some(Ended::Stopped);
        } else if run.longest.is_some_and(|longest| began.elapsed() > longest)
            || run.silence.is_some_and(|silence| heard.elapsed() > silence)
        {
            outcome.ended = Some(Ended::Late);
        }
        if outcome.ended.is_some() {
            return Ok(());
        }
    }
}
