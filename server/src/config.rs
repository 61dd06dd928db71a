//! What the user typed, resolved into settings, with the mistakes reported.

pub mod changes;
pub mod folders;
pub mod load;
pub mod options;
pub mod report;
pub mod settings;
pub mod size;
