//! What a question brings into the prompt, by itself and in a conversation.

use codecompass_core::prompt::{EditorState, Place, Problem, Question, Reason, Span, Turn};

use super::{asked, files::RUST, sources, text};
use crate::handlers::fixture::Fixture;

fn question(text: &str) -> Question {
    Question { text: text.to_owned(), ..Question::default() }
}

fn after(turns: &[(&str, &str, &str, u32, u32)], text: &str) -> Question {
    let turn = |(question, symbol, path, start, end): &(&str, &str, &str, u32, u32)| Turn {
        question: (*question).to_owned(),
        answer: format!("That is in `{symbol}` ({path}:{start}-{end})."),
        places: vec![Place { path: (*path).to_owned(), lines: Span::new(*start, *end), symbol: (*symbol).to_owned() }],
    };
    Question { history: turns.iter().map(turn).collect(), ..question(text) }
}

#[track_caller]
fn holds(found: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(found.lines().any(|line| line.contains(wanted)), "{wanted} is missing in\n{found}");
    }
}

#[test]
fn a_question_in_words_finds_whole_definitions() {
    let fixture = Fixture::new(RUST);
    let prompt = asked(&fixture, &question("how is money rounded when it is charged?")).unwrap();
    holds(&sources(&prompt), &["src/money.rs:"]);
    assert!(text(&prompt).contains("fn round_up"), "{}", text(&prompt));
    assert!(text(&prompt).trim_end().ends_with("how is money rounded when it is charged?"));
}

#[test]
fn a_name_brings_its_definition_and_its_users() {
    let fixture = Fixture::new(RUST);
    let prompt = asked(&fixture, &question("where is `Money::charge` called?")).unwrap();
    let found = sources(&prompt);
    assert!(found.starts_with("definition: method Money::charge src/money.rs:"), "{found}");
    assert!(found.lines().nth(1).unwrap().starts_with("caller: function checkout src/cart.rs:"), "{found}");
    assert!(!found.contains("caller: function plug_in"), "that is the battery's: {found}");
}

#[test]
fn follow_ups_find_what_they_are_about() {
    let fixture = Fixture::new(RUST);
    let before = [("how is money taken?", "Money::charge", "src/money.rs", 9, 11)];
    for (follow_up, wanted) in [
        ("and where is that called?", "caller: function checkout"),
        ("how is it tested?", "test: function test_charge_rounds"),
        ("what does it call?", "used by it: function round_up"),
        ("who uses it?", "caller: function checkout"),
        ("and its tests?", "test: function test_charge_rounds"),
    ] {
        let prompt = asked(&fixture, &after(&before, follow_up)).unwrap();
        let found = sources(&prompt);
        assert!(found.starts_with("definition: method Money::charge"), "{follow_up}: {found}");
        assert!(found.lines().nth(1).unwrap().starts_with(wanted), "{follow_up}: {found}");
    }
    let longer = [before[0], ("and where is that called?", "checkout", "src/cart.rs", 3, 5)];
    let prompt = asked(&fixture, &after(&longer, "is it tested?")).unwrap();
    holds(&sources(&prompt), &["test: function test_charge_rounds"]);
    assert!(text(&prompt).contains("how is money taken?"), "earlier turns are in the prompt");
}

#[test]
fn pins_come_first_and_unknown_ones_are_said() {
    let fixture = Fixture::new(RUST);
    let prompt = asked(&fixture, &question("what is wrong in @src/cart.rs and @symbol:Battery?")).unwrap();
    let found = sources(&prompt);
    assert!(found.starts_with("pinned: file src/cart.rs:1-9\npinned: struct Battery src/other.rs:1\n"), "{found}");
    let notes = |text: &str| asked(&fixture, &question(text)).unwrap().notes;
    assert_eq!(notes("@file:src/mony.rs"), ["no file src/mony.rs is in the index; did you mean src/money.rs?"]);
    assert_eq!(notes("@chekout"), ["no definition chekout is in the index; did you mean checkout?"]);
    assert_eq!(notes("@folder:srcs"), ["no folder srcs is in the index; did you mean src?"]);
    assert_eq!(notes("@zzzzqqq"), ["no definition zzzzqqq is in the index"]);
    assert_eq!(notes("@diff"), ["nothing differs from the last commit, or there is no git repository"]);
    assert_eq!(notes("@problems"), ["no tool reports a problem in the files of the index"]);
    let folder = asked(&fixture, &question("@folder:docs what is here?")).unwrap();
    assert!(sources(&folder).starts_with("pinned: file docs/money.md"), "{}", sources(&folder));
    let lines = asked(&fixture, &question("@src/money.rs:9-11 ?")).unwrap();
    assert!(sources(&lines).starts_with("pinned:  src/money.rs:9-11"), "{}", sources(&lines));
}

#[test]
fn what_the_editor_shows_counts() {
    let fixture = Fixture::new(RUST);
    let file = fixture.root().join("src/cart.rs");
    let mut asked_here = question("what is this for?");
    asked_here.editor = EditorState { file: Some(file.clone()), cursor: Some(8), ..EditorState::default() };
    let prompt = asked(&fixture, &asked_here).unwrap();
    assert!(sources(&prompt).starts_with("around it: function unrelated src/cart.rs:7-9"), "{}", sources(&prompt));
    assert!(text(&prompt).contains("The file in front is src/cart.rs. The cursor is on line 8."));
    asked_here.editor.selection = Some(Span::new(4, 4));
    let prompt = asked(&fixture, &asked_here).unwrap();
    assert_eq!((prompt.sources[0].why, prompt.sources[0].lines), (Reason::Selection, Span::new(3, 5)));
    let mut broken = question("why does this not compile?");
    broken.editor.problems = vec![Problem {
        file,
        lines: Span::new(4, 4),
        message: "mismatched types".to_owned(),
        source: "rustc".to_owned(),
    }];
    let prompt = asked(&fixture, &broken).unwrap();
    assert_eq!(prompt.sources[0].why, Reason::Problem);
    assert!(text(&prompt).contains("src/cart.rs:4 rustc: mismatched types"));
}

#[test]
fn questions_that_cannot_be_asked() {
    let fixture = Fixture::new(RUST);
    let said = |text: &str| asked(&fixture, &question(text)).unwrap_err().to_string();
    assert!(said("  \n").starts_with("there is no question"));
    assert!(said(&"x".repeat(1 << 20)).starts_with("the question has 1048576 bytes"));
    assert!(said(&"word and word ".repeat(8_000)).starts_with("the model reads 14336 tokens beside its answer"));
    assert!(asked(&fixture, &question("lang:klingon \"x `")).is_ok());
}
