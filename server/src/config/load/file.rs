//! A configuration file: the user's own or the project's. What cannot be read costs only itself.

use std::{io::Read, path::Path};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Entry, OFFLINE, is_group, unknown};
use crate::config::{
    options::{Written, key, refusal, variable},
    report::{Mistake, Origin},
};

/// A configuration file is a page of text; anything larger is something else.
const LARGEST_FILE: u64 = 1 << 20;

/// Whose file it is.
pub(super) enum Writer<'a> {
    User,
    Project { user_file: Option<&'a Path> },
}

/// What stands in the file, in its order.
pub(super) fn from_file(path: &Path, writer: &Writer<'_>, mistakes: &mut Vec<Mistake>) -> Vec<Entry> {
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
        if let (DeValue::Table(table), true) = (value.get_ref(), is_group(name)) {
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
        } else {
            self.wrong(first_line, unknown(name, &format!("[{name}]")));
        }
    }

    fn wrong(&mut self, line: usize, message: String) {
        self.mistakes.push(Mistake::in_file(self.path, line, message));
    }
}

fn as_written(value: &DeValue<'_>) -> Written {
    match value {
        DeValue::String(text) => Written::Text(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Written::Other("a number that is too large"), Written::Integer),
        DeValue::Float(number) => {
            let finite = number.as_str().replace('_', "").parse().ok().filter(|number: &f64| number.is_finite());
            finite.map_or(Written::Other("no finite number"), Written::Decimal)
        }
        DeValue::Boolean(flag) => Written::Bool(*flag),
        DeValue::Datetime(_) => Written::Other("a date"),
        DeValue::Array(items) => Written::List(items.iter().map(|item| as_written(item.get_ref())).collect()),
        DeValue::Table(table) => Written::Table(
            table.iter().map(|(name, value)| (name.get_ref().to_string(), as_written(value.get_ref()))).collect(),
        ),
    }
}
