#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    fmt::Write,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::json;

use super::*;
use crate::{
    config::{
        folders::Environment,
        settings::{GenerationSettings, Think},
    },
    handlers::fixture::Fixture,
};

use crate::fake::{Fake, Gate as Wait, Reply};

mod wrong;

const FILES: &str = "\
//- src/store.rs
/// Adds an item to the shelf.
pub fn add(item: u32) -> u32 {
    check(item);
    item
}

fn check(item: u32) {}
";

/// A folder and a host that it is asked about.
struct Scene {
    fixture: Fixture,
    state: tempfile::TempDir,
    settings: Settings,
    environment: Environment,
}

impl Scene {
    fn with(address: &str) -> Self {
        Self::of(&[address])
    }

    /// With several hosts.
    fn of(addresses: &[&str]) -> Self {
        let hosts = addresses.join(",");
        let environment = Environment::from([("CODECOMPASS_OLLAMA_HOSTS", hosts.as_str()), ("HOME", "/nowhere")]);
        let settings = crate::config::load::load(&[], &environment, None, std::path::Path::new("/")).settings;
        Self { fixture: Fixture::new(FILES), state: tempfile::tempdir().unwrap(), settings, environment }
    }

    fn ask(&self, what: What) -> Ask {
        let view = self.fixture.view();
        let later = view.clone();
        Ask {
            views: vec![view],
            later: Arc::new(move || vec![later.clone()]),
            what,
            wanted: Wanted::default(),
            settings: Arc::new(self.settings.clone()),
            brief: false,
            pool: hosts::pool(&self.settings, &self.environment),
            prompts: None,
            state: Some(self.state.path().to_owned()),
            gate: None,
        }
    }

    fn question(&self, text: &str) -> Ask {
        self.ask(What::Question(Question { text: text.to_owned(), ..Question::default() }))
    }
}

fn explaining(target: Target) -> What {
    What::Explanation { key: "src/store.rs".to_owned(), target, history: Vec::new() }
}

/// Asks, and gives back the answer with all steps.
fn asked(ask: Ask) -> (anyhow::Result<Answer>, Vec<Step>) {
    stopped_by(ask, |_, _| ())
}

/// The same; `watch` sees each step and may stop it.
fn stopped_by(
    ask: Ask,
    watch: impl Fn(&Step, &CancellationToken) + Send + Sync,
) -> (anyhow::Result<Answer>, Vec<Step>) {
    let stop = CancellationToken::new();
    let steps = Mutex::new(Vec::new());
    let mut sink = |step: Step| {
        watch(&step, &stop);
        steps.lock().unwrap().push(step);
    };
    let answer = hosts::wait(converse(ask, &mut sink, &stop)).unwrap();
    (answer, steps.into_inner().unwrap())
}

fn text(steps: &[Step]) -> String {
    steps.iter().filter_map(|step| if let Step::Text(text) = step { Some(text.as_str()) } else { None }).collect()
}

fn said(text: &str) -> serde_json::Value {
    json!({ "message": { "role": "assistant", "content": text }, "done": false })
}

fn done() -> serde_json::Value {
    json!({ "message": { "role": "assistant", "content": "" }, "done": true, "done_reason": "stop",
            "prompt_eval_count": 120, "eval_count": 7, "eval_duration": 100_000_000 })
}

