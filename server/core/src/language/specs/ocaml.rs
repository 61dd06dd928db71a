//! OCaml, implementations and interfaces: what the node kinds of the two grammars mean.

use tree_sitter::Node;

use crate::language::{
    Around,
    Name::{Child, Computed, With},
    Named,
    SymbolKind::{self, Class, Constant, Enum, Function, Interface, Method, Module, Struct, Type},
    spec::{Spec, call, child_of, def, import, last_child_of, type_ref, written},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("value_definition", Constant, Computed(first_binding)),
        def("let_binding", Constant, Computed(further_binding)),
        def("value_specification", Constant, Computed(specification)),
        def("external", Function, Child(&["value_name"])),
        def("type_definition", Type, Computed(first_type)),
        def("type_binding", Type, Computed(further_type)),
        def("exception_definition", Type, With(exception)),
        def("module_definition", Module, With(module)),
        def("module_type_definition", Interface, Child(&["module_type_name"])),
        def("class_definition", Class, With(class)),
        def("method_definition", Method, Child(&["method_name"])),
        def("method_specification", Method, Child(&["method_name"])),
    ],
    references: &[
        call("application_expression", With(applied)),
        call("infix_expression", With(piped)),
        call("constructor_path", Child(&["constructor_name"])),
        type_ref("type_constructor_path", With(last_of_type)),
        type_ref("module_type_path", Child(&["module_type_name"])),
        import("open_module", With(opened)),
    ],
    comments: &["comment"],
    strings: &["string", "quoted_string", "character"],
    ..Spec::EMPTY
};

/// `let a = … and b = …` is cut at the `and`: the keyword and the first binding are one definition.
fn first_binding<'t>(node: Node<'t>, text: &str, _: Around) -> Option<Named<'t>> {
    // `let … in` belongs to the expression after it.
    let after = text.get(node.end_byte()..)?.trim_start();
    if after.strip_prefix("in").is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')) {
        return None;
    }
    let binding = child_of(node, "let_binding")?;
    Some(bound(binding)?.at(node.start_byte()..binding.end_byte()))
}

fn further_binding<'t>(node: Node<'t>, text: &str, around: Around) -> Option<Named<'t>> {
    let local = around.inside.is_some_and(|kind| matches!(kind, Function | Constant | Method));
    (!local && follows_and(node, text)).then(|| bound(node))?
}

fn bound(binding: Node<'_>) -> Option<Named<'_>> {
    let pattern = binding.child_by_field_name("pattern")?;
    let name = match pattern.kind() {
        "value_name" => pattern,
        "parenthesized_operator" => pattern.named_child(0)?,
        _ => return None,
    };
    let function = child_of(binding, "parameter").is_some()
        || binding
            .child_by_field_name("body")
            .is_some_and(|body| matches!(body.kind(), "fun_expression" | "function_expression"));
    Some(Named::from(name).of(if function { Function } else { Constant }))
}

fn follows_and(node: Node<'_>, text: &str) -> bool {
    text.get(..node.start_byte()).is_some_and(|before| before.trim_end().ends_with("and"))
}

fn specification<'t>(node: Node<'t>, _: &str, _: Around) -> Option<Named<'t>> {
    let name = node.named_child(0)?;
    let name = if name.kind() == "parenthesized_operator" { name.named_child(0)? } else { name };
    let kind = match node.child_by_field_name("type")?.kind() {
        "function_type" | "polymorphic_type" => Function,
        _ => Constant,
    };
    Some(Named::from(name).of(kind))
}

fn first_type<'t>(node: Node<'t>, _: &str, _: Around) -> Option<Named<'t>> {
    let binding = child_of(node, "type_binding")?;
    Some(declared_type(binding)?.at(node.start_byte()..binding.end_byte()))
}

fn further_type<'t>(node: Node<'t>, text: &str, _: Around) -> Option<Named<'t>> {
    follows_and(node, text).then(|| declared_type(node))?
}

fn declared_type(binding: Node<'_>) -> Option<Named<'_>> {
    // A path instead of a name extends a type declared elsewhere.
    let name = binding.child_by_field_name("name").filter(|name| name.kind() == "type_constructor")?;
    Some(Named::from(name).of(binding.child_by_field_name("body").map_or(Type, kind_of_body)))
}

fn kind_of_body(body: Node<'_>) -> SymbolKind {
    match body.kind() {
        "record_declaration" => Struct,
        "variant_declaration" => Enum,
        _ => Type,
    }
}

fn exception<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    child_of(child_of(node, "constructor_declaration")?, "constructor_name")
}

fn module<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    child_of(child_of(node, "module_binding")?, "module_name")
}

fn class<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    child_of(child_of(node, "class_binding")?, "class_name")
}

fn applied<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    value_named(node.child_by_field_name("function")?)
}

/// `items |> List.map`, `print @@ text`: the function stands at the pointed end.
fn piped<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    match written(node.child_by_field_name("operator")?, text) {
        "|>" => value_named(node.child_by_field_name("right")?),
        "@@" => value_named(node.child_by_field_name("left")?),
        _ => None,
    }
}

fn value_named(path: Node<'_>) -> Option<Node<'_>> {
    (path.kind() == "value_path").then(|| last_child_of(path, "value_name"))?
}

fn last_of_type<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_child_of(node, "type_constructor")
}

fn opened<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_child_of(node.child_by_field_name("module")?, "module_name")
}
