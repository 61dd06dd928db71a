//! Which rule of which file decides whether a path is ignored. The only file that names the `ignore` crate.
//!
//! The crate's own walker drops what is ignored without saying why, so the rules are kept folder by folder and asked
//! here. From the strongest to the weakest: the setting `index.exclude`, the setting `index.include`, all
//! `.codecompassignore` from the path upwards, all `.ignore`, all `.gitignore` up to the repository's root, its
//! `info/exclude`, and git's global excludes file. The first file with a matching rule decides; in a file, the last.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use codecompass_core::skip::SkipReason;
use ignore::{
    Match,
    gitignore::{Gitignore, GitignoreBuilder, gitconfig_excludes_path},
};

use super::{pattern, read_file};
use crate::{config::settings::IndexSettings, workspace::key::key_of};

/// A file of rules that is larger is not read.
const LARGEST_RULE_FILE: u64 = 4 << 20;

/// The file of git's global ignore rules, as its configuration names it.
pub(super) fn global_excludes() -> Option<PathBuf> {
    gitconfig_excludes_path()
}

/// What the rules say of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// No rule matches, or one that keeps it.
    Kept,
    /// A setting keeps it, whatever ignore files say of it and of the folders around it.
    Included,
    /// A rule ignores it.
    Ignored(SkipReason),
}

/// The rules of one file or setting.
#[derive(Debug)]
struct Matcher {
    globs: Gitignore,
    /// What was given to the library, as it was written, and its line.
    rules: Vec<(String, String, u32)>,
    source: String,
    is_file: bool,
}

impl Matcher {
    /// `root` is the folder that the rules are relative to. `None` when there is no rule in `text`.
    fn new(root: &Path, text: &[u8], source: String, ignore_case: bool, is_file: bool) -> Option<Self> {
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        let mut builder = GitignoreBuilder::new(root);
        builder.case_insensitive(ignore_case).ok()?;
        let mut rules = Vec::new();
        for (at, line) in text.split(|byte| *byte == b'\n').enumerate() {
            let Some(pattern) = pattern::parse(line) else { continue };
            for line in pattern.lines {
                match builder.add_line(None, &line) {
                    Ok(_) => rules.push((line, pattern.written.clone(), at as u32 + 1)),
                    Err(error) => tracing::warn!("{source}:{}: the rule is left out: {error}", at + 1),
                }
            }
        }
        if rules.is_empty() {
            return None;
        }
        let globs =
            builder.build().inspect_err(|error| tracing::warn!("{source}: its rules are left out: {error}")).ok()?;
        Some(Self { globs, rules, source, is_file })
    }

    fn from_file(root: &Path, file: &Path, source: String, ignore_case: bool) -> Option<Self> {
        let text = match read_file(file, LARGEST_RULE_FILE) {
            Ok(text) => text,
            Err(SkipReason::Special { .. }) => return None,
            Err(reason) => {
                if file.exists() {
                    tracing::warn!("{source}: its rules are left out: {reason}");
                }
                return None;
            }
        };
        Self::new(root, &text, source, ignore_case, true)
    }

    fn verdict(&self, path: &Path, is_folder: bool) -> Option<Verdict> {
        match self.globs.matched(path, is_folder) {
            Match::None => None,
            Match::Whitelist(_) => Some(Verdict::Kept),
            Match::Ignore(glob) => {
                // Of equal rules the last one decides.
                let rule = self.rules.iter().rev().find(|(line, _, _)| line == glob.original());
                let (written, line) = rule.map_or((glob.original(), None), |(_, written, at)| (written, Some(*at)));
                Some(Verdict::Ignored(SkipReason::Ignored {
                    rule: written.to_owned(),
                    source: self.source.clone(),
                    line: line.filter(|_| self.is_file),
                }))
            }
        }
    }
}

/// Matchers from the nearest folder upwards.
#[derive(Debug, Clone, Default)]
struct Chain(Option<Arc<Link>>);

#[derive(Debug)]
struct Link {
    matcher: Matcher,
    above: Chain,
}

impl Chain {
    fn push(&mut self, matcher: Option<Matcher>) {
        if let Some(matcher) = matcher {
            self.0 = Some(Arc::new(Link { matcher, above: self.clone() }));
        }
    }

    fn verdict(&self, path: &Path, is_folder: bool) -> Option<Verdict> {
        let mut next = &self.0;
        while let Some(link) = next {
            if let Some(verdict) = link.matcher.verdict(path, is_folder) {
                return Some(verdict);
            }
            next = &link.above.0;
        }
        None
    }
}

/// What all folders of a walk share.
#[derive(Debug)]
pub(super) struct Rules {
    root: PathBuf,
    exclude: Option<Matcher>,
    include: Option<Matcher>,
    /// The folders that `index.include` names outright, as parts of their paths: these are entered even where an ignore
    /// rule leaves out a folder around them.
    named: Vec<Vec<String>>,
    global: Option<PathBuf>,
}

