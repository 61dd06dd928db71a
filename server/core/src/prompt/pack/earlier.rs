//! Earlier turns of a conversation: the latest as they were said, older ones as a line each.

use super::{super::fence, Draft, MESSAGE_TOKENS, Packer};
use crate::prompt::{Turn, template::Slot};

/// What is said of earlier turns.
pub(super) struct Earlier {
    /// As they were said: question and answer, the oldest first.
    pub(super) full: Vec<(String, String)>,
    /// As a line each, the oldest first, with how many tokens were saved.
    pub(super) short: Vec<(String, usize)>,
    /// Not at all, the oldest first: the question's beginning and the tokens.
    pub(super) gone: Vec<(String, usize)>,
    /// Why they are gone.
    pub(super) why: &'static str,
    pub(super) tokens: usize,
    pub(super) redacted: usize,
}

/// What is above the shortened turns.
pub(super) const HEAD: &str = "Earlier in this conversation, shortened:\n";
/// So many letters of a question are kept.
const QUESTION: usize = 300;
/// So many places of an answer are named.
const PLACES: usize = 4;

impl Earlier {
    /// As much as has room in `room` tokens: the latest turns in full, the others shortened, the oldest not at all.
    pub(super) fn of(packer: &Packer<'_>, draft: &Draft<'_>, room: usize) -> Self {
        let mut earlier =
            Self { full: Vec::new(), short: Vec::new(), gone: Vec::new(), why: "no room", tokens: 0, redacted: 0 };
        let has_place = draft.template.has(Slot::History);
        // Some room is kept for a line about each of the older turns.
        let lines: usize = draft.history.iter().map(|turn| packer.tokens(&line(turn))).sum();
        let for_full = room.saturating_sub(lines.min(room / 3));
        let mut at = draft.history.len();
        while at > 0 {
            let turn = &draft.history[at - 1];
            let cost = packer.tokens(&turn.question) + packer.tokens(&turn.answer) + 2 * MESSAGE_TOKENS;
            if turn.answer.is_empty() || earlier.tokens + cost > for_full {
                break;
            }
            let (question, first) = packer.clean(&turn.question);
            let (answer, second) = packer.clean(&turn.answer);
            earlier.redacted += first + second;
            earlier.full.push((question, answer));
            earlier.tokens += cost;
            at -= 1;
        }
        earlier.full.reverse();
        let mut open = has_place;
        if !has_place {
            earlier.why = "the prompt file has no place {{history}}";
        }
        for turn in draft.history[..at].iter().rev() {
            let (line, redacted) = packer.clean(&line(turn));
            let head = if earlier.short.is_empty() { packer.tokens(HEAD) + 1 } else { 0 };
            let cost = packer.tokens(&line) + head;
            let whole = packer.tokens(&turn.question) + packer.tokens(&turn.answer);
            open &= earlier.tokens + cost <= room;
            if open {
                earlier.tokens += cost;
                earlier.redacted += redacted;
                earlier.short.push((line, whole));
            } else {
                earlier.gone.push((fence::one_line(&turn.question, 60), whole));
            }
        }
        earlier.short.reverse();
        earlier.gone.reverse();
        earlier
    }

    /// What the user should know.
    pub(super) fn note(&self) -> Option<String> {
        let count = |count: usize| format!("{count} earlier question{}", if count == 1 { "" } else { "s" });
        match (self.short.len(), self.gone.len()) {
            (0, 0) => None,
            (short, 0) => Some(format!("{} went in as a line with the places it was about", count(short))),
            (0, gone) => Some(format!("{} did not fit", count(gone))),
            (short, gone) => {
                Some(format!("{} went in as a line with the places it was about, {gone} did not fit", count(short)))
            }
        }
    }
}

/// A turn in a line: what was asked, and what the answer leaned on.
fn line(turn: &Turn) -> String {
    let question = fence::one_line(turn.question.trim(), QUESTION);
    let mut places: Vec<String> = Vec::new();
    for place in turn.places.iter().take(PLACES) {
        let symbol = fence::one_line(&place.symbol, 80);
        let symbol = if symbol.is_empty() { symbol } else { format!("{symbol} ") };
        places.push(format!("{symbol}{}:{}", fence::one_line(&place.path, 200), place.lines));
    }
    match (turn.answer.is_empty(), places.is_empty()) {
        (true, _) => format!("- {question} (not answered)\n"),
        (_, true) => format!("- {question}\n"),
        _ => format!("- {question} (the answer was about {})\n", places.join(", ")),
    }
}
