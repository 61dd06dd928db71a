//! What is said when something is wrong: one sentence, exit code 2.

use expect_test::expect;

use super::*;

#[test]
fn wrong_usage_is_answered_with_one_sentence() {
    let place = Place::new();
    let mut answers = String::new();
    for line in [
        "serach x",
        "where is it",
        "search",
        "search --limt 3 x",
        "search --color x",
        "search -x",
        "search -n 0 x",
        "search -n many x",
        "search -n",
        "search --lang pyton x",
        "search --lang qqq x",
        "search --kind func x",
        "search --mode fast x",
        "search --path a[ x",
        "search fail",
        "similar",
        "similar src/a.rs",
        "similar gone.rs:3",
        "similar src/a.rs:0",
        "index nowhere",
        "index src/a.rs",
        "index src --workspace home",
        "status extra",
        "status --workspace nowhere",
        "why",
        "why /etc/passwd",
        "config shw",
        "completions tcsh",
    ] {
        let ran = place.run(line);
        assert_eq!((ran.code, &*ran.stdout, ran.stderr.lines().count()), (2, "", 1), "{line}: {}", ran.stderr);
        answers.extend(["$ ", line, "\n", &ran.stderr]);
    }
    expect![[r#"
        $ serach x
        error: there is no command `serach`; did you mean `search`
        $ where is it
        error: there is no command `where`; to search for something, put `search` before its words
        $ search
        error: QUERY is missing; `--help` shows examples
        $ search --limt 3 x
        error: there is no flag `--limt`; did you mean `--limit`
        $ search --color x
        error: there is no flag `--color`; `--help` lists all flags; to search for these very words put `--` before them: -- --color
        $ search -x
        error: there is no flag `-x`; `--help` lists all flags; to search for these very words put `--` before them: -- -x
        $ search -n 0 x
        error: `0` cannot be used for --limit: it must be a whole number from 1 to 1000
        $ search -n many x
        error: `many` cannot be used for --limit: it must be a whole number from 1 to 1000
        $ search -n
        error: --limit lacks its value; `--help` shows what can stand there
        $ search --lang pyton x
        error: there is no language `pyton`; did you mean `python`
        $ search --lang qqq x
        error: there is no language `qqq`; `codecompass search --help` lists all languages
        $ search --kind func x
        error: there is no kind `func`; did you mean `function`
        $ search --mode fast x
        error: there is no mode `fast`; it can be `hybrid`, `keyword`, `vector` or `symbol`
        $ search --path a[ x
        error: `a[` cannot be used for --path: unclosed character class; missing ']'
        $ search fail
        error: the index is broken; delete it
        $ similar
        error: FILE:LINE is missing; `--help` shows examples
        $ similar src/a.rs
        error: `src/a.rs` names no line; write FILE:LINE, for example src/a.rs:1
        $ similar gone.rs:3
        error: there is no file `gone.rs`; check its spelling
        $ similar src/a.rs:0
        error: `src/a.rs:0` names a line that no file has; lines count from 1
        $ index nowhere
        error: there is no folder `nowhere`; check its spelling
        $ index src/a.rs
        error: `src/a.rs` is a file, not a folder; name the folder that holds it
        $ index src --workspace home
        error: two folders are named, `src` and --workspace `home`; name only one
        $ status extra
        error: `extra` is one argument too many; put words that belong together in quotes
        $ status --workspace nowhere
        error: there is no folder `nowhere`; check its spelling
        $ why
        error: FILE is missing; `--help` shows examples
        $ why /etc/passwd
        error: `/etc/passwd` is outside the workspace /w; name its own workspace with --workspace
        $ config shw
        error: there is no command `shw`; did you mean `show`
        $ completions tcsh
        error: `tcsh` cannot be used for SHELL; it can be `bash`, `elvish`, `fish`, `powershell` or `zsh`
    "#]].assert_eq(&answers);
}

#[test]
fn an_empty_or_endless_query_is_refused() {
    let place = Place::new();
    let long = "x".repeat(100_000);
    for (query, expected) in [
        (
            "",
            expect![[r#"
        error: the query is empty; say what to look for, for example: codecompass search read the settings
    "#]],
        ),
        (
            " \t ",
            expect![[r#"
        error: the query is empty; say what to look for, for example: codecompass search read the settings
    "#]],
        ),
        (
            &*long,
            expect![[r#"
        error: the query has 100000 bytes, the limit is 65536; search for a part of it
    "#]],
        ),
    ] {
        let ran = place.run_words(&["search", query]);
        assert_eq!((ran.code, &*ran.stdout), (2, ""));
        expected.assert_eq(&ran.stderr);
    }
}

#[test]
fn without_a_home_there_is_no_place_for_the_index() {
    let mut place = Place::new();
    place.variables.clear();
    let ran = place.run("search x");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("CODECOMPASS_CACHE_DIR"), "{}", ran.stderr);
    place.variables.push(("CODECOMPASS_CACHE_DIR".to_owned(), "cache".to_owned()));
    assert_eq!(place.run("search x").code, 0);
}

#[test]
fn a_bad_setting_warns_and_stops_nothing() {
    let place = Place::new();
    std::fs::write(place.root().join(".codecompass.toml"), "[ollama]\nhosts = ['http://evil']\n").unwrap();
    let ran = place.run("status");
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.starts_with("warning: /w/.codecompass.toml:2: `ollama.hosts` is refused"), "{}", ran.stderr);
}

/// Takes a few bytes and then fails.
struct Closed(io::ErrorKind);

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    for line in ["search x", "search x --json", "status", "why src/a.rs", "config show", "completions zsh", "--help"] {
        let words: Vec<&str> = line.split(' ').collect();
        let mut stderr = Vec::new();
        let code = Place::new().run_into(&words, &mut Closed(io::ErrorKind::BrokenPipe), &mut stderr);
        let stderr = String::from_utf8(stderr).unwrap();
        assert_eq!((code, stderr.contains("error")), (0, false), "{line}: {stderr}");
        let mut stderr = Vec::new();
        let code = Place::new().run_into(&words, &mut Closed(io::ErrorKind::StorageFull), &mut stderr);
        let stderr = String::from_utf8(stderr).unwrap();
        assert_eq!((code, stderr.contains("error: cannot write")), (2, true), "{line}: {stderr}");
    }
}

#[test]
fn a_lost_current_folder_is_named() {
    let mut stderr = Vec::new();
    let mut context = Context {
        environment: Environment::default(),
        current_dir: Err(io::ErrorKind::NotFound.into()),
        open: &|_, _, _| Ok(Box::new(Pretend)),
        start_log: &|_| {},
        stdin: None,
        stdout: &mut io::sink(),
        stdout_screen: PLAIN,
        stderr: &mut stderr,
        stderr_screen: PLAIN,
    };
    let code = run(["codecompass", "status"].map(OsString::from), &mut context);
    assert_eq!(code, 2);
    expect![[r#"
        error: the current folder cannot be used (entity not found); change to another one
    "#]]
    .assert_eq(&String::from_utf8(stderr).unwrap());
}
