//! Julia: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Around,
    Name::{Computed, Field, With},
    Named,
    SymbolKind::{Constant, Function, Macro, Module, Struct, Type},
    spec::{Spec, call, child_of, def, import, last_child_of, type_ref},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("module_definition", Module, Field("name")),
        def("struct_definition", Struct, Computed(declared)),
        def("abstract_definition", Type, Computed(declared)),
        def("primitive_definition", Type, Computed(declared)),
        def("function_definition", Function, Computed(declared)),
        def("macro_definition", Macro, Computed(declared)),
        def("assignment", Function, Computed(short_function)),
        def("const_statement", Constant, Computed(constant)),
    ],
    references: &[
        call("call_expression", With(named)),
        call("broadcast_call_expression", With(named)),
        call("macro_identifier", With(macro_name)),
        type_ref("typed_expression", With(annotation)),
        type_ref("parametrized_type_expression", With(named)),
        import("using_statement", With(imported)),
        import("import_statement", With(imported)),
    ],
    comments: &["line_comment", "block_comment"],
    strings: &["string_literal", "prefixed_string_literal", "command_literal", "character_literal"],
    ..Spec::EMPTY
};

fn declared<'t>(node: Node<'t>, _: &str, _: Around) -> Option<Named<'t>> {
    let head = node.named_child(0).filter(|head| matches!(head.kind(), "signature" | "type_head"))?;
    Some(documented(node, Named::from(name_in(head)?)))
}

/// `area(s) = …` anywhere, `area = s -> …` outside of functions.
fn short_function<'t>(node: Node<'t>, _: &str, around: Around) -> Option<Named<'t>> {
    let left = node.named_child(0)?;
    let name = match left.kind() {
        "call_expression" | "where_expression" => name_in(left)?,
        "typed_expression" => name_in(left.named_child(0).filter(|inner| inner.kind() == "call_expression")?)?,
        "identifier" if matches!(around.inside, None | Some(Module)) => {
            last_child_of(node, "arrow_function_expression")?;
            left
        }
        _ => return None,
    };
    Some(documented(node, name.into()))
}

fn constant<'t>(node: Node<'t>, _: &str, _: Around) -> Option<Named<'t>> {
    let left = child_of(node, "assignment")?.named_child(0)?;
    let left = if left.kind() == "typed_expression" { left.named_child(0)? } else { left };
    (left.kind() == "identifier").then(|| documented(node, left.into()))
}

/// The string right before a definition is its documentation.
fn documented<'t>(node: Node<'t>, named: Named<'t>) -> Named<'t> {
    match node.prev_named_sibling().filter(|before| before.kind() == "string_literal") {
        Some(text) => named.at(text.start_byte()..node.end_byte()),
        None => named,
    }
}

/// The name at the bottom left of `Base.size(x::T)::Int where T`.
fn name_in(head: Node<'_>) -> Option<Node<'_>> {
    let mut at = head;
    loop {
        at = match at.kind() {
            "identifier" | "operator" => return Some(at),
            "field_expression" => last_child_of(at, "identifier")?,
            _ => at.named_child(0)?,
        };
    }
}

fn named<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let first = node.named_child(0)?;
    match first.kind() {
        "identifier" => Some(first),
        "field_expression" => last_child_of(first, "identifier"),
        _ => None,
    }
}

fn macro_name<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    child_of(node, "identifier")
}

fn annotation<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let last = node.named_child(u32::try_from(node.named_child_count().checked_sub(1)?).ok()?)?;
    match last.kind() {
        "identifier" => Some(last),
        "field_expression" => last_child_of(last, "identifier"),
        _ => None,
    }
}

fn imported<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let first = node.named_child(0)?;
    if first.kind() == "identifier" { Some(first) } else { child_of(first, "identifier") }
}
