//! What the node kinds of one grammar mean to us: which are definitions and where their names stand, which refer to
//! something, which are comments or strings. Pure data, one constant a grammar in `specs/`; `crate::syntax` walks the tree.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use tree_sitter::Node;

use super::Language;

/// What a definition is, in the field's usual words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SymbolKind {
    /// A free function, procedure, subroutine or macro-like callable.
    Function,
    /// A function that belongs to a type.
    Method,
    /// A method that makes a value of its type.
    Constructor,
    /// A class.
    Class,
    /// A struct, record or union.
    Struct,
    /// An enumeration.
    Enum,
    /// An interface or protocol.
    Interface,
    /// A trait or type class.
    Trait,
    /// An `impl`, extension or instance block.
    Impl,
    /// A type alias or any other named type.
    Type,
    /// A module, namespace, package or component.
    Module,
    /// A macro.
    Macro,
    /// A constant.
    Constant,
    /// A variable that is worth finding by name (module level, or holding a function).
    Variable,
    /// A field or property.
    Field,
    /// A build target, rule, stage, job, resource or service.
    Target,
    /// A headed section of prose or a titled part of a data file.
    Section,
    /// A key of a data file.
    Key,
    /// A table, view, index or query of a database schema.
    Table,
    /// A notebook cell.
    Cell,
}

impl SymbolKind {
    /// All kinds, in the order in which they are listed to people.
    pub const ALL: [Self; 20] = [
        Self::Function,
        Self::Method,
        Self::Constructor,
        Self::Class,
        Self::Struct,
        Self::Enum,
        Self::Interface,
        Self::Trait,
        Self::Impl,
        Self::Type,
        Self::Module,
        Self::Macro,
        Self::Constant,
        Self::Variable,
        Self::Field,
        Self::Target,
        Self::Section,
        Self::Key,
        Self::Table,
        Self::Cell,
    ];

    /// The lower-case word used in JSON, filters and output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Method => "method",
            Self::Constructor => "constructor",
            Self::Class => "class",
            Self::Struct => "struct",
            Self::Enum => "enum",
            Self::Interface => "interface",
            Self::Trait => "trait",
            Self::Impl => "impl",
            Self::Type => "type",
            Self::Module => "module",
            Self::Macro => "macro",
            Self::Constant => "constant",
            Self::Variable => "variable",
            Self::Field => "field",
            Self::Target => "target",
            Self::Section => "section",
            Self::Key => "key",
            Self::Table => "table",
            Self::Cell => "cell",
        }
    }

    /// The kind of that name, if there is one.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether other definitions live inside it and are named after it.
    pub fn is_container(self) -> bool {
        matches!(
            self,
            Self::Class
                | Self::Struct
                | Self::Enum
                | Self::Interface
                | Self::Trait
                | Self::Impl
                | Self::Module
                | Self::Section
        )
    }
}

/// Where the name of a definition or reference stands, seen from its node.
#[derive(Clone, Copy)]
pub enum Name {
    /// In the child of this field.
    Field(&'static str),
    /// Follow this field as long as there is one (C declarators); the last node reached.
    Deepest(&'static str),
    /// The first named child of one of these kinds.
    Child(&'static [&'static str]),
    /// The last named child of one of these kinds.
    LastChild(&'static [&'static str]),
    /// The node itself.
    Itself,
    /// Whatever this function finds; `None` says the node is not a definition (or reference) after all.
    With(for<'t> fn(Node<'t>, &str) -> Option<Node<'t>>),
    /// Whatever this function makes of the node, for names that are not written as such (a notebook cell's) and for
    /// grammars that do not tell one kind of definition from another.
    Computed(for<'t> fn(Node<'t>, &str, Around) -> Option<Named<'t>>),
}

/// Where a node stands, for [`Name::Computed`]. (Asking a node for its parent is slow; the walk knows.)
#[derive(Debug, Clone, Copy, Default)]
pub struct Around {
    /// How many nodes are around it, the root included.
    pub depth: u32,
    /// What the definition around it is.
    pub inside: Option<SymbolKind>,
    /// How many definitions the file has before it.
    pub before: usize,
}

/// What [`Name::Computed`] found.
pub struct Named<'t> {
    /// Where the name stands, or what stands for it.
    pub node: Node<'t>,
    /// The name, where it is not just the text of `node`.
    pub text: Option<String>,
    /// What is defined, where that is not the rule's kind.
    pub kind: Option<SymbolKind>,
    /// The bytes of the whole definition, where they are not those of its node.
    pub range: Option<Range<usize>>,
}

impl<'t> From<Node<'t>> for Named<'t> {
    fn from(node: Node<'t>) -> Self {
        Self { node, text: None, kind: None, range: None }
    }
}