/// A host that answers questions like this.
fn answering(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Fake {
    Fake::tame_but(move |request| (request.path == "/api/chat").then(&reply))
}

#[test]
fn an_answer_comes_with_what_it_rests_on_and_what_it_cost() {
    let fake = answering(|| Reply::stream().lines(&[said("Items are added by `add` [1]."), done()]).end());
    let scene = Scene::with(&fake.address);
    let (answer, steps) = asked(scene.question("how are items added?"));
    let answer = answer.unwrap();
    assert!(answer.complete && answer.error.is_none(), "{answer:?}");
    assert_eq!(
        (answer.model.as_deref(), text(&steps).as_str()),
        (Some("qwen:latest"), "Items are added by `add` [1].")
    );
    assert_eq!((answer.usage.answer_tokens, answer.usage.prompt_tokens), (Some(7), Some(120)));
    assert_eq!(answer.usage.tokens_per_second, Some(70.0));
    assert!(answer.usage.first_token_ms.is_some());
    let citation = &answer.citations[0];
    assert!(citation.verified, "{citation:?}");
    assert_eq!((citation.path.as_str(), citation.source), ("src/store.rs", Some(1)));
    let sources = steps.iter().position(|step| matches!(step, Step::Sources(_))).unwrap();
    let first = steps.iter().position(|step| matches!(step, Step::Text(_))).unwrap();
    assert!(sources < first, "what it rests on comes before it");
    let request = fake.asked("/api/chat")[0].json();
    assert_eq!(request["truncate"], false);
    assert!(request["options"]["num_ctx"].as_u64().unwrap() > request["options"]["num_predict"].as_u64().unwrap());
    assert!(request["messages"].to_string().contains("fn add(item: u32)"), "{request}");
}

#[test]
fn reasoning_is_told_from_the_answer() {
    let thinking =
        json!({ "message": { "role": "assistant", "content": "", "thinking": "Let me see." }, "done": false });
    let fake = answering(move || Reply::stream().lines(&[thinking.clone(), said("Yes."), done()]).end());
    let (answer, steps) = asked(Scene::with(&fake.address).question("is it?"));
    let answer = answer.unwrap();
    assert_eq!((answer.thinking.as_str(), answer.text.as_str()), ("Let me see.", "Yes."));
    let thinking =
        steps.iter().filter_map(|step| if let Step::Thinking(text) = step { Some(text.as_str()) } else { None });
    assert_eq!(thinking.collect::<String>(), "Let me see.");
}

#[test]
fn what_comes_can_be_no_image_and_no_link() {
    let fake = answering(|| {
        Reply::stream().lines(&[said("See ![x](ht"), said("tp://evil/?q=1) and <img src=a>"), done()]).end()
    });
    let (answer, steps) = asked(Scene::with(&fake.address).question("how are items added?"));
    for shown in [text(&steps), answer.unwrap().text] {
        assert_eq!(shown.trim(), r"See x and \<img src=a>");
    }
}

#[test]
fn a_stop_is_seen_by_the_host_within_100_ms() {
    let fake = answering(|| Reply::stream().lines(&[said("one "), said("two ")]).silence());
    let scene = Scene::with(&fake.address);
    let stopped = Mutex::new(None);
    let (answer, _) = stopped_by(scene.question("how are items added?"), |step, stop| {
        if matches!(step, Step::Text(_)) {
            stopped.lock().unwrap().get_or_insert_with(Instant::now);
            stop.cancel();
        }
    });
    let answer = answer.unwrap();
    assert!(answer.stopped && !answer.complete && answer.text.starts_with("one"), "{answer:?}");
    let after = fake.gone().duration_since(stopped.lock().unwrap().unwrap());
    assert!(after < Duration::from_millis(100), "{after:?}");
}

#[test]
fn a_stop_before_the_first_token_is_seen_too() {
    let gate = Wait::default();
    let (held, opened) = (gate.clone(), gate.clone());
    let fake = answering(move || Reply::stream().silence().after(&held));
    let (answer, _) = stopped_by(Scene::with(&fake.address).question("is it?"), move |step, stop| {
        if matches!(step, Step::Status { stage: Stage::Waiting, .. }) {
            let (stop, gate) = (stop.clone(), opened.clone());
            std::thread::spawn(move || {
                gate.open();
                stop.cancel();
            });
        }
    });
    assert!(answer.unwrap().stopped);
}

#[test]
fn without_a_host_there_are_passages_and_what_to_do() {
    let scene = Scene::with("127.0.0.1:9");
    let (answer, _) = asked(scene.question("how are items added?"));
    let answer = answer.unwrap();
    assert!(!answer.complete && answer.model.is_none());
    assert!(answer.sources.iter().any(|source| source.path == "src/store.rs"));
    let error = answer.error.unwrap();
    assert!(error.contains("127.0.0.1:9") && error.contains("; "), "{error}");
}

#[test]
fn without_a_host_an_explanation_is_made_of_facts() {
    let scene = Scene::with("127.0.0.1:9");
    let target = Target::Symbol(2, None);
    let (answer, _) = asked(scene.ask(explaining(target)));
    let answer = answer.unwrap();
    assert!(answer.text.contains("function `add` `src/store.rs:2`"), "{}", answer.text);
    assert!(!answer.complete && !answer.sources.is_empty());
}

#[test]
fn a_model_that_is_not_there_is_named() {
    let fake = Fake::tame_but(|_| None);
    let scene = Scene::with(&fake.address);
    let mut ask = scene.question("how are items added?");
    ask.wanted.model = Some("unheard".to_owned());
    let answer = asked(ask).0.unwrap();
    assert!(answer.error.as_ref().unwrap().contains("`unheard`"), "{answer:?}");
    assert!(fake.asked("/api/chat").is_empty() && !answer.sources.is_empty());
}

#[test]
fn a_question_with_more_tokens_than_thought_is_packed_again() {
    let asked_before = AtomicBool::new(false);
    let fake = answering(move || {
        if asked_before.swap(true, Ordering::Relaxed) {
            return Reply::stream().lines(&[said("By `add`."), done()]).end();
        }
        Reply::error(400, "request (4100 tokens) exceeds the available context size (4096 tokens), try increasing it")
    });
    let mut scene = Scene::with(&fake.address);
    // More code than the context of the model holds.
    let mut files = String::new();
    for file in 0..20 {
        writeln!(files, "//- src/shelf{file}.rs").unwrap();
        for line in 0..30 {
            writeln!(
                files,
                "/// Adds an item to the shelf {line}, as items are added.\n\
                 pub fn add_item_{file}_{line}(item: u32) -> u32 {{\n    check_the_item_that_is_added({line}, item)\n}}"
            )
            .unwrap();
        }
    }
    scene.fixture = Fixture::new(&files);
    scene.settings.chat.num_ctx = 4096;
    let (answer, steps) = asked(scene.question("how are items added?"));
    let answer = answer.unwrap();
    assert_eq!((answer.text.as_str(), answer.complete, &answer.error), ("By `add`.", true, &None), "{answer:?}");
    let shown: Vec<usize> = steps
        .iter()
        .filter_map(|step| if let Step::Sources(sources) = step { Some(sources.len()) } else { None })
        .collect();
    assert!(shown.len() == 2 && shown[1] < shown[0], "{shown:?}");
    assert_eq!(answer.sources.len(), shown[1], "the answer rests on what was sent in the end");
    let learnt = Calibrations::of(Some(scene.state.path())).of_model("qwen:latest");
    assert!(learnt.seen > 0 && learnt.factor > 1.1, "the next question begins with it: {learnt:?}");
}

#[test]
fn an_answer_that_breaks_keeps_what_came() {
    for (reply, wanted) in [(0, "ended before it was complete"), (1, "the runner died")] {
        let fake = answering(move || {
            let begun = Reply::stream().lines(&[said("Items are ")]);
            if reply == 0 { begun.end() } else { begun.lines(&[json!({ "error": "the runner died" })]).end() }
        });
        let (answer, steps) = asked(Scene::with(&fake.address).question("how are items added?"));
        let answer = answer.unwrap();
        assert_eq!((answer.text.as_str(), answer.complete, text(&steps).as_str()), ("Items are ", false, "Items are "));
        assert!(answer.error.as_ref().unwrap().contains(wanted), "{answer:?}");
        assert!(!answer.sources.is_empty());
    }
}

#[test]
fn an_answer_that_is_cut_by_its_length_says_so() {
    let fake = answering(|| {
        let mut last = done();
        last["done_reason"] = "length".into();
        Reply::stream().lines(&[said("And so on and"), last]).end()
    });
    let answer = asked(Scene::with(&fake.address).question("how are items added?")).0.unwrap();
    assert!(!answer.complete && answer.error.unwrap().contains("num_predict"));
}

#[test]
fn questions_that_make_no_sense_are_refused() {
    let scene = Scene::with("127.0.0.1:9");
    for (question, wanted) in [("  \n", "there is no question"), (&*"x".repeat(1 << 20), "1024 KiB")] {
        let error = asked(scene.question(question)).0.unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
}

#[test]
fn what_the_settings_and_the_moment_want_is_asked_for() {
    let fake = Fake::tame_but(|_| None);
    let mut scene = Scene::with(&fake.address);
    scene.settings.chat = GenerationSettings { num_predict: 77, temperature: 50, ..GenerationSettings::default() };
    let mut ask = scene.question("how are items added?");
    ask.wanted.think = Some(Think::Off);
    asked(ask).0.unwrap();
    let options = &fake.asked("/api/chat")[0].json()["options"];
    assert_eq!((options["num_predict"].as_u64(), options["temperature"].as_f64()), (Some(77), Some(0.5)));
}

#[test]
fn many_small_pieces_are_handed_out_together() {
    let fake = answering(|| {
        let mut lines: Vec<_> = (0..2000).map(|number| said(&format!("{number} "))).collect();
        lines.push(done());
        Reply::stream().lines(&lines).end()
    });
    let (answer, steps) = asked(Scene::with(&fake.address).question("how are items added?"));
    let texts = steps.iter().filter(|step| matches!(step, Step::Text(_))).count();
    let answer = answer.unwrap();
    assert!(answer.text.ends_with("1999 ") && text(&steps).ends_with("1999 "));
    let most = answer.usage.total_ms as usize / 15 + 2;
    assert!(texts <= most, "{texts} pieces in {} ms", answer.usage.total_ms);
}

#[test]
fn what_answers_took_is_counted_however_they_end() {
    let fake = answering(|| Reply::stream().lines(&[said("Yes."), done()]).end());
    let scene = Scene::with(&fake.address);
    asked(scene.question("is it?")).0.unwrap();
    let (stopped, _) = stopped_by(scene.question("is it?"), |step, stop| {
        if matches!(step, Step::Status { stage: Stage::Waiting, .. }) {
            stop.cancel();
        }
    });
    assert!(stopped.unwrap().stopped);
    let broken = answering(|| Reply::stream().lines(&[said("Yes")]).end());
    let other = Scene::with(&broken.address);
    let mut ask = other.question("is it?");
    ask.state = Some(scene.state.path().to_owned());
    asked(ask).0.unwrap();
    let nobody = Scene::with("127.0.0.1:9");
    asked(nobody.question("is it?")).0.unwrap();
    let mut rows = crate::usage::Usage::of(scene.state.path()).last(1);
    rows.sort_by_key(|row| row.failures);
    let counts: Vec<_> =
        rows.iter().map(|row| (row.answers, row.failures, row.prompt_tokens, row.answer_tokens)).collect();
    assert_eq!(counts, [(2, 0, 120, 7), (1, 1, 0, 0)]);
    assert!(crate::usage::Usage::of(nobody.state.path()).last(1).is_empty(), "nobody was asked");
}

/// A host of two models, which answers rewrites with `line`.
fn rewriting(line: &'static str) -> Fake {
    Fake::tame_but(move |request| {
        if request.path != "/api/chat" {
            return None;
        }
        let rewrite = request.json()["options"]["num_predict"] == 80;
        let text = if rewrite { line } else { "In `add` [1]." };
        Some(Reply::stream().lines(&[said(text), done()]).end())
    })
}

fn follow_up(scene: &Scene) -> Ask {
    let before = codecompass_core::prompt::Turn {
        question: "how are items stored?".to_owned(),
        answer: "By the shelf.".to_owned(),
        places: Vec::new(),
    };
    let history = vec![before];
    let text = "and where is that checked?".to_owned();
    scene.ask(What::Question(Question { text, history, ..Question::default() }))
}

#[test]
fn a_follow_up_is_made_to_stand_alone_where_a_model_is_set() {
    let fake = rewriting("Where is an item checked by add?");
    let mut scene = Scene::with(&fake.address);
    scene.settings.routing.rewrite_model = "qwen".to_owned();
    let answer = asked(follow_up(&scene)).0.unwrap();
    assert!(answer.complete, "{answer:?}");
    let note = "searched for: Where is an item checked by add?".to_owned();
    assert!(answer.notes.contains(&note), "{:?}", answer.notes);
    let [rewrite, question] = &fake.asked("/api/chat")[..] else { panic!("it is asked twice") };
    let asked_for = rewrite.json()["messages"].to_string();
    for shown in ["and where is that checked?", "how are items stored?", "By the shelf."] {
        assert!(asked_for.contains(shown), "{asked_for}");
    }
    assert!(!question.json()["messages"].to_string().contains("Where is an item checked by add?"));
    assert_eq!(crate::usage::Usage::of(scene.state.path()).last(1)[0].answers, 2, "both are counted");
}

#[test]
fn a_question_is_answered_although_it_is_not_rewritten() {
    let fake = rewriting("");
    let mut scene = Scene::with(&fake.address);
    scene.settings.routing.rewrite_model = "qwen@nowhere".to_owned();
    let answer = asked(follow_up(&scene)).0.unwrap();
    assert!(answer.complete && answer.notes.iter().all(|note| !note.starts_with("searched")), "{answer:?}");
    scene.settings.routing.rewrite_model = "qwen".to_owned();
    assert!(asked(follow_up(&scene)).0.unwrap().complete);
    asked(scene.question("how are items stored?")).0.unwrap();
    assert_eq!(fake.asked("/api/chat").len(), 4, "a first question stands alone");
}

#[test]
fn each_kind_of_work_has_its_model_and_host() {
    let models = || {
        Fake::tame_but(|request| {
            let model = |name: &str| json!({ "name": name, "model": name, "size": 1, "digest": name });
            (request.path == "/api/tags")
                .then(|| Reply::json(200, &json!({ "models": [model("large:latest"), model("small:latest")] })))
        })
    };
    let (one, two) = (models(), models());
    let mut scene = Scene::of(&[&one.address, &two.address]);
    let second = scene.settings.ollama.hosts.get(1).map(|host| host.name.clone());
    let Some(second) = second else { panic!("two hosts: {:?}", scene.settings.ollama) };
    scene.settings.chat.model = format!("large@{second}");
    scene.settings.routing.brief_model = "small".to_owned();
    let explanation = || explaining(Target::Symbol(2, None));
    let first = scene.settings.ollama.hosts[0].name.clone();
    let who = |ask: Ask| {
        let answer = asked(ask).0.unwrap();
        (answer.model.unwrap_or_default(), answer.host.unwrap_or_default())
    };
    let is = |model: &str, host: &String| (format!("{model}:latest"), host.clone());
    assert_eq!(who(scene.question("how are items added?")), is("large", &second));
    assert_eq!(who(scene.ask(explanation())), is("large", &second));
    assert_eq!(who(Ask { brief: true, ..scene.ask(explanation()) }), is("small", &first));
    let mut wanted = scene.ask(explanation());
    wanted.wanted.model = Some(format!("small@{second}"));
    assert_eq!(who(wanted), is("small", &second));
    let mut wanted = scene.question("how are items added?");
    wanted.wanted.model = Some("small@unheard".to_owned());
    let error = asked(wanted).0.unwrap().error.unwrap();
    assert!(error.starts_with("there is no host `unheard`; ") && error.contains(&second), "{error}");
}

#[test]
fn what_was_said_before_goes_with_an_explanation() {
    let fake = answering(|| Reply::stream().lines(&[said("It checks."), done()]).end());
    let scene = Scene::with(&fake.address);
    let explanation = || {
        let before = codecompass_core::prompt::Turn {
            question: "what is a shelf?".to_owned(),
            answer: "A place for items.".to_owned(),
            places: Vec::new(),
        };
        let target = Target::Symbol(2, None);
        scene.ask(What::Explanation { key: "src/store.rs".to_owned(), target, history: vec![before] })
    };
    asked(explanation()).0.unwrap();
    asked(Ask { brief: true, ..explanation() }).0.unwrap();
    let [long, brief] = &fake.asked("/api/chat")[..] else { panic!("it is asked twice") };
    let holds = |request: &crate::fake::Request| request.json()["messages"].to_string().contains("A place for items.");
    assert!(holds(long) && !holds(brief), "a short one stands alone, because hovers show it");
}
