//! The settings of a session: what the client sends, on top of environment and files. The one place where the client's
//! values come in.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::config::{
    folders::{self, Environment, System},
    load::{self, Config},
    options::Written,
    settings::LogLevel,
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
    /// At least so much is logged, whatever the settings say.
    pub least_log: LogLevel,
}

impl Launch {
    /// Resolves the settings for a folder. `client` is what the client sent: the group `codecompass` of its configuration,
    /// or the `initializationOptions`.
    pub fn settings(&self, root: &Path, client: Option<&Value>) -> Config {
        let mut written = Vec::new();
        if self.offline {
            written.push(("--offline", "privacy.offline", Written::Bool(true)));
        }
        let user_file = folders::user_file(&self.environment, System::HERE);
        load::load_for_client(client.unwrap_or(&Value::Null), &written, &self.environment, user_file, root)
    }

    /// The settings that hold for all folders: no project takes part in them.
    pub fn without_folder(&self, client: Option<&Value>) -> Config {
        // Nothing lies below a file.
        let nowhere = std::env::current_exe().unwrap_or_default();
        self.settings(&nowhere, client)
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

/// What a client sent as its configuration; nothing when that says nothing.
pub fn our_part(settings: Value) -> Option<Value> {
    let empty = match &settings {
        Value::Null => true,
        Value::Object(members) => members.is_empty(),
        // Lua writes an empty table so.
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    (!empty).then_some(settings)
}
