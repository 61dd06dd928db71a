//! Measure the search: ask questions whose answers are known, and say how well they were answered.

use std::collections::HashSet;

use anyhow::{Context as _, bail, ensure};
use codecompass_core::{
    eval::{self, Found, Measures, Question, Row},
    query,
};
use serde::Serialize;

use super::search::{SearchRequest, SearchResponse};

/// The results of one question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// The question.
    pub id: String,
    /// What was found, best first.
    pub results: Vec<Found>,
}

/// How well questions were answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The table.
    pub rows: Vec<Row>,
    /// Median lines of the first ten results.
    pub median_lines: u32,
    /// What was found, in the order of the questions.
    pub answers: Vec<Answer>,
}

/// Reads questions, one JSON object a line; empty lines are passed over.
pub fn read(text: &str) -> anyhow::Result<Vec<Question>> {
    let mut questions: Vec<Question> = Vec::new();
    let mut ids = HashSet::new();
    for (line, number) in text.lines().zip(1..) {
        if line.trim().is_empty() {
            continue;
        }
        let question: Question = serde_json::from_str(line).with_context(|| {
            format!(r#"line {number} is no question such as {{"id","query","targets":[{{"path","start","end"}}]}}"#)
        })?;
        ensure!(!question.targets.is_empty(), "line {number}: the question `{}` has no target", question.id);
        ensure!(ids.insert(question.id.clone()), "line {number}: the id `{}` is used twice", question.id);
        questions.push(question);
    }
    if questions.is_empty() {
        bail!("there is no question in it");
    }
    Ok(questions)
}

/// Asks every question and scores what `search` finds, `limit` results each. Nothing in a question is read as a filter or
/// as quoted text.
pub fn evaluate(
    questions: &[Question],
    limit: usize,
    mut search: impl FnMut(&SearchRequest) -> anyhow::Result<SearchResponse>,
) -> anyhow::Result<Evaluation> {
    let mut answers = Vec::with_capacity(questions.len());
    for question in questions {
        let request = SearchRequest { query: query::plain(&question.query), limit, ..SearchRequest::default() };
        let response = search(&request).with_context(|| format!("the question `{}` cannot be asked", question.id))?;
        let results = response
            .hits
            .into_iter()
            .map(|hit| Found { path: hit.path, start: hit.start_line, end: hit.end_line, score: hit.score })
            .collect();
        answers.push(Answer { id: question.id.clone(), results });
    }
    let scored: Vec<(&Question, Measures)> = questions
        .iter()
        .zip(&answers)
        .map(|(question, answer)| (question, eval::measure(question, &answer.results)))
        .collect();
    let median_lines = eval::median_lines(answers.iter().map(|answer| answer.results.as_slice()));
    Ok(Evaluation { rows: eval::table(&scored), median_lines, answers })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::{fmt::Write as _, fs, path::Path, process::Command};

    use codecompass_core::{hit::Hit, language::Language};

    use super::*;

    fn hit(path: String, start_line: u32, end_line: u32) -> Hit {
        Hit {
            path,
            start_line,
            end_line,
            symbol: String::new(),
            kind: None,
            language: Language::Rust,
            score: 1.0,
            signals: Vec::new(),
            text: String::new(),
            matching_lines: Vec::new(),
        }
    }

    #[test]
    fn wrong_questions_are_named_by_line() {
        for (text, sentence) in [
            ("", "there is no question in it"),
            ("\n{}", "line 2 is no question"),
            (r#"{"id":"a","query":"b","targets":[]}"#, "line 1: the question `a` has no target"),
            (r#"{"id":"a","query":"b","kind":"x","targets":[{"path":"c"}]}"#, "line 1 is no question"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.starts_with(sentence), "{error}");
        }
        let twice = r#"{"id":"a","query":"b","targets":[{"path":"c"}]}"#;
        assert!(read(&format!("{twice}\n{twice}\n")).unwrap_err().to_string().contains("twice"));
    }

    #[test]
    fn questions_are_asked_as_plain_words() {
        let questions = read(r#"{"id":"a","query":"the \"lang:x\" `of` it","targets":[{"path":"c"}]}"#).unwrap();
        let mut asked = Vec::new();
        evaluate(&questions, 3, |request| {
            asked.push((request.query.clone(), request.limit));
            Ok(SearchResponse::default())
        })
        .unwrap();
        assert_eq!(asked, [("the lang: x of it".to_owned(), 3)]);
        let error = evaluate(&questions, 3, |_| bail!("no")).unwrap_err();
        assert_eq!(format!("{error:#}"), "the question `a` cannot be asked: no");
    }

    /// The independent script and this program must count alike.
    #[test]
    fn score_py_gives_the_same_numbers() {
        let mut state = 7_u32;
        let mut random = |bound: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % bound
        };
        let mut text = String::new();
        for id in 0..120 {
            let kind = ["doc", "change", "question"][random(3) as usize];
            let language = ["go", "rust"][random(2) as usize];
            let targets: Vec<_> = (0..=random(4))
                .map(|_| {
                    let start = 1 + random(50);
                    serde_json::json!({"path": format!("f{}", random(25)), "start": start, "end": start + random(9)})
                })
                .collect();
            let secondary: Vec<_> = (0..random(3)).map(|_| format!("f{}", random(25))).collect();
            let line = serde_json::json!({
                "id": id.to_string(), "repo": "r", "kind": kind, "language": language, "query": "q",
                "targets": targets, "secondary": secondary
            });
            writeln!(text, "{line}").unwrap();
        }
        let questions = read(&text).unwrap();
        let evaluation = evaluate(&questions, 50, |_| {
            let hits = (0..random(30)).map(|_| {
                let start = 1 + random(50);
                hit(format!("{}f{}", ["", "./"][random(2) as usize], random(25)), start, start + random(20))
            });
            Ok(SearchResponse { hits: hits.collect(), ..SearchResponse::default() })
        })
        .unwrap();

        let folder = tempfile::tempdir().unwrap();
        let results: String =
            evaluation.answers.iter().map(|answer| serde_json::to_string(answer).unwrap() + "\n").collect();
        fs::write(folder.path().join("questions"), text).unwrap();
        fs::write(folder.path().join("results"), results).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/retrieval/score.py");
        let output = Command::new("python3")
            .arg(script)
            .args(["questions", "results", "--json"])
            .current_dir(folder.path())
            .output()
            .expect("python3 is needed to compare with benches/retrieval/score.py; install it and run the test again");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let theirs: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(theirs.as_object().unwrap().len(), evaluation.rows.len());
        for row in &evaluation.rows {
            let their = &theirs[&row.name];
            assert_eq!(their["n"], row.n, "{}", row.name);
            for (name, value) in Measures::NAMES.iter().zip(row.measures.values()) {
                let difference = (their[name].as_f64().unwrap() - value).abs();
                assert!(difference < 0.5e-4, "{} {name}: {} and {value}", row.name, their[name]);
            }
        }
    }
}
