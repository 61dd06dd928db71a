//! PHP: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Name::{self, Child, Field, With},
    SymbolKind::{self, Class, Constant, Constructor, Enum, Function, Interface, Method, Module, Trait},
    spec::{Spec, call, def, def_if, import, type_ref},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("class_declaration", Class, Field("name")),
        def("interface_declaration", Interface, Field("name")),
        def("trait_declaration", Trait, Field("name")),
        def("enum_declaration", Enum, Field("name")),
        def("function_definition", Function, Field("name")),
        def("method_declaration", Constructor, With(constructor)),
        def("method_declaration", Method, Field("name")),
        def("const_element", Constant, Child(&["name"])),
        def("property_element", SymbolKind::Field, With(property)),
        def_if("namespace_definition", Module, With(namespace), has_body),
    ],
    references: &[
        call("function_call_expression", With(function)),
        call("member_call_expression", With(member)),
        call("nullsafe_member_call_expression", With(member)),
        call("scoped_call_expression", With(member)),
        call("object_creation_expression", With(constructed)),
        type_ref("scoped_call_expression", With(scope)),
        type_ref("class_constant_access_expression", FIRST),
        type_ref("scoped_property_access_expression", With(scope)),
        type_ref("named_type", FIRST),
        type_ref("base_clause", FIRST),
        type_ref("class_interface_clause", FIRST),
        type_ref("class_interface_clause", With(second)),
        type_ref("use_declaration", FIRST),
        type_ref("attribute", FIRST),
        import("namespace_use_clause", FIRST),
    ],
    comments: &["comment"],
    strings: &["string_content", "nowdoc_string"],
    wrappers: &["const_declaration", "property_declaration"],
    prefixes: &[],
    scopes: &[],
    injections: &[],
};

const FIRST: Name = With(first);

/// `A\B` is called `B`; `self`, `static` and `parent` name nothing.
fn last_name<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    let name = match node.kind() {
        "name" => node,
        "qualified_name" | "relative_name" => {
            let mut cursor = node.walk();
            node.named_children(&mut cursor).filter(|child| child.kind() == "name").last()?
        }
        _ => return None,
    };
    (!matches!(text.get(name.byte_range())?, "self" | "static" | "parent")).then_some(name)
}

fn constructor<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    node.child_by_field_name("name").filter(|name| text.get(name.byte_range()) == Some("__construct"))
}

/// The name without its `$`.
fn property<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    node.child_by_field_name("name")?.named_child(0)
}

fn has_body(node: Node<'_>) -> bool {
    node.child_by_field_name("body").is_some()
}

fn namespace<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let name = node.child_by_field_name("name")?;
    let count = u32::try_from(name.named_child_count()).ok()?;
    name.named_child(count.checked_sub(1)?)
}

fn function<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("function")?, text)
}

fn member<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    node.child_by_field_name("name").filter(|name| name.kind() == "name")
}

fn scope<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("scope")?, text)
}

fn constructed<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    first(node, text)
}

fn first<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    last_name(node.named_child(0)?, text)
}

fn second<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    last_name(node.named_child(1)?, text)
}
