//! Every setting there is: its name, what may be written there, who may write it, and how it gets into [`Settings`].
//! `docs/configuration.md` is held to this table by a test.

use std::fmt;

use codecompass_ollama::options::HostOptions;
use serde::Serialize;

use super::{hosts, report::either, settings::Settings, size};

mod keys;

pub use keys::KEYS;
use keys::{NETWORK, PERSONAL, PRIVACY};

/// A value as written, before anybody asked whether it makes sense.
#[derive(Debug, Clone, PartialEq)]
pub enum Written {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Decimal(f64),
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
            Self::Decimal(value) => write!(f, "`{value}`"),
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
    /// Any text; empty where nothing was chosen.
    Text(String),
    /// A number with a fraction, in hundredths.
    #[serde(serialize_with = "whole")]
    Hundredths(u16),
    /// Yes or no.
    Flag(bool),
    /// Model hosts.
    #[serde(serialize_with = "hosts::show")]
    Hosts(Vec<HostOptions>),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives it so")]
fn whole<S: serde::Serializer>(hundredths: &u16, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(f64::from(*hundredths) / 100.0)
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Globs(globs) => write!(f, "{globs:?}"),
            Self::Size(bytes) => write!(f, "\"{}\"", size::exact(*bytes)),
            Self::Count(count) => write!(f, "{count}"),
            Self::Word(word) => write!(f, "\"{word}\""),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Hundredths(number) => write!(f, "{}", f64::from(*number) / 100.0),
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
    /// The name of a model, or nothing.
    Model,
    /// How long: `"10m"`, a number of seconds, or `-1` for as long as the host runs.
    Duration,
    /// A text with `{text}` in it, or nothing.
    Template,
    /// An absolute path, or nothing.
    Path,
    /// A number from 0 to 2, two digits behind the point.
    UpToTwo,
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
            Self::Model => "the name of a model such as \"qwen2.5-coder:7b\", or \"\" to have one chosen".to_owned(),
            Self::Duration => "a time such as \"10m\" or \"1h30m\", a number of seconds, or -1 for ever".to_owned(),
            Self::Template => "a text with {text} in it such as \"search_query: {text}\", or \"\"".to_owned(),
            Self::Path => "an absolute path, or \"\"".to_owned(),
            Self::UpToTwo => "a number from 0 to 2 such as 0.7".to_owned(),
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
            (Self::Model, Written::Text(text)) => {
                let name = text.trim();
                let plain = name.len() <= 200 && !name.contains(|c: char| c.is_whitespace() || c.is_control());
                plain.then(|| Value::Text(name.to_owned()))
            }
            (Self::Duration, Written::Integer(seconds)) => Some(Value::Text(format!("{}s", (*seconds).max(-1)))),
            (Self::Duration, Written::Text(text)) => {
                is_duration(text.trim()).then(|| Value::Text(text.trim().to_owned()))
            }
            (Self::Template, Written::Text(text)) => {
                (text.is_empty() || text.contains("{text}")).then(|| Value::Text(text.clone()))
            }
            (Self::Path, Written::Text(text)) => {
                let path = text.trim();
                (path.is_empty() || std::path::Path::new(path).is_absolute()).then(|| Value::Text(path.to_owned()))
            }
            (Self::UpToTwo, Written::Integer(number)) => {
                u16::try_from(*number).ok().filter(|n| *n <= 2).map(|n| Value::Hundredths(100 * n))
            }
            (Self::UpToTwo, Written::Decimal(number)) => {
                (0.0..=2.0).contains(number).then(|| Value::Hundredths((number * 100.0).round() as u16))
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
            Self::Hosts => hosts::read_variable(trimmed).unwrap_or_else(|| {
                Written::List(split_globs(text).map(|address| Written::Text(address.to_owned())).collect())
            }),
            Self::Size | Self::Word(_) | Self::Model | Self::Template | Self::Path => other(),
            Self::Duration => trimmed.parse().map_or_else(|_| other(), Written::Integer),
            Self::UpToTwo => trimmed.parse().map_or_else(|_| other(), Written::Decimal),
            Self::Count(_) => trimmed.parse().map_or_else(|_| other(), Written::Integer),
            Self::Flag => match trimmed.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Written::Bool(true),
                "false" | "0" | "no" | "off" => Written::Bool(false),
                _ => other(),
            },
        }
    }
}

/// Whether a text is a time as Ollama reads it: numbers with units, or `-1` with or without one.
fn is_duration(text: &str) -> bool {
    let Some(mut rest) = text.strip_prefix('-').or(Some(text)).filter(|rest| !rest.is_empty()) else { return false };
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let (number, behind) = rest.split_at(digits);
        if number.parse::<f64>().is_err() {
            return false;
        }
        let units = ["ms", "h", "m", "s"];
        let Some(behind) = units.iter().find_map(|unit| behind.strip_prefix(unit)) else { return false };
        rest = behind;
    }
    true
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

/// The setting of that name.
pub fn key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Why an editor may not write this. What it sends may come from the folder that it opens, so that it can make the rules about
/// what leaves the machine stricter, but not looser.
pub(super) fn refused_from_client(key: &Key, written: &Written) -> Option<&'static str> {
    match (key.name, written) {
        ("ollama.hosts", _) => Some(NETWORK),
        ("privacy.audit_log", _)
        | ("privacy.allow_cloud_models", Written::Bool(true))
        | ("privacy.redact_secrets", Written::Bool(false)) => Some(PRIVACY),
        _ => None,
    }
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
                Value::Text(text) => Written::Text(text.clone()),
                Value::Hundredths(number) => Written::Decimal(f64::from(*number) / 100.0),
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
    fn times_are_those_that_ollama_reads() {
        for text in ["10m", "1h30m", "500ms", "1.5h", "-1m", "0s"] {
            assert!(is_duration(text), "{text}");
        }
        for text in ["", "-", "m", "10", "ten minutes", "10 m", "10d"] {
            assert!(!is_duration(text), "{text}");
        }
    }

    #[test]
    fn commas_in_braces_do_not_split_a_glob() {
        let globs: Vec<&str> = split_globs("a/**, *.{js,ts},,b").collect();
        assert_eq!(globs, ["a/**", "*.{js,ts}", "b"]);
    }
}
