//! From text to [`Outline`]: parses a file with its grammar and walks the tree once, collecting what its [`Spec`] names.
//! It knows nodes and byte ranges, not chunks. It never fails: what cannot be parsed in time has an empty outline.

mod mask;

use std::{cell::RefCell, ops::ControlFlow, ops::Range, sync::OnceLock};

use rustc_hash::FxHashSet;
use tree_sitter::{Node, ParseOptions, Parser, Tree};

use crate::language::{Language, Name, RefKind, Spec, SymbolKind};
use mask::mask;

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

/// Longest signature kept, in bytes.
const MAX_SIGNATURE: usize = 400;
/// Languages inside languages are followed this deep (Markdown > HTML > JavaScript).
const MAX_INJECTION_DEPTH: usize = 2;

/// What `text` defines and refers to, read as `language`. Asks `stop` every few thousand nodes.
pub fn outline(language: Language, text: &str, stop: Stop<'_>) -> Outline {
    let mut outline = Outline { complete: true, ..Outline::default() };
    // Ranges are 32 bits wide; a longer text is cut at blank lines only.
    if u32::try_from(text.len()).is_ok() {
        outline.complete = read(language, text, 0..text.len(), stop, &mut outline, 0).is_continue();
    }
    if !outline.complete {
        return Outline::default();
    }
    drop_own_names(&mut outline);
    sort(&mut outline);
    outline
}

/// Only parses `text`: the yardstick for what indexing costs. The number of nodes, 0 without a grammar.
pub fn parse_only(language: Language, text: &str) -> usize {
    let Some((grammar, _)) = language.grammar() else { return 0 };
    parse(&grammar, text, 0..text.len(), &|| false).map_or(0, |tree| tree.root_node().descendant_count())
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

fn read(
    language: Language,
    text: &str,
    part: Range<usize>,
    stop: Stop<'_>,
    outline: &mut Outline,
    depth: usize,
) -> ControlFlow<()> {
    let Some((grammar, spec)) = language.grammar() else { return ControlFlow::Continue(()) };
    let Some(tree) = parse(&grammar, &mask(language, text, part.end), part, stop) else {
        return ControlFlow::Break(());
    };
    let roles = Roles::of(language, &grammar, spec);
    let injected = walk(&tree, text, spec, roles, stop, outline)?;
    if depth < MAX_INJECTION_DEPTH {
        for (language, range) in injected {
            read(language, text, range, stop, outline, depth + 1)?;
        }
    }
    ControlFlow::Continue(())
}

fn parse(grammar: &tree_sitter::Language, text: &str, part: Range<usize>, stop: Stop<'_>) -> Option<Tree> {
    thread_local! {
        static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
    }
    PARSER.with_borrow_mut(|parser| {
        parser.set_language(grammar).ok()?;
        let whole = part == (0..text.len());
        if !whole {
            let range = tree_sitter::Range {
                start_byte: part.start,
                end_byte: part.end,
                start_point: point(text, part.start),
                end_point: point(text, part.end),
            };
            parser.set_included_ranges(&[range]).ok()?;
        }
        let bytes = text.as_bytes();
        let mut progress =
            |_: &tree_sitter::ParseState| if stop() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let options = ParseOptions::new().progress_callback(&mut progress);
        let tree = parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or(&[]), None, Some(options));
        if tree.is_none() {
            parser.reset();
        }
        if !whole {
            parser.set_included_ranges(&[]).ok()?;
        }
        tree
    })
}

fn point(text: &str, at: usize) -> tree_sitter::Point {
    let row = text[..at].matches('\n').count();
    let column = at - text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    tree_sitter::Point { row, column }
}

/// A grammar's spec by node kind number, made once a language.
struct Roles {
    /// Node kind number to an index into `sets`, 0 for the many kinds that mean nothing.
    by_kind: Vec<u8>,
    sets: Vec<Role>,
}

