//! `file:` URIs and paths, both ways. Clients differ in what they encode, in how they write drives, and some encode nothing
//! at all; other schemes have no path, which is not an error.

use std::{fmt::Write, path::Path, path::PathBuf, str::FromStr};

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::proto::Uri;

/// How the system writes its paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Unix,
    Windows,
}

const HERE: Style = if cfg!(windows) { Style::Windows } else { Style::Unix };

/// The path that a `file:` URI names; `None` for any other URI.
pub fn to_path(uri: &Uri) -> Option<PathBuf> {
    let bytes = decode(uri.as_str(), HERE)?;
    #[cfg(unix)]
    let path = {
        use std::os::unix::ffi::OsStringExt;
        PathBuf::from(std::ffi::OsString::from_vec(bytes))
    };
    #[cfg(not(unix))]
    let path = PathBuf::from(String::from_utf8(bytes).ok()?);
    path.is_absolute().then_some(path)
}

/// The URI of an absolute path.
pub fn from_path(path: &Path) -> Option<Uri> {
    if !path.is_absolute() {
        return None;
    }
    #[cfg(unix)]
    let bytes = {
        use std::os::unix::ffi::OsStrExt;
        path.as_os_str().as_bytes()
    };
    #[cfg(not(unix))]
    let bytes = path.to_str()?.as_bytes();
    Uri::from_str(&encode(bytes, HERE)).ok()
}

fn decode(uri: &str, style: Style) -> Option<Vec<u8>> {
    let (scheme, rest) = uri.split_once(':')?;
    if !scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    let rest = &rest[..rest.find(['?', '#']).unwrap_or(rest.len())];
    let (host, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/')?),
        None => ("", rest),
    };
    let local = host.is_empty() || host.eq_ignore_ascii_case("localhost");
    let path: Vec<u8> = percent_decode_str(path).collect();
    if path.contains(&0) {
        return None;
    }
    match style {
        Style::Unix => (local && path.starts_with(b"/")).then_some(path),
        Style::Windows => {
            let path = String::from_utf8(path).ok()?.replace('/', "\\");
            match drive(&path) {
                Some((letter, rest)) if local => Some(format!("{}:{rest}", letter.to_ascii_uppercase()).into_bytes()),
                _ if local => None,
                _ => Some(format!("\\\\{host}{path}").into_bytes()),
            }
        }
    }
}

/// `\c:\rest` or `\c:`.
fn drive(path: &str) -> Option<(char, &str)> {
    let path = path.strip_prefix('\\')?;
    let letter = path.chars().next().filter(char::is_ascii_alphabetic)?;
    let rest = path[1..].strip_prefix(':').or_else(|| path[1..].strip_prefix('|'))?;
    if rest.is_empty() { Some((letter, "\\")) } else { rest.starts_with('\\').then_some((letter, rest)) }
}

fn encode(path: &[u8], style: Style) -> String {
    let mut uri = "file://".to_owned();
    let mut path = path.to_vec();
    if style == Style::Windows {
        for byte in path.iter_mut().filter(|byte| **byte == b'\\') {
            *byte = b'/';
        }
        for prefix in [&b"//?/UNC/"[..], b"//?/"] {
            if path.starts_with(prefix) {
                let unc = prefix.len() > 4;
                path.drain(..prefix.len());
                if unc {
                    path.splice(..0, *b"//");
                }
                break;
            }
        }
        if path.starts_with(b"//") {
            path.drain(..2);
        } else if !path.starts_with(b"/") {
            uri.push('/');
            path[..1].make_ascii_lowercase();
        }
    }
    for byte in path {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(byte.into());
        } else {
            write!(uri, "%{byte:02X}").expect("a string takes all that is written");
        }
    }
    uri
}

/// Encodes what a client left as it is in its URIs: a space or a letter that is not ASCII would make the whole message
/// unreadable.
pub fn mend(params: &mut Value) {
    match params {
        Value::Array(items) => items.iter_mut().for_each(mend),
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(uri) if name == "uri" || name.ends_with("Uri") => mend_uri(uri),
                    other => mend(other),
                }
            }
        }
        _ => {}
    }
}