/// Which of the files that matter to the rules a folder has.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each stands for one file that is there or not")]
pub(super) struct Present {
    pub(super) own: bool,
    pub(super) plain: bool,
    pub(super) git: bool,
    pub(super) repository: bool,
}

const OWN: &str = ".codecompassignore";
const PLAIN: &str = ".ignore";
const GIT: &str = ".gitignore";
const REPOSITORY: &str = ".git";

/// Whether a file or folder of that name brings rules with it, or ends those around it.
pub(super) fn is_rule_file(name: &str) -> bool {
    [OWN, PLAIN, GIT, REPOSITORY].contains(&name)
}

impl Present {
    /// Takes note of one entry of the folder.
    pub(super) fn see(&mut self, name: &std::ffi::OsStr, is_file: bool) {
        let Some(name) = name.to_str().filter(|name| name.starts_with('.')) else { return };
        match name {
            OWN => self.own = is_file,
            PLAIN => self.plain = is_file,
            GIT => self.git = is_file,
            REPOSITORY => self.repository = true,
            _ => {}
        }
    }

    /// Looks at the disk.
    pub(super) fn probe(folder: &Path) -> Self {
        let is_file = |name| fs::symlink_metadata(folder.join(name)).is_ok_and(|found| found.is_file());
        Self {
            own: is_file(OWN),
            plain: is_file(PLAIN),
            git: is_file(GIT),
            repository: fs::symlink_metadata(folder.join(REPOSITORY)).is_ok(),
        }
    }
}

/// The rules that hold inside one folder.
#[derive(Debug, Clone, Default)]
pub(super) struct Folder {
    own: Chain,
    plain: Chain,
    git: Chain,
    ignore_case: bool,
    /// The verdict over a folder around, where the walk goes on only to look for what `index.include` names.
    outer: Option<SkipReason>,
}

impl Rules {
    /// `root` is absolute and has no symbolic links; `global` is git's global ignore file.
    pub(super) fn new(root: &Path, settings: &IndexSettings, global: Option<PathBuf>) -> Self {
        let matcher = |globs: &[String], source: &str| {
            Matcher::new(root, globs.join("\n").as_bytes(), source.to_owned(), false, false)
        };
        Self {
            root: root.to_owned(),
            exclude: matcher(&settings.exclude, "setting index.exclude"),
            include: matcher(&settings.include, "setting index.include"),
            named: settings.include.iter().filter_map(|glob| named_folder(glob)).collect(),
            global,
        }
    }

    /// The rules at the root of the workspace, those of the repository around it included.
    ///
    /// Outside a repository nothing above the root counts: a forgotten ignore file in somebody's home folder would
    /// otherwise decide about every project below it.
    pub(super) fn at_root(&self) -> Folder {
        let around: Vec<&Path> = self.root.ancestors().collect();
        let top = around.iter().position(|folder| Present::probe(folder).repository);
        let mut rules = Folder::default();
        let Some(top) = top else {
            rules.git.push(self.global_matcher(&self.root, self.global.as_deref(), false));
            return rules;
        };
        for folder in around[1..=top].iter().rev() {
            rules = self.enter(&rules, folder, Present::probe(folder));
        }
        rules
    }

    /// The rules inside `folder`, given those around it.
    pub(super) fn enter(&self, around: &Folder, folder: &Path, present: Present) -> Folder {
        let mut rules = around.clone();
        if present.repository {
            self.enter_repository(&mut rules, folder);
        }
        let case = rules.ignore_case;
        let load = |name: &str| Matcher::from_file(folder, &folder.join(name), self.display(&folder.join(name)), case);
        if present.own {
            rules.own.push(load(OWN));
        }
        if present.plain {
            rules.plain.push(load(PLAIN));
        }
        if present.git {
            rules.git.push(load(GIT));
        }
        rules
    }

    /// Goes on below an ignored folder, to look for what `index.include` names.
    pub(super) fn below_ignored(rules: &Folder, reason: &SkipReason) -> Folder {
        Folder { outer: Some(reason.clone()), ..rules.clone() }
    }

    /// What the rules inside its folder say of `path`.
    pub(super) fn verdict(&self, folder: &Folder, path: &Path, is_folder: bool) -> Verdict {
        let ask = |matcher: &Option<Matcher>| matcher.as_ref().and_then(|matcher| matcher.verdict(path, is_folder));
        if let Some(excluded @ Verdict::Ignored(_)) = ask(&self.exclude) {
            return excluded;
        }
        // In this setting a match means the opposite.
        if let Some(Verdict::Ignored(_)) = ask(&self.include) {
            return Verdict::Included;
        }
        if let Some(reason) = &folder.outer {
            return Verdict::Ignored(reason.clone());
        }
        folder
            .own
            .verdict(path, is_folder)
            .or_else(|| folder.plain.verdict(path, is_folder))
            .or_else(|| folder.git.verdict(path, is_folder))
            .unwrap_or(Verdict::Kept)
    }

