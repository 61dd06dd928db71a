//! The watcher over real folders. What is awaited is awaited on a channel, with a deadline; that nothing comes is shown
//! by something that comes after it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::BTreeSet,
    fs,
    path::PathBuf,
    process::Command,
    sync::atomic::AtomicUsize,
    time::{Duration, Instant},
};

use crossbeam_channel::Receiver;
use tempfile::TempDir;

use super::{
    gather::{Heard, What},
    *,
};
use crate::workspace::walk::walk;

const DEADLINE: Duration = Duration::from_secs(20);

/// How the files begin that mark a moment.
const NOW: &str = "zz-now-";

/// A watched folder.
struct Live {
    folder: TempDir,
    watcher: Option<Watcher>,
    started: Started,
    seen: Receiver<Seen>,
    times: AtomicUsize,
}

impl Live {
    /// With these files, and watched the way that macOS and Windows do it if `recursive`.
    fn new(files: &[&str], recursive: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            put(folder.path(), file);
        }
        Self::over(folder, recursive, Box::new(native::open))
    }

    fn over(folder: TempDir, recursive: bool, open: Open<'_>) -> Self {
        let (send, seen) = crossbeam_channel::unbounded();
        let on_seen = move |what| drop(send.send(what));
        let folders = folders(folder.path());
        let git = folder.path().join(".git");
        let target = Target {
            folders: &folders,
            git_dir: Some(git.as_path()).filter(|git| git.is_dir()),
            settings: &IndexSettings::default(),
        };
        let (watcher, started) = Watcher::start_with(folder.path(), target, recursive, open, on_seen);
        Self { folder, watcher: Some(watcher), started, seen, times: AtomicUsize::new(0) }
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn put(&self, path: &str) {
        put(self.root(), path);
    }

    fn follow(&mut self) -> Started {
        let folders = folders(self.folder.path());
        let target = Target { folders: &folders, git_dir: None, settings: &IndexSettings::default() };
        self.watcher.as_mut().unwrap().follow(target)
    }

    /// All messages up to the one that satisfies.
    #[track_caller]
    fn until(&self, mut enough: impl FnMut(&Seen) -> bool) -> Vec<Seen> {
        let end = Instant::now() + DEADLINE;
        let mut all = Vec::new();
        loop {
            let Ok(seen) = self.seen.recv_deadline(end) else { panic!("what was awaited did not come: {all:?}") };
            let done = enough(&seen);
            all.push(seen);
            if done {
                return all;
            }
        }
    }

    /// The keys that are named until all of `keys` were (themselves or a folder around them).
    #[track_caller]
    fn named(&self, keys: &[&str]) -> BTreeSet<String> {
        let mut missing: BTreeSet<&str> = keys.iter().copied().collect();
        let mut named = BTreeSet::new();
        self.until(|seen| {
            match seen {
                Seen::Look(keys) => named.extend(keys.iter().filter(|key| !key.starts_with(NOW)).cloned()),
                other => panic!("{other:?} was not awaited; missing {missing:?}"),
            }
            missing.retain(|key| !covers(&named, key));
            missing.is_empty()
        });
        named
    }

    /// Everything that was told before now.
    #[track_caller]
    fn before_now(&self) -> Vec<Seen> {
        let now = format!("{NOW}{}", self.times.fetch_add(1, Ordering::Relaxed));
        put(self.root(), &now);
        let mut all = self.until(|seen| matches!(seen, Seen::Look(keys) if keys.contains(&now)));
        for seen in &mut all {
            if let Seen::Look(keys) = seen {
                keys.retain(|key| !key.starts_with(NOW));
            }
        }
        all.retain(|seen| *seen != Seen::Look(Vec::new()));
        all
    }
}

fn covers(named: &BTreeSet<String>, key: &str) -> bool {
    named.contains(key) || key.match_indices('/').any(|(at, _)| named.contains(&key[..at]))
}

