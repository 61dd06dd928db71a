//! What was asked and answered, kept for the user: a file for each conversation in the user's own folder, one line for each
//! turn. Any number of processes may use them at once; nothing is held open.
//!
//! Conversations are no cache: only the user, and the limits said here, remove any. It knows neither models nor editors.

pub mod export;
pub(crate) mod folder;
pub mod id;

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, ErrorKind, Write},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, anyhow, bail};
use codecompass_core::prompt::Span;
use serde::{Deserialize, Serialize};

use crate::{config::report::nearest, handlers::converse::Answer};

/// So many conversations are kept for each workspace.
pub const MOST: usize = 200;
/// And so much of them all.
pub const MOST_BYTES: u64 = 64 << 20;
/// A conversation that is longer loses its oldest turns.
pub const LONGEST: u64 = 4 << 20;

/// The conversations about one workspace.
#[derive(Debug, Clone)]
pub struct Conversations {
    /// The workspace, absolute.
    workspace: PathBuf,
    folder: PathBuf,
    limits: Limits,
}

/// How much is kept.
#[derive(Debug, Clone, Copy)]
struct Limits {
    most: usize,
    most_bytes: u64,
    longest: u64,
}

/// What a list says of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// By which it is asked for.
    pub id: String,
    /// The first question, unless it was renamed.
    pub title: String,
    /// The workspace, absolute.
    pub workspace: PathBuf,
    /// When it began, in milliseconds since 1970.
    pub created: u64,
    /// When it was last added to.
    pub updated: u64,
    /// How many turns it has.
    pub turns: usize,
}

/// A whole conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// What the list says of it.
    pub summary: Summary,
    /// Its turns, the oldest first.
    pub turns: Vec<Turn>,
    /// So many older ones were removed because it became too long.
    pub dropped: usize,
}

/// A question and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// What the user wrote.
    pub question: String,
    /// Whether something was asked or explained.
    #[serde(default)]
    pub mode: Mode,
    /// What was explained or asked about.
    #[serde(default)]
    pub subject: Option<Subject>,
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// What came of it.
    pub answer: Answer,
}

/// What was wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// An answer.
    #[default]
    Ask,
    /// An explanation.
    Explain,
}

/// What was explained or asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The file or folder, absolute.
    pub path: PathBuf,
    /// Its lines; all of them when there are none.
    #[serde(default)]
    pub lines: Option<Span>,
    /// The name that was meant.
    #[serde(default)]
    pub symbol: Option<String>,
    /// What some tool reported there.
    #[serde(default)]
    pub problem: Option<String>,
}

/// The first line of a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Head {
    version: u32,
    title: String,
    workspace: PathBuf,
    created: u64,
    #[serde(default)]
    dropped: usize,
}

const VERSION: u32 = 1;

impl Conversations {
    /// Those about the workspace at `root`, in the user's `state` folder. Touches nothing.
    pub fn of(state: &Path, root: &Path) -> Self {
        let limits = Limits { most: MOST, most_bytes: MOST_BYTES, longest: LONGEST };
        Self { workspace: root.to_owned(), folder: folder::of(state, root), limits }
    }

    /// All of them, the latest first. Files that make no sense are left out.
    pub fn list(&self) -> anyhow::Result<Vec<Summary>> {
        let mut found = Vec::new();
        for path in self.files()? {
            let Some(id) = path.file_stem().and_then(|stem| stem.to_str()).filter(|id| id::is_id(id)) else { continue };
            match summary(id, &path) {
                Ok(summary) => found.push(summary),
                Err(error) => tracing::warn!("{} is left out: {error:#}", path.display()),
            }
        }
        found.sort_by(|a, b| b.updated.cmp(&a.updated).then_with(|| b.id.cmp(&a.id)));
        Ok(found)
    }

    /// The id of the one that was added to last.
    pub fn latest(&self) -> anyhow::Result<Option<String>> {
        Ok(self.list()?.into_iter().next().map(|summary| summary.id))
    }

    /// The whole id of the one conversation whose id begins like this.
    pub fn find(&self, beginning: &str) -> anyhow::Result<String> {
        if id::is_id(beginning) && self.path(beginning).is_file() {
            return Ok(beginning.to_owned());
        }
        let ids: Vec<String> = self.list()?.into_iter().map(|summary| summary.id).collect();
        let mut like = ids.iter().filter(|id| !beginning.is_empty() && id.starts_with(beginning));
        match (like.next(), like.next()) {
            (Some(only), None) => Ok(only.clone()),
            (Some(_), Some(_)) => bail!("several conversations begin with `{beginning}`; write more of the id"),
            (None, _) => {
                let near = nearest(beginning, ids.iter().map(String::as_str));
                let hint = match near.first() {
                    Some(near) => format!("did you mean `{near}`"),
                    None => "`codecompass conversations list` shows those that are kept".to_owned(),
                };
                bail!("there is no conversation `{beginning}` about {}; {hint}", self.workspace.display())
            }
        }
    }

