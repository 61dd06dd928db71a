//! Git's facts beside those of the real git, in real repositories.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    cell::Cell,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use super::*;

/// A repository whose commits are a minute apart, the first one at this time.
const BEGIN: i64 = 1_700_000_000;

struct Repo {
    folder: TempDir,
    commits: Cell<i64>,
}

impl Repo {
    fn new() -> Self {
        let repo = Self::plain();
        repo.git(&["init", "-q", "-b", "main"]);
        repo
    }

    fn plain() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), commits: Cell::new(0) }
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn try_git(&self, arguments: &[&str]) -> Option<String> {
        let time = format!("{} +0000", BEGIN + 60 * self.commits.get());
        let output = Command::new("git")
            .current_dir(self.root())
            .args(["-c", "protocol.file.allow=always", "-c", "core.autocrlf=false"])
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .envs([("GIT_AUTHOR_NAME", "Ann"), ("GIT_AUTHOR_EMAIL", "ann@example.org")])
            .envs([("GIT_COMMITTER_NAME", "Bob"), ("GIT_COMMITTER_EMAIL", "bob@example.org")])
            .envs([("GIT_AUTHOR_DATE", &time), ("GIT_COMMITTER_DATE", &time)])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    #[track_caller]
    fn git(&self, arguments: &[&str]) -> String {
        self.try_git(arguments).unwrap_or_else(|| panic!("git {arguments:?} failed"))
    }

    fn put(&self, path: &str, content: &str) {
        let target = self.root().join(path);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(target, content).unwrap();
    }

    /// A commit of everything, with its message.
    fn commit(&self, message: &str) {
        self.commits.set(self.commits.get() + 1);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
    }

    fn open(&self) -> Git {
        Git::open(self.root()).unwrap()
    }
}

fn go() -> bool {
    false
}

fn numbered(word: &str, lines: u32) -> String {
    let lines: Vec<String> = (0..lines).map(|at| format!("{word} {at}")).collect();
    lines.join("\n") + "\n"
}

fn summary(change: Option<Change>) -> Option<String> {
    change.map(|change| change.summary)
}

#[test]
fn the_newest_commit_among_the_lines() {
    let repo = Repo::new();
    repo.put("a.rs", "one\ntwo\nthree\n");
    repo.commit("begin");
    repo.put("a.rs", "zero\none\ntwo\nthree\n");
    repo.commit("put one before\n\nand say why");
    repo.put("a.rs", "zero\none\nTWO\nthree\n");
    repo.commit("shout");
    let git = repo.open();
    let asked = |lines| summary(git.last_change("a.rs", lines, &go));
    assert_eq!(asked(0..4).unwrap(), "shout");
    assert_eq!(asked(0..2).unwrap(), "put one before");
    assert_eq!(asked(1..2).unwrap(), "begin");
    assert_eq!(asked(3..9).unwrap(), "begin");
    assert_eq!(asked(4..9), None);
    assert_eq!(summary(git.last_change("none.rs", 0..1, &go)), None);
    let change = git.last_change("a.rs", 0..4, &go).unwrap();
    assert_eq!((change.author.as_str(), change.time_s, change.lines), ("Ann", BEGIN + 180, 1));
    assert!(repo.git(&["rev-parse", "HEAD"]).starts_with(&change.commit));
    assert_eq!(change.commit.len(), 8);
}

#[test]
fn lines_of_a_text_that_is_not_committed() {
    let repo = Repo::new();
    repo.put("a.rs", "one\r\ntwo\r\nthree\r\n");
    repo.commit("begin");
    repo.put("a.rs", "one\r\ntwo\r\nTHREE\r\n");
    repo.commit("shout");
    let git = repo.open();
    let asked = |text: &str, lines| summary(git.last_change_in("a.rs", text, lines, &go));
    let text = "new\none\ntwo\nTHREE\n";
    assert_eq!(asked(text, 0..1), None, "not committed");
    assert_eq!(asked(text, 0..3).unwrap(), "begin", "line ends do not count");
    assert_eq!(asked(text, 0..4).unwrap(), "shout");
}

