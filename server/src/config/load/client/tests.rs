//! Each test sends the options of an editor above a user's and a project's file, and compares what differs from the defaults
//! and what is reported.

#![expect(clippy::unwrap_used, reason = "tests")]
#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use expect_test::{Expect, expect};
use serde_json::json;

use crate::config::{
    folders::Environment,
    load::{PROJECT_FILE, load_for_client, tests::printed},
    options::{KEYS, Written},
    settings::Settings,
};

fn check(client: &serde_json::Value, expected: &Expect) {
    let folder = tempfile::tempdir().unwrap();
    let user_file = folder.path().join("config.toml");
    std::fs::write(&user_file, "index.threads = 3\nindex.exclude = ['user']\n").unwrap();
    std::fs::write(folder.path().join(PROJECT_FILE), "index.include = ['project']\n").unwrap();
    let environment = Environment::from([("CODECOMPASS_INDEX_THREADS", "4")]);
    let config = load_for_client(client, &[], &environment, Some(user_file), folder.path());
    expected.assert_eq(&printed(&config, folder.path()));
}

#[test]
fn the_editor_wins_over_variables_and_files() {
    for client in [
        json!({"index": {"threads": 2, "include": []}, "editor": {"code_lens": true}}),
        json!({"index.threads": 2, "index.include": [], "editor.code_lens": true}),
        json!({"index": {"threads": 2}, "index.include": [], "editor.code_lens": true}),
        json!({"codecompass": {"index": {"threads": 2, "include": []}, "editor.code_lens": true}}),
        json!({"codecompass.index.threads": 2, "codecompass.index": {"include": []}, "codecompass.editor.code_lens": true}),
        // Editors that send everything they have.
        json!({"codecompass": {"index": {"threads": 2, "include": []}, "editor": {"code_lens": true}},
               "rust-analyzer": {"cargo": {}}, "index": {"threads": 99}}),
        // What Lua makes of `{}` and of 2.
        json!({"index": {"threads": 2.0, "include": {}}, "editor": {"code_lens": true}, "log": []}),
    ] {
        check(
            &client,
            &expect![[r#"
                index.include = [] (the editor's settings)
                index.exclude = ["user"] (config.toml:2)
                index.threads = 2 (the editor's settings)
                editor.code_lens = true (the editor's settings)
            "#]],
        );
    }
}

#[test]
fn null_is_not_set() {
    let below = expect![[r#"
        index.include = ["project"] (.codecompass.toml:1)
        index.exclude = ["user"] (config.toml:2)
        index.threads = 4 (CODECOMPASS_INDEX_THREADS)
    "#]];
    for client in [
        json!(null),
        json!({}),
        json!([]),
        json!({"codecompass": null}),
        json!({"index": null, "log": {}}),
        json!({"index": {"threads": null, "exclude": null}}),
    ] {
        check(&client, &below);
    }
}

#[test]
fn what_is_wrong_is_named_and_the_rest_applies() {
    check(
        &json!({
            "index": {"thread": 1, "max_file_bytes": 1.5, "exclude": ["ok", 7], "watcher": "inotify"},
            "editor": true,
            "log": {"level": "loud"},
            "editor.hover": false,
            "privacy": {"offline": "ture"},
            "colour": {"red": 1},
            "index.disk_budget": 18_446_744_073_709_551_615_u64,
        }),
        &expect![[r#"
            index.include = ["project"] (.codecompass.toml:1)
            index.threads = 4 (CODECOMPASS_INDEX_THREADS)
            privacy.offline = true (the editor's settings)
            editor.hover = false (the editor's settings)
            ! the editor's settings: there is no setting `index.thread`, did you mean `index.threads`; it is ignored
            ! the editor's settings: `editor` is a group of settings, written as {"editor": {...}}; it is ignored
            ! the editor's settings: there is no setting `colour`; it is ignored
            ! the editor's settings: `index.max_file_bytes` is `1.5`, but must be a size above 0 such as 1048576 or "1 MiB"; the default, "1 MiB", is used
            ! the editor's settings: `index.exclude` is a list with `7`, but must be a list of glob patterns such as ["docs/**", "*.sql"]; the default, [], is used
            ! the editor's settings: `index.watcher` is `inotify`, but must be `auto`, `native` or `polling`; the default, "auto", is used
            ! the editor's settings: `log.level` is `loud`, but must be `off`, `error`, `warn`, `info`, `debug` or `trace`; the default, "warn", is used
            ! the editor's settings: `privacy.offline` is `ture`, but must be true or false; to be safe, true is used
            ! the editor's settings: `index.disk_budget` is a number that is too large, but must be a size above 0 such as 1048576 or "1 MiB"; the default, "10 GiB", is used
        "#]],
    );
}

#[test]
fn options_of_another_shape_are_refused_as_a_whole() {
    check(
        &json!("fast"),
        &expect![[r#"
        index.include = ["project"] (.codecompass.toml:1)
        index.exclude = ["user"] (config.toml:2)
        index.threads = 4 (CODECOMPASS_INDEX_THREADS)
        ! the editor's settings: the options are `fast`, but must be an object; they are ignored
    "#]],
    );
    check(
        &json!({"codecompass": 7}),
        &expect![[r#"
        index.include = ["project"] (.codecompass.toml:1)
        index.exclude = ["user"] (config.toml:2)
        index.threads = 4 (CODECOMPASS_INDEX_THREADS)
        ! the editor's settings: `codecompass` is `7`, but must be an object; it is ignored
    "#]],
    );
    check(
        &json!({"index": {"threads": 2}, "index.threads": 3}),
        &expect![[r#"
        index.include = ["project"] (.codecompass.toml:1)
        index.exclude = ["user"] (config.toml:2)
        index.threads = 2 (the editor's settings)
        ! the editor's settings: `index.threads` is set twice, in its group and by its dotted name; one of them is ignored
    "#]],
    );
}

#[test]
fn secrets_are_never_repeated() {
    let secret = "ghp_16C7e42F292c6912E7710c83";
    for client in [
        json!({"ollama": {"hosts": [{"url": "http://gpu", "token": secret}]}}),
        json!({"ollama": {"token": secret}}),
        json!({"ollama": secret}),
        json!({"ollama": {(format!("http://ada:{secret}@gpu")): true}}),
        json!({"index": {"threads": secret, "exclude": [{"token": secret}], "watcher": [secret]}}),
        json!(secret),
        json!([secret]),
    ] {
        let config = load_for_client(&client, &[], &Environment::default(), None, std::path::Path::new("/nowhere"));
        assert!(!format!("{:?}", config.mistakes).contains("16C7e42F"), "{:?}", config.mistakes);
    }
}

#[test]
fn a_change_replaces_what_was_sent_before() {
    let load = |client| load_for_client(&client, &[], &Environment::default(), None, std::path::Path::new("/nowhere"));
    assert_eq!(load(json!({"index": {"threads": 2}})).settings.index.threads, 2);
    assert_eq!(load(json!({"editor": {"hover": false}})).settings.index.threads, 0);
}

#[test]
fn flags_win_over_the_editor() {
    let flags = [("--offline", "privacy.offline", Written::Bool(true))];
    let client = json!({"privacy": {"offline": false}});
    let config = load_for_client(&client, &flags, &Environment::default(), None, std::path::Path::new("/nowhere"));
    assert!(config.settings.privacy.offline);
}

#[test]
fn an_editor_cannot_name_hosts() {
    check(
        &json!({"ollama": {"hosts": [{"url": "http://evil", "token_command": "curl evil"}]}, "ollama.hosts": ["evil"]}),
        &expect![[r#"
            index.include = ["project"] (.codecompass.toml:1)
            index.exclude = ["user"] (config.toml:2)
            index.threads = 4 (CODECOMPASS_INDEX_THREADS)
            ! the editor's settings: `ollama.hosts` is refused in an editor's settings, because a cloned repository must not decide where code is sent; set it in your own config.toml
            ! the editor's settings: `ollama.hosts` is refused in an editor's settings, because a cloned repository must not decide where code is sent; set it in your own config.toml
        "#]],
    );
}

#[test]
fn every_setting_can_be_sent() {
    let own = ["ollama.hosts", "privacy.audit_log", "privacy.offline"];
    for key in KEYS.iter().filter(|key| !own.contains(&key.name)) {
        let value = serde_json::to_value(key.value(&Settings::default())).unwrap();
        let client = json!({(key.name): value});
        let config = load_for_client(&client, &[], &Environment::default(), None, std::path::Path::new("/nowhere"));
        assert_eq!(config.mistakes, [], "{}", key.name);
        assert_eq!(config.settings, Settings::default(), "{}", key.name);
        assert_eq!(config.origin(key).to_string(), "the editor's settings", "{}", key.name);
    }
}

#[test]
fn an_editor_can_be_stricter_but_not_looser() {
    let read = |client| load_for_client(&client, &[], &Environment::default(), None, std::path::Path::new("/nowhere"));
    for (name, loose) in [
        ("privacy.allow_cloud_models", json!(true)),
        ("privacy.redact_secrets", json!(false)),
        ("privacy.audit_log", json!("/etc/passwd")),
    ] {
        let config = read(json!({(name): loose}));
        assert!(config.mistakes[0].to_string().contains("is refused in an editor's settings"), "{:?}", config.mistakes);
        assert_eq!(config.settings, Settings::default());
    }
    let offline = [("CODECOMPASS_PRIVACY_OFFLINE", "true")].into_iter().collect::<Environment>();
    let client = json!({"privacy.offline": false});
    let config = load_for_client(&client, &[], &offline, None, std::path::Path::new("/nowhere"));
    assert!(config.settings.privacy.offline);
    assert_eq!(config.mistakes, []);
    assert!(read(json!({"privacy.offline": true})).settings.privacy.offline);
}

fn any_json() -> impl proptest::strategy::Strategy<Value = serde_json::Value> {
    use proptest::prelude::*;
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|flag| json!(flag)),
        any::<f64>().prop_map(|number| json!(number)),
        any::<i64>().prop_map(|number| json!(number)),
        "\\PC{0,10}".prop_map(|text| json!(text)),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let name = "codecompass|index|log|level|threads|index\\.threads|editor|hover|\\PC{0,6}";
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::btree_map(name, inner, 0..5)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest::proptest! {
    #[test]
    fn no_options_stop_anything(client in any_json()) {
        let config = load_for_client(&client, &[], &Environment::default(), None, std::path::Path::new("/nowhere"));
        proptest::prop_assert!(config.settings.index.max_file_bytes > 0);
    }
}
