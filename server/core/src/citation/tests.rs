//! What must be true of checked answers: every wrong citation is caught and no right one is flagged.

use std::sync::Arc;

use super::*;
use crate::{language::Language, prompt::Reason};

const STORE: &str =
    "use std::fs;\n\nimpl Store {\n    fn add_item(&mut self) {\n        self.count_items += 1;\n    }\n}\n";
const RETRY: &str = "fn retry_later() {\n    wait_for_backoff();\n    give_up_at_last();\n}\n";

fn source(n: u32, path: &str, text: &str, start: u32, end: u32) -> Source {
    let own: Vec<&str> = text.lines().skip(start as usize - 1).take((end - start) as usize + 1).collect();
    Source {
        n,
        path: path.to_owned(),
        lines: Span::new(start, end),
        label: "function f".to_owned(),
        language: Language::Rust,
        text: own.join("\n"),
        why: Reason::Found,
        around: Vec::new(),
        partial: false,
    }
}

fn sources() -> Vec<Source> {
    vec![source(1, "src/store.rs", STORE, 3, 7), source(2, "src/retry.rs", RETRY, 1, 4)]
}

fn files(path: &str) -> Option<Arc<str>> {
    match path {
        "src/store.rs" => Some(STORE.into()),
        "src/retry.rs" => Some(RETRY.into()),
        "src/other.rs" => Some("fn other() {}\n".into()),
        _ => None,
    }
}

/// Each citation: its text, whether it is verified, and the reason.
fn judged(answer: &str) -> Vec<String> {
    let checked = check(answer, &sources(), &files);
    let each = checked.citations.iter().map(|citation| {
        let sign = if citation.verified { "+" } else { "-" };
        let reason = citation.reason.as_deref().map_or_else(String::new, |reason| format!(" {reason}"));
        format!("{sign}{}{reason}", &checked.text[citation.range.clone()])
    });
    each.collect()
}

#[test]
fn right_citations_are_right() {
    assert_eq!(
        judged(
            "It counts [1], and waits [1, 2]. See src/store.rs:3-7, `retry.rs:2`, ./src/retry.rs#L1-L4 and [2:2-3]."
        ),
        ["+[1]", "+1", "+2", "+src/store.rs:3-7", "+retry.rs:2", "+./src/retry.rs#L1-L4", "+[2:2-3]"]
    );
}

#[test]
fn wrong_ones_are_named() {
    assert_eq!(
        judged("A [3]. B src/store.rs:1. C src/store.rs:5-99. D src/gone.rs:1. E src/other.rs:1. F src/store.rs:7-3."),
        [
            "-[3] there is no source 3",
            "-src/store.rs:1 these lines were not shown to the model",
            "-src/store.rs:5-99 the file has 7 lines",
            "-src/gone.rs:1 there is no such file",
            "-src/other.rs:1 the file was not shown to the model",
            "-src/store.rs:7-3 the lines run backwards",
        ]
    );
    assert_eq!(judged("G src/store.rs:1-4"), ["-src/store.rs:1-4 not all of these lines were shown to the model"]);
}

#[test]
fn a_number_mixed_up_with_another_is_caught() {
    assert_eq!(
        judged("`retry_later` calls `wait_for_backoff` [1]."),
        ["-[1] what the sentence names stands in [2], not here"]
    );
    assert_eq!(judged("`retry_later` is called by nobody. [2]"), ["+[2]"]);
    assert_eq!(judged("The items are counted [2]."), ["+[2]"], "no name, no proof of the contrary");
}

#[test]
fn text_that_changed_since_is_stale_and_text_that_moved_is_followed() {
    let changed = |path: &str| files(path).map(|text| Arc::from(text.replace("+= 1", "+= 2")));
    let checked = check("It counts [1], at src/store.rs:4, at src/store.rs:5.", &sources(), &changed);
    let verified: Vec<bool> = checked.citations.iter().map(|citation| citation.verified).collect();
    assert_eq!(verified, [false, true, false]);
    assert_eq!(checked.summary, "1 of 3 citations checked");
    let moved = |path: &str| files(path).map(|text| Arc::from(format!("// new\n{text}")));
    let checked = check("It counts [1], at src/store.rs:4.", &sources(), &moved);
    assert_eq!((checked.citations[0].start_line, checked.citations[0].end_line), (4, 8));
    assert_eq!(checked.citations[0].reason.as_deref(), Some("moved from lines 3-7"));
    assert!(!checked.citations[1].verified);
    let gone = check("It counts [1].", &sources(), &|_| None);
    assert_eq!(gone.citations[0].reason.as_deref(), Some("the file is gone or cannot be read"));
}

#[test]
fn lines_around_a_source_may_be_cited() {
    let mut sources = sources();
    sources[0].around = vec![crate::prompt::Lines { lines: Span::new(1, 1), text: "use std::fs;".to_owned() }];
    let checked = check("It uses files src/store.rs:1-4.", &sources, &files);
    assert!(checked.citations[0].verified, "the blank line between hides nothing: {:?}", checked.citations[0].reason);
}

