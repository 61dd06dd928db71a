//! What a prompt costs before it leaves: finding and packing the code for questions, follow-ups and explanations, in an
//! index of `WORKSPACE`.
//!
//! `WORKSPACE=/folder/of/sources cargo bench --bench prompt`. `CACHE` names a folder for the index, so that it is built only
//! once; without it a temporary one is used. `SHOW=question` (or `symbol`, `problem`) prints one whole prompt of that kind,
//! about the definition that `NAME` names.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::{
    env,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use codecompass::{
    config::settings::Settings,
    embedding::Embedding,
    engine::{self, Access, OpenOptions},
    handlers::{
        context::{self, Options, Target},
        prompts::Prompts,
    },
    live::{OpenFiles, View},
    workspace::git::Git,
};
use codecompass_core::{
    embed::Embedder,
    language::SymbolKind,
    prompt::{Budget, Place, Prompt, Question, Span, Turn},
};
use codecompass_index::{snapshot::Snapshot, space::Space};

/// So many definitions are asked about.
const ASKED: usize = 200;
/// What the models of today read at once on one machine.
const CONTEXT: usize = 32 << 10;

/// A definition of the workspace.
struct Known {
    path: String,
    line: u32,
    end: u32,
    name: String,
}

fn main() -> Result<()> {
    let root = PathBuf::from(env::var_os("WORKSPACE").context("WORKSPACE is not set")?).canonicalize()?;
    let temporary = tempfile::tempdir()?;
    let cache = env::var_os("CACHE").map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let space = Space::locate(&cache, &root, Embedder::builtin().id());
    if !space.catalogue().exists() {
        let options = OpenOptions { cache_dir: cache.clone(), access: Access::Refresh };
        engine::open(&root, &Settings::default(), &options)?.refresh(&|_| ())?;
    }
    let snapshot = Snapshot::open(&space, Embedder::builtin().id(), None)?.context("the index is not there")?;
    println!("{} files, {} chunks", snapshot.file_count(), snapshot.chunk_count());
    let view = View {
        git: Git::open(&root),
        root: root.into(),
        settings: Arc::default(),
        snapshot: Some(Arc::new(snapshot)),
        open: Arc::new(OpenFiles::default()),
        state: Arc::default(),
        embedding: Embedding::default(),
        inner: Arc::default(),
    };
    let prompts = Prompts::default();
    let budget = Budget::new(CONTEXT, CONTEXT / 8);
    let options = Options { budget, redact: None, stop: &|| false, prompts: &prompts, quick: false, history: &[] };
    let known = definitions(&view)?;
    ensure!(!known.is_empty(), "nothing is defined in the workspace");
    if let Ok(kind) = env::var("SHOW") {
        return show(&view, &options, &known, &kind);
    }
    let words = |known: &Known| question(format!("how does {} work and when is it used?", spoken(&known.name)), None);
    time("question in words", &known, |known| context::for_question(&[&view], &words(known), &options))?;
    let name = |known: &Known| question(format!("where is `{}` called?", known.name), None);
    time("question with a name", &known, |known| context::for_question(&[&view], &name(known), &options))?;
    let follow_up = |known: &Known| question("and how is that tested?".to_owned(), Some(known));
    time("follow-up", &known, |known| context::for_question(&[&view], &follow_up(known), &options))?;
    time("explain a definition", &known, |known| {
        context::for_explanation(&[&view], &known.path, &Target::Symbol(known.line, None), &options)
    })?;
    time("explain a file", &known, |known| context::for_explanation(&[&view], &known.path, &Target::File, &options))?;
    time("explain a problem", &known, |known| {
        let target = Target::Problem(known.line..known.line + 1, format!("`{}` is never used", known.name));
        context::for_explanation(&[&view], &known.path, &target, &options)
    })
}

