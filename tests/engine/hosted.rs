//! The program with a model on a host: `index` shows it all code, also when it is killed in the middle; searches use it, show
//! it a small rest, and say so when they cannot.

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::Value;

use crate::{
    fake::{Fake, Reply, tame},
    place::{Place, output, said},
};

const FILES: usize = 40;
const QUERY: &str = "verify the invoice before the cursor is read";

/// A host with `minilm`, and how often it was shown each piece of code.
struct Host {
    fake: Fake,
    shown: Arc<Mutex<BTreeMap<String, usize>>>,
    /// The largest number of texts that were sent at a time.
    largest: Arc<AtomicUsize>,
    down: Arc<AtomicBool>,
}

impl Host {
    /// Takes so long for each answer.
    fn new(pause: Duration) -> Self {
        let shown = Arc::<Mutex<BTreeMap<String, usize>>>::default();
        let (largest, down) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let (seen, most, broken) = (Arc::clone(&shown), Arc::clone(&largest), Arc::clone(&down));
        let fake = Fake::start(move |request| {
            if broken.load(Ordering::SeqCst) {
                return Reply::error(503, "server busy, please try again");
            }
            if request.path == "/api/embed" {
                let body = request.json();
                let texts = body["input"].as_array().cloned().unwrap_or_default();
                let code = texts.iter().filter_map(Value::as_str).filter(|text| text.contains("pub fn"));
                let code: Vec<&str> = code.collect();
                most.fetch_max(code.len(), Ordering::SeqCst);
                if !code.is_empty() {
                    // The host works; this is no waiting for something.
                    std::thread::sleep(pause);
                }
                for text in code {
                    *seen.lock().unwrap().entry(text.to_owned()).or_default() += 1;
                }
            }
            tame(request)
        });
        Self { fake, shown, largest, down }
    }

    fn program(&self, place: &Place) -> Command {
        let mut command = place.program(&place.cache());
        command
            .env("OLLAMA_HOST", &self.fake.address)
            .env("CODECOMPASS_EMBEDDING_PROVIDER", "ollama")
            .env("CODECOMPASS_EMBEDDING_MODEL", "minilm");
        command
    }

    fn run(&self, place: &Place, arguments: &[&str]) -> (String, String) {
        let mut command = self.program(place);
        command.args(arguments);
        let output = output(command);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", said(&output));
        (String::from_utf8(output.stdout.clone()).unwrap(), said(&output))
    }

    fn status(&self, place: &Place) -> Value {
        serde_json::from_str(&self.run(place, &["status", "--json"]).0).unwrap()
    }

    /// Different texts that it was shown, and how often in all.
    fn counts(&self) -> (usize, usize) {
        let shown = self.shown.lock().unwrap();
        (shown.len(), shown.values().sum())
    }
}

fn chunks(status: &Value) -> usize {
    status["chunks"]["total"].as_u64().unwrap() as usize
}

#[test]
fn index_shows_the_model_everything_and_a_search_a_small_rest() {
    let (host, place) = (Host::new(Duration::ZERO), Place::generated(FILES, 1));
    let (report, _) = host.run(&place, &["index", "--json"]);
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["embedding"]["pending"], 0, "{report}");
    let (all, sent) = host.counts();
    let status = host.status(&place);
    assert_eq!((all, sent), (chunks(&status), chunks(&status)));
    assert!(status["embedder"].as_str().unwrap().starts_with("minilm:latest@"), "{status}");
    assert_eq!(status["embedding"]["answers"], status["embedder"]);
    assert_eq!((&status["chunks"]["pending"], &status["chunks"]["embedded"]), (&0.into(), &all.into()));

    place.write("src/new.rs", "pub fn zanzibar_ferry() {\n    sail(1);\n}\n");
    let (found, said) = host.run(&place, &["search", "--json", "zanzibar ferry"]);
    assert!(found.lines().next().unwrap().contains("src/new.rs"), "{found}");
    assert_eq!(said, "", "nothing is missing any more");
    assert_eq!(host.counts(), (all + 1, sent + 1), "one text for one new function");

    host.down.store(true, Ordering::SeqCst);
    let (found, said) = host.run(&place, &["search", "--json", QUERY]);
    assert!(!found.is_empty());
    assert!(said.contains("searched with the built-in vectors"), "{said}");
}

#[test]
fn a_large_rest_is_left_to_index_and_said() {
    let (host, place) = (Host::new(Duration::ZERO), Place::generated(200, 1));
    let (found, said) = host.run(&place, &["search", "--json", QUERY]);
    assert!(!found.is_empty());
    assert!(said.contains("built-in vectors until those of minilm") && said.contains("codecompass index"), "{said}");
    assert_eq!(host.counts(), (0, 0));
    let status = host.status(&place);
    assert_eq!(status["chunks"]["pending"], status["chunks"]["total"], "{status}");
}

#[test]
fn killed_in_the_middle_at_most_one_batch_is_shown_again() {
    let (host, place) = (Host::new(Duration::from_millis(150)), Place::generated(FILES, 1));
    host.run(&place, &["index"]);
    let (all, _) = host.counts();
    let batches = all.div_ceil(host.largest.load(Ordering::SeqCst));
    for kill_after in 1..=3 {
        host.shown.lock().unwrap().clear();
        std::fs::remove_dir_all(place.cache()).unwrap();
        let mut child = host.program(&place).arg("index").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while host.counts().0 * batches < kill_after * all / 2 && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let (status, _) = host.run(&place, &["status", "--json"]);
        assert!(!status.contains("damaged"), "{status}");
        host.run(&place, &["index"]);
        let (different, sent) = host.counts();
        assert_eq!(different, all);
        let batch = host.largest.load(Ordering::SeqCst);
        assert!(sent - all <= batch, "{} were shown twice, a batch has {batch}", sent - all);
    }
}

#[test]
fn two_programs_show_the_model_everything_once() {
    let (host, place) = (Host::new(Duration::from_millis(10)), Place::generated(FILES, 1));
    let start = || host.program(&place).arg("index").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let children = [start(), start()];
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let status = host.status(&place);
    assert_eq!(host.counts(), (chunks(&status), chunks(&status)));
    assert_eq!(status["chunks"]["pending"], 0);
}
