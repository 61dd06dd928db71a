//! Which part each node kind of a grammar plays, found by number instead of by comparing words.

use std::sync::OnceLock;

use tree_sitter::Node;

use crate::language::{Language, Spec};

/// A grammar's spec by node kind number, made once a language.
pub(super) struct Roles {
    /// Node kind number to an index into `sets`, 0 for the many kinds that mean nothing.
    by_kind: Vec<u8>,
    sets: Vec<Role>,
}

/// The parts that a node kind plays; rules are indices into the lists of the [`Spec`].
#[derive(Default, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "a kind may play several of these parts at once")]
pub(super) struct Role {
    pub(super) definitions: Vec<usize>,
    pub(super) references: Vec<usize>,
    pub(super) injection: Option<usize>,
    pub(super) comment: bool,
    pub(super) string: bool,
    pub(super) wrapper: bool,
    pub(super) prefix: bool,
    pub(super) scope: bool,
}

impl Roles {
    /// The table of that language's grammar.
    pub(super) fn of(language: Language, grammar: &tree_sitter::Language, spec: &Spec) -> &'static Self {
        static TABLES: [OnceLock<Roles>; Language::ALL.len()] = [const { OnceLock::new() }; Language::ALL.len()];
        TABLES[language as usize].get_or_init(|| Self::new(grammar, spec))
    }

    /// What the node means; `None` for most.
    pub(super) fn role(&self, node: Node<'_>) -> Option<&Role> {
        match self.by_kind.get(usize::from(node.kind_id())).copied().unwrap_or(0) {
            0 => None,
            known => Some(&self.sets[usize::from(known)]),
        }
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
