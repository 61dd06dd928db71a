//! Scala: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Name::{Child, Field, Itself, LastChild, With},
    SymbolKind::{Class, Constructor, Enum, Function, Impl, Module, Trait, Type, Variable},
    spec::{Spec, call, def, def_outer, import, type_ref},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("class_definition", Class, Field("name")),
        def("object_definition", Class, Field("name")),
        def("trait_definition", Trait, Field("name")),
        def("enum_definition", Enum, Field("name")),
        def("package_object", Module, Field("name")),
        def("function_definition", Constructor, With(constructor)),
        def("function_definition", Function, Field("name")),
        def("function_declaration", Function, Field("name")),
        def("type_definition", Type, Field("name")),
        def("given_definition", Impl, Field("name")),
        def_outer("val_definition", Variable, With(pattern)),
        def_outer("var_definition", Variable, With(pattern)),
        def_outer("val_declaration", Variable, Field("name")),
        def_outer("var_declaration", Variable, Field("name")),
    ],
    references: &[
        call("call_expression", With(callee)),
        call("generic_function", With(callee)),
        call("instance_expression", With(constructed)),
        call("infix_expression", With(infix)),
        type_ref("type_identifier", Itself),
        import("import_declaration", LastChild(&["identifier"])),
        import("namespace_selectors", Child(&["identifier"])),
        import("namespace_selectors", LastChild(&["identifier"])),
    ],
    comments: &["comment", "block_comment"],
    strings: &["string"],
    wrappers: &[],
    prefixes: &[],
    scopes: &["block", "indented_block", "case_block", "lambda_expression"],
    injections: &[],
};

/// `def this(…)`.
fn constructor<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    node.child_by_field_name("name").filter(|name| text.get(name.byte_range()) == Some("this"))
}

fn pattern<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    node.child_by_field_name("pattern").filter(|pattern| pattern.kind() == "identifier")
}

fn last_name(node: Node<'_>) -> Option<Node<'_>> {
    match node.kind() {
        "identifier" => Some(node),
        "field_expression" => last_name(node.child_by_field_name("field")?),
        // `f[T](x)`: the inner node is a reference of its own.
        _ => None,
    }
}

fn callee<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("function")?)
}

fn infix<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    node.child_by_field_name("operator").filter(|name| name.kind() == "identifier")
}

fn constructed<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let mut written = node.named_child(0)?;
    while written.kind() != "type_identifier" {
        written = match written.kind() {
            "generic_type" | "applied_constructor_type" | "compound_type" => written.named_child(0)?,
            _ => return None,
        };
    }
    Some(written)
}
