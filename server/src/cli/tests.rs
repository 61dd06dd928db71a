//! The command line with an engine that only pretends, in a real folder: what is printed where, and the exit codes.

#![expect(clippy::unwrap_used, reason = "tests")]
#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

mod hosts;
mod output;
mod wrong;

use std::{path::Path, time::Duration};

use codecompass_core::{
    hit::{Hit, Signal},
    language::{Language, SymbolKind},
    skip::SkipReason,
};
use expect_test::Expect;
use tempfile::TempDir;

use super::*;
use crate::{
    embedding::EmbeddingState,
    engine::Event,
    handlers::{
        search::{SearchRequest, SearchResponse},
        status::{Chunks, Files, IndexState, Status},
        why::Why,
    },
};

/// An engine that finds the same things whatever is asked, and nothing for the query `nothing`.
struct Pretend;

impl Engine for Pretend {
    fn refresh(&mut self, on_event: &(dyn Fn(Event) + Sync)) -> anyhow::Result<IndexReport> {
        on_event(Event::Finding { files: 3 });
        on_event(Event::Indexing { done: 0, total: 2 });
        on_event(Event::Finishing);
        Ok(IndexReport {
            files_seen: 1234,
            files_indexed: 2,
            files_removed: 1,
            chunks_embedded: 1,
            chunks_reused: 7,
            skipped: [("ignored".to_owned(), 2), ("binary".to_owned(), 40)].into(),
            bytes: 999,
            elapsed: Duration::from_millis(125),
            up_to_date: false,
            embedding: None,
        })
    }

    fn search(&mut self, request: &SearchRequest) -> anyhow::Result<SearchResponse> {
        match request.query.as_str() {
            "nothing" => {
                Ok(SearchResponse { hits: vec![], notes: vec!["no file matches `x/**`".to_owned()], stale: vec![] })
            }
            "fail" => anyhow::bail!("the index is broken; delete it"),
            _ => Ok(SearchResponse { hits: hits(), notes: vec![format!("{request:?}")], stale: vec![] }),
        }
    }

    fn similar(&mut self, path: &Path, line: u32, _: &SearchRequest) -> anyhow::Result<SearchResponse> {
        let note = format!("like line {line} of {}", path.display());
        Ok(SearchResponse { hits: hits().split_off(2), notes: vec![note], stale: vec![] })
    }

    fn status(&self) -> anyhow::Result<Status> {
        Ok(Status {
            workspace: "/w".to_owned(),
            files: Files {
                seen: 1234,
                indexed: 1192,
                pending: 0,
                skipped: [("ignored".to_owned(), 2), ("binary".to_owned(), 40)].into(),
            },
            chunks: Chunks { total: 9000, embedded: 8999, pending: 1 },
            languages: [("rust".to_owned(), 1000), ("toml".to_owned(), 192)].into(),
            embedder: "builtin-256".to_owned(),
            embedding: EmbeddingState {
                configured: "builtin-256".to_owned(),
                answers: "builtin-256".to_owned(),
                ..EmbeddingState::default()
            },
            index: IndexState {
                bytes: 5_000_000,
                text_bytes: 10_000_000,
                age_s: Some(125),
                schema: 1,
                generation: 7,
                folder: "/cache/w".to_owned(),
            },
            hosts: vec![],
            errors: vec!["one thing is wrong; mend it".to_owned()],
            usage: vec![],
        })
    }

    fn view(&self) -> crate::live::View {
        crate::live::View {
            root: std::fs::canonicalize(".").unwrap().into(),
            settings: std::sync::Arc::default(),
            git: None,
            snapshot: None,
            embedding: crate::embedding::Embedding::default(),
            open: std::sync::Arc::default(),
            state: std::sync::Arc::default(),
            inner: std::sync::Arc::default(),
        }
    }

    fn why(&self, path: &Path) -> anyhow::Result<Why> {
        Ok(match path.to_str().unwrap() {
            "src/a.rs" => Why::Indexed {
                language: Language::Rust,
                chunks: vec![(1, 9, String::new()), (10, 120, "Store::add".to_owned())],
            },
            "new.rs" => Why::NotYet,
            "target/x" => Why::Skipped(SkipReason::Ignored {
                rule: "/target".to_owned(),
                source: ".gitignore".to_owned(),
                line: Some(1),
            }),
            _ => Why::Missing,
        })
    }
}

