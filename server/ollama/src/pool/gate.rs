//! How much of ours runs on one host at the same time, and who goes first.
//!
//! A host answers two questions at once and makes vectors for one request: embedding models have a single slot on every
//! host, so that a second request would only wait there, where nobody can overtake it. What a person waits for goes before
//! what is indexed. While a host answers, nothing is indexed on it, unless both models were seen in the memory of its GPU at
//! the same time: then neither has to make room for the other.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use super::Running;

/// Answers of one host at the same time.
pub const CHATS_AT_ONCE: usize = 2;

/// Requests for vectors to one host at the same time.
pub const EMBEDS_AT_ONCE: usize = 1;

/// What wants to be done, the more urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// An answer.
    Chat,
    /// The vector of a question.
    Query,
    /// Vectors for the index.
    Bulk,
}

const TURNS: usize = 3;

/// The door to a host. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gate(Arc<Mutex<Inside>>);

#[derive(Debug, Default)]
struct Inside {
    chat: usize,
    embed: usize,
    /// The host can answer and make vectors at the same time.
    both: bool,
    waiting: [VecDeque<oneshot::Sender<Permit>>; TURNS],
}

/// Leave to have something done. Dropping it lets the next one in.
#[derive(Debug)]
pub(crate) struct Permit {
    gate: Option<Gate>,
    turn: Turn,
}

impl Gate {
    /// Waits for its turn. Dropping the future leaves the queue.
    pub(crate) async fn enter(&self, turn: Turn) -> Permit {
        let receive = {
            let mut inside = self.inside();
            let (send, receive) = oneshot::channel();
            inside.waiting[turn as usize].push_back(send);
            self.let_in(&mut inside);
            receive
        };
        match receive.await {
            Ok(permit) => permit,
            // The queue lives as long as its gate.
            Err(_) => Permit { gate: None, turn },
        }
    }

    /// Says whether the host can answer and make vectors at the same time.
    pub(super) fn can_do_both(&self, both: bool) {
        let mut inside = self.inside();
        inside.both = both;
        self.let_in(&mut inside);
    }

    /// Whether what is indexed does not have to wait for an answer.
    pub(crate) fn is_open_for_bulk(&self) -> bool {
        let inside = self.inside();
        inside.both || inside.chat == 0
    }

    /// What runs and waits.
    pub(crate) fn running(&self) -> Running {
        let inside = self.inside();
        let waiting = inside.waiting.iter().flatten().filter(|one| !one.is_closed()).count();
        Running { chat: inside.chat, embed: inside.embed, waiting }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets in whoever may come in, the most urgent first.
    fn let_in(&self, inside: &mut Inside) {
        for turn in [Turn::Chat, Turn::Query, Turn::Bulk] {
            while inside.has_room(turn) {
                let Some(next) = inside.waiting[turn as usize].pop_front() else { break };
                *inside.count(turn) += 1;
                if let Err(mut permit) = next.send(Permit { gate: Some(self.clone()), turn }) {
                    // Whoever wanted it went away; it must not come back here, where the door is held.
                    permit.gate = None;
                    *inside.count(turn) -= 1;
                }
            }
        }
    }
}

impl Inside {
    fn has_room(&self, turn: Turn) -> bool {
        match turn {
            Turn::Chat => self.chat < CHATS_AT_ONCE,
            Turn::Query => self.embed < EMBEDS_AT_ONCE,
            Turn::Bulk => {
                let waits = self.waiting[Turn::Chat as usize].iter().any(|one| !one.is_closed());
                self.embed < EMBEDS_AT_ONCE && (self.both || (self.chat == 0 && !waits))
            }
        }
    }

    fn count(&mut self, turn: Turn) -> &mut usize {
        match turn {
            Turn::Chat => &mut self.chat,
            Turn::Query | Turn::Bulk => &mut self.embed,
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some(gate) = self.gate.take() else { return };
        let mut inside = gate.inside();
        *inside.count(self.turn) -= 1;
        gate.let_in(&mut inside);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::{Pin, pin},
        task::{Context, Poll, Waker},
    };

    use super::*;

    /// Whether a future is ready now.
    fn now<T>(future: Pin<&mut impl Future<Output = T>>) -> Option<T> {
        match future.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        }
    }

    fn enter(gate: &Gate, turn: Turn) -> Option<Permit> {
        now(pin!(gate.enter(turn)))
    }

    #[test]
    fn a_host_gets_no_more_than_it_can_do() {
        let gate = Gate::default();
        let chats = [enter(&gate, Turn::Chat), enter(&gate, Turn::Chat)];
        assert!(chats.iter().all(Option::is_some));
        let query = enter(&gate, Turn::Query);
        assert!(query.is_some(), "a question may be looked up while another is answered");
        let mut third = pin!(gate.enter(Turn::Chat));
        assert!(now(third.as_mut()).is_none());
        assert_eq!(gate.running(), Running { chat: 2, embed: 1, waiting: 1 });
        drop(chats);
        assert!(now(third.as_mut()).is_some());
        drop(query);
        assert_eq!(gate.running(), Running::default());
    }

    #[test]
    fn a_question_goes_before_all_indexing_that_waits() {
        let gate = Gate::default();
        let running = enter(&gate, Turn::Bulk);
        let (mut bulk, mut other) = (pin!(gate.enter(Turn::Bulk)), pin!(gate.enter(Turn::Bulk)));
        assert!(now(bulk.as_mut()).is_none() && now(other.as_mut()).is_none());
        let mut query = pin!(gate.enter(Turn::Query));
        assert!(now(query.as_mut()).is_none());
        drop(running);
        assert!(now(bulk.as_mut()).is_none());
        let query = now(query.as_mut());
        assert!(query.is_some());
        drop(query);
        assert!(now(bulk.as_mut()).is_some() && now(other.as_mut()).is_some(), "one after the other");
    }

    #[test]
    fn nothing_is_indexed_on_a_host_that_answers_unless_it_can_do_both() {
        let gate = Gate::default();
        let chat = enter(&gate, Turn::Chat);
        let mut bulk = pin!(gate.enter(Turn::Bulk));
        assert!(now(bulk.as_mut()).is_none());
        gate.can_do_both(true);
        assert!(now(bulk.as_mut()).is_some());
        gate.can_do_both(false);
        assert!(enter(&gate, Turn::Bulk).is_none());
        drop(chat);
        assert!(enter(&gate, Turn::Bulk).is_some());
    }

    #[test]
    fn whoever_leaves_the_queue_holds_nobody_up() {
        let gate = Gate::default();
        let running = enter(&gate, Turn::Query);
        {
            let mut left = pin!(gate.enter(Turn::Query));
            assert!(now(left.as_mut()).is_none());
        }
        let mut next = pin!(gate.enter(Turn::Query));
        assert!(now(next.as_mut()).is_none());
        // One that was let in and leaves before it knows.
        let mut late = Box::pin(gate.enter(Turn::Query));
        assert!(now(late.as_mut()).is_none());
        drop(running);
        let first = now(next.as_mut());
        drop(first);
        drop(late);
        assert_eq!(gate.running(), Running::default());
    }
}
