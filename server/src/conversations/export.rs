//! A conversation as a Markdown document, for people and other programs.

use std::fmt::Write;

use super::{Conversation, Mode, Turn};
use crate::handlers::{converse::document, hover::plain};

const TAKES_ALL: &str = "a string takes all that is written";

/// The whole conversation.
pub fn markdown(conversation: &Conversation) -> String {
    let mut out = format!("# {}\n", plain(&conversation.summary.title));
    if conversation.dropped > 0 {
        write!(out, "\n> {} older questions are not kept any more.\n", conversation.dropped).expect(TAKES_ALL);
    }
    for turn in &conversation.turns {
        write!(out, "\n## You\n\n{}\n\n## CodeCompass\n\n{}\n", question(turn), document::said(&turn.answer))
            .expect(TAKES_ALL);
    }
    out
}

/// What was asked, as a person would write it.
pub fn question(turn: &Turn) -> String {
    let subject = turn.subject.as_ref().map(|subject| {
        let lines = subject.lines.map_or_else(String::new, |lines| format!(":{lines}"));
        let place = format!("`{}{lines}`", subject.path.display());
        subject.symbol.as_ref().map_or_else(|| place.clone(), |symbol| format!("`{symbol}` at {place}"))
    });
    match (turn.mode, subject, turn.question.trim()) {
        (Mode::Explain, Some(subject), "") => format!("Explain {subject}"),
        (_, Some(subject), asked) if !asked.is_empty() => format!("{asked}\n\n(about {subject})"),
        (_, _, asked) => asked.to_owned(),
    }
}
