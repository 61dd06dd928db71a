//! The program is killed at any point: the next start finds a whole index, an older one or none.

use std::{
    os::unix::process::ExitStatusExt,
    process::Stdio,
    time::{Duration, Instant},
};

use crate::place::{Place, Seeded, files, output, said};

const FILES: usize = 200;
const QUERY: &str = "retry the socket before the ledger is read";

fn points() -> u64 {
    std::env::var("CODECOMPASS_KILL_POINTS").ok().and_then(|points| points.parse().ok()).unwrap_or(20)
}

/// Where the hits are and how high they score.
fn brief(json: &[u8]) -> Vec<String> {
    let lines = std::str::from_utf8(json).unwrap().lines();
    let hits = lines.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    hits.map(|hit| format!("{}:{} {}", hit["path"], hit["start_line"], hit["score"])).collect()
}

#[test]
#[expect(clippy::print_stderr, reason = "figures of a test")]
fn killed_at_any_point_it_goes_on_where_it_was() {
    let place = Place::generated(FILES, 1);
    let search = |cache: &std::path::Path| {
        let mut command = place.program(cache);
        command.args(["search", "--json", QUERY]);
        output(command)
    };
    // What an index of each version of the tree answers, when nothing happens to it.
    let mut longest = Duration::ZERO;
    let wanted = [1, 2].map(|version| {
        place.generate(FILES, version);
        let start = Instant::now();
        let output = search(&place.cache().join(format!("reference-{version}")));
        longest = longest.max(start.elapsed());
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        output.stdout
    });
    assert_ne!(wanted[0], wanted[1]);

    let mut seeded = Seeded(0x5eed);
    let (mut killed, mut leftovers) = (0, 0);
    // The tree is as the last reference saw it.
    let mut version = 2;
    let used = place.cache().join("used");
    for point in 0..points() {
        // In turn a first build and an update of an index that has been through it all.
        let first_build = point % 2 == 0;
        let cache = if first_build { place.cache().join(format!("new-{point}")) } else { used.clone() };
        if !first_build {
            version = 3 - version;
            place.generate(FILES, version);
        }
        let mut child = place.program(&cache).arg("index").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(seeded.below(longest.as_micros() as u64)));
        child.kill().unwrap();
        killed += u32::from(child.wait().unwrap().signal() == Some(9));
        leftovers += usize::from(files(&cache).iter().any(|file| file.ends_with("records.tmp")));

        let mut command = place.program(&cache);
        command.args(["status", "--json"]);
        let status = output(command);
        assert_eq!((status.status.code(), &*said(&status)), (Some(0), ""), "point {point}");
        let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
        let number = |pointer: &str| status.pointer(pointer).unwrap().as_u64().unwrap();
        assert!(!status["errors"].to_string().contains("damaged"), "point {point}: {status}");
        assert_eq!(number("/chunks/total"), number("/chunks/embedded"), "point {point}");
        assert!(number("/files/indexed") <= number("/files/seen"), "point {point}");

        let found = search(&cache);
        assert_eq!((found.status.code(), &*said(&found)), (Some(0), ""), "point {point}");
        assert_eq!(brief(&found.stdout), brief(&wanted[version - 1]), "point {point}");
        assert!(found.stdout == wanted[version - 1], "point {point}: the texts or signals of the hits differ");
        let left: Vec<_> = files(&cache).into_iter().filter(|file| file.ends_with("records.tmp")).collect();
        assert!(left.is_empty(), "point {point}: {left:?}");
        if first_build {
            std::fs::remove_dir_all(&cache).unwrap();
        }
    }
    eprintln!("{killed} of {} were killed before their end, {leftovers} left an unfinished segment", points());
}
