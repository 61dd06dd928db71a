//! The order of work: what the user looks at comes first, and a start after a stop goes on.

use codecompass::{
    config::settings::Settings,
    live::{Event, state::Phase},
};

use crate::support::{Live, write};

fn many(root: &std::path::Path, count: usize) {
    for number in 0..count {
        let body = "    let value = compute(value);\n".repeat(60);
        write(&root.join(format!("src/file{number}.rs")), &format!("pub fn routine_{number}() {{\n{body}}}\n"));
    }
}

#[test]
fn what_is_open_is_found_before_the_rest_is_indexed() {
    let folder = tempfile::tempdir().unwrap();
    let root = std::fs::canonicalize(folder.path()).unwrap();
    let cache = tempfile::tempdir().unwrap();
    many(&root, 2000);
    let mut settings = Settings::default();
    settings.index.threads = 1;
    let mut live = Live::at(&root, cache.path(), settings);
    live.type_in("src/file1999.rs", "pub fn zanzibar_ferry() {}\n");
    live.until("the open file is found", |view| {
        let hit =
            crate::support::found(view, "zanzibar_ferry", 3).hits.into_iter().find(|hit| hit.path == "src/file1999.rs");
        let all = view.snapshot.as_ref()?.file_count();
        hit.map(|_| assert!(all < 2000, "{all} files were indexed before the one that is open"))
    });
    live.settle();
    assert_eq!(live.view().snapshot.unwrap().file_count(), 2000);
}

#[test]
fn a_run_that_was_cancelled_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let root = std::fs::canonicalize(folder.path()).unwrap();
    let cache = tempfile::tempdir().unwrap();
    many(&root, 1500);
    let mut settings = Settings::default();
    settings.index.threads = 1;
    let live = Live::at(&root, cache.path(), settings);
    live.until("some are indexed", |view| (view.state.phase == Phase::Indexing && view.state.done > 10).then_some(()));
    live.session.tell(None, || Event::Cancel);
    live.until("it has stopped", |view| view.state.stopped.then_some(()));
    let first = live.view().snapshot.unwrap().file_count();
    assert!(first < 1500, "it was cancelled in the middle");
    drop(live);
    let live = Live::at(&root, cache.path(), Settings::default());
    live.settle();
    assert_eq!(live.view().snapshot.unwrap().file_count(), 1500);
}