    /// Whether `index.include` names something in this folder (or around it), so that the walk must look inside.
    pub(super) fn may_hold_included(&self, folder: &Path) -> bool {
        if self.named.is_empty() {
            return false;
        }
        let key = key_of(folder.strip_prefix(&self.root).unwrap_or(folder));
        let parts: Vec<&str> = key.split('/').collect();
        self.named.iter().any(|named| named.iter().zip(&parts).all(|(named, part)| named == part))
    }

    /// A repository begins here: the git rules around it end, as they do for git.
    fn enter_repository(&self, rules: &mut Folder, folder: &Path) {
        let git = git_folder(&folder.join(REPOSITORY));
        let config = git.as_deref().map(Config::read).unwrap_or_default();
        rules.ignore_case = config.ignore_case;
        rules.git = Chain::default();
        let global = config.excludes_file.as_deref().or(self.global.as_deref());
        rules.git.push(self.global_matcher(folder, global, config.ignore_case));
        if let Some(git) = git {
            let exclude = git.join("info/exclude");
            rules.git.push(Matcher::from_file(folder, &exclude, self.display(&exclude), config.ignore_case));
        }
    }

    fn global_matcher(&self, root: &Path, file: Option<&Path>, ignore_case: bool) -> Option<Matcher> {
        let file = file?;
        // Here, unlike in the workspace, a link is followed: people keep this file among their dotfiles.
        let real = fs::canonicalize(file).ok()?;
        Matcher::from_file(root, &real, self.display(file), ignore_case)
    }

    /// How `why` names a file of rules: relative to the workspace where it is inside.
    fn display(&self, file: &Path) -> String {
        file.strip_prefix(&self.root).map_or_else(|_| file.display().to_string(), key_of)
    }
}

/// The folders at the start of an `index.include` glob that are written out, when the glob is tied to the root.
fn named_folder(glob: &str) -> Option<Vec<String>> {
    let glob = glob.trim();
    let tied = glob.trim_end_matches('/').contains('/');
    let parts: Vec<String> = glob
        .split('/')
        .filter(|part| !part.is_empty())
        .take_while(|part| !part.contains(['*', '?', '[', '\\']))
        .map(str::to_owned)
        .collect();
    (tied && !parts.is_empty() && !glob.starts_with('!')).then_some(parts)
}

/// The folder with git's data, common to all worktrees, of a repository whose `.git` is a folder or a file that names it.
fn git_folder(git: &Path) -> Option<PathBuf> {
    if fs::metadata(git).ok()?.is_dir() {
        return Some(git.to_owned());
    }
    let folder = follow(git, "gitdir: ")?;
    Some(follow(&folder.join("commondir"), "").unwrap_or(folder))
}

/// The folder that is named in a file, after `before`, relative to where the file stands.
fn follow(file: &Path, before: &str) -> Option<PathBuf> {
    let text = String::from_utf8(read_file(file, 64 << 10).ok()?).ok()?;
    let named = text.strip_prefix(before)?.trim_end_matches(['\n', '\r']);
    fs::canonicalize(file.parent()?.join(named)).ok()
}

/// The two keys of a repository's own configuration that ignoring depends on.
#[derive(Debug, Default, PartialEq, Eq)]
struct Config {
    excludes_file: Option<PathBuf>,
    ignore_case: bool,
}

impl Config {
    fn read(git: &Path) -> Self {
        read_file(&git.join("config"), 1 << 20)
            .map(|text| Self::parse(&String::from_utf8_lossy(&text)))
            .unwrap_or_default()
    }

    fn parse(text: &str) -> Self {
        let mut config = Self::default();
        let mut in_core = false;
        for line in text.lines().map(str::trim) {
            if let Some(section) = line.strip_prefix('[') {
                in_core = section.trim_end_matches(']').trim().eq_ignore_ascii_case("core");
                continue;
            }
            let (key, value) = line.split_once('=').map_or((line, "true"), |(key, value)| (key.trim(), value.trim()));
            if !in_core {
                continue;
            }
            if key.eq_ignore_ascii_case("ignorecase") {
                config.ignore_case = ["true", "yes", "on", "1"].iter().any(|yes| value.eq_ignore_ascii_case(yes));
            } else if key.eq_ignore_ascii_case("excludesfile") {
                let value = value.trim_matches('"');
                config.excludes_file = Some(match (value.strip_prefix("~/"), std::env::home_dir()) {
                    (Some(rest), Some(home)) => home.join(rest),
                    _ => value.into(),
                });
            }
        }
        config
    }
}
