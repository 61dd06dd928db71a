#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use expect_test::{Expect, expect};

use super::*;
use crate::handlers::fixture::Fixture;

const FILES: &str = "\
//- src/store.rs
/// What is for sale. Not what was sold.
pub struct Store;

impl Store {
    /// Adds an item to the shelf.
    pub fn add(&self, item: u32) -> u32 {
        // add is called here
        let text = \"add\";
        item + 42
    }
}

fn text() {}

#[cfg(test)]
mod tests {
    #[test]
    fn items_are_added() {
        Store.add(1);
    }
}
//- src/main.rs
fn main() {
    let store = Store;
    store.add(1);
    store.add(2);
    let text = 1;
    print(text);
}
//- other/größe.py
class Korb:
    def add(self, größe):
        \"\"\"Legt etwas *hinein*.\"\"\"
        return größe
";

fn ask(fixture: &Fixture, key: &str, mark: &str) -> Option<Hover> {
    let view = fixture.view();
    let text = view.text(key).unwrap();
    let at = text.find(mark).unwrap() + mark.len();
    let change = |_: &View, _: &str, lines: Range<u32>| {
        let summary = format!("Say what lines {lines:?} [do]");
        Some(Change { summary, author: "Ada <a@b>".to_owned(), commit: "abc1234".to_owned(), age_s: 3 * 86_400 + 5 })
    };
    let link = |path: &Path, line: u32| format!("{}#L{}", fixture.key(path), line + 1);
    hover(&[&view], key, at, &Outlines::default(), &change, &link).unwrap()
}

#[track_caller]
fn check(key: &str, mark: &str, expected: &Expect) {
    expected.assert_eq(&ask(&Fixture::new(FILES), key, mark).map_or(String::new(), |hover| hover.markdown));
}

#[test]
fn a_definition_with_all_that_is_known_of_it() {
    check(
        "src/store.rs",
        "pub struct St",
        &expect![[r#"
        **struct** `Store`, [src/store.rs:2](src/store.rs#L2)

        What is for sale.

        0 references

        Changed 3 days ago by Ada \<a@b\>: Say what lines 1..2 \[do\] (`abc1234`)
    "#]],
    );
}

#[test]
fn of_many_definitions_the_one_meant_comes_first() {
    check(
        "src/main.rs",
        "store.ad",
        &expect![[r#"
        **method** `Store::add`, [src/store.rs:6](src/store.rs#L6)

        Adds an item to the shelf.

        2 definitions are named `add`; also method `Korb::add` [other/größe.py:2](other/größe.py#L2)

        3 references (of that name)

        Used in `main` [src/main.rs:3](src/main.rs#L3)

        Tested in `tests::items_are_added` [src/store.rs:19](src/store.rs#L19)

        Changed 3 days ago by Ada \<a@b\>: Say what lines 5..10 \[do\] (`abc1234`)
    "#]],
    );
    check(
        "other/größe.py",
        "def ad",
        &expect![[r#"
        **method** `Korb::add`, [other/größe.py:2](other/größe.py#L2)

        Legt etwas \*hinein\*.

        2 definitions are named `add`; also method `Store::add` [src/store.rs:6](src/store.rs#L6)

        3 references (of that name)

        Used in `main` [src/main.rs:3](src/main.rs#L3)

        Tested in `tests::items_are_added` [src/store.rs:19](src/store.rs#L19)

        Changed 3 days ago by Ada \<a@b\>: Say what lines 1..4 \[do\] (`abc1234`)
    "#]],
    );
}

#[test]
fn nothing_is_said_of_what_is_no_name() {
    let fixture = Fixture::new(FILES);
    for (key, mark) in [
        ("src/store.rs", "// ad"),
        ("src/store.rs", "\"ad"),
        ("src/store.rs", "item + 4"),
        ("src/store.rs", "        le"),
        ("src/store.rs", "(&self, ite"),
        ("src/main.rs", "print(tex"),
        ("other/größe.py", "return grö"),
    ] {
        assert_eq!(ask(&fixture, key, mark), None, "{key} {mark}");
    }
}

#[test]
fn the_range_is_the_name() {
    let hover = ask(&Fixture::new(FILES), "src/main.rs", "store.a").unwrap();
    assert_eq!(hover.range, 45..48);
}

#[test]
fn what_is_not_there_any_more_is_not_shown() {
    let mut fixture = Fixture::new(FILES);
    fixture.open("src/main.rs", "fn main() {\n    Store.add(1);\n}\n");
    fixture.write("other/größe.py", "");
    let markdown = ask(&fixture, "src/main.rs", "Store.a").unwrap().markdown;
    assert!(!markdown.contains("größe"), "{markdown}");
    assert!(!markdown.contains("main.rs:3"), "{markdown}");
}

#[test]
fn text_of_others_commands_nothing() {
    assert_eq!(plain("a [link](x) ![i](y) <b>\n`c`"), r"a \[link\](x) \!\[i\](y) \<b\> \`c\`");
}
