//! From an answer to what a client that knows us gets: URIs, ranges in its encoding.

use codecompass_core::{
    citation::Citation as Checked,
    prompt::{Fate, Source as Sent, Span},
};

use super::{
    super::{
        super::{
            ext::chat::{AnswerResult, Citation, Ledger, LedgerEntry, Source, Stage, Usage},
            positions::Lines,
            proto::{Position, Range, Uri},
            scene::Scene,
        },
        convert,
    },
    Prepared,
};
use crate::{
    handlers::converse::{self, Answer},
    live::View,
    workspace::key::path_of,
};

/// The result of a request.
pub(super) fn result(scene: &Scene, prepared: &Prepared, answer: &Answer) -> AnswerResult {
    let mut result = of(scene, &prepared.ask.views, answer);
    result.conversation = prepared.conversations.is_some().then(|| prepared.id.clone());
    result
}

/// An answer about these folders.
pub(super) fn of(scene: &Scene, views: &[View], answer: &Answer) -> AnswerResult {
    let places = Lines::of(&answer.text);
    let citation = |found: &Checked| {
        let source = found.source.and_then(|n| answer.sources.iter().find(|source| source.n == n));
        let known = found.start_line > 0;
        Citation {
            source: found.source.map(|n| n as usize),
            uri: uri(scene, views, &found.path).filter(|_| known),
            path: found.path.clone(),
            range: known.then(|| range(scene, found.lines(), source)),
            verified: found.verified,
            added: found.added,
            reason: found.reason.clone(),
            text_range: places.to_range(found.range.clone(), scene.encoding),
        }
    };
    AnswerResult {
        text: answer.text.clone(),
        thinking: answer.thinking.clone(),
        complete: answer.complete,
        stopped: answer.stopped,
        error: answer.error.clone(),
        citations: answer.citations.iter().map(citation).collect(),
        sources: sources(scene, views, &answer.sources),
        ledger: Some(ledger(answer)),
        model: answer.model.clone(),
        host: answer.host.clone(),
        usage: answer.model.is_some().then(|| usage(answer.usage)),
        conversation: None,
        summary: answer.summary.clone(),
        redactions: answer.redacted,
        notes: answer.notes.clone(),
    }
}

/// What an answer rests on.
pub(super) fn sources(scene: &Scene, views: &[View], sources: &[Sent]) -> Vec<Source> {
    let source = |source: &Sent| {
        let why = source.why.as_str();
        Some(Source {
            n: source.n as usize,
            uri: uri(scene, views, &source.path)?,
            path: source.path.clone(),
            range: range(scene, source.lines, Some(source)),
            label: if source.label.is_empty() { why.to_owned() } else { format!("{} · {why}", source.label) },
            language: source.language.id().to_owned(),
            text: source.text.clone(),
        })
    };
    sources.iter().filter_map(source).collect()
}

/// The file that is shown like this.
pub(super) fn uri(scene: &Scene, views: &[View], shown: &str) -> Option<Uri> {
    let path = path_of(shown);
    if path.is_absolute() { scene.uri(&path) } else { scene.uri(&views.first()?.root.join(path)) }
}

/// The lines, to the end of the last one where its text is known.
fn range(scene: &Scene, lines: Span, source: Option<&Sent>) -> Range {
    match source {
        Some(source) if source.lines == lines && !source.text.is_empty() => {
            convert::lines_range(lines.start, &source.text, scene.encoding)
        }
        _ => Range {
            start: Position { line: lines.start.saturating_sub(1), character: 0 },
            end: Position { line: lines.end, character: 0 },
        },
    }
}

fn usage(usage: converse::Usage) -> Usage {
    Usage {
        prompt_tokens: usage.prompt_tokens,
        answer_tokens: usage.answer_tokens,
        first_token_ms: usage.first_token_ms,
        tokens_per_second: usage.tokens_per_second,
        total_ms: usage.total_ms,
    }
}

fn ledger(answer: &Answer) -> Ledger {
    let entries = answer.ledger.entries.iter().map(|entry| {
        let number = entry.what.strip_prefix('[').and_then(|rest| rest.split(']').next()?.parse().ok());
        let place = match (&entry.path, entry.lines) {
            (Some(path), Some(lines)) => format!(" {path}:{lines}"),
            (Some(path), None) => format!(" {path}"),
            _ => String::new(),
        };
        let kind = serde_json::to_value(entry.part).ok().and_then(|kind| kind.as_str().map(str::to_owned));
        LedgerEntry {
            kind: kind.unwrap_or_default(),
            label: format!("{}{place}", entry.what),
            source: number,
            tokens: entry.tokens,
            included: !matches!(entry.fate, Fate::LeftOut(_)),
            reason: match &entry.fate {
                Fate::In => String::new(),
                Fate::Shortened(how) => format!("shortened: {how}"),
                Fate::LeftOut(why) => why.clone(),
            },
        }
    });
    Ledger {
        context: answer.context,
        answer: answer.reserved,
        estimated: answer.estimated,
        counted: answer.usage.prompt_tokens,
        entries: entries.collect(),
    }
}

/// A step under the protocol's name.
pub(super) fn stage(stage: converse::Stage) -> Stage {
    match stage {
        converse::Stage::Searching => Stage::Searching,
        converse::Stage::Waiting => Stage::Waiting,
        converse::Stage::Thinking => Stage::Thinking,
        converse::Stage::Answering => Stage::Answering,
        converse::Stage::Checking => Stage::Checking,
    }
}
