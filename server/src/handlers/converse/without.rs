//! What is said without a model: the facts that the index knows, and the passages that would have been sent.

use std::{
    ops::Range,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use codecompass_core::{
    language::{Language, detect},
    prompt::{Reason, Source, Span},
};

use super::{Answer, Ask, What};
use crate::{
    handlers::{
        answer::Passage,
        context::{self, Target},
        explain::{self, Explained, Subject},
        facts::Change,
        outlines::Outlines,
    },
    live::View,
};

/// So long is waited for git.
const PATIENCE: Duration = Duration::from_millis(300);

/// The answer with what is known.
pub(super) async fn fill(ask: Ask, answer: Answer) -> Answer {
    let unfilled = answer.clone();
    let filled = tokio::task::spawn_blocking(move || {
        let _serving = ask.gate.as_ref().map(|gate| gate.serve());
        with_facts(&ask, answer)
    });
    filled.await.unwrap_or_else(|error| {
        tracing::error!("the facts of an answer are missing, which is a bug: {error}");
        unfilled
    })
}

fn with_facts(ask: &Ask, mut answer: Answer) -> Answer {
    let What::Explanation { key, target, .. } = &ask.what else { return answer };
    let Some(mut subject) = subject(target) else { return answer };
    let views: Vec<&View> = ask.views.iter().collect();
    if let Target::Symbol(line, None) = target {
        let line = context::described(&views, key, *line);
        subject.lines = line..line + 1;
    }
    match explain::explain(&views, key, &subject, &Outlines::default(), &last_change) {
        Ok(Explained { answer: facts, .. }) => {
            answer.text = facts.lead.join("\n\n");
            for note in facts.notes {
                if !answer.notes.contains(&note) {
                    answer.notes.push(note);
                }
            }
            if answer.sources.is_empty() {
                answer.sources = facts.passages.into_iter().zip(1..).map(source).collect();
            }
        }
        Err(error) => tracing::warn!("{key} is not explained: {error:#}"),
    }
    answer
}

/// Who changed lines (from 0, end exclusive) last, if git says so soon enough.
fn last_change(view: &View, key: &str, lines: Range<u32>) -> Option<Change> {
    let git = view.git.as_ref()?;
    let deadline = Instant::now() + PATIENCE;
    let stop = || Instant::now() >= deadline;
    let found = match view.open.get(key) {
        Some(open) => git.last_change_in(key, &open.text, lines, &stop),
        None => git.last_change(key, lines, &stop),
    }?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Some(Change {
        summary: found.summary,
        author: found.author,
        commit: found.commit,
        age_s: now.saturating_sub(found.time_s.max(0) as u64),
    })
}

fn subject(target: &Target) -> Option<Subject> {
    Some(match target {
        Target::Lines(lines) => Subject { lines: lines.clone(), ..Subject::default() },
        Target::Symbol(line, name) => Subject { lines: *line..line + 1, symbol: name.clone(), problem: None },
        Target::Problem(lines, problem) => {
            Subject { lines: lines.clone(), symbol: None, problem: Some(problem.clone()) }
        }
        Target::File => Subject { lines: 0..1, ..Subject::default() },
        Target::Folder => return None,
    })
}

fn source((passage, n): (Passage, u32)) -> Source {
    let Passage { shown, start_line, end_line, label, language, text } = passage;
    Source {
        n,
        lines: Span::new(start_line, end_line),
        label,
        language: Language::parse(language).unwrap_or_else(|| detect(&shown, &text)),
        path: shown,
        text,
        why: Reason::Definition,
        around: Vec::new(),
        partial: false,
    }
}
