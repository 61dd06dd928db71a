//! The types of the protocol and the service around them, for the rooms of `lsp` only: whatever crate they come from, it is
//! named here and nowhere else.

pub use tower_lsp::{
    Client, ClientSocket, LanguageServer, LspService,
    jsonrpc::{self, Error, ErrorCode, Id, Request, Response},
    ls_types::*,
};
