//! What a path says about a file: test code, side material, and the words of its name.

use crate::terms;

/// What part of a project a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// Test code.
    pub test: bool,
    /// Examples, benchmarks, documentation, scripts, tools, web sites.
    pub side: bool,
}

const TEST_FOLDERS: [&str; 19] = [
    "test",
    "tests",
    "spec",
    "specs",
    "__tests__",
    "testing",
    "testlib",
    "e2e",
    "mocks",
    "__mocks__",
    "mock",
    "fuzz",
    "testdata",
    "test-data",
    "fixtures",
    "e2e-tests",
    "integration-tests",
    "unittests",
    "unittest",
];

const SIDE_FOLDERS: [&str; 27] = [
    "example",
    "examples",
    "sample",
    "samples",
    "demo",
    "demos",
    "doc",
    "docs",
    "bench",
    "benches",
    "benchmark",
    "benchmarks",
    "perf",
    "script",
    "scripts",
    "tool",
    "tools",
    "website",
    "site",
    "contrib",
    "tutorial",
    "tutorials",
    "playground",
    "sandbox",
    "third_party",
    "third-party",
    "vendor",
];

/// Reads the path.
pub fn place(path: &str) -> Place {
    let mut place = Place::default();
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    for folder in folders.split('/') {
        let lower = folder.to_ascii_lowercase();
        place.test |= TEST_FOLDERS.contains(&lower.as_str()) || is_test_folder(folder);
        place.side |= SIDE_FOLDERS.contains(&lower.as_str());
    }
    place.test |= is_test_file(name);
    place
}

/// `Foo.Tests`, `jvmTest`, `commonTest`, `foo-test`, `foo_tests`: but not `latest` or `contest`.
fn is_test_folder(folder: &str) -> bool {
    let stem = folder.strip_suffix('s').or_else(|| folder.strip_suffix('S')).unwrap_or(folder);
    stem.strip_suffix("Test").is_some_and(|before| !before.is_empty())
        || ["-test", "_test", ".test", ".Test"].iter().any(|ending| stem.ends_with(ending))
}

fn is_test_file(name: &str) -> bool {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let middle = name.split('.').skip(1).any(|part| matches!(part, "test" | "tests" | "spec" | "specs" | "cy"));
    let lower = stem.to_ascii_lowercase();
    middle
        || lower.starts_with("test_")
        || lower.starts_with("tests_")
        || matches!(lower.as_str(), "test" | "tests" | "conftest" | "spec")
        || ["_test", "_tests", "-test", "-tests", "_spec", "-spec"].iter().any(|ending| lower.ends_with(ending))
        || ["Test", "Tests", "Spec", "Specs", "TestCase"].iter().any(|ending| {
            stem.strip_suffix(ending)
                .is_some_and(|before| before.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()))
        })
}

/// The file's own name without its extension; for files that only stand for their folder, the folder's name.
pub fn stem(path: &str) -> &str {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or(path);
    let stem = name.split_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem });
    match stem {
        "index" | "mod" | "lib" | "main" | "__init__" | "package" => parts.next().unwrap_or(stem),
        _ => stem,
    }
}

/// The last `count` parts of the path without the extension, as words.
pub fn tail(path: &str, count: usize) -> String {
    let start = path.rmatch_indices('/').nth(count - 1).map_or(0, |(at, _)| at + 1);
    let tail = &path[start..];
    let name = tail.rfind('/').map_or(0, |at| at + 1);
    match tail[name..].rfind('.') {
        Some(dot) if dot > 0 => tail[..name + dot].to_owned(),
        _ => tail.to_owned(),
    }
}

/// The stemmed words of [`stem`].
pub fn stem_terms(path: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut buffer = String::new();
    terms::for_each_part(stem(path), |part| {
        buffer.clear();
        buffer.extend(part.chars().flat_map(char::to_lowercase));
        terms::stem(&mut buffer);
        words.push(buffer.clone());
    });
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_known_by_folder_and_name() {
        for path in [
            "tests/a.rs",
            "src/foo_test.go",
            "src/a.test.ts",
            "pkg/FooTest.java",
            "src/commonTest/kotlin/A.kt",
            "Foo.Tests/Bar.cs",
            "spec/models/user_spec.rb",
            "test_parser.py",
            "Tests/NIOTests/ChannelTests.swift",
        ] {
            assert!(place(path).test, "{path}");
        }
        for path in ["src/latest.rs", "src/contest/a.rs", "src/attest.py", "src/Manifest.java", "src/spectrum.c"] {
            assert!(!place(path).test, "{path}");
        }
    }

    #[test]
    fn side_material_is_known_by_folder() {
        assert!(place("examples/demo.rs").side);
        assert!(place("docs/conf.py").side);
        assert!(!place("src/examples.rs").side);
    }

    #[test]
    fn stems_and_tails() {
        assert_eq!(stem("src/net/mod.rs"), "net");
        assert_eq!(stem("src/http_server.rs"), "http_server");
        assert_eq!(stem(".gitignore"), ".gitignore");
        assert_eq!(tail("a/b/c/d.test.ts", 3), "b/c/d.test");
        assert_eq!(tail("d.ts", 3), "d");
        assert_eq!(stem_terms("src/HttpServers.java"), ["http", "server"]);
    }
}
