//! Changes on disk by anybody.

use std::{fs, sync::Arc};

use codecompass::{
    config::settings::Settings,
    live::{Event, state::Phase},
};

use crate::support::{Live, git};

#[test]
fn a_file_that_is_written_is_found_and_one_that_is_deleted_is_gone() {
    let live = Live::on(&[("a.rs", "pub fn first_of_all() {}\n")]);
    live.settle();
    live.write("deep/down/b.rs", "pub fn zanzibar_ferry() {}\n");
    live.until_found("zanzibar_ferry", "deep/down/b.rs");
    fs::remove_file(live.root.join("a.rs")).unwrap();
    live.until_gone("first_of_all");
    fs::remove_dir_all(live.root.join("deep")).unwrap();
    live.until_gone("zanzibar_ferry");
    live.until("no file is left", |view| (view.snapshot.as_ref()?.file_count() == 0).then_some(()));
}

#[test]
fn an_editor_that_saves_by_renaming_is_followed() {
    let live = Live::on(&[("a.rs", "pub fn first_of_all() {}\n")]);
    live.settle();
    live.write(".a.rs.swp~", "pub fn zanzibar_ferry() {}\n");
    fs::rename(live.root.join(".a.rs.swp~"), live.root.join("a.rs")).unwrap();
    live.until_found("zanzibar_ferry", "a.rs");
    live.until_gone("first_of_all");
}

#[test]
fn a_renamed_folder_takes_its_files_along() {
    let live = Live::on(&[("before/a.rs", "pub fn zanzibar_ferry() {}\n"), ("b.rs", "pub fn other() {}\n")]);
    live.settle();
    fs::rename(live.root.join("before"), live.root.join("after")).unwrap();
    live.until_found("zanzibar_ferry", "after/a.rs");
    live.until("the old place is gone", |view| {
        let hits = crate::support::found(view, "zanzibar_ferry", 10).hits;
        hits.iter().all(|hit| hit.path != "before/a.rs").then_some(())
    });
    live.write("after/c.rs", "pub fn in_the_renamed_folder() {}\n");
    live.until_found("in_the_renamed_folder", "after/c.rs");
}

#[test]
fn a_thousand_files_of_another_branch_are_found() {
    let live = Live::on(&[("readme.md", "# A project\n")]);
    git(&live.root, &["init", "-q"]);
    git(&live.root, &["add", "."]);
    git(&live.root, &["commit", "-qm", "one"]);
    git(&live.root, &["checkout", "-qb", "many"]);
    for number in 0..1000 {
        live.write(&format!("src/part{}/file{number}.rs", number % 20), &format!("pub fn routine_{number}() {{}}\n"));
    }
    git(&live.root, &["add", "."]);
    git(&live.root, &["commit", "-qm", "many"]);
    git(&live.root, &["checkout", "-q", "main"]);
    live.until_gone("routine_7");
    live.settle();
    git(&live.root, &["checkout", "-q", "many"]);
    live.until("all are indexed", |view| (view.snapshot.as_ref()?.file_count() == 1001).then_some(()));
    live.until_found("routine_777", "src/part17/file777.rs");
    git(&live.root, &["checkout", "-q", "main"]);
    live.until("all are gone", |view| (view.snapshot.as_ref()?.file_count() == 1).then_some(()));
}

#[test]
fn ignore_rules_that_change_hold_at_once() {
    let live = Live::on(&[("gen/a.rs", "pub fn zanzibar_ferry() {}\n"), ("b.rs", "pub fn other() {}\n")]);
    live.settle();
    live.until_found("zanzibar_ferry", "gen/a.rs");
    live.write(".gitignore", "gen/\n");
    git(&live.root, &["init", "-q"]);
    live.until_gone("zanzibar_ferry");
    fs::remove_file(live.root.join(".gitignore")).unwrap();
    live.until_found("zanzibar_ferry", "gen/a.rs");
}

#[test]
fn settings_that_change_hold_at_once() {
    let live = Live::on(&[("gen/a.rs", "pub fn zanzibar_ferry() {}\n"), ("b.rs", "pub fn other() {}\n")]);
    live.settle();
    live.until_found("zanzibar_ferry", "gen/a.rs");
    let mut settings = Settings::default();
    settings.index.exclude = vec!["gen/**".to_owned()];
    live.session.configure(&live.root, &Arc::new(settings));
    live.until_gone("zanzibar_ferry");
    live.settle();
    let files = codecompass::handlers::status::live_files(&live.view());
    assert_eq!(files.skipped.get("ignored"), Some(&1), "{files:?}");
}

#[test]
fn an_index_that_is_built_anew_is_the_same() {
    let live = Live::on(&[("a.rs", "pub fn zanzibar_ferry() {}\n")]);
    live.settle();
    live.session.tell(None, || Event::Reindex);
    live.until("it is built again", |view| {
        let snapshot = view.snapshot.as_ref()?;
        (view.state.phase == Phase::Ready && snapshot.file_count() == 1).then_some(())
    });
    live.until_found("zanzibar_ferry", "a.rs");
}

#[test]
fn the_old_index_answers_until_the_new_one_is_complete() {
    let files: Vec<(String, String)> =
        (0..400).map(|n| (format!("src/f{n}.rs"), format!("pub fn routine_{n}() {{\n    work({n});\n}}\n"))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let live = Live::on(&files);
    live.settle();
    let before = live.view().snapshot.unwrap();
    live.session.tell(None, || Event::Reindex);
    live.until("the new index is there", |view| {
        let snapshot = view.snapshot.as_ref()?;
        assert_eq!(snapshot.file_count(), 400, "everything can be found all the time");
        (!Arc::ptr_eq(snapshot, &before) && view.state.phase == Phase::Ready).then_some(())
    });
}