fn put(root: &Path, path: &str) {
    let target = root.join(path);
    fs::create_dir_all(target.parent().unwrap()).unwrap();
    fs::write(target, path).unwrap();
}

fn folders(root: &Path) -> Vec<String> {
    walk(root, &IndexSettings::default(), &|| false).unwrap().folders
}

fn set(keys: &[&str]) -> BTreeSet<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

fn git(root: &Path, arguments: &[&str]) {
    let output = Command::new("git")
        .current_dir(root)
        .args(["-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Both ways to watch.
fn both(test: impl Fn(bool)) {
    test(false);
    test(true);
}

#[test]
fn a_write_is_told() {
    both(|recursive| {
        let live = Live::new(&["src/a.rs"], recursive);
        assert_eq!(live.started, Started { mode: Mode::Native, folders: 2, reason: None });
        live.put("src/a.rs");
        assert_eq!(live.named(&["src/a.rs"]), set(&["src/a.rs"]));
        fs::remove_file(live.root().join("src/a.rs")).unwrap();
        assert_eq!(live.named(&["src/a.rs"]), set(&["src/a.rs"]));
    });
}

#[test]
fn a_save_by_rename_tells_both_names() {
    both(|recursive| {
        let live = Live::new(&["src/a.rs"], recursive);
        live.put("src/a.rs.tmp");
        fs::rename(live.root().join("src/a.rs.tmp"), live.root().join("src/a.rs")).unwrap();
        assert_eq!(live.named(&["src/a.rs"]), set(&["src/a.rs", "src/a.rs.tmp"]));
    });
}

#[test]
fn new_folders_are_told_and_watched() {
    both(|recursive| {
        let live = Live::new(&["src/a.rs"], recursive);
        live.put("src/x/y/z/b.rs");
        live.named(&["src/x/y/z/b.rs"]);
        live.before_now();
        live.put("src/x/y/z/c.rs");
        assert_eq!(live.named(&["src/x/y/z/c.rs"]), set(&["src/x/y/z/c.rs"]));
        assert_eq!(live.watcher.as_ref().unwrap().state().folders, 5);
    });
}

#[test]
fn a_renamed_folder_is_followed() {
    both(|recursive| {
        let live = Live::new(&["old/deep/a.rs"], recursive);
        fs::rename(live.root().join("old"), live.root().join("new")).unwrap();
        assert_eq!(live.named(&["old", "new"]), set(&["old", "new"]));
        live.before_now();
        live.put("new/deep/a.rs");
        assert_eq!(live.named(&["new/deep/a.rs"]), set(&["new/deep/a.rs"]));
        assert_eq!(live.watcher.as_ref().unwrap().state().folders, 3);
    });
}

#[test]
fn a_removed_folder_is_let_go_and_may_come_back() {
    both(|recursive| {
        let live = Live::new(&["src/deep/a.rs"], recursive);
        fs::remove_dir_all(live.root().join("src")).unwrap();
        live.named(&["src"]);
        live.before_now();
        assert_eq!(live.watcher.as_ref().unwrap().state().folders, 1);
        live.put("src/deep/b.rs");
        live.named(&["src/deep/b.rs"]);
        live.before_now();
        live.put("src/deep/c.rs");
        live.named(&["src/deep/c.rs"]);
    });
}

#[test]
fn many_changes_at_once_are_few_messages() {
    both(|recursive| {
        let live = Live::new(&["src/a.rs"], recursive);
        let keys: Vec<String> = (0..1_000).map(|at| format!("src/{at}.rs")).collect();
        for key in &keys {
            fs::write(live.root().join(key), "x").unwrap();
        }
        let mut missing: BTreeSet<&String> = keys.iter().collect();
        let messages = live.until(|seen| {
            let Seen::Look(keys) = seen else { panic!("{seen:?}") };
            missing.retain(|key| !keys.contains(key));
            missing.is_empty()
        });
        assert!(messages.len() <= 40, "{} messages", messages.len());
    });
}

#[test]
fn what_is_left_out_is_silent() {
    both(|recursive| {
        let live = Live::new(&["src/a.rs", "target/debug/x", "sub/target/y"], recursive);
        fs::write(live.root().join(".gitignore"), "target/\n").unwrap();
        let live = Live::over(live.folder, recursive, Box::new(native::open));
        assert_eq!(live.started.folders, 3);
        live.before_now();
        for at in 0..200 {
            live.put(&format!("target/debug/{at}/out"));
            live.put(&format!("sub/target/{at}"));
        }
        assert_eq!(live.before_now(), []);
        // A left-out folder that appears is a single path, and silent from then on.
        fs::remove_dir_all(live.root().join("target")).unwrap();
        live.put("target/debug/deep/er");
        assert_eq!(live.named(&["target"]), set(&["target"]));
        live.before_now();
        live.put("target/debug/deep/est");
        live.put("target/other");
        assert_eq!(live.before_now(), []);
    });
}

#[test]
fn reading_is_silent() {
    let live = Live::new(&["src/a.rs"], false);
    for _ in 0..50 {
        fs::read(live.root().join("src/a.rs")).unwrap();
        walk(live.root(), &IndexSettings::default(), &|| false).unwrap();
    }
    assert_eq!(live.before_now(), []);
}

#[test]
fn rules_and_settings_lead_to_a_look_at_everything() {
    let live = Live::new(&["src/a.rs"], false);
    live.put("src/.gitignore");
    live.until(|seen| *seen == Seen::LookAtAll(RULES_CHANGED));
    live.put(".codecompass.toml");
    live.until(|seen| *seen == Seen::LookAtAll(SETTINGS_CHANGED));
    fs::create_dir(live.root().join(".git")).unwrap();
    live.until(|seen| *seen == Seen::LookAtAll(RULES_CHANGED));
}

#[test]
fn rules_decide_anew_what_is_watched() {
    let mut live = Live::new(&["src/a.rs", "out/deep/b.rs"], false);
    assert_eq!(live.started.folders, 4);
    fs::write(live.root().join(".gitignore"), "out/\n").unwrap();
    live.until(|seen| *seen == Seen::LookAtAll(RULES_CHANGED));
    assert_eq!(live.follow().folders, 2);
    live.put("out/deep/b.rs");
    assert_eq!(live.before_now(), []);
    fs::remove_file(live.root().join(".gitignore")).unwrap();
    live.until(|seen| *seen == Seen::LookAtAll(RULES_CHANGED));
    assert_eq!(live.follow().folders, 4);
    live.named(&["out", "out/deep"]);
    live.put("out/deep/b.rs");
    live.named(&["out/deep/b.rs"]);
}

#[test]
fn a_folder_that_appeared_after_the_walk_stays_watched() {
    let mut live = Live::new(&["src/a.rs"], false);
    let before = folders(live.root());
    live.put("new/b.rs");
    live.named(&["new"]);
    let target = Target { folders: &before, git_dir: None, settings: &IndexSettings::default() };
    live.watcher.as_mut().unwrap().follow(target);
    live.before_now();
    live.put("new/b.rs");
    live.named(&["new/b.rs"]);
}

#[test]
fn commits_and_checkouts_are_told() {
    both(|recursive| {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "a.rs");
        git(folder.path(), &["init", "-q", "-b", "main"]);
        git(folder.path(), &["add", "."]);
        git(folder.path(), &["commit", "-qm", "one"]);
        let live = Live::over(folder, recursive, Box::new(native::open));
        git(live.root(), &["commit", "-q", "--allow-empty", "-m", "two"]);
        assert_eq!(live.until(|seen| *seen == Seen::Git), [Seen::Git], "only git's own files changed");
        git(live.root(), &["checkout", "-q", "-b", "fix/one"]);
        live.put("b.rs");
        git(live.root(), &["add", "."]);
        git(live.root(), &["commit", "-qm", "three"]);
        live.before_now();
        git(live.root(), &["checkout", "-q", "main"]);
        let mut files = false;
        let mut head = false;
        live.until(|seen| {
            files |= matches!(seen, Seen::Look(keys) if keys.contains(&"b.rs".to_owned()));
            head |= *seen == Seen::Git;
            files && head
        });
        live.before_now();
        git(live.root(), &["update-ref", "refs/heads/fix/one", "main"]);
        live.until(|seen| *seen == Seen::Git);
    });
}

#[test]
fn rules_of_the_repository_itself_are_told() {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q"]);
    let live = Live::over(folder, false, Box::new(native::open));
    fs::create_dir_all(live.root().join(".git/info")).unwrap();
    fs::write(live.root().join(".git/info/exclude"), "x\n").unwrap();
    live.until(|seen| *seen == Seen::LookAtAll(RULES_CHANGED));
}

#[test]
fn dropping_ends_the_thread() {
    let mut live = Live::new(&["src/a.rs"], false);
    live.watcher = None;
    // The thread holds the other end.
    let end = Instant::now() + DEADLINE;
    assert_eq!(live.seen.recv_deadline(end), Err(crossbeam_channel::RecvTimeoutError::Disconnected));
}

/// A system that watches so many folders only, and says what it is told to say.
struct Few {
    left: usize,
    why: Refused,
    _hear: Say,
}

/// A way to make such a system say something.
type Say = Arc<Mutex<Option<Hear>>>;

impl Native for Few {
    fn watch(&mut self, _folder: &Path, _recursive: bool) -> Result<(), Refused> {
        let Some(left) = self.left.checked_sub(1) else { return Err(self.why.clone()) };
        self.left = left;
        Ok(())
    }

    fn unwatch(&mut self, _folder: &Path) {}
}

fn few(left: usize, why: Refused) -> (Open<'static>, Say) {
    let say = Say::default();
    let shared = Arc::clone(&say);
    let open = move |hear| -> Result<Box<dyn Native>, Refused> {
        *shared.lock().unwrap() = Some(hear);
        Ok(Box::new(Few { left, why, _hear: shared }))
    };
    (Box::new(open), say)
}

fn say(say: &Say, heard: Heard) {
    say.lock().unwrap().as_ref().unwrap()(heard);
}

#[test]
fn very_many_changes_are_one_look_at_everything() {
    let folder = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(folder.path()).unwrap();
    let (open, system) = few(9, Refused::Folders);
    let live = Live::over(folder, false, open);
    let end = Instant::now() + DEADLINE;
    // On a machine that stands still in between, it takes more than one attempt.
    while Instant::now() < end {
        (0..20_000).for_each(|at| say(&system, Heard::At(What::Changed, root.join(at.to_string()))));
        let all = live.until(|seen| matches!(seen, Seen::LookAtAll(_) | Seen::Look(_)));
        if all == [Seen::LookAtAll(gather::TOO_MANY)] {
            return;
        }
    }
    panic!("every file was named");
}

#[test]
fn events_that_were_lost_lead_to_a_look_at_everything() {
    let (open, system) = few(9, Refused::Folders);
    let live = Live::over(tempfile::tempdir().unwrap(), false, open);
    say(&system, Heard::Overflow);
    live.until(|seen| *seen == Seen::LookAtAll(gather::OVERFLOW));
}

#[test]
fn a_watcher_that_fails_is_told() {
    let (open, system) = few(9, Refused::Folders);
    let live = Live::over(tempfile::tempdir().unwrap(), false, open);
    say(&system, Heard::Failed(Refused::Other("the system's watcher failed: it is tired".into())));
    live.until(|seen| *seen == Seen::Lost("the system's watcher failed: it is tired".into()));
    assert_eq!(live.watcher.as_ref().unwrap().state().mode, Mode::Polling);
}

#[test]
fn a_workspace_that_is_gone_is_told() {
    let live = Live::new(&["work/a.rs"], false);
    let (send, seen) = crossbeam_channel::unbounded();
    let root = live.root().join("work");
    let target = Target { folders: &folders(&root), git_dir: None, settings: &IndexSettings::default() };
    let (_watcher, _) = Watcher::start(&root, target, Choice::Native, move |what| drop(send.send(what)));
    fs::remove_dir_all(&root).unwrap();
    let end = Instant::now() + DEADLINE;
    while let Ok(seen) = seen.recv_deadline(end) {
        if matches!(&seen, Seen::Lost(reason) if reason.contains("is gone")) {
            return;
        }
    }
    panic!("nobody told");
}

#[test]
fn a_limit_that_is_reached_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for path in ["a/x", "b/x", "c/x"] {
        put(folder.path(), path);
    }
    let live = Live::over(folder, false, few(2, Refused::Folders).0);
    assert_eq!((live.started.mode, live.started.folders), (Mode::Polling, 0));
    let reason = live.started.reason.clone().unwrap();
    assert!(reason.contains("fs.inotify.max_user_watches") && reason.contains("sudo sysctl"), "{reason}");
}

#[test]
fn a_limit_that_is_reached_later_is_told() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "a/x");
    let root = fs::canonicalize(folder.path()).unwrap();
    let (open, system) = few(2, Refused::Folders);
    let live = Live::over(folder, false, open);
    assert_eq!(live.started.mode, Mode::Native);
    fs::create_dir(root.join("b")).unwrap();
    say(&system, Heard::At(What::Appeared, root.join("b")));
    live.until(|seen| matches!(seen, Seen::Lost(reason) if reason.contains("max_user_watches")));
    assert_eq!(live.watcher.as_ref().unwrap().state().mode, Mode::Polling);
}

