//! The names of files inside the index: relative to the workspace, with `/`, always valid text, and reversible.
//!
//! A name that is valid UTF-8 and has no backslash is its own key. A byte that is not UTF-8 becomes `\xNN`, a backslash
//! becomes `\\`, so that every path has exactly one key and every key that we made leads back to its path. In keys that
//! people type, a backslash before anything else stands for itself.

use std::path::{Path, PathBuf};

/// The key of a path relative to the workspace.
#[cfg(unix)]
pub fn key_of(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    let bytes = path.as_os_str().as_bytes();
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\\') => text.to_owned(),
        _ => escape(bytes),
    }
}

/// The path relative to the workspace that a key stands for.
#[cfg(unix)]
pub fn path_of(key: &str) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    if key.contains('\\') { std::ffi::OsString::from_vec(unescape(key)).into() } else { key.into() }
}

/// The key of a path relative to the workspace. Names that are not valid Unicode lose what is not.
#[cfg(not(unix))]
pub fn key_of(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// The path relative to the workspace that a key stands for.
#[cfg(not(unix))]
pub fn path_of(key: &str) -> PathBuf {
    key.into()
}

#[cfg(unix)]
fn escape(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut key = String::with_capacity(bytes.len() + 8);
    for part in bytes.utf8_chunks() {
        key += &part.valid().replace('\\', r"\\");
        for byte in part.invalid() {
            write!(key, "\\x{byte:02x}").expect("a string takes all that is written");
        }
    }
    key
}

#[cfg(unix)]
fn unescape(key: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(key.len());
    let mut rest = key.as_bytes();
    loop {
        let escaped = |digits: &[u8]| {
            let digits =
                std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
            u8::from_str_radix(digits, 16).ok().filter(|byte| *byte >= 0x80)
        };
        match rest {
            [] => return bytes,
            [b'\\', b'\\', tail @ ..] => {
                bytes.push(b'\\');
                rest = tail;
            }
            [b'\\', b'x', high, low, tail @ ..] if escaped(&[*high, *low]).is_some() => {
                bytes.extend(escaped(&[*high, *low]));
                rest = tail;
            }
            [byte, tail @ ..] => {
                bytes.push(*byte);
                rest = tail;
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

    fn check(bytes: &[u8], key: &str) {
        let path = Path::new(OsStr::from_bytes(bytes));
        assert_eq!(key_of(path), key);
        assert_eq!(path_of(key), path);
    }

    #[test]
    fn keys_of_paths() {
        check(b"src/main.rs", "src/main.rs");
        check("dir with space/\u{1F9ED} é.md".as_bytes(), "dir with space/🧭 é.md");
        check(b"caf\xE9/\xFF\xFE", r"caf\xe9/\xff\xfe");
        check(br"back\slash", r"back\\slash");
        check(br"not\xe9", r"not\\xe9");
        check(b"\\\xE9", r"\\\xe9");
    }

    #[test]
    fn keys_that_people_type() {
        assert_eq!(path_of(r"a\b"), Path::new(r"a\b"));
        assert_eq!(path_of(r"a\x4"), Path::new(r"a\x4"));
        assert_eq!(path_of(r"a\x41"), Path::new(r"a\x41"));
        assert_eq!(path_of("a\\"), Path::new("a\\"));
    }

    proptest! {
        #[test]
        fn every_path_comes_back(bytes in prop::collection::vec(prop_oneof![Just(b'\\'), Just(b'x'), Just(b'e'), 1u8..], 0..40)) {
            let path = Path::new(OsStr::from_bytes(&bytes));
            let back = path_of(&key_of(path));
            prop_assert_eq!(back.as_os_str().as_bytes(), &bytes[..]);
        }

        #[test]
        fn typed_keys_never_fail(key in r"[\\xe9a/é]{0,20}") {
            let _ = path_of(&key);
        }
    }
}
