//! What must never be seen: tokens and passwords, and the places they are read from.

use std::{
    fmt,
    io::Read,
    path::PathBuf,
    process::{Command, Stdio},
    sync::mpsc,
    time::Duration,
};

/// A text that is not shown by anything that prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the wire only.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// Where a secret is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// It was part of the address.
    Given(Secret),
    /// An environment variable.
    Environment(String),
    /// The first line of a file.
    File(PathBuf),
    /// The first line that a command prints.
    Command(String),
}

/// How long a command may take to print its secret; a password manager may ask its user first.
const PATIENCE: Duration = Duration::from_secs(30);

/// A secret is a line; whoever names a disk image by mistake should not wait for it.
const LONGEST: u64 = 64 << 10;

impl Source {
    /// The secret, or why it cannot be had; the sentence names the place and never what was found there.
    pub fn read(&self, environment: &dyn Fn(&str) -> Option<String>) -> Result<Secret, String> {
        let text = match self {
            Self::Given(secret) => return Ok(secret.clone()),
            Self::Environment(name) => {
                environment(name).ok_or_else(|| format!("the environment variable {name} is not set"))?
            }
            Self::File(path) => {
                let mut text = String::new();
                std::fs::File::open(path)
                    .and_then(|file| file.take(LONGEST).read_to_string(&mut text))
                    .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
                text
            }
            Self::Command(line) => run(line)?,
        };
        let first = text.lines().next().unwrap_or_default().trim();
        if first.is_empty() { Err(format!("{self} gave nothing")) } else { Ok(Secret::new(first)) }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(_) => write!(f, "the address"),
            Self::Environment(name) => write!(f, "the environment variable {name}"),
            Self::File(path) => write!(f, "{}", path.display()),
            // Commands can hold secrets themselves.
            Self::Command(line) => {
                write!(f, "the command `{} ...`", line.split_whitespace().next().unwrap_or_default())
            }
        }
    }
}

fn run(line: &str) -> Result<String, String> {
    let name = Source::Command(line.to_owned());
    let mut command = if cfg!(windows) { Command::new("cmd") } else { Command::new("sh") };
    command.arg(if cfg!(windows) { "/C" } else { "-c" }).arg(line);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{name} cannot be started: {error}"))?;
    let Some(stdout) = child.stdout.take() else { return Err(format!("{name} has no output")) };
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        let read = stdout.take(LONGEST).read_to_string(&mut text).map(|_| text);
        // Nobody listens any more when it took too long.
        let _ = send.send(read);
    });
    let Ok(read) = receive.recv_timeout(PATIENCE) else {
        // It may have ended by itself meanwhile.
        let _ = child.kill();
        let _ = child.wait();
        return Err(format!("{name} took longer than {} s", PATIENCE.as_secs()));
    };
    let status = child.wait().map_err(|error| format!("{name} failed: {error}"))?;
    if !status.success() {
        return Err(format!("{name} failed with {status}"));
    }
    read.map_err(|error| format!("what {name} printed cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn environment(name: &str) -> Option<String> {
        (name == "TOKEN").then(|| "s3cret\n".to_owned())
    }

    #[test]
    fn a_secret_is_read_from_its_place_and_never_printed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "  s3cret\nsecond line\n").unwrap();
        let mut sources =
            vec![Source::Given(Secret::new("s3cret")), Source::Environment("TOKEN".to_owned()), Source::File(path)];
        if cfg!(unix) {
            sources.push(Source::Command("echo s3cret".to_owned()));
        }
        for source in sources {
            let secret = source.read(&environment).unwrap();
            assert_eq!(secret.reveal(), "s3cret");
            assert_eq!(format!("{secret:?}"), "(hidden)");
            if !matches!(source, Source::Command(_)) {
                assert!(!format!("{source:?} {source}").contains("s3cret"));
            }
        }
    }

    #[test]
    #[cfg(unix)]
    fn what_cannot_be_read_says_where() {
        for (source, expected) in [
            (Source::Environment("NO".to_owned()), "the environment variable NO is not set"),
            (Source::Command("exit 3".to_owned()), "the command `exit ...` failed with exit status: 3"),
            (Source::Command("true hush".to_owned()), "the command `true ...` gave nothing"),
        ] {
            assert_eq!(source.read(&environment), Err(expected.to_owned()));
        }
    }
}
