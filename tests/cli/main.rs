//! The real program, for what only a process can show: exit codes, streams that close, folders that are gone.

#![expect(clippy::unwrap_used, reason = "tests")]

mod ask;
#[path = "../fake/ollama.rs"]
#[allow(unreachable_pub, clippy::pedantic, reason = "shared by tests of several packages")]
mod fake;

use std::{
    io::Read,
    process::{Command, Stdio},
};

/// The program in an empty home, so that nobody's own settings take part.
fn codecompass(home: &tempfile::TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_codecompass"));
    command.env_clear().env("HOME", home.path()).current_dir(home.path());
    command
}

#[test]
fn exit_codes() {
    let home = tempfile::tempdir().unwrap();
    for (arguments, code) in [
        (&["--version"][..], 0),
        (&["--help"], 0),
        (&[], 2),
        (&["serach"], 2),
        (&["index", "nowhere"], 2),
        (&["config", "show"], 0),
    ] {
        let output = codecompass(&home).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert_eq!(output.stdout.is_empty(), code == 2, "{arguments:?}");
        assert_eq!(output.stderr.is_empty(), code == 0, "{arguments:?}");
    }
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let home = tempfile::tempdir().unwrap();
    let mut child =
        codecompass(&home).args(["completions", "zsh"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((child.wait().unwrap().code(), &*said), (Some(0), ""));
}

#[test]
fn colours_are_for_those_who_want_them() {
    let home = tempfile::tempdir().unwrap();
    let coloured = |variables: &[(&str, &str)]| {
        let output = codecompass(&home).args(["config", "show"]).envs(variables.iter().copied()).output().unwrap();
        output.stdout.contains(&b'\x1b')
    };
    assert!(!coloured(&[]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_named() {
    let home = tempfile::tempdir().unwrap();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = codecompass(&home).args(["completions", "zsh"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("error: cannot write the"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_current_folder_that_is_gone_is_named() {
    let home = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_codecompass");
    let script = format!("mkdir gone && cd gone && rmdir ../gone && exec '{program}' status");
    let output = Command::new("sh").args(["-c", &script]).current_dir(home.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("current folder") && said.lines().count() == 1, "{said}");
}