#[derive(Default, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "a kind may play several of these parts at once")]
struct Role {
    definitions: Vec<usize>,
    references: Vec<usize>,
    injection: Option<usize>,
    comment: bool,
    string: bool,
    wrapper: bool,
    prefix: bool,
    scope: bool,
}

impl Roles {
    fn of(language: Language, grammar: &tree_sitter::Language, spec: &Spec) -> &'static Self {
        static TABLES: [OnceLock<Roles>; Language::ALL.len()] = [const { OnceLock::new() }; Language::ALL.len()];
        TABLES[language as usize].get_or_init(|| Self::new(grammar, spec))
    }

    fn new(grammar: &tree_sitter::Language, spec: &Spec) -> Self {
        let mut sets = vec![Role::default()];
        let mut by_kind = vec![0; grammar.node_kind_count()];
        for (id, slot) in by_kind.iter_mut().enumerate() {
            let id = id as u16;
            let Some(kind) = grammar.node_kind_for_id(id).filter(|_| grammar.node_kind_is_named(id)) else { continue };
            let role = Role {
                definitions: positions(spec.definitions, |rule| rule.node == kind),
                references: positions(spec.references, |rule| rule.node == kind),
                injection: spec.injections.iter().position(|injection| injection.node == kind),
                comment: spec.comments.contains(&kind),
                string: spec.strings.contains(&kind),
                wrapper: spec.wrappers.contains(&kind),
                prefix: spec.prefixes.contains(&kind),
                scope: spec.scopes.contains(&kind),
            };
            let known = sets.iter().position(|set| *set == role).unwrap_or_else(|| {
                sets.push(role);
                sets.len() - 1
            });
            *slot = u8::try_from(known).expect("a grammar has fewer than 256 different roles");
        }
        Self { by_kind, sets }
    }
}

fn positions<T>(list: &[T], wanted: impl Fn(&T) -> bool) -> Vec<usize> {
    (0..list.len()).filter(|&index| wanted(&list[index])).collect()
}

/// How many nodes are walked between two questions to `stop`.
const NODES_PER_CHECK: u32 = 4096;

