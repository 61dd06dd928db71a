//! `FILE:LINE` as people type it and as programs print it.

use std::path::Path;

/// A line of a file, both as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) path: String,
    /// From 1.
    pub(super) line: u32,
}

/// Reads `FILE:LINE`, `FILE:FIRST-LAST` (of which the first line counts) and `FILE:LINE:COLUMN`. File names may hold colons
/// themselves, so what `exists` decides between the readings.
pub(super) fn parse(text: &str, exists: impl Fn(&Path) -> bool) -> Result<Place, String> {
    let Some((path, line)) = split(text) else {
        let path = text.trim_end_matches(':');
        return Err(format!("`{text}` names no line; write FILE:LINE, for example {path}:1"));
    };
    let column = split(path).filter(|(shorter, _)| !exists(Path::new(path)) && exists(Path::new(shorter)));
    let (path, line) = column.unwrap_or((path, line));
    match line {
        Some(line) if line > 0 => Ok(Place { path: path.to_owned(), line }),
        _ => Err(format!("`{text}` names a line that no file has; lines count from 1")),
    }
}

/// What stands before the last colon, and the line after it (`None` when no number is that large); or nothing when no
/// number stands there.
fn split(text: &str) -> Option<(&str, Option<u32>)> {
    let (path, lines) = text.rsplit_once(':')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (first, last) = lines.split_once('-').unwrap_or((lines, lines));
    (!path.is_empty() && digits(first) && digits(last)).then(|| (path, first.parse().ok()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

    use super::*;

    #[test]
    fn places_are_read() {
        let files = ["src/a.rs", "odd:3", "C:\\src\\a.rs", "10"];
        for (text, path, line) in [
            ("src/a.rs:12", "src/a.rs", 12),
            ("src/a.rs:12-20", "src/a.rs", 12),
            ("src/a.rs:12:5", "src/a.rs", 12),
            ("odd:3:7", "odd:3", 7),
            ("a b/ü:c.rs:12", "a b/ü:c.rs", 12),
            ("gone:1:2", "gone:1", 2),
            ("C:\\src\\a.rs:7", "C:\\src\\a.rs", 7),
            ("C:\\src\\a.rs:7:1", "C:\\src\\a.rs", 7),
            ("10:1", "10", 1),
        ] {
            let place = parse(text, |path| files.iter().any(|file| Path::new(file) == path));
            assert_eq!(place, Ok(Place { path: path.to_owned(), line }), "{text}");
        }
    }

    #[test]
    fn what_is_no_place_is_explained() {
        let texts = ["src/a.rs", "C:\\src\\a.rs", "a:", ":3", "a:x", "a:0", "a:99999999999", "a:-3", "a:+3", ""];
        let answers: Vec<String> = texts.iter().filter_map(|text| parse(text, |_| true).err()).collect();
        assert_eq!(answers.len(), texts.len());
        expect_test::expect![[r#"
            `src/a.rs` names no line; write FILE:LINE, for example src/a.rs:1
            `C:\src\a.rs` names no line; write FILE:LINE, for example C:\src\a.rs:1
            `a:` names no line; write FILE:LINE, for example a:1
            `:3` names no line; write FILE:LINE, for example :3:1
            `a:x` names no line; write FILE:LINE, for example a:x:1
            `a:0` names a line that no file has; lines count from 1
            `a:99999999999` names a line that no file has; lines count from 1
            `a:-3` names no line; write FILE:LINE, for example a:-3:1
            `a:+3` names no line; write FILE:LINE, for example a:+3:1
            `` names no line; write FILE:LINE, for example :1"#]]
        .assert_eq(&answers.join("\n"));
    }
}
