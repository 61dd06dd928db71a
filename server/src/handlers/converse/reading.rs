//! Reads an answer as it comes, and hands it out in pieces that are worth handing out: at once when nothing came for a while,
//! together when much comes.

use std::time::{Duration, Instant};

use codecompass_core::citation::Sanitiser;
use codecompass_ollama::{
    error::Error,
    piece::{Metrics, Piece},
    pool::Answering,
};
use tokio_util::sync::CancellationToken;

use super::{Sink, Stage, Step};

/// Two pieces are at least so long apart. Nobody reads faster, and an editor draws no more often.
const INTERVAL: Duration = Duration::from_millis(15);
/// An answer that is longer has lost its way.
const LONGEST: usize = 1 << 20;

/// An answer that has ended.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) text: String,
    pub(super) thinking: String,
    pub(super) end: End,
    pub(super) metrics: Metrics,
    /// From the question to the first character.
    pub(super) first_token: Option<Duration>,
    /// Model and host that answered in the end.
    pub(super) who: Option<(String, String)>,
    pub(super) notes: Vec<String>,
    /// The host read far less than was sent.
    pub(super) was_cut: bool,
}

/// How it ended.
#[derive(Debug, Default)]
pub(super) enum End {
    /// As it should.
    #[default]
    Done,
    /// The user has had enough.
    Stopped,
    /// There was no more room.
    Length,
    /// There was no end to it.
    TooLong,
    /// Something broke.
    Failed(Error),
}

/// Reads until the end, or until `stop`. The connection is closed when this returns.
pub(super) async fn read(
    mut answering: Answering,
    began: Instant,
    sink: Sink<'_>,
    stop: &CancellationToken,
) -> Reading {
    let mut reading = Reading {
        who: Some((answering.model().to_owned(), answering.host().name().to_owned())),
        notes: answering.notes().to_vec(),
        ..Reading::default()
    };
    let mut out =
        Outlet { sink, clean: Sanitiser::default(), held: String::new(), thinking: false, said: None, stage: None };
    let mut splitter = Splitter::default();
    reading.end = loop {
        let piece = tokio::select! {
            biased;
            () = stop.cancelled() => break End::Stopped,
            piece = next(&mut answering, &mut out) => piece,
        };
        match piece {
            Some(Ok(piece)) => {
                reading.add(true, &piece.thinking, began, &mut out);
                for (thinking, text) in splitter.split(&piece.text, piece.done) {
                    reading.add(thinking, &text, began, &mut out);
                }
                if piece.done {
                    reading.metrics = piece.metrics;
                    reading.was_cut = answering.was_cut(&piece.metrics);
                    break if piece.done_reason.as_deref() == Some("length") { End::Length } else { End::Done };
                }
                if reading.text.len() + reading.thinking.len() > LONGEST {
                    break End::TooLong;
                }
            }
            Some(Err(error)) => break End::Failed(error),
            None => break End::Done,
        }
    };
    drop(answering);
    for (thinking, text) in splitter.split("", true) {
        reading.add(thinking, &text, began, &mut out);
    }
    out.end();
    reading
}

impl Reading {
    fn add(&mut self, thinking: bool, text: &str, began: Instant, out: &mut Outlet<'_, '_>) {
        if text.is_empty() {
            return;
        }
        self.first_token.get_or_insert_with(|| began.elapsed());
        let whole = if thinking { &mut self.thinking } else { &mut self.text };
        whole.push_str(text);
        out.say(thinking, text);
    }
}

/// The next piece; what is held back is handed out when it is time.
async fn next(answering: &mut Answering, out: &mut Outlet<'_, '_>) -> Option<Result<Piece, Error>> {
    let piece = answering.next();
    tokio::pin!(piece);
    if let Some(due) = out.due() {
        tokio::select! {
            biased;
            piece = &mut piece => return piece,
            () = tokio::time::sleep_until(due.into()) => out.flush(),
        }
    }
    piece.await
}

/// Hands out what comes, not too often.
struct Outlet<'s, 'f> {
    sink: &'s mut (dyn FnMut(Step) + Send + 'f),
    /// What comes can be neither an image nor a link that nobody looked at.
    clean: Sanitiser,
    held: String,
    thinking: bool,
    /// When something was handed out last.
    said: Option<Instant>,
    stage: Option<Stage>,
}