#[test]
fn an_answer_without_citations_gets_those_that_are_clear() {
    let answer =
        "The store counts with `add_item` in `count_items`.\nThen `retry_later` does `wait_for_backoff`. It is fast.\n";
    let checked = check(answer, &sources(), &files);
    assert_eq!(
        checked.text,
        "The store counts with `add_item` in `count_items` [1].\nThen `retry_later` does `wait_for_backoff` [2]. It is fast.\n"
    );
    assert!(checked.citations.iter().all(|citation| citation.added && citation.verified));
    assert_eq!(checked.summary, "the answer cites nothing, 2 added where a sentence names what a source defines");
    let unclear =
        check("Both `add_item` and `retry_later` matter. Everything is counted somewhere.", &sources(), &files);
    assert!(unclear.citations.is_empty(), "{}", unclear.text);
}

#[test]
fn a_model_that_cites_is_left_alone() {
    let answer = "The store counts [1]. Then `retry_later` does `wait_for_backoff`.";
    assert_eq!(check(answer, &sources(), &files).text, answer);
}

#[test]
fn the_next_prompt_gets_places_for_numbers() {
    let checked = check("It counts [1], waits [1, 2], hopes [7] and ends src/retry.rs:3 [1-2].", &sources(), &files);
    assert_eq!(
        checked.spelled_out(),
        "It counts (src/store.rs:3-7), waits (src/store.rs:3-7, src/retry.rs:1-4), hopes and ends src/retry.rs:3 (src/store.rs:3-7, src/retry.rs:1-4)."
    );
    let turn = checked.turn("how?", &sources());
    let places: Vec<String> = turn.places.iter().map(|place| format!("{} {}", place.path, place.lines)).collect();
    assert_eq!(places, ["src/store.rs 3-7", "src/retry.rs 1-4", "src/retry.rs 3"]);
    assert_eq!(turn.places[0].symbol, "f");
}

/// A small generator of numbers, the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % u64::from(below)) as u32
    }
}

/// A thousand answers, each with citations that are right and one that is wrong in a way that is known: a wrong file, wrong
/// lines, numbers that are swapped, text that changed. Every wrong one is caught and no right one is flagged.
#[test]
fn a_thousand_answers_with_planted_mistakes() {
    let mut dice = Dice(7);
    let mut kinds = [0; 7];
    for _ in 0..1000 {
        // Five files of forty lines; each source shows some of them.
        let text = |file: u32| {
            let lines = (1..=40).map(|line| format!("    let value_{file}_{line} = compute_{file}({line});"));
            lines.collect::<Vec<_>>().join("\n") + "\n"
        };
        let texts: Vec<String> = (0..5).map(text).collect();
        let path = |file: u32| format!("src/part_{file}/code.rs");
        let sources: Vec<Source> = (0..5)
            .map(|file| {
                let start = 1 + dice.roll(20);
                source(file + 1, &path(file), &texts[file as usize], start, start + 3 + dice.roll(12))
            })
            .collect();
        let wrong_at = dice.roll(4);
        let kind = dice.roll(7);
        kinds[kind as usize] += 1;
        let mut answer = String::new();
        let mut stale = None;
        let mut expected = Vec::new();
        for number in 0..4 {
            let source = &sources[dice.roll(5) as usize];
            let file = source.n - 1;
            let line = source.lines.start + dice.roll(source.lines.count());
            let name = format!("value_{file}_{line}");
            let right = match dice.roll(5) {
                0 => format!("[{}]", source.n),
                1 => format!("{}:{}", source.path, source.lines),
                2 => format!("`{}:{line}`", source.path),
                3 => format!("{}#L{line}-L{}", source.path, source.lines.end),
                _ => format!("[{}:{line}]", source.n),
            };
            let is_wrong = number == wrong_at;
            let cited = match kind {
                _ if !is_wrong => right,
                0 => format!("src/part_{file}/made_up.rs:{line}"),
                1 => format!("{}:{}-{}", source.path, source.lines.end + 1, source.lines.end + 3),
                2 => format!("{}:{}-{}", source.path, source.lines.start, 41 + dice.roll(500)),
                3 => format!("{}:{}-{}", source.path, source.lines.end, source.lines.start),
                4 => format!("[{}]", 1 + (source.n % 5)),
                5 => format!("[{}]", 6 + dice.roll(90)),
                _ => {
                    stale = Some((file, line));
                    format!("{}:{line}", source.path)
                }
            };
            expected.push((cited.clone(), !is_wrong, file, source.lines, line));
            answer.extend(["Here `", &name, "` is computed ", &cited, ".\n"]);
        }
        let now = |shown: &str| {
            let file = (0..5).find(|&file| path(file) == shown)?;
            let mut lines: Vec<String> = texts[file as usize].lines().map(str::to_owned).collect();
            if let Some((_, line)) = stale.filter(|(stale, _)| *stale == file) {
                lines[line as usize - 1].push_str(" // changed");
            }
            Some(Arc::from(lines.join("\n") + "\n"))
        };
        let checked = check(&answer, &sources, &now);
        assert_eq!(checked.citations.len(), 4, "{}", checked.text);
        for (citation, (cited, right, file, lines, line)) in checked.citations.iter().zip(&expected) {
            // What else speaks of the line that changed is stale as well.
            let also_stale = stale.is_some_and(|(stale, changed)| {
                let all = cited.starts_with('[') && !cited.contains(':') || cited.ends_with(&lines.to_string());
                let to_end = cited.contains("#L") && (*line..=lines.end).contains(&changed);
                stale == *file && (all && lines.contains(Span::new(changed, changed)) || to_end || *line == changed)
            });
            let should = *right && !also_stale;
            assert_eq!(citation.verified, should, "{cited} in {answer}: {:?}", citation.reason);
        }
    }
    assert!(kinds.iter().all(|count| *count > 100), "{kinds:?}");
}