    /// Whether there is one with that id.
    pub fn has(&self, id: &str) -> bool {
        id::is_id(id) && self.path(id).is_file()
    }

    /// One of them with all it says.
    pub fn read(&self, id: &str) -> anyhow::Result<Conversation> {
        let path = self.existing(id)?;
        let (head, turns) = read(&path)?;
        let updated = turns.last().map_or(head.created, |turn| turn.at);
        let summary = Summary {
            id: id.to_owned(),
            title: head.title,
            workspace: head.workspace,
            created: head.created,
            updated,
            turns: turns.len(),
        };
        Ok(Conversation { summary, turns, dropped: head.dropped })
    }

    /// Adds a turn to the conversation of that id, which begins with it when there is none yet. Gives back what the user
    /// should know.
    pub fn add(&self, id: &str, turn: &Turn) -> anyhow::Result<Vec<String>> {
        if !id::is_id(id) {
            bail!("`{}` cannot be the id of a conversation", id.escape_debug());
        }
        let _lock = self.lock()?;
        let line = line(turn)?;
        let path = self.path(id);
        if path.is_file() {
            mend(&path)?;
            let mut file = OpenOptions::new().append(true).open(&path).with_context(|| cannot(&path))?;
            file.write_all(&line).with_context(|| cannot(&path))?;
        } else {
            let head = Head {
                version: VERSION,
                title: title(&export::question(turn)),
                workspace: self.workspace.clone(),
                created: turn.at,
                dropped: 0,
            };
            self.replace(id, &head, &[line])?;
        }
        Ok(self.shorten(id)?.into_iter().chain(self.collect(id)?).collect())
    }

    /// Puts another turn in place of the last one of a conversation.
    pub fn replace_last(&self, id: &str, turn: &Turn) -> anyhow::Result<()> {
        let _lock = self.lock()?;
        let (head, turns) = read(&self.existing(id)?)?;
        let turns = &turns[..turns.len().saturating_sub(1)];
        let mut lines = turns.iter().map(line).collect::<anyhow::Result<Vec<_>>>()?;
        lines.push(line(turn)?);
        self.replace(id, &head, &lines)
    }

    /// Gives a conversation another title.
    pub fn rename(&self, id: &str, new: &str) -> anyhow::Result<()> {
        let new = title(new);
        if new.is_empty() {
            bail!("a title needs at least one word");
        }
        let _lock = self.lock()?;
        let (head, turns) = read(&self.existing(id)?)?;
        let lines = turns.iter().map(line).collect::<anyhow::Result<Vec<_>>>()?;
        self.replace(id, &Head { title: new, ..head }, &lines)
    }

