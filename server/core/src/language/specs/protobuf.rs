//! Protocol Buffers: what the grammar's node kinds mean.

use crate::language::{
    Name::{Child, LastChild},
    SymbolKind::{Enum, Impl, Interface, Method, Struct},
    spec::{Spec, def, type_ref},
};

pub(in crate::language) const SPEC: Spec = Spec {
    definitions: &[
        def("message", Struct, Child(&["message_name"])),
        def("enum", Enum, Child(&["enum_name"])),
        def("service", Interface, Child(&["service_name"])),
        def("rpc", Method, Child(&["rpc_name"])),
        def("extend", Impl, Child(&["full_ident"])),
    ],
    references: &[type_ref("message_or_enum_type", LastChild(&["identifier"]))],
    comments: &["comment"],
    strings: &["string"],
    ..Spec::EMPTY
};
