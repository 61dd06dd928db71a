//! The walk over real folders, and its verdicts beside those of the real git.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    os::unix::{ffi::OsStrExt, fs::symlink},
    process::{Command, Stdio},
};

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

/// A folder with these files: `path` and content; a path that ends with `/` is a folder.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in files {
        add(folder.path(), path, content.as_bytes());
    }
    folder
}

fn add(root: &Path, path: &str, content: &[u8]) {
    let target = root.join(path);
    if path.ends_with('/') {
        fs::create_dir_all(target).unwrap();
        return;
    }
    fs::create_dir_all(target.parent().unwrap()).unwrap();
    fs::write(target, content).unwrap();
}

fn walked(root: &Path, settings: &IndexSettings) -> Walk {
    let walk = walk_with(root, settings, None, &|| false).unwrap();
    // `why` must never tell another story than the walk, nor may one who asks about many paths in any order.
    let mut looker = Looker::with(root, settings, None).unwrap();
    for file in walk.files.iter().rev() {
        let verdict = Verdict::File(file.clone());
        assert_eq!(why_with(root, settings, None, &file.path).unwrap(), verdict);
        assert_eq!(looker.look(&file.path), verdict);
    }
    for (path, reason) in walk.skipped.iter().rev() {
        let verdict = Verdict::Skipped(reason.clone());
        assert_eq!(why_with(root, settings, None, path).unwrap(), verdict, "{path}");
        assert_eq!(looker.look(path), verdict, "{path}");
    }
    for folder in walk.folders.iter().rev() {
        assert_eq!(looker.look(folder), Verdict::Folder, "{folder}");
        assert_eq!(walk_below_with(root, settings, None, folder, &|| false).unwrap(), below(&walk, folder), "{folder}");
    }
    walk
}

fn why_with(root: &Path, settings: &IndexSettings, global: Option<PathBuf>, key: &str) -> Result<Verdict, WalkError> {
    Ok(Looker::with(root, settings, global)?.look(key))
}

/// The part of a walk that is at and below a folder.
fn below(walk: &Walk, folder: &str) -> Walk {
    let is_below = |key: &str| folder.is_empty() || key == folder || key.starts_with(&format!("{folder}/"));
    Walk {
        files: walk.files.iter().filter(|file| is_below(&file.path)).cloned().collect(),
        skipped: walk.skipped.iter().filter(|(key, _)| is_below(key)).cloned().collect(),
        folders: walk.folders.iter().filter(|key| is_below(key)).cloned().collect(),
    }
}

fn names(walk: &Walk) -> Vec<&str> {
    walk.files.iter().map(|file| file.path.as_str()).collect()
}

/// Walks a tree of these files: which are found, ignore files left out, and what is skipped why.
#[track_caller]
fn check(files: &[(&str, &str)], found: &[&str], skipped: &[(&str, &str)]) {
    check_with(files, &IndexSettings::default(), found, skipped);
}

#[track_caller]
fn check_with(files: &[(&str, &str)], settings: &IndexSettings, found: &[&str], skipped: &[(&str, &str)]) {
    let folder = tree(files);
    let walk = walked(folder.path(), settings);
    let mut seen = names(&walk);
    seen.retain(|path| !path.ends_with("ignore"));
    assert_eq!(seen, found);
    let reasons: Vec<(String, String)> = walk
        .skipped
        .iter()
        .filter(|(path, _)| path != ".git")
        .map(|(path, why)| (path.clone(), why.to_string()))
        .collect();
    let reasons: Vec<(&str, &str)> = reasons.iter().map(|(path, why)| (path.as_str(), why.as_str())).collect();
    assert_eq!(reasons, skipped);
}

