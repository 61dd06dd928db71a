//! Elixir: what the grammar's node kinds mean. Definitions are calls of macros, told apart by what is called.

use tree_sitter::Node;

use crate::language::{
    Around,
    Name::{Computed, Itself, With},
    Named,
    SymbolKind::{self, Constant, Function, Impl, Interface, Macro, Module, Section, Type},
    spec::{Spec, call, child_of, def, type_ref, written},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("call", Function, Computed(definition)).joined(),
        def("unary_operator", Constant, Computed(attribute)).joined(),
    ],
    references: &[call("call", With(callee)), type_ref("alias", Itself)],
    comments: &["comment"],
    strings: &["string", "charlist", "sigil"],
    ..Spec::EMPTY
};

fn definition<'t>(node: Node<'t>, text: &str, _: Around) -> Option<Named<'t>> {
    let target = node.child_by_field_name("target").filter(|target| target.kind() == "identifier")?;
    let word = written(target, text);
    let kind: SymbolKind = match word {
        "def" | "defp" | "defdelegate" | "defguard" | "defguardp" | "defn" | "defnp" | "test" | "property" => Function,
        "defmacro" | "defmacrop" => Macro,
        "defmodule" => Module,
        "defprotocol" => Interface,
        "defimpl" => Impl,
        "describe" => Section,
        _ => return None,
    };
    let arguments = child_of(node, "arguments")?;
    let name = match word {
        "defmodule" | "defprotocol" => arguments.named_child(0),
        "defimpl" => implementer(arguments, text),
        "test" | "property" | "describe" => arguments.named_child(0).filter(|title| title.kind() == "string"),
        _ => head(arguments, text),
    };
    let named = Named::from(name?).of(kind);
    let start = with_attributes(node, text);
    Some(if start < node.start_byte() { named.at(start..node.end_byte()) } else { named })
}

/// `defimpl Size, for: Map` is named after `Map`.
fn implementer<'t>(arguments: Node<'t>, text: &str) -> Option<Node<'t>> {
    let for_type = child_of(arguments, "keywords").and_then(|keywords| {
        let mut cursor = keywords.walk();
        keywords
            .named_children(&mut cursor)
            .find(|pair| pair.child_by_field_name("key").is_some_and(|key| written(key, text).trim() == "for:"))
            .and_then(|pair| pair.child_by_field_name("value"))
    });
    for_type.or_else(|| arguments.named_child(0))
}

/// The name in `name(argument) when guard`, `name` or `left <> right`.
fn head<'t>(arguments: Node<'t>, text: &str) -> Option<Node<'t>> {
    let mut head = arguments.named_child(0)?;
    if head.kind() == "binary_operator" && head.child_by_field_name("operator")?.kind() == "when" {
        head = head.child_by_field_name("left")?;
    }
    match head.kind() {
        "identifier" => Some(head),
        "call" => {
            let name = head.child_by_field_name("target")?;
            (name.kind() == "identifier" && written(name, text) != "unquote").then_some(name)
        }
        "binary_operator" | "unary_operator" => head.child_by_field_name("operator"),
        _ => None,
    }
}

/// Where the `@doc`, `@spec` and the like right before a definition begin.
fn with_attributes(node: Node<'_>, text: &str) -> usize {
    const BELONGING: [&str; 9] =
        ["@doc", "@spec", "@impl", "@deprecated", "@since", "@dialyzer", "@tag", "@attr", "@slot"];
    let mut start = node.start_byte();
    let mut before = node.prev_named_sibling();
    while let Some(attribute) = before {
        let line = written(attribute, text);
        let word = line.split(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
        if attribute.kind() != "unary_operator" || !BELONGING.contains(&word) {
            break;
        }
        start = attribute.start_byte();
        before = attribute.prev_named_sibling();
    }
    start
}

/// `@type t :: …`, `@callback f(x) :: …` and constants, `@limit 10`.
fn attribute<'t>(node: Node<'t>, text: &str, around: Around) -> Option<Named<'t>> {
    let operand = node.child_by_field_name("operand").filter(|operand| operand.kind() == "call")?;
    if node.child_by_field_name("operator")?.kind() != "@" {
        return None;
    }
    let target = operand.child_by_field_name("target")?;
    let kind = match written(target, text) {
        "type" | "typep" | "opaque" => Type,
        "callback" | "macrocallback" => Function,
        "doc" | "moduledoc" | "typedoc" | "spec" | "impl" | "behaviour" | "derive" | "enforce_keys" | "tag"
        | "moduletag" | "describetag" | "compile" | "dialyzer" | "deprecated" | "since" | "before_compile"
        | "after_compile" | "on_load" | "on_definition" | "external_resource" | "attr" | "slot" => return None,
        _ if matches!(around.inside, None | Some(Module | Interface | Impl)) => return Some(Named::from(target)),
        _ => return None,
    };
    let mut declared = child_of(operand, "arguments")?.named_child(0)?;
    while declared.kind() == "binary_operator" {
        declared = declared.child_by_field_name("left")?;
    }
    let name = if declared.kind() == "call" { declared.child_by_field_name("target")? } else { declared };
    Some(Named::from(name).of(kind))
}

fn callee<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    // `@doc "…"` sets an attribute.
    if text.get(..node.start_byte()).is_some_and(|before| before.ends_with('@')) {
        return None;
    }
    let target = node.child_by_field_name("target")?;
    match target.kind() {
        "dot" => target.child_by_field_name("right").filter(|right| right.kind() == "identifier"),
        "identifier" => {
            let word = written(target, text);
            let syntax = word.starts_with("def")
                || matches!(
                    word,
                    "alias"
                        | "import"
                        | "require"
                        | "use"
                        | "if"
                        | "unless"
                        | "case"
                        | "cond"
                        | "with"
                        | "for"
                        | "fn"
                        | "quote"
                        | "unquote"
                        | "try"
                        | "receive"
                        | "raise"
                        | "super"
                        | "test"
                        | "describe"
                );
            (!syntax).then_some(target)
        }
        _ => None,
    }
}
