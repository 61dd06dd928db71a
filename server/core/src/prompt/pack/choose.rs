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
    let mut wanted = 0;
    let mut because = NO_ROOM.to_owned();
    for (number, form) in item.forms.iter().enumerate() {
        let form = match beside(form, &item.path, &choice.chosen) {
            Beside::Free(form) => form,
            Beside::Known(n) => {
                because = format!("is in [{n}] already");
                break;
            }
            Beside::Around(form, known) => {
                // What is inside of it makes room for it.
                let freed: usize = known.iter().map(|&index| choice.chosen[index].tokens).sum();
                let new = make(packer, choice.chosen.len() + 1, &item, form, number);
                wanted = wanted.max(new.tokens);
                if number > 0 || new.tokens > *left + freed {
                    continue;
                }
                *left = *left + freed - new.tokens;
                replace(choice, &known, new);
                return;
            }
        };
        let new = make(packer, choice.chosen.len() + 1, &item, form, number);
        wanted = wanted.max(new.tokens);
        if new.tokens <= *left {
            *left -= new.tokens;
            choice.chosen.push(new);
            return;
        }
    }
    let no_room = because == NO_ROOM;
    choice.left_out.push(LeftOut { item, tokens: wanted, why: because, no_room });
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
    let shortened = (number > 0 && form.part.is_some()).then(|| "the whole did not fit".to_owned());
    Chosen { item: item.clone(), form, shown: text, redacted, tokens, shortened }
}

/// How a form stands to what is chosen already.
enum Beside {
    /// It shares nothing, or nothing any more.
    Free(Form),
    /// All of it is in this source.
    Known(usize),
    /// It is around these.
    Around(Form, Vec<usize>),
}

fn beside(form: &Form, path: &str, chosen: &[Chosen]) -> Beside {
    let mut form = form.clone();
    let mut inside = Vec::new();
    for (index, known) in chosen.iter().enumerate().filter(|(_, known)| known.item.path == path) {
        let (own, other) = (form.main.lines, known.form.main.lines);
        if other.contains(own) {
            return Beside::Known(index + 1);
        }
        if own.contains(other) {
            inside.push(index);
        } else if own.overlaps(other) {
            let rest = if own.start < other.start {
                Span::new(own.start, other.start - 1)
            } else {
                Span::new(other.end + 1, own.end)
            };
            form.main = cut(&form.main, rest);
        }
        form.around.retain(|around| !other.contains(around.lines));
    }
    if inside.is_empty() { Beside::Free(form) } else { Beside::Around(form, inside) }
}

/// The lines `rest` of a piece that has them.
fn cut(piece: &Lines, rest: Span) -> Lines {
    let lines = piece.text.split('\n').skip((rest.start - piece.lines.start) as usize).take(rest.count() as usize);
    Lines { lines: rest, text: lines.collect::<Vec<_>>().join("\n") }
}

/// Puts `new` where the first of `known` was; those are in it.
fn replace(choice: &mut Choice, known: &[usize], new: Chosen) {
    let first = known[0];
    for &index in known.iter().rev() {
        let old = choice.chosen.remove(index);
        let why = format!("is in [{}] already", first + 1);
        choice.left_out.push(LeftOut { tokens: old.tokens, item: old.item, why, no_room: false });
    }
    choice.chosen.insert(first, new);
}
