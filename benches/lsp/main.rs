//! What the language server takes to answer, and what it costs: measured through the protocol, against the real program.
//!
//! `WORKSPACE` names a tree; it is copied, because files are changed, and the copy gets a git repository around it.
//! `CODECOMPASS_BIN` names the program; without it that beside this bench is used. `ONLY` names the parts to measure, separated
//! by commas: `cold`, `idle`, `start`, `warm`, `edit`, `disk`, `typing`, `switch`, `storm`. `STORM_MINUTES` (2), `IDLE_SECONDS`
//! (30) and `ROUNDS` (1, of cold builds) say how long. Each line has the target and what was measured; how busy the machine
//! was is said with it, because that decides more than anything else.

#![expect(clippy::print_stdout, reason = "the table is the result")]

mod client;
mod parts;
mod process;
mod storm;
mod table;
mod typing;
mod workspace;

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use codecompass::handlers::eval as questions;
use codecompass_core::query;

use crate::{
    client::Client,
    process::{Sampler, memory, processor_time},
    table::{load, megabytes, milliseconds, row, seconds, spread},
    workspace::Workspace,
};

/// What is measured, and with what.
pub(crate) struct Bench {
    program: PathBuf,
    workspace: Workspace,
    /// Where the indexes are.
    cache: PathBuf,
    /// Sentences to ask.
    queries: Vec<String>,
}

/// A part that needs a server that is up to date.
type Part = fn(&Bench, &mut Client) -> Result<()>;

fn main() -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path().canonicalize()?;
    let tree = PathBuf::from(env::var_os("WORKSPACE").context("WORKSPACE names the tree to copy")?);
    let beside = || Some(env::current_exe().ok()?.ancestors().nth(2)?.join("codecompass"));
    let program = env::var_os("CODECOMPASS_BIN").map(PathBuf::from).or_else(beside);
    let program = program.filter(|path| path.is_file()).context("CODECOMPASS_BIN names the program")?;
    let workspace = Workspace::copy(&tree, &folder.join("workspace"))?;
    let bench = Bench { program, workspace, cache: folder.join("cache"), queries: queries()? };
    println!("{} files; {}", bench.workspace.files, load());

    let only = env::var("ONLY").unwrap_or_default();
    let wanted = |part: &str| only.is_empty() || only.split(',').any(|name| name == part);
    if wanted("cold") {
        for _ in 0..number("ROUNDS", 1)? {
            cold(&bench, false)?;
            cold(&bench, true)?;
        }
    }
    let mut client = bench.client()?;
    client.ready()?;
    if wanted("idle") {
        idle(&mut client)?;
    }
    if wanted("start") {
        client.stop()?;
        start(&bench)?;
        client = bench.client()?;
        client.ready()?;
    }
    let parts: [(&str, Part); 6] = [
        ("warm", parts::warm),
        ("edit", typing::edits),
        ("disk", parts::disk),
        ("typing", typing::typing),
        ("switch", parts::switch),
        ("storm", storm::storm),
    ];
    for (name, part) in parts {
        if wanted(name) {
            part(&bench, &mut client)?;
            println!("{:<34} {:>10}  {}", "", "", load());
        }
    }
    client.stop()
}

impl Bench {
    fn client(&self) -> Result<Client> {
        Client::start(&self.program, &self.workspace.root, &self.cache)
    }
}

/// A first build, with somebody asking meanwhile or not.
fn cold(bench: &Bench, asking: bool) -> Result<()> {
    if bench.cache.exists() {
        fs::remove_dir_all(&bench.cache)?;
    }
    let mut client = bench.client()?;
    let sampler = Sampler::start(client.process(), Duration::from_millis(100));
    let began = client.initialized_at;
    let mut asked = Vec::new();
    let mut first = None;
    if asking {
        for (at, text) in bench.queries.iter().cycle().enumerate() {
            if client.is_ready() {
                break;
            }
            let (took, hits) = client.search(text, "hybrid", 10)?;
            if !hits.is_empty() {
                first.get_or_insert_with(|| began.elapsed());
            }
            // Before anything is there an answer costs nothing.
            if first.is_some() {
                asked.push(took);
            }
            let next = began + Duration::from_millis(100) * (at as u32 + 1);
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
    }
    let (end, _) = client.ready()?;
    let seen = sampler.finish();
    let most = |of: fn(&process::Memory) -> u64| megabytes(seen.iter().map(of).max().unwrap_or(0));
    let memory = format!("{} anonymous, {} resident", most(|it| it.anonymous), most(|it| it.resident));
    let name = if asking { "index, cold, ten searches a second" } else { "index, cold" };
    row(name, "", &seconds(end - began), &load());
    row("  most memory meanwhile", "500 MB", &memory, "");
    if asking {
        row("  first search with hits", "", &first.map_or("-".to_owned(), seconds), "after initialize");
        spread("  search meanwhile", "p95 20 ms", &asked, "");
    }
    client.stop()
}

/// Nobody does anything.
fn idle(client: &mut Client) -> Result<()> {
    // What the index's commit left behind is done by then.
    std::thread::sleep(Duration::from_secs(3));
    let pause = Duration::from_secs(number("IDLE_SECONDS", 30)? as u64);
    let before = processor_time(client.process())?;
    std::thread::sleep(pause);
    let used = processor_time(client.process())?.saturating_sub(before);
    row("idle: processor time", "0", &format!("{} in {}", milliseconds(used), seconds(pause)), "");
    show_memory("idle: memory, opened index", client)
}

fn show_memory(name: &str, client: &Client) -> Result<()> {
    let memory = memory(client.process())?;
    let measured = format!("{} anonymous, {} resident", megabytes(memory.anonymous), megabytes(memory.resident));
    row(name, "150 MB", &measured, &format!("{} proportional", megabytes(memory.proportional)));
    Ok(())
}

/// From the start of the process to the first correct answer.
fn start(bench: &Bench) -> Result<()> {
    let name = parts::a_name(&bench.workspace)?;
    let (mut initialized, mut found) = (Vec::new(), Vec::new());
    for _ in 0..number("STARTS", 15)? {
        let mut client = bench.client()?;
        initialized.push(client.initialize_took);
        found.push(client.until_found(&name, "hybrid")? - client.initialized_at);
        client.stop()?;
    }
    spread("initialize answered", "50 ms", &initialized, "from the start of the process");
    spread("first correct search", "300 ms", &found, "from the answer of initialize");
    println!("{:<34} {:>10}  {}", "", "", load());
    Ok(())
}

/// Sentences that people ask.
fn queries() -> Result<Vec<String>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/retrieval/open.jsonl");
    let all = questions::read(&fs::read_to_string(file)?)?;
    let step = all.len() / 200 + 1;
    Ok(all.iter().step_by(step).map(|question| query::plain(&question.query)).collect())
}

pub(crate) fn number(variable: &str, default: usize) -> Result<usize> {
    match env::var(variable) {
        Ok(text) => text.parse().with_context(|| format!("{variable} must be a number")),
        Err(_) => Ok(default),
    }
}
