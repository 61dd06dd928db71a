//! The workspace that is measured: a copy of a tree, in a git repository with two branches.

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

/// Files that differ between the two branches.
pub(crate) const SWITCHED: usize = 1000;
/// They are looked for in groups, because a search has at most 200 results.
pub(crate) const GROUP: usize = 100;
/// A file of 10,000 lines.
pub(crate) const LARGE: &str = "bench_large/large.rs";
/// Languages in which a comment after `//` may stand at the end of a file.
const SLASHES: [&str; 9] = ["rs", "go", "ts", "js", "java", "kt", "cs", "cpp", "swift"];

/// A folder that may be changed.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// Files of 100 to 1,000 lines, by path relative to the root, in a random but fixed order.
    pub(crate) typical: Vec<String>,
    /// Files in it.
    pub(crate) files: usize,
}

/// Numbers that look random and are the same in every run.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            items.swap(index, self.below(index + 1));
        }
    }
}

impl Workspace {
    /// Copies `tree`, adds a large file and what the branches differ in, and commits it all.
    pub(crate) fn copy(tree: &Path, root: &Path) -> Result<Self> {
        let mut files = Vec::new();
        copy(tree, root, "", &mut files)?;
        files.sort_unstable();
        let mut typical = Vec::new();
        let mut slashed = Vec::new();
        for path in &files {
            if !SLASHES.iter().any(|ending| path.rsplit_once('.').is_some_and(|(_, own)| own == *ending)) {
                continue;
            }
            let Ok(text) = fs::read_to_string(root.join(path)) else { continue };
            if (100..=1000).contains(&text.lines().count()) && text.len() < 100_000 {
                typical.push(path.clone());
            } else if text.len() < 100_000 {
                slashed.push(path.clone());
            }
        }
        let mut chance = Chance::new(7);
        chance.shuffle(&mut typical);
        chance.shuffle(&mut slashed);
        slashed.truncate(SWITCHED);
        if slashed.len() < SWITCHED {
            // What is typed into stands at the front.
            slashed.extend(typical.drain(typical.len().saturating_sub(SWITCHED - slashed.len()).max(100)..));
        }
        ensure!(typical.len() > 100 && slashed.len() == SWITCHED, "{} has too few files", tree.display());
        fs::create_dir_all(root.join("bench_large"))?;
        fs::write(root.join(LARGE), large())?;
        let workspace = Self { root: root.to_owned(), typical, files: files.len() + 1 };
        workspace.git(&["init", "-q", "-b", "main"])?;
        workspace.mark(&slashed, "main")?;
        workspace.commit("one")?;
        workspace.git(&["checkout", "-q", "-b", "other"])?;
        workspace.mark(&slashed, "other")?;
        workspace.commit("two")?;
        workspace.git(&["checkout", "-q", "main"])?;
        Ok(workspace)
    }

    /// The text of a file.
    pub(crate) fn text(&self, path: &str) -> Result<String> {
        fs::read_to_string(self.root.join(path)).with_context(|| path.to_owned())
    }

    pub(crate) fn write(&self, path: &str, text: &str) -> Result<()> {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().context("it is in the workspace")?)?;
        Ok(fs::write(path, text)?)
    }

    /// Checks out a branch.
    pub(crate) fn switch(&self, branch: &str) -> Result<()> {
        self.git(&["checkout", "-q", "-f", branch])
    }

    fn mark(&self, files: &[String], branch: &str) -> Result<()> {
        for (number, path) in files.iter().enumerate() {
            let text = fs::read(self.root.join(path))?;
            let text = String::from_utf8_lossy(&text);
            let mut kept: String = text.lines().filter(|line| !line.starts_with("// stands")).fold(
                String::with_capacity(text.len() + 40),
                |mut kept, line| {
                    kept.push_str(line);
                    kept.push('\n');
                    kept
                },
            );
            writeln!(kept, "// {}", marker(branch, number / GROUP))?;
            fs::write(self.root.join(path), kept)?;
        }
        Ok(())
    }

    fn commit(&self, message: &str) -> Result<()> {
        self.git(&["add", "-A", "-f"])?;
        self.git(&["-c", "user.name=b", "-c", "user.email=b@b", "commit", "-q", "--no-gpg-sign", "-m", message])
    }

    fn git(&self, arguments: &[&str]) -> Result<()> {
        let status = Command::new("git")
            .args(["-c", "core.autocrlf=false", "-c", "gc.auto=0"])
            .args(arguments)
            .current_dir(&self.root)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("HOME", env::temp_dir())
            .status()
            .context("git is needed")?;
        ensure!(status.success(), "git {} failed", arguments.join(" "));
        Ok(())
    }
}

/// What stands in the files of a group on a branch, and nowhere else.
pub(crate) fn marker(branch: &str, group: usize) -> String {
    format!("stands{branch}{}", (b'a' + group as u8) as char)
}

fn copy(from: &Path, to: &Path, below: &str, files: &mut Vec<String>) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name == ".git" {
            continue;
        }
        let key = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy(&entry.path(), &to.join(&name), &key, files)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), to.join(&name))?;
            files.push(key);
        }
    }
    Ok(())
}

/// Ten lines a function, a thousand functions.
fn large() -> String {
    const WORDS: [&str; 16] = [
        "read", "write", "count", "retry", "socket", "parser", "token", "index", "cache", "merge", "split", "queue",
        "worker", "header", "packet", "signal",
    ];
    let mut chance = Chance::new(11);
    let mut text = String::new();
    for number in 0..1000 {
        let mut word = || WORDS[chance.below(WORDS.len())];
        let (a, b, c) = (word(), word(), word());
        let _ = write!(
            text,
            "/// Tells the {a} to {b} every {c} once.\npub fn {a}_{b}_{number}({c}: &str, limit: usize) -> Option<usize> {{\n"
        );
        for _ in 0..6 {
            let (a, b, c) = (word(), word(), word());
            let _ = writeln!(text, "    let {a} = {b}::{c}(limit)?.{a}_{c}(\"{b} {c}\");");
        }
        let _ = write!(text, "    Some({c}.len() + {number})\n}}\n");
    }
    text
}
