//! `models` and `doctor` against a host that only pretends.

use expect_test::expect;
use serde_json::{Value, json};

use super::{Place, Ran};

use crate::fake::{self, Fake, Reply};

/// A place where this is the host, and whose address is not different in every run.
fn run(fake: &Fake, line: &str) -> Ran {
    let mut place = Place::new();
    place.variables.push(("OLLAMA_HOST".to_owned(), fake.address.clone()));
    let ran = place.run(line);
    let stable = |text: String| text.replace(&fake.address, "HOST");
    Ran { code: ran.code, stdout: stable(ran.stdout), stderr: stable(ran.stderr) }
}

fn shown(ran: &Ran) -> String {
    format!("{}--- {}\n{}", ran.stdout, ran.code, ran.stderr)
}

#[test]
fn models_are_listed() {
    let fake = Fake::tame_but(|_| None);
    expect![[r#"
        HOST http://HOST
          minilm:latest   43.9 MiB  23M, 512 tokens, embedding
          qwen:latest      4.4 GiB  7.6B, Q4_K_M, 32768 tokens, completion tools, loaded with 4096 tokens
          stub:latest        300 B  completion, in Ollama's cloud, not on the host
        --- 0
    "#]]
    .assert_eq(&shown(&run(&fake, "models list")));
    let ran = run(&fake, "models list --json");
    let first: Value = serde_json::from_str(ran.stdout.lines().next().unwrap()).unwrap();
    assert_eq!((&first["name"], &first["capabilities"]), (&json!("minilm:latest"), &json!(["embedding"])));
    assert_eq!((&first["host"], &first["url"]), (&json!("HOST"), &json!("http://HOST")));
    let empty =
        Fake::tame_but(|request| (request.path == "/api/tags").then(|| Reply::json(200, &json!({"models": []}))));
    assert_eq!(run(&empty, "models list").code, 1);
}

#[test]
fn a_model_is_fetched() {
    let fake = Fake::tame_but(|_| None);
    expect![[r#"
        `new` is on HOST
        --- 0
    "#]]
    .assert_eq(&shown(&run(&fake, "models pull new")));
    let ran = run(&fake, "models pull new --json");
    let last: Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last, json!({"status": "success", "completed": 150, "total": 150}));
    expect![[r#"
        --- 2
        error: `unheard` cannot be fetched: pull model manifest: file does not exist; check the name, and that http://HOST reaches the registry
    "#]].assert_eq(&shown(&run(&fake, "models pull unheard")));
    expect![[r#"
        --- 2
        error: model `big:cloud` is not used, because http://HOST would pass everything on to Ollama's cloud; choose a model that runs on the host, or set `privacy.allow_cloud_models = true`
    "#]].assert_eq(&shown(&run(&fake, "models pull big:cloud")));
}

#[test]
fn a_model_is_deleted_only_by_those_who_say_yes() {
    let fake = Fake::tame_but(|_| None);
    expect![[r#"
        --- 2
        error: nothing was deleted; add `--yes` to delete `qwen:latest` (4.4 GiB) from http://HOST
    "#]]
    .assert_eq(&shown(&run(&fake, "models rm qwen")));
    assert_eq!(fake.asked("/api/delete").len(), 0);
    expect![[r#"
        `qwen:latest` is deleted from HOST
        --- 0
    "#]]
    .assert_eq(&shown(&run(&fake, "models rm qwen --yes")));
    assert_eq!(fake.asked("/api/delete")[0].json()["model"], "qwen:latest");
    assert_eq!(run(&fake, "models rm unheard --yes").code, 2);
}

#[test]
fn a_host_that_is_not_there_is_named_with_what_to_do() {
    let fake = Fake::tame_but(|_| None);
    expect![[r#"
        --- 2
        error: there is no host `gpu`; it can be `HOST`
    "#]]
    .assert_eq(&shown(&run(&fake, "models list --host gpu")));
    let mut place = Place::new();
    place.variables.push(("OLLAMA_HOST".to_owned(), "192.0.2.1".to_owned()));
    expect![[r#"
        --- 2
        error: http://192.0.2.1:11434 is not used, because nothing may leave this machine; take away `--offline` or `privacy.offline` to use it
    "#]].assert_eq(&shown(&place.run("models list --offline")));
}

/// A line without what is measured.
fn steady(line: &str) -> String {
    if let Some((before, after)) = line.split_once("first token after ") {
        return format!("{before}first token{}", after.split_once(" s").unwrap().1);
    }
    for (begin, measured) in [("ok       cache folder: ", ": "), ("ok       watcher: ", " folders")] {
        if let Some(rest) = line.strip_prefix(begin) {
            return format!("{begin}{}", rest.split(measured).next().unwrap().trim_start_matches(char::is_numeric));
        }
    }
    line.to_owned()
}

#[test]
fn the_doctor_finds_nothing_wrong() {
    let fake = Fake::tame_but(|_| None);
    let ran = run(&fake, "doctor");
    // What is measured is another number each time.
    let stdout: Vec<String> = ran.stdout.lines().map(steady).collect();
    expect![[r#"
        ok       configuration: no mistakes
        ok       cache folder: /w/home/.cache/codecompass
        ok       index: 1192 files of /w, changed 2 minutes ago
        warning  index: one thing is wrong; mend it
                 -> `codecompass status` says more
        ok       watcher: 
        ok       host HOST: Ollama 0.12.3 answers at http://HOST
        ok       host HOST: 3 models installed, `qwen:latest` can answer
        ok       host HOST: `qwen:latest`: first token, 40.0 tokens a second
        ok       host HOST: `qwen:latest` is loaded with a context of 4096 tokens of 32768 that it was trained for, 50 % on the GPU, the rest on the CPU
        warning  host HOST: 4096 tokens of context hold little code
                 -> set `chat.num_ctx = 16384`, or OLLAMA_CONTEXT_LENGTH on the host
        warning  host HOST: `qwen:latest` does not fit into the memory of the GPU, which makes it slow
                 -> choose a smaller model, or a smaller context with `chat.num_ctx`
        ok       role chat: qwen:latest on HOST: the best of what is there
        ok       role embed: the model inside the program makes vectors; no host is needed
        setting  ollama.hosts = ["http://HOST"]  OLLAMA_HOST
        --- 0
    "#]]
    .assert_eq(&shown(&Ran { stdout: stdout.join("\n") + "\n", ..ran }));
    let quick = run(&fake, "doctor --quick --json");
    let all: Value = serde_json::from_str(&quick.stdout).unwrap();
    assert_eq!((&all["ok"], &all["hosts"][0]["version"]), (&json!(true), &json!("0.12.3")));
    assert_eq!(all["hosts"][0]["pace"], Value::Null);
    assert_eq!(fake.asked("/api/chat").len(), 1);
}

#[test]
fn the_doctor_names_what_is_broken_and_its_cure() {
    let locked = Fake::start(|_| Reply::whole(401, &[], "<html>who are you</html>"));
    let ran = run(&locked, "doctor");
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout.contains("problem  host HOST: http://HOST does not accept who we are\n         -> check"),
        "{}",
        ran.stdout
    );

    let tokens: Vec<Value> = (0..10).map(|_| json!({"message": {"content": "x"}})).collect();
    let buffered = Fake::tame_but(move |request| {
        (request.path == "/api/chat").then(|| {
            let last = json!({"done": true, "eval_count": 10, "eval_duration": 60_000_000_000_u64});
            Reply::stream().lines(&tokens).lines(&[last]).end()
        })
    });
    let ran = run(&buffered, "doctor");
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("`proxy_buffering off`"), "{}", ran.stdout);

    let empty =
        Fake::tame_but(|request| (request.path == "/api/tags").then(|| Reply::json(200, &json!({"models": []}))));
    let ran = run(&empty, "doctor");
    assert!(ran.stdout.contains("warning  host HOST: it has no model that can answer"), "{}", ran.stdout);
}

#[test]
fn a_host_of_ones_own_file_with_a_token() {
    let fake = Fake::tame_but(|request| {
        (request.header("authorization") != Some("Bearer hush")).then(|| Reply::whole(401, &[], ""))
    });
    let place = Place::new();
    let folder = place.root().join("home/.config/codecompass");
    std::fs::create_dir_all(&folder).unwrap();
    let token = place.root().join("token");
    std::fs::write(&token, "hush\n").unwrap();
    let file =
        format!("[[ollama.hosts]]\nname = 'gpu'\nurl = '{}'\ntoken_file = '{}'\n", fake.address, token.display());
    std::fs::write(folder.join("config.toml"), file).unwrap();
    let ran = place.run("models list");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.starts_with("gpu http://"), "{}", ran.stdout);
    let all = ["config show", "config show --json", "doctor -vvv"].map(|line| shown(&place.run(line))).concat();
    assert!(!all.contains("hush") && all.contains("token from /w/token"), "{all}");
}

#[test]
fn plain_http_to_another_machine_is_warned_of_once() {
    let fake = Fake::start(fake::tame);
    let place = Place::new();
    let folder = place.root().join("home/.config/codecompass");
    std::fs::create_dir_all(&folder).unwrap();
    let log = place.root().join("audit.jsonl");
    let file = format!(
        "[[ollama.hosts]]\nname = 'gpu'\nurl = 'http://gpu.example'\nproxy = 'http://{}'\n\
         [[ollama.hosts]]\nname = 'open'\nurl = 'https://127.0.0.1:1'\ninsecure = true\n\
         [privacy]\naudit_log = '{}'\n",
        fake.address,
        log.display()
    );
    std::fs::write(folder.join("config.toml"), file).unwrap();
    let ran = place.run("models list --host gpu");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    expect![[r#"
        warning: host gpu: code that is sent there can be read on the way, because its address begins with http://; put a proxy with TLS in front of it, or use an SSH tunnel
        warning: host open: its certificate is not checked, so that anybody on the way can read and change what is sent; name the certificate of its authority with `ca_file` and take away `insecure`
    "#]].assert_eq(&ran.stderr);
    assert_eq!(std::fs::read_to_string(&log).unwrap().lines().count(), fake.requests().len());
    assert_eq!(place.run("models list --host gpu --offline").code, 2);
    // The status says how each host is, and why one is not used.
    let ran = place.run("status --json");
    let status: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&status["hosts"][0]["name"], &status["hosts"][0]["state"]), (&json!("gpu"), &json!("up")));
    assert_eq!(status["hosts"][0]["models"].as_array().unwrap().len(), 3);
    assert_eq!(status["hosts"][1]["state"], "down", "{status}");
    assert!(status["hosts"][1]["why"].as_str().unwrap().contains("cannot be reached"), "{status}");
}
