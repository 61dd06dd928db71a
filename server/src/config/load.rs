//! Reads what was written in flags, the editor's options, environment variables, the user's file and the project's file, and
//! resolves it into [`Settings`]. Never fails: what makes no sense is replaced and reported.

mod client;
mod file;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use file::Writer;

use super::{
    folders::Environment,
    hosts,
    options::{KEYS, Key, Kind, Value, Written, key},
    report::{Mistake, Origin, either, nearest},
    settings::Settings,
};

/// The name of the project's own file, in the workspace folder.
pub const PROJECT_FILE: &str = ".codecompass.toml";

/// Variables with our prefix that are not settings.
const OTHER_VARIABLES: &[&str] = &["CODECOMPASS_CACHE_DIR", PROJECT_VARIABLE];

/// With `ignore` in it, the project's own file is not read: an editor sets it for a folder that its user does not trust.
const PROJECT_VARIABLE: &str = "CODECOMPASS_PROJECT_FILE";

/// The variable by which all clients of Ollama are told where it is.
const SHARED_VARIABLE: &str = "OLLAMA_HOST";

/// The resolved configuration and where it came from.
#[derive(Debug, Clone)]
pub struct Config {
    /// The settings.
    pub settings: Settings,
    /// Where each setting that somebody wrote comes from.
    pub origins: BTreeMap<&'static str, Origin>,
    /// What is wrong.
    pub mistakes: Vec<Mistake>,
    /// The user's file, whether or not it exists; `None` when there is no place for one.
    pub user_file: Option<PathBuf>,
    /// The project's file, whether or not it exists.
    pub project_file: PathBuf,
}

impl Config {
    /// Where the value of a setting comes from.
    pub fn origin(&self, key: &Key) -> &Origin {
        self.origins.get(key.name).unwrap_or(&Origin::Default)
    }
}

/// One setting as somebody wrote it.
struct Entry {
    key: &'static Key,
    written: Written,
    origin: Origin,
}

/// Resolves everything: `flags` win over the environment, that over the user's file, that over the project's file, and
/// what nobody wrote has its default.
pub fn load(
    flags: &[(&'static str, &'static str, Written)],
    environment: &Environment,
    user_file: Option<PathBuf>,
    root: &Path,
) -> Config {
    load_for_client(&serde_json::Value::Null, flags, environment, user_file, root)
}

/// Resolves everything for an editor: as [`load`], with what the editor sent above all but `flags`.
///
/// `client` is all that the editor has to say now: its `initializationOptions`, or what came later in their place. Settings
/// may stand in groups (`{"index": {"threads": 2}}`) or have dotted names (`{"index.threads": 2}`), as a whole or below
/// `codecompass`. `null` sets nothing, neither for one setting nor for all.
pub fn load_for_client(
    client: &serde_json::Value,
    flags: &[(&'static str, &'static str, Written)],
    environment: &Environment,
    user_file: Option<PathBuf>,
    root: &Path,
) -> Config {
    let project_file = root.join(PROJECT_FILE);
    let mut mistakes = Vec::new();
    let mut entries: Vec<Entry> = Vec::new();
    for (flag, name, written) in flags {
        if let Some(key) = key(name) {
            entries.push(Entry { key, written: written.clone(), origin: Origin::Flag(flag) });
        }
    }
    entries.extend(client::from_client(client, &mut mistakes));
    entries.extend(from_environment(environment, &mut mistakes));
    if let Some(path) = &user_file {
        entries.extend(file::from_file(path, &Writer::User, &mut mistakes));
    }
    if environment.get(PROJECT_VARIABLE).is_none_or(|value| value != "ignore") {
        let writer = Writer::Project { user_file: user_file.as_deref() };
        entries.extend(file::from_file(&project_file, &writer, &mut mistakes));
    }
    let (settings, origins) = resolve(entries, &mut mistakes);
    mistakes.sort_by_key(|mistake| match &mistake.origin {
        Origin::Default | Origin::Flag(_) => (0, 0),
        Origin::Client => (1, 0),
        Origin::Environment(_) => (2, 0),
        Origin::File(path, line) if *path != project_file => (3, *line),
        Origin::File(_, line) => (4, *line),
    });
    Config { settings, origins, mistakes, user_file, project_file }
}