#[test]
fn lines_are_followed_through_renames() {
    let repo = Repo::new();
    let body = numbered("line", 20);
    repo.put("old/a.rs", &body);
    repo.put("old/b.rs", "something else\n");
    repo.commit("begin");
    fs::create_dir(repo.root().join("new")).unwrap();
    fs::rename(repo.root().join("old/a.rs"), repo.root().join("new/c.rs")).unwrap();
    fs::remove_file(repo.root().join("old/b.rs")).unwrap();
    repo.commit("move");
    repo.put("newer/d.rs", &body.replace("line 7\n", "line seven\n"));
    fs::remove_dir_all(repo.root().join("new")).unwrap();
    repo.commit("move and change");
    let git = repo.open();
    assert_eq!(summary(git.last_change("newer/d.rs", 0..5, &go)).unwrap(), "begin");
    assert_eq!(summary(git.last_change("newer/d.rs", 7..8, &go)).unwrap(), "move and change");
}

/// The newest commit among lines, as git's own blame says.
fn blamed(repo: &Repo, path: &str, lines: Range<u32>) -> String {
    let range = format!("{},{}", lines.start + 1, lines.end);
    let told = repo.git(&["blame", "--porcelain", "-L", &range, "--", path]);
    let mut newest = (i64::MIN, String::new());
    let mut commit = "";
    for line in told.lines() {
        let first = line.split(' ').next().unwrap_or_default();
        if first.len() == 40 && first.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            commit = first;
        }
        if let Some(time) = line.strip_prefix("committer-time ") {
            newest = newest.max((time.parse().unwrap(), commit.to_owned()));
        }
    }
    newest.1[..8].to_owned()
}

#[test]
fn random_histories_as_git_blames_them() {
    let mut random = 2_026_u64;
    let mut pick = |of: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % of
    };
    for round in 0..4 {
        let repo = Repo::new();
        let mut path = "src/a.rs".to_owned();
        repo.put(&path, &numbered("first", 12));
        repo.commit("begin");
        for at in 0..14 {
            let file = repo.root().join(&path);
            let mut lines: Vec<String> = fs::read_to_string(&file).unwrap().lines().map(str::to_owned).collect();
            let spot = pick(lines.len());
            match pick(6) {
                0 if lines.len() > 6 => drop(lines.remove(spot)),
                1 => lines.insert(spot, format!("new {round} {at}")),
                2 => lines.swap(spot, 0),
                3 => {
                    let name = format!("src/{at}.rs");
                    fs::rename(&file, repo.root().join(&name)).unwrap();
                    path = name;
                }
                _ => lines[spot] = format!("changed {round} {at}"),
            }
            repo.put(&path, &(lines.join("\n") + "\n"));
            repo.commit(&format!("step {at}"));
            if at % 5 == 4 {
                // Two branches that change different ends of the file, merged.
                repo.git(&["checkout", "-q", "-b", &format!("side{at}")]);
                repo.put(&path, &(lines.join("\n") + &format!("\nside {at}\n")));
                repo.commit("side");
                repo.git(&["checkout", "-q", "main"]);
                repo.put(&path, &(format!("main {at}\n") + &lines.join("\n") + "\n"));
                repo.commit("main");
                repo.commits.set(repo.commits.get() + 1);
                if repo.try_git(&["merge", "-q", "--no-edit", &format!("side{at}")]).is_none() {
                    repo.git(&["merge", "--abort"]);
                }
            }
        }
        let git = repo.open();
        let count = fs::read_to_string(repo.root().join(&path)).unwrap().lines().count() as u32;
        for start in 0..count {
            for end in [start + 1, (start + 3).min(count), count] {
                let ours = git.last_change(&path, start..end, &go).unwrap();
                assert_eq!(ours.commit, blamed(&repo, &path, start..end), "{round}: {path} {start}..{end}: {ours:?}");
            }
        }
    }
}