fn git(folder: &Path, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("git")
        .current_dir(folder)
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("XDG_CONFIG_HOME", folder.join("no-such-folder"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    io::Write::write_all(&mut child.stdin.take().unwrap(), input).unwrap();
    child.wait_with_output().unwrap().stdout
}

#[test]
fn rules_name_their_file_and_line() {
    check(
        &[
            (".gitignore", "# build\n\ntarget/\n*.log\n"),
            ("target/debug/app", ""),
            ("target/x.rs", ""),
            ("a.log", ""),
            ("src/main.rs", ""),
            ("src/.gitignore", "local.*\n!keep.log\n"),
            ("src/local.rs", ""),
            ("src/keep.log", ""),
            ("src/drop.log", ""),
        ],
        &["src/keep.log", "src/main.rs"],
        &[
            ("a.log", "ignored by `*.log` (.gitignore:4)"),
            ("src/drop.log", "ignored by `*.log` (.gitignore:4)"),
            ("src/local.rs", "ignored by `local.*` (src/.gitignore:1)"),
            ("target", "ignored by `target/` (.gitignore:3)"),
        ],
    );
}

#[test]
fn own_rules_beat_all_others() {
    check(
        &[
            (".gitignore", "generated/\n*.sql\n"),
            (".ignore", "notes.md\n"),
            (".codecompassignore", "!generated/\n!notes.md\nfixtures/\n"),
            ("generated/api.rs", ""),
            ("notes.md", ""),
            ("fixtures/big.rs", ""),
            ("sub/.gitignore", "fixtures2/\n"),
            ("sub/.ignore", "!fixtures2/\n"),
            ("sub/fixtures2/x.rs", ""),
            ("dump.sql", ""),
        ],
        &["generated/api.rs", "notes.md", "sub/fixtures2/x.rs"],
        &[
            ("dump.sql", "ignored by `*.sql` (.gitignore:2)"),
            ("fixtures", "ignored by `fixtures/` (.codecompassignore:3)"),
        ],
    );
}

#[test]
fn settings_exclude_and_include() {
    let settings = IndexSettings {
        include: vec!["vendor/mine/**".into(), "*.gen.rs".into()],
        exclude: vec!["docs/".into(), "*.snap".into()],
        ..IndexSettings::default()
    };
    check_with(
        &[
            (".gitignore", "vendor/\n*.gen.rs\n"),
            ("vendor/mine/deep/a.rs", ""),
            ("vendor/other/b.rs", ""),
            ("vendor/c.rs", ""),
            ("x.gen.rs", ""),
            ("docs/a.md", ""),
            ("t.snap", ""),
        ],
        &settings,
        &["vendor/mine/deep/a.rs", "x.gen.rs"],
        &[
            ("docs", "ignored by `docs/` (setting index.exclude)"),
            ("t.snap", "ignored by `*.snap` (setting index.exclude)"),
            ("vendor/c.rs", "ignored by `vendor/` (.gitignore:1)"),
            ("vendor/other", "ignored by `vendor/` (.gitignore:1)"),
        ],
    );
}

#[test]
fn settings_never_include_secrets() {
    let settings = IndexSettings { include: vec![".env".into()], ..IndexSettings::default() };
    check_with(
        &[(".env", "KEY=1"), (".codecompassignore", "!.env\n"), (".env.example", "")],
        &settings,
        &[".env.example"],
        &[(".env", "may hold secrets: its name matches `.env`")],
    );
}

#[test]
fn exclude_file_of_the_repository() {
    check(
        &[(".git/info/exclude", "# note\nmine.txt\n"), (".git/HEAD", ""), ("mine.txt", ""), ("a.txt", "")],
        &["a.txt"],
        &[("mine.txt", "ignored by `mine.txt` (.git/info/exclude:2)")],
    );
}

#[test]
fn global_excludes_file_with_and_without_a_repository() {
    let home = tree(&[("ignore", "*.swp\n!keep.swp\n/top\n")]);
    for repository in [false, true] {
        let folder = tree(&[("a.swp", ""), ("keep.swp", ""), ("top", ""), ("sub/top", "")]);
        if repository {
            add(folder.path(), ".git/HEAD", b"");
        }
        let walk =
            walk_with(folder.path(), &IndexSettings::default(), Some(home.path().join("ignore")), &|| false).unwrap();
        assert_eq!(names(&walk), ["keep.swp", "sub/top"]);
        let reason = walk.skipped.iter().find(|(path, _)| path == "a.swp").unwrap().1.to_string();
        assert_eq!(reason, format!("ignored by `*.swp` ({}:1)", home.path().join("ignore").display()));
    }
}

/// The environment of a process cannot be changed safely while tests run in threads, so this test runs itself again.
#[test]
fn global_excludes_file_is_found_by_gits_configuration() {
    if let Some(folder) = std::env::var_os("CODECOMPASS_TEST_WALK") {
        let walk = walk(Path::new(&folder), &IndexSettings::default(), &|| false).unwrap();
        assert_eq!(names(&walk), ["a.rs"]);
        return;
    }
    let home = tree(&[("rules", "*.tmp\n"), ("xdg/git/ignore", "*.tmp\n"), ("empty/", "")]);
    add(home.path(), ".gitconfig", format!("[core]\n\texcludesFile = {}/rules\n", home.path().display()).as_bytes());
    let folder = tree(&[("a.rs", ""), ("b.tmp", "")]);
    let again = |home: &Path, xdg: &Path| {
        let name = "workspace::walk::tests::global_excludes_file_is_found_by_gits_configuration";
        let output = Command::new(std::env::current_exe().unwrap())
            .args([name, "--exact"])
            .env_remove("GIT_CONFIG_GLOBAL")
            .env("HOME", home)
            .env("XDG_CONFIG_HOME", xdg)
            .env("CODECOMPASS_TEST_WALK", folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    };
    again(home.path(), &home.path().join("empty"));
    again(&home.path().join("empty"), &home.path().join("xdg"));
}

#[test]
fn excludes_file_and_case_of_the_repository_itself() {
    let folder = tree(&[(".git/HEAD", ""), ("A.TMP", ""), ("b.tmp", ""), ("x.rs", ""), ("rules", "*.tmp\n")]);
    let config = format!("[core]\n\tignorecase = true\n\texcludesfile = {}/rules\n", folder.path().display());
    add(folder.path(), ".git/config", config.as_bytes());
    assert_eq!(names(&walked(folder.path(), &IndexSettings::default())), ["rules", "x.rs"]);
}

#[test]
fn rules_of_the_repository_around_the_workspace() {
    let folder = tree(&[
        (".git/HEAD", ""),
        (".gitignore", "*.log\n/app/tmp/\n"),
        (".codecompassignore", "old.rs\n"),
        ("app/a.log", ""),
        ("app/tmp/x", ""),
        ("app/main.rs", ""),
        ("app/old.rs", ""),
    ]);
    let walk = walked(&folder.path().join("app"), &IndexSettings::default());
    assert_eq!(names(&walk), ["main.rs"]);
    let source = folder.path().canonicalize().unwrap().join(".gitignore");
    assert_eq!(walk.skipped[0].1.to_string(), format!("ignored by `*.log` ({}:1)", source.display()));
}

#[test]
fn without_a_repository_nothing_above_counts() {
    let folder = tree(&[(".gitignore", "*\n"), ("app/.gitignore", "*.log\n"), ("app/a.log", ""), ("app/main.rs", "")]);
    assert_eq!(names(&walked(&folder.path().join("app"), &IndexSettings::default())), [".gitignore", "main.rs"]);
}

#[test]
fn nested_repositories_and_submodules_have_their_own_rules() {
    check(
        &[
            (".git/HEAD", ""),
            (".git/info/exclude", "outer-private\n"),
            (".git/modules/module/info/exclude", "private\n"),
            (".gitignore", "*.log\n"),
            ("nested/.git/HEAD", ""),
            ("nested/.gitignore", "*.tmp\n"),
            ("nested/a.log", ""),
            ("nested/a.tmp", ""),
            ("nested/outer-private", ""),
            ("module/.git", "gitdir: ../.git/modules/module\n"),
            ("module/private", ""),
            ("module/a.log", ""),
            ("a.log", ""),
        ],
        &["module/a.log", "nested/a.log", "nested/outer-private"],
        &[
            ("a.log", "ignored by `*.log` (.gitignore:1)"),
            ("module/.git", "ignored by `.git` (built-in rule: data of version control)"),
            ("module/private", "ignored by `private` (.git/modules/module/info/exclude:1)"),
            ("nested/.git", "ignored by `.git` (built-in rule: data of version control)"),
            ("nested/a.tmp", "ignored by `*.tmp` (nested/.gitignore:1)"),
        ],
    );
}

#[test]
fn worktrees_share_the_exclude_file() {
    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("main");
    fs::create_dir(&main).unwrap();
    let user = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
    git(&main, &["init", "-q"], b"");
    git(&main, &[&user[..], &["commit", "-q", "--allow-empty", "-m", "x"]].concat(), b"");
    git(&main, &["worktree", "add", "-q", "../side"], b"");
    add(&main, ".git/info/exclude", b"private\n");
    let side = folder.path().join("side");
    add(&side, "private", b"");
    add(&side, "sub/a.rs", b"");
    assert!(side.join(".git").is_file(), "this is what a worktree looks like");
    assert_eq!(names(&walked(&side, &IndexSettings::default())), ["sub/a.rs"]);
    assert_eq!(find_root(&side.join("sub")), side.canonicalize().unwrap());
}

#[test]
fn data_of_version_control_is_left_out_and_hidden_files_are_not() {
    check(
        &[(".hg/a", ""), (".svn/a", ""), (".jj/a", ""), ("sub/.git/a", ""), (".github/ci.yml", ""), (".bashrc", "")],
        &[".bashrc", ".github/ci.yml"],
        &[
            (".hg", "ignored by `.hg` (built-in rule: data of version control)"),
            (".jj", "ignored by `.jj` (built-in rule: data of version control)"),
            (".svn", "ignored by `.svn` (built-in rule: data of version control)"),
            ("sub/.git", "ignored by `.git` (built-in rule: data of version control)"),
        ],
    );
}

#[test]
fn links_are_not_followed() {
    let folder = tree(&[("src/a.rs", "")]);
    symlink("..", folder.path().join("src/loop")).unwrap();
    symlink("a.rs", folder.path().join("src/b.rs")).unwrap();
    symlink("nowhere", folder.path().join("dangling")).unwrap();
    let walk = walked(folder.path(), &IndexSettings::default());
    assert_eq!(names(&walk), ["src/a.rs"]);
    let link = || SkipReason::Special { what: "symbolic link".into() };
    let expected = ["dangling", "src/b.rs", "src/loop"].map(|path| (path.to_owned(), link()));
    assert_eq!(walk.skipped, expected);
    let inside = why_with(folder.path(), &IndexSettings::default(), None, "src/loop/src/a.rs").unwrap();
    assert_eq!(inside, Verdict::Skipped(link()));
    assert_eq!(read(folder.path(), "src/b.rs", 10), Err(link()));
    let other = tempfile::tempdir().unwrap();
    symlink(folder.path(), other.path().join("workspace")).unwrap();
    assert_eq!(names(&walked(&other.path().join("workspace"), &IndexSettings::default())), ["src/a.rs"]);
}

#[test]
fn pipes_and_sockets_are_never_opened() {
    let folder = tree(&[("a.rs", "")]);
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    let walk = walked(folder.path(), &IndexSettings::default());
    assert_eq!(names(&walk), ["a.rs"]);
    let reasons: Vec<String> = walk.skipped.iter().map(|(_, reason)| reason.to_string()).collect();
    assert_eq!(reasons, ["not a regular file: pipe", "not a regular file: socket"]);
    assert_eq!(read(folder.path(), "pipe", 10), Err(SkipReason::Special { what: "pipe".into() }));
    add(folder.path(), "sub/", b"");
    assert!(Command::new("mkfifo").arg(folder.path().join("sub/.gitignore")).status().unwrap().success());
    assert_eq!(names(&walked(folder.path(), &IndexSettings::default())), ["a.rs"]);
}

#[test]
fn names_of_all_kinds() {
    let folder = tree(&[("with space/two  words.rs", ""), ("\u{1F9ED}/é\n.rs", ""), (r"back\slash.rs", "")]);
    let odd = folder.path().join(OsStr::from_bytes(b"caf\xE9"));
    fs::create_dir(&odd).unwrap();
    fs::write(odd.join(OsStr::from_bytes(b"\xFF.rs")), "fn x() {}").unwrap();
    let walk = walked(folder.path(), &IndexSettings::default());
    assert_eq!(names(&walk), [r"back\\slash.rs", r"caf\xe9/\xff.rs", "with space/two  words.rs", "\u{1F9ED}/é\n.rs"]);
    assert_eq!(read(folder.path(), r"caf\xe9/\xff.rs", 100).unwrap(), b"fn x() {}");
}

#[test]
fn rules_for_names_that_are_not_utf_8() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".gitignore"), b"*.log\ncaf\xE9\n*.tmp\n").unwrap();
    fs::write(folder.path().join(OsStr::from_bytes(b"caf\xE9")), "").unwrap();
    add(folder.path(), "cafe", b"");
    add(folder.path(), "a.tmp", b"");
    assert_eq!(names(&walked(folder.path(), &IndexSettings::default())), [".gitignore", "cafe"]);
}

