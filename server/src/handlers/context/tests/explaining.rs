//! The set of an explanation: all that belongs to a definition, nothing of another one of the same name, in an order that
//! does not change.

use codecompass_core::prompt::{Fate, Part};
use expect_test::{Expect, expect};

use super::{
    super::Target,
    Budget, explained,
    files::{GO, PYTHON, RUST, TYPESCRIPT},
    sources, text,
};
use crate::handlers::fixture::Fixture;

#[track_caller]
fn check(files: &str, key: &str, target: &Target, expected: &Expect) {
    let fixture = Fixture::new(files);
    let prompt = explained(&fixture, key, target, Budget::default()).unwrap();
    expected.assert_eq(&sources(&prompt));
    assert!(prompt.ledger.accounts_for(&prompt.messages));
    assert_eq!(prompt, explained(&fixture, key, target, Budget::default()).unwrap(), "the same set each time");
}

fn charge(line: u32) -> Target {
    Target::Symbol(line, None)
}

#[test]
fn rust() {
    check(
        RUST,
        "src/money.rs",
        &charge(10),
        &expect![[r#"
        definition: method Money::charge src/money.rs:9-12
        caller: function checkout src/cart.rs:3-5
        type it uses: struct Money src/money.rs:3-6
        used by it: function round_up src/money.rs:18-20
        type it uses: struct Rate src/money.rs:15-16
        test: function test_charge_rounds tests/money.rs:3-6
        documentation: Money docs/money.md:1-7
    "#]],
    );
}

#[test]
fn python() {
    check(
        PYTHON,
        "shop/money.py",
        &charge(11),
        &expect![[r#"
        definition: method Money::charge shop/money.py:10-12
        caller: function checkout shop/cart.py:4-5
        type it uses: class Money shop/money.py:4 (a part)
        used by it: function round_up shop/money.py:15-16
        test: function test_charge_rounds tests/test_money.py:4-5
        documentation: Shop README.md:1-3
    "#]],
    );
}

#[test]
fn typescript() {
    check(
        TYPESCRIPT,
        "src/money.ts",
        &charge(4),
        &expect![[r#"
            definition: function charge src/money.ts:3-6
            caller: function checkout src/cart.ts:3-5
            type it uses: interface Rate src/money.ts:1
            used by it: function roundUp src/money.ts:8-10
            test: function testChargeRounds src/money.test.ts:3-5
            documentation: Shop README.md:1-3
        "#]],
    );
}

#[test]
fn go() {
    check(
        GO,
        "money/money.go",
        &charge(11),
        &expect![[r#"
        definition: function Charge money/money.go:10-13
        caller: function Checkout cart/cart.go:5-7
        type it uses: struct Rate money/money.go:5-8
        used by it: function roundUp money/money.go:15-17
        test: function TestChargeRounds money/money_test.go:5-7
        documentation: Shop README.md:1-3
    "#]],
    );
}

#[test]
fn a_name_where_it_is_used_means_its_definition() {
    let fixture = Fixture::new(RUST);
    let target = Target::Symbol(3, Some("charge".to_owned()));
    let prompt = explained(&fixture, "src/cart.rs", &target, Budget::default()).unwrap();
    assert_eq!(prompt.sources[0].path, "src/money.rs");
}

#[test]
fn the_text_as_the_model_reads_it() {
    let fixture = Fixture::new(TYPESCRIPT);
    let prompt = explained(&fixture, "src/money.ts", &charge(4), Budget::default()).unwrap();
    expect![[r#"
        [1] src/money.ts:3-6 · function charge · definition
        ```typescript
        3| /** Takes the money. */
        4| export function charge(cents: number, rate: Rate): number {
        5|   return roundUp(cents, rate);
        6| }
        ```

        [2] src/cart.ts:3-5 · function checkout · caller
        ```typescript
        1| import { charge } from './money';
         | …
        3| export function checkout(total: number): number {
        4|   return charge(total, { percent: 3 });
        5| }
        ```

        [3] src/money.ts:1 · interface Rate · type it uses
        ```typescript
        1| export interface Rate { percent: number }
        ```

        [4] src/money.ts:8-10 · function roundUp · used by it
        ```typescript
         8| function roundUp(cents: number, rate: Rate): number {
         9|   return Math.ceil(cents * rate.percent);
        10| }
        ```

        [5] src/money.test.ts:3-5 · function testChargeRounds · test
        ```typescript
        1| import { charge } from './money';
         | …
        3| function testChargeRounds() {
        4|   charge(1, { percent: 1 });
        5| }
        ```

        [6] README.md:1-3 · Shop · documentation
        ```markdown
        1| # Shop
        2| 
        3| Use `charge` to take money.
        ```

        Explain the `function charge` (src/money.ts:4-6).
    "#]]
    .assert_eq(&prompt.messages[1].text);
}

#[test]
fn a_selection_a_file_a_folder_and_a_problem() {
    check(
        RUST,
        "src/cart.rs",
        &Target::Lines(3..4),
        &expect![[r#"
        selected: function checkout src/cart.rs:3-5
        type it uses: struct Rate src/money.rs:15-16
        used by it: method Money::charge src/money.rs:9-12
    "#]],
    );
    check(
        RUST,
        "src/money.rs",
        &Target::File,
        &expect![[r#"
        definition: file src/money.rs:1-20
        caller: function checkout src/cart.rs:3-5
        test: function test_charge_rounds tests/money.rs:3-6
    "#]],
    );
    check(
        RUST,
        "src",
        &Target::Folder,
        &expect![[r#"
        definition: file src/cart.rs:3 (a part)
        definition: file src/lib.rs:1-3 (a part)
        definition: file src/money.rs:4 (a part)
        definition: file src/other.rs:1 (a part)
    "#]],
    );
    let message = "mismatched types: expected `Rate`, found integer";
    check(
        RUST,
        "src/cart.rs",
        &Target::Problem(3..4, message.to_owned()),
        &expect![[r#"
        has the problem: function checkout src/cart.rs:3-5
        definition: struct Rate src/money.rs:15-16
        used by it: method Money::charge src/money.rs:9-12
        type it uses: struct Money src/money.rs:3-6
    "#]],
    );
}

#[test]
fn a_small_model_gets_the_most_relevant_first() {
    let fixture = Fixture::new(RUST);
    let all = explained(&fixture, "src/money.rs", &charge(10), Budget::default()).unwrap();
    let order: Vec<String> = all.sources.iter().map(|source| source.label.clone()).collect();
    let mut least = usize::MAX;
    for context in (300..1200).step_by(60) {
        let prompt = explained(&fixture, "src/money.rs", &charge(10), Budget::new(context, 20)).unwrap();
        let shown: Vec<usize> = prompt
            .sources
            .iter()
            .map(|source| order.iter().position(|label| *label == source.label).unwrap())
            .collect();
        assert!(shown.is_sorted(), "{context}: {shown:?}");
        assert!(prompt.estimated_tokens <= context - 20);
        least = least.min(shown.len());
        let left: Vec<_> = prompt.ledger.left_out().filter(|entry| entry.part == Part::Source).collect();
        assert!(left.iter().all(|entry| matches!(&entry.fate, Fate::LeftOut(why) if !why.is_empty())));
        assert_eq!(
            shown.len() + left.len(),
            all.ledger.entries.iter().filter(|entry| entry.part == Part::Source).count()
        );
    }
    assert!(least < order.len());
}

#[test]
fn what_cannot_be_explained_is_said() {
    let fixture = Fixture::new(RUST);
    let said =
        |key: &str, target: &Target| explained(&fixture, key, target, Budget::default()).unwrap_err().to_string();
    assert_eq!(said("no.rs", &Target::File), "no.rs is not in the index; `codecompass why no.rs` says why");
    assert_eq!(said("src/cart.rs", &Target::Lines(90..95)), "src/cart.rs has 9 lines; line 91 is not one of them");
    assert_eq!(said("nowhere", &Target::Folder), "no file below nowhere is in the index");
    let small = explained(&fixture, "src/cart.rs", &Target::File, Budget::new(60, 40)).unwrap_err().to_string();
    assert!(small.starts_with("the model reads 20 tokens beside its answer"), "{small}");
}

#[test]
fn a_file_of_the_editor_is_explained_as_it_is_there() {
    let mut fixture = Fixture::new(RUST);
    fixture.open("src/cart.rs", "// new line\nuse crate::money::{Money, Rate};\n\npub fn checkout(total: Money) -> Money {\n    total.charge(Rate(9))\n}\n");
    let prompt = explained(&fixture, "src/cart.rs", &Target::Lines(4..5), Budget::default()).unwrap();
    assert!(text(&prompt).contains("5|     total.charge(Rate(9))"), "{}", text(&prompt));
    assert!(!text(&prompt).contains("Rate(3)"));
}

#[test]
fn a_comment_is_about_the_definition_below_it() {
    let files = "\
//- src/tree.go
package tree

// Find gives the handle of a path.
// If there is none, it gives nothing.
func Find(path string) int {
\treturn len(path)
}
";
    check(
        files,
        "src/tree.go",
        &Target::Symbol(2, None),
        &expect![[r#"
        definition: function Find src/tree.go:3-7
    "#]],
    );
}

#[test]
fn what_every_map_has_is_not_the_method_of_a_type_that_is_not_named() {
    let files = "\
//- shop/settings/__init__.py
class Settings:
    def get(self, name):
        return name

//- shop/retry.py
class Retry:
    def __init__(self, settings):
        self.times = settings

    def again(self, meta):
        return meta.get('times', 0)
";
    check(
        files,
        "shop/retry.py",
        &Target::Symbol(5, None),
        &expect![[r#"
        definition: method Retry::again shop/retry.py:5-6
        type it uses: class Retry shop/retry.py:1 (a part)
    "#]],
    );
}