impl Named<'_> {
    /// The same, defining something of that kind.
    pub(super) fn of(self, kind: SymbolKind) -> Self {
        Self { kind: Some(kind), ..self }
    }

    /// The same, called `text`.
    pub(super) fn called(self, text: String) -> Self {
        Self { text: Some(text), ..self }
    }

    /// The same, standing at those bytes.
    pub(super) fn at(self, range: Range<usize>) -> Self {
        Self { range: Some(range), ..self }
    }
}

/// A node kind that defines something.
pub struct Rule {
    /// The node kind, as the grammar spells it.
    pub node: &'static str,
    /// What it defines. Directly inside a class-like container a function is reported as a method, a variable as a field.
    pub kind: SymbolKind,
    /// Where its name stands.
    pub name: Name,
    /// Only when this holds (a variable whose value is a function, say).
    pub when: Option<fn(Node<'_>) -> bool>,
    /// Only outside of [`Spec::scopes`]: the same node inside a function is a local that nobody looks for.
    pub outer: bool,
    /// Definitions of the same name that follow each other are one: the clauses of a function, or its type and it.
    pub joined: bool,
}

impl Rule {
    /// The same rule, with neighbours of the same name made one.
    pub(super) const fn joined(mut self) -> Self {
        self.joined = true;
        self
    }
}

/// How a reference uses what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RefKind {
    /// Called, instantiated or expanded.
    Call,
    /// Used as a type, implemented or inherited from.
    Type,
    /// Imported by name.
    Import,
}

/// A node kind that refers to something by name.
pub struct RefRule {
    /// The node kind, as the grammar spells it.
    pub node: &'static str,
    /// How the thing is used.
    pub kind: RefKind,
    /// Where the name stands.
    pub name: Name,
}

/// A node whose text is written in another language (a `<script>`, a fenced block).
pub struct Injection {
    /// The node kind, as the grammar spells it.
    pub node: &'static str,
    /// Which language its text is in; `None` leaves it alone.
    pub language: fn(Node<'_>, &str) -> Option<Language>,
}

/// The meaning of a grammar's node kinds.
pub struct Spec {
    /// What defines something.
    pub definitions: &'static [Rule],
    /// What refers to something.
    pub references: &'static [RefRule],
    /// Comment nodes.
    pub comments: &'static [&'static str],
    /// String literal nodes (the outermost: what is inside them is not looked at).
    pub strings: &'static [&'static str],
    /// Nodes around a definition that belong to it: decorated definitions, `export`, `template`.
    pub wrappers: &'static [&'static str],
    /// Nodes before a definition, as siblings, that belong to it: attributes, decorators.
    pub prefixes: &'static [&'static str],
    /// Nodes whose variables are local: functions, closures, blocks of statements.
    pub scopes: &'static [&'static str],
    /// Parts written in another language.
    pub injections: &'static [Injection],
}

impl Spec {
    /// A grammar of which nothing is known: its files are cut at blank lines.
    pub const EMPTY: Self = Self {
        definitions: &[],
        references: &[],
        comments: &[],
        strings: &[],
        wrappers: &[],
        prefixes: &[],
        scopes: &[],
        injections: &[],
    };
}

/// A definition rule without a condition.
pub(super) const fn def(node: &'static str, kind: SymbolKind, name: Name) -> Rule {
    Rule { node, kind, name, when: None, outer: false, joined: false }
}

/// A definition rule that applies only when `when` holds.
pub(super) const fn def_if(node: &'static str, kind: SymbolKind, name: Name, when: fn(Node<'_>) -> bool) -> Rule {
    Rule { node, kind, name, when: Some(when), outer: false, joined: false }
}

/// A definition rule that applies only outside of functions.
pub(super) const fn def_outer(node: &'static str, kind: SymbolKind, name: Name) -> Rule {
    Rule { node, kind, name, when: None, outer: true, joined: false }
}

/// A reference by a call, an instantiation or a macro.
pub(super) const fn call(node: &'static str, name: Name) -> RefRule {
    RefRule { node, kind: RefKind::Call, name }
}

/// A reference to a type.
pub(super) const fn type_ref(node: &'static str, name: Name) -> RefRule {
    RefRule { node, kind: RefKind::Type, name }
}

/// A reference by an import.
pub(super) const fn import(node: &'static str, name: Name) -> RefRule {
    RefRule { node, kind: RefKind::Import, name }
}

/// The first named child of that kind.
pub(super) fn child_of<'t>(node: Node<'t>, kind: &str) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).find(|child| child.kind() == kind)
}

/// The last named child of that kind.
pub(super) fn last_child_of<'t>(node: Node<'t>, kind: &str) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| child.kind() == kind).last()
}

/// What is written there; empty for a place the parser made up.
pub(crate) fn written<'s>(node: Node<'_>, text: &'s str) -> &'s str {
    text.get(node.byte_range()).unwrap_or_default()
}

/// Text over several lines as one line, cut where a name becomes unwieldy.
pub(super) fn one_line(text: &str) -> String {
    const LONGEST: usize = 100;
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().take(LONGEST));
        if line.len() >= LONGEST {
            break;
        }
    }
    line
}