/// One pass over the tree in the order of the text. The parts in other languages are handed back.
#[expect(clippy::too_many_lines, reason = "one loop over one cursor; its parts share all of its state")]
fn walk(
    tree: &Tree,
    text: &str,
    spec: &Spec,
    roles: &Roles,
    stop: Stop<'_>,
    outline: &mut Outline,
) -> ControlFlow<(), Vec<(Language, Range<usize>)>> {
    let mut injected = Vec::new();
    // Definitions around the cursor, wrapper nodes around it, where the scopes around it end, and the first of the
    // prefixes before it with the depth it stands at.
    let mut open: Vec<u32> = Vec::new();
    let mut wrappers: Vec<Wrapper> = Vec::new();
    let mut scopes: Vec<usize> = Vec::new();
    let mut prefix: Option<(u32, usize)> = None;
    let mut cursor = tree.walk();
    let mut steps = 0u32;
    loop {
        steps += 1;
        if steps.is_multiple_of(NODES_PER_CHECK) && stop() {
            return ControlFlow::Break(());
        }
        let node = cursor.node();
        let role = &roles.sets[usize::from(roles.by_kind.get(usize::from(node.kind_id())).copied().unwrap_or(0))];
        let mut descend = true;
        if role.comment {
            outline.comments.push(bytes(node));
            descend = false;
        } else if role.string {
            outline.strings.push(bytes(node));
            descend = false;
        } else if let Some(language) = role.injection.and_then(|index| (spec.injections[index].language)(node, text)) {
            if !node.byte_range().is_empty() {
                injected.push((language, node.byte_range()));
            }
            descend = false;
        }
        let mut start = node.start_byte();
        if role.prefix {
            let depth = cursor.depth();
            prefix = prefix.filter(|(at, _)| *at == depth).or(Some((depth, start)));
        } else if let Some((at, begin)) = prefix.filter(|_| !role.comment) {
            let depth = cursor.depth();
            if depth <= at {
                prefix = None;
            }
            if depth == at {
                start = begin;
            }
        }
        if !role.definitions.is_empty() || role.wrapper || role.scope {
            while scopes.last().is_some_and(|end| *end <= node.start_byte()) {
                scopes.pop();
            }
        }
        if !role.definitions.is_empty() || role.wrapper {
            let depth = cursor.depth();
            while wrappers.last().is_some_and(|outer| outer.depth >= depth || outer.range.end <= node.start_byte()) {
                wrappers.pop();
            }
            let found = role.definitions.iter().find_map(|&index| {
                let defines = &spec.definitions[index];
                (defines.when.is_none_or(|when| when(node)) && (!defines.outer || scopes.is_empty()))
                    .then(|| find_name(node, defines.name, text))?
                    .filter(|name| !name.byte_range().is_empty())
                    .map(|name| (defines.kind, name))
            });
            // A broken declaration may be found again by its inner node.
            let found = found.filter(|(_, name)| {
                open.last()
                    .is_none_or(|&index| outline.definitions[index as usize].name_range != name_bytes(*name, text))
            });
            let around = wrappers.last_mut().filter(|outer| outer.depth + 1 == depth);
            if let Some((kind, name)) = found {
                // Some nodes (`#define`) take the line break after them along.
                let mut range = start..node.start_byte() + text[node.byte_range()].trim_ascii_end().len();
                if let Some(around) = around {
                    if let Some((first, own)) = &around.holds {
                        // `var a = 1, b = 2`: several share the wrapper, so that it belongs to none of them.
                        let first = &mut outline.definitions[*first as usize];
                        first.range = own.clone();
                        first.signature.start = own.start;
                        first.signature.end = first.signature.end.clamp(own.start, own.end);
                    } else {
                        around.holds = Some((outline.definitions.len() as u32, bytes(node)));
                        range = around.range.start..around.range.end.max(node.end_byte());
                    }
                }
                while open
                    .last()
                    .is_some_and(|&index| outline.definitions[index as usize].range.end <= range.start as u32)
                {
                    open.pop();
                }
                let inside = open.last().map(|&index| (index, outline.definitions[index as usize].kind));
                outline.definitions.push(define(node, name, kind, range, text, inside));
                open.push(outline.definitions.len() as u32 - 1);
            } else if role.wrapper {
                let range = around.map_or(start..node.end_byte(), |around| around.range.clone());
                wrappers.push(Wrapper { depth, range, holds: None });
            }
        }
        if role.scope {
            scopes.push(node.end_byte());
        }
        for &index in &role.references {
            let refers = &spec.references[index];
            // A name that the parser made up to go on is empty.
            if let Some(name) = find_name(node, refers.name, text).filter(|name| !name.byte_range().is_empty()) {
                outline.references.push(Reference { range: name_bytes(name, text), kind: refers.kind });
            }
        }
        if descend && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return ControlFlow::Continue(injected);
            }
        }
    }
}

/// A node around the cursor that belongs to the definition directly inside it.
struct Wrapper {
    depth: u32,
    /// What the definition's range becomes.
    range: Range<usize>,
    /// The first definition directly inside it, and that one's own range.
    holds: Option<(u32, Range<u32>)>,
}

