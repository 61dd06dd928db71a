//! Writes the messages and, byte by byte, the ledger.

use super::{ALL_TOKENS, MESSAGE_TOKENS, Packer, Parts, earlier::HEAD, heading};
use crate::prompt::{
    Budget, Entry, Fate, Ledger, Lines, Message, Part, Role, Source, Span,
    budget::thousandths,
    template::{Piece, Slot, Template},
};

/// Writes messages. Text gets in by [`Composer::write`] only, which also makes its entry.
pub(super) struct Composer {
    budget: Budget,
    messages: Vec<Message>,
    entries: Vec<Entry>,
    instructions: usize,
}

/// What an entry is about.
struct About<'a> {
    part: Part,
    what: String,
    place: Option<(&'a str, Span)>,
    fate: Fate,
}

impl About<'_> {
    fn new(part: Part, what: &str) -> Self {
        Self { part, what: what.to_owned(), place: None, fate: Fate::In }
    }
}

impl Composer {
    pub(super) fn new(budget: Budget) -> Self {
        Self { budget, messages: Vec::new(), entries: Vec::new(), instructions: 0 }
    }

    /// Tokens of all that is written, and of what the model's template adds.
    pub(super) fn tokens(&self) -> usize {
        let calibration = self.budget.calibration;
        let written: usize = self.entries.iter().map(|entry| entry.tokens).sum();
        written + calibration.scaled(self.instructions) + ALL_TOKENS + MESSAGE_TOKENS * self.messages.len()
    }

    /// Writes all messages.
    pub(super) fn compose(&mut self, template: &Template, packer: &Packer<'_>, parts: &Parts<'_>) {
        for (number, (role, pieces)) in template.sections.iter().enumerate() {
            // What was said before stands between the instructions and what is asked now.
            if *role == Role::User && !template.sections[..number].iter().any(|(role, _)| *role == Role::User) {
                self.earlier(parts);
            }
            self.begin(*role);
            let mut after_nothing = true;
            for piece in pieces {
                match piece {
                    Piece::Text(text) => {
                        let text = if after_nothing { text.trim_start_matches('\n') } else { text };
                        // What is filled in ends its last line itself.
                        let ended = self.messages.last().is_some_and(|message| message.text.ends_with('\n'));
                        let text = text.strip_prefix('\n').filter(|_| ended).unwrap_or(text);
                        self.instruct(text);
                        after_nothing = text.is_empty() && after_nothing;
                    }
                    Piece::Slot(slot) => {
                        let before = self.length();
                        self.fill(*slot, packer, parts);
                        // An empty place leaves no blank lines.
                        after_nothing = self.length() == before;
                    }
                }
            }
        }
    }

    /// The messages, the ledger and the sources.
    pub(super) fn finish(self, parts: &Parts<'_>) -> (Vec<Message>, Ledger, Vec<Source>) {
        let calibration = self.budget.calibration;
        let entry = |part, what: &str, bytes, tokens, fate| Entry {
            part,
            what: what.to_owned(),
            path: None,
            lines: None,
            bytes,
            tokens,
            fate,
        };
        let around = ALL_TOKENS + MESSAGE_TOKENS * self.messages.len();
        let written: usize = self.entries.iter().map(|entry| entry.bytes).sum();
        let all: usize = self.messages.iter().map(|message| message.text.len()).sum();
        let mut entries = vec![
            entry(Part::Template, "the model's own marks around the messages", 0, around, Fate::In),
            entry(Part::Instructions, "instructions", all - written, calibration.scaled(self.instructions), Fate::In),
        ];
        entries.extend(self.entries);
        for (question, tokens) in &parts.earlier.gone {
            let fate = Fate::LeftOut(parts.earlier.why.to_owned());
            entries.push(entry(Part::History, &format!("earlier: {question}"), 0, *tokens, fate));
        }
        for fact in parts.facts.iter().filter(|fact| !fact.inside) {
            let fate = Fate::LeftOut(fact.missing.clone().unwrap_or_default());
            entries.push(entry(Part::Facts, &fact.title, 0, fact.tokens, fate));
        }
        for left in &parts.choice.left_out {
            let mut made = entry(Part::Source, &what(&left.item), 0, left.tokens, Fate::LeftOut(left.why.clone()));
            made.path = Some(left.item.path.clone());
            made.lines = left.item.forms.first().map(|form| form.main.lines);
            entries.push(made);
        }
        let sources = parts.choice.chosen.iter().enumerate().map(|(index, chosen)| Source {
            n: index as u32 + 1,
            path: chosen.item.path.clone(),
            lines: chosen.form.main.lines,
            label: chosen.item.label.clone(),
            language: chosen.item.language,
            text: chosen.form.main.text.clone(),
            why: chosen.item.why,
            around: chosen.form.around.iter().map(Lines::clone).collect(),
            partial: chosen.form.part.is_some(),
        });
        let sources = sources.collect();
        (self.messages, Ledger { budget: self.budget.prompt(), entries }, sources)
    }

