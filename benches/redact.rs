//! How fast secrets are looked for, and what is found in real code. `TREES` names a folder of source trees; without it the
//! sources of this project are read. `LIST=1` prints each finding with its line, `LIST=kind` those of one kind.

#![allow(clippy::print_stdout, reason = "it is what a benchmark is for")]

use std::{collections::BTreeMap, fs, path::PathBuf, time::Instant};

use codecompass_core::redact::redact;

fn main() {
    let root = std::env::var_os("TREES").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    let list = std::env::var("LIST").ok();
    let (mut folders, mut files) = (vec![root], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.file_name().is_some_and(|name| name == ".git") || entry.file_type().is_ok_and(|it| it.is_symlink())
            {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if entry.metadata().is_ok_and(|it| it.len() <= 1 << 20)
                && let Ok(text) = fs::read_to_string(&path)
            {
                files.push((path, text));
            }
        }
    }
    files.sort();
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    let began = Instant::now();
    let found: Vec<_> = files.iter().map(|(_, text)| redact(text).found).collect();
    let seconds = began.elapsed().as_secs_f64();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for ((path, text), found) in files.iter().zip(&found) {
        for finding in found {
            *kinds.entry(finding.kind).or_default() += 1;
            if list.as_ref().is_some_and(|wanted| wanted == "1" || wanted == finding.kind) {
                let line: String =
                    text.lines().nth(finding.line as usize - 1).unwrap_or_default().trim().chars().take(200).collect();
                println!("{}\t{}:{}\t{line}", finding.kind, path.display(), finding.line);
            }
        }
    }
    let with = found.iter().filter(|found| !found.is_empty()).count();
    let speed = bytes as f64 / 1e6 / seconds;
    println!("{} files, {bytes} bytes, {speed:.0} MB/s; secrets in {with} files: {kinds:?}", files.len());
}