#[test]
fn answers_are_remembered_and_stopping_is_not() {
    let repo = Repo::new();
    repo.put("a.rs", "one\n");
    repo.commit("begin");
    let git = repo.open();
    assert_eq!(git.last_change("a.rs", 0..1, &|| true), None);
    assert_eq!(summary(git.last_change("a.rs", 0..1, &go)).unwrap(), "begin");
    assert_eq!(summary(git.last_change("a.rs", 0..1, &|| true)).unwrap(), "begin");
    repo.put("a.rs", "two\n");
    repo.commit("change");
    assert_eq!(summary(git.last_change("a.rs", 0..1, &go)).unwrap(), "change", "a new commit is seen");
}

#[test]
fn files_that_changed_lately_come_first() {
    let repo = Repo::new();
    for path in ["a.rs", "b.rs", "sub/c.rs", "sub/deep/d.rs", "odd\\name.rs"] {
        repo.put(path, path);
    }
    repo.commit("begin");
    repo.put("sub/c.rs", "new");
    repo.commit("change c");
    repo.put("a.rs", "new");
    fs::remove_file(repo.root().join("b.rs")).unwrap();
    repo.commit("change a");
    let git = repo.open();
    let all = git.recently_changed(9, &go);
    assert_eq!(all[..2], ["a.rs", "sub/c.rs"]);
    assert_eq!(all.len(), 5);
    assert!(all.contains(&r"odd\\name.rs".to_owned()), "{all:?}");
    assert_eq!(git.recently_changed(1, &go), ["a.rs"]);
    assert_eq!(git.recently_changed(9, &|| true), Vec::<String>::new());
    let part = Git::open(&repo.root().join("sub")).unwrap();
    assert_eq!(part.recently_changed(9, &go), ["c.rs", "deep/d.rs"]);
    assert_eq!(summary(part.last_change("c.rs", 0..1, &go)).unwrap(), "change c");
}

#[test]
fn heads_of_all_kinds() {
    let repo = Repo::new();
    let git = repo.open();
    assert_eq!(git.head(), Head { branch: Some("main".into()), commit: None }, "no commit yet");
    repo.put("a.rs", "one\n");
    assert_eq!(git.last_change("a.rs", 0..1, &go), None);
    assert_eq!(git.recently_changed(9, &go), Vec::<String>::new());
    repo.commit("begin");
    let commit = Some(repo.git(&["rev-parse", "HEAD"]).trim().to_owned());
    assert_eq!(git.head(), Head { branch: Some("main".into()), commit: commit.clone() });
    repo.git(&["checkout", "-q", "-b", "fix/one"]);
    assert_eq!(git.head().branch.unwrap(), "fix/one");
    repo.git(&["checkout", "-q", "--detach"]);
    assert_eq!(git.head(), Head { branch: None, commit });
    assert_eq!(summary(git.last_change("a.rs", 0..1, &go)).unwrap(), "begin");
}

#[test]
fn a_worktree_has_folders_of_its_own() {
    let repo = Repo::new();
    repo.put("a.rs", "one\n");
    repo.commit("begin");
    let other = tempfile::tempdir().unwrap();
    let tree = other.path().join("tree");
    repo.git(&["worktree", "add", "-q", "-b", "other", tree.to_str().unwrap()]);
    let git = Git::open(&tree).unwrap();
    let main = fs::canonicalize(repo.root()).unwrap().join(".git");
    assert_eq!(git.head().branch.unwrap(), "other");
    assert_eq!((git.git_dir(), git.common_dir()), (main.join("worktrees/tree").as_path(), main.as_path()));
    assert_eq!(summary(git.last_change("a.rs", 0..1, &go)).unwrap(), "begin");
    let own = repo.open();
    assert_eq!((own.git_dir(), own.common_dir()), (main.as_path(), main.as_path()));
}

#[test]
fn a_shallow_clone_ends_where_it_ends() {
    let repo = Repo::new();
    repo.put("a.rs", "one\n");
    repo.commit("begin");
    repo.put("a.rs", "one\ntwo\n");
    repo.commit("more");
    repo.put("a.rs", "one\ntwo\nthree\n");
    repo.commit("most");
    let clone = Repo::plain();
    let from = format!("file://{}", repo.root().display());
    clone.git(&["clone", "-q", "--depth", "2", &from, "."]);
    let git = clone.open();
    assert_eq!(summary(git.last_change("a.rs", 2..3, &go)).unwrap(), "most");
    assert_eq!(summary(git.last_change("a.rs", 0..1, &go)).unwrap(), "more");
    assert_eq!(git.recently_changed(9, &go), ["a.rs"]);
}

