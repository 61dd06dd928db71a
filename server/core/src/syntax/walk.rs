//! One pass over a tree in the order of the text: what its [`Spec`] names goes into the [`Outline`].

use std::ops::{ControlFlow, Range};

use tree_sitter::{Node, Tree, TreeCursor};

use super::{
    Outline, Reference, Stop,
    define::{clause_before, define, join},
    names::{bytes, find_name, find_named, name_bytes},
    roles::{Role, Roles},
};
use crate::language::{Around, Language, Named, Rule, Spec, written};

/// A part in another language.
pub(super) type Part = (Language, tree_sitter::Range);

/// How many nodes are walked between two questions to `stop`.
const NODES_PER_CHECK: u32 = 4096;

/// Adds what `tree` defines, refers to, comments on and quotes to `outline`. The parts in other languages are handed back.
pub(super) fn walk(
    tree: &Tree,
    text: &str,
    spec: &Spec,
    roles: &Roles,
    stop: Stop<'_>,
    outline: &mut Outline,
) -> ControlFlow<(), Vec<Part>> {
    let mut walk = Walk {
        text,
        spec,
        outline,
        parts: Vec::new(),
        open: Vec::new(),
        wrappers: Vec::new(),
        scopes: Vec::new(),
        prefix: None,
    };
    let mut cursor = tree.walk();
    let mut steps = 0u32;
    loop {
        steps += 1;
        if steps.is_multiple_of(NODES_PER_CHECK) && stop() {
            return ControlFlow::Break(());
        }
        let role = roles.role(cursor.node());
        let start = walk.start(&cursor, role);
        let descend = role.is_none_or(|role| walk.visit(&cursor, role, start));
        if descend && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return ControlFlow::Continue(walk.parts);
            }
        }
    }
}

/// What has to be remembered between nodes. (Asking a node for its parent is slow.)
struct Walk<'a> {
    text: &'a str,
    spec: &'a Spec,
    outline: &'a mut Outline,
    parts: Vec<Part>,
    /// The definitions around the cursor: indices into [`Outline::definitions`].
    open: Vec<u32>,
    wrappers: Vec<Wrapper>,
    /// Where the scopes around the cursor end.
    scopes: Vec<usize>,
    /// The first of the prefixes before the cursor.
    prefix: Option<Prefix>,
}

/// A node around the cursor that belongs to the definition directly inside it.
struct Wrapper {
    depth: u32,
    /// What the definition's range becomes.
    range: Range<usize>,
    /// The first definition directly inside it, and that one's own range.
    holds: Option<(u32, Range<u32>)>,
}

/// A node that belongs to the next definition at its depth.
struct Prefix {
    depth: u32,
    start: usize,
}

