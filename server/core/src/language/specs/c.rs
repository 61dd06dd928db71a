//! C: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Name::{Field, Itself, With},
    SymbolKind::{Enum, Function, Macro, Struct, Type, Variable},
    spec::{Spec, call, def, def_if, def_outer, type_ref},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("function_definition", Function, With(declared)),
        def_outer("function_declarator", Function, With(before_macro)),
        def_outer("declaration", Function, With(prototype)),
        def_outer("declaration", Variable, With(global)),
        def_if("struct_specifier", Struct, Field("name"), has_body),
        def_if("union_specifier", Struct, Field("name"), has_body),
        def_if("enum_specifier", Enum, Field("name"), has_body),
        def_if("type_definition", Struct, With(declared), names_struct),
        def_if("type_definition", Enum, With(declared), names_enum),
        def("type_definition", Type, With(declared)),
        def_if("preproc_def", Macro, Field("name"), has_value),
        def("preproc_function_def", Macro, Field("name")),
    ],
    references: &[call("call_expression", With(callee)), type_ref("type_identifier", Itself)],
    comments: &["comment"],
    strings: &["string_literal"],
    wrappers: &["linkage_specification"],
    prefixes: &[],
    scopes: &["compound_statement"],
    injections: &[],
};

/// Goes down a declarator (`*(*name[3])(int)`) to the identifier that it declares.
pub(super) fn declarator_name(declarator: Node<'_>) -> Option<Node<'_>> {
    let mut at = declarator;
    loop {
        at = match at.kind() {
            "identifier" | "field_identifier" | "type_identifier" | "primitive_type" => return Some(at),
            "parenthesized_declarator" | "attributed_declarator" => {
                let mut cursor = at.walk();
                at.named_children(&mut cursor).find(|child| {
                    let kind = child.kind();
                    kind.ends_with("declarator") || kind.ends_with("identifier")
                })?
            }
            _ => at.child_by_field_name("declarator")?,
        };
    }
}

fn declared<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    declarator_name(node.child_by_field_name("declarator")?)
}

/// Whether a declarator declares a function: pointers to one are variables.
pub(super) fn declares_function(declarator: Node<'_>) -> bool {
    let mut at = declarator;
    while matches!(at.kind(), "pointer_declarator" | "attributed_declarator") {
        match at.child_by_field_name("declarator") {
            Some(inner) => at = inner,
            None => return false,
        }
    }
    at.kind() == "function_declarator"
        && at.child_by_field_name("declarator").is_some_and(|inner| inner.kind() != "parenthesized_declarator")
}

fn prototype<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    declares_function(node.child_by_field_name("declarator")?).then(|| declared(node, text))?
}

/// `int f(void) MACRO;` and `int f(void) MACRO(1, 2);`: in front of a body the grammar allows it, as a prototype it is an
/// error around the declarator.
pub(super) fn has_macro_after(declarator: Node<'_>) -> bool {
    let mut cursor = declarator.walk();
    let mut after = declarator.named_children(&mut cursor).skip(2);
    after.any(|child| matches!(child.kind(), "identifier" | "call_expression"))
}

pub(super) fn before_macro<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    has_macro_after(node).then(|| declarator_name(node))?
}

/// A variable outside of functions that has a value here: `extern int x;` only repeats what is defined elsewhere.
pub(super) fn global<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let declarator = node.child_by_field_name("declarator").filter(|found| found.kind() == "init_declarator")?;
    declarator_name(declarator).filter(|name| name.kind() == "identifier")
}

pub(super) fn has_body(node: Node<'_>) -> bool {
    node.child_by_field_name("body").is_some()
}

pub(super) fn has_value(node: Node<'_>) -> bool {
    node.child_by_field_name("value").is_some()
}

/// `typedef struct { … } name;`
pub(super) fn names_struct(node: Node<'_>) -> bool {
    unnamed(node).is_some_and(|specifier| matches!(specifier.kind(), "struct_specifier" | "union_specifier"))
}

/// `typedef enum { … } name;`
pub(super) fn names_enum(node: Node<'_>) -> bool {
    unnamed(node).is_some_and(|specifier| specifier.kind() == "enum_specifier")
}

fn unnamed(node: Node<'_>) -> Option<Node<'_>> {
    let specifier = node.child_by_field_name("type")?;
    (specifier.child_by_field_name("name").is_none() && has_body(specifier)).then_some(specifier)
}

pub(super) fn callee<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("function")?)
}

fn last_name(node: Node<'_>) -> Option<Node<'_>> {
    match node.kind() {
        "identifier" => Some(node),
        "field_expression" => node.child_by_field_name("field"),
        "parenthesized_expression" | "pointer_expression" => last_name(node.named_child(0)?),
        "subscript_expression" => last_name(node.child_by_field_name("argument")?),
        _ => None,
    }
}