#[test]
fn what_is_no_repository_has_no_facts() {
    let plain = Repo::plain();
    assert!(Git::open(plain.root()).is_none());
    assert!(Git::open(&plain.root().join("none")).is_none());
    plain.put(".git", "gitdir: /nowhere/at/all\n");
    assert!(Git::open(plain.root()).is_none());
    let broken = Repo::new();
    broken.put("a.rs", "one\n");
    broken.commit("begin");
    let git = broken.open();
    // Objects that are gone, and then a HEAD that makes no sense.
    fs::remove_dir_all(broken.root().join(".git/objects")).unwrap();
    assert_eq!(git.last_change("a.rs", 0..1, &go), None);
    assert_eq!(git.recently_changed(9, &go), Vec::<String>::new());
    broken.put(".git/HEAD", "\u{0}nonsense");
    assert_eq!(git.head(), Head::default());
    assert!(Git::open(broken.root()).is_none());
    let bare = Repo::plain();
    bare.git(&["init", "-q", "--bare"]);
    assert!(Git::open(bare.root()).is_none());
}

#[test]
fn all_commits_that_wrote_some_lines() {
    let repo = Repo::new();
    repo.put("a.rs", "one\ntwo\nthree\n");
    repo.commit("begin");
    repo.put("a.rs", "zero\none\ntwo\nthree\n");
    repo.commit("put one before\n\nand say why");
    repo.put("a.rs", "zero\none\nTWO\nthree\n");
    repo.commit("shout");
    let git = repo.open();
    let asked = |text: &str, lines, limit| {
        let commits = git.commits_of("a.rs", text, lines, limit, &go);
        commits
            .into_iter()
            .map(|commit| format!("{} {}", commit.change.summary, commit.change.lines))
            .collect::<Vec<_>>()
    };
    let text = "zero\none\nTWO\nthree\n";
    assert_eq!(asked(text, 0..4, 9), ["shout 1", "put one before 1", "begin 2"]);
    assert_eq!(asked(text, 0..4, 2), ["shout 1", "put one before 1"]);
    assert_eq!(asked("new\nzero\none\n", 0..2, 9), ["put one before 1"], "lines in no commit do not count");
    assert_eq!(git.commits_of("a.rs", text, 0..1, 1, &go)[0].message.trim(), "and say why");
    assert!(git.commits_of("none.rs", text, 0..4, 9, &go).is_empty());
    assert!(git.commits_of("a.rs", text, 0..4, 9, &|| true).is_empty());
}

#[test]
fn what_is_not_committed_yet() {
    let repo = Repo::new();
    repo.put("a.rs", &numbered("line", 20));
    repo.put("same.rs", "same\n");
    repo.commit("begin");
    let git = repo.open();
    let now = |key: &str| {
        let text = match key {
            "a.rs" => numbered("line", 20).replace("line 3\n", "changed\n").replace("line 18\n", ""),
            "same.rs" => "same\n".to_owned(),
            "new.rs" => "fn new() {}\n".to_owned(),
            _ => return None,
        };
        Some(std::sync::Arc::from(text))
    };
    let (diff, complete) = git.diff(["a.rs", "same.rs", "new.rs", "gone.rs"].into_iter(), &now, &go);
    assert!(complete);
    let first = "--- a.rs\n+++ a.rs\n@@ -1,7 +1,7 @@\n line 0\n line 1\n line 2\n-line 3\n+changed\n line 4\n line 5\n line 6\n";
    let second = "@@ -16,5 +16,4 @@\n line 15\n line 16\n line 17\n-line 18\n line 19\n";
    let new = "--- /dev/null\n+++ new.rs\n@@ -0,0 +1,1 @@\n+fn new() {}\n";
    assert_eq!(diff, format!("{first}{second}{new}"));
    assert!(!git.diff(["a.rs"].into_iter(), &now, &|| true).1, "what was not compared is said");
}
