//! Many texts to vectors: every host that has the model takes the next batch when it is done with its last one, so that
//! faster hosts take more.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use tokio::{
    sync::mpsc::{self, error::TryRecvError},
    task::JoinSet,
};

use crate::error::Failure;
use crate::pool::{
    Pool, Role,
    gate::Turn,
    health::{is_for_another, is_worth_waiting},
};

use super::{EmbedError, EmbedModel, Passage, TextError, Vector, pace::Pace, request::Place};

/// Batches on their way to one host: while it works on one, the next waits at our door, ready to go, and the one before is
/// read.
const IN_FLIGHT: usize = 2;

/// A batch at the end of all is not made smaller than this.
const SMALLEST_SHARE: usize = 4;

/// What may happen while texts become vectors.
enum Event<K> {
    /// A batch is done, or not.
    Batch { place: Place, batch: Vec<Waiting<K>>, made: Result<(Vec<Vector>, Duration), EmbedError> },
    /// Somebody looked who has the model.
    Places(Result<Vec<Place>, EmbedError>),
}

/// After so many failures of its host a text is sent alone: it may be the reason.
const DOUBTFUL: u32 = 2;

/// And after so many it is left out.
const HOPELESS: u32 = 4;

/// A text that waits for its vector.
struct Waiting<K> {
    key: K,
    text: Passage,
    /// How often its host failed while it had it.
    failures: u32,
}

/// A host at work.
struct Lane {
    place: Place,
    pace: Pace,
    in_flight: usize,
}

/// Many texts on their way through all hosts.
struct Work<K> {
    pool: Pool,
    model: Arc<EmbedModel>,
    lanes: Vec<Lane>,
    waiting: VecDeque<Waiting<K>>,
    /// No more texts come.
    ended: bool,
    events: JoinSet<Event<K>>,
    batches: usize,
    /// Somebody looks for hosts.
    looking: bool,
    /// Hosts that are down are waited for.
    patient: bool,
    error: Option<EmbedError>,
}

impl Pool {
    pub(super) async fn documents(&self, model: &EmbedModel, texts: &[Passage]) -> Result<Vec<Vector>, EmbedError> {
        let (send, receive) = mpsc::channel(texts.len().max(1));
        let (done, mut made) = mpsc::channel(texts.len().max(1));
        for text in texts.iter().cloned().enumerate() {
            // There is room for all of them.
            let _ = send.try_send(text);
        }
        drop(send);
        Work::new(self, model, false).run(receive, done).await?;
        let mut vectors: Vec<Vector> = vec![Ok(Vec::new()); texts.len()];
        while let Some((place, vector)) = made.recv().await {
            vectors[place] = vector;
        }
        Ok(vectors)
    }

    /// Makes vectors of all texts that come, and hands each over with its key in any order. Keeps every host that has the
    /// model busy: the next batch is on its way while the former is taken over; for that the channels need room for some
    /// hundred texts. Hosts that are down are waited for. Ends when no more texts come and all are done, or with an error
    /// that waiting does not mend; dropping it stops the hosts. What was not handed over has to be asked for again.
    pub async fn embed_all<K: Send + 'static>(
        &self,
        model: &EmbedModel,
        texts: mpsc::Receiver<(K, Passage)>,
        vectors: mpsc::Sender<(K, Vector)>,
    ) -> Result<(), EmbedError> {
        Work::new(self, model, true).run(texts, vectors).await
    }
}

