//! From candidates to a prompt: the most relevant first, whole definitions where they fit and signatures where not, earlier
//! turns shortened when they grow long, and every part in the ledger.

mod choose;
mod compose;
mod earlier;
#[cfg(test)]
mod tests;

use super::{
    Budget, Ledger, Lines, Prompt, Reason, Span, Turn,
    budget::Calibration,
    fence::{self, Fence},
    template::{Slot, Template},
};
use crate::language::Language;

use self::{choose::Choice, compose::Composer, earlier::Earlier};

/// Takes secrets out of a text; says how many there were.
pub type Redact<'a> = &'a dyn Fn(&str) -> (String, usize);

/// A piece of code that could go in.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The file as it is shown to people.
    pub path: String,
    /// Its language.
    pub language: Language,
    /// What it is: `method Store::add`.
    pub label: String,
    /// Why it would be there.
    pub why: Reason,
    /// How much it matters; the largest comes first.
    pub relevance: f32,
    /// What could be shown of it, the best first, each shorter than the one before.
    pub forms: Vec<Form>,
}

/// What could be shown of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The lines that it is about.
    pub main: Lines,
    /// Lines of the same file that help to read them.
    pub around: Vec<Lines>,
    /// What is shown when that is not all: `the signature`.
    pub part: Option<&'static str>,
}

/// Something that is said as data without a number: commits, problems, a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is, in our words.
    pub title: String,
    /// What it says, in the words of others.
    pub text: String,
    /// The language id behind the fence.
    pub language: &'static str,
    /// The largest share of the room for code that it may take, in hundredths.
    pub share: usize,
}

/// What a prompt is made of.
pub struct Draft<'a> {
    /// The prompt file.
    pub template: &'a Template,
    /// The user's words; may be empty where the template does not ask for them.
    pub question: &'a str,
    /// What is to be explained, in a line.
    pub subject: String,
    /// Where the user is, in a line or two.
    pub editor: String,
    /// What is said as data.
    pub facts: Vec<Fact>,
    /// Code that could go in.
    pub items: Vec<Item>,
    /// Earlier turns, the oldest first.
    pub history: &'a [Turn],
    /// How long the prompt may be.
    pub budget: Budget,
    /// Takes secrets out.
    pub redact: Option<Redact<'a>>,
    /// Sentences the user should know.
    pub notes: Vec<String>,
}

/// Why there is no prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// Not even the instructions fit.
    #[error(
        "the model reads {room} tokens beside its answer, and the question with the instructions has about {needed}; ask in fewer words, or take a model with a larger context (setting chat.num_ctx)"
    )]
    NoRoom {
        /// Tokens that there are.
        room: usize,
        /// Tokens that there should be.
        needed: usize,
    },
}

/// Tokens that a model's own template puts around each message, and once around all.
const MESSAGE_TOKENS: usize = 5;
const ALL_TOKENS: usize = 4;

