//! Vectors from a model on a host: searches use it once all code has been shown to it, and never wait for it.

use std::{
    collections::BTreeSet,
    fs,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use codecompass::{
    config::{
        folders::Environment,
        settings::{OllamaSettings, Provider, Settings},
    },
    embedding::{Models, Phase},
    handlers::report,
    hosts::Pools,
    live::{Event, View},
};
use codecompass_ollama::{address::Address, options::HostOptions};
use serde_json::{Value, json};

use crate::{
    fake::{Fake, Gate, Reply, tame, vector},
    support::{Live, found, write},
};

/// Words that mean the same to the models on the host, and to nobody else.
const SAID: &str = "quizzacious vexil";
const MEANT: &str = "blorptang grindle";

/// Pieces of code in a [`Place`].
const CHUNKS: u64 = 49;

/// A host with two models that make vectors, `minilm` and `gemma`, and what it was shown.
struct Host {
    fake: Fake,
    shown: Arc<Mutex<Vec<(String, String)>>>,
    down: Arc<AtomicBool>,
    busy: Arc<AtomicBool>,
    /// Code for `gemma` waits for this.
    gate: Gate,
}

impl Host {
    fn new() -> Self {
        Self::that_waits(&["gemma"])
    }

    /// Code for these models waits for the gate.
    fn that_waits(models: &'static [&'static str]) -> Self {
        let shown = Arc::<Mutex<Vec<(String, String)>>>::default();
        let (down, gate) = (Arc::new(AtomicBool::new(false)), Gate::default());
        let busy = Arc::<AtomicBool>::default();
        let (seen, broken, full, held) = (Arc::clone(&shown), Arc::clone(&down), Arc::clone(&busy), gate.clone());
        let fake = Fake::start(move |request| {
            if broken.load(Ordering::SeqCst) {
                // The connection is closed.
                return Reply::raw(b"");
            }
            if full.load(Ordering::SeqCst) {
                return Reply::error(503, "server busy, please try again.  maximum pending requests exceeded");
            }
            let body = request.json();
            let model = body["model"].as_str().unwrap_or_default().trim_end_matches(":latest").to_owned();
            match (request.path.as_str(), model.as_str()) {
                ("/api/tags", _) => Reply::json(
                    200,
                    &json!({"models": [
                        {"name": "minilm:latest", "size": 46_000_000, "digest": "b1b1b1b1b1b1b1b1", "details": {}},
                        {"name": "gemma:latest", "size": 90_000_000, "digest": "c2c2c2c2c2c2c2c2", "details": {}},
                    ]}),
                ),
                ("/api/show", "gemma") => Reply::json(
                    200,
                    &json!({"capabilities": ["embedding"], "model_info": {
                    "general.architecture": "gemma", "gemma.context_length": 2048}}),
                ),
                ("/api/embed", _) => {
                    let reply = embed(&body, &model, &seen);
                    let code = texts(&body).iter().any(|text| is_code(text));
                    if code && models.contains(&&*model) { reply.after(&held) } else { reply }
                }
                _ => tame(request),
            }
        });
        Self { fake, shown, down, busy, gate }
    }

    fn settings(&self, model: &str) -> Settings {
        let (address, _) = Address::parse(&self.fake.address).unwrap();
        let mut settings = Settings::default();
        settings.embedding.provider = Provider::Ollama;
        model.clone_into(&mut settings.embedding.model);
        settings.ollama = OllamaSettings { hosts: vec![HostOptions::at("fake", address)] };
        settings
    }

    /// The code that a model was shown.
    fn code(&self, model: &str) -> Vec<String> {
        let shown = self.shown.lock().unwrap();
        shown.iter().filter(|(asked, text)| asked == model && is_code(text)).map(|(_, text)| text.clone()).collect()
    }
}

/// What is no question, and not the text by which a model's dimension is measured.
fn is_code(text: &str) -> bool {
    text.contains("pub fn")
}

fn texts(body: &Value) -> Vec<String> {
    let input = body["input"].as_array().cloned().unwrap_or_else(|| vec![body["input"].clone()]);
    input.iter().map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
}

