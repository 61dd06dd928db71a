//! Two servers on one folder: one writes, both see everything, and each its own open files.

use codecompass::{config::settings::Settings, live::state::Phase};

use crate::support::{Live, write};

#[test]
fn two_servers_find_the_same_and_each_its_own_open_files() {
    let folder = tempfile::tempdir().unwrap();
    let root = std::fs::canonicalize(folder.path()).unwrap();
    let cache = tempfile::tempdir().unwrap();
    write(&root.join("a.rs"), "pub fn first_of_all() {}\n");
    let mut left = Live::at(&root, cache.path(), Settings::default());
    let mut right = Live::at(&root, cache.path(), Settings::default());
    left.settle();
    right.settle();
    left.type_in("a.rs", "pub fn left_typed_this() {}\n");
    right.type_in("a.rs", "pub fn right_typed_that() {}\n");
    left.until_found("left_typed_this", "a.rs");
    right.until_found("right_typed_that", "a.rs");
    assert!(left.search("right_typed_that").hits.iter().all(|hit| !hit.text.contains("right_typed_that")));
    write(&root.join("b.rs"), "pub fn zanzibar_ferry() {}\n");
    for live in [&left, &right] {
        live.until_found("zanzibar_ferry", "b.rs");
        live.settle();
        assert!(live.view().state.errors.is_empty(), "{:?}", live.view().state.errors);
        assert_eq!(live.view().state.phase, Phase::Ready);
    }
}

#[test]
fn when_one_ends_the_other_goes_on_writing() {
    let folder = tempfile::tempdir().unwrap();
    let root = std::fs::canonicalize(folder.path()).unwrap();
    let cache = tempfile::tempdir().unwrap();
    write(&root.join("a.rs"), "pub fn first_of_all() {}\n");
    let left = Live::at(&root, cache.path(), Settings::default());
    let right = Live::at(&root, cache.path(), Settings::default());
    left.settle();
    right.settle();
    drop(left);
    let before = right.view().snapshot.unwrap().state.generation;
    write(&root.join("b.rs"), "pub fn zanzibar_ferry() {}\n");
    right.until_found("zanzibar_ferry", "b.rs");
    right.until("it is written", |view| (view.snapshot.as_ref()?.state.generation > before).then_some(()));
}