    fn begin(&mut self, role: Role) {
        self.messages.push(Message { role, text: String::new() });
    }

    fn length(&self) -> usize {
        self.messages.last().map_or(0, |message| message.text.len())
    }

    fn append(&mut self, text: &str) {
        if let Some(message) = self.messages.last_mut() {
            message.text.push_str(text);
        }
    }

    fn instruct(&mut self, text: &str) {
        self.append(text);
        self.instructions += thousandths(text);
    }

    fn write(&mut self, about: About<'_>, text: &str) {
        if text.is_empty() {
            return;
        }
        self.append(text);
        self.entries.push(Entry {
            part: about.part,
            what: about.what,
            path: about.place.map(|(path, _)| path.to_owned()),
            lines: about.place.map(|(_, lines)| lines),
            bytes: text.len(),
            tokens: self.budget.calibration.tokens(text),
            fate: about.fate,
        });
    }

    fn earlier(&mut self, parts: &Parts<'_>) {
        for (question, answer) in &parts.earlier.full {
            self.begin(Role::User);
            self.write(About::new(Part::History, "an earlier question"), question);
            self.begin(Role::Assistant);
            self.write(About::new(Part::History, "its answer"), answer);
        }
    }

    fn fill(&mut self, slot: Slot, packer: &Packer<'_>, parts: &Parts<'_>) {
        match slot {
            Slot::Question => self.write(About::new(Part::Question, "the question"), &packer.question),
            Slot::Subject => self.write(About::new(Part::Question, "what is to be explained"), &packer.subject),
            Slot::Editor => self.write(About::new(Part::Facts, "where the user is"), &packer.editor),
            Slot::History => {
                for (number, (line, whole)) in parts.earlier.short.iter().enumerate() {
                    let text = if number == 0 { format!("{HEAD}{line}") } else { line.clone() };
                    let fate = Fate::Shortened(format!("to a line from about {whole} tokens"));
                    let about = About { fate, ..About::new(Part::History, "an earlier question and its answer") };
                    self.write(about, &text);
                }
            }
            Slot::Facts => {
                let mut first = true;
                for fact in parts.facts.iter().filter(|fact| fact.inside) {
                    let between = if std::mem::take(&mut first) { "" } else { "\n" };
                    let note = fact.missing.as_ref().map_or_else(String::new, |missing| format!(" ({missing})"));
                    let block = parts.fence.block(fact.language, &fact.text);
                    let fate = fact.missing.clone().map_or(Fate::In, Fate::Shortened);
                    let about = About { fate, ..About::new(Part::Facts, &fact.title) };
                    self.write(about, &format!("{between}{}{note}:\n{block}", fact.title));
                }
            }
            Slot::Sources => {
                for (index, chosen) in parts.choice.chosen.iter().enumerate() {
                    let between = if index == 0 { "" } else { "\n" };
                    let block = parts.fence.block(chosen.item.language.id(), &chosen.shown);
                    let text = format!("{between}{}{block}", heading(index + 1, &chosen.item, &chosen.form));
                    let about = About {
                        place: Some((&chosen.item.path, chosen.form.main.lines)),
                        fate: chosen.shortened.clone().map_or(Fate::In, Fate::Shortened),
                        ..About::new(Part::Source, &format!("[{}] {}", index + 1, what(&chosen.item)))
                    };
                    self.write(about, &text);
                }
            }
        }
    }
}

/// `method Store::add (caller)`.
fn what(item: &super::Item) -> String {
    let label = if item.label.is_empty() { "lines" } else { &item.label };
    format!("{label} ({})", item.why.as_str())
}
