//! JavaScript, TypeScript and TSX: what the grammars' node kinds mean. Kinds that only one of them has cost the others
//! nothing.

use tree_sitter::Node;

use crate::language::{
    Name::{Field, Itself, With},
    SymbolKind::{Class, Constructor, Enum, Function, Interface, Method, Module, Type, Variable},
    spec::{Spec, call, def, def_outer, import, type_ref},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("function_declaration", Function, Field("name")),
        def("generator_function_declaration", Function, Field("name")),
        def("function_signature", Function, Field("name")),
        def("class_declaration", Class, Field("name")),
        def("abstract_class_declaration", Class, Field("name")),
        def("interface_declaration", Interface, Field("name")),
        def("type_alias_declaration", Type, Field("name")),
        def("enum_declaration", Enum, Field("name")),
        def("internal_module", Module, With(module_name)),
        def("module", Module, With(module_name)),
        def("method_definition", Constructor, With(constructor)),
        def("method_definition", Method, With(member_name)),
        def("method_signature", Constructor, With(constructor)),
        def("method_signature", Method, With(member_name)),
        def("abstract_method_signature", Method, With(member_name)),
        def("field_definition", Method, With(function_field)),
        def("public_field_definition", Method, With(function_field)),
        def("variable_declarator", Function, With(function_variable)),
        def("variable_declarator", Class, With(class_variable)),
        def_outer("variable_declarator", Variable, With(plain_variable)),
        def("assignment_expression", Method, With(prototype_function)),
        def("assignment_expression", Function, With(function_assigned)),
        def("assignment_expression", Class, With(class_assigned)),
        def_outer("assignment_expression", Variable, With(object_assigned)),
        def("pair", Function, With(function_pair)),
        def("pair", Class, With(class_pair)),
        def("export_statement", Function, With(default_function)),
        def("export_statement", Class, With(default_class)),
        def("export_statement", Variable, With(default_object)),
    ],
    references: &[
        call("call_expression", With(callee)),
        call("new_expression", With(constructed)),
        call("decorator", With(decorated_with)),
        call("jsx_opening_element", With(element)),
        call("jsx_self_closing_element", With(element)),
        type_ref("class_heritage", With(superclass)),
        type_ref("extends_clause", With(extended)),
        type_ref("type_identifier", Itself),
        import("import_specifier", Field("name")),
        import("import_clause", With(imported_default)),
    ],
    comments: &["comment", "html_comment"],
    strings: &["string", "string_fragment"],
    wrappers: &[
        "export_statement",
        "ambient_declaration",
        "lexical_declaration",
        "variable_declaration",
        "using_declaration",
    ],
    prefixes: &["decorator"],
    scopes: &[
        "function_declaration",
        "generator_function_declaration",
        "function_expression",
        "generator_function",
        "arrow_function",
        "method_definition",
        "class_static_block",
    ],
    injections: &[],
};

/// `a.b.c` is called `c`, `(a)` and `a!` are called `a`.
fn last_name(node: Node<'_>) -> Option<Node<'_>> {
    match node.kind() {
        "identifier"
        | "property_identifier"
        | "private_property_identifier"
        | "shorthand_property_identifier"
        | "type_identifier" => Some(node),
        "member_expression" | "nested_identifier" => node.child_by_field_name("property"),
        "parenthesized_expression" | "non_null_expression" | "instantiation_expression" | "await_expression" => {
            last_name(node.named_child(0)?)
        }
        _ => None,
    }
}

/// The key of a member: an identifier, a string, or `[Symbol.iterator]`, which is called `iterator`.
fn key_name(key: Node<'_>) -> Option<Node<'_>> {
    match key.kind() {
        "computed_property_name" => {
            let inner = key.named_child(0)?;
            if inner.kind() == "string" { inner.named_child(0) } else { last_name(inner) }
        }
        "string" => key.named_child(0),
        _ => Some(key),
    }
}

fn member_name<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    key_name(node.child_by_field_name("name")?)
}

fn constructor<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    let name = node.child_by_field_name("name")?;
    (text.get(name.byte_range()) == Some("constructor")).then_some(name)
}

/// `namespace a.b` is called `b`, `declare module "x"` is called `x`.
fn module_name<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let name = node.child_by_field_name("name")?;
    if name.kind() == "string" { name.named_child(0) } else { last_name(name) }
}

