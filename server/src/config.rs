//! What the user typed, resolved into settings, with the mistakes reported.

pub mod settings;