/// Makes the prompt.
pub fn pack(draft: Draft<'_>) -> Result<Prompt, PackError> {
    let mut packer = Packer::new(&draft);
    let room = draft.budget.prompt();
    let fixed = packer.fixed(&draft);
    if fixed > room {
        return Err(PackError::NoRoom { room, needed: fixed });
    }
    let mut left = room - fixed;
    let earlier = Earlier::of(&packer, &draft, left.min(draft.budget.history()));
    left -= earlier.tokens.min(left);
    let facts = packer.facts(&draft.facts, left, draft.template.has(Slot::Facts));
    left -= facts.iter().filter(|fact| fact.inside).map(|fact| fact.tokens).sum::<usize>().min(left);
    let mut choice = choose::choose(&packer, draft.items, left);
    loop {
        let fence = Fence::around(
            choice.chosen.iter().map(|chosen| chosen.shown.as_str()).chain(facts.iter().map(|fact| fact.text.as_str())),
        );
        let mut composer = Composer::new(draft.budget);
        composer.compose(
            draft.template,
            &packer,
            &Parts { earlier: &earlier, facts: &facts, choice: &choice, fence: &fence },
        );
        // Fences may have grown, and rounding adds up.
        if composer.tokens() > room && choice.give_up_last() {
            continue;
        }
        let redacted = packer.redacted
            + earlier.redacted
            + facts.iter().map(|fact| fact.redacted).sum::<usize>()
            + choice.chosen.iter().map(|chosen| chosen.redacted).sum::<usize>();
        let mut notes = std::mem::take(&mut packer.notes);
        notes.extend(choice.note(draft.budget.context));
        notes.extend(earlier.note());
        if redacted > 0 {
            let s = if redacted == 1 { "" } else { "s" };
            notes.push(format!("{redacted} secret{s} in the text were taken out before it is sent"));
        }
        let (messages, ledger, sources) =
            composer.finish(&Parts { earlier: &earlier, facts: &facts, choice: &choice, fence: &fence });
        let estimated_tokens = ledger.tokens();
        return Ok(Prompt { messages, sources, ledger, estimated_tokens, notes, redacted });
    }
}

/// What the parts of a prompt share.
struct Packer<'a> {
    calibration: Calibration,
    redact: Option<Redact<'a>>,
    question: String,
    subject: String,
    editor: String,
    redacted: usize,
    notes: Vec<String>,
}

/// What was decided.
struct Parts<'a> {
    earlier: &'a Earlier,
    facts: &'a [ShownFact],
    choice: &'a Choice,
    fence: &'a Fence,
}

/// A fact as it goes in.
struct ShownFact {
    title: String,
    language: &'static str,
    text: String,
    tokens: usize,
    redacted: usize,
    /// What is missing of it: how much and why.
    missing: Option<String>,
    inside: bool,
}

impl<'a> Packer<'a> {
    fn new(draft: &Draft<'a>) -> Self {
        let mut packer = Self {
            calibration: draft.budget.calibration,
            redact: draft.redact,
            question: String::new(),
            subject: String::new(),
            editor: String::new(),
            redacted: 0,
            notes: draft.notes.clone(),
        };
        let (question, in_question) = packer.clean(draft.question);
        let (subject, in_subject) = packer.clean(&draft.subject);
        let (editor, in_editor) = packer.clean(&draft.editor);
        (packer.question, packer.subject, packer.editor) = (question, subject, editor);
        packer.redacted = in_question + in_subject + in_editor;
        packer
    }

    fn tokens(&self, text: &str) -> usize {
        self.calibration.tokens(text)
    }

    /// The text without secrets and without the marks of a model's own template, with as many lines as before.
    fn clean(&self, text: &str) -> (String, usize) {
        let (clean, count) = match self.redact.map(|redact| redact(text)) {
            Some((clean, count)) if count > 0 => (with_lines_of(text, clean), count),
            _ => (text.to_owned(), 0),
        };
        (fence::without_marks(clean), count)
    }

    /// Tokens of all that has to go in.
    fn fixed(&self, draft: &Draft<'_>) -> usize {
        let mut tokens = ALL_TOKENS;
        for (_, pieces) in &draft.template.sections {
            tokens += MESSAGE_TOKENS;
            for piece in pieces {
                tokens += match piece {
                    super::template::Piece::Text(text) => self.tokens(text),
                    super::template::Piece::Slot(Slot::Question) => self.tokens(&self.question),
                    super::template::Piece::Slot(Slot::Subject) => self.tokens(&self.subject),
                    super::template::Piece::Slot(Slot::Editor) => self.tokens(&self.editor),
                    super::template::Piece::Slot(_) => 0,
                };
            }
        }
        tokens
    }

