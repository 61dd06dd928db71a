//! A workspace and a cache in folders of their own, and what can be done with them.

use std::{
    cell::Cell,
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread::JoinHandle,
    time::{Duration, Instant, SystemTime},
};

use codecompass::{
    config::settings::Settings,
    engine::{self, Access, Engine, IndexReport, OpenOptions},
    handlers::search::{SearchRequest, SearchResponse},
};
use tempfile::TempDir;

/// Nothing here takes longer, unless it hangs.
const DEADLINE: Duration = Duration::from_secs(120);

pub(crate) struct Place {
    folder: TempDir,
    /// Files get times long gone, each another one: what was written just now is read again to be safe.
    clock: Cell<u64>,
}

/// What tells one list of hits from another.
pub(crate) type Shown = Vec<(String, u32, u32, String, u32)>;

impl Place {
    pub(crate) fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap(), clock: Cell::new(1_000_000_000) };
        fs::create_dir(place.folder.path().join("tree")).unwrap();
        for (path, text) in files {
            place.write(path, text);
        }
        place
    }

    /// A workspace of so many generated files.
    pub(crate) fn generated(count: usize, version: usize) -> Self {
        let place = Self::new([]);
        place.generate(count, version);
        place
    }

    /// Writes them again; every third differs from version to version.
    pub(crate) fn generate(&self, count: usize, version: usize) {
        for number in 0..count {
            let (path, text) = source(number, if number % 3 == 0 { version } else { 0 });
            self.write(&path, &text);
        }
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join("tree")
    }

    pub(crate) fn cache(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join("cache")
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        self.write_now(path, text);
        self.touch(path);
    }

    /// Writes without setting the clock back.
    pub(crate) fn write_now(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn touch(&self, path: &str) {
        self.clock.set(self.clock.get() + 1);
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(self.clock.get());
        fs::File::options().write(true).open(self.root().join(path)).unwrap().set_modified(time).unwrap();
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.root().join(path)).unwrap();
    }

    pub(crate) fn engine(&self) -> Box<dyn Engine> {
        self.engine_with(&self.cache(), &Settings::default())
    }

    pub(crate) fn engine_with(&self, cache: &Path, settings: &Settings) -> Box<dyn Engine> {
        let options = OpenOptions { cache_dir: cache.to_owned(), access: Access::Refresh };
        engine::open(&self.root(), settings, &options).unwrap()
    }

    pub(crate) fn index(&self) -> IndexReport {
        self.engine().refresh(&|_| ()).unwrap()
    }

    pub(crate) fn search(&self, query: &str) -> SearchResponse {
        let mut engine = self.engine();
        engine.refresh(&|_| ()).unwrap();
        engine.search(&request(query)).unwrap()
    }

    /// The program on this workspace with this cache, in an environment of its own.
    pub(crate) fn program(&self, cache: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_codecompass"));
        command
            .env_clear()
            .env("HOME", self.folder.path())
            .env("CODECOMPASS_CACHE_DIR", cache)
            .current_dir(self.root())
            .stdin(Stdio::null());
        command
    }
}

pub(crate) fn request(query: &str) -> SearchRequest {
    SearchRequest { query: query.to_owned(), limit: 10, ..SearchRequest::default() }
}

pub(crate) fn shown(response: &SearchResponse) -> Shown {
    let hits = response.hits.iter();
    hits.map(|hit| (hit.path.clone(), hit.start_line, hit.end_line, hit.text.clone(), hit.score.to_bits())).collect()
}

/// Waits for the program to end, but not for ever.
pub(crate) fn output(mut command: Command) -> Output {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (out, err) = (reader(child.stdout.take().unwrap()), reader(child.stderr.take().unwrap()));
    let start = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if start.elapsed() > DEADLINE => {
                child.kill().unwrap();
                panic!("it hangs: {command:?}");
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    Output { status, stdout: out.join().unwrap(), stderr: err.join().unwrap() }
}

/// Reads a pipe to its end while the program still runs: a full one would stop it.
fn reader(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Numbers that look random and are the same in each run.
pub(crate) struct Seeded(pub(crate) u64);

impl Seeded {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// The words that generated code is about.
const SUBJECTS: [&str; 12] = [
    "session", "invoice", "packet", "cursor", "token", "matrix", "parser", "socket", "ledger", "cache", "image",
    "route",
];
const ACTIONS: [&str; 10] =
    ["open", "verify", "encode", "merge", "retry", "flush", "rotate", "compress", "schedule", "validate"];

fn source(number: usize, version: usize) -> (String, String) {
    use std::fmt::Write as _;
    let mut seeded = Seeded(number as u64 * 7919 + version as u64 * 104_729 + 1);
    seeded.below(1);
    let mut text = String::new();
    let mut pick = |words: &[&'static str]| words[seeded.below(words.len() as u64) as usize];
    for part in 0..3 {
        let (action, subject, other) = (pick(&ACTIONS), pick(&SUBJECTS), pick(&SUBJECTS));
        writeln!(text, "/// Will {action} the {subject} before the {other} is read.").unwrap();
        writeln!(text, "pub fn {action}_{subject}_{number}_{part}({other}: &str) -> usize {{").unwrap();
        for line in 0..12 {
            let (action, subject) = (pick(&ACTIONS), pick(&SUBJECTS));
            writeln!(text, "    let {subject}{line} = {action}_{subject}({other}, {line} + {version});").unwrap();
        }
        writeln!(text, "    {other}.len()\n}}\n").unwrap();
    }
    (format!("src/{}/{}_{number}.rs", SUBJECTS[number % 12], ACTIONS[number % 10]), text)
}

/// Copies a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// All files below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}
