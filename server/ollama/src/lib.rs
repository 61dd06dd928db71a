//! Ollama hosts. The only part of CodeCompass that opens a network connection, and only to hosts that the user configured.
//!
//! Request types come from ollama-rs. Sending and reading are our own, because its stream reader loses text at packet
//! boundaries and its errors lose the status. The room knows nothing of files, editors or indexes.

pub mod address;
mod answer;
pub mod embed;
pub mod embedding;
pub mod error;
pub mod host;
pub mod lines;
pub mod models;
pub mod options;
pub mod piece;
pub mod pool;
pub mod probe;
pub mod pull;
pub mod secret;
pub mod stream;
pub mod timers;

mod classify;
mod offline;
mod wire;

/// The request types, so that nobody else has to know where they come from.
pub mod request {
    pub use ollama_rs::{
        generation::{
            chat::{ChatMessage, request::ChatMessageRequest},
            completion::request::GenerationRequest,
            embeddings::request::{EmbeddingsInput, GenerateEmbeddingsRequest},
            parameters::{FormatType, KeepAlive, ThinkType},
        },
        models::ModelOptions,
    };
}