fn hits() -> Vec<Hit> {
    let signal = |name, value, part| Signal { name, value, part };
    let text = "    /// Adds a chunk.\n    pub fn add(&mut self, chunk: Chunk) -> Result<(), Error> {\n\n        \
                let id = chunk.id();\n        let _日本語 = \"wide characters are not cut in half\";\n\
                \t\tself.chunks.insert(id, chunk);\n        Ok(())\n    }\n";
    vec![
        Hit {
            path: "src/store.rs".to_owned(),
            start_line: 98,
            end_line: 105,
            symbol: "Store::add".to_owned(),
            kind: Some(SymbolKind::Method),
            language: Language::Rust,
            score: 0.875,
            signals: vec![signal("vector", 0.5, 0.75), signal("keyword", 12.0, 0.25), signal("test-file", 1.0, -0.125)],
            text: text.to_owned(),
            matching_lines: vec![99, 103, 102],
        },
        Hit {
            path: "src/store.rs".to_owned(),
            start_line: 1,
            end_line: 1,
            symbol: String::new(),
            kind: None,
            language: Language::Rust,
            score: 0.5,
            signals: vec![signal("keyword", 6.0, 0.5)],
            text: "use std::io;\u{1b}[2J".to_owned(),
            matching_lines: vec![],
        },
        Hit {
            path: "docs/a page.md".to_owned(),
            start_line: 3,
            end_line: 40,
            symbol: "Guide > Adding".to_owned(),
            kind: Some(SymbolKind::Section),
            language: Language::Markdown,
            score: 0.25,
            signals: vec![signal("vector", 0.25, 0.25)],
            text: "\n## Adding\n\nFirst.\nSecond.\nThird.\n".to_owned(),
            matching_lines: vec![],
        },
    ]
}

const PLAIN: Screen = Screen { terminal: false, colour: false, width: None };
const COLOUR: Screen = Screen { terminal: true, colour: true, width: Some(100) };
const NARROW: Screen = Screen { terminal: true, colour: false, width: Some(30) };

/// What one run printed.
struct Ran {
    code: u8,
    stdout: String,
    stderr: String,
}

/// A git repository with a few files and a home folder without any.
struct Place {
    folder: TempDir,
    screen: Screen,
    variables: Vec<(String, String)>,
    stdin: Option<&'static str>,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("w");
        for path in [".git", "src", "home"] {
            std::fs::create_dir_all(root.join(path)).unwrap();
        }
        std::fs::write(root.join("src/a.rs"), "fn main() {}\n").unwrap();
        let home = root.join("home").to_string_lossy().into_owned();
        Self { folder, screen: PLAIN, variables: vec![("HOME".to_owned(), home)], stdin: None }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("w")
    }

    fn run(&self, line: &str) -> Ran {
        self.run_words(&line.split_whitespace().collect::<Vec<_>>())
    }

    fn run_words(&self, words: &[&str]) -> Ran {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let code = self.run_into(words, &mut stdout, &mut stderr);
        // The folder has another name in every run.
        let stable = |bytes: Vec<u8>| {
            String::from_utf8(bytes)
                .unwrap()
                .replace(&*self.folder.path().canonicalize().unwrap().to_string_lossy(), "")
        };
        Ran { code, stdout: stable(stdout), stderr: stable(stderr) }
    }

    fn run_into(&self, words: &[&str], stdout: &mut dyn Write, stderr: &mut dyn Write) -> u8 {
        let pairs: Vec<(&str, &str)> = self.variables.iter().map(|(name, value)| (&**name, &**value)).collect();
        let mut context = Context {
            environment: pairs.into_iter().collect(),
            current_dir: Ok(self.root()),
            open: &|root, _, options| {
                assert!(root.is_absolute() && options.cache_dir.is_absolute());
                Ok(Box::new(Pretend))
            },
            start_log: &|_| {},
            stdin: self.stdin.map(|text| Box::new(text.as_bytes()) as Box<dyn Read + Send>),
            stdout,
            stdout_screen: self.screen,
            stderr,
            stderr_screen: PLAIN,
        };
        let words = std::iter::once("codecompass").chain(words.iter().copied()).map(OsString::from);
        run(words, &mut context)
    }
}

/// Runs one command line and compares everything it said.
fn check(line: &str, expected: &Expect) {
    check_on(PLAIN, line, expected);
}

fn check_on(screen: Screen, line: &str, expected: &Expect) {
    let ran = Place { screen, ..Place::new() }.run(line);
    let shown = ran.stdout.replace('\u{1b}', "^");
    expected.assert_eq(&format!("{shown}--- {}\n{}", ran.code, ran.stderr));
}
