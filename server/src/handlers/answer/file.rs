//! Answers as files in the cache folder, for editors that can only show files. Only their owner can read them, and old ones
//! are removed.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// Answers older than this are removed.
const KEPT_FOR: Duration = Duration::from_secs(7 * 24 * 3600);
/// And so are the oldest beyond this many.
const KEPT: usize = 200;

/// The folder of answers inside the cache folder.
pub fn folder(cache: &Path) -> PathBuf {
    cache.join("answers")
}

/// The folder of chat documents, in that of answers.
pub fn chats(cache: &Path) -> PathBuf {
    folder(cache).join("chats")
}

/// Writes a chat document under that name; one that is there already stays as it is.
pub fn chat(cache: &Path, name: &str, text: &str) -> io::Result<PathBuf> {
    let folder = chats(cache);
    make(&folder)?;
    let path = folder.join(format!("{}.md", slug(name)));
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map(|()| path),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(path),
        Err(error) => Err(error),
    }
}

/// Whether a path is a chat document.
pub fn is_chat(cache: &Path, path: &Path) -> bool {
    path.parent() == Some(&chats(cache)) && path.extension().is_some_and(|extension| extension == "md")
}

fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // It may have been made by someone careless.
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

/// Writes a document under a new name that begins with `about`, and removes what is old.
pub fn write(cache: &Path, about: &str, text: &str) -> io::Result<PathBuf> {
    let folder = folder(cache);
    make(&folder)?;
    collect(&folder);
    let slug = slug(about);
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    for number in 0..1000 {
        let path = folder.join(format!("{slug}-{seconds:x}-{number}.md"));
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(mut file) => return file.write_all(text.as_bytes()).map(|()| path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// Whether a path is one of our answers, or a chat document.
pub fn is_answer(cache: &Path, path: &Path) -> bool {
    let parent = path.parent();
    let here = parent == Some(&folder(cache)) || parent == Some(&chats(cache));
    here && path.extension().is_some_and(|extension| extension == "md")
}

fn collect(folder: &Path) {
    let mut known: Vec<(SystemTime, PathBuf)> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .filter(|(_, path)| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    known.sort();
    let too_many = known.len().saturating_sub(KEPT);
    for (number, (time, path)) in known.into_iter().enumerate() {
        if number < too_many || time.elapsed().is_ok_and(|age| age > KEPT_FOR) {
            // Another process may have been faster, and one that stays is no harm.
            let _ = fs::remove_file(path);
        }
    }
}

/// A short name for a file.
fn slug(about: &str) -> String {
    let mut slug = String::new();
    for word in about.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        if slug.len() + word.len() > 40 {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(&word.to_ascii_lowercase());
    }
    if slug.is_empty() { "answer".to_owned() } else { slug }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn only_the_owner_reads_it_and_no_two_share_a_name() {
        let cache = tempfile::tempdir().unwrap();
        let one = write(cache.path(), "search Where is ../../retry?", "a").unwrap();
        let two = write(cache.path(), "search Where is ../../retry?", "b").unwrap();
        assert_ne!(one, two);
        assert!(is_answer(cache.path(), &one));
        assert!(!is_answer(cache.path(), &cache.path().join("a.md")));
        assert!(one.file_name().unwrap().to_str().unwrap().starts_with("search-where-is-retry-"));
        assert_eq!(fs::read_to_string(&two).unwrap(), "b");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&one), mode(&folder(cache.path()))), (0o600, 0o700));
    }

    #[test]
    fn old_ones_are_removed() {
        let cache = tempfile::tempdir().unwrap();
        let old = write(cache.path(), "old", "").unwrap();
        let long_ago = SystemTime::now() - KEPT_FOR - Duration::from_secs(60);
        fs::File::options().write(true).open(&old).unwrap().set_modified(long_ago).unwrap();
        let new = write(cache.path(), "new", "").unwrap();
        assert!(!old.exists() && new.exists());
    }
}
