//! What can be named with `@` in a question: files, folders, symbols, what is not committed yet, problems.

use std::{collections::BTreeSet, path::PathBuf};

use codecompass_index::symbols;

use super::{
    current::{Current, Spot, absolute},
    everywhere::shown,
};
use crate::live::View;

/// Something that can be named.
#[derive(Debug, Clone, PartialEq)]
pub struct Mention {
    /// What is written, with the `@`.
    pub text: String,
    /// What it is.
    pub kind: Kind,
    /// More about it.
    pub detail: String,
    /// The file or folder, absolute.
    pub path: Option<PathBuf>,
    /// Where a symbol's name stands.
    pub spot: Option<Spot>,
}

/// What can be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A definition.
    Symbol,
    /// What is not committed yet.
    Diff,
    /// What tools report.
    Problems,
}

/// So many names that begin alike are looked up.
const NAMES: usize = 20;

/// What begins with `prefix`, or has a part that does, the likeliest first. `near` is the key of the file in front.
pub fn mentions(views: &[&View], prefix: &str, near: Option<&str>, limit: usize) -> anyhow::Result<Vec<Mention>> {
    let typed = prefix.trim_start_matches('@').to_lowercase();
    let mut found: Vec<(u32, Mention)> = Vec::new();
    for (word, kind, detail) in [
        ("diff", Kind::Diff, "what is not committed yet"),
        ("problems", Kind::Problems, "what tools report in the open files"),
    ] {
        if word.starts_with(&typed) {
            let mention = Mention { text: format!("@{word}"), kind, detail: detail.to_owned(), path: None, spot: None };
            found.push((2, mention));
        }
    }
    let folder_of = |key: &str| key.rsplit_once('/').map_or_else(String::new, |(folder, _)| folder.to_owned());
    let near = near.map(folder_of);
    for (number, view) in views.iter().enumerate() {
        let Some(snapshot) = view.snapshot.as_deref() else { continue };
        let mut folders = BTreeSet::new();
        for (key, _) in snapshot.files.iter().filter(|(key, _)| view.speaks_for(key)) {
            let mut folder = key;
            while let Some((above, _)) = folder.rsplit_once('/') {
                if !folders.insert(above.to_owned()) {
                    break;
                }
                folder = above;
            }
            if let Some(rank) = rank(key, &typed) {
                let far = u32::from(number > 0 || near.as_deref() != Some(&*folder_of(key)));
                found.push((rank * 2 + far, place(views, view, key, Kind::File)));
            }
        }
        for folder in folders {
            if let Some(rank) = rank(&folder, &typed) {
                found.push((rank * 2 + 1, place(views, view, &folder, Kind::Folder)));
            }
        }
        if typed.is_empty() {
            continue;
        }
        let current = Current::new(view);
        let last = prefix.trim_start_matches('@').rsplit("::").next().unwrap_or_default();
        for name in symbols::names_with_prefix(snapshot, last, NAMES)? {
            for definition in symbols::some_definitions(snapshot, &name, 3)? {
                let Some(spot) = current.definition(&definition) else { continue };
                let qualified = symbols::qualified(&definition.symbol);
                let rank = if definition.symbol.name.to_lowercase() == typed { 0 } else { 3 };
                let place = format!("{}:{}", shown(views, view, &definition.path), spot.line + 1);
                found.push((
                    rank,
                    Mention {
                        text: format!("@{qualified}"),
                        kind: Kind::Symbol,
                        detail: format!("{} {place}", definition.symbol.kind.as_str()),
                        path: Some(spot.path.clone()),
                        spot: Some(spot),
                    },
                ));
            }
        }
    }
    found.sort_by(|(a, one), (b, two)| {
        (a, one.text.len(), &one.text, &one.detail).cmp(&(b, two.text.len(), &two.text, &two.detail))
    });
    found.dedup_by(|a, b| a.1 == b.1);
    Ok(found.into_iter().take(limit).map(|(_, mention)| mention).collect())
}

/// How well a path fits: by its name, from its beginning, by a folder's name, by a part.
fn rank(key: &str, typed: &str) -> Option<u32> {
    let key = key.to_lowercase();
    let name = key.rsplit('/').next().unwrap_or_default();
    if typed.is_empty() {
        return Some(4);
    }
    if name.starts_with(typed) {
        Some(0)
    } else if key.starts_with(typed) {
        Some(1)
    } else if key.contains(&format!("/{typed}")) {
        Some(2)
    } else {
        key.contains(typed).then_some(3)
    }
}

fn place(views: &[&View], view: &View, key: &str, kind: Kind) -> Mention {
    let slash = if kind == Kind::Folder { "/" } else { "" };
    Mention {
        text: format!("@{}{slash}", shown(views, view, key)),
        kind,
        detail: String::new(),
        path: Some(absolute(&view.root, key)),
        spot: None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::handlers::fixture::Fixture;

    #[test]
    fn files_folders_and_names_are_found_by_how_they_begin() {
        let fixture =
            Fixture::new("//- src/store.rs\npub struct Store;\n//- src/deep/storage.rs\nfn x() {}\n//- a.rs\n");
        let view = fixture.view();
        let texts = |prefix: &str, near| -> Vec<String> {
            mentions(&[&view], prefix, near, 10).unwrap().into_iter().map(|mention| mention.text).collect()
        };
        assert_eq!(texts("sto", None), ["@src/store.rs", "@src/deep/storage.rs", "@Store"]);
        assert_eq!(texts("sto", Some("src/deep/x.rs"))[0], "@src/deep/storage.rs");
        assert_eq!(texts("Store", None)[0], "@Store");
        assert_eq!(texts("src/", None)[0], "@src/deep/");
        assert_eq!(texts("di", None), ["@diff"]);
        assert!(texts("", None).contains(&"@problems".to_owned()));
        assert!(texts("zzz", None).is_empty());
    }
}
