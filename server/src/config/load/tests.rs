//! Each test writes a user's file, a project's file and variables, and compares what differs from the defaults and what is
//! reported.

#![expect(clippy::unwrap_used, reason = "tests")]
#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use std::fmt::Write;

use expect_test::{Expect, expect};

use super::*;

fn check<const N: usize>(user: &str, project: &str, variables: [(&str, &str); N], expected: &Expect) {
    let folder = tempfile::tempdir().unwrap();
    let user_file = folder.path().join("config.toml");
    if !user.is_empty() {
        std::fs::write(&user_file, user).unwrap();
    }
    if !project.is_empty() {
        std::fs::write(folder.path().join(PROJECT_FILE), project).unwrap();
    }
    let config = load(&[], &Environment::from(variables), Some(user_file), folder.path());
    expected.assert_eq(&printed(&config, folder.path()));
}

pub(super) fn printed(config: &Config, folder: &Path) -> String {
    let mut text = String::new();
    for (key, value, origin) in shown(config) {
        if *origin != Origin::Default || value != key.value(&Settings::default()) {
            writeln!(text, "{} = {value} ({origin})", key.name).unwrap();
        }
    }
    for mistake in &config.mistakes {
        writeln!(text, "! {mistake}").unwrap();
    }
    text.replace(&format!("{}/", folder.display()), "")
}

#[test]
fn nothing_written_means_defaults() {
    check("", "", [], &expect![""]);
}

