//! The audit log: a line of JSON for each request to a host. Whoever wants one wants it whole, so that nothing is sent while
//! it cannot be written.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use codecompass_ollama::audit::{Audit, Entry};
use serde::Serialize;

use crate::calendar;

/// A file to which lines are added. It is opened anew for each, so that it can be moved away at any time.
pub(super) struct AuditLog {
    path: PathBuf,
    /// Lines that could not be written yet: they come before all others.
    waiting: Mutex<String>,
}

impl AuditLog {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), waiting: Mutex::default() }
    }

    fn add(&self, lines: &str) -> io::Result<()> {
        let mut file = open(&self.path)?;
        // One write, so that the lines of several programs do not get mixed up.
        file.write_all(lines.as_bytes())
    }
}

/// Whether the audit log can be written, or why not; looks by opening it.
pub fn writable(path: &Path) -> io::Result<()> {
    open(path).map(drop)
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

impl Audit for AuditLog {
    fn ready(&self) -> Result<(), String> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let written = if waiting.is_empty() { writable(&self.path) } else { self.add(&waiting) };
        written.map_err(|error| format!("the audit log {} cannot be written ({error})", self.path.display()))?;
        waiting.clear();
        Ok(())
    }

    fn record(&self, entry: &Entry) {
        let line = line(entry);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push_str(&line);
        match self.add(&waiting) {
            Ok(()) => waiting.clear(),
            // The next request is refused, and says so to the user.
            Err(error) => tracing::error!("the audit log {} cannot be written: {error}", self.path.display()),
        }
    }
}

/// A line, with its fields in this order.
#[derive(Serialize)]
struct Line<'e> {
    time: String,
    host: &'e str,
    url: &'e str,
    method: &'e str,
    endpoint: &'e str,
    model: Option<&'e str>,
    sent_bytes: u64,
    received_bytes: u64,
    ms: u64,
    status: Option<u16>,
    error: Option<&'static str>,
    files: &'e [String],
    redactions: usize,
}

fn line(entry: &Entry) -> String {
    let line = Line {
        time: rfc3339(entry.time),
        host: &entry.host,
        url: &entry.url,
        method: &entry.method,
        endpoint: &entry.endpoint,
        model: entry.model.as_deref(),
        sent_bytes: entry.sent,
        received_bytes: entry.received,
        ms: entry.took.as_millis() as u64,
        status: entry.status,
        error: entry.error,
        files: &entry.content.files,
        redactions: entry.content.redactions,
    };
    serde_json::to_string(&line).expect("it is text and numbers") + "\n"
}

/// Such as `2026-11-21T10:27:16.123Z`.
fn rfc3339(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs() % 86_400;
    let date = calendar::date(calendar::days(time));
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{date}T{hour:02}:{minute:02}:{second:02}.{:03}Z", since.subsec_millis())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::time::Duration;

    use codecompass_ollama::audit::Content;

    use super::*;

    fn entry(endpoint: &str) -> Entry {
        Entry {
            time: UNIX_EPOCH + Duration::from_millis(1_795_256_836_045),
            host: "gpu".to_owned(),
            url: "https://gpu/ollama".to_owned(),
            method: "POST".to_owned(),
            endpoint: endpoint.to_owned(),
            model: Some("qwen".to_owned()),
            sent: 12,
            received: 345,
            took: Duration::from_micros(6_789),
            status: Some(200),
            error: None,
            content: Content { files: vec!["src/a \"b\".rs".to_owned()], redactions: 1 },
        }
    }

    #[test]
    fn a_request_is_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let log = AuditLog::new(&path);
        log.ready().unwrap();
        log.record(&entry("api/chat"));
        log.record(&Entry { status: None, error: Some("dropped"), model: None, ..entry("api/pull") });
        expect_test::expect![[r#"
            {"time":"2026-11-21T10:27:16.045Z","host":"gpu","url":"https://gpu/ollama","method":"POST","endpoint":"api/chat","model":"qwen","sent_bytes":12,"received_bytes":345,"ms":6,"status":200,"error":null,"files":["src/a \"b\".rs"],"redactions":1}
            {"time":"2026-11-21T10:27:16.045Z","host":"gpu","url":"https://gpu/ollama","method":"POST","endpoint":"api/pull","model":null,"sent_bytes":12,"received_bytes":345,"ms":6,"status":null,"error":"dropped","files":["src/a \"b\".rs"],"redactions":1}
        "#]].assert_eq(&std::fs::read_to_string(&path).unwrap());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn what_could_not_be_written_is_written_first_later() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("gone");
        let log = AuditLog::new(&inside.join("audit.jsonl"));
        let why = log.ready().unwrap_err();
        assert!(why.contains("audit.jsonl cannot be written"), "{why}");
        log.record(&entry("api/chat"));
        log.ready().unwrap_err();
        std::fs::create_dir(&inside).unwrap();
        log.ready().unwrap();
        log.record(&entry("api/embed"));
        let text = std::fs::read_to_string(inside.join("audit.jsonl")).unwrap();
        let endpoints: Vec<bool> = text.lines().map(|line| line.contains("api/chat")).collect();
        assert_eq!(endpoints, [true, false]);
    }

    #[test]
    fn times_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399, "2000-02-28T23:59:59.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(rfc3339(UNIX_EPOCH + Duration::from_secs(seconds)), expected);
        }
    }
}