#[test]
fn sizes_and_times() {
    let folder = tree(&[("empty", ""), ("small", "12345")]);
    let big = fs::File::create(folder.path().join("big.json")).unwrap();
    big.set_len(100 << 20).unwrap();
    let walk = walked(folder.path(), &IndexSettings::default());
    assert_eq!(walk.files.iter().map(|file| file.size).collect::<Vec<_>>(), [0, 5]);
    let reason = SkipReason::TooLarge { size: 100 << 20, limit: 1 << 20 };
    assert_eq!(walk.skipped, [("big.json".to_owned(), reason.clone())]);
    assert_eq!(read(folder.path(), "big.json", 1 << 20), Err(reason));
    let small = fs::File::options().write(true).open(folder.path().join("small")).unwrap();
    let time = std::time::UNIX_EPOCH + std::time::Duration::new(1_700_000_000, 123_456_789);
    small.set_modified(time).unwrap();
    let walk = walked(folder.path(), &IndexSettings::default());
    assert_eq!(walk.files[1].mtime_ns, 1_700_000_000_123_456_789);
}

#[test]
fn a_long_line_of_100_mb_is_judged_within_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = fs::File::create(folder.path().join("line.txt")).unwrap();
    for _ in 0..100 {
        io::Write::write_all(&mut file, &vec![b'x'; 1 << 20]).unwrap();
    }
    let limit = 200 << 20;
    let settings = IndexSettings { max_file_bytes: limit, ..IndexSettings::default() };
    assert_eq!(names(&walked(folder.path(), &settings)), ["line.txt"]);
    let text = codecompass_core::text::decode(read(folder.path(), "line.txt", limit).unwrap()).unwrap();
    let reason = codecompass_core::shape::judge("line.txt", &text.text).unwrap();
    assert_eq!(reason.key(), "minified");
}

