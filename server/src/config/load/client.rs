//! What an editor sends: the settings as JSON, in whatever shape editors and their users write them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Entry, OFFLINE, is_group, unknown};
use crate::config::{
    options::{Key, Kind, Written, key, refused_from_client},
    report::{Mistake, Origin},
};

/// The name below which editors keep what is meant for this server.
const SECTION: &str = "codecompass";

/// What the editor says, in its order.
pub(super) fn from_client(client: &Value, mistakes: &mut Vec<Mistake>) -> Vec<Entry> {
    let mut reader = Reader { entries: Vec::new(), seen: BTreeSet::new(), mistakes };
    match client {
        Value::Object(all) => reader.whole(all),
        _ if is_nothing(client) => {}
        other => {
            reader.wrong(format!("the options are {}, but must be an object; they are ignored", as_written(other)));
        }
    }
    reader.entries
}

struct Reader<'a> {
    entries: Vec<Entry>,
    seen: BTreeSet<&'static str>,
    mistakes: &'a mut Vec<Mistake>,
}

impl Reader<'_> {
    fn whole(&mut self, all: &Map<String, Value>) {
        let prefix = format!("{SECTION}.");
        if !all.keys().any(|name| name == SECTION || name.starts_with(&prefix)) {
            return self.group("", all);
        }
        // Then what stands beside it is meant for somebody else.
        for (name, value) in all {
            match (name.strip_prefix(&prefix), value) {
                (Some(name), value) => self.take(name, value),
                (None, Value::Object(group)) if name == SECTION => self.group("", group),
                (None, value) if name == SECTION && !is_nothing(value) => {
                    let found = as_written(value);
                    self.wrong(format!("`{SECTION}` is {found}, but must be an object; it is ignored"));
                }
                (None, _) => {}
            }
        }
    }

    fn group(&mut self, group: &str, content: &Map<String, Value>) {
        for (name, value) in content {
            if group.is_empty() {
                self.take(name, value);
            } else {
                self.take(&format!("{group}.{name}"), value);
            }
        }
    }

    fn take(&mut self, name: &str, value: &Value) {
        if value.is_null() {
            return;
        }
        if name == OFFLINE && *value == Value::Bool(false) {
            // Some editors send what was never set. Whoever wants to be offline has said so elsewhere, and stays so.
            return;
        }
        let known = key(name);
        if let Some(why) = known.and_then(|key| refused_from_client(key, &written_for(key, value))) {
            // An editor may read its settings from the folder that it opens.
            self.wrong(format!(
                "`{name}` is refused in an editor's settings, because {why}; set it in your own config.toml"
            ));
        } else if let Some(key) = known {
            if self.seen.insert(key.name) {
                self.entries.push(Entry { key, written: written_for(key, value), origin: Origin::Client });
            } else {
                self.wrong(format!(
                    "`{name}` is set twice, in its group and by its dotted name; one of them is ignored"
                ));
            }
        } else if is_group(name) {
            match value {
                Value::Object(content) => self.group(name, content),
                _ if is_nothing(value) => {}
                _ => self.unknown(name),
            }
        } else {
            self.unknown(name);
        }
    }

    fn unknown(&mut self, name: &str) {
        self.wrong(unknown(name, &format!("{{\"{name}\": {{...}}}}")));
    }

    fn wrong(&mut self, message: String) {
        self.mistakes.push(Mistake { origin: Origin::Client, message });
    }
}

/// `null` and, because Lua writes an empty table as a list, an empty list where a group could stand.
fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

/// The value of one setting. An empty Lua table may come as an object where a list is meant.
fn written_for(key: &Key, value: &Value) -> Written {
    match value {
        Value::Object(content) if content.is_empty() && key.kind == Kind::Globs => Written::List(Vec::new()),
        _ => as_written(value),
    }
}

fn as_written(value: &Value) -> Written {
    match value {
        Value::Null => Written::Other("null"),
        Value::Bool(flag) => Written::Bool(*flag),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Written::Integer(whole),
            // Editors whose numbers all have fractions write 2 as 2.0.
            (None, Some(float)) if float.fract() == 0.0 && float.abs() < 9e15 => Written::Integer(float as i64),
            (None, Some(float)) if float.fract() != 0.0 => Written::Decimal(float),
            _ => Written::Other("a number that is too large"),
        },
        Value::String(text) => Written::Text(text.clone()),
        Value::Array(items) => Written::List(items.iter().map(as_written).collect()),
        Value::Object(_) => Written::Other("a group"),
    }
}

#[cfg(test)]
mod tests;
