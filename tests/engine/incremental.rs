//! Only what changed is done again.

use codecompass::{config::settings::Settings, engine::IndexReport, handlers::search::SearchResponse};

use crate::place::{Place, request, shown};

/// A function long enough for a chunk of its own.
fn long(name: &str) -> String {
    let lines: Vec<String> = (0..30).map(|line| format!("    let {name}_{line} = compute_{name}({line});")).collect();
    format!("/// Works on {name}.\npub fn {name}() {{\n{}\n}}\n\n", lines.join("\n"))
}

fn three(names: [&str; 3]) -> String {
    names.map(long).concat()
}

fn place() -> Place {
    let (a, b) = (three(["alpha", "beta", "gamma"]), three(["delta", "epsilon", "zeta"]));
    Place::new([("src/a.rs", a.as_str()), ("src/b.rs", b.as_str())])
}

/// Files indexed, chunks embedded, chunks whose vector was known.
fn work(report: &IndexReport) -> (u64, u64, u64) {
    (report.files_indexed, report.chunks_embedded, report.chunks_reused)
}

#[test]
fn nothing_is_done_for_a_tree_that_has_not_changed() {
    let place = place();
    let first = place.index();
    assert_eq!((first.files_indexed, first.up_to_date), (2, false));
    assert!(first.chunks_embedded >= 6, "{first:?}");
    let second = place.index();
    assert!(second.up_to_date);
    assert_eq!(work(&second), (0, 0, 0));
}

#[test]
fn new_times_alone_cut_nothing() {
    let place = place();
    place.index();
    place.touch("src/a.rs");
    assert_eq!(work(&place.index()), (0, 0, 0));
    assert!(place.index().up_to_date, "the new time is remembered");
}

#[test]
fn an_insertion_at_the_top_embeds_one_chunk() {
    let place = place();
    let first = place.index();
    let text = long("early") + &three(["alpha", "beta", "gamma"]);
    place.write("src/a.rs", &text);
    let second = place.index();
    assert_eq!((second.files_indexed, second.chunks_embedded), (1, 1), "{first:?} {second:?}");
    let hits = place.search("gamma").hits;
    assert!(hits[0].text.contains("fn gamma"), "moved chunks are shown where they are now: {hits:?}");
}

#[test]
fn a_rename_embeds_nothing() {
    let place = place();
    place.index();
    place.remove("src/a.rs");
    place.write("src/renamed.rs", &three(["alpha", "beta", "gamma"]));
    let report = place.index();
    assert_eq!((report.files_indexed, report.files_removed, report.chunks_embedded), (1, 1, 0));
    let hits = place.search("alpha").hits;
    assert_eq!(hits[0].path, "src/renamed.rs");
    assert!(hits.iter().all(|hit| hit.path != "src/a.rs"));
}

#[test]
fn a_branch_that_was_seen_before_embeds_nothing() {
    let place = place();
    let other = three(["kappa", "beta", "lambda"]);
    place.index();
    let before = shown(&place.search("alpha"));
    place.write("src/a.rs", &other);
    assert!(place.index().chunks_embedded > 0);
    assert!(!place.search("alpha").hits.iter().any(|hit| hit.text.contains("fn alpha")));
    place.write("src/a.rs", &three(["alpha", "beta", "gamma"]));
    assert_eq!(place.index().chunks_embedded, 0);
    assert_eq!(shown(&place.search("alpha")), before, "the same tree ranks the same, whatever was between");
    place.write("src/a.rs", &other);
    assert_eq!(place.index().chunks_embedded, 0);
}

#[test]
fn deleted_files_are_not_found() {
    let place = place();
    place.index();
    place.remove("src/a.rs");
    assert!(place.search("alpha").hits.iter().all(|hit| hit.path != "src/a.rs"));
    place.remove("src/b.rs");
    assert!(place.search("delta").hits.is_empty());
}

