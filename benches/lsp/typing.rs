//! Somebody types.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::{
    Bench,
    client::Client,
    number,
    parts::fresh_word,
    table::spread,
    workspace::{Chance, LARGE},
};

/// So often a character is typed.
const STROKE: Duration = Duration::from_millis(50);
/// So often something is asked meanwhile.
const QUESTION: Duration = Duration::from_millis(70);

/// How soon a line that was typed can be found.
pub(crate) fn edits(bench: &Bench, client: &mut Client) -> Result<()> {
    let mut chance = Chance::new(5);
    let mut next = 0;
    let mut measure = |client: &mut Client, paths: &[String], rounds, mode| -> Result<Vec<Duration>> {
        let mut times = Vec::new();
        for path in paths {
            let text = bench.workspace.text(path)?;
            client.open(path, &text)?;
            let lines = text.lines().count();
            for round in 0..rounds {
                next += 1;
                let word = fresh_word(next);
                let at = chance.below(lines);
                let began = Instant::now();
                client.change(path, 2 + round, [at, at], &format!("let {word} = 1;\n"))?;
                let found = client.until_found(&word, mode).with_context(|| format!("{path}, line {at}"))?;
                times.push(found - began);
                // Nobody types lines without any pause.
                std::thread::sleep(Duration::from_millis(30));
            }
            client.close(path)?;
        }
        Ok(times)
    };
    let typical = &bench.workspace.typical[..20];
    let times = measure(client, typical, 10, "keyword")?;
    spread("typed to searchable, by words", "p95 50 ms", &times, "files of 100 to 1,000 lines");
    let times = measure(client, typical, 10, "hybrid")?;
    spread("typed to searchable", "p95 50 ms", &times, "files of 100 to 1,000 lines");
    let times = measure(client, &[LARGE.to_owned()], 60, "keyword")?;
    spread("typed to searchable, large, by words", "", &times, "10,000 lines");
    let times = measure(client, &[LARGE.to_owned()], 60, "hybrid")?;
    spread("typed to searchable, large file", "", &times, "10,000 lines");
    Ok(())
}

/// Twenty characters a second into a large file, while all kinds of things are asked.
pub(crate) fn typing(bench: &Bench, client: &mut Client) -> Result<()> {
    let text = bench.workspace.text(LARGE)?;
    client.open(LARGE, &text)?;
    let line = 5000;
    client.change(LARGE, 2, [line, line], "\n")?;
    std::thread::sleep(Duration::from_millis(500));
    let length = Duration::from_secs(number("TYPING_SECONDS", 20)? as u64);
    let began = Instant::now();
    let (mut strokes, mut questions) = (0_u32, 0_u32);
    let mut asked: Vec<(&str, i64, Instant)> = Vec::new();
    let mut typed = String::new();
    while began.elapsed() < length {
        let (stroke, question) = (began + STROKE * strokes, began + QUESTION * questions);
        std::thread::sleep(stroke.min(question).saturating_duration_since(Instant::now()));
        if stroke <= question {
            let letter = char::from(b'a' + (strokes % 26) as u8);
            let (at, shown) = (typed.len(), if strokes % 9 == 8 { ' ' } else { letter });
            client.replace(LARGE, 3 + strokes as usize, [(line, at), (line, at)], &shown.to_string())?;
            typed.push(shown);
            strokes += 1;
        } else {
            let (kind, method, params) = question_of(bench, client, questions);
            let sent = Instant::now();
            let id = client.send(method, &params)?;
            if kind == "cancelled" {
                client.notify("$/cancelRequest", &json!({ "id": id }))?;
            }
            asked.push((kind, id, sent));
            questions += 1;
        }
    }
    let word = fresh_word(4000);
    let last = Instant::now();
    client.change(LARGE, 3 + strokes as usize, [line, line], &format!("let {word} = 1;\n"))?;
    let settled = client.until_found(&word, "keyword")? - last;
    let mut times: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    for (kind, id, sent) in asked {
        let (at, _) = client.answer(id)?;
        times.entry(kind).or_default().push(at - sent);
    }
    let all: Vec<Duration> = times.values().flatten().copied().collect();
    spread("while typing: every request", "max 50 ms", &all, &format!("{strokes} strokes in 10,000 lines"));
    for (kind, times) in &times {
        spread(&format!("  {kind}"), "max 50 ms", times, "");
    }
    spread("  last line typed to searchable", "", &[settled], "");
    client.close(LARGE)
}

fn question_of(bench: &Bench, client: &Client, number: u32) -> (&'static str, &'static str, Value) {
    let document = json!({ "uri": client.uri(LARGE) });
    let line = 1000 + (number as usize * 37) % 8000;
    let place = json!({ "line": line, "character": 9 });
    let query = &bench.queries[number as usize % bench.queries.len()];
    let search = json!({ "query": query, "limit": 10 });
    match number % 5 {
        0 => ("search", "codecompass/search", search),
        1 => ("hover", "textDocument/hover", json!({ "textDocument": document, "position": place })),
        2 => ("symbol", "workspace/symbol", json!({ "query": query.split(' ').next() })),
        3 => {
            let range = json!({ "start": place, "end": place });
            let params = json!({ "textDocument": document, "range": range, "context": { "diagnostics": [] } });
            ("code action", "textDocument/codeAction", params)
        }
        _ => ("cancelled", "codecompass/search", search),
    }
}
