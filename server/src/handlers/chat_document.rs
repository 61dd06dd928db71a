//! A conversation as a Markdown document that the user writes in: `## You` and `## CodeCompass` in turns. The document is the
//! conversation; it is read anew each time, so that whatever the user changed in it counts.

use std::ops::Range;

use codecompass_core::prompt::{Place, Span, Turn};

use super::answer::citation::citations;

const YOU: &str = "## You";
const REPLY: &str = "## CodeCompass";

/// A new document. With a question it is ready to be sent.
pub fn new(question: &str) -> String {
    let question = escaped(question.trim());
    let end = if question.is_empty() { "" } else { "\n" };
    format!(
        "# Chat\n\n> Write below “You”, then run the code action “Send to CodeCompass”. What stands here is the \
         conversation: earlier questions and answers can be edited.\n\n{YOU}\n\n{question}{end}"
    )
}

/// A document made of a conversation that is kept.
pub fn of(turns: &[(String, String)]) -> String {
    let mut out = new("");
    out.truncate(out.trim_end().len() - YOU.len());
    for (question, answer) in turns {
        out.extend([YOU, "\n\n", &escaped(question.trim()), "\n\n"]);
        out.extend([REPLY, "\n\n", &escaped(answer.trim()), "\n\n"]);
    }
    out.extend([YOU, "\n\n"]);
    out
}

/// A question that waits for its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// What was said before it.
    pub history: Vec<Turn>,
    /// The question.
    pub question: String,
    /// What the answer takes the place of.
    pub place: Range<usize>,
    /// What has to stand before the answer.
    pub before: &'static str,
    /// What has to stand after it.
    pub after: &'static str,
}

const BEFORE: &str = "\n\n## CodeCompass\n\n";
const AFTER: &str = "\n\n## You\n\n";

/// The question below the last `## You`.
pub fn pending(text: &str) -> Option<Pending> {
    let mut parts = parts(text);
    let last = parts.pop().filter(|last| last.you)?;
    let question = text[last.body.clone()].trim();
    if question.is_empty() {
        return None;
    }
    let end = last.body.start + text[last.body.clone()].trim_end().len();
    let place = end..last.body.end;
    Some(Pending { history: turns(text, &parts), question: question.to_owned(), place, before: BEFORE, after: AFTER })
}

/// The last question that was answered, to be answered anew in place of its answer.
pub fn again(text: &str) -> Option<Pending> {
    let mut parts = parts(text);
    let at = parts.iter().rposition(|part| !part.you)?;
    let reply = parts[at].body.clone();
    let asked = parts[..at].iter().rposition(|part| part.you)?;
    let question = text[parts[asked].body.clone()].trim().to_owned();
    parts.truncate(asked);
    let body = &text[reply.clone()];
    let start = reply.start + (body.len() - body.trim_start().len());
    let end = (reply.start + body.trim_end().len()).max(start);
    Some(Pending { history: turns(text, &parts), question, place: start..end, before: "", after: "" })
}

struct Part {
    you: bool,
    body: Range<usize>,
}

/// The parts of the document, without what stands before the first of them.
fn parts(text: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut fence: Option<usize> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end();
        let ticks = body.len() - body.trim_start_matches('`').len();
        match fence {
            Some(open) if ticks >= open && body.len() == ticks => fence = None,
            None if ticks >= 3 => fence = Some(ticks),
            None if body.eq_ignore_ascii_case(YOU) || body.eq_ignore_ascii_case(REPLY) => {
                if let Some(last) = parts.last_mut() {
                    last.body.end = at;
                }
                parts.push(Part { you: body.eq_ignore_ascii_case(YOU), body: at + line.len()..text.len() });
            }
            _ => {}
        }
        at += line.len();
    }
    parts
}

fn turns(text: &str, parts: &[Part]) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    for part in parts {
        let body = text[part.body.clone()].trim();
        if part.you {
            if !body.is_empty() {
                turns.push(Turn { question: body.to_owned(), ..Turn::default() });
            }
        } else if let Some(turn) = turns.last_mut() {
            turn.answer = own(body);
            turn.places = citations(&turn.answer)
                .into_iter()
                .map(|found| Place {
                    path: found.path,
                    lines: Span::new(found.start_line, found.end_line),
                    symbol: String::new(),
                })
                .collect();
        }
    }
    turns
}

/// The answer without the quotation below it, which is ours and not the model's.
fn own(body: &str) -> String {
    let mut lines: Vec<&str> = body.lines().collect();
    while lines.last().is_some_and(|line| line.starts_with('>') || line.trim().is_empty()) {
        lines.pop();
    }
    lines.join("\n")
}

/// A line that would begin another part does so no more.
pub fn escaped(text: &str) -> String {
    let is_heading =
        |line: &str| line.trim_end().eq_ignore_ascii_case(YOU) || line.trim_end().eq_ignore_ascii_case(REPLY);
    if !text.lines().any(is_heading) {
        return text.to_owned();
    }
    let lines = text.lines().map(|line| if is_heading(line) { format!("#{line}") } else { line.to_owned() });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    const DOCUMENT: &str = "# Chat\n\nintro\n\n## You\n\nwhat is it\n\n## CodeCompass\n\nA store (`src/a.rs:1-9`).\n\n\
                            ```\n## You\n```\n\n> qwen on gpu · 1 of 1 citations checked\n\n## You\n\nand who calls it?\n\n";

    #[test]
    fn the_last_question_waits_with_what_was_said_before() {
        let pending = pending(DOCUMENT).unwrap();
        assert_eq!(pending.question, "and who calls it?");
        assert_eq!(pending.history.len(), 1);
        let turn = &pending.history[0];
        assert_eq!((turn.question.as_str(), turn.places[0].path.as_str()), ("what is it", "src/a.rs"));
        assert_eq!(turn.answer, "A store (`src/a.rs:1-9`).\n\n```\n## You\n```");
        let mut after = DOCUMENT.to_owned();
        after.replace_range(pending.place, &[pending.before, "Nobody.", pending.after].concat());
        assert!(after.ends_with("and who calls it?\n\n## CodeCompass\n\nNobody.\n\n## You\n\n"), "{after}");
        assert_eq!(super::pending(&after), None, "nothing is asked in it any more");
        let again = again(&after).unwrap();
        assert_eq!((again.question.as_str(), &after[again.place]), ("and who calls it?", "Nobody."));
        assert_eq!(again.history, pending.history);
    }

    #[test]
    fn a_new_document_waits_for_a_question() {
        assert_eq!(pending(&new("")), None);
        assert_eq!(pending(&new("why?\n## You\n")).unwrap().question, "why?\n### You");
        assert_eq!(again(&new("why?")), None);
        let kept = of(&[("a?".to_owned(), "b.".to_owned())]);
        assert_eq!(again(&kept).unwrap().question, "a?");
        assert_eq!(pending(&(kept + "and c?")).unwrap().history[0].answer, "b.");
    }

    proptest::proptest! {
        #[test]
        fn any_document_can_be_read(text in "(## You\n|## CodeCompass\n|```\n|> x\n|é |\n){0,12}") {
            for found in [pending(&text), again(&text)].into_iter().flatten() {
                proptest::prop_assert!(text.get(found.place).is_some());
            }
        }
    }
}