#[test]
fn a_change_after_the_refresh_is_found() {
    let place = place();
    let mut engine = place.engine();
    engine.refresh(&|_| ()).unwrap();
    place.write("src/a.rs", &three(["alpha", "omicron", "gamma"]));
    let response = engine.search(&request("alpha beta")).unwrap();
    assert!(response.stale.is_empty(), "{:?}", response.stale);
    assert!(response.hits.iter().all(|hit| !hit.text.contains("fn beta")));
    assert!(response.hits.iter().any(|hit| hit.text.contains("fn alpha")));
}

#[test]
fn a_change_that_neither_size_nor_time_shows_is_found() {
    let place = place();
    let mut engine = place.engine();
    engine.refresh(&|_| ()).unwrap();
    let time = std::fs::metadata(place.root().join("src/a.rs")).unwrap().modified().unwrap();
    place.write_now("src/a.rs", &three(["alpha", "iota", "gamma"]));
    let file = std::fs::File::options().write(true).open(place.root().join("src/a.rs")).unwrap();
    file.set_modified(time).unwrap();
    let response = engine.search(&request("alpha beta")).unwrap();
    assert!(response.stale.is_empty(), "{:?}", response.stale);
    assert!(response.hits.iter().any(|hit| hit.text.contains("fn iota")), "{:?}", response.hits);
}

#[test]
fn what_was_written_just_now_is_read_again() {
    let place = place();
    place.write_now("src/a.rs", &three(["alpha", "beta", "gamma"]));
    place.index();
    place.write_now("src/a.rs", &three(["alpha", "iota", "gamma"]));
    assert!(place.search("iota").hits[0].text.contains("fn iota"));
}

#[test]
fn the_number_of_threads_changes_no_result() {
    let place = Place::generated(300, 1);
    let lists = [1, 4].map(|threads| {
        let mut settings = Settings::default();
        settings.index.threads = threads;
        let mut engine = place.engine_with(&place.cache().join(threads.to_string()), &settings);
        engine.refresh(&|_| ()).unwrap();
        ["retry the socket", "verify_invoice", "compress image cache"]
            .map(|query| shown(&engine.search(&request(query)).unwrap()))
    });
    assert_eq!(lists[0], lists[1]);
    assert!(lists[0].iter().all(|hits| hits.len() == 10));
}

#[test]
fn a_tree_that_changes_while_it_is_read() {
    use std::sync::atomic::{AtomicBool, Ordering};

    let place = Place::generated(150, 1);
    let (root, done) = (place.root(), AtomicBool::new(false));
    let other = Place::generated(150, 2);
    let texts: Vec<_> = crate::place::files(&other.root())
        .into_iter()
        .map(|path| (path.strip_prefix(other.root()).unwrap().to_owned(), std::fs::read(&path).unwrap()))
        .collect();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                for (index, (path, text)) in texts.iter().enumerate() {
                    let path = root.join(path);
                    match index % 3 {
                        0 => drop(std::fs::remove_file(path)),
                        1 => std::fs::write(path, &text[..text.len() / 2]).unwrap(),
                        _ => std::fs::write(path, text).unwrap(),
                    }
                }
                for (path, text) in &texts {
                    std::fs::write(root.join(path), text).unwrap();
                }
            }
        });
        let mut engine = place.engine();
        for _ in 0..3 {
            engine.refresh(&|_| ()).unwrap();
            engine.search(&request("retry the socket")).unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });
    let signals = |response: &SearchResponse| {
        let hits = response.hits.iter();
        hits.map(|hit| (hit.path.clone(), hit.start_line, format!("{:?}", hit.signals))).collect::<Vec<_>>()
    };
    let after = signals(&place.search("retry the socket"));
    let mut fresh = place.engine_with(&place.cache().join("fresh"), &Settings::default());
    fresh.refresh(&|_| ()).unwrap();
    assert_eq!(after, signals(&fresh.search(&request("retry the socket")).unwrap()));
}