impl<K: Send + 'static> Work<K> {
    fn new(pool: &Pool, model: &EmbedModel, patient: bool) -> Self {
        Self {
            pool: pool.clone(),
            model: Arc::new(model.clone()),
            lanes: Vec::new(),
            waiting: VecDeque::new(),
            ended: false,
            events: JoinSet::new(),
            batches: 0,
            looking: false,
            patient,
            error: None,
        }
    }

    async fn run(
        mut self,
        mut texts: mpsc::Receiver<(K, Passage)>,
        vectors: mpsc::Sender<(K, Vector)>,
    ) -> Result<(), EmbedError> {
        let mut changes = self.pool.changes();
        loop {
            self.fill(&mut texts);
            self.start();
            if self.ended && self.waiting.is_empty() && self.batches == 0 {
                return Ok(());
            }
            if self.lanes.is_empty() && !self.waiting.is_empty() && !self.looking {
                if !self.patient
                    && self.batches == 0
                    && let Some(error) = self.error.take()
                {
                    return Err(error);
                }
                self.look();
            }
            tokio::select! {
                text = texts.recv(), if !self.ended && self.waiting.len() < self.room() => match text {
                    Some((key, text)) => self.waiting.push_back(Waiting { key, text, failures: 0 }),
                    None => self.ended = true,
                },
                Some(event) = self.events.join_next() => {
                    // What is not handed over is asked for again: a batch whose task ended badly must not be lost in silence.
                    let event = match event {
                        Ok(event) => event,
                        Err(error) => std::panic::resume_unwind(error.into_panic()),
                    };
                    for done in self.take(event)? {
                        if vectors.send(done).await.is_err() {
                            return Ok(());
                        }
                    }
                }
                // Nobody wants them any more.
                () = vectors.closed() => return Ok(()),
                // A host that comes back helps.
                _ = changes.changed(), if !self.looking && !self.lanes.is_empty() => self.look(),
            }
        }
    }

    /// Takes the texts that are there, as many as the hosts can take soon.
    fn fill(&mut self, texts: &mut mpsc::Receiver<(K, Passage)>) {
        while !self.ended && self.waiting.len() < self.room() {
            match texts.try_recv() {
                Ok((key, text)) => self.waiting.push_back(Waiting { key, text, failures: 0 }),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => self.ended = true,
            }
        }
    }

    fn room(&self) -> usize {
        self.lanes.iter().map(|lane| lane.pace.texts() * IN_FLIGHT).sum::<usize>().max(1)
    }

    /// Gives every host its next batches.
    fn start(&mut self) {
        let lanes = self.lanes.len();
        let may = |lane: &Lane| self.pool.members()[lane.place.member].gate.is_open_for_bulk();
        let open: Vec<bool> = self.lanes.iter().map(may).collect();
        for (lane, is_open) in self.lanes.iter_mut().zip(&open) {
            // A host that answers a question takes its batches when it is done, unless another one can have them now.
            if !is_open && open.contains(&true) {
                continue;
            }
            while lane.in_flight < IN_FLIGHT {
                let there = self.waiting.len();
                let mut size = lane.pace.texts();
                if self.ended && lanes > 1 {
                    // Towards the end the last batch of a slow host would be waited for.
                    size = there.div_ceil(lanes * IN_FLIGHT).max(SMALLEST_SHARE).min(size);
                }
                // A host that has something to do waits for a whole batch.
                if there == 0 || (there < size && !self.ended && lane.in_flight > 0) {
                    break;
                }
                let together = self.waiting.iter().take(size).take_while(|one| one.failures < DOUBTFUL).count();
                let batch: Vec<Waiting<K>> = self.waiting.drain(..together.max(1)).collect();
                lane.in_flight += 1;
                self.batches += 1;
                let (pool, model, place) = (self.pool.clone(), Arc::clone(&self.model), lane.place);
                let texts: Vec<Passage> = batch.iter().map(|one| one.text.clone()).collect();
                self.events.spawn(async move {
                    let made = make(&pool, &model, place, &texts).await;
                    Event::Batch { place, batch, made }
                });
            }
        }
    }

    /// Has somebody look for hosts that have the model.
    fn look(&mut self) {
        self.looking = true;
        let (pool, model, patient) = (self.pool.clone(), Arc::clone(&self.model), self.patient);
        self.events.spawn(async move {
            loop {
                match pool.places(&model).await {
                    Err(EmbedError::Host(error)) if patient && is_worth_waiting(&error.failure) => {
                        pool.until_due(Role::Embed).await;
                    }
                    places => return Event::Places(places),
                }
            }
        });
    }

    /// Takes what happened in; gives back what is to be handed over.
    fn take(&mut self, event: Event<K>) -> Result<Vec<(K, Vector)>, EmbedError> {
        match event {
            Event::Places(places) => {
                self.looking = false;
                match places {
                    Ok(places) => self.set_out(&places),
                    // Those that are at work may still do it.
                    Err(_) if !self.lanes.is_empty() => {}
                    Err(error) => return Err(self.error.take().unwrap_or(error)),
                }
                Ok(Vec::new())
            }
            Event::Batch { place, batch, made } => {
                self.batches -= 1;
                let lane = self.lanes.iter_mut().find(|lane| lane.place.member == place.member);
                match made {
                    Ok((vectors, took)) => {
                        if let Some(lane) = lane {
                            lane.in_flight = lane.in_flight.saturating_sub(1);
                            lane.pace.learn(batch.len(), took);
                        }
                        Ok(batch.into_iter().map(|one| one.key).zip(vectors).collect())
                    }
                    Err(EmbedError::Host(error)) if is_for_another(&error.failure) => {
                        // Another host does it, or the same one when it is back.
                        self.lanes.retain(|lane| lane.place.member != place.member);
                        // A text can make a host fail each time; nobody is there, or too busy, for other reasons.
                        let failed = matches!(
                            error.failure,
                            Failure::Server { .. } | Failure::Transport { connecting: false, .. }
                        );
                        let mut left_out = Vec::new();
                        for mut one in batch.into_iter().rev() {
                            one.failures += u32::from(failed);
                            if one.failures < HOPELESS {
                                self.waiting.push_front(one);
                            } else {
                                left_out.push((one.key, Err(TextError { message: error.to_string() })));
                            }
                        }
                        self.error = Some(EmbedError::Host(error));
                        Ok(left_out)
                    }
                    Err(error) => Err(error),
                }
            }
        }
    }

    /// These hosts have the model.
    fn set_out(&mut self, places: &[Place]) {
        self.error = None;
        self.lanes.retain(|lane| places.iter().any(|place| place.member == lane.place.member));
        for place in places {
            match self.lanes.iter_mut().find(|lane| lane.place.member == place.member) {
                Some(lane) => lane.place = *place,
                None => self.lanes.push(Lane { place: *place, pace: Pace::default(), in_flight: 0 }),
            }
        }
    }
}

/// The vectors of a batch, made by the model that is meant.
async fn make(
    pool: &Pool,
    model: &EmbedModel,
    place: Place,
    texts: &[Passage],
) -> Result<(Vec<Vector>, Duration), EmbedError> {
    pool.know_both(place.member).await;
    let made = pool.vectors(model, place, texts, Turn::Bulk).await?;
    // Somebody may have fetched another one under the same name meanwhile.
    pool.still(model, place).await?;
    Ok(made)
}