/// Functions and types all over the workspace.
fn definitions(view: &View) -> Result<Vec<Known>> {
    let snapshot = view.snapshot.as_deref().context("no index")?;
    let mut paths: Vec<&str> = snapshot.living_files().map(|file| file.path.as_str()).collect();
    paths.sort_unstable();
    let step = (paths.len() / (2 * ASKED)).max(1);
    let wanted = env::var("NAME").ok();
    let mut known = Vec::new();
    for path in paths.into_iter().step_by(if wanted.is_some() { 1 } else { step }) {
        for chunk in snapshot.chunks_of(path).unwrap_or_default() {
            let record = snapshot.record(chunk)?;
            let code = |kind| {
                matches!(kind, SymbolKind::Function | SymbolKind::Method | SymbolKind::Class | SymbolKind::Struct)
            };
            let fits = |name: &str| wanted.as_deref().map_or(name.len() > 4, |wanted| wanted == name);
            if let Some(symbol) = record.definitions.into_iter().find(|symbol| code(symbol.kind) && fits(&symbol.name))
            {
                let path = path.to_owned();
                known.push(Known { path, line: symbol.line, end: symbol.end_line, name: symbol.name });
                break;
            }
        }
    }
    known.truncate(ASKED);
    Ok(known)
}

fn question(text: String, about: Option<&Known>) -> Question {
    let turn = |known: &Known| Turn {
        question: format!("what does {} do?", spoken(&known.name)),
        answer: format!("It is in `{}`.", known.name),
        places: vec![Place {
            path: known.path.clone(),
            lines: Span::of(&(known.line..known.end)),
            symbol: known.name.clone(),
        }],
    };
    Question { text, history: about.map(turn).into_iter().collect(), ..Question::default() }
}

/// `parseUrl` as `parse url`.
fn spoken(name: &str) -> String {
    let mut words = Vec::new();
    codecompass_core::terms::for_each_part(name, |part| words.push(part.to_lowercase()));
    words.join(" ")
}

fn time(name: &str, known: &[Known], make: impl Fn(&Known) -> Result<Prompt>) -> Result<()> {
    let (mut times, mut busy) = (Vec::new(), Vec::new());
    let (mut tokens, mut sources) = (0, 0);
    for (number, known) in known.iter().enumerate() {
        let (start, worked) = (Instant::now(), worked());
        let prompt = make(known)?;
        // The first ones read the index for the first time.
        if number >= 10.min(ASKED / 10) {
            times.push(start.elapsed());
            busy.push(self::worked().saturating_sub(worked));
            tokens += prompt.estimated_tokens;
            sources += prompt.sources.len();
        }
        ensure!(prompt.ledger.accounts_for(&prompt.messages), "a ledger is wrong");
        ensure!(prompt.estimated_tokens <= prompt.ledger.budget, "a prompt is too long");
    }
    let count = times.len().max(1);
    let shares = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        [50, 95, 100].map(|share| {
            let at = (times.len() * share / 100).min(times.len().saturating_sub(1));
            times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e3)
        })
    };
    let ([half, most, max], [own_half, own_most, own_max]) = (shares(&mut times), shares(&mut busy));
    println!(
        "{name:<22} p50 {half:>6.1}  p95 {most:>6.1}  max {max:>6.1} ms; its thread worked {own_half:.1}, {own_most:.1}, {own_max:.1} ms; {} sources, {} tokens",
        sources / count,
        tokens / count
    );
    Ok(())
}

/// How long this thread was on a processor, which says more than the clock when others want it too; zero where the system
/// does not say.
fn worked() -> Duration {
    let read = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(read.split_whitespace().next().and_then(|time| time.parse().ok()).unwrap_or(0))
}

fn show(view: &View, options: &Options<'_>, known: &[Known], kind: &str) -> Result<()> {
    let known = &known[0];
    let line = known.line;
    let prompt = match kind {
        "symbol" => context::for_explanation(&[view], &known.path, &Target::Symbol(line, None), options)?,
        "problem" => {
            let target = Target::Problem(line..line + 1, format!("mismatched types in `{}`", known.name));
            context::for_explanation(&[view], &known.path, &target, options)?
        }
        _ => {
            let text = format!("how does {} work and where is it called?", spoken(&known.name));
            context::for_question(&[view], &question(text, None), options)?
        }
    };
    for message in &prompt.messages {
        println!("<<{}>>\n{}", message.role.as_str(), message.text);
    }
    println!("{}\n{}", prompt.ledger.markdown(), prompt.notes.join("\n"));
    Ok(())
}
