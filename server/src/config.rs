//! What the user typed, resolved into settings, with the mistakes reported.

pub mod changes;
pub mod folders;
pub(crate) mod hosts;
pub mod load;
pub mod options;
pub mod report;
pub mod settings;
pub mod size;
