//! A random storm of edits, undo, saves, renames, deletions and branch switches, with searches in between and a model of the
//! truth beside it. No hit is ever stale, and in the end the index is the one that would be built from scratch.
//!
//! `CODECOMPASS_STORM_STEPS` and `CODECOMPASS_STORM_SEED` make it longer or another one.

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    time::Instant,
};

use codecompass::{
    config::settings::Settings,
    engine::{self, Access, OpenOptions},
    handlers::search::{SearchRequest, SearchResponse},
};
use codecompass_index::snapshot::Snapshot;

use crate::support::{Live, found, git};

/// A small generator of our own, so that a seed means the same storm for ever.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides.max(1)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.roll(from.len()))
    }
}

/// The storm, and the truth as whoever typed knows it.
struct Storm {
    live: Live,
    dice: Dice,
    /// What is open, with everything it said before: the last is what it says now.
    open: BTreeMap<String, Vec<String>>,
    commits: Vec<String>,
    log: Vec<String>,
    counts: BTreeMap<&'static str, u32>,
    hits: u64,
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn after_any_storm_nothing_is_stale_and_the_index_is_that_of_a_fresh_start() {
    let seed = number("CODECOMPASS_STORM_SEED", 20_261_121);
    let steps = number("CODECOMPASS_STORM_STEPS", 400);
    let folder = tempfile::tempdir().unwrap();
    let cache = tempfile::tempdir().unwrap();
    let Some((root, commits)) = history(folder.path()) else { return };
    let live = Live::at(&root, cache.path(), Settings::default());
    let mut storm = Storm {
        live,
        dice: Dice(seed | 1),
        open: BTreeMap::new(),
        commits,
        log: Vec::new(),
        counts: BTreeMap::new(),
        hits: 0,
    };
    let start = Instant::now();
    for _ in 0..steps {
        storm.step();
        storm.search();
    }
    for path in storm.open.keys().cloned().collect::<Vec<_>>() {
        storm.live.close(&path);
    }
    storm.open.clear();
    storm.ends_as_from_scratch();
    let report = format!(
        "storm {seed}: {steps} steps in {:.1} s, {:?}, {} hits checked, {} branch points",
        start.elapsed().as_secs_f64(),
        storm.counts,
        storm.hits,
        storm.commits.len()
    );
    writeln!(std::io::stderr(), "{report}").unwrap();
}

/// This project's own history as a workspace, and some of its commits. A copy of the sources alone has none: then one is made.
fn history(folder: &Path) -> Option<(PathBuf, Vec<String>)> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    let root = fs::canonicalize(folder).unwrap().join("clone");
    git(folder, &["clone", "-q", "--no-hardlinks", &project.display().to_string(), &root.display().to_string()]);
    let all: Vec<String> = git(&root, &["log", "--format=%H", "--first-parent"]).lines().map(str::to_owned).collect();
    let stride = (all.len() / 8).max(1);
    let commits: Vec<String> = all.iter().step_by(stride).cloned().collect();
    Some((root, commits))
}

impl Storm {
    fn note(&mut self, what: &'static str, detail: &str) {
        *self.counts.entry(what).or_default() += 1;
        self.log.push(format!("{what} {detail}"));
    }

    fn files(&self) -> Vec<String> {
        let list = git(&self.live.root, &["ls-files", "-co", "--exclude-standard"]);
        let small = |path: &&str| {
            fs::metadata(self.live.root.join(path)).is_ok_and(|found| found.is_file() && found.len() < 200_000)
        };
        let text = |path: &&str| [".rs", ".md", ".toml", ".py"].iter().any(|end| path.ends_with(end));
        list.lines().filter(text).filter(small).map(str::to_owned).collect()
    }

    fn step(&mut self) {
        let files = self.files();
        let open: Vec<String> = self.open.keys().cloned().collect();
        match self.dice.roll(100) {
            0..35 => self.edit(&files, &open),
            35..42 => self.undo(&open),
            42..55 => self.save(&open),
            55..63 => self.close(&open),
            63..75 => self.write_outside(&files),
            75..82 => self.rename(&files, &open),
            82..89 => self.delete(&files),
            89..94 => self.new_folder(),
            94..97 => self.burst(),
            _ => self.checkout(),
        }
    }

