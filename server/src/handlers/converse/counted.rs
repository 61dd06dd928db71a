//! What answers took, added to what is kept of each day.

use std::path::PathBuf;

use super::Answer;
use crate::usage::{Row, Usage};

/// What an answer took, with what is known of it; `None` where no model was asked.
pub(super) fn row(answer: &Answer) -> Option<Row> {
    let (Some(model), Some(host)) = (&answer.model, &answer.host) else { return None };
    Some(Row {
        answers: 1,
        failures: u64::from(!answer.complete && !answer.stopped),
        prompt_tokens: answer.usage.prompt_tokens.unwrap_or_default(),
        answer_tokens: answer.usage.answer_tokens.unwrap_or_default(),
        ms: answer.usage.total_ms,
        ..Row::today(model, host)
    })
}

/// Keeps it, on a thread that may wait for other programs.
pub(super) async fn count(state: Option<PathBuf>, row: Option<Row>) {
    let (Some(state), Some(row)) = (state, row) else { return };
    let kept = tokio::task::spawn_blocking(move || Usage::of(&state).add(&row)).await;
    // An answer is good without being counted.
    match kept {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!("an answer is not counted: {error}"),
        Err(error) => tracing::error!("an answer is not counted, which is a bug: {error}"),
    }
}
