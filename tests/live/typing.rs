//! Open files: what the editor shows counts, saved or not.

use codecompass::live::state::Phase;

use crate::support::Live;

const STORE: &str = "/// Keeps things.\npub fn keep_things(list: &mut Vec<u32>) {\n    list.push(1);\n}\n";

#[test]
fn what_is_typed_is_found_without_saving() {
    let mut live = Live::on(&[("src/store.rs", STORE)]);
    live.settle();
    live.type_in("src/store.rs", &format!("{STORE}\npub fn zanzibar_ferry() {{\n    sail();\n}}\n"));
    live.until_found("zanzibar_ferry", "src/store.rs");
}

#[test]
fn what_is_deleted_in_the_editor_is_gone_though_it_is_on_disk() {
    let mut live = Live::on(&[("src/store.rs", STORE), ("src/other.rs", "pub fn unrelated() {}\n")]);
    live.settle();
    live.until_found("keep_things", "src/store.rs");
    live.type_in("src/store.rs", "pub fn something_else() {}\n");
    live.until_gone("keep_things");
}

#[test]
fn no_hit_is_stale_even_before_the_change_is_indexed() {
    let mut live = Live::on(&[("src/store.rs", STORE)]);
    live.settle();
    live.type_in("src/store.rs", &format!("// one\n// two\n// three\n\n{STORE}"));
    // At once, whatever the keeper has done by now.
    for hit in live.search("keep_things").hits {
        assert!(hit.text.contains("keep_things"));
        let shown = live.view().text("src/store.rs").unwrap();
        let lines: Vec<&str> = shown.lines().collect();
        let now = lines[hit.start_line as usize - 1..hit.end_line as usize].join("\n");
        assert_eq!(hit.text.trim_end(), now.trim_end(), "lines {}-{}", hit.start_line, hit.end_line);
    }
}

#[test]
fn in_a_large_file_hits_move_along_with_what_is_typed_above() {
    let large: String = (0..9000)
        .map(|n| format!("/// Says {n}.\npub fn says_{n}() {{\n    say({n});\n}}\n\n"))
        .fold(String::new(), |all, one| all + &one);
    let mut live = Live::on(&[("src/large.rs", &large)]);
    live.settle();
    live.until_found("says_8123", "src/large.rs");
    live.type_in("src/large.rs", &format!("// typed\n// above\n\n{large}"));
    // At once, whatever the keeper has done by now.
    let hits = live.search("\"says_8123\"").hits;
    assert!(!hits.is_empty(), "text that is still there is found all the time");
    for hit in hits {
        let shown = live.view().text("src/large.rs").unwrap();
        let lines: Vec<&str> = shown.lines().collect();
        let now = lines[hit.start_line as usize - 1..hit.end_line as usize].join("\n");
        assert_eq!(hit.text.trim_end(), now.trim_end(), "lines {}-{}", hit.start_line, hit.end_line);
    }
}

#[test]
fn closing_without_saving_goes_back_to_the_text_on_disk() {
    let mut live = Live::on(&[("src/store.rs", STORE)]);
    live.settle();
    live.type_in("src/store.rs", "pub fn zanzibar_ferry() {}\n");
    live.until_found("zanzibar_ferry", "src/store.rs");
    live.close("src/store.rs");
    live.until_found("keep_things", "src/store.rs");
    live.until_gone("zanzibar_ferry");
}

#[test]
fn a_new_file_is_found_before_it_is_saved_for_the_first_time() {
    let mut live = Live::on(&[("src/store.rs", STORE)]);
    live.settle();
    live.type_in("src/brand_new.rs", "pub fn zanzibar_ferry() {}\n");
    live.until_found("zanzibar_ferry", "src/brand_new.rs");
    live.close("src/brand_new.rs");
    live.until_gone("zanzibar_ferry");
}

#[test]
fn open_files_that_rules_leave_out_are_not_indexed() {
    let mut live = Live::on(&[
        (".ignore", "ignored/\n"),
        ("src/store.rs", STORE),
        ("ignored/a.rs", "pub fn in_ignored() {}\n"),
        (".env", "TOKEN=x\n"),
    ]);
    live.settle();
    live.type_in("ignored/a.rs", "pub fn zanzibar_ferry() {}\n");
    live.type_in(".env", "TOKEN=zanzibar_ferry\n");
    live.type_in("src/store.rs", "pub fn comes_after() {}\n");
    live.until_found("comes_after", "src/store.rs");
    assert!(live.search("zanzibar_ferry").hits.iter().all(|hit| !hit.text.contains("zanzibar_ferry")));
}

#[test]
fn saving_what_was_typed_writes_it_to_the_index() {
    let mut live = Live::on(&[("src/store.rs", STORE)]);
    live.settle();
    let generation = live.view().snapshot.unwrap().state.generation;
    live.type_in("src/store.rs", "pub fn zanzibar_ferry() {}\n");
    live.write("src/store.rs", "pub fn zanzibar_ferry() {}\n");
    live.until("it is on disk", |view| {
        let snapshot = view.snapshot.as_ref()?;
        (snapshot.state.generation > generation && snapshot.files.overlay().is_empty()).then_some(())
    });
    live.until_found("zanzibar_ferry", "src/store.rs");
}

#[test]
fn what_is_typed_is_found_while_indexing_is_paused() {
    let mut live = Live::on(&[("src/store.rs", STORE)]);
    live.settle();
    live.session.tell(None, || codecompass::live::Event::Pause);
    live.until("it is paused", |view| (view.state.phase == Phase::Paused).then_some(()));
    live.type_in("src/store.rs", "pub fn zanzibar_ferry() {}\n");
    live.until_found("zanzibar_ferry", "src/store.rs");
    live.write("src/other.rs", "pub fn written_meanwhile() {}\n");
    live.session.tell(None, || codecompass::live::Event::Resume);
    live.until_found("written_meanwhile", "src/other.rs");
}
