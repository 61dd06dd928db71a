//! Haskell: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Around,
    Name::{Computed, Field, Itself, With},
    Named,
    SymbolKind::{self, Constant, Function, Impl, Module, Trait, Type},
    spec::{Spec, call, def, import, type_ref},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        // A function is its type and its equations.
        def("signature", Function, Computed(signature)).joined(),
        def("function", Function, Computed(equation)).joined(),
        def("bind", Constant, Computed(equation)).joined(),
        def("foreign_import", Function, With(foreign_name)),
        def("header", Module, Field("module")),
        def("data_type", Type, Field("name")),
        def("newtype", Type, Field("name")),
        def("type_synonym", Type, Field("name")),
        def("type_family", Type, Field("name")),
        def("data_family", Type, Field("name")),
        def("class", Trait, Field("name")),
        def("instance", Impl, With(instance_type)),
    ],
    references: &[
        call("apply", With(applied)),
        call("infix_id", With(first)),
        type_ref("name", Itself),
        type_ref("constructor", Itself),
        import("import", Field("module")),
    ],
    comments: &["comment", "haddock"],
    strings: &["string", "char", "quasiquote"],
    ..Spec::EMPTY
};

/// At the top and in classes and instances; what is bound by `let` and `where` stays inside its function.
fn is_visible(around: Around) -> bool {
    match around.inside {
        None => around.depth == 2,
        Some(kind) => around.depth == 4 && matches!(kind, Trait | Impl),
    }
}

fn equation<'t>(node: Node<'t>, _: &str, around: Around) -> Option<Named<'t>> {
    if !is_visible(around) {
        return None;
    }
    let name = node.child_by_field_name("name").or_else(|| {
        // `x <+> y = …`
        node.named_child(0).filter(|pattern| pattern.kind() == "infix")?.child_by_field_name("operator")
    })?;
    let named = Named::from(bare(name));
    // What a class or an instance has are its methods, also where they are made of others.
    Some(if around.inside.is_some() { named.of(Function) } else { named })
}

fn signature<'t>(node: Node<'t>, _: &str, around: Around) -> Option<Named<'t>> {
    if !is_visible(around) {
        return None;
    }
    let name = node.child_by_field_name("name").or_else(|| node.child_by_field_name("names")?.named_child(0))?;
    let kind = node.child_by_field_name("type").map_or(Function, kind_by_type);
    Some(Named::from(bare(name)).of(kind))
}

/// A plain type says constant; anything else may well be something that is run.
fn kind_by_type(written: Node<'_>) -> SymbolKind {
    if matches!(written.kind(), "name" | "list" | "tuple" | "qualified") { Constant } else { Function }
}

/// Without the parentheses or backticks that turn an operator into a name and back.
fn bare(name: Node<'_>) -> Node<'_> {
    if matches!(name.kind(), "prefix_id" | "infix_id") { name.named_child(0).unwrap_or(name) } else { name }
}

fn first<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    node.named_child(0)
}

fn foreign_name<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    node.child_by_field_name("signature")?.child_by_field_name("name")
}

/// `instance Show (Tree a)` is named after `Tree`.
fn instance_type<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let mut named = node.child_by_field_name("patterns").and_then(|patterns| patterns.named_child(0));
    while let Some(inner) = named {
        match inner.kind() {
            "name" => return Some(inner),
            "apply" => named = inner.child_by_field_name("constructor"),
            "parens" => named = inner.named_child(0),
            "qualified" => named = inner.child_by_field_name("id"),
            _ => break,
        }
    }
    node.child_by_field_name("name")
}

/// `f x y` is an application inside an application: only the innermost has the name.
fn applied<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let function = node.child_by_field_name("function")?;
    match function.kind() {
        "variable" => Some(function),
        "qualified" => function.child_by_field_name("id").filter(|id| id.kind() == "variable"),
        _ => None,
    }
}
