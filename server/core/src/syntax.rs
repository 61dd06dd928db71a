//! From text to [`Outline`]: parses a file with its grammar and walks the tree once, collecting what its [`Spec`] names.
//! It knows nodes and byte ranges, not chunks. It never fails: what cannot be parsed in time has an empty outline.

use std::{borrow::Cow, cell::RefCell, ops::ControlFlow, ops::Range, sync::OnceLock};

use rustc_hash::FxHashSet;
use tree_sitter::{Node, ParseOptions, Parser, Tree};

use crate::language::{Around, Language, Name, Named, RefKind, Spec, SymbolKind};

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
    PARSER.with_borrow_mut(|parser| {
        parser.set_language(grammar).ok()?;
        if let Some(part) = part {
            parser.set_included_ranges(&[part]).ok()?;
        }
        let bytes = digestible(language, text);
        let mut progress =
            |_: &tree_sitter::ParseState| if stop() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let options = ParseOptions::new().progress_callback(&mut progress);
        let tree = parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or(&[]), None, Some(options));
        if tree.is_none() {
            parser.reset();
        }
        if part.is_some() {
            parser.set_included_ranges(&[]).ok()?;
        }
        tree
    })
}

/// The bytes to parse. The scanner of the shell's grammar asks the C library whether any character is a digit, which is
/// undefined outside of a byte and crashes at `{` before some. To the shell all such characters are letters alike.
fn digestible(language: Language, text: &str) -> Cow<'_, [u8]> {
    let bytes = text.as_bytes();
    if language == Language::Bash && !text.is_ascii() {
        bytes.iter().map(|&byte| if byte.is_ascii() { byte } else { b'x' }).collect()
    } else {
        bytes.into()
    }
}

/// A grammar's spec by node kind number, made once a language.
struct Roles {
    /// Node kind number to an index into `sets`, 0 for the many kinds that mean nothing.
    by_kind: Vec<u8>,
    sets: Vec<Role>,
}

