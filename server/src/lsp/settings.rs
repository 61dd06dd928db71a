//! The settings of a session: what the client sends, on top of environment and files. The one place where the client's
//! values come in.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::config::{
    folders::{self, Environment, System},
    load::{self, Config},
    options::{KEYS, Written},
};

/// What holds as long as the process runs.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The environment variables.
    pub environment: Environment,
    /// The current folder.
    pub current_dir: PathBuf,
    /// `--offline` was given.
    pub offline: bool,
    /// The folder of `--workspace`.
    pub workspace: Option<PathBuf>,
}

impl Launch {
    /// Resolves the settings for a folder. `client` is what the client sent: the group `codecompass` of its configuration,
    /// or the `initializationOptions`.
    pub fn settings(&self, root: &Path, client: Option<&Value>) -> Config {
        let mut written = Vec::new();
        if self.offline {
            written.push(("--offline", "privacy.offline", Written::Bool(true)));
        }
        if let Some(client) = client {
            written.extend(client_values(client));
        }
        load::load(&written, &self.environment, folders::user_file(&self.environment, System::HERE), root)
    }

    /// Where the indexes are.
    pub fn cache_dir(&self) -> anyhow::Result<PathBuf> {
        folders::cache_dir(&self.environment, System::HERE, &self.current_dir)
    }

    /// The user's own folder, which is no workspace.
    pub fn home(&self) -> Option<PathBuf> {
        let home = self.environment.get(if cfg!(windows) { "USERPROFILE" } else { "HOME" })?;
        std::fs::canonicalize(home).ok()
    }
}

/// The settings among the client's values, named as in files: `{ "index": { "threads": 2 } }`.
fn client_values(client: &Value) -> impl Iterator<Item = (&'static str, &'static str, Written)> {
    KEYS.iter().filter_map(move |key| {
        let value = key.name.split('.').try_fold(client, |value, name| value.get(name))?;
        (!value.is_null()).then(|| ("editor", key.name, written(value)))
    })
}

fn written(value: &Value) -> Written {
    match value {
        Value::Bool(flag) => Written::Bool(*flag),
        Value::Number(number) => number.as_i64().map_or(Written::Other("a number with a fraction"), Written::Integer),
        Value::String(text) => Written::Text(text.clone()),
        Value::Array(items) => Written::List(items.iter().map(written).collect()),
        Value::Object(_) => Written::Other("a group"),
        Value::Null => Written::Other("null"),
    }
}

/// Our part of what a client sends as its configuration; nothing when that says nothing.
pub fn our_part(mut settings: Value) -> Option<Value> {
    let part = match settings.get_mut("codecompass") {
        Some(part) => part.take(),
        None => settings,
    };
    matches!(&part, Value::Object(members) if !members.is_empty()).then_some(part)
}
