//! Reads what was written in flags, environment variables, the user's file and the project's file, and resolves it into
//! [`Settings`]. Never fails: what makes no sense is replaced and reported.

use std::{
    collections::BTreeMap,
    io::Read,
    path::{Path, PathBuf},
};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    folders::Environment,
    options::{KEYS, Key, LATER, Value, Written, key, refusal, variable},
    report::{Mistake, Origin, either, nearest},
    settings::Settings,
};

/// The name of the project's own file, in the workspace folder.
pub const PROJECT_FILE: &str = ".codecompass.toml";

/// A configuration file is a page of text; anything larger is something else.
const LARGEST_FILE: u64 = 1 << 20;

/// Variables with our prefix that are not settings.
const OTHER_VARIABLES: &[&str] = &["CODECOMPASS_CACHE_DIR"];

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
    let project_file = root.join(PROJECT_FILE);
    let mut mistakes = Vec::new();
    let mut entries: Vec<Entry> = Vec::new();
    for (flag, name, written) in flags {
        if let Some(key) = key(name) {
            entries.push(Entry { key, written: written.clone(), origin: Origin::Flag(flag) });
        }
    }
    entries.extend(from_environment(environment, &mut mistakes));
    if let Some(path) = &user_file {
        entries.extend(from_file(path, &Writer::User, &mut mistakes));
    }
    entries.extend(from_file(&project_file, &Writer::Project { user_file: user_file.as_deref() }, &mut mistakes));
    let (settings, origins) = resolve(entries, &mut mistakes);
    mistakes.sort_by_key(|mistake| match &mistake.origin {
        Origin::Default | Origin::Flag(_) => (0, 0),
        Origin::Environment(_) => (1, 0),
        Origin::File(path, line) if *path != project_file => (2, *line),
        Origin::File(_, line) => (3, *line),
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
    for (name, value) in environment.starting_with("CODECOMPASS_") {
        let origin = Origin::Environment(name.to_owned());
        if let Some(key) = KEYS.iter().find(|key| key.variable() == name) {
            let written =
                value.to_str().map_or(Written::Other("not valid Unicode"), |text| key.kind.read_variable(text));
            entries.push(Entry { key, written, origin });
        } else if !OTHER_VARIABLES.contains(&name) && !LATER.iter().any(|later| variable(later) == name) {
            let known: Vec<String> = KEYS.iter().map(Key::variable).collect();
            let known = known.iter().map(String::as_str).chain(OTHER_VARIABLES.iter().copied());
            let message = format!("there is no such setting{}; it is ignored", suggestion(name, known));
            mistakes.push(Mistake { origin, message });
        }
    }
    entries
}

/// Whose file it is.
enum Writer<'a> {
    User,
    Project { user_file: Option<&'a Path> },
}

fn from_file(path: &Path, writer: &Writer<'_>, mistakes: &mut Vec<Mistake>) -> Vec<Entry> {
    let text = match read(path) {
        Ok(Some(text)) => text,
        Ok(None) => return Vec::new(),
        Err(why) => {
            mistakes.push(Mistake::in_file(path, 1, format!("cannot be read: {why}; the whole file is ignored")));
            return writer.doubt(path, 1).into_iter().collect();
        }
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let (table, errors) = DeTable::parse_recoverable(text);
    let broken = errors.iter().map(|error| line(text, error.span().map_or(0, |span| span.start))).collect();
    let mut file = File { path, text, writer, broken, entries: Vec::new(), mistakes };
    // The errors after the first are mostly its consequences.
    if let (Some(error), Some(line)) = (errors.first(), file.broken.first().copied()) {
        file.wrong(line, format!("{}; this setting and whatever else cannot be read here is ignored", error.message()));
        file.walk("", table.get_ref());
        if !file.entries.iter().any(|entry| entry.key.name == OFFLINE) {
            file.entries.extend(writer.doubt(path, line));
        }
    } else {
        file.walk("", table.get_ref());
    }
    file.entries
}

const OFFLINE: &str = "privacy.offline";

impl Writer<'_> {
    /// A user's file that cannot be read may have said that nothing must leave the machine.
    fn doubt(&self, path: &Path, line: usize) -> Option<Entry> {
        let Self::User = self else { return None };
        let written = Written::Other("unknown, because the file cannot be read");
        Some(Entry { key: key(OFFLINE)?, written, origin: Origin::File(path.to_owned(), line) })
    }
}

/// The line (from 1) in which the byte at `offset` stands.
fn line(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

/// The text of the file, or `None` when there is no such file.
fn read(path: &Path) -> Result<Option<String>, String> {
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Err("it is not a regular file".to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        // A file stands where the folder should be: then there is no such file either.
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => return Ok(None),
        Err(error) => return Err(error.to_string()),
    }
    let mut text = String::new();
    std::fs::File::open(path).and_then(|file| file.take(LARGEST_FILE + 1).read_to_string(&mut text)).map_err(
        |error| match error.kind() {
            std::io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
            _ => error.to_string(),
        },
    )?;
    if text.len() as u64 > LARGEST_FILE {
        return Err("it is larger than 1 MiB".to_owned());
    }
    Ok(Some(text))
}

/// One configuration file while it is read.
struct File<'a> {
    path: &'a Path,
    text: &'a str,
    writer: &'a Writer<'a>,
    /// Lines with a syntax error; values that reach over one are not to be trusted.
    broken: Vec<usize>,
    entries: Vec<Entry>,
    mistakes: &'a mut Vec<Mistake>,
}

impl File<'_> {
    fn walk(&mut self, group: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let line = line(self.text, name.span().start);
            let name =
                if group.is_empty() { name.get_ref().to_string() } else { format!("{group}.{}", name.get_ref()) };
            self.take(&name, line, value);
        }
    }

    fn take(&mut self, name: &str, first_line: usize, value: &Spanned<DeValue<'_>>) {
        let inside = format!("{name}.");
        let is_group = known_names().any(|known| known.starts_with(&inside));
        if let (DeValue::Table(table), true) = (value.get_ref(), is_group) {
            return self.walk(name, table);
        }
        let last_line = line(self.text, value.span().end);
        if self.broken.iter().any(|broken| (first_line..=last_line).contains(broken)) {
            return;
        }
        if let Writer::Project { user_file } = self.writer
            && let Some(why) = refusal(name)
        {
            let instead = match user_file {
                Some(path) => format!("set it in {}", path.display()),
                None => format!("set {}", variable(name)),
            };
            let message = format!("`{name}` is refused in a project's file, because {why}; {instead}");
            self.wrong(first_line, message);
        } else if let Some(key) = key(name) {
            let origin = Origin::File(self.path.to_owned(), first_line);
            self.entries.push(Entry { key, written: as_written(value.get_ref()), origin });
        } else if LATER.contains(&name) {
            // A newer version reads it.
        } else if is_group {
            self.wrong(first_line, format!("`{name}` is a group of settings, written as [{name}]; it is ignored"));
        } else {
            let message = format!("there is no setting `{name}`{}; it is ignored", suggestion(name, known_names()));
            self.wrong(first_line, message);
        }
    }

    fn wrong(&mut self, line: usize, message: String) {
        self.mistakes.push(Mistake::in_file(self.path, line, message));
    }
}

fn known_names() -> impl Iterator<Item = &'static str> + Clone {
    KEYS.iter().map(|key| key.name).chain(LATER.iter().copied())
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

fn as_written(value: &DeValue<'_>) -> Written {
    match value {
        DeValue::String(text) => Written::Text(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Written::Other("a number that is too large"), Written::Integer),
        DeValue::Float(_) => Written::Other("a number with a fraction"),
        DeValue::Boolean(flag) => Written::Bool(*flag),
        DeValue::Datetime(_) => Written::Other("a date"),
        DeValue::Array(items) => Written::List(items.iter().map(|item| as_written(item.get_ref())).collect()),
        DeValue::Table(_) => Written::Other("a group"),
    }
}

/// The values of all settings with where they come from, in the order of [`KEYS`].
pub fn shown(config: &Config) -> impl Iterator<Item = (&'static Key, Value, &Origin)> {
    KEYS.iter().map(|key| (key, key.value(&config.settings), config.origin(key)))
}

#[cfg(test)]
mod tests;
