//! Everything at once for minutes: does the server's memory grow?

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::json;

use crate::{
    Bench,
    client::Client,
    number,
    process::{Memory, Sampler},
    table::{megabytes, row, spread},
    workspace::Chance,
};

/// So many files are open at once.
const OPEN: usize = 12;
/// Nobody does more than this.
const PAUSE: Duration = Duration::from_millis(25);

struct Buffer {
    path: String,
    lines: Vec<String>,
    version: usize,
}

pub(crate) fn storm(bench: &Bench, client: &mut Client) -> Result<()> {
    let length = Duration::from_secs(60 * number("STORM_MINUTES", 2)? as u64);
    let mut chance = Chance::new(9);
    let mut buffers: Vec<Buffer> = Vec::new();
    for path in &bench.workspace.typical[..OPEN] {
        buffers.push(open(bench, client, path)?);
    }
    let others = &bench.workspace.typical[OPEN..];
    let sampler = Sampler::start(client.process(), Duration::from_millis(500));
    let began = Instant::now();
    let (mut steps, mut times) = (0, Vec::new());
    while began.elapsed() < length {
        steps += 1;
        let at = chance.below(buffers.len());
        match chance.below(20) {
            0..10 => edit(client, &mut buffers[at], &mut chance)?,
            10..12 => {
                let buffer = &buffers[at];
                bench.workspace.write(&buffer.path, &buffer.lines.concat())?;
                let document = json!({ "uri": client.uri(&buffer.path) });
                client.notify("textDocument/didSave", &json!({ "textDocument": document }))?;
            }
            12 => {
                let path = &others[chance.below(others.len())];
                if buffers.iter().all(|buffer| buffer.path != *path) {
                    client.close(&buffers[at].path)?;
                    buffers[at] = open(bench, client, path)?;
                }
            }
            13 => {
                // The same file again and again: the workspace does not grow.
                let path = &others[chance.below(60)];
                let text = bench.workspace.text(path)?;
                let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
                let (a, b) = (chance.below(lines.len()), chance.below(lines.len()));
                lines.swap(a, b);
                bench.workspace.write(path, &lines.concat())?;
            }
            14 => {
                let path = format!("bench_storm/{}.rs", chance.below(20));
                let place = bench.workspace.root.join(&path);
                if place.exists() {
                    std::fs::remove_file(place)?;
                } else {
                    bench.workspace.write(&path, &format!("fn storm_{}() {{}}\n", chance.below(1000)))?;
                }
            }
            15..18 => {
                let query = &bench.queries[chance.below(bench.queries.len())];
                times.push(client.search(query, "hybrid", 10)?.0);
            }
            18 => {
                let buffer = &buffers[at];
                let line = chance.below(buffer.lines.len());
                let place = json!({ "textDocument": { "uri": client.uri(&buffer.path) },
                    "position": { "line": line, "character": 5 } });
                times.push(client.ask("textDocument/hover", &place)?.0);
            }
            _ => times.push(client.ask("workspace/symbol", &json!({ "query": "parse" }))?.0),
        }
        std::thread::sleep(PAUSE);
    }
    let seen = sampler.finish();
    for buffer in &buffers {
        client.close(&buffer.path)?;
    }
    spread("storm: every request", "", &times, &format!("{steps} steps"));
    growth("storm: anonymous memory", &seen, |it| it.anonymous);
    growth("storm: resident memory", &seen, |it| it.resident);
    Ok(())
}

/// Compares what is held after a third of the time with what is held at the end.
fn growth(name: &str, samples: &[Memory], of: fn(&Memory) -> u64) {
    let median = |samples: &[Memory]| {
        let mut values: Vec<u64> = samples.iter().map(of).collect();
        values.sort_unstable();
        values.get(values.len() / 2).copied().unwrap_or(0)
    };
    let (third, tenth) = (samples.len() / 3, samples.len() / 10);
    let after = median(&samples[third..(third + tenth).min(samples.len())]);
    let end = median(&samples[samples.len() - tenth..]);
    let percent = (end as f64 / after.max(1) as f64 - 1.0) * 100.0;
    row(name, "below 10 %", &format!("{percent:+.1} %"), &format!("{} to {}", megabytes(after), megabytes(end)));
    let steps: Vec<String> = samples.chunks((samples.len() / 10).max(1)).map(|part| megabytes(median(part))).collect();
    row("", "", &steps.join(" "), "over time");
}

fn open(bench: &Bench, client: &mut Client, path: &str) -> Result<Buffer> {
    let text = bench.workspace.text(path)?;
    client.open(path, &text)?;
    let lines = text.split_inclusive('\n').map(str::to_owned).collect();
    Ok(Buffer { path: path.to_owned(), lines, version: 1 })
}

/// Puts another line in place of one, so that nothing grows.
fn edit(client: &mut Client, buffer: &mut Buffer, chance: &mut Chance) -> Result<()> {
    let at = chance.below(buffer.lines.len().saturating_sub(1));
    let (a, b) = (chance.below(buffer.lines.len()), chance.below(1000));
    let words = buffer.lines[a].trim().to_owned();
    let line = if chance.below(2) == 0 { format!("let changed{b} = {b};\n") } else { format!("{words}\n") };
    buffer.version += 1;
    client.change(&buffer.path, buffer.version, [at, at + 1], &line)?;
    buffer.lines[at] = line;
    Ok(())
}