fn embed(body: &Value, model: &str, shown: &Mutex<Vec<(String, String)>>) -> Reply {
    let texts = texts(body);
    shown.lock().unwrap().extend(texts.iter().map(|text| (model.to_owned(), text.clone())));
    if texts.iter().any(|text| text.contains("indigestible")) {
        return Reply::error(400, "embedding contains NaN or Inf values");
    }
    let vectors: Vec<Vec<f32>> = texts
        .iter()
        .map(|text| {
            let mut made = vector(&text.replace(SAID, MEANT));
            if model == "gemma" {
                made.extend([0.0; 32]);
            }
            made
        })
        .collect();
    Reply::json(200, &json!({"model": model, "embeddings": vectors, "prompt_eval_count": texts.len()}))
}

/// A folder with code in which nobody but the models finds what is said, and a cache.
struct Place {
    root: PathBuf,
    cache: PathBuf,
    _folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap().join("tree");
        for (name, body) in [
            ("harvest", "let wheat = field.cut(3); barn.store(wheat)"),
            ("weather", "let clouds = sky.count(); clouds > 4"),
            ("ledger", "let sum = rows.iter().sum::<u32>(); book.write(sum)"),
            ("ferry", "let boat = harbour.next(); boat.sail(north)"),
            ("lantern", "let oil = jar.pour(2); wick.light(oil)"),
            ("quarry", "let stone = hill.dig(9); cart.load(stone)"),
            ("orchard", "let apples = tree.shake(); basket.fill(apples)"),
            ("forge", "let iron = fire.heat(800); anvil.strike(iron)"),
        ] {
            write(&root.join(format!("src/{name}.rs")), &format!("pub fn {name}() {{\n    {body};\n}}\n"));
        }
        for number in 0..40 {
            let text =
                format!("pub fn step_{number}() {{\n    let next = stair.climb({number}); door.open(next)\n}}\n");
            write(&root.join(format!("src/stairs/step_{number}.rs")), &text);
        }
        write(&root.join("src/odd.rs"), "pub fn blorptang() {\n    grindle(blorptang grindle);\n}\n");
        let cache = folder.path().join("cache");
        Self { root, cache, _folder: folder }
    }

    fn live(&self, settings: Settings) -> Live {
        let models = Models::new(Arc::new(Pools::new(Environment::from([]))), Duration::from_secs(5));
        Live::with(&self.root, &self.cache, settings, Some(Arc::new(models)))
    }

    /// The folders of the stores.
    fn stores(&self) -> Vec<String> {
        let workspaces = fs::read_dir(&self.cache).unwrap().flatten();
        let entries =
            workspaces.flat_map(|workspace| fs::read_dir(workspace.path().join("hosted")).into_iter().flatten());
        let folders = entries.flatten().filter(|entry| entry.path().is_dir());
        folders.map(|entry| entry.file_name().into_string().unwrap()).collect()
    }
}

/// Waits until the vectors of that model answer, and nothing is missing.
#[track_caller]
fn until_answers(live: &Live, model: &str) {
    live.until(&format!("{model} answers"), |view| {
        let state = &view.embedding.state;
        let complete = view.snapshot.as_ref().is_some_and(|snapshot| view.embedding.pending(snapshot) == 0);
        (state.phase == Phase::Ready && state.answers.starts_with(model) && complete).then_some(())
    });
}

/// The file of the best hit for what only the models understand.
fn understood(view: &View) -> Option<String> {
    Some(found(view, SAID, 10).hits.first()?.path.clone())
}

