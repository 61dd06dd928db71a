//! What the status says is what there is.

use serde_json::json;

use crate::{
    client::Fixture,
    world::{knowing, settle, until_status},
};

#[test]
fn the_counts_are_those_of_the_folder() {
    let fixture = Fixture::new(&[
        ("src/a.rs", "pub fn lantern_keeper() {}\n"),
        ("src/b.py", "def harbour_pilot():\n    pass\n"),
        ("README.md", "# The harbour\n"),
        (".gitignore", "*.log\n"),
        (".git/HEAD", "ref: refs/heads/main\n"),
        ("build.log", "a line\n"),
        (".env", "TOKEN=swordfish\n"),
        ("src/large.rs", &"// a long comment that goes on and on\n".repeat(40_000)),
    ]);
    std::fs::write(fixture.root.join("picture.bin"), [0_u8, 159, 146, 150, 0, 1, 2]).unwrap();
    let mut client = knowing(&fixture);
    let folder = settle(&mut client);
    let files = &folder["files"];
    assert_eq!((&files["indexed"], &files["pending"]), (&json!(4), &json!(0)), "{files}");
    let skipped = files["skipped"].as_object().unwrap();
    let left_out: u64 = skipped.values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(left_out, 5, "{files}");
    for (reason, count) in [("ignored", 2), ("secret", 1), ("too-large", 1), ("binary", 1)] {
        assert_eq!(skipped[reason], count, "the log and .git are ignored: {files}");
    }
    assert_eq!(files["seen"], 9, "{files}");
    assert_eq!(folder["watcher"]["mode"], "native", "{folder}");
    assert_eq!(folder["watcher"]["reason"], "");
    assert_eq!(folder["chunks"]["pending"], 0);
    assert_eq!(folder["chunks"]["total"], folder["chunks"]["embedded"]);
    assert_eq!((&folder["languages"]["rust"], &folder["languages"]["python"]), (&json!(1), &json!(1)));
    assert!(folder["index"]["bytes"].as_u64().unwrap() > 0 && folder["errors"] == json!([]), "{folder}");

    // What is open is counted, and a change that waits to be written is pending, but never seen twice.
    client.open(&fixture.uri("src/a.rs"), "rust", "pub fn lantern_keeper() {}\n");
    fixture.write("src/c.rs", "pub fn lighthouse_cook() {}\n");
    let folder = until_status(&mut client, |folder| folder["files"]["indexed"] == 5);
    assert_eq!((&folder["files"]["seen"], &folder["open_files"]), (&json!(10), &json!(1)), "{folder}");
    let folder = until_status(&mut client, |folder| {
        assert_eq!(folder["files"]["seen"], 10, "{folder}");
        folder["files"]["pending"] == 0
    });
    assert_eq!(folder["files"]["indexed"], 5);
}
