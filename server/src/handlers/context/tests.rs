//! What must be in a prompt.