#[test]
fn a_model_answers_once_it_has_seen_everything_and_searches_never_wait_for_it() {
    let (host, place) = (Host::that_waits(&["minilm"]), Place::new());
    let live = place.live(host.settings("minilm"));
    live.settle();
    live.until("the model is known", |view| (view.embedding.state.phase == Phase::Filling).then_some(()));
    let before = live.search("harvest wheat");
    assert_eq!(before.hits[0].path, "src/harvest.rs");
    let note = before.notes.join("");
    assert!(note.contains("built-in vectors until those of minilm"), "{note}");
    assert_ne!(understood(&live.view()).as_deref(), Some("src/odd.rs"), "nobody else understands it");
    let folder = &report::report(&[live.view()], Vec::new(), Vec::new()).folders[0];
    assert_eq!((folder.chunks.total, folder.chunks.pending, folder.chunks.embedded), (CHUNKS, CHUNKS, 0));
    assert!(folder.embedder.starts_with("minilm:latest@b1b1b1b1b1b1b1b1/64/"), "{}", folder.embedder);
    assert!(folder.embedding.answers.starts_with("builtin"), "{:?}", folder.embedding);

    host.gate.open();
    until_answers(&live, "minilm");
    assert_eq!(understood(&live.view()).as_deref(), Some("src/odd.rs"));
    let after = live.search("harvest wheat");
    assert_eq!((after.hits[0].path.as_str(), after.notes.as_slice()), ("src/harvest.rs", &[][..]));
    let folder = &report::report(&[live.view()], Vec::new(), Vec::new()).folders[0];
    assert_eq!((folder.chunks.total, folder.chunks.pending, folder.chunks.embedded), (CHUNKS, 0, CHUNKS));
    assert_eq!(folder.embedding.answers, folder.embedder);
}

#[test]
fn an_edit_shows_the_model_one_text_and_a_rename_or_a_restart_none() {
    let (host, place) = (Host::new(), Place::new());
    let mut live = place.live(host.settings("minilm"));
    until_answers(&live, "minilm");
    assert_eq!(host.code("minilm").len() as u64, CHUNKS);

    fs::rename(place.root.join("src/ferry.rs"), place.root.join("src/boat.rs")).unwrap();
    live.until_found("harbour", "src/boat.rs");
    live.settle();
    write(&place.root.join("src/forge.rs"), "pub fn forge() {\n    let iron = fire.melt(900); mould.pour(iron);\n}\n");
    live.until("the edit was shown", |_| host.code("minilm").last().filter(|text| text.contains("mould")).map(|_| ()));
    until_answers(&live, "minilm");
    assert_eq!(host.code("minilm").len() as u64, CHUNKS + 1, "one text for the edit, none for the rename");

    // What is typed can be searched before the model has seen it, which it does when the typing has settled.
    live.type_in("src/forge.rs", "pub fn forge() {\n    let copper = fire.melt(1000); mould.pour(copper);\n}\n");
    live.until_found("copper", "src/forge.rs");
    live.until("what was typed was shown", |_| {
        host.code("minilm").last().filter(|text| text.contains("copper")).map(|_| ())
    });
    until_answers(&live, "minilm");
    assert_eq!(host.code("minilm").len() as u64, CHUNKS + 2);

    drop(live);
    let live = place.live(host.settings("minilm"));
    write(
        &place.root.join("src/forge.rs"),
        "pub fn forge() {\n    let copper = fire.melt(1000); mould.pour(copper);\n}\n",
    );
    live.settle();
    until_answers(&live, "minilm");
    assert_eq!(host.code("minilm").len() as u64, CHUNKS + 2, "known content is not shown again");
}

#[test]
fn another_model_is_filled_in_while_the_old_one_answers() {
    let (host, place) = (Host::new(), Place::new());
    let live = place.live(host.settings("minilm"));
    until_answers(&live, "minilm");
    live.session.configure(&place.root, &Arc::new(host.settings("gemma")));
    live.until("the other model is filled in", |view| {
        let state = &view.embedding.state;
        (state.phase == Phase::Filling && state.configured.starts_with("gemma")).then_some(())
    });
    let response = live.search(SAID);
    assert_eq!(response.hits[0].path, "src/odd.rs", "the old model answers");
    let note = response.notes.join("");
    assert!(note.contains("the vectors of minilm:latest until those of gemma"), "{note}");
    assert_eq!(place.stores().len(), 2);

    host.gate.open();
    until_answers(&live, "gemma");
    assert_eq!(understood(&live.view()).as_deref(), Some("src/odd.rs"));
    assert_eq!((place.stores().len(), place.stores()[0].starts_with("gemma")), (1, true), "{:?}", place.stores());

    // Back to the built-in model, at once.
    live.session.configure(&place.root, &Arc::new(Settings::default()));
    live.until("the built-in model answers", |view| (view.embedding.answering.is_none()).then_some(()));
    assert_eq!(live.search("harvest wheat").notes, [""; 0]);
}