    /// Facts, each with whole lines up to its share of the room.
    fn facts(&self, facts: &[Fact], room: usize, has_place: bool) -> Vec<ShownFact> {
        let mut left = room;
        let shown = facts.iter().filter(|fact| !fact.text.trim().is_empty()).map(|fact| {
            let (text, redacted) = self.clean(&fact.text);
            let whole = self.tokens(&text);
            let around = self.tokens(&fact.title) + 8;
            let most = (room * fact.share / 100).min(left).saturating_sub(around);
            let mut kept = String::new();
            let mut used = 0;
            let all = text.lines().count();
            for line in text.lines().filter(|_| has_place) {
                let cost = self.tokens(line) + 1;
                if used + cost > most {
                    break;
                }
                used += cost;
                kept.push_str(line);
                kept.push('\n');
            }
            let lines = kept.lines().count();
            let inside = lines > 0;
            let missing = match (has_place, lines) {
                (false, _) => Some("the prompt file has no place {{facts}}".to_owned()),
                (_, lines) if lines == all => None,
                (_, lines) => Some(format!("{} of {all} lines did not fit", all - lines)),
            };
            let tokens = if inside { self.tokens(&kept) + around } else { 0 };
            left -= tokens.min(left);
            // What is outside costs nothing; its entry says what it would have cost.
            let redacted = if inside { redacted } else { 0 };
            let text = if inside { kept } else { String::new() };
            let tokens = if inside { tokens } else { whole };
            ShownFact { title: fact.title.clone(), language: fact.language, text, tokens, redacted, missing, inside }
        });
        shown.collect()
    }
}

/// `clean` with as many lines as `text` has: a key of many lines that became one word must not move the lines below it.
fn with_lines_of(text: &str, clean: String) -> String {
    let (before, after): (Vec<&str>, Vec<&str>) = (text.split('\n').collect(), clean.split('\n').collect());
    if before.len() == after.len() {
        return clean;
    }
    let most = before.len().min(after.len());
    let head = before.iter().zip(&after).take_while(|(a, b)| a == b).count().min(most);
    let tail = before.iter().rev().zip(after.iter().rev()).take_while(|(a, b)| a == b).count().min(most - head);
    let changed = after[head..after.len() - tail].join(" ");
    let gone = before.len() - head - tail;
    let mut lines: Vec<&str> = after[..head].to_vec();
    for number in 0..gone {
        lines.push(if number == 0 { changed.as_str() } else { "" });
    }
    lines.extend(&after[after.len() - tail..]);
    lines.join("\n")
}

/// The line above a piece of code.
fn heading(n: usize, item: &Item, form: &Form) -> String {
    let path = fence::one_line(&item.path, 400);
    let lines = form.main.lines;
    let label = fence::one_line(&item.label, 200);
    let label = if label.is_empty() { String::new() } else { format!(" · {label}") };
    let part = form.part.map_or_else(String::new, |part| format!(" · {part} only"));
    format!("[{n}] {path}:{lines}{label} · {why}{part}\n", why = item.why.as_str())
}

/// What the form shows, between its fences.
fn shown(form: &Form) -> Vec<Lines> {
    let mut pieces = vec![form.main.clone()];
    pieces.extend(form.around.iter().cloned());
    pieces
}

impl Form {
    /// Whole lines of a text, without the lines before `lines` and behind.
    pub fn whole(main: Lines) -> Self {
        Self { main, around: Vec::new(), part: None }
    }
}

impl Lines {
    /// Lines of a text. `None` when it has not so many.
    pub fn of(text: &str, starts: &crate::text::Lines, lines: Span) -> Option<Self> {
        let end = lines.end.min(starts.count());
        if lines.start == 0 || lines.start > end {
            return None;
        }
        let range = starts.full_range(lines.start).start..starts.range(end, text).end;
        Some(Self { lines: Span::new(lines.start, end), text: text.get(range)?.to_owned() })
    }
}

impl Ledger {
    /// Whether the entries are all the bytes of the messages.
    pub fn accounts_for(&self, messages: &[super::Message]) -> bool {
        self.bytes() == messages.iter().map(|message| message.text.len()).sum::<usize>()
    }
}