#[derive(Default, Clone, PartialEq)]
struct Role {
    definitions: Vec<usize>,
    references: Vec<usize>,
    injection: Option<usize>,
    comment: bool,
    string: bool,
    wrapper: bool,
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
fn walk(
    tree: &Tree,
    text: &str,
    spec: &Spec,
    roles: &Roles,
    stop: Stop<'_>,
    outline: &mut Outline,
) -> ControlFlow<(), Vec<(Language, tree_sitter::Range)>> {
    let mut injected = Vec::new();
    // Definitions around the cursor, and wrapper nodes around it with the depth they stand at.
    let mut open: Vec<u32> = Vec::new();
    let mut wrappers: Vec<(u32, Range<usize>)> = Vec::new();
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
                injected.push((language, node.range()));
            }
            descend = false;
        }
        if !role.definitions.is_empty() || role.wrapper {
            let start = node.start_byte() as u32;
            while open.last().is_some_and(|&index| outline.definitions[index as usize].range.end <= start) {
                open.pop();
            }
            let depth = cursor.depth();
            while wrappers.last().is_some_and(|(at, range)| *at >= depth || range.end <= node.start_byte()) {
                wrappers.pop();
            }
            let around = Around {
                depth,
                inside: open.last().map(|&index| outline.definitions[index as usize].kind),
                before: outline.definitions.len(),
            };
            let found = role.definitions.iter().find_map(|&index| {
                let meant = &spec.definitions[index];
                (meant.when.is_none_or(|when| when(node)))
                    .then(|| find_named(node, meant.name, text, around))?
                    .filter(|named| named.text.is_some() || !named.node.byte_range().is_empty())
                    .map(|named| (meant, named))
            });
            if let Some((meant, named)) = found {
                let may_join = meant.joined && named.range.is_none();
                let definition = define(node, named, meant.kind, text, &wrappers, depth, &open, outline);
                let clause = may_join.then(|| clause_before(&outline.definitions, &definition)).flatten();
                open.push(clause.unwrap_or(outline.definitions.len() as u32));
                match clause {
                    Some(first) => join(&mut outline.definitions[first as usize], &definition),
                    None => outline.definitions.push(definition),
                }
            } else if role.wrapper {
                let outer = wrappers.last().filter(|(at, _)| at + 1 == depth).map(|(_, range)| range.clone());
                wrappers.push((depth, outer.unwrap_or(node.byte_range())));
            }
        }
        for &index in &role.references {
            let meant = &spec.references[index];
            if let Some(name) = find_name(node, meant.name, text) {
                outline.references.push(Reference { range: bytes(name), kind: meant.kind });
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

/// The definition of the same name right before `next`, of which that is one more clause.
fn clause_before(definitions: &[Definition], next: &Definition) -> Option<u32> {
    let mut last = definitions.len().checked_sub(1)?;
    while definitions[last].parent != next.parent {
        last = definitions[last].parent? as usize;
    }
    let before = &definitions[last];
    let same = before.kind == next.kind || (is_value(before.kind) && is_value(next.kind));
    (same && before.name == next.name).then_some(last as u32)
}

fn is_value(kind: SymbolKind) -> bool {
    matches!(kind, SymbolKind::Function | SymbolKind::Method | SymbolKind::Constant)
}

fn join(first: &mut Definition, clause: &Definition) {
    first.range.end = clause.range.end.max(first.range.end);
    // A name whose type does not show that it is a function is one when it has clauses.
    if clause.kind != SymbolKind::Constant {
        first.kind = clause.kind;
    }
}

#[expect(clippy::too_many_arguments, reason = "the walk's state, used in this one place")]
fn define(
    node: Node<'_>,
    named: Named<'_>,
    kind: SymbolKind,
    text: &str,
    wrappers: &[(u32, Range<usize>)],
    depth: u32,
    open: &[u32],
    outline: &Outline,
) -> Definition {
    let Named { node: name, text: computed, kind: special, range: extent } = named;
    let kind = special.unwrap_or(kind);
    // Documentation that a computed range takes in is not what the definition looks like.
    let documented = extent.is_some();
    let mut range = match wrappers.last() {
        _ if extent.is_some() => extent.map_or(bytes(node), |extent| extent.start as u32..extent.end as u32),
        Some((at, range)) if at + 1 == depth => range.start as u32..(range.end.max(node.end_byte())) as u32,
        _ => bytes(node),
    };
    let parent = open.last().copied();
    if let Some(outer) = parent.map(|index| &outline.definitions[index as usize].range) {
        range = range.start.max(outer.start)..range.end.min(outer.end);
    }
    let shown = if documented { node.start_byte().max(range.start as usize) } else { range.start as usize };
    let inside = parent.map(|index| outline.definitions[index as usize].kind);
    let kind = match (kind, inside) {
        (
            SymbolKind::Function,
            Some(
                SymbolKind::Class
                | SymbolKind::Struct
                | SymbolKind::Enum
                | SymbolKind::Interface
                | SymbolKind::Trait
                | SymbolKind::Impl,
            ),
        ) => SymbolKind::Method,
        _ => kind,
    };
    let written = computed.as_deref().unwrap_or_else(|| name.utf8_text(text.as_bytes()).unwrap_or_default());
    Definition {
        name: unquoted(written.trim()).lines().next().unwrap_or_default().trim().to_owned(),
        kind,
        signature: signature(node, shown, text),
        range,
        name_range: bytes(name),
        parent,
    }
}

/// Without the quotes around it. A quote at one end only is part of the name (`fold'`).
fn unquoted(written: &str) -> &str {
    let mut inner = written;
    while let Some(quote @ ('"' | '\'' | '`')) = inner.chars().next()
        && let Some(shorter) = inner[1..].strip_suffix(quote)
    {
        inner = shorter;
    }
    inner
}

fn signature(node: Node<'_>, start: usize, text: &str) -> Range<u32> {
    let end = match node.child_by_field_name("body") {
        Some(body) if body.start_byte() > start => body.start_byte(),
        _ => text[node.start_byte()..node.end_byte()]
            .find('\n')
            .map_or(node.end_byte(), |newline| node.start_byte() + newline),
    };
    let mut end = end.clamp(start, start + MAX_SIGNATURE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    start as u32..end as u32
}

fn find_named<'t>(node: Node<'t>, name: Name, text: &str, around: Around) -> Option<Named<'t>> {
    match name {
        Name::Computed(find) => find(node, text, around),
        _ => find_name(node, name, text).map(Named::from),
    }
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
        Name::Computed(find) => find(node, text, Around::default()).map(|named| named.node),
    }
}

fn bytes(node: Node<'_>) -> Range<u32> {
    node.start_byte() as u32..node.end_byte() as u32
}

#[cfg(test)]
mod tests;