impl Walk<'_> {
    /// Where the node begins, with the prefixes before it.
    fn start(&mut self, cursor: &TreeCursor<'_>, role: Option<&Role>) -> usize {
        let start = cursor.node().start_byte();
        if role.is_some_and(|role| role.prefix) {
            let depth = cursor.depth();
            if self.prefix.as_ref().is_none_or(|first| first.depth != depth) {
                self.prefix = Some(Prefix { depth, start });
            }
            return start;
        }
        let Some(first) = self.prefix.as_ref().filter(|_| role.is_none_or(|role| !role.comment)) else { return start };
        let (depth, first_depth, begin) = (cursor.depth(), first.depth, first.start);
        if depth <= first_depth {
            self.prefix = None;
        }
        if depth == first_depth { begin } else { start }
    }

    /// Notes what the node means. Whether to look inside it.
    fn visit(&mut self, cursor: &TreeCursor<'_>, role: &Role, start: usize) -> bool {
        let node = cursor.node();
        let descend = !self.is_text(node, role);
        let may_define = !role.definitions.is_empty() || role.wrapper;
        if may_define || role.scope {
            while self.scopes.last().is_some_and(|end| *end <= node.start_byte()) {
                self.scopes.pop();
            }
        }
        if may_define {
            self.define(node, role, start, cursor.depth());
        }
        if role.scope {
            self.scopes.push(node.end_byte());
        }
        for &index in &role.references {
            let meant = &self.spec.references[index];
            if let Some(name) = find_name(node, meant.name, self.text) {
                let range = name_bytes(name, self.text);
                // A name that the parser made up to go on is empty.
                if !range.is_empty() {
                    self.outline.references.push(Reference { range, kind: meant.kind });
                }
            }
        }
        descend
    }

    /// Whether the node is a comment, a string or in another language, so that its inside is not looked at.
    fn is_text(&mut self, node: Node<'_>, role: &Role) -> bool {
        if role.comment {
            self.outline.comments.push(bytes(node));
            return true;
        }
        if role.string {
            self.outline.strings.push(bytes(node));
            return true;
        }
        let part = role.injection.and_then(|index| (self.spec.injections[index].language)(node, self.text));
        if let Some(language) = part.filter(|_| !node.byte_range().is_empty()) {
            self.parts.push((language, node.range()));
        }
        part.is_some()
    }

    fn define(&mut self, node: Node<'_>, role: &Role, start: usize, depth: u32) {
        while self.wrappers.last().is_some_and(|outer| outer.depth >= depth || outer.range.end <= node.start_byte()) {
            self.wrappers.pop();
        }
        self.close(node.start_byte());
        let Some((meant, named)) = self.find(node, role, depth) else {
            if role.wrapper {
                let outer = self.wrappers.last().filter(|outer| outer.depth + 1 == depth);
                let range = outer.map_or(start..node.end_byte(), |outer| outer.range.clone());
                self.wrappers.push(Wrapper { depth, range, holds: None });
            }
            return;
        };
        let may_join = meant.joined && named.range.is_none();
        let range = named.range.clone().unwrap_or_else(|| self.claim(node, start, depth));
        let definitions = &mut self.outline.definitions;
        let outer = self.open.last().map(|&index| (index, &definitions[index as usize]));
        let definition = define(node, named, meant.kind, range, self.text, outer);
        let clause = may_join.then(|| clause_before(definitions, &definition)).flatten();
        self.open.push(clause.unwrap_or(definitions.len() as u32));
        match clause {
            Some(first) => join(&mut definitions[first as usize], &definition),
            None => definitions.push(definition),
        }
    }

    /// The first rule that takes the node for a definition, and its name.
    fn find<'t>(&self, node: Node<'t>, role: &Role, depth: u32) -> Option<(&'static Rule, Named<'t>)> {
        let outer = self.open.last().map(|&index| &self.outline.definitions[index as usize]);
        let around = Around { depth, inside: outer.map(|outer| outer.kind), before: self.outline.definitions.len() };
        let (meant, named) = role.definitions.iter().find_map(|&index| {
            let meant = &self.spec.definitions[index];
            (meant.when.is_none_or(|when| when(node)) && (!meant.outer || self.scopes.is_empty()))
                .then(|| find_named(node, meant.name, self.text, around))?
                .filter(|named| named.text.is_some() || !named.node.byte_range().is_empty())
                .map(|named| (meant, named))
        })?;
        // A broken declaration may be found again by its inner node.
        let again = outer.is_some_and(|outer| outer.name_range == name_bytes(named.node, self.text));
        (!again).then_some((meant, named))
    }

    /// The bytes of a definition: its node's, or those of the wrapper around it unless it shares that with others.
    fn claim(&mut self, node: Node<'_>, start: usize, depth: u32) -> Range<usize> {
        // Some nodes (`#define`) take the line break after them along.
        let own = start..node.start_byte() + written(node, self.text).trim_ascii_end().len();
        let Some(wrapper) = self.wrappers.last_mut().filter(|outer| outer.depth + 1 == depth) else { return own };
        let definitions = &mut self.outline.definitions;
        let Some((first, alone)) = &wrapper.holds else {
            wrapper.holds = Some((definitions.len() as u32, bytes(node)));
            return wrapper.range.start..wrapper.range.end.max(node.end_byte());
        };
        // `var a = 1, b = 2`: several share the wrapper, so that it belongs to none of them.
        let first = &mut definitions[*first as usize];
        first.range = alone.clone();
        first.signature.start = alone.start;
        first.signature.end = first.signature.end.clamp(alone.start, alone.end);
        self.close(node.start_byte());
        own
    }

    /// Leaves the definitions that end before `at`.
    fn close(&mut self, at: usize) {
        let definitions = &self.outline.definitions;
        while self.open.last().is_some_and(|&index| definitions[index as usize].range.end as usize <= at) {
            self.open.pop();
        }
    }
}