    /// Removes a conversation.
    pub fn remove(&self, id: &str) -> anyhow::Result<()> {
        let _lock = self.lock()?;
        let path = self.existing(id)?;
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))
    }

    /// Removes all of them; says how many there were.
    pub fn remove_all(&self) -> anyhow::Result<usize> {
        let files = self.files()?;
        if files.is_empty() {
            return Ok(0);
        }
        let _lock = self.lock()?;
        for path in &files {
            fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
        Ok(files.len())
    }

    fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.jsonl"))
    }

    /// The file of a conversation; the id may come from anywhere.
    fn existing(&self, id: &str) -> anyhow::Result<PathBuf> {
        let path = self.path(id);
        if id::is_id(id) && path.is_file() {
            return Ok(path);
        }
        Err(anyhow!("there is no conversation `{}` about {}", id.escape_debug(), self.workspace.display()))
    }

    fn files(&self) -> anyhow::Result<Vec<PathBuf>> {
        match fs::read_dir(&self.folder) {
            Ok(entries) => Ok(entries
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
                .collect()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error).with_context(|| format!("cannot look into {}", self.folder.display())),
        }
    }

    /// Nobody else writes as long as this is held.
    fn lock(&self) -> anyhow::Result<File> {
        folder::create(&self.folder)
            .with_context(|| format!("conversations cannot be kept in {}", self.folder.display()))?;
        let path = self.folder.join("lock");
        let file = folder::options().write(true).create(true).truncate(false).open(&path);
        let file = file.with_context(|| cannot(&path))?;
        file.lock().with_context(|| cannot(&path))?;
        Ok(file)
    }

    /// Writes a whole file in one step.
    fn replace(&self, id: &str, head: &Head, lines: &[Vec<u8>]) -> anyhow::Result<()> {
        let path = self.path(id);
        let mut bytes = serde_json::to_vec(head)?;
        bytes.push(b'\n');
        bytes.extend(lines.iter().flatten());
        folder::replace(&path, &bytes).with_context(|| cannot(&path))
    }

    /// A conversation that is too long loses its oldest turns.
    fn shorten(&self, id: &str) -> anyhow::Result<Option<String>> {
        let path = self.path(id);
        if fs::metadata(&path).map_or(0, |metadata| metadata.len()) <= self.limits.longest {
            return Ok(None);
        }
        let (mut head, turns) = read(&path)?;
        let mut lines = turns.iter().map(line).collect::<anyhow::Result<Vec<_>>>()?;
        // Well below the limit, so that not every turn from now on has everything written anew.
        let goal = self.limits.longest as usize * 3 / 4;
        let mut dropped = 0;
        while lines.len() > 1 && lines.iter().map(Vec::len).sum::<usize>() > goal {
            lines.remove(0);
            dropped += 1;
        }
        if dropped == 0 {
            return Ok(None);
        }
        head.dropped += dropped;
        self.replace(id, &head, &lines)?;
        let s = if dropped == 1 { "" } else { "s" };
        Ok(Some(format!("the conversation became very long; its {dropped} oldest question{s} were removed from it")))
    }

    /// Removes what is too much, but never the one in use.
    fn collect(&self, keep: &str) -> anyhow::Result<Option<String>> {
        let mut known: Vec<(SystemTime, u64, PathBuf)> = self
            .files()?
            .into_iter()
            .filter_map(|path| {
                let metadata = fs::metadata(&path).ok()?;
                Some((metadata.modified().ok()?, metadata.len(), path))
            })
            .collect();
        known.sort();
        let mut bytes: u64 = known.iter().map(|(_, bytes, _)| bytes).sum();
        let mut count = known.len();
        let mut removed = 0;
        for (_, size, path) in known {
            if count <= self.limits.most && bytes <= self.limits.most_bytes {
                break;
            }
            if path == self.path(keep) {
                continue;
            }
            if fs::remove_file(&path).is_ok() {
                removed += 1;
                count -= 1;
                bytes -= size;
            }
        }
        let s = if removed == 1 { "" } else { "s" };
        Ok((removed > 0).then(|| format!("to make room, {removed} old conversation{s} about this workspace had to go")))
    }
}

/// Reads the first line and the time of the last writing; the turns are only counted.
fn summary(id: &str, path: &Path) -> anyhow::Result<Summary> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let head: Head = serde_json::from_slice(first).context("its first line makes no sense")?;
    let updated = fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .map_or(head.created, |since| since.as_millis() as u64);
    let turns = memchr::memchr_iter(b'\n', &bytes).count().saturating_sub(1);
    Ok(Summary {
        id: id.to_owned(),
        title: head.title,
        workspace: head.workspace,
        created: head.created,
        updated,
        turns,
    })
}

/// Now, in milliseconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// One line that says what a conversation is about.
fn title(question: &str) -> String {
    let line = question.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let mut title: String = line.chars().filter(|c| !c.is_control()).take(80).collect();
    if title.len() < line.len() {
        title.push('…');
    }
    title
}

fn line(turn: &Turn) -> anyhow::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(turn)?;
    line.push(b'\n');
    Ok(line)
}

/// Everything a file says. A last line that was cut off, and lines of a version to come, are left out.
fn read(path: &Path) -> anyhow::Result<(Head, Vec<Turn>)> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut lines = BufReader::new(file).split(b'\n');
    let first = lines.next().transpose().with_context(|| format!("cannot read {}", path.display()))?;
    let head: Head = serde_json::from_slice(&first.unwrap_or_default())
        .with_context(|| format!("{} is no conversation", path.display()))?;
    let mut turns = Vec::new();
    for line in lines {
        let line = line.with_context(|| format!("cannot read {}", path.display()))?;
        match serde_json::from_slice(&line) {
            Ok(turn) => turns.push(turn),
            Err(error) => tracing::warn!("a line of {} is left out: {error}", path.display()),
        }
    }
    Ok((head, turns))
}

/// Whoever was killed in the middle of a line left no end to it: the next one begins on its own.
fn mend(path: &Path) -> anyhow::Result<()> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    let mend = || -> io::Result<()> {
        let mut file = OpenOptions::new().read(true).append(true).open(path)?;
        let mut last = [b'\n'];
        if file.seek(SeekFrom::End(-1)).is_ok() {
            file.read_exact(&mut last)?;
        }
        if last != [b'\n'] {
            file.write_all(b"\n")?;
        }
        Ok(())
    };
    mend().with_context(|| cannot(path))
}

fn cannot(path: &Path) -> String {
    format!("cannot write {}; free some room, or check who may write there", path.display())
}

#[cfg(test)]
mod tests;