#[test]
fn files_of_all_encodings_are_read() {
    use codecompass_core::text::{Encoding, decode};
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes, text, encoding) in [
        ("crlf.rs", &b"a\r\nb"[..], "a\r\nb", Encoding::Utf8),
        ("bom.cs", b"\xEF\xBB\xBFclass", "class", Encoding::Utf8),
        ("wide.cs", b"\xFF\xFEc\0l\0", "cl", Encoding::Utf16Le),
        ("latin.c", b"// caf\xE9 au lait", "// café au lait", Encoding::Windows1252),
        ("empty", b"", "", Encoding::Utf8),
    ] {
        add(folder.path(), name, bytes);
        let read = decode(read(folder.path(), name, 100).unwrap()).unwrap();
        assert_eq!((read.text.as_str(), read.encoding), (text, encoding), "{name}");
    }
}

#[test]
fn reading_stays_inside_and_below_the_limit() {
    let folder = tree(&[("work/a", "12345"), ("b", "")]);
    let work = folder.path().join("work");
    assert_eq!(read(&work, "a", 5).unwrap(), b"12345");
    assert_eq!(read(&work, "a", 4), Err(SkipReason::TooLarge { size: 5, limit: 4 }));
    for outside in ["../b", "/etc/passwd", "x/../../b"] {
        assert!(matches!(read(&work, outside, 9), Err(SkipReason::Unreadable { .. })), "{outside}");
    }
    assert!(matches!(read(&work, "none", 9), Err(SkipReason::Unreadable { .. })));
    assert!(matches!(read(folder.path(), "work", 9), Err(SkipReason::Special { .. })));
    // Files of the kernel say that they have no bytes, and then have some.
    assert!(!read(Path::new("/proc/self"), "status", 1 << 20).unwrap().is_empty());
    assert!(matches!(read(Path::new("/proc/self"), "status", 16), Err(SkipReason::TooLarge { limit: 16, .. })));
}

