//! What the system refuses is said in one sentence, and nothing half-written stays.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::{Command, Output},
};

use crate::place::{Place, files, output, said};

/// One line that names what is wrong, exit code 2.
fn assert_refused(output: &Output, words: &[&str]) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.starts_with("error: ") && said.lines().count() == 1, "{said}");
    for word in words {
        assert_eq!(said.matches(word).count(), 1, "`{word}` in: {said}");
    }
}

/// Runs a script with the cache on a small disk of its own; `None` where the system does not let us have one.
fn on_a_disk(place: &Place, options: &str, script: &str) -> Option<Output> {
    let cache = place.cache();
    fs::create_dir_all(&cache).unwrap();
    let run = |script: &str| {
        let mut command = Command::new("unshare");
        command.args([
            "--mount",
            "sh",
            "-c",
            &format!("mount -t tmpfs -o {options} none \"$CODECOMPASS_CACHE_DIR\" && {script}"),
        ]);
        command
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("CODECOMPASS_CACHE_DIR", &cache)
            .env("PROGRAM", env!("CARGO_BIN_EXE_codecompass"));
        command.current_dir(place.root());
        output(command)
    };
    run("true").status.success().then(|| run(script))
}

#[test]
fn a_full_disk() {
    let place = Place::generated(300, 1);
    for size in ["64k", "128k", "256k", "384k", "512k", "768k", "1m"] {
        // Nothing half-written: the next start has nothing to complain about.
        let script = "{ \"$PROGRAM\" index; code=$?; \"$PROGRAM\" status --json; exit $code; }";
        let Some(output) = on_a_disk(&place, &format!("size={size}"), script) else { return };
        let status = String::from_utf8(output.stdout.clone()).unwrap();
        if output.status.code() == Some(0) && size != "64k" {
            continue;
        }
        assert_refused(&output, &["No space left on device"]);
        let honest = ["there is no index yet", "the first build was cut off"].iter().any(|word| status.contains(word));
        assert!(honest && !status.contains("damaged"), "{size}: {status}");
    }
}

#[test]
fn a_disk_that_is_read_only() {
    let place = Place::generated(3, 1);
    if let Some(output) = on_a_disk(&place, "ro", "exec \"$PROGRAM\" search socket") {
        assert_refused(&output, &["CODECOMPASS_CACHE_DIR", "Read-only file system"]);
    }
}

#[test]
fn a_cache_that_is_a_file() {
    let place = Place::generated(3, 1);
    fs::write(place.cache(), "mine").unwrap();
    let mut command = place.program(&place.cache());
    command.args(["search", "socket"]);
    assert_refused(&output(command), &["CODECOMPASS_CACHE_DIR"]);
    assert_eq!(fs::read_to_string(place.cache()).unwrap(), "mine");
}

#[test]
fn no_home() {
    let place = Place::generated(3, 1);
    let mut command = place.program(&place.cache());
    command.env_clear().args(["search", "socket"]);
    assert_refused(&output(command), &["CODECOMPASS_CACHE_DIR"]);
}

#[test]
fn a_file_in_place_of_a_folder() {
    let place = Place::generated(3, 1);
    place.write("file.rs", "fn file() {}");
    let mut command = place.program(&place.cache());
    command.args(["index", "file.rs"]);
    assert_refused(&output(command), &["file.rs"]);
    assert_eq!(files(&place.cache()).len(), 0);
}

#[test]
fn a_workspace_that_cannot_be_read() {
    let place = Place::generated(3, 1);
    if fs::metadata("/proc/self").is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0) {
        // Nothing is kept from this user.
        return;
    }
    fs::set_permissions(place.root(), fs::Permissions::from_mode(0o000)).unwrap();
    let mut command = place.program(&place.cache());
    command.current_dir("/").args(["index", place.root().to_str().unwrap()]);
    let output = output(command);
    fs::set_permissions(place.root(), fs::Permissions::from_mode(0o700)).unwrap();
    assert_refused(&output, &["Permission denied"]);
}

#[test]
fn an_index_of_another_format_gives_way() {
    let place = Place::generated(3, 1);
    place.index();
    let space = fs::read_dir(place.cache()).unwrap().next().unwrap().unwrap().path();
    let old = space.join("v0-old");
    fs::create_dir_all(&old).unwrap();
    fs::write(old.join("catalogue.redb"), "of another time").unwrap();
    let mut command = place.program(&place.cache());
    command.args(["status", "--json"]);
    assert_eq!(output(command).status.code(), Some(0));
    assert!(old.exists(), "looking changes nothing");
    place.write("src/more.rs", "pub fn more() {}");
    place.index();
    assert!(!old.exists());
}