fn mend_uri(uri: &mut String) {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=".contains(&byte);
    let bytes = uri.as_bytes();
    let encoded = |at: usize| {
        bytes[at] == b'%' && bytes.get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
    };
    if (0..bytes.len()).all(|at| good(bytes[at]) || encoded(at)) {
        return;
    }
    let mut mended = String::with_capacity(bytes.len() + 16);
    for (at, byte) in bytes.iter().enumerate() {
        if good(*byte) || encoded(at) {
            mended.push((*byte).into());
        } else {
            write!(mended, "%{byte:02X}").expect("a string takes all that is written");
        }
    }
    *uri = mended;
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(style: Style, uri: &str, path: Option<&str>) {
        let decoded = decode(uri, style).map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(decoded.as_deref(), path, "{uri}");
    }

    #[test]
    fn paths_of_unix() {
        check(Style::Unix, "file:///home/ada/a.rs", Some("/home/ada/a.rs"));
        check(Style::Unix, "file:///with%20space/%E6%96%87.rs", Some("/with space/文.rs"));
        check(Style::Unix, "FILE:/one/slash", Some("/one/slash"));
        check(Style::Unix, "file://localhost/a#L3", Some("/a"));
        check(Style::Unix, "file:///a?x=1#y", Some("/a"));
        check(Style::Unix, "file:///a%23b%3Fc%25d", Some("/a#b?c%d"));
        check(Style::Unix, "file:///%zz", Some("/%zz"));
        // Both forms of é are left as they are: they are different names of files.
        check(Style::Unix, "file:///%C3%A9", Some("/\u{e9}"));
        check(Style::Unix, "file:///e%CC%81", Some("/e\u{301}"));
        for none in [
            "untitled:Untitled-1",
            "git:/a/b?{}",
            "file://server/a",
            "file:",
            "file://",
            "file:a",
            "",
            "a%00",
            "file:///a%00b",
        ] {
            check(Style::Unix, none, None);
        }
    }

    #[test]
    fn paths_of_windows() {
        check(Style::Windows, "file:///c%3A/Users/ada/a.rs", Some("C:\\Users\\ada\\a.rs"));
        check(Style::Windows, "file:///C:/Users/ada%20b/a.rs", Some("C:\\Users\\ada b\\a.rs"));
        check(Style::Windows, "file:///d|/x", Some("D:\\x"));
        check(Style::Windows, "file:///c:", Some("C:\\"));
        check(Style::Windows, "file://server/share/a.rs", Some("\\\\server\\share\\a.rs"));
        check(Style::Windows, "file:///no/drive", None);
    }

    #[test]
    fn uris_of_paths() {
        assert_eq!(encode("/a b/#?%文".as_bytes(), Style::Unix), "file:///a%20b/%23%3F%25%E6%96%87");
        assert_eq!(encode(b"/not \xff text", Style::Unix), "file:///not%20%FF%20text");
        assert_eq!(encode(b"C:\\Users\\a b", Style::Windows), "file:///c%3A/Users/a%20b");
        assert_eq!(encode(b"\\\\server\\share\\a", Style::Windows), "file://server/share/a");
        assert_eq!(encode(b"\\\\?\\C:\\a", Style::Windows), "file:///c%3A/a");
        assert_eq!(encode(b"\\\\?\\UNC\\server\\share", Style::Windows), "file://server/share");
    }

    #[test]
    fn what_was_left_as_it_is_gets_encoded() {
        let mut params = json!({
            "textDocument": { "uri": "file:///a b/é.rs", "text": "file:///a b" },
            "files": [{ "oldUri": "file:///[x]%", "newUri": "untitled:ü" }],
        });
        mend(&mut params);
        assert_eq!(
            params,
            json!({
                "textDocument": { "uri": "file:///a%20b/%C3%A9.rs", "text": "file:///a b" },
                "files": [{ "oldUri": "file:///%5Bx%5D%25", "newUri": "untitled:%C3%BC" }],
            })
        );
    }

    #[cfg(unix)]
    proptest::proptest! {
        #[test]
        fn every_path_comes_back(parts in proptest::collection::vec("[^/\0]{1,8}", 1..5)) {
            let path = PathBuf::from(format!("/{}", parts.join("/")));
            let uri = from_path(&path).unwrap();
            proptest::prop_assert_eq!(to_path(&uri), Some(path));
        }
    }
}