#[test]
fn unreadable_folders_are_named_and_not_fatal() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tree(&[("closed/a.rs", ""), ("open/b.rs", "")]);
    let closed = folder.path().join("closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    // The superuser may read everything: then there is nothing to see.
    if fs::read_dir(&closed).is_err() {
        let walk = walked(folder.path(), &IndexSettings::default());
        assert_eq!(names(&walk), ["open/b.rs"]);
        assert_eq!(walk.skipped[0].1.to_string(), "unreadable: Permission denied (os error 13)");
        assert!(matches!(
            walk_with(&closed, &IndexSettings::default(), None, &|| false),
            Err(WalkError::Unreadable { .. })
        ));
    }
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn roots_that_are_none() {
    let folder = tree(&[("file", "")]);
    let sentence = |path: &Path| walk(path, &IndexSettings::default(), &|| false).unwrap_err().to_string();
    let missing = folder.path().join("missing");
    assert_eq!(sentence(&missing), format!("the workspace folder {} does not exist", missing.display()));
    let file = folder.path().join("file");
    let not_a_folder = format!("{} is not a folder; name the folder that holds it", file.display());
    assert_eq!(sentence(&file), not_a_folder);
    assert_eq!(
        sentence(&file.join("x")),
        format!("{} is not a folder; name the folder that holds it", file.join("x").display())
    );
}

#[test]
fn a_walk_can_be_stopped() {
    let folder = tree(&[("a/b/c", "")]);
    assert!(matches!(walk(folder.path(), &IndexSettings::default(), &|| true), Err(WalkError::Stopped)));
}

#[test]
fn roots_of_repositories() {
    let folder = tree(&[("repo/.git/HEAD", ""), ("repo/a/b/c.rs", ""), ("plain/x/y.rs", "")]);
    let root = folder.path().canonicalize().unwrap();
    assert_eq!(find_root(&root.join("repo/a/b")), root.join("repo"));
    assert_eq!(find_root(&root.join("repo/a/b/c.rs")), root.join("repo"));
    assert_eq!(find_root(&root.join("plain/x")), root.join("plain/x"));
    assert_eq!(find_root(&root.join("plain/x/y.rs")), root.join("plain/x"));
}

#[test]
fn the_folders_are_those_that_were_looked_into() {
    let folder = tree(&[
        (".gitignore", "target/\n/vendor/\n"),
        (".git/HEAD", ""),
        ("src/deep/a.rs", ""),
        ("empty/", ""),
        ("target/debug/x", ""),
        ("vendor/ours/b.rs", ""),
        ("vendor/theirs/c.rs", ""),
    ]);
    let settings = IndexSettings { include: vec!["/vendor/ours/".into()], ..IndexSettings::default() };
    let walk = walked(folder.path(), &settings);
    assert_eq!(walk.folders, ["", "empty", "src", "src/deep", "vendor", "vendor/ours"]);
}

#[test]
fn the_walk_of_a_part_finds_what_the_walk_of_all_finds_there() {
    let folder = tree(&[(".gitignore", "*.log\nout/\n"), ("src/a.rs", ""), ("src/a.log", ""), ("src/out/x", "")]);
    let below = |key: &str| walk_below_with(folder.path(), &IndexSettings::default(), None, key, &|| false).unwrap();
    assert_eq!(names(&below("src/")), ["src/a.rs"]);
    assert_eq!(names(&below("src/a.rs")), ["src/a.rs"]);
    let skipped = |key: &str| below(key).skipped.into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    assert_eq!(skipped("src"), ["src/a.log", "src/out"]);
    assert_eq!(skipped("src/a.log"), ["src/a.log"]);
    assert_eq!(skipped("src/out/x"), ["src/out/x"]);
    for nothing in ["none", "../x", "src/a.rs/x"] {
        assert_eq!(below(nothing), Walk::default(), "{nothing}");
    }
    let stopped = walk_below_with(folder.path(), &IndexSettings::default(), None, "src", &|| true);
    assert!(matches!(stopped, Err(WalkError::Stopped)));
}

#[test]
fn files_that_change_the_rules() {
    for key in [".gitignore", "a/b/.ignore", ".codecompassignore", ".git/info/exclude", "sub/.git/config", "sub/.git"] {
        assert!(changes_rules(key), "{key}");
    }
    assert!(changes_rules(PROJECT_FILE));
    for key in ["a.gitignore", "gitignore", "info/exclude", "x.git/config", "config", "sub/.codecompass.toml", "a.rs"] {
        assert!(!changes_rules(key), "{key}");
    }
}

#[test]
fn why_speaks_of_the_folder_around() {
    let folder = tree(&[(".gitignore", "/target/\n"), ("target/debug/deep/x.rs", ""), ("src/a.rs", "")]);
    let why = |key: &str| why_with(folder.path(), &IndexSettings::default(), None, key).unwrap();
    let Verdict::Skipped(reason) = why("target/debug/deep/x.rs") else { panic!("it is below an ignored folder") };
    assert_eq!(reason.to_string(), "ignored by `/target/` (.gitignore:1)");
    assert_eq!(why("src"), Verdict::Folder);
    assert_eq!(why("src/"), Verdict::Folder);
    assert_eq!(why(""), Verdict::Folder);
    assert!(matches!(why("./src/a.rs"), Verdict::File(_)));
    for missing in ["none.rs", "src/none.rs", "src/a.rs/x", "../x", "/etc/passwd"] {
        assert_eq!(why(missing), Verdict::Missing, "{missing}");
    }
}

#[test]
fn a_wide_and_deep_tree_with_one_and_many_threads() {
    let folder = tempfile::tempdir().unwrap();
    let deep = "d/".repeat(200);
    add(folder.path(), &format!("{deep}end.rs"), b"");
    for at in 0..300 {
        add(folder.path(), &format!("wide/{}/{at}.rs", at % 30), b"");
    }
    let with = |threads| {
        walk_with(folder.path(), &IndexSettings { threads, ..IndexSettings::default() }, None, &|| false).unwrap()
    };
    assert_eq!(with(1).files.len(), 301);
    assert_eq!(with(1), with(8));
}

/// A path that git ignores, with the file and line of the rule.
type IgnoredByGit = (Vec<u8>, String, u32);

/// What git says of the files of a repository: those that it keeps, and why it ignores the others.
fn git_verdicts(root: &Path) -> (BTreeSet<Vec<u8>>, Vec<IgnoredByGit>) {
    let kept = git(root, &["ls-files", "-z", "--others", "--exclude-standard"], b"");
    let kept = kept.split(|byte| *byte == 0).filter(|path| !path.is_empty()).map(<[u8]>::to_vec).collect();
    let all = git(root, &["ls-files", "-z", "--others"], b"");
    let reasons = git(root, &["check-ignore", "--no-index", "-v", "-z", "--stdin"], &all);
    let fields: Vec<&[u8]> = reasons.split(|byte| *byte == 0).collect();
    let text = |field: &[u8]| String::from_utf8_lossy(field).into_owned();
    let ignored = fields.chunks_exact(4).filter(|rule| !rule[2].starts_with(b"!"));
    (kept, ignored.map(|rule| (rule[3].to_vec(), text(rule[0]), text(rule[1]).parse().unwrap())).collect())
}

#[track_caller]
fn same_as_git(root: &Path) {
    let settings = IndexSettings::default();
    let walk = walked(root, &settings);
    let (kept, reasons) = git_verdicts(root);
    let ours: BTreeSet<Vec<u8>> =
        walk.files.iter().map(|file| path_of(&file.path).as_os_str().as_bytes().to_vec()).collect();
    let rules = || -> Vec<String> {
        [".gitignore", "a/.gitignore", "a/b/.gitignore"]
            .iter()
            .map(|file| format!("{file}: {:?}", fs::read_to_string(root.join(file)).unwrap_or_default()))
            .collect()
    };
    let show = |paths: Vec<&Vec<u8>>| {
        paths.into_iter().map(|path| String::from_utf8_lossy(path).into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(show(ours.difference(&kept).collect()), Vec::<String>::new(), "only we keep: {:#?}", rules());
    assert_eq!(show(kept.difference(&ours).collect()), Vec::<String>::new(), "only git keeps: {:#?}", rules());
    for (path, file, line) in &reasons {
        let key = key_of(Path::new(OsStr::from_bytes(path)));
        let Verdict::Skipped(reason) = why_with(root, &settings, None, &key).unwrap() else {
            panic!("{key} is ignored by {file}:{line}")
        };
        let expected = (file.clone(), Some(*line));
        let SkipReason::Ignored { source, line, .. } = reason else { panic!("{key}: {reason}") };
        assert_eq!((source, line), expected, "{key}: {:#?}", rules());
    }
}

/// A repository with the same odd names in several folders.
fn repository() -> TempDir {
    const FOLDERS: &[&str] = &["", "a/", "a/b/", "c/a/", "ab/a/b/"];
    const FILES: &[&str] =
        &["a", "b", "ab", "ba", "c", "a b", "#a", "!b", "{a,b}", "b ", "a.x", ".x", "a]", "-", "A", "b\\"];
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q"], b"");
    for parent in FOLDERS {
        fs::create_dir_all(folder.path().join(parent)).unwrap();
    }
    for parent in FOLDERS {
        for name in FILES {
            let path = folder.path().join(format!("{parent}{name}"));
            if !path.is_dir() {
                fs::write(path, "").unwrap();
            }
        }
    }
    folder
}

#[test]
fn tricky_rules_as_git_reads_them() {
    let folder = repository();
    for rules in [
        "a/\n!a/b/\n",
        "a/*\n!a/b/\n",
        "/a\n",
        "a/b\n",
        "**/b\n",
        "a/**\n",
        "a/**/b\n",
        "**/a/**\n",
        "**\n",
        "*\n!*/\n!*.x\n",
        "b \n",
        "b\\ \n",
        "\\#a\n\\!b\n",
        "#a\n",
        "!b\n",
        "{a,b}\n",
        "[ab]\n",
        "[!a]\n",
        "[^a]\n",
        "[a\n",
        "a\\\n",
        "b\\\\\n",
        "a?\n",
        "?b\n",
        "a\\ b\n",
        "A\n",
        ".*\n",
        "*.x\n",
        "[[:upper:]]\n",
        "[]a]\n",
        "a[]]\n",
        "[-a]\n",
        "[a-]\n",
        "/\n",
        "//\n",
        "/*\n!/c\n",
        "c/\n!c/a\n",
        "a\r\nb\r\n",
        "\u{FEFF}a\n",
        "a",
        "***\n",
        "/**/b\n",
        "a**\n",
        "a/b**\n",
        "**a/b\n",
    ] {
        fs::write(folder.path().join(".gitignore"), rules).unwrap();
        same_as_git(folder.path());
    }
}

fn rule() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "a",
        "b",
        "ab",
        "c",
        "*",
        "**",
        "?",
        "/",
        "/",
        "[ab]",
        "[!a]",
        "[^b]",
        "[a-c]",
        "[]a]",
        "[[:alpha:]]",
        "\\a",
        "\\",
        "\\*",
        "{a,b}",
        "a b",
        " ",
        "\\ ",
        "#",
        ".x",
        "-",
        "]",
        "[",
        "!",
        "A",
        "**/",
        "/**",
        "\t",
        ",",
    ]);
    let body = prop::collection::vec(part, 1..5).prop_map(|parts| parts.concat());
    (prop::sample::select(vec!["", "", "", "!", "/"]), body, prop::sample::select(vec!["", "", "/"]))
        .prop_map(|(before, body, after)| format!("{before}{body}{after}"))
}

fn rules() -> impl Strategy<Value = String> {
    prop::collection::vec(rule(), 0..5).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn random_rules_as_git_reads_them(root in rules(), inner in rules(), innermost in rules(), exclude in rules()) {
        let folder = repository();
        fs::write(folder.path().join(".gitignore"), root).unwrap();
        fs::write(folder.path().join("a/.gitignore"), inner).unwrap();
        fs::write(folder.path().join("a/b/.gitignore"), innermost).unwrap();
        fs::write(folder.path().join(".git/info/exclude"), exclude).unwrap();
        same_as_git(folder.path());
    }
}