/// The first entry of each key decides; its value, or what stands in for a bad one, becomes the setting.
fn resolve(entries: Vec<Entry>, mistakes: &mut Vec<Mistake>) -> (Settings, BTreeMap<&'static str, Origin>) {
    let mut settings = Settings::default();
    let mut origins = BTreeMap::new();
    for Entry { key, written, origin } in entries {
        let decided = origins.contains_key(key.name);
        let value = key.kind.check(&written);
        if value.is_none() {
            let then = if decided {
                "it is ignored".to_owned()
            } else if let Some(value) = &key.when_bad {
                format!("to be safe, {value} is used")
            } else {
                format!("the default, {}, is used", key.value(&Settings::default()))
            };
            let message = format!("`{}` is {}, but must be {}; {then}", key.name, found(&written), key.kind.expected());
            mistakes.push(Mistake { origin: origin.clone(), message });
        }
        if decided {
            continue;
        }
        if let (Kind::Hosts, Written::List(items)) = (key.kind, &written) {
            mistakes
                .extend(hosts::read(items).1.into_iter().map(|message| Mistake { origin: origin.clone(), message }));
        }
        if let Some(value) = value.or_else(|| key.when_bad.clone()) {
            (key.set)(&mut settings, value);
            origins.insert(key.name, origin);
        } else {
            origins.insert(key.name, Origin::Default);
        }
    }
    (settings, origins)
}

/// What was found instead: for a list the item that is wrong.
fn found(written: &Written) -> String {
    let Written::List(items) = written else { return written.to_string() };
    items
        .iter()
        .find(|item| !matches!(item, Written::Text(glob) if globset::Glob::new(glob).is_ok()))
        .map_or_else(|| written.to_string(), |item| format!("a list with {item}"))
}

fn from_environment(environment: &Environment, mistakes: &mut Vec<Mistake>) -> Vec<Entry> {
    let mut entries = Vec::new();
    // Ours comes first in the list below, so that it wins over the one that all clients of Ollama share.
    let shared = environment.get(SHARED_VARIABLE).into_iter().map(|value| (SHARED_VARIABLE, value));
    for (name, value) in environment.starting_with("CODECOMPASS_").chain(shared) {
        let origin = Origin::Environment(name.to_owned());
        if let Some(key) =
            KEYS.iter().find(|key| key.variable() == name || key.kind == Kind::Hosts && name == SHARED_VARIABLE)
        {
            let written =
                value.to_str().map_or(Written::Other("not valid Unicode"), |text| key.kind.read_variable(text));
            entries.push(Entry { key, written, origin });
        } else if !OTHER_VARIABLES.contains(&name) {
            let known: Vec<String> = KEYS.iter().map(Key::variable).collect();
            let known = known.iter().map(String::as_str).chain(OTHER_VARIABLES.iter().copied());
            let message = format!("there is no such setting{}; it is ignored", suggestion(name, known));
            mistakes.push(Mistake { origin, message });
        }
    }
    entries
}

/// What a broken file or a broken value must not turn off.
const OFFLINE: &str = "privacy.offline";

/// Whether settings stand below that name.
fn is_group(name: &str) -> bool {
    let inside = format!("{name}.");
    known_names().any(|known| known.starts_with(&inside))
}

/// What is wrong with a name that is no setting's; `group` is how a group of that name
/// is written.
fn unknown(name: &str, group: &str) -> String {
    if is_group(name) {
        format!("`{name}` is a group of settings, written as {group}; it is ignored")
    } else {
        let shown = if is_printable(name) { name } else { "..." };
        format!("there is no setting `{shown}`{}; it is ignored", suggestion(name, known_names()))
    }
}

/// What does not look like a name may be a value in the wrong place, a password even: it is not repeated in messages.
fn is_printable(name: &str) -> bool {
    name.len() <= 60 && name.chars().all(|c| c.is_alphanumeric() || "._-".contains(c))
}

fn known_names() -> impl Iterator<Item = &'static str> + Clone {
    KEYS.iter().map(|key| key.name)
}

/// `, did you mean ...`, or nothing when nothing is near. A key that only lacks its group is near.
fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let mut near = nearest(name, known.clone());
    if let Some(whole) = known.into_iter().find(|known| known.rsplit('.').next() == Some(name)) {
        near = vec![whole];
    }
    near.truncate(1);
    if near.is_empty() { String::new() } else { format!(", did you mean {}", either(near)) }
}

/// The values of all settings with where they come from, in the order of [`KEYS`].
pub fn shown(config: &Config) -> impl Iterator<Item = (&'static Key, Value, &Origin)> {
    KEYS.iter().map(|key| (key, key.value(&config.settings), config.origin(key)))
}

#[cfg(test)]
mod tests;
