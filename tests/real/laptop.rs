//! A user's machine: an empty home with a configuration, in which the program runs, and the same host for the library.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use codecompass_ollama::{
    address::Address,
    error::Error,
    host::Host,
    options::{HostOptions, Login, Policy},
    secret::Source,
    timers::Timers,
};
use serde_json::Value;
use tempfile::TempDir;

/// A user's machine.
pub(crate) struct Laptop {
    home: TempDir,
    url: String,
    token: bool,
    authority: Option<PathBuf>,
}

/// What a command said.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Laptop {
    /// One whose user needs nothing but an address.
    pub(crate) fn new(url: &str) -> Self {
        Self::with(url, None, None)
    }

    /// One whose user has a token and trusts an authority.
    pub(crate) fn with(url: &str, token: Option<&str>, authority: Option<PathBuf>) -> Self {
        let laptop =
            Self { home: tempfile::tempdir().unwrap(), url: url.to_owned(), token: token.is_some(), authority };
        let mut config = vec![
            "[embedding]\nprovider = \"ollama\"\nmodel = \"all-minilm\"\n\n[chat]\nnum_predict = 160\n\n[[ollama.hosts]]".to_owned(),
            "name = \"gpu\"".to_owned(),
            format!("url = \"{url}\""),
        ];
        if let Some(token) = token {
            fs::write(laptop.token_file(), token).unwrap();
            config.push(format!("token_file = \"{}\"", laptop.token_file().display()));
        }
        if let Some(authority) = &laptop.authority {
            config.push(format!("ca_file = \"{}\"", authority.display()));
        }
        let folder = laptop.home.path().join(".config/codecompass");
        fs::create_dir_all(&folder).unwrap();
        fs::create_dir_all(laptop.workspace()).unwrap();
        fs::write(folder.join("config.toml"), config.join("\n")).unwrap();
        laptop
    }

    fn token_file(&self) -> PathBuf {
        self.home.path().join("token")
    }

    /// A folder for code, in which the program runs.
    pub(crate) fn workspace(&self) -> PathBuf {
        self.home.path().join("code")
    }

    /// The host, for the library.
    pub(crate) fn host(&self) -> Host {
        let mut options = HostOptions::at("gpu", Address::parse(&self.url).unwrap().0);
        if self.token {
            options.login = Login::Bearer(Source::File(self.token_file()));
        }
        options.ca_file.clone_from(&self.authority);
        Host::open(&options, Policy::default(), Timers::default(), &|_| None).unwrap()
    }

    /// The program.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_codecompass"));
        command.args(arguments).env_clear().env("HOME", self.home.path()).current_dir(self.workspace());
        command
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        let Output { status, stdout, stderr } = self.program(arguments).output().unwrap();
        Said {
            code: status.code().unwrap(),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    /// What the doctor finds, as documents.
    pub(crate) fn doctor(&self) -> (i32, Value) {
        let said = self.run(&["doctor", "--json"]);
        (said.code, serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{}{}", said.out, said.err)))
    }
}

/// What a user reads of an error, which also goes into the table of faults: `cargo test -- --nocapture` shows it.
pub(crate) fn sentence(fault: &str, error: &Error) -> String {
    told(fault, &codecompass::hosts::sentence(error))
}

/// The same for what the program said.
#[expect(clippy::print_stdout, reason = "for people who ask for it")]
pub(crate) fn told(fault: &str, text: &str) -> String {
    println!("{fault} | {}", text.trim());
    text.trim().to_owned()
}
