//! Every setting there is: its name, what may be written there, who may write it, and how it gets into [`Settings`].
//! `docs/configuration.md` is held to this table by a test.

use std::fmt;

use codecompass_ollama::options::HostOptions;
use serde::Serialize;

use super::{
    hosts,
    report::either,
    settings::{LogLevel, Provider, Settings, Watcher},
    size,
};

/// A value as written, before anybody asked whether it makes sense.
#[derive(Debug, Clone, PartialEq)]
pub enum Written {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Written>),
    /// Names and values, where a value is made of several.
    Table(Vec<(String, Written)>),
    /// Anything that no setting takes, in the words of the message about it.
    Other(&'static str),
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "`{value}`"),
            Self::Integer(value) => write!(f, "`{value}`"),
            Self::Text(text) if text.chars().count() > 60 || looks_secret(text) => {
                write!(f, "a text of {} bytes", text.len())
            }
            Self::Text(text) => write!(f, "`{}`", text.escape_debug()),
            Self::List(items) => write!(f, "a list of {}", items.len()),
            Self::Table(_) => write!(f, "a group"),
            Self::Other(what) => write!(f, "{what}"),
        }
    }
}

/// Whether a text looks like a token, a key or an address with a password, put in the wrong place. Messages do not repeat it.
fn looks_secret(text: &str) -> bool {
    let with_password = text.contains("://") && text.contains('@');
    let mut runs = text.split(|c: char| !c.is_ascii_alphanumeric() && !"-_+/=".contains(c));
    with_password
        || runs.any(|run| {
            run.len() >= 16
                && run.contains(|c: char| c.is_ascii_digit())
                && run.contains(|c: char| c.is_ascii_alphabetic())
        })
}

/// A value that passed its [`Kind`]'s check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Glob patterns.
    Globs(Vec<String>),
    /// A number of bytes.
    Size(u64),
    /// How many.
    Count(usize),
    /// One of a few words.
    Word(&'static str),
    /// Yes or no.
    Flag(bool),
    /// Model hosts.
    #[serde(serialize_with = "hosts::show")]
    Hosts(Vec<HostOptions>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Globs(globs) => write!(f, "{globs:?}"),
            Self::Size(bytes) => write!(f, "\"{}\"", size::exact(*bytes)),
            Self::Count(count) => write!(f, "{count}"),
            Self::Word(word) => write!(f, "\"{word}\""),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Hosts(hosts) => {
                write!(f, "{:?}", hosts.iter().map(|host| host.address.to_string()).collect::<Vec<_>>())
            }
        }
    }
}

/// What may be written for a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A list of glob patterns.
    Globs,
    /// A number of bytes, or text with a unit.
    Size,
    /// A whole number up to this one.
    Count(usize),
    /// One of these words.
    Word(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A list of addresses, or of groups that say more about each host.
    Hosts,
}

impl Kind {
    /// What is expected, as the end of the sentence "it must be ...".
    pub fn expected(self) -> String {
        match self {
            Self::Globs => "a list of glob patterns such as [\"docs/**\", \"*.sql\"]".to_owned(),
            Self::Size => "a size above 0 such as 1048576 or \"1 MiB\"".to_owned(),
            Self::Count(most) => format!("a whole number from 0 to {most}"),
            Self::Word(words) => either(words.iter().copied()),
            Self::Flag => "true or false".to_owned(),
            Self::Hosts => {
                "a list of addresses or groups such as [{ name = \"gpu\", url = \"https://gpu.example\" }]".to_owned()
            }
        }
    }

