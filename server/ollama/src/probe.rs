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
        let mut first = None;
        let mut last = began;
        let mut count = 0;
        let mut metrics = None;
        while let Some(event) = events.next().await {
            let event = event?;
            if event.done {
                metrics = Some(event.metrics);
            }
            if !event.text.is_empty() || !event.thinking.is_empty() {
                count += 1;
                last = Instant::now();
                first.get_or_insert(last);
            }
        }
        let first = first.unwrap_or(last);
        let metrics = metrics.unwrap_or_default();
        let seen = last - first;
        let by_eye = || (count > 1 && !seen.is_zero()).then(|| (count - 1) as f64 / seen.as_secs_f64());
        Ok(Pace {
            first_token: first - began,
            load: metrics.load,
            events: count,
            tokens_per_second: metrics.tokens_per_second().or_else(by_eye),
            streamed: streamed(count, seen, metrics.answer),
        })
    }
}

/// An answer that took the host long and reached us all at once was held back on the way.
fn streamed(events: usize, seen: Duration, made: Option<Duration>) -> Option<bool> {
    let made = made.filter(|made| *made >= TOO_FAST)?;
    (events >= TOO_FEW).then(|| seen * 4 >= made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_at_the_end_is_a_buffer() {
        let ms = Duration::from_millis;
        for (events, seen, made, expected) in [
            (32, 900, Some(1000), Some(true)),
            (32, 3, Some(1000), Some(false)),
            (3, 3, Some(1000), None),
            (32, 3, Some(20), None),
            (32, 3, None, None),
        ] {
            assert_eq!(streamed(events, ms(seen), made.map(ms)), expected);
        }
    }
}
