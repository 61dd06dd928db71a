//! What is wrong with the configuration, and what in it is not as it is by itself.

use serde::Serialize;

use super::Finding;
use crate::config::{
    load::{Config, shown},
    report::Origin,
};

/// A setting that somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingReport {
    /// Its name.
    pub name: &'static str,
    /// Its value, as it is written.
    pub value: String,
    /// Where it was written.
    pub source: String,
}

/// Every mistake.
pub(super) fn mistakes(config: &Config) -> Vec<Finding> {
    if config.mistakes.is_empty() {
        return vec![Finding::ok("configuration", "no mistakes")];
    }
    let fix = "mend that line; `codecompass config show` prints every setting and its source";
    config.mistakes.iter().map(|mistake| Finding::problem("configuration", mistake.to_string(), fix)).collect()
}

/// Every setting that somebody wrote, with its source.
pub(super) fn written(config: &Config) -> Vec<SettingReport> {
    shown(config)
        .filter(|(_, _, origin)| **origin != Origin::Default)
        .map(|(key, value, origin)| SettingReport {
            name: key.name,
            value: value.to_string(),
            source: origin.to_string(),
        })
        .collect()
}