#[test]
fn folders_that_may_not_be_read_are_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "a/x");
    let live = Live::over(folder, false, few(1, Refused::Closed).0);
    assert_eq!((live.started.mode, live.started.folders), (Mode::Native, 1));
}

#[test]
fn polling_is_a_choice_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let target = Target { folders: &[String::new()], git_dir: None, settings: &IndexSettings::default() };
    let (watcher, started) = Watcher::start(folder.path(), target, Choice::Polling, |_| {});
    assert_eq!((started.mode, started.folders), (Mode::Polling, 0));
    assert_eq!(started.reason.unwrap(), "the setting index.watcher says so");
    drop(watcher);
    assert_eq!(poll_interval(Duration::from_millis(10)), Duration::from_secs(2));
    assert_eq!(poll_interval(Duration::from_secs(1)), Duration::from_secs(20));
}

#[test]
fn after_a_storm_every_folder_is_watched() {
    both(|recursive| {
        let live = Live::new(&["a/a/x", "b/b/x"], recursive);
        let mut random = 12_345_u64;
        let mut pick = |of: usize| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) as usize % of
        };
        let names = ["a", "b", "c"];
        for _ in 0..3_000 {
            let mut path = PathBuf::new();
            (0..=pick(3)).for_each(|_| path.push(names[pick(3)]));
            let path = live.root().join(path);
            match pick(5) {
                0 => drop(fs::remove_dir_all(path)),
                1 => drop(fs::rename(path, live.root().join(names[pick(3)]).join(names[pick(3)]))),
                2 => drop(fs::write(path.join("x"), "")),
                _ => drop(fs::create_dir_all(path)),
            }
        }
        let all = live.before_now();
        assert!(all.iter().all(|seen| matches!(seen, Seen::Look(_) | Seen::LookAtAll(_))), "{all:?}");
        let expected = folders(live.root());
        let files: Vec<String> =
            expected.iter().map(|key| if key.is_empty() { "last".to_owned() } else { format!("{key}/last") }).collect();
        for file in &files {
            live.put(file);
        }
        let mut missing: BTreeSet<&String> = files.iter().collect();
        live.until(|seen| {
            if let Seen::Look(keys) = seen {
                missing.retain(|file| !keys.contains(file));
            }
            missing.is_empty()
        });
        assert_eq!(live.watcher.as_ref().unwrap().state().folders, expected.len());
    });
}