    fn edit(&mut self, files: &[String], open: &[String]) {
        let path = if open.is_empty() || self.dice.roll(3) == 0 { self.dice.pick(files) } else { self.dice.pick(open) };
        let Some(path) = path.cloned() else { return };
        let before = match self.open.get(&path).and_then(|texts| texts.last()) {
            Some(text) => text.clone(),
            None => match fs::read_to_string(self.live.root.join(&path)) {
                Ok(text) => text,
                Err(_) => return,
            },
        };
        let text = self.changed(&before);
        self.live.type_in(&path, &text);
        self.open.entry(path.clone()).or_insert_with(|| vec![before]).push(text);
        self.note("edit", &path);
    }

    /// The text with some lines put in, taken out or said twice.
    fn changed(&mut self, text: &str) -> String {
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        let at = self.dice.roll(lines.len() + 1);
        match self.dice.roll(4) {
            0 => lines.insert(at, format!("fn storm_{}() {{ keep(); }}\n", self.dice.roll(1000))),
            1 if at < lines.len() => {
                let until = (at + 1 + self.dice.roll(12)).min(lines.len());
                lines.drain(at..until);
            }
            2 => {
                let from = at.min(lines.len().saturating_sub(1));
                let until = (from + 6).min(lines.len());
                let again: Vec<String> = lines[from..until].to_vec();
                lines.splice(at..at, again);
            }
            _ => {
                for _ in 0..=self.dice.roll(30) {
                    lines.insert(at, "\n".to_owned());
                }
            }
        }
        lines.concat()
    }

    fn undo(&mut self, open: &[String]) {
        let Some(path) = self.dice.pick(open).cloned() else { return };
        let texts = self.open.get_mut(&path).unwrap();
        if texts.len() > 1 {
            texts.pop();
            let text = texts.last().unwrap().clone();
            self.live.type_in(&path, &text);
            self.note("undo", &path);
        }
    }

    fn save(&mut self, open: &[String]) {
        let Some(path) = self.dice.pick(open).cloned() else { return };
        let text = self.open[&path].last().unwrap().clone();
        if self.dice.roll(2) == 0 {
            self.live.write(&path, &text);
        } else {
            let beside = format!("{path}.tmp~");
            self.live.write(&beside, &text);
            fs::rename(self.live.root.join(&beside), self.live.root.join(&path)).unwrap();
        }
        self.note("save", &path);
    }

    fn close(&mut self, open: &[String]) {
        let Some(path) = self.dice.pick(open).cloned() else { return };
        self.live.close(&path);
        self.open.remove(&path);
        self.note("close", &path);
    }

    fn write_outside(&mut self, files: &[String]) {
        let Some(path) = self.dice.pick(files).cloned() else { return };
        let Ok(before) = fs::read_to_string(self.live.root.join(&path)) else { return };
        let text = self.changed(&before);
        self.live.write(&path, &text);
        self.note("write", &path);
    }

    fn rename(&mut self, files: &[String], open: &[String]) {
        let Some(path) = self.dice.pick(files).cloned() else { return };
        let to = format!("moved/{}/{}", self.dice.roll(5), path.replace('/', "_"));
        if open.contains(&path) {
            return;
        }
        let target = self.live.root.join(&to);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        if fs::rename(self.live.root.join(&path), target).is_ok() {
            self.note("rename", &format!("{path} to {to}"));
        }
    }

    fn delete(&mut self, files: &[String]) {
        let Some(path) = self.dice.pick(files).cloned() else { return };
        if fs::remove_file(self.live.root.join(&path)).is_ok() {
            self.note("delete", &path);
        }
    }

    fn new_folder(&mut self) {
        let path = format!("new/{}/{}/made.rs", self.dice.roll(50), self.dice.roll(50));
        let text = format!("//! Made by the storm.\npub fn made_{}() {{\n    keep();\n}}\n", self.dice.roll(1000));
        self.live.write(&path, &text);
        self.note("folder", &path);
    }