    /// The value that was meant, if it is one of this kind.
    pub(super) fn check(self, written: &Written) -> Option<Value> {
        match (self, written) {
            (Self::Globs, Written::List(items)) => items
                .iter()
                .map(|item| match item {
                    Written::Text(glob) => globset::Glob::new(glob).is_ok().then(|| glob.clone()),
                    _ => None,
                })
                .collect::<Option<_>>()
                .map(Value::Globs),
            (Self::Size, Written::Integer(bytes)) => u64::try_from(*bytes).ok().filter(|n| *n > 0).map(Value::Size),
            (Self::Size, Written::Text(text)) => size::parse(text).filter(|n| *n > 0).map(Value::Size),
            (Self::Count(most), Written::Integer(count)) => {
                usize::try_from(*count).ok().filter(|n| *n <= most).map(Value::Count)
            }
            (Self::Word(words), Written::Text(text)) => {
                words.iter().find(|word| word.eq_ignore_ascii_case(text.trim())).map(|word| Value::Word(word))
            }
            (Self::Flag, Written::Bool(flag)) => Some(Value::Flag(*flag)),
            (Self::Hosts, Written::List(items)) => Some(Value::Hosts(hosts::read(items).0)),
            _ => None,
        }
    }

    /// The text of an environment variable, where everything is text, as it would stand in a file.
    pub(super) fn read_variable(self, text: &str) -> Written {
        let trimmed = text.trim();
        let other = || Written::Text(text.to_owned());
        match self {
            Self::Globs => Written::List(split_globs(text).map(|glob| Written::Text(glob.to_owned())).collect()),
            Self::Hosts => Written::List(split_globs(text).map(|address| Written::Text(address.to_owned())).collect()),
            Self::Size | Self::Word(_) => other(),
            Self::Count(_) => trimmed.parse().map_or_else(|_| other(), Written::Integer),
            Self::Flag => match trimmed.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Written::Bool(true),
                "false" | "0" | "no" | "off" => Written::Bool(false),
                _ => other(),
            },
        }
    }
}