/// A value without the casts and parentheses around it.
fn bare(value: Node<'_>) -> Option<Node<'_>> {
    match value.kind() {
        "as_expression" | "satisfies_expression" | "parenthesized_expression" | "non_null_expression" => {
            bare(value.named_child(0)?)
        }
        _ => Some(value),
    }
}

fn is_function(value: Node<'_>) -> bool {
    matches!(value.kind(), "arrow_function" | "function_expression" | "generator_function")
}

fn valued<'t>(node: Node<'t>, field: &str, wanted: fn(Node<'_>) -> bool) -> bool {
    node.child_by_field_name(field).and_then(bare).is_some_and(wanted)
}

fn is_class(value: Node<'_>) -> bool {
    value.kind() == "class"
}

fn function_field<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    if !valued(node, "value", is_function) {
        return None;
    }
    key_name(node.child_by_field_name("name").or_else(|| node.child_by_field_name("property"))?)
}

fn variable_name(node: Node<'_>) -> Option<Node<'_>> {
    node.child_by_field_name("name").filter(|name| name.kind() == "identifier")
}

fn function_variable<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    valued(node, "value", is_function).then(|| variable_name(node))?
}

fn class_variable<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    valued(node, "value", is_class).then(|| variable_name(node))?
}

/// A variable with a value of its own: not another name for something imported or defined elsewhere.
fn plain_variable<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    let value = bare(node.child_by_field_name("value")?)?;
    match value.kind() {
        "identifier" | "member_expression" | "subscript_expression" | "null" | "undefined" => None,
        "call_expression" if callee(value, text).is_some_and(|name| text.get(name.byte_range()) == Some("require")) => {
            None
        }
        _ => variable_name(node),
    }
}

fn assigned(node: Node<'_>) -> Option<Node<'_>> {
    node.child_by_field_name("left").filter(|left| left.kind() != "parenthesized_expression").and_then(last_name)
}

/// `Type.prototype.name = function () {}`.
fn prototype_function<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    let object = node.child_by_field_name("left")?.child_by_field_name("object")?;
    let property = object.child_by_field_name("property")?;
    if text.get(property.byte_range()) != Some("prototype") || !valued(node, "right", is_function) {
        return None;
    }
    assigned(node)
}

fn function_assigned<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    valued(node, "right", is_function).then(|| assigned(node))?
}

fn class_assigned<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    valued(node, "right", is_class).then(|| assigned(node))?
}

fn object_assigned<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let whole = |value: Node<'_>| matches!(value.kind(), "object" | "call_expression" | "new_expression");
    if node.child_by_field_name("left")?.kind() != "member_expression" || !valued(node, "right", whole) {
        return None;
    }
    assigned(node)
}

fn function_pair<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    if !valued(node, "value", is_function) {
        return None;
    }
    key_name(node.child_by_field_name("key")?)
}

fn class_pair<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    if !valued(node, "value", is_class) {
        return None;
    }
    key_name(node.child_by_field_name("key")?)
}

/// What `export default` exports without a name is called `default`, as importers know it.
fn default_export(node: Node<'_>, wanted: fn(Node<'_>) -> bool) -> Option<Node<'_>> {
    let value = bare(node.child_by_field_name("value")?)?;
    if !wanted(value) {
        return None;
    }
    if let Some(name) = value.child_by_field_name("name") {
        return Some(name);
    }
    let mut cursor = node.walk();
    node.children(&mut cursor).find(|child| child.kind() == "default")
}

fn default_function<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    default_export(node, is_function)
}

fn default_class<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    default_export(node, is_class)
}

fn default_object<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    default_export(node, |value| matches!(value.kind(), "object" | "call_expression"))
}

fn callee<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("function")?)
}

fn constructed<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("constructor")?)
}

/// `@name`; `@name()` is a call and found as one.
fn decorated_with<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.named_child(0)?)
}

/// A component: lower-case elements are the browser's.
fn element<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    let name = last_name(node.child_by_field_name("name")?)?;
    text.get(name.byte_range())?.starts_with(char::is_uppercase).then_some(name)
}

fn superclass<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.named_child(0)?)
}

fn extended<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("value")?)
}

fn imported_default<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    node.named_child(0).filter(|name| name.kind() == "identifier")
}
