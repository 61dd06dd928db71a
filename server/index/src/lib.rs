//! The `CodeCompass` index on disk. Blocking, and knows nothing of LSP, HTTP or the workspace.

pub mod vectors;
