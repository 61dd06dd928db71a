//! C++: what the grammar's node kinds mean.

use tree_sitter::Node;

use super::c::{declares_function, has_body, has_macro_after, has_value, names_enum, names_struct};
use crate::language::{
    Name::{Field, Itself, With},
    SymbolKind::{Class, Constructor, Enum, Function, Macro, Method, Module, Struct, Type, Variable},
    spec::{Spec, call, def, def_if, def_outer, import, type_ref},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("function_definition", Function, With(test_macro)),
        def("function_definition", Constructor, With(constructor)),
        def("function_definition", Method, With(qualified)),
        def("function_definition", Function, With(declared)),
        def_outer("function_declarator", Function, With(before_macro)),
        def_outer("declaration", Constructor, With(constructor_prototype)),
        def_outer("declaration", Function, With(prototype)),
        def_outer("declaration", Variable, With(global)),
        def("field_declaration", Method, With(prototype)),
        def_if("class_specifier", Class, With(named), has_body),
        def_if("struct_specifier", Struct, With(named), has_body),
        def_if("union_specifier", Struct, With(named), has_body),
        def_if("enum_specifier", Enum, With(named), has_body),
        def_if("type_definition", Struct, With(declared), names_struct),
        def_if("type_definition", Enum, With(declared), names_enum),
        def("type_definition", Type, With(declared)),
        def("alias_declaration", Type, Field("name")),
        def("concept_definition", Type, Field("name")),
        def("namespace_definition", Module, With(namespace)),
        def_if("preproc_def", Macro, Field("name"), has_value),
        def("preproc_function_def", Macro, Field("name")),
    ],
    references: &[
        call("call_expression", With(callee)),
        call("new_expression", With(constructed)),
        type_ref("type_identifier", Itself),
        import("using_declaration", With(used)),
    ],
    comments: &["comment"],
    strings: &["string_literal", "raw_string_literal"],
    wrappers: &["template_declaration", "linkage_specification", "friend_declaration"],
    prefixes: &[],
    scopes: &["compound_statement"],
    injections: &[],
};

/// The last part of `a::b<T>::c`.
fn last_name(node: Node<'_>) -> Option<Node<'_>> {
    let mut at = node;
    loop {
        at = match at.kind() {
            "identifier"
            | "field_identifier"
            | "type_identifier"
            | "namespace_identifier"
            | "destructor_name"
            | "operator_name"
            | "primitive_type"
            | "operator" => return Some(at),
            // `operator bool()` is called `operator`.
            "operator_cast" => at.child(0)?,
            "qualified_identifier" | "template_function" | "template_method" | "template_type" => {
                at.child_by_field_name("name")?
            }
            "field_expression" => at.child_by_field_name("field")?,
            "dependent_name" | "parenthesized_expression" => at.named_child(0)?,
            "subscript_expression" => at.child_by_field_name("argument")?,
            _ => return None,
        };
    }
}

/// Goes down a declarator to what it declares: an identifier, a qualified or templated name, an operator.
fn declarator_name(declarator: Node<'_>) -> Option<Node<'_>> {
    let mut at = declarator;
    loop {
        at = match at.kind() {
            "parenthesized_declarator" | "attributed_declarator" | "reference_declarator" => {
                let mut cursor = at.walk();
                at.named_children(&mut cursor).find(|child| {
                    let kind = child.kind();
                    kind.ends_with("declarator") || kind.ends_with("identifier") || kind == "operator_name"
                })?
            }
            "operator_cast" => return Some(at),
            _ => match at.child_by_field_name("declarator") {
                Some(inner) => inner,
                None => return Some(at),
            },
        };
    }
}

fn declared<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(declarator_name(node.child_by_field_name("declarator")?)?)
}

/// `TEST(Suite, Name) { … }` looks like a function without a result; the last argument names it best.
fn test_macro<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    if node.child_by_field_name("type").is_some() {
        return None;
    }
    let declarator = node.child_by_field_name("declarator")?;
    let name = declarator.child_by_field_name("declarator").filter(|name| name.kind() == "identifier")?;
    let written = text.get(name.byte_range())?;
    if written.contains(|c: char| c.is_lowercase()) || !written.contains('_') && !written.starts_with("TEST") {
        return None;
    }
    let parameters = declarator.child_by_field_name("parameters")?;
    let mut cursor = parameters.walk();
    let last = parameters.named_children(&mut cursor).last().and_then(|last| last.child_by_field_name("type"));
    last.filter(|last| last.kind() == "type_identifier").or(Some(name))
}

/// `Type(…) { … }` inside of the type, `Type::Type(…) { … }` outside.
fn constructor<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    if node.child_by_field_name("type").is_some() {
        return None;
    }
    let name = declarator_name(node.child_by_field_name("declarator")?)?;
    match name.kind() {
        "identifier" => Some(name),
        "qualified_identifier" => {
            let mut inner = name;
            while let Some(next) =
                inner.child_by_field_name("name").filter(|next| next.kind() == "qualified_identifier")
            {
                inner = next;
            }
            let scope = last_name(inner.child_by_field_name("scope")?)?;
            let name = inner.child_by_field_name("name").filter(|name| name.kind() == "identifier")?;
            (text.get(scope.byte_range()) == text.get(name.byte_range())).then_some(name)
        }
        _ => None,
    }
}

fn qualified<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let name = declarator_name(node.child_by_field_name("declarator")?)?;
    (name.kind() == "qualified_identifier").then(|| last_name(name))?
}

fn prototype<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    let mut declarator = node.child_by_field_name("declarator")?;
    if declarator.kind() == "reference_declarator" {
        declarator = declarator.named_child(0)?;
    }
    (declares_function(declarator) || declarator.kind() == "operator_cast").then(|| declared(node, text))?
}

/// A prototype that the grammar cannot read for the macro after it.
fn before_macro<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    has_macro_after(node).then(|| declarator_name(node).and_then(last_name))?
}

fn constructor_prototype<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    if node.child_by_field_name("type").is_some() {
        return None;
    }
    prototype(node, text).filter(|name| name.kind() == "identifier")
}

/// A variable outside of functions that has a value here.
fn global<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    node.child_by_field_name("declarator").filter(|found| found.kind() == "init_declarator")?;
    declared(node, text)
}

fn named<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("name")?)
}

fn namespace<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let mut name = node.child_by_field_name("name")?;
    while name.kind() == "nested_namespace_specifier" {
        let count = u32::try_from(name.named_child_count()).ok()?;
        name = name.named_child(count.checked_sub(1)?)?;
    }
    Some(name)
}

fn callee<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("function")?).filter(|name| name.kind() != "primitive_type")
}

fn constructed<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("type")?).filter(|name| name.kind() != "primitive_type")
}

fn used<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.named_child(0)?)
}