#[test]
fn when_the_host_is_down_the_filling_waits_and_searches_say_so() {
    let (host, place) = (Host::new(), Place::new());
    host.down.store(true, Ordering::SeqCst);
    let live = place.live(host.settings("minilm"));
    live.settle();
    live.until("it waits", |view| {
        let state = &view.embedding.state;
        (state.phase == Phase::Waiting && !state.note.is_empty()).then_some(())
    });
    let response = live.search("harvest wheat");
    assert_eq!(response.hits[0].path, "src/harvest.rs");
    let note = response.notes.join("");
    assert!(note.contains("searched with the built-in vectors") && note.contains(&host.fake.address), "{note}");
    host.down.store(false, Ordering::SeqCst);
    until_answers(&live, "minilm");
    assert_eq!(understood(&live.view()).as_deref(), Some("src/odd.rs"));

    host.down.store(true, Ordering::SeqCst);
    let response = live.search("a question that nobody asked before");
    assert!(response.notes.join("").contains("searched with the built-in vectors"), "{:?}", response.notes);
    assert_eq!(live.search("harvest wheat").hits[0].path, "src/harvest.rs");
}

#[test]
fn a_busy_host_is_asked_again() {
    let (host, place) = (Host::new(), Place::new());
    host.busy.store(true, Ordering::SeqCst);
    let live = place.live(host.settings("minilm"));
    live.until("it waits", |view| {
        let state = &view.embedding.state;
        (state.phase == Phase::Waiting && state.note.contains("busy")).then_some(())
    });
    host.busy.store(false, Ordering::SeqCst);
    until_answers(&live, "minilm");
}

#[test]
fn two_servers_show_the_model_everything_once() {
    let (host, place) = (Host::new(), Place::new());
    let (left, right) = (place.live(host.settings("minilm")), place.live(host.settings("minilm")));
    let both = [&left, &right];
    for live in both {
        live.until("both can search with it", |view| view.embedding.state.answers.starts_with("minilm").then_some(()));
        assert_eq!(understood(&live.view()).as_deref(), Some("src/odd.rs"));
    }
    let code = host.code("minilm");
    assert_eq!(code.len(), code.iter().collect::<BTreeSet<_>>().len(), "{code:#?}");
    assert_eq!(code.len() as u64, CHUNKS);
}

#[test]
fn a_pause_ends_the_filling_and_resuming_goes_on() {
    let (host, place) = (Host::that_waits(&["minilm"]), Place::new());
    let live = place.live(host.settings("minilm"));
    live.until("it is filled in", |view| (view.embedding.state.phase == Phase::Filling).then_some(()));
    live.until("the model is shown something", |_| (!host.code("minilm").is_empty()).then_some(()));
    live.session.tell(None, || Event::CancelFilling);
    live.until("it has ended", |view| {
        let state = &view.embedding.state;
        (state.phase == Phase::Paused && state.stopped).then_some(())
    });
    host.gate.open();
    live.session.tell(None, || Event::Resume);
    until_answers(&live, "minilm");
}

#[test]
fn a_text_that_the_model_refuses_stops_nothing_and_is_named() {
    let (host, place) = (Host::new(), Place::new());
    write(&place.root.join("src/bad.rs"), "pub fn indigestible() {\n    let stone = soup.eat();\n}\n");
    let live = place.live(host.settings("minilm"));
    until_answers(&live, "minilm");
    assert_eq!(live.search("indigestible").hits[0].path, "src/bad.rs");
    let folder = &report::report(&[live.view()], Vec::new(), Vec::new()).folders[0];
    let errors = folder.errors.join("");
    assert!(errors.contains("src/bad.rs:1") && errors.contains("no vector"), "{errors}");
}
