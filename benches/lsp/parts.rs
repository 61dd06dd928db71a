//! Questions to a server that is up to date, and what happens on disk.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use crate::{
    Bench,
    client::Client,
    table::{row, seconds, spread},
    workspace::{Chance, GROUP, LARGE, SWITCHED, Workspace, marker},
};

/// The name of a function that stands in the large file only.
pub(crate) fn a_name(workspace: &Workspace) -> Result<String> {
    let text = workspace.text(LARGE)?;
    let names = names(&text);
    names.get(517).cloned().context("it has functions")
}

/// A word that stands nowhere.
pub(crate) fn fresh_word(number: usize) -> String {
    let letters = [number / 676 % 26, number / 26 % 26, number % 26];
    format!("zqfresh{}", letters.iter().map(|&letter| (b'a' + letter as u8) as char).collect::<String>())
}

/// Names that a text seems to define.
fn names(text: &str) -> Vec<String> {
    const BEFORE: [&str; 8] = ["fn ", "func ", "def ", "class ", "struct ", "interface ", "function ", "fun "];
    let name_after = |line: &str| {
        let rest = BEFORE.iter().find_map(|word| line.split_once(word).map(|(_, rest)| rest))?;
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        (name.len() > 3).then_some(name)
    };
    text.lines().filter(|line| !line.trim_start().starts_with(['/', '*', '#'])).filter_map(name_after).collect()
}

/// Questions while nothing else happens.
pub(crate) fn warm(bench: &Bench, client: &mut Client) -> Result<()> {
    let mut times = Vec::new();
    for text in bench.queries.iter().take(20).chain(&bench.queries) {
        times.push(client.search(text, "hybrid", 10)?.0);
    }
    spread("search: sentence", "p95 20 ms", &times[20..], "10 results");
    let mut known = Vec::new();
    for path in bench.workspace.typical.iter().take(150) {
        known.extend(names(&bench.workspace.text(path)?).into_iter().take(1));
    }
    let mut times = Vec::new();
    for name in known.iter().take(100) {
        times.push(client.search(name, "hybrid", 10)?.0);
    }
    spread("search: name", "p95 20 ms", &times, "10 results");
    let symbol = |client: &mut Client, name: &str| client.ask("workspace/symbol", &json!({ "query": name }));
    let mut times = Vec::new();
    for name in known.iter().take(100) {
        times.push(symbol(client, name)?.0);
    }
    spread("workspace/symbol: name", "p95 20 ms", &times, "");
    let mut times = Vec::new();
    for name in ["new", "get", "a", "test"].iter().cycle().take(20) {
        times.push(symbol(client, name)?.0);
    }
    spread("workspace/symbol: new, get, a, test", "p95 20 ms", &times, "");
    hovers(bench, client)
}

fn hovers(bench: &Bench, client: &mut Client) -> Result<()> {
    let mut chance = Chance::new(3);
    let (mut times, mut filled) = (Vec::new(), 0);
    for path in bench.workspace.typical.iter().take(20) {
        let text = bench.workspace.text(path)?;
        client.open(path, &text)?;
        let lines: Vec<&str> = text.lines().collect();
        for _ in 0..10 {
            let line = chance.below(lines.len());
            let Some(column) = lines[line].find(char::is_alphabetic) else { continue };
            let column = lines[line][..column].encode_utf16().count() + 1;
            let place = json!({ "textDocument": { "uri": client.uri(path) }, "position": { "line": line, "character": column }});
            let (took, answer) = client.ask("textDocument/hover", &place)?;
            times.push(took);
            filled += usize::from(!answer.is_null());
        }
        client.close(path)?;
    }
    spread("hover", "p95 20 ms", &times, &format!("{filled} with facts"));
    Ok(())
}

/// Files are written by somebody else.
pub(crate) fn disk(bench: &Bench, client: &mut Client) -> Result<()> {
    let (mut changed, mut made) = (Vec::new(), Vec::new());
    for (number, path) in bench.workspace.typical.iter().take(40).enumerate() {
        let word = fresh_word(5000 + number);
        let text = bench.workspace.text(path)?;
        let began = Instant::now();
        bench.workspace.write(path, &format!("{text}\n// {word}\n"))?;
        changed.push(client.until_found(&word, "keyword")? - began);
        let word = fresh_word(6000 + number);
        let began = Instant::now();
        bench.workspace.write(&format!("bench_new/{word}.rs"), &format!("fn {word}() {{}}\n"))?;
        made.push(client.until_found(&word, "keyword")? - began);
        // What came before is written to the index now and then, and sometimes not.
        std::thread::sleep(Duration::from_millis(170 * (number as u64 % 12)));
    }
    spread("changed on disk to searchable", "p95 300 ms", &changed, "files of 100 to 1,000 lines");
    spread("new on disk to searchable", "p95 300 ms", &made, "");
    client.ready()?;
    Ok(())
}

/// Another branch, with other text in many files, and back.
pub(crate) fn switch(bench: &Bench, client: &mut Client) -> Result<()> {
    let groups = SWITCHED / GROUP;
    let count = |client: &mut Client, branch: &str, group: usize| -> Result<usize> {
        let word = marker(branch, group);
        let (_, hits) = client.search(&word, "keyword", 200)?;
        let mut files: Vec<String> =
            hits.into_iter().filter(|hit| hit.text.contains(&word)).map(|hit| hit.path).collect();
        files.sort_unstable();
        files.dedup();
        Ok(files.len())
    };
    let mut there = Vec::new();
    for group in 0..groups {
        there.push(count(client, "main", group)?);
    }
    let all: usize = there.iter().sum();
    let (mut firsts, mut times) = (Vec::new(), Vec::new());
    let mut git = Vec::new();
    for branch in ["other", "main", "other", "main"] {
        let asked = Instant::now();
        bench.workspace.switch(branch)?;
        let began = Instant::now();
        git.push(began - asked);
        let mut first = None;
        for (group, wanted) in there.iter().enumerate() {
            loop {
                let found = count(client, branch, group)?;
                if found > 0 {
                    first.get_or_insert_with(|| began.elapsed());
                }
                if found >= *wanted {
                    break;
                }
                if began.elapsed() > Duration::from_secs(120) {
                    bail!("after a switch to {branch} group {group} has {found} of {wanted} files");
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        times.push(began.elapsed());
        firsts.extend(first);
        // What still is to be written is no part of the next one.
        std::thread::sleep(Duration::from_secs(3));
        client.ready()?;
    }
    row("git checkout itself", "", &git.iter().map(|time| seconds(*time)).collect::<Vec<_>>().join(", "), "");
    spread("another branch: first of it", "", &firsts, "from the end of git checkout");
    spread("another branch: all right", "3 s", &times, &format!("{all} files found"));
    Ok(())
}