fn define(
    node: Node<'_>,
    name: Node<'_>,
    kind: SymbolKind,
    range: Range<usize>,
    text: &str,
    inside: Option<(u32, SymbolKind)>,
) -> Definition {
    let in_type = inside.is_some_and(|(_, kind)| {
        matches!(
            kind,
            SymbolKind::Class
                | SymbolKind::Struct
                | SymbolKind::Enum
                | SymbolKind::Interface
                | SymbolKind::Trait
                | SymbolKind::Impl
        )
    });
    let kind = match kind {
        SymbolKind::Function if in_type => SymbolKind::Method,
        SymbolKind::Variable if in_type => SymbolKind::Field,
        _ => kind,
    };
    let written = name.utf8_text(text.as_bytes()).unwrap_or_default();
    let written = written.trim().trim_matches(|c| matches!(c, '"' | '\'' | '`'));
    Definition {
        name: written.lines().next().unwrap_or_default().trim().to_owned(),
        kind,
        signature: signature(node, name, kind, &range, text),
        range: range.start as u32..range.end as u32,
        name_range: name_bytes(name, text),
        parent: inside.map(|(parent, _)| parent),
    }
}

fn signature(node: Node<'_>, name: Node<'_>, kind: SymbolKind, range: &Range<usize>, text: &str) -> Range<u32> {
    // Long decorators would leave nothing of what they decorate.
    let start = if node.start_byte() - range.start > MAX_SIGNATURE / 2 { node.start_byte() } else { range.start };
    let callable = matches!(kind, SymbolKind::Function | SymbolKind::Method | SymbolKind::Constructor);
    let end = match body(node) {
        Some(body) if body.start_byte() > node.start_byte() => {
            // Ruby and Python have the comment after the head outside of the body.
            let mut cursor = node.walk();
            let extra =
                node.children(&mut cursor).find(|child| child.is_extra() && child.start_byte() > name.end_byte());
            extra.map_or(body.start_byte(), |extra| extra.start_byte().min(body.start_byte()))
        }
        _ if callable => node.end_byte(),
        _ => text[node.byte_range()].find('\n').map_or(node.end_byte(), |newline| node.start_byte() + newline),
    };
    let mut end = end.min(range.end).min(start + MAX_SIGNATURE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    start as u32..(start + text[start..end].trim_end().len()) as u32
}

/// Where a definition's contents begin: in the field that most grammars have for it, in that field of the function that
/// it names, or in a child that is called a body or block.
fn body(node: Node<'_>) -> Option<Node<'_>> {
    if let Some(body) = node.child_by_field_name("body") {
        return Some(body);
    }
    let value = node.child_by_field_name("value").or_else(|| node.child_by_field_name("right"));
    if let Some(body) = value.and_then(|value| value.child_by_field_name("body")) {
        return Some(body);
    }
    let mut cursor = node.walk();
    node.named_children(&mut cursor).find(|child| {
        let kind = child.kind();
        kind.ends_with("body") || kind.ends_with("block") || kind == "compound_statement" || kind == "computed_property"
    })
}

fn find_name<'t>(node: Node<'t>, name: Name, text: &str) -> Option<Node<'t>> {
    match name {
        Name::Itself => Some(node),
        Name::Field(field) => node.child_by_field_name(field),
        Name::Deepest(field) => {
            let mut deepest = node.child_by_field_name(field)?;
            while let Some(next) = deepest.child_by_field_name(field) {
                deepest = next;
            }
            Some(deepest)
        }
        Name::Child(kinds) => {
            let mut cursor = node.walk();
            node.named_children(&mut cursor).find(|child| kinds.contains(&child.kind()))
        }
        Name::LastChild(kinds) => {
            let mut cursor = node.walk();
            node.named_children(&mut cursor).filter(|child| kinds.contains(&child.kind())).last()
        }
        Name::With(find) => find(node, text),
    }
}

/// Where a name stands, without the quotes that some languages allow around it.
fn name_bytes(name: Node<'_>, text: &str) -> Range<u32> {
    let Range { start, end } = bytes(name);
    match &text.as_bytes()[name.byte_range()] {
        [b'"', .., b'"'] | [b'`', .., b'`'] => start + 1..end - 1,
        _ => start..end,
    }
}

fn bytes(node: Node<'_>) -> Range<u32> {
    node.start_byte() as u32..node.end_byte() as u32
}

#[cfg(test)]
mod tests;
