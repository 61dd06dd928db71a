//! From text to [`Outline`]: parses a file with its grammar and walks the tree once, collecting what its
//! [`Spec`](crate::language::Spec) names. It knows nodes and byte ranges, not chunks. It never fails: what cannot be
//! parsed in time has an empty outline.

mod define;
mod mask;
mod names;
mod roles;
mod walk;

use std::{cell::RefCell, ops::ControlFlow, ops::Range};

use rustc_hash::FxHashSet;
use tree_sitter::{ParseOptions, Parser, Tree};

use crate::language::{Language, RefKind, SymbolKind};
use mask::mask;
use roles::Roles;
use walk::walk;

/// What a file defines, refers to, comments on and quotes. All ranges are bytes of the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// Definitions in the order in which they start; a container comes before what it holds.
    pub definitions: Vec<Definition>,
    /// References in the order of the text.
    pub references: Vec<Reference>,
    /// Comments, in order, without overlap.
    pub comments: Vec<Range<u32>>,
    /// String literals, in order, without overlap.
    pub strings: Vec<Range<u32>>,
    /// False when parsing was given up (time, cancellation), so that the rest is empty.
    pub complete: bool,
}

/// Something with a name that other code can refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The name as written.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// The whole definition with its decorators and modifiers, without the comment above it.
    pub range: Range<u32>,
    /// The name's own place.
    pub name_range: Range<u32>,
    /// From the definition's start to its body, or its first line.
    pub signature: Range<u32>,
    /// The definition around it: an index into [`Outline::definitions`].
    pub parent: Option<u32>,
}

/// A place that names something defined elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Where the name stands.
    pub range: Range<u32>,
    /// How it is used.
    pub kind: RefKind,
}

/// Says whether to stop: asked often, from the parsing thread.
pub type Stop<'a> = &'a dyn Fn() -> bool;

/// Languages inside languages are followed this deep (Markdown > HTML > JavaScript).
const MAX_INJECTION_DEPTH: usize = 2;

/// What `text` defines and refers to, read as `language`. Asks `stop` every few thousand nodes.
pub fn outline(language: Language, text: &str, stop: Stop<'_>) -> Outline {
    let mut outline = Outline { complete: true, ..Outline::default() };
    // Ranges are 32 bits wide; a longer text is cut at blank lines only.
    if u32::try_from(text.len()).is_ok() {
        outline.complete = read(language, text, None, stop, &mut outline, 0).is_continue();
    }
    if !outline.complete {
        return Outline::default();
    }
    drop_own_names(&mut outline);
    sort(&mut outline);
    adopt(&mut outline.definitions);
    outline
}

/// Only parses `text`: the yardstick for what indexing costs. The number of nodes, 0 without a grammar.
pub fn parse_only(language: Language, text: &str) -> usize {
    let Some((grammar, _)) = language.grammar() else { return 0 };
    parse(language, &grammar, text, None, &|| false).map_or(0, |tree| tree.root_node().descendant_count())
}

/// A definition's own name is not a reference to it. (Asking every identifier for its parent would be slow.)
fn drop_own_names(outline: &mut Outline) {
    let names: FxHashSet<u32> = outline.definitions.iter().map(|definition| definition.name_range.start).collect();
    outline.references.retain(|reference| !names.contains(&reference.range.start));
}

/// Parts in other languages were appended at the end: brings everything back into the order of the text.
fn sort(outline: &mut Outline) {
    outline.references.sort_by_key(|reference| reference.range.start);
    // `new Type()` is found twice, as an instantiation by the outer node, which comes first, and as a type.
    outline.references.dedup_by_key(|reference| reference.range.start);
    outline.comments.sort_by_key(|range| range.start);
    outline.strings.sort_by_key(|range| range.start);
    if outline.definitions.is_sorted_by_key(|definition| (definition.range.start, u32::MAX - definition.range.end)) {
        return;
    }
    let definitions = &outline.definitions;
    let mut order: Vec<u32> = (0..definitions.len() as u32).collect();
    order.sort_by_key(|&index| {
        let range = &definitions[index as usize].range;
        (range.start, u32::MAX - range.end, index)
    });
    let mut place = vec![0u32; order.len()];
    for (new, &old) in order.iter().enumerate() {
        place[old as usize] = new as u32;
    }
    let mut sorted: Vec<Definition> = order.iter().map(|&old| definitions[old as usize].clone()).collect();
    for definition in &mut sorted {
        definition.parent = definition.parent.map(|parent| place[parent as usize]);
    }
    outline.definitions = sorted;
}

/// What is defined in a part in another language belongs to the definition around that part.
fn adopt(definitions: &mut [Definition]) {
    let mut open: Vec<u32> = Vec::new();
    for index in 0..definitions.len() {
        let end = definitions[index].range.end;
        while open.last().is_some_and(|&outer| definitions[outer as usize].range.end < end) {
            open.pop();
        }
        if definitions[index].parent.is_none() {
            definitions[index].parent = open.last().copied();
        }
        open.push(index as u32);
    }
}

fn read(
    language: Language,
    text: &str,
    part: Option<tree_sitter::Range>,
    stop: Stop<'_>,
    outline: &mut Outline,
    depth: usize,
) -> ControlFlow<()> {
    let Some((grammar, spec)) = language.grammar() else { return ControlFlow::Continue(()) };
    let Some(tree) = parse(language, &grammar, text, part, stop) else { return ControlFlow::Break(()) };
    let roles = Roles::of(language, &grammar, spec);
    let injected = walk(&tree, text, spec, roles, stop, outline)?;
    if depth < MAX_INJECTION_DEPTH {
        for (language, range) in injected {
            read(language, text, Some(range), stop, outline, depth + 1)?;
        }
    }
    ControlFlow::Continue(())
}

fn parse(
    language: Language,
    grammar: &tree_sitter::Language,
    text: &str,
    part: Option<tree_sitter::Range>,
    stop: Stop<'_>,
) -> Option<Tree> {
    thread_local! {
        static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
    }
    // Only the part is masked: a long file may have thousands of them.
    let first = part.map_or(0, |part| part.start_byte);
    let bytes = mask(language, text.get(first..part.map_or(text.len(), |part| part.end_byte)).unwrap_or_default());
    PARSER.with_borrow_mut(|parser| {
        parser.set_language(grammar).ok()?;
        if let Some(part) = part {
            parser.set_included_ranges(&[part]).ok()?;
        }
        let mut progress =
            |_: &tree_sitter::ParseState| if stop() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let options = ParseOptions::new().progress_callback(&mut progress);
        let mut read = |at: usize, _| at.checked_sub(first).and_then(|at| bytes.get(at..)).unwrap_or(&[]);
        let tree = parser.parse_with_options(&mut read, None, Some(options));
        if tree.is_none() {
            parser.reset();
        }
        if part.is_some() {
            parser.set_included_ranges(&[]).ok()?;
        }
        tree
    })
}

#[cfg(test)]
mod tests;