impl Outlet<'_, '_> {
    fn say(&mut self, thinking: bool, text: &str) {
        if thinking != self.thinking {
            self.end();
            self.thinking = thinking;
        }
        let (stage, word) = if thinking { (Stage::Thinking, "thinking") } else { (Stage::Answering, "answering") };
        if self.stage != Some(stage) {
            self.stage = Some(stage);
            (self.sink)(Step::Status { stage, text: word.to_owned(), model: None });
        }
        let text = self.clean.push(text);
        self.held.push_str(&text);
        if self.said.is_none_or(|said| said.elapsed() >= INTERVAL) {
            self.flush();
        }
    }

    /// Nothing more of this kind comes.
    fn end(&mut self) {
        let rest = std::mem::take(&mut self.clean).finish();
        self.held.push_str(&rest);
        self.flush();
    }

    fn due(&self) -> Option<Instant> {
        (!self.held.is_empty()).then(|| self.said.map_or_else(Instant::now, |said| said + INTERVAL))
    }

    fn flush(&mut self) {
        if self.held.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.held);
        (self.sink)(if self.thinking { Step::Thinking(text) } else { Step::Text(text) });
        self.said = Some(Instant::now());
    }
}

/// Some models write their reasoning into the answer, between `<think>` and `</think>` at its beginning.
#[derive(Default)]
struct Splitter {
    state: State,
    held: String,
}

#[derive(Default, PartialEq, Eq)]
enum State {
    #[default]
    Beginning,
    Thinking,
    Answer,
}

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

impl Splitter {
    /// What is known of the next characters: whether they are reasoning. With `last` nothing is held back.
    fn split(&mut self, text: &str, last: bool) -> Vec<(bool, String)> {
        let mut parts = Vec::new();
        self.held.push_str(text);
        if self.state == State::Beginning {
            let seen = self.held.trim_start();
            if let Some(rest) = seen.strip_prefix(OPEN) {
                self.held = rest.to_owned();
                self.state = State::Thinking;
            } else if !last && OPEN.starts_with(seen) {
                return parts;
            } else {
                self.state = State::Answer;
            }
        }
        if self.state == State::Thinking {
            if let Some(end) = self.held.find(CLOSE) {
                let rest = self.held.split_off(end);
                parts.push((true, std::mem::take(&mut self.held)));
                rest[CLOSE.len()..].clone_into(&mut self.held);
                self.state = State::Answer;
            } else {
                // The mark may have begun.
                let keep = if last { 0 } else { begun(&self.held, CLOSE) };
                let rest = self.held.split_off(self.held.len() - keep);
                parts.push((true, std::mem::replace(&mut self.held, rest)));
            }
        }
        if self.state == State::Answer {
            parts.push((false, std::mem::take(&mut self.held)));
        }
        parts.retain(|(_, text)| !text.is_empty());
        parts
    }
}

/// How many bytes at the end of `text` may be the beginning of `mark`.
fn begun(text: &str, mark: &str) -> usize {
    (1..mark.len()).rev().find(|&bytes| text.ends_with(&mark[..bytes])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(pieces: &[&str]) -> (String, String) {
        let mut splitter = Splitter::default();
        let (mut thinking, mut answer) = (String::new(), String::new());
        for (index, piece) in pieces.iter().enumerate() {
            for (is_thinking, text) in splitter.split(piece, index + 1 == pieces.len()) {
                if is_thinking {
                    thinking.push_str(&text);
                } else {
                    answer.push_str(&text);
                }
            }
        }
        (thinking, answer)
    }

    #[test]
    fn reasoning_in_the_answer_is_told_from_it_however_it_is_cut() {
        let whole = "\n<think>why < not</think>\n\nBecause <think> is a tag.";
        for cut in 0..=whole.len() {
            let (thinking, answer) = split(&[&whole[..cut], &whole[cut..]]);
            assert_eq!((thinking.as_str(), answer.trim_start()), ("why < not", "Because <think> is a tag."), "{cut}");
        }
        let letters: Vec<&str> = whole.split("").collect();
        assert_eq!(split(&letters).0, "why < not");
    }

    #[test]
    fn an_answer_without_any_is_all_answer() {
        assert_eq!(split(&["<b", "old>"]), (String::new(), "<bold>".to_owned()));
        assert_eq!(split(&["<thi"]), (String::new(), "<thi".to_owned()));
        assert_eq!(split(&["<think>", "never ends"]), ("never ends".to_owned(), String::new()));
    }
}
