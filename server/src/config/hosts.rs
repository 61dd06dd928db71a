//! `ollama.hosts`: what may be said about a model host, and how it is shown again without its secrets.

use std::path::PathBuf;

use codecompass_ollama::{
    address::Address,
    options::{ClientCertificate, HostOptions, Login, Proxy, Roles},
    secret::{Secret, Source},
};
use serde::{Serializer, ser::SerializeSeq};
use serde_json::json;

use super::{
    options::Written,
    report::{either, nearest},
};

/// What is known of every host unless the user says more.
const NAMES: &[&str] = &[
    "name",
    "url",
    "roles",
    "token_env",
    "token_file",
    "token_command",
    "user",
    "password_env",
    "password_file",
    "password_command",
    "headers",
    "ca_file",
    "client_cert",
    "client_key",
    "insecure",
    "proxy",
];

/// The hosts when nobody names any: an Ollama on this machine.
pub(crate) fn default_hosts() -> Vec<HostOptions> {
    vec![at(Address::default())]
}

/// The hosts that are meant, and what is wrong with the others, which are left out.
pub(super) fn read(items: &[Written]) -> (Vec<HostOptions>, Vec<String>) {
    let mut hosts: Vec<HostOptions> = Vec::new();
    let mut mistakes = Vec::new();
    for (i, item) in items.iter().enumerate() {
        let read = match item {
            Written::Text(text) => from_address(text),
            Written::Table(table) => from_table(table, &mut mistakes, i + 1),
            other => Err(format!("it is {other}, but must be an address or a group with a `url`")),
        };
        let read = read.and_then(|host| {
            if hosts.iter().any(|known| known.name == host.name) {
                return Err("another host has the same name".to_owned());
            }
            Ok(host)
        });
        match read {
            Ok(host) => hosts.push(host),
            Err(why) => mistakes.push(format!("host {} of `ollama.hosts` is left out: {why}", i + 1)),
        }
    }
    (hosts, mistakes)
}

/// What `CODECOMPASS_OLLAMA_HOSTS` holds when it is the list that could stand in a file, written as JSON. An editor says so
/// what it knows of its hosts, which may not come with its other settings; the tokens are in other variables. `None` for
/// addresses between commas: a JSON list begins with a bracket and a quote, brace or bracket, and an IPv6 address does not.
pub(super) fn read_variable(text: &str) -> Option<Written> {
    let inside = text.strip_prefix('[')?.trim_start();
    if !inside.starts_with(['{', '"', ']']) {
        return None;
    }
    Some(match serde_json::from_str(text) {
        Ok(value) => as_written(value),
        Err(_) => Written::Other("a list in JSON with a mistake in it"),
    })
}

fn as_written(value: serde_json::Value) -> Written {
    use serde_json::Value;
    match value {
        Value::Null => Written::Other("null"),
        Value::Bool(flag) => Written::Bool(flag),
        Value::Number(number) => number.as_i64().map_or(Written::Other("a number"), Written::Integer),
        Value::String(text) => Written::Text(text),
        Value::Array(items) => Written::List(items.into_iter().map(as_written).collect()),
        Value::Object(members) => {
            Written::Table(members.into_iter().map(|(name, value)| (name, as_written(value))).collect())
        }
    }
}

fn at(address: Address) -> HostOptions {
    let whole = address.to_string();
    let name = whole.split_once("://").map_or(whole.as_str(), |(_, rest)| rest).to_owned();
    HostOptions::at(name, address)
}

fn from_address(text: &str) -> Result<HostOptions, String> {
    let (address, login) = Address::parse(text).map_err(|why| format!("its address cannot be read: {why}"))?;
    let mut host = at(address);
    if let Some((user, password)) = login {
        host.login = Login::Basic(user, Source::Given(password));
    }
    Ok(host)
}

