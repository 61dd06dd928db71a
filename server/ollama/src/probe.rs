//! Whether answers come as they are made, and how fast.

use std::time::Duration;

use ollama_rs::{
    generation::chat::{ChatMessage, request::ChatMessageRequest},
    models::ModelOptions,
};
use tokio::time::Instant;

use crate::{error::Error, host::Host};

/// What a short answer showed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// From the question to the first token, with loading the model if that was needed.
    pub first_token: Duration,
    /// In which the model was loaded, if the host says so.
    pub load: Option<Duration>,
    /// Events that came.
    pub events: usize,
    /// Tokens a second.
    pub tokens_per_second: Option<f64>,
    /// Whether they came as they were made; `None` when the answer was too short to tell.
    pub streamed: Option<bool>,
}

/// Enough tokens to see how they come.
const TOKENS: i32 = 32;

/// Below this, a burst is no sign of a buffer.
const TOO_FAST: Duration = Duration::from_millis(100);

/// Fewer events say nothing.
const TOO_FEW: usize = 8;

impl Host {
    /// Has a model say something short, and watches how it comes.
    pub async fn pace(&self, model: &str) -> Result<Pace, Error> {
        self.pace_with(model, None).await
    }

    /// The same with so many tokens of context: another number than the model is loaded with would have it loaded anew.
    pub async fn pace_with(&self, model: &str, num_ctx: Option<u64>) -> Result<Pace, Error> {
        let options = || ModelOptions::default().num_predict(TOKENS).temperature(0.0).seed(1);
        let question = ChatMessage::user("Count from one to twenty in words.".to_owned());
        let request = ChatMessageRequest::new(model.to_owned(), vec![question])
            .options(num_ctx.map_or_else(options, |tokens| options().num_ctx(tokens)));
        let began = Instant::now();
        let mut events = self.chat(&request).await?;
        let mut arrivals: Vec<Instant> = Vec::new();
        let mut metrics = None;
        while let Some(event) = events.next().await {
            let event = event?;
            if event.done {
                metrics = Some(event.metrics);
            }
            if !event.text.is_empty() || !event.thinking.is_empty() {
                arrivals.push(Instant::now());
            }
        }
        let (first, last) = (*arrivals.first().unwrap_or(&began), *arrivals.last().unwrap_or(&began));
        let count = arrivals.len();
        let metrics = metrics.unwrap_or_default();
        let seen = last - first;
        let by_eye = || (count > 1 && !seen.is_zero()).then(|| (count - 1) as f64 / seen.as_secs_f64());
        Ok(Pace {
            first_token: first - began,
            load: metrics.load,
            events: count,
            tokens_per_second: metrics.tokens_per_second().or_else(by_eye),
            streamed: streamed(&arrivals, metrics.answer),
        })
    }
}

/// An answer that took the host long and reached us in a burst or two was held back on the way. A buffer that is smaller than
/// the answer lets go of it in parts, so that it is not enough to look at the time between the first part and the last.
fn streamed(arrivals: &[Instant], made: Option<Duration>) -> Option<bool> {
    let made = made.filter(|made| *made >= TOO_FAST)?;
    let events = arrivals.len();
    if events < TOO_FEW {
        return None;
    }
    // What comes much sooner after another one than it was made after it came together with it.
    let together = made / (4 * events as u32);
    let bursts = 1 + arrivals.windows(2).filter(|two| two[1] - two[0] > together).count();
    let seen = *arrivals.last()? - *arrivals.first()?;
    Some(bursts * 8 >= events && seen * 4 >= made)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Events that come after these pauses.
    fn after(pauses: impl IntoIterator<Item = u64>) -> Vec<Instant> {
        let mut now = Instant::now();
        let wait = |pause| {
            now += Duration::from_millis(pause);
            now
        };
        pauses.into_iter().map(wait).collect()
    }

    #[test]
    fn a_burst_or_two_are_a_buffer() {
        let second = Some(Duration::from_secs(1));
        let every = |pause: u64, events: usize| after(std::iter::repeat_n(pause, events));
        assert_eq!(streamed(&every(30, 32), second), Some(true));
        assert_eq!(streamed(&every(0, 32), second), Some(false));
        // 4 kB of the answer, then the rest.
        let halves = after((0..32).map(|event| if event == 20 { 600 } else { 0 }));
        assert_eq!(streamed(&halves, second), Some(false));
        // A network that carries three at a time is none.
        let threes = after((0..32).map(|event| if event % 3 == 0 { 90 } else { 0 }));
        assert_eq!(streamed(&threes, second), Some(true));
    }

    #[test]
    fn short_answers_say_nothing() {
        assert_eq!(streamed(&after([1, 1, 1]), Some(Duration::from_secs(1))), None);
        assert_eq!(streamed(&after([0; 32]), Some(Duration::from_millis(20))), None);
        assert_eq!(streamed(&after([0; 32]), None), None);
    }
}