#[test]
fn the_order_is_environment_then_user_then_project() {
    check(
        "[index]\nmax_file_bytes = '2 MiB'\nexclude = ['user']\n",
        "[index]\nmax_file_bytes = 3\nexclude = ['project']\ninclude = ['generated/api.rs']\n",
        [("CODECOMPASS_INDEX_MAX_FILE_BYTES", "4 KiB")],
        &expect![[r#"
            index.include = ["generated/api.rs"] (.codecompass.toml:4)
            index.exclude = ["user"] (config.toml:3)
            index.max_file_bytes = "4 KiB" (CODECOMPASS_INDEX_MAX_FILE_BYTES)
        "#]],
    );
}

#[test]
fn flags_win() {
    let folder = tempfile::tempdir().unwrap();
    let environment = Environment::from([("CODECOMPASS_PRIVACY_OFFLINE", "no")]);
    let config = load(&[("--offline", "privacy.offline", Written::Bool(true))], &environment, None, folder.path());
    expect![[r"
        privacy.offline = true (--offline)
    "]]
    .assert_eq(&printed(&config, folder.path()));
}

#[test]
fn variables_of_every_kind() {
    check(
        "",
        "",
        [
            ("CODECOMPASS_CACHE_DIR", "/elsewhere"),
            ("CODECOMPASS_EMBEDDING_PROVIDER", "Builtin"),
            ("CODECOMPASS_INDEX_DISK_BUDGET", "2 GB"),
            ("CODECOMPASS_INDEX_EXCLUDE", "a/**, *.{js,ts}"),
            ("CODECOMPASS_INDEX_INCLUDE", ""),
            ("CODECOMPASS_INDEX_THREADS", "3"),
            ("CODECOMPASS_LOG_LEVEL", "debug"),
            ("CODECOMPASS_PRIVACY_OFFLINE", "yes"),
            ("CODECOMPASS_CHAT_MODEL", "comes-later"),
            ("CODECOMPASS_LOG_LEVVEL", "debug"),
        ],
        &expect![[r#"
            index.exclude = ["a/**", "*.{js,ts}"] (CODECOMPASS_INDEX_EXCLUDE)
            index.threads = 3 (CODECOMPASS_INDEX_THREADS)
            index.disk_budget = "1953125 KiB" (CODECOMPASS_INDEX_DISK_BUDGET)
            embedding.provider = "builtin" (CODECOMPASS_EMBEDDING_PROVIDER)
            chat.model = "comes-later" (CODECOMPASS_CHAT_MODEL)
            privacy.offline = true (CODECOMPASS_PRIVACY_OFFLINE)
            log.level = "debug" (CODECOMPASS_LOG_LEVEL)
            ! CODECOMPASS_LOG_LEVVEL: there is no such setting, did you mean `CODECOMPASS_LOG_LEVEL`; it is ignored
        "#]],
    );
}

#[test]
fn bad_values_give_way_to_defaults_and_are_named() {
    check(
        "[index]\nmax_file_bytes = 'big'\nthreads = -1\nexclude = ['ok', 'a[']\ninclude = 'one'\ndisk_budget = 0\n\
         [embedding]\nprovider = 'ollama'\n[log]\nlevel = 7\n",
        "[index]\nmax_file_bytes = 1.5\n",
        [],
        &expect![[r#"
            embedding.provider = "ollama" (config.toml:8)
            ! config.toml:2: `index.max_file_bytes` is `big`, but must be a size above 0 such as 1048576 or "1 MiB"; the default, "1 MiB", is used
            ! config.toml:3: `index.threads` is `-1`, but must be a whole number from 0 to 1024; the default, 0, is used
            ! config.toml:4: `index.exclude` is a list with `a[`, but must be a list of glob patterns such as ["docs/**", "*.sql"]; the default, [], is used
            ! config.toml:5: `index.include` is `one`, but must be a list of glob patterns such as ["docs/**", "*.sql"]; the default, [], is used
            ! config.toml:6: `index.disk_budget` is `0`, but must be a size above 0 such as 1048576 or "1 MiB"; the default, "10 GiB", is used
            ! config.toml:10: `log.level` is `7`, but must be `off`, `error`, `warn`, `info`, `debug` or `trace`; the default, "warn", is used
            ! .codecompass.toml:2: `index.max_file_bytes` is `1.5`, but must be a size above 0 such as 1048576 or "1 MiB"; it is ignored
        "#]],
    );
}

#[test]
fn an_unclear_wish_for_privacy_is_granted() {
    check(
        "privacy.offline = 'ture'\n",
        "",
        [],
        &expect![[r#"
        privacy.offline = true (config.toml:1)
        ! config.toml:1: `privacy.offline` is `ture`, but must be true or false; to be safe, true is used
    "#]],
    );
}

#[test]
fn unknown_settings_are_named_with_the_nearest() {
    check(
        "max_file_bytes = 1\nindex.exlude = []\ncolour = 1\nlog = 3\n[chat]\nmodel = 'x'\nmodle = 'x'\n[[ollama.hosts]]\nurl = 'http://gpu'\n",
        "",
        [],
        &expect![[r#"
            ollama.hosts = ["http://gpu"] (config.toml:8)
            chat.model = "x" (config.toml:6)
            ! config.toml:1: there is no setting `max_file_bytes`, did you mean `index.max_file_bytes`; it is ignored
            ! config.toml:2: there is no setting `index.exlude`, did you mean `index.exclude`; it is ignored
            ! config.toml:3: there is no setting `colour`; it is ignored
            ! config.toml:4: `log` is a group of settings, written as [log]; it is ignored
            ! config.toml:7: there is no setting `chat.modle`, did you mean `chat.model`; it is ignored
        "#]],
    );
}

#[test]
fn hosts_come_from_the_user_and_the_environment_only() {
    let user = "[[ollama.hosts]]\nname = 'gpu'\nurl = 'https://ada:hush@gpu/x'\n[[ollama.hosts]]\nname = 'nowhere'\n";
    let project = "ollama.hosts = ['http://evil']\n";
    check(
        user,
        project,
        [],
        &expect![[r#"
        ollama.hosts = ["https://gpu/x"] (config.toml:1)
        ! config.toml:1: host 2 of `ollama.hosts` is left out: it has no `url`
        ! .codecompass.toml:1: `ollama.hosts` is refused in a project's file, because a cloned repository must not decide where code is sent; set it in config.toml
    "#]],
    );
    check(
        user,
        "",
        [("OLLAMA_HOST", "box")],
        &expect![[r#"
        ollama.hosts = ["http://box:11434"] (OLLAMA_HOST)
    "#]],
    );
    check(
        "",
        "",
        [("OLLAMA_HOST", "box"), ("CODECOMPASS_OLLAMA_HOSTS", "a:1, https://b")],
        &expect![[r#"
        ollama.hosts = ["http://a:1", "https://b"] (CODECOMPASS_OLLAMA_HOSTS)
    "#]],
    );
    check(
        "ollama.hosts = 'gpu'\n",
        "",
        [("OLLAMA_HOST", "ftp://x")],
        &expect![[r#"
        ollama.hosts = [] (OLLAMA_HOST)
        ! OLLAMA_HOST: host 1 of `ollama.hosts` is left out: its address cannot be read: an address begins with http:// or https://, or with a host
        ! config.toml:1: `ollama.hosts` is `gpu`, but must be a list of addresses or groups such as [{ name = "gpu", url = "https://gpu.example" }]; it is ignored
    "#]],
    );
}

#[test]
fn a_project_cannot_redirect_anything() {
    check(
        "",
        "index.disk_budget = 1\nembedding.provider = 'builtin'\nprivacy.offline = false\nranking.x = 1\nindex.include = ['gen']\n\
         index.thread = 2\n[[ollama.hosts]]\nurl = 'http://evil'\n[chat]\nmodel = 'x'\n[log]\nlevel = 'off'\n",
        [],
        &expect![[r#"
            index.include = ["gen"] (.codecompass.toml:5)
            ! .codecompass.toml:1: `index.disk_budget` is refused in a project's file, because how much of this machine is used is its owner's choice; set it in config.toml
            ! .codecompass.toml:2: `embedding.provider` is refused in a project's file, because a cloned repository must not decide where code is sent; set it in config.toml
            ! .codecompass.toml:3: `privacy.offline` is refused in a project's file, because a cloned repository must not decide what leaves this machine; set it in config.toml
            ! .codecompass.toml:4: there is no setting `ranking`; it is ignored
            ! .codecompass.toml:6: there is no setting `index.thread`, did you mean `index.threads`; it is ignored
            ! .codecompass.toml:7: `ollama.hosts` is refused in a project's file, because a cloned repository must not decide where code is sent; set it in config.toml
            ! .codecompass.toml:10: `chat.model` is refused in a project's file, because a cloned repository must not decide where code is sent; set it in config.toml
            ! .codecompass.toml:12: `log.level` is refused in a project's file, because it is the user's choice, not the project's; set it in config.toml
        "#]],
    );
}

#[test]
fn a_project_that_is_not_trusted_says_nothing() {
    check(
        "",
        "index.threads = 3\nindex.exclude = ['src/**']\nthis is = = broken\n",
        [("CODECOMPASS_PROJECT_FILE", "ignore")],
        &expect![""],
    );
}

#[test]
fn a_broken_line_costs_only_itself() {
    check(
        "[index]\nthreads = 2\nexclude = [\n[log]\nlevel = 'info'\n",
        "",
        [],
        &expect![[r#"
        index.threads = 2 (config.toml:2)
        privacy.offline = true (config.toml:5)
        ! config.toml:5: missing comma between array elements, expected `,`; this setting and whatever else cannot be read here is ignored
        ! config.toml:5: `privacy.offline` is unknown, because the file cannot be read, but must be true or false; to be safe, true is used
    "#]],
    );
    check(
        "index.threads = two\nlog.level = 'info'\n",
        "",
        [],
        &expect![[r#"
        privacy.offline = true (config.toml:1)
        log.level = "info" (config.toml:2)
        ! config.toml:1: invalid boolean, expected `true`; this setting and whatever else cannot be read here is ignored
        ! config.toml:1: `privacy.offline` is unknown, because the file cannot be read, but must be true or false; to be safe, true is used
    "#]],
    );
}

#[test]
fn files_that_cannot_be_read_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(PROJECT_FILE)).unwrap();
    let user_file = folder.path().join("config.toml");
    std::fs::write(&user_file, b"\xff\xfe").unwrap();
    let config = load(&[], &Environment::default(), Some(user_file), folder.path());
    expect![[r#"
        privacy.offline = true (config.toml:1)
        ! config.toml:1: cannot be read: it is not UTF-8 text; the whole file is ignored
        ! config.toml:1: `privacy.offline` is unknown, because the file cannot be read, but must be true or false; to be safe, true is used
        ! .codecompass.toml:1: cannot be read: it is not a regular file; the whole file is ignored
    "#]].assert_eq(&printed(&config, folder.path()));
}

#[test]
fn a_file_made_to_do_harm_is_survived() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(PROJECT_FILE);
    for text in
        ["[".repeat(500_000), "a = ".to_owned() + &"[".repeat(500_000), "a.".repeat(200_000), "x".repeat(1 << 21)]
    {
        std::fs::write(&path, text).unwrap();
        let config = load(&[], &Environment::default(), None, folder.path());
        assert_eq!(config.settings, Settings::default());
        assert!(!config.mistakes.is_empty());
    }
}

proptest::proptest! {
    #[test]
    fn no_file_stops_anything(text in "(\\[?(index|log|privacy|[a-z])[.= \\[\\]\n'a-z0-9]{0,20}){0,8}|\\PC{0,80}") {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(PROJECT_FILE), &text).unwrap();
        let settings = load(&[], &Environment::default(), None, folder.path()).settings;
        proptest::prop_assert!(!settings.privacy.offline);
        proptest::prop_assert!(settings.index.max_file_bytes > 0);
    }
}