fn from_table(table: &[(String, Written)], mistakes: &mut Vec<String>, number: usize) -> Result<HostOptions, String> {
    let group = Group(table);
    for (name, _) in table {
        if name == "token" || name == "password" {
            return Err(format!(
                "a {name} must not stand in the file; name the place of it with `{name}_env`, `{name}_file` or \
                 `{name}_command`"
            ));
        }
        if !NAMES.contains(&name.as_str()) {
            let near = nearest(name, NAMES.iter().copied());
            // What is no name may be a secret in the wrong place.
            let instead = if near.is_empty() { String::new() } else { format!(", did you mean {}", either(near)) };
            mistakes.push(format!(
                "host {number} of `ollama.hosts` has a setting that does not exist{instead}; it is ignored"
            ));
        }
    }
    let mut host = from_address(group.text("url")?.ok_or("it has no `url`")?)?;
    if let Some(name) = group.text("name")? {
        name.clone_into(&mut host.name);
    }
    if let Some(roles) = group.get("roles") {
        host.roles = read_roles(roles)?;
    }
    if let Some(token) = group.source("token")? {
        host.login = Login::Bearer(token);
    }
    match (group.text("user")?, group.source("password")?) {
        (None, None) => {}
        (Some(_), _) if matches!(host.login, Login::Bearer(_)) => {
            return Err("it has both a token and a user".to_owned());
        }
        (Some(user), Some(password)) => host.login = Login::Basic(user.to_owned(), password),
        _ => {
            return Err(
                "a `user` needs a `password_env`, `password_file` or `password_command`, and they need it".to_owned()
            );
        }
    }
    host.headers = match group.get("headers") {
        None => Vec::new(),
        Some(Written::Table(headers)) => headers
            .iter()
            .map(|(name, value)| match value {
                Written::Text(value) => Ok((name.clone(), Secret::new(value))),
                _ => Err("the values of its `headers` must be texts".to_owned()),
            })
            .collect::<Result<_, _>>()?,
        Some(_) => return Err("its `headers` must be a group such as { X-Team = \"search\" }".to_owned()),
    };
    host.ca_file = group.path("ca_file")?;
    host.client_certificate = match (group.path("client_cert")?, group.path("client_key")?) {
        (None, None) => None,
        (Some(certificate), Some(key)) => Some(ClientCertificate { certificate, key }),
        _ => return Err("`client_cert` and `client_key` need each other".to_owned()),
    };
    host.insecure = match group.get("insecure") {
        None => false,
        Some(Written::Bool(insecure)) => *insecure,
        Some(_) => return Err("its `insecure` must be true or false".to_owned()),
    };
    host.proxy = match group.text("proxy")? {
        None => Proxy::Environment,
        Some("none") => Proxy::None,
        Some(proxy) => Proxy::Through(Secret::new(proxy)),
    };
    Ok(host)
}

fn read_roles(written: &Written) -> Result<Roles, String> {
    let wrong = || "its `roles` must be a list of `chat` and `embed`".to_owned();
    let Written::List(words) = written else { return Err(wrong()) };
    let mut roles = Roles { chat: false, embed: false };
    for word in words {
        match word {
            Written::Text(word) if word == "chat" => roles.chat = true,
            Written::Text(word) if word == "embed" => roles.embed = true,
            _ => return Err(wrong()),
        }
    }
    Ok(roles)
}

/// The settings of one host.
struct Group<'a>(&'a [(String, Written)]);

impl<'a> Group<'a> {
    fn get(&self, name: &str) -> Option<&'a Written> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, written)| written)
    }

    fn text(&self, name: &str) -> Result<Option<&'a str>, String> {
        match self.get(name) {
            None => Ok(None),
            Some(Written::Text(text)) if !text.trim().is_empty() => Ok(Some(text.trim())),
            Some(_) => Err(format!("its `{name}` must be a text")),
        }
    }

    fn path(&self, name: &str) -> Result<Option<PathBuf>, String> {
        let path = self.text(name)?.map(PathBuf::from);
        match path {
            // It would be another file after every `cd`.
            Some(path) if !path.is_absolute() => Err(format!("its `{name}` must be an absolute path")),
            path => Ok(path),
        }
    }

    /// The one place from which a secret is read.
    fn source(&self, what: &str) -> Result<Option<Source>, String> {
        let environment = self.text(&format!("{what}_env"))?.map(|name| Source::Environment(name.to_owned()));
        let file = self.path(&format!("{what}_file"))?.map(Source::File);
        let command = self.text(&format!("{what}_command"))?.map(|line| Source::Command(line.to_owned()));
        let mut sources: Vec<Source> = [environment, file, command].into_iter().flatten().collect();
        if sources.len() > 1 {
            return Err(format!("its {what} has several places; name one"));
        }
        Ok(sources.pop())
    }
}

