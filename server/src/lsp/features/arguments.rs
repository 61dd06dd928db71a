//! The arguments of commands: one object. People who type commands by hand may give plain words and numbers instead.

use codecompass_core::hit::Mode;
use serde::Deserialize;
use serde_json::Value;

use super::super::{ext::Command, proto::Uri};

/// Everything that some command takes.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Arguments {
    /// What is looked for, asked or said.
    #[serde(alias = "question", alias = "message")]
    pub(super) query: String,
    pub(super) limit: Option<usize>,
    pub(super) mode: Mode,
    pub(super) languages: Vec<String>,
    pub(super) paths: Vec<String>,
    pub(super) kinds: Vec<String>,
    /// The file that is meant.
    pub(super) uri: Option<Uri>,
    /// The same as a path, absolute or relative to a folder.
    pub(super) path: Option<String>,
    /// From 1.
    pub(super) line: Option<u32>,
    /// From 1, inclusive.
    pub(super) end_line: Option<u32>,
    /// A name that is meant.
    pub(super) symbol: Option<String>,
    /// What some tool reports there.
    pub(super) problem: Option<String>,
    /// A conversation that is gone on with.
    pub(super) conversation: Option<String>,
    /// The model that is meant, or is to answer.
    pub(super) model: Option<String>,
    /// The host that is meant, by its name or address.
    pub(super) host: Option<String>,
    /// Whether the model is to reason.
    pub(super) think: Option<String>,
    /// Under which the answer is sent while it is made, or by which it is stopped.
    pub(super) token: Option<String>,
    /// An explanation is to be short.
    pub(super) brief: bool,
    /// What a chat document is called.
    pub(super) name: Option<String>,
    /// What a model is chosen for.
    pub(super) role: Option<String>,
    /// The user has said yes already.
    pub(super) confirmed: bool,
    /// Ask no model anything.
    pub(super) quick: bool,
}

/// Reads the arguments of a command; the error is a sentence.
pub(super) fn read(command: Command, mut values: Vec<Value>) -> Result<Arguments, String> {
    match values.as_mut_slice() {
        [] => Ok(Arguments::default()),
        [only @ Value::Object(_)] => serde_json::from_value(only.take()).map_err(|error| {
            format!("the argument of `{}` is not what it takes: {error}; see docs/lsp-extensions.md", command.name())
        }),
        values => by_position(command, values),
    }
}

/// Words and numbers: `"where are retries counted"`, or `"src/main.rs", 12, 30`.
fn by_position(command: Command, values: &[Value]) -> Result<Arguments, String> {
    let mut words = Vec::new();
    let mut numbers = Vec::new();
    for value in values {
        match (value, value.as_u64().and_then(|number| u32::try_from(number).ok())) {
            (Value::String(word), _) => words.push(word.as_str()),
            (_, Some(number)) => numbers.push(number),
            (Value::Null, _) => {}
            _ => {
                let name = command.name();
                return Err(format!("`{name}` takes one object, or words and numbers, but not `{value}`"));
            }
        }
    }
    let text = words.join(" ");
    let mut arguments = Arguments::default();
    if is_about_a_file(command) {
        let (path, lines) = split(&text);
        arguments.line = numbers.first().copied().or(lines.first().copied());
        arguments.end_line = numbers.get(1).copied().or(lines.get(1).copied());
        match path.parse::<Uri>() {
            Ok(uri) if path.starts_with("file:") => arguments.uri = Some(uri),
            _ if path.is_empty() => {}
            _ => arguments.path = Some(path.to_owned()),
        }
    } else {
        arguments.query = text;
        arguments.limit = numbers.first().map(|&number| number as usize);
    }
    Ok(arguments)
}

fn is_about_a_file(command: Command) -> bool {
    matches!(
        command,
        Command::Explain
            | Command::Similar
            | Command::Why
            | Command::Reindex
            | Command::ChatStop
            | Command::ChatRegenerate
    )
}

/// `src/main.rs:12-30` is a path and lines.
fn split(text: &str) -> (&str, Vec<u32>) {
    if let Some((path, lines)) = text.rsplit_once(':') {
        let numbers: Result<Vec<u32>, _> = lines.split('-').map(str::parse).collect();
        if let Ok(numbers) = numbers
            && numbers.len() <= 2
            && !path.is_empty()
        {
            return (path, numbers);
        }
    }
    (text, Vec::new())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use serde_json::json;

    use super::*;

    #[test]
    fn one_object_or_what_people_type() {
        let object = read(Command::Search, vec![json!({ "query": "x", "limit": 3, "mode": "symbol" })]).unwrap();
        assert_eq!((object.query.as_str(), object.limit, object.mode), ("x", Some(3), Mode::Symbol));
        let asked = read(Command::Ask, vec![json!({ "question": "why" })]).unwrap();
        assert_eq!(asked.query, "why");
        let words = read(Command::Search, vec![json!("where is"), json!("retry"), json!(5)]).unwrap();
        assert_eq!((words.query.as_str(), words.limit), ("where is retry", Some(5)));
        for values in [vec![json!("src/a.rs:12-30")], vec![json!("src/a.rs"), json!(12), json!(30)]] {
            let lines = read(Command::Explain, values).unwrap();
            assert_eq!((lines.path.as_deref(), lines.line, lines.end_line), (Some("src/a.rs"), Some(12), Some(30)));
        }
        let uri = read(Command::Why, vec![json!("file:///a%20b.rs")]).unwrap();
        assert_eq!(uri.uri.unwrap().as_str(), "file:///a%20b.rs");
        assert_eq!(read(Command::Status, vec![]).unwrap(), Arguments::default());
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = read(Command::Search, vec![json!({ "query": "x", "mode": "psychic" })]).unwrap_err();
        assert!(wrong.contains("psychic") && wrong.contains("codecompass.search"), "{wrong}");
        assert!(read(Command::Search, vec![json!([1])]).is_err());
    }
}