    fn burst(&mut self) {
        let folder = self.dice.roll(1000);
        for number in 0..60 {
            self.live
                .write(&format!("burst/{folder}/f{number}.py"), &format!("def burst_{folder}_{number}():\n    pass\n"));
        }
        self.note("burst", "60 files");
    }

    fn checkout(&mut self) {
        let Some(commit) = self.dice.pick(&self.commits).cloned() else { return };
        git(&self.live.root, &["checkout", "-qf", &commit]);
        self.note("checkout", &commit);
    }

    /// Whatever is found stands where it is said to stand, in what the editor or the disk says now.
    fn search(&mut self) {
        let queries = [
            "keep things in a list",
            "storm",
            "where is a file read",
            "fn main",
            "made by",
            "ignore rules",
            "vectors of chunks",
        ];
        let query = *self.dice.pick(&queries).unwrap();
        let response = found(&self.live.view(), query, 10);
        for hit in &response.hits {
            let now = match self.open.get(&hit.path).and_then(|texts| texts.last()) {
                Some(text) => text.clone(),
                None => fs::read_to_string(self.live.root.join(&hit.path)).unwrap_or_else(|error| {
                    panic!("{} was found and is not there: {error}; {:?}", hit.path, tail(&self.log))
                }),
            };
            let lines: Vec<&str> = now.split_inclusive('\n').collect();
            let (first, last) = (hit.start_line as usize - 1, hit.end_line as usize);
            let there = lines.get(first..last.min(lines.len())).unwrap_or_default().concat();
            assert!(
                last <= lines.len() && there.trim_end() == hit.text.trim_end(),
                "{}:{}-{} is stale for {query}\nfound:\n{}\nthere:\n{there}\nafter {:?}",
                hit.path,
                hit.start_line,
                hit.end_line,
                hit.text,
                tail(&self.log)
            );
            self.hits += 1;
        }
        let stale: Vec<String> = response.stale;
        self.live.session.snapshot().suspect(&self.live.root, stale);
    }

    /// The index is, chunk by chunk and hit by hit, the one that is built from nothing.
    fn ends_as_from_scratch(&self) {
        let cache = tempfile::tempdir().unwrap();
        let options = OpenOptions { cache_dir: cache.path().to_owned(), access: Access::Refresh };
        let mut fresh = engine::open(&self.live.root, &Settings::default(), &options).unwrap();
        fresh.refresh(&|_| ()).unwrap();
        let other = Live::at(&self.live.root, cache.path(), Settings::default());
        other.settle();
        let wanted = contents(other.view().snapshot.as_deref().unwrap());
        self.live.until("the index is that of a fresh start", |view| {
            (contents(view.snapshot.as_deref()?) == wanted).then_some(())
        });
        self.live.settle();
        let view = self.live.view();
        let snapshot = view.snapshot.as_deref().unwrap();
        assert!(snapshot.files.overlay().is_empty(), "all is on disk");
        assert_eq!(contents(snapshot), wanted);
        for query in ["where is a file read", "retry after an error", "parse the configuration", "Snapshot", "fn main"]
        {
            let there = fresh
                .search(&SearchRequest { query: query.to_owned(), limit: 10, ..SearchRequest::default() })
                .unwrap();
            assert_eq!(places(&found(&view, query, 10)), places(&there), "{query}");
        }
    }
}

fn tail(log: &[String]) -> &[String] {
    &log[log.len().saturating_sub(12)..]
}

/// Every chunk: file, lines, content.
fn contents(snapshot: &Snapshot) -> Vec<String> {
    let mut all: Vec<String> = snapshot
        .living_files()
        .flat_map(|file| {
            snapshot.chunks_of(&file.path).unwrap().map(|chunk| {
                let row = snapshot.row(chunk);
                format!(
                    "{} {}-{} {:?}",
                    file.path,
                    row.start_line,
                    row.end_line,
                    snapshot.record(chunk).unwrap().content
                )
            })
        })
        .collect();
    all.sort_unstable();
    all
}

fn places(response: &SearchResponse) -> Vec<String> {
    response
        .hits
        .iter()
        .map(|hit| format!("{}:{}-{} {:.4}", hit.path, hit.start_line, hit.end_line, hit.score))
        .collect()
}