/// The hosts for programs, without secrets.
pub(super) fn show<S: Serializer>(hosts: &[HostOptions], serializer: S) -> Result<S::Ok, S::Error> {
    let mut list = serializer.serialize_seq(Some(hosts.len()))?;
    for host in hosts {
        let roles: Vec<&str> =
            [("chat", host.roles.chat), ("embed", host.roles.embed)].iter().filter(|r| r.1).map(|r| r.0).collect();
        let login = match &host.login {
            Login::None => "none".to_owned(),
            Login::Bearer(source) => format!("token from {source}"),
            Login::Basic(_, source) => format!("user and password from {source}"),
        };
        list.serialize_element(&json!({
            "name": host.name,
            "url": host.address.to_string(),
            "roles": roles,
            "login": login,
            "insecure": host.insecure,
        }))?;
    }
    list.end()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

    use super::*;

    fn text(text: &str) -> Written {
        Written::Text(text.to_owned())
    }

    fn table(pairs: &[(&str, Written)]) -> Written {
        Written::Table(pairs.iter().map(|(name, written)| ((*name).to_owned(), written.clone())).collect())
    }

    #[test]
    fn a_host_with_everything() {
        let (hosts, mistakes) = read(&[table(&[
            ("name", text("gpu")),
            ("url", text("https://gpu.example/ollama")),
            ("roles", Written::List(vec![text("chat")])),
            ("token_env", text("GPU_TOKEN")),
            ("headers", table(&[("X-Team", text("hush"))])),
            ("insecure", Written::Bool(true)),
            ("proxy", text("http://ada:hush@proxy:3128")),
        ])]);
        assert_eq!(mistakes, Vec::<String>::new());
        let host = &hosts[0];
        assert_eq!((host.name.as_str(), host.roles), ("gpu", Roles { chat: true, embed: false }));
        assert_eq!(host.login, Login::Bearer(Source::Environment("GPU_TOKEN".to_owned())));
        assert!(host.insecure);
        assert!(!format!("{host:?}").contains("hush"));
    }

    #[test]
    fn a_variable_can_hold_all_that_a_file_can() {
        let json = r#"[{ "name": "gpu", "url": "https://gpu.example/ollama", "token_env": "GPU_TOKEN",
            "headers": { "X-Team": "search" }, "insecure": false }, "box"]"#;
        let Some(Written::List(items)) = read_variable(json) else { panic!("it is a list") };
        let (hosts, mistakes) = read(&items);
        assert_eq!(mistakes, Vec::<String>::new());
        assert_eq!(hosts.iter().map(|host| host.name.as_str()).collect::<Vec<_>>(), ["gpu", "box:11434"]);
        assert_eq!(hosts[0].login, Login::Bearer(Source::Environment("GPU_TOKEN".to_owned())));
        assert_eq!(read_variable("[]"), Some(Written::List(Vec::new())));
        for addresses in ["box", "a:1, https://b", "[::1]:11434"] {
            assert_eq!(read_variable(addresses), None, "{addresses}");
        }
        // What is wrong may hold a secret, and is not repeated.
        let Some(wrong) = read_variable(r#"[{"url": "https://ada:hush@gpu""#) else { panic!("it was meant as JSON") };
        assert_eq!(wrong.to_string(), "a list in JSON with a mistake in it");
    }

    #[test]
    fn a_host_that_makes_no_sense_costs_only_itself() {
        let url = || ("url", text("gpu"));
        let (hosts, mistakes) = read(&[
            text("ftp://ada:hush@gpu"),
            table(&[url(), ("token", text("hush"))]),
            table(&[("name", text("no url"))]),
            table(&[url(), ("user", text("ada"))]),
            table(&[url(), ("ca_file", text("ca.pem"))]),
            table(&[url(), ("roles", Written::List(vec![text("sing")]))]),
            table(&[url(), ("token_env", text("A")), ("token_command", text("b"))]),
            Written::Integer(7),
            text("gpu"),
            text("gpu"),
            table(&[("url", text("other")), ("tokn_env", text("hush"))]),
        ]);
        assert_eq!(hosts.iter().map(|host| host.name.as_str()).collect::<Vec<_>>(), ["gpu:11434", "other:11434"]);
        expect_test::expect![[r#"
            host 1 of `ollama.hosts` is left out: its address cannot be read: an address begins with http:// or https://, or with a host
            host 2 of `ollama.hosts` is left out: a token must not stand in the file; name the place of it with `token_env`, `token_file` or `token_command`
            host 3 of `ollama.hosts` is left out: it has no `url`
            host 4 of `ollama.hosts` is left out: a `user` needs a `password_env`, `password_file` or `password_command`, and they need it
            host 5 of `ollama.hosts` is left out: its `ca_file` must be an absolute path
            host 6 of `ollama.hosts` is left out: its `roles` must be a list of `chat` and `embed`
            host 7 of `ollama.hosts` is left out: its token has several places; name one
            host 8 of `ollama.hosts` is left out: it is `7`, but must be an address or a group with a `url`
            host 10 of `ollama.hosts` is left out: another host has the same name
            host 11 of `ollama.hosts` has a setting that does not exist, did you mean `token_env` or `token_file`; it is ignored"#]]
        .assert_eq(&mistakes.join("\n"));
    }
}