/// The globs between commas; a comma inside braces belongs to its glob.
fn split_globs(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    text.split(move |c| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .map(str::trim)
    .filter(|glob| !glob.is_empty())
}

/// Who may write a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Anybody, the project's own file too.
    Project,
    /// Only the user; the project's file may not, for this reason.
    User(&'static str),
}

/// One setting.
#[derive(Debug)]
pub struct Key {
    /// Its group and name.
    pub name: &'static str,
    /// What it does, as one sentence.
    pub about: &'static str,
    /// What may be written there.
    pub kind: Kind,
    /// Who may write it.
    pub scope: Scope,
    /// Takes the place of a value that makes no sense, where the default would be the dangerous side.
    pub(super) when_bad: Option<Value>,
    pub(super) get: fn(&Settings) -> Value,
    pub(super) set: fn(&mut Settings, Value),
}

impl Key {
    /// The environment variable that sets it.
    pub fn variable(&self) -> String {
        variable(self.name)
    }

    /// Its value.
    pub fn value(&self, settings: &Settings) -> Value {
        (self.get)(settings)
    }
}

/// The environment variable of the setting `name`.
pub(super) fn variable(name: &str) -> String {
    format!("CODECOMPASS_{}", name.replace('.', "_").to_ascii_uppercase())
}

const MACHINE: &str = "how much of this machine is used is its owner's choice";
const NETWORK: &str = "a cloned repository must not decide where code is sent";
const PRIVACY: &str = "a cloned repository must not decide what leaves this machine";
const PERSONAL: &str = "it is the user's choice, not the project's";

/// All settings, in the order in which they are shown.
pub static KEYS: &[Key] = &[
    Key {
        name: "index.include",
        about: "Files to index although an ignore rule leaves them out.",
        kind: Kind::Globs,
        scope: Scope::Project,
        when_bad: None,
        get: |settings| Value::Globs(settings.index.include.clone()),
        set: |settings, value| {
            if let Value::Globs(globs) = value {
                settings.index.include = globs;
            }
        },
    },
    Key {
        name: "index.exclude",
        about: "Files to leave out, on top of the ignore rules.",
        kind: Kind::Globs,
        scope: Scope::Project,
        when_bad: None,
        get: |settings| Value::Globs(settings.index.exclude.clone()),
        set: |settings, value| {
            if let Value::Globs(globs) = value {
                settings.index.exclude = globs;
            }
        },
    },
    Key {
        name: "index.max_file_bytes",
        about: "Larger files are left out; `why FILE` says so.",
        kind: Kind::Size,
        scope: Scope::Project,
        when_bad: None,
        get: |settings| Value::Size(settings.index.max_file_bytes),
        set: |settings, value| {
            if let Value::Size(bytes) = value {
                settings.index.max_file_bytes = bytes;
            }
        },
    },
    Key {
        name: "index.threads",
        about: "Threads used for indexing; 0 means one for each core.",
        kind: Kind::Count(1024),
        scope: Scope::User(MACHINE),
        when_bad: None,
        get: |settings| Value::Count(settings.index.threads),
        set: |settings, value| {
            if let Value::Count(count) = value {
                settings.index.threads = count;
            }
        },
    },
    Key {
        name: "index.disk_budget",
        about: "What all indexes in the cache folder may take together; beyond it the least used are deleted.",
        kind: Kind::Size,
        scope: Scope::User(MACHINE),
        when_bad: None,
        get: |settings| Value::Size(settings.index.disk_budget),
        set: |settings, value| {
            if let Value::Size(bytes) = value {
                settings.index.disk_budget = bytes;
            }
        },
    },
    Key {
        name: "index.watcher",
        about: "How a server notices changes on disk: by the system, by looking from time to time, or as fits.",
        kind: Kind::Word(&["auto", "native", "polling"]),
        scope: Scope::User(MACHINE),
        when_bad: None,
        get: |settings| Value::Word(settings.index.watcher.as_str()),
        set: |settings, value| {
            if let Value::Word(word) = value {
                settings.index.watcher = Watcher::parse(word).unwrap_or_default();
            }
        },
    },
    Key {
        name: "embedding.provider",
        about: "Who turns text into vectors: the model inside the binary.",
        kind: Kind::Word(&["builtin"]),
        scope: Scope::User(NETWORK),
        when_bad: None,
        get: |settings| Value::Word(settings.embedding.provider.as_str()),
        set: |settings, _| settings.embedding.provider = Provider::Builtin,
    },
    Key {
        name: "ollama.hosts",
        about: "Where language models run, the preferred host first; see [below](#model-hosts).",
        kind: Kind::Hosts,
        scope: Scope::User(NETWORK),
        when_bad: None,
        get: |settings| Value::Hosts(settings.ollama.hosts.clone()),
        set: |settings, value| {
            if let Value::Hosts(hosts) = value {
                settings.ollama.hosts = hosts;
            }
        },
    },
    Key {
        name: "privacy.offline",
        about: "No network at all, except to hosts on this machine. A value that makes no sense counts as true.",
        kind: Kind::Flag,
        scope: Scope::User(PRIVACY),
        when_bad: Some(Value::Flag(true)),
        get: |settings| Value::Flag(settings.privacy.offline),
        set: |settings, value| {
            if let Value::Flag(flag) = value {
                settings.privacy.offline = flag;
            }
        },
    },
    Key {
        name: "privacy.allow_cloud_models",
        about: "Models may be used that a host only passes on to Ollama's cloud.",
        kind: Kind::Flag,
        scope: Scope::User(PRIVACY),
        when_bad: None,
        get: |settings| Value::Flag(settings.privacy.allow_cloud_models),
        set: |settings, value| {
            if let Value::Flag(flag) = value {
                settings.privacy.allow_cloud_models = flag;
            }
        },
    },
    Key {
        name: "editor.hover",
        about: "Facts from the index when the pointer rests on a name.",
        kind: Kind::Flag,
        scope: Scope::User(PERSONAL),
        when_bad: None,
        get: |settings| Value::Flag(settings.editor.hover),
        set: |settings, value| {
            if let Value::Flag(flag) = value {
                settings.editor.hover = flag;
            }
        },
    },
    Key {
        name: "editor.code_lens",
        about: "A line above each definition that says how often it is referred to.",
        kind: Kind::Flag,
        scope: Scope::User(PERSONAL),
        when_bad: None,
        get: |settings| Value::Flag(settings.editor.code_lens),
        set: |settings, value| {
            if let Value::Flag(flag) = value {
                settings.editor.code_lens = flag;
            }
        },
    },
    Key {
        name: "log.level",
        about: "The least important messages that are still written to standard error; `-v` raises it.",
        kind: Kind::Word(&["off", "error", "warn", "info", "debug", "trace"]),
        scope: Scope::User(PERSONAL),
        when_bad: None,
        get: |settings| Value::Word(settings.log.level.as_str()),
        set: |settings, value| {
            if let Value::Word(word) = value {
                settings.log.level = LogLevel::parse(word).unwrap_or_default();
            }
        },
    },
];

/// Settings that a user's file may already hold although nothing reads them yet, so that one file serves several versions.
pub(super) const LATER: &[&str] = &[
    "embedding.model",
    "chat.model",
    "chat.num_ctx",
    "chat.num_predict",
    "chat.temperature",
    "chat.think",
    "chat.keep_alive",
    "explain.model",
    "explain.num_ctx",
    "explain.num_predict",
    "explain.temperature",
    "explain.think",
    "explain.keep_alive",
    "privacy.redact_secrets",
    "privacy.audit_log",
];

/// The setting of that name.
pub fn key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Why a project's file may not write `name`, by its group, so that misspelt and future keys are refused too.
pub(super) fn refusal(name: &str) -> Option<&'static str> {
    if let Some(Key { scope: Scope::User(why), .. }) = key(name) {
        return Some(why);
    }
    match name.split('.').next().unwrap_or(name) {
        "embedding" | "ollama" | "chat" | "explain" => Some(NETWORK),
        "privacy" => Some(PRIVACY),
        "editor" | "log" => Some(PERSONAL),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::fmt::Write;

    use super::*;

    /// The table of settings as `docs/configuration.md` holds it.
    fn table() -> String {
        let mut table = String::from("| setting | default | what it does | environment variable | project file |\n");
        table.push_str("|---|---|---|---|---|\n");
        for key in KEYS {
            let Key { name, about, .. } = key;
            let default = key.value(&Settings::default());
            let project = if key.scope == Scope::Project { "yes" } else { "no" };
            writeln!(table, "| `{name}` | `{default}` | {about} | `{}` | {project} |", key.variable()).unwrap();
        }
        table
    }

    #[test]
    fn the_documented_table_is_the_real_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");
        let page = std::fs::read_to_string(path).unwrap().replace("\r\n", "\n");
        assert!(page.contains(&table()), "put this table into docs/configuration.md:\n\n{}", table());
    }

    #[test]
    fn every_setting_is_written_as_it_is_read() {
        for key in KEYS {
            let mut settings = Settings::default();
            let default = key.value(&settings);
            (key.set)(&mut settings, default.clone());
            assert_eq!(settings, Settings::default(), "{}", key.name);
            let written = match &default {
                Value::Globs(_) => Written::List(vec![]),
                Value::Size(bytes) => Written::Integer(*bytes as i64),
                Value::Count(count) => Written::Integer(*count as i64),
                Value::Word(word) => Written::Text((*word).to_owned()),
                Value::Flag(flag) => Written::Bool(*flag),
                Value::Hosts(hosts) => {
                    Written::List(hosts.iter().map(|host| Written::Text(host.address.to_string())).collect())
                }
            };
            assert_eq!(key.kind.check(&written), Some(default), "{}", key.name);
        }
    }

    #[test]
    fn what_may_be_a_secret_is_not_repeated() {
        for text in ["ghp_16C7e42F292c6912E7710c83", "http://ada:lovelace@gpu:11434", "Bearer abcdefghijk0123456789"] {
            assert_eq!(Written::Text(text.to_owned()).to_string(), format!("a text of {} bytes", text.len()));
        }
        for text in ["big", "docs/**", "10 GigaBytes please"] {
            assert_eq!(Written::Text(text.to_owned()).to_string(), format!("`{text}`"));
        }
    }

    #[test]
    fn commas_in_braces_do_not_split_a_glob() {
        let globs: Vec<&str> = split_globs("a/**, *.{js,ts},,b").collect();
        assert_eq!(globs, ["a/**", "*.{js,ts}", "b"]);
    }
}
