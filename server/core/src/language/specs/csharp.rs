//! C#: what the grammar's node kinds mean.

use tree_sitter::Node;

use crate::language::{
    Name::{Field, With},
    SymbolKind::{self, Class, Constant, Constructor, Enum, Function, Interface, Method, Module, Struct, Type},
    spec::{Spec, call, def, import, type_ref},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("class_declaration", Class, Field("name")),
        def("struct_declaration", Struct, Field("name")),
        def("record_declaration", Struct, Field("name")),
        def("interface_declaration", Interface, Field("name")),
        def("enum_declaration", Enum, Field("name")),
        def("delegate_declaration", Type, Field("name")),
        def("namespace_declaration", Module, With(named)),
        def("method_declaration", Method, Field("name")),
        def("local_function_statement", Function, Field("name")),
        def("constructor_declaration", Constructor, Field("name")),
        def("destructor_declaration", Method, Field("name")),
        def("operator_declaration", Method, Field("operator")),
        def("conversion_operator_declaration", Method, With(typed)),
        def("indexer_declaration", Method, With(indexer)),
        def("property_declaration", SymbolKind::Field, Field("name")),
        def("event_declaration", SymbolKind::Field, Field("name")),
        def("event_field_declaration", SymbolKind::Field, With(field)),
        def("field_declaration", Constant, With(constant)),
        def("field_declaration", SymbolKind::Field, With(field)),
    ],
    references: &[
        call("invocation_expression", With(callee)),
        call("object_creation_expression", With(typed)),
        type_ref("attribute", With(named)),
        type_ref("base_list", With(first)),
        type_ref("base_list", With(second)),
        type_ref("base_list", With(third)),
        type_ref("type_argument_list", With(first)),
        type_ref("type_argument_list", With(second)),
        type_ref("parameter", With(typed)),
        type_ref("variable_declaration", With(typed)),
        type_ref("property_declaration", With(typed)),
        type_ref("indexer_declaration", With(typed)),
        type_ref("delegate_declaration", With(typed)),
        type_ref("method_declaration", With(returned)),
        type_ref("local_function_statement", With(typed)),
        type_ref("cast_expression", With(typed)),
        type_ref("typeof_expression", With(typed)),
        type_ref("declaration_pattern", With(typed)),
        type_ref("declaration_expression", With(typed)),
        type_ref("catch_declaration", With(typed)),
        type_ref("foreach_statement", With(typed)),
        import("using_directive", With(imported)),
    ],
    comments: &["comment"],
    strings: &["string_literal", "verbatim_string_literal", "raw_string_literal", "string_content"],
    wrappers: &[],
    prefixes: &[],
    scopes: &[],
    injections: &[],
};

/// `A.B<C>` is called `B`. Types that the language has built in are no references.
fn last_name(node: Node<'_>) -> Option<Node<'_>> {
    match node.kind() {
        "identifier" => Some(node),
        "generic_name" => node.named_child(0),
        "qualified_name" | "alias_qualified_name" | "member_access_expression" | "member_binding_expression" => {
            last_name(node.child_by_field_name("name")?)
        }
        "nullable_type"
        | "array_type"
        | "pointer_type"
        | "ref_type"
        | "scoped_type"
        | "primary_constructor_base_type" => last_name(node.child_by_field_name("type")?),
        "conditional_access_expression" => {
            let mut cursor = node.walk();
            let binding = node.named_children(&mut cursor).find(|child| child.kind() == "member_binding_expression")?;
            last_name(binding)
        }
        _ => None,
    }
}

fn callee<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("function")?)
}

fn named<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("name")?)
}

fn typed<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("type")?)
}

fn returned<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.child_by_field_name("returns")?)
}

fn first<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.named_child(0)?)
}

fn second<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.named_child(1)?)
}

fn third<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    last_name(node.named_child(2)?)
}

fn imported<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let count = u32::try_from(node.named_child_count()).ok()?;
    last_name(node.named_child(count.checked_sub(1)?)?)
}

fn indexer<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).find(|child| child.kind() == "this")
}

fn field<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    let variables = node.named_children(&mut cursor).find(|child| child.kind() == "variable_declaration")?;
    let mut cursor = variables.walk();
    let first = variables.named_children(&mut cursor).find(|child| child.kind() == "variable_declarator")?;
    first.child_by_field_name("name")
}

/// `const` or `static readonly`.
fn constant<'t>(node: Node<'t>, text: &str) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    let modifiers = node.named_children(&mut cursor).filter(|child| child.kind() == "modifier");
    let weight: u32 = modifiers
        .map(|modifier| match text.get(modifier.byte_range()) {
            Some("const") => 2,
            Some("static" | "readonly") => 1,
            _ => 0,
        })
        .sum();
    (weight >= 2).then(|| field(node, text))?
}
