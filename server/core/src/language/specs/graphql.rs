//! GraphQL, schemas and queries: what the grammar's node kinds mean.

use crate::language::{
    Name::{self, Child},
    SymbolKind::{Enum, Function, Impl, Interface, Macro, Struct, Type},
    spec::{Spec, call, def, type_ref},
};

const NAME: Name = Child(&["name"]);

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("object_type_definition", Type, NAME),
        def("interface_type_definition", Interface, NAME),
        def("input_object_type_definition", Struct, NAME),
        def("enum_type_definition", Enum, NAME),
        def("union_type_definition", Type, NAME),
        def("scalar_type_definition", Type, NAME),
        def("directive_definition", Macro, NAME),
        def("object_type_extension", Impl, NAME),
        def("interface_type_extension", Impl, NAME),
        def("input_object_type_extension", Impl, NAME),
        def("enum_type_extension", Impl, NAME),
        def("union_type_extension", Impl, NAME),
        def("operation_definition", Function, NAME),
        def("fragment_definition", Type, Child(&["fragment_name"])),
    ],
    references: &[
        type_ref("named_type", NAME),
        call("fragment_spread", Child(&["fragment_name"])),
        call("directive", NAME),
    ],
    // A description is a string that says what a comment would.
    comments: &["comment", "description"],
    strings: &["string_value"],
    ..Spec::EMPTY
};
