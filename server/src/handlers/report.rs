//! How the live index is, for people and for our own editors: what is indexed, what is left out and why, what it is doing,
//! what is wrong and what to do. Computed from the snapshot that serves queries, so that it never claims more than that.

use std::{
    collections::BTreeMap,
    fmt::Write,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use codecompass_core::embed::Embedder;
use codecompass_index::space;
use codecompass_ollama::pool::HostState;
use serde::{Deserialize, Serialize};

use super::{
    hover::plain,
    status::{self, Chunks, Files},
};
use crate::{
    embedding::{self, EmbeddingState},
    live::{
        View,
        state::{Phase, WatcherMode, WatcherState},
    },
    usage::{self, Row},
};

/// How everything is.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
pub struct Report {
    /// Each workspace folder.
    pub folders: Vec<FolderReport>,
    /// The model hosts, as far as they were asked.
    #[serde(skip_deserializing)]
    pub hosts: Vec<HostState>,
    /// What models were asked today, and what it took.
    #[serde(default)]
    pub usage: Vec<Row>,
}

/// How the index of one folder is.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
pub struct FolderReport {
    /// The folder.
    pub workspace: String,
    /// What it is doing.
    pub phase: Phase,
    /// Files done of those that need work, while indexing.
    pub done: u64,
    /// Files that need work, while indexing.
    pub total: u64,
    /// Files a second, while indexing.
    pub files_per_second: f64,
    /// The file at work when it takes unusually long.
    pub slow_file: Option<String>,
    /// Counts of files.
    pub files: Files,
    /// Counts of chunks.
    pub chunks: Chunks,
    /// Files by language id.
    pub languages: BTreeMap<String, u64>,
    /// Files open in the editor.
    pub open_files: u64,
    /// The id of the embedder that is configured.
    pub embedder: String,
    /// How it is with the vectors of a host's model, and which embedder answers searches.
    pub embedding: EmbeddingState,
    /// The index on disk.
    pub index: IndexReport,
    /// How changes on disk are noticed.
    pub watcher: WatcherState,
    /// What is wrong and what to do, a sentence each.
    pub errors: Vec<String>,
}

/// The index on disk.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
pub struct IndexReport {
    /// Whether there is one that was built to its end.
    pub complete: bool,
    /// The generation in use.
    pub generation: u64,
    /// Seconds since the last change was committed; absent without an index.
    pub age_s: Option<u64>,
    /// Bytes of the text that it covers.
    pub text_bytes: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// Version of the format.
    pub schema: u32,
}

impl Report {
    /// Whether nothing differs but what the clock says.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let timeless = |report: &Self| {
            let mut report = report.clone();
            for folder in &mut report.folders {
                folder.index.age_s = None;
                folder.files_per_second = 0.0;
            }
            for host in &mut report.hosts {
                (host.since_s, host.next_try_s, host.texts_per_second) = (None, None, None);
            }
            report
        };
        timeless(self) == timeless(other)
    }
}

/// How all folders and hosts are, and what was asked today.
pub fn report(views: &[View], hosts: Vec<HostState>, usage: Vec<Row>) -> Report {
    Report { folders: views.iter().map(folder).collect(), hosts, usage }
}

