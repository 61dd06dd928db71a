//! Which pieces of code go in, and how much of each.

use super::{super::fence, Form, Item, Packer, heading, shown};
use crate::prompt::{Lines, Span};

/// What goes in and what does not.
pub(super) struct Choice {
    pub(super) chosen: Vec<Chosen>,
    pub(super) left_out: Vec<LeftOut>,
}

/// A piece of code that goes in.
pub(super) struct Chosen {
    pub(super) item: Item,
    /// Which of the item's forms.
    pub(super) form: Form,
    /// The numbered lines, without secrets.
    pub(super) shown: String,
    pub(super) redacted: usize,
    tokens: usize,
    /// Why it is not the first form.
    pub(super) shortened: Option<String>,
}

/// One that does not.
pub(super) struct LeftOut {
    pub(super) item: Item,
    pub(super) tokens: usize,
    pub(super) why: String,
    /// Whether there was no room for it, as against being there already.
    no_room: bool,
}

impl Choice {
    /// Takes the least relevant piece out again; false when there is none.
    pub(super) fn give_up_last(&mut self) -> bool {
        let Some(last) = self.chosen.pop() else { return false };
        let left = LeftOut { tokens: last.tokens, item: last.item, why: NO_ROOM.to_owned(), no_room: true };
        self.left_out.insert(0, left);
        true
    }

    /// What the user should know.
    pub(super) fn note(&self, context: usize) -> Option<String> {
        let missing = self.left_out.iter().filter(|left| left.no_room).count();
        let all = missing + self.chosen.len();
        (missing > 0)
            .then(|| format!("{missing} of {all} pieces of code did not fit into the model's {context} tokens"))
    }
}

const NO_ROOM: &str = "no room";
/// What a fence and its line ends cost, nearly.
const FENCES: usize = 6;

/// Takes the items by relevance, each in the best form for which there is room.
pub(super) fn choose(packer: &Packer<'_>, mut items: Vec<Item>, room: usize) -> Choice {
    items.sort_by(|a, b| {
        let place = |item: &Item| (item.why, item.path.clone(), item.forms.first().map(|form| form.main.lines));
        b.relevance.total_cmp(&a.relevance).then_with(|| place(a).cmp(&place(b)))
    });
    let mut choice = Choice { chosen: Vec::new(), left_out: Vec::new() };
    let mut left = room;
    for item in items {
        consider(packer, &mut choice, item, &mut left);
    }
    choice
}

fn consider(packer: &Packer<'_>, choice: &mut Choice, item: Item, left: &mut usize) {
    let Some(first) = item.forms.first() else { return };
    let rest = rest(first.main.lines, &item.path, &choice.chosen);
    if rest != [first.main.lines] {
        return add_rest(packer, choice, item, &rest, left);
    }
    let mut wanted = 0;
    for (number, form) in item.forms.iter().enumerate() {
        let new = make(packer, choice.chosen.len() + 1, &item, form.clone(), number);
        wanted = wanted.max(new.tokens);
        if new.tokens <= *left {
            *left -= new.tokens;
            choice.chosen.push(new);
            return;
        }
    }
    choice.left_out.push(LeftOut { item, tokens: wanted, why: NO_ROOM.to_owned(), no_room: true });
}

/// Takes of an item what is not shown yet, each stretch of lines by itself.
fn add_rest(packer: &Packer<'_>, choice: &mut Choice, item: Item, rest: &[Span], left: &mut usize) {
    let first = &item.forms[0];
    let known = choice
        .chosen
        .iter()
        .position(|known| known.item.path == item.path && known.form.main.lines.overlaps(first.main.lines));
    let why = format!("is in [{}] already", known.map_or(0, |index| index + 1));
    // What is left of it may be no more than an empty line and a bracket.
    let worth = |piece: &Lines| piece.text.lines().filter(|line| line.trim().len() > 2).count() > 1;
    let pieces: Vec<Lines> = rest.iter().map(|rest| cut(&first.main, *rest)).filter(worth).collect();
    if pieces.is_empty() {
        let tokens = packer.tokens(&first.main.text);
        choice.left_out.push(LeftOut { item, tokens, why, no_room: false });
        return;
    }
    for main in pieces {
        let forms = vec![Form { main, around: Vec::new(), part: Some("the rest") }];
        consider(packer, choice, Item { forms, ..item.clone() }, left);
    }
}

/// The stretches of some lines of a file that no source shows yet.
fn rest(lines: Span, path: &str, chosen: &[Chosen]) -> Vec<Span> {
    let mut rest = vec![lines];
    for known in chosen.iter().filter(|known| known.item.path == path) {
        let known = known.form.main.lines;
        rest = rest
            .into_iter()
            .flat_map(|own| {
                let before = (own.start < known.start).then(|| Span::new(own.start, own.end.min(known.start - 1)));
                let behind = (own.end > known.end).then(|| Span::new(own.start.max(known.end + 1), own.end));
                if own.overlaps(known) { [before, behind] } else { [Some(own), None] }
            })
            .flatten()
            .collect();
    }
    rest
}

fn make(packer: &Packer<'_>, n: usize, item: &Item, form: Form, number: usize) -> Chosen {
    let mut redacted = 0;
    let mut clean = |lines: Lines| {
        let (text, count) = packer.clean(&lines.text);
        redacted += count;
        Lines { text, ..lines }
    };
    let pieces: Vec<Lines> = shown(&form).into_iter().map(&mut clean).collect();
    let text = fence::numbered(&pieces);
    let tokens = packer.tokens(&heading(n, item, &form)) + packer.tokens(&text) + FENCES;
    let shortened = match form.part {
        Some("the rest") => Some("the rest is shown elsewhere".to_owned()),
        Some(_) if number > 0 => Some("the whole did not fit".to_owned()),
        _ => None,
    };
    Chosen { item: item.clone(), form, shown: text, redacted, tokens, shortened }
}

/// The lines `rest` of a piece that has them.
fn cut(piece: &Lines, rest: Span) -> Lines {
    let lines = piece.text.split('\n').skip((rest.start - piece.lines.start) as usize).take(rest.count() as usize);
    Lines { lines: rest, text: lines.collect::<Vec<_>>().join("\n") }
}
