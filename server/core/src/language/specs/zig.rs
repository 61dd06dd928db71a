//! Zig: what the grammar's node kinds mean. Types have no names of their own: the constants that hold them do.

use tree_sitter::Node;

use crate::language::{
    Around,
    Name::{Child, Computed, Field, With},
    Named,
    SymbolKind::{Constant, Enum, Function, Struct, Type, Variable},
    spec::{Spec, call, child_of, def, type_ref, written},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("function_declaration", Function, Field("name")),
        def("variable_declaration", Constant, Computed(variable)),
        def("test_declaration", Function, Child(&["string", "identifier"])),
    ],
    references: &[
        call("call_expression", With(callee)),
        type_ref("struct_initializer", Child(&["identifier"])),
        type_ref("parameter", With(type_name)),
        type_ref("container_field", With(type_name)),
        type_ref("variable_declaration", With(type_name)),
        type_ref("function_declaration", With(type_name)),
    ],
    comments: &["comment"],
    strings: &["string", "multiline_string", "character"],
    ..Spec::EMPTY
};

/// Types wherever they are, other constants and variables at the top or where they are public; never imports.
fn variable<'t>(node: Node<'t>, text: &str, around: Around) -> Option<Named<'t>> {
    let name = child_of(node, "identifier")?;
    let mut cursor = node.walk();
    let value = node.named_children(&mut cursor).skip(1).last();
    let kind = match value.map(|value| value.kind()) {
        Some("struct_declaration" | "union_declaration" | "opaque_declaration") => Struct,
        Some("enum_declaration") => Enum,
        Some("error_set_declaration") => Type,
        _ => {
            let line = written(node, text);
            if around.depth > 1 && !line.starts_with("pub ") {
                return None;
            }
            let imports = value.is_some_and(|value| written(value, text).starts_with("@import"));
            if imports {
                return None;
            }
            if line.split_whitespace().take(3).any(|word| word == "var") { Variable } else { Constant }
        }
    };
    Some(Named::from(name).of(kind))
}

fn callee<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let function = node.child_by_field_name("function")?;
    match function.kind() {
        "identifier" => Some(function),
        "field_expression" => function.child_by_field_name("member"),
        _ => None,
    }
}

/// The name in `Item`, `?*const shop.Item` or `[]Item`.
fn type_name<'t>(node: Node<'t>, _: &str) -> Option<Node<'t>> {
    let mut written = node.child_by_field_name("type")?;
    loop {
        written = match written.kind() {
            "identifier" => return Some(written),
            "field_expression" => written.child_by_field_name("member")?,
            "pointer_type" | "slice_type" | "nullable_type" | "array_type" | "error_union_type" => {
                written.named_child(u32::try_from(written.named_child_count().checked_sub(1)?).ok()?)?
            }
            _ => return None,
        };
    }
}