fn folder(view: &View) -> FolderReport {
    let state = &view.state;
    let mut report = FolderReport {
        workspace: view.root.display().to_string(),
        phase: state.phase,
        done: state.done,
        total: state.total,
        files_per_second: state.files_per_second,
        slow_file: state.slow_file.clone(),
        files: status::live_files(view),
        open_files: view.open.len() as u64,
        embedder: Embedder::builtin().id().to_owned(),
        embedding: EmbeddingState::clone(&view.embedding.state),
        watcher: state.watcher.clone(),
        errors: errors(view),
        ..FolderReport::default()
    };
    let Some(snapshot) = view.snapshot.as_deref() else { return report };
    let total = u64::from(snapshot.chunk_count());
    let embedded = u64::from(snapshot.embedded_count());
    report.chunks = Chunks { total, embedded, pending: total - embedded };
    if report.embedding.phase == embedding::Phase::Off {
        report.embedding.answers.clone_from(&report.embedder);
        report.embedding.configured.clone_from(&report.embedder);
    } else {
        let pending = view.embedding.pending(snapshot).min(total);
        report.chunks = Chunks { total, embedded: total - pending, pending };
        report.embedder.clone_from(&report.embedding.configured);
        report.errors.extend(view.embedding.refused(snapshot));
    }
    for file in snapshot.living_files() {
        *report.languages.entry(file.language.id().to_owned()).or_default() += 1;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    report.index = IndexReport {
        complete: snapshot.state.complete,
        generation: snapshot.state.generation,
        age_s: Some(now.saturating_sub(snapshot.state.committed_s)),
        text_bytes: snapshot.text_bytes(),
        bytes: state.index_bytes,
        schema: space::SCHEMA,
    };
    report
}

fn errors(view: &View) -> Vec<String> {
    let mut errors = view.state.errors.clone();
    if view.state.stopped {
        errors.push("indexing was cancelled before it was done; `codecompass.resume` goes on".to_owned());
    }
    let unparsed =
        view.snapshot.iter().flat_map(|snapshot| snapshot.living_files()).filter(|file| !file.parsed).count();
    if unparsed > 0 {
        errors.push(format!("{unparsed} files took too long to parse and are indexed without symbols"));
    }
    errors
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What.
    pub name: String,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found, and what to do where it is not as it should be.
    pub message: String,
}

/// Whether something can be written there; looks by doing it.
pub(crate) fn writable(cache: &Path) -> std::io::Result<()> {
    let probe = cache.join(format!(".probe-{}", std::process::id()));
    std::fs::write(&probe, b"")?;
    std::fs::remove_file(&probe)
}

/// The report as a document.
pub fn markdown(report: &Report) -> String {
    let mut out = "# CodeCompass: status\n".to_owned();
    if report.folders.is_empty() {
        out.push_str("\nNo folder is open.\n");
    }
    for folder in &report.folders {
        one(&mut out, folder);
    }
    if !report.hosts.is_empty() {
        out.push_str("\n## Model hosts\n\n");
    }
    for host in &report.hosts {
        writeln!(out, "- {}", plain(&said_of_host(host))).expect(TAKES_ALL);
    }
    if !report.usage.is_empty() {
        out.push_str("\n## Asked today\n\n");
    }
    for row in &report.usage {
        let said = format!("{} on {}: {}", row.model, row.host, usage::in_words(row));
        writeln!(out, "- {}", plain(&said)).expect(TAKES_ALL);
    }
    out
}

/// How a host is, in a line.
pub fn said_of_host(host: &HostState) -> String {
    let HostState { name, url, state, serves, version, why, models, .. } = host;
    let mut said = format!("{name} ({url}): {state}");
    if *state == "unknown" {
        said.push_str(", nobody needed it yet");
    }
    if let Some(version) = version {
        write!(said, ", Ollama {version}").expect(TAKES_ALL);
    }
    if !serves.is_empty() {
        write!(said, ", serves {}", serves.join(" and ")).expect(TAKES_ALL);
    }
    if !models.is_empty() {
        write!(said, "; models: {}", models.join(", ")).expect(TAKES_ALL);
    }
    if let Some(why) = why {
        write!(said, "; {why}").expect(TAKES_ALL);
    }
    said
}

const TAKES_ALL: &str = "a string takes all that is written";

fn one(out: &mut String, folder: &FolderReport) {
    let FolderReport { files, chunks, index, .. } = folder;
    let mut line = |name: &str, text: String| writeln!(out, "{name}{text}").expect(TAKES_ALL);
    line("\n## ", plain(&folder.workspace));
    line("\n- ", said(folder));
    let seen = if files.seen > 0 { format!(" of {} seen", files.seen) } else { String::new() };
    line("- files: ", format!("{} indexed{seen}, {} open in the editor", files.indexed, folder.open_files));
    line("- chunks: ", format!("{}, {} without a vector yet", chunks.total, chunks.pending));
    if let Some(age) = index.age_s {
        let unfinished = if index.complete { "" } else { ", not built to its end yet" };
        let ago = super::facts::ago(age);
        line("- index: ", format!("generation {}, last changed {ago}{unfinished}", index.generation));
    }
    if let Some(text) = vectors(&folder.embedding) {
        line("- vectors: ", text);
    }
    line("- changes: ", watcher(&folder.watcher));
    if let Some(file) = &folder.slow_file {
        line("- takes unusually long: ", plain(file));
    }
    if !folder.languages.is_empty() {
        let mut languages: Vec<_> = folder.languages.iter().collect();
        languages.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let languages = languages.iter().map(|(language, count)| format!("{language} {count}"));
        line("- languages: ", languages.collect::<Vec<_>>().join(", "));
    }
    if !files.skipped.is_empty() {
        line("\n", "Left out (`codecompass.why` says why for a file):\n".to_owned());
        for (reason, count) in &files.skipped {
            line("- ", format!("{reason}: {count}"));
        }
    }
    if !folder.errors.is_empty() {
        line("\n", "What is wrong:\n".to_owned());
        for error in &folder.errors {
            line("- ", plain(error));
        }
    }
}

/// What a folder is doing, in a sentence.
pub(super) fn said(folder: &FolderReport) -> String {
    match folder.phase {
        Phase::Starting => "starting".to_owned(),
        Phase::Finding => "looking for files".to_owned(),
        Phase::Indexing => {
            format!("indexing: {} of {} files, {:.0} a second", folder.done, folder.total, folder.files_per_second)
        }
        Phase::Following => "another process is indexing; what it has finished is searched".to_owned(),
        Phase::Paused => "paused; `codecompass.resume` goes on".to_owned(),
        Phase::Ready => "up to date".to_owned(),
        Phase::Failed => "there is no index".to_owned(),
    }
}

/// How it is with the vectors of a host's model; nothing where none is configured.
fn vectors(state: &EmbeddingState) -> Option<String> {
    let far = format!("{} of {}", state.done, state.total);
    let doing = match state.phase {
        embedding::Phase::Off => return None,
        embedding::Phase::Asking => "the host is asked which model it has".to_owned(),
        embedding::Phase::Filling => format!("{far} chunks are embedded"),
        embedding::Phase::Waiting => format!("waiting, {far} chunks are embedded: {}", state.note),
        embedding::Phase::Following => format!("another process embeds, {far} chunks are done"),
        embedding::Phase::Paused => format!("paused at {far} chunks; `codecompass.resume` goes on"),
        embedding::Phase::Ready => "complete".to_owned(),
    };
    let configured = &state.configured;
    Some(plain(&format!("{configured}: {doing}; searches use {}", state.answers)))
}

pub(super) fn watcher(watcher: &WatcherState) -> String {
    let by = match watcher.mode {
        WatcherMode::None => "not watched yet".to_owned(),
        WatcherMode::Native => format!("the system tells of them ({} folders)", watcher.folders),
        WatcherMode::Client => "the editor tells of them".to_owned(),
        WatcherMode::Polling => "looked for from time to time".to_owned(),
    };
    if watcher.reason.is_empty() { by } else { format!("{by}: {}", plain(&watcher.reason)) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

    use std::sync::Arc;

    use codecompass_core::skip::SkipReason;
    use expect_test::expect;

    use super::*;
    use crate::{handlers::fixture::Fixture, live::State};

    #[test]
    fn it_can_be_read() {
        let fixture = Fixture::new("//- a.rs\nfn a() {}\n//- b.py\ndef b():\n    pass\n");
        let mut view = fixture.view();
        view.root = Path::new("/project").into();
        view.state = Arc::new(State {
            phase: Phase::Indexing,
            done: 1,
            total: 4,
            found: 8,
            files_per_second: 123.4,
            left_out: Arc::new(["x", "y", "z"].map(|key| (key.to_owned(), SkipReason::Binary)).into()),
            errors: vec!["b.py cannot be read; let this user read it".to_owned()],
            ..State::default()
        });
        let report = report(
            &[view],
            Vec::new(),
            vec![Row {
                model: "qwen".to_owned(),
                host: "gpu".to_owned(),
                answers: 2,
                prompt_tokens: 6000,
                answer_tokens: 240,
                ms: 9000,
                ..Row::default()
            }],
        );
        expect![[r#"
            # CodeCompass: status

            ## /project

            - indexing: 1 of 4 files, 123 a second
            - files: 2 indexed of 8 seen, 0 open in the editor
            - chunks: 2, 0 without a vector yet
            - index: generation 2, last changed just now
            - changes: not watched yet
            - languages: python 1, rust 1

            Left out (`codecompass.why` says why for a file):

            - binary: 3

            What is wrong:

            - b.py cannot be read; let this user read it

            ## Asked today

            - qwen on gpu: 2 answers, 6000 tokens read and 240 written in 9 s
        "#]]
        .assert_eq(&markdown(&report));
    }
}
