//! What is printed when all is well.

use expect_test::expect;

use super::*;

#[test]
fn results_without_a_terminal_are_plain_and_whole() {
    check(
        "search how is a chunk added",
        &expect![[r#"
            src/store.rs:98-105  Store::add  method  0.875
               98  /// Adds a chunk.
               99  pub fn add(&mut self, chunk: Chunk) -> Result<(), Error> {
              100
              101      let id = chunk.id();
              102      let _日本語 = "wide characters are not cut in half";
              103      self.chunks.insert(id, chunk);
              104      Ok(())
            src/store.rs:1  rust  0.500
              1  use std::io;␛[2J

            docs/a page.md:3-40  Guide > Adding  section  0.250
              4  ## Adding
              5
              6  First.
              7  Second.
            --- 0
            note: SearchRequest { query: "how is a chunk added", limit: 10, mode: Hybrid, languages: [], paths: [], kinds: [] }
        "#]],
    );
}

#[test]
fn results_on_a_terminal_have_colours() {
    check_on(
        COLOUR,
        "search the Chunk to cut",
        &expect![[r#"
            ^[35msrc/store.rs^[0m^[2m:^[0m^[32m98-105^[0m  ^[1mStore::add^[0m  ^[2mmethod  0.875^[0m
              ^[2m 98  /// Adds a chunk.^[0m
              ^[32m 99^[0m  pub fn add(&mut self, ^[1m^[31mchunk^[0m: ^[1m^[31mChunk^[0m) -> Result<(), Error> {
              ^[2m100^[0m
              ^[2m101      let id = chunk.id();^[0m
              ^[32m102^[0m      let _日本語 = "wide characters are not cut in half";
              ^[32m103^[0m      self.^[1m^[31mchunk^[0ms.insert(id, ^[1m^[31mchunk^[0m);
              ^[2m104      Ok(())^[0m
            ^[2msrc/store.rs^[0m^[2m:^[0m^[32m1^[0m  ^[2mrust  0.500^[0m
              ^[32m1^[0m  use std::io;␛[2J

            ^[35mdocs/a page.md^[0m^[2m:^[0m^[32m3-40^[0m  ^[1mGuide > Adding^[0m  ^[2msection  0.250^[0m
              ^[32m4^[0m  ## Adding
              ^[2m5^[0m
              ^[32m6^[0m  First.
              ^[32m7^[0m  Second.
            --- 0
            note: SearchRequest { query: "the Chunk to cut", limit: 10, mode: Hybrid, languages: [], paths: [], kinds: [] }
        "#]],
    );
}

#[test]
fn results_fit_a_narrow_terminal() {
    let place = Place { screen: NARROW, ..Place::new() };
    let ran = place.run("search x --explain");
    expect![[r#"
        src/store.rs:98-105
          Store::add  method  0.875
          vector      +0.7500  from 0…
          keyword     +0.2500  from 1…
          test-file   -0.1250  from 1…
          score        0.8750
           98  /// Adds a chunk.
           99  pub fn add(&mut self, …
          100
          101      let id = chunk.id(…
          102      let _日本語 = "wid…
          103      self.chunks.insert…
          104      Ok(())
        src/store.rs:1  rust  0.500
          keyword   +0.5000  from 6.0…
          score      0.5000
          1  use std::io;␛[2J

        docs/a page.md:3-40
          Guide > Add…  section  0.250
          vector   +0.2500  from 0.25…
          score     0.2500
          4  ## Adding
          5
          6  First.
          7  Second.
    "#]]
    .assert_eq(&ran.stdout);
    for line in ran.stdout.lines() {
        assert!(screen::width(line) <= 30, "{line}");
    }
}

#[test]
fn the_parts_of_a_score_sum_to_it() {
    check(
        "search x --explain -n 5",
        &expect![[r#"
            src/store.rs:98-105  Store::add  method  0.875
              vector      +0.7500  from 0.5000
              keyword     +0.2500  from 12.0000
              test-file   -0.1250  from 1.0000
              score        0.8750
               98  /// Adds a chunk.
               99  pub fn add(&mut self, chunk: Chunk) -> Result<(), Error> {
              100
              101      let id = chunk.id();
              102      let _日本語 = "wide characters are not cut in half";
              103      self.chunks.insert(id, chunk);
              104      Ok(())
            src/store.rs:1  rust  0.500
              keyword   +0.5000  from 6.0000
              score      0.5000
              1  use std::io;␛[2J

            docs/a page.md:3-40  Guide > Adding  section  0.250
              vector   +0.2500  from 0.2500
              score     0.2500
              4  ## Adding
              5
              6  First.
              7  Second.
            --- 0
            note: SearchRequest { query: "x", limit: 5, mode: Hybrid, languages: [], paths: [], kinds: [] }
        "#]],
    );
}

#[test]
fn results_for_programs() {
    check(
        "search x --json",
        &expect![[r#"
        {"path":"src/store.rs","start_line":98,"end_line":105,"symbol":"Store::add","kind":"method","language":"rust","score":0.875,"signals":{"vector":0.75,"keyword":0.25,"test-file":-0.125},"text":"    /// Adds a chunk.\n    pub fn add(&mut self, chunk: Chunk) -> Result<(), Error> {\n\n        let id = chunk.id();\n        let _日本語 = \"wide characters are not cut in half\";\n\t\tself.chunks.insert(id, chunk);\n        Ok(())\n    }\n"}
        {"path":"src/store.rs","start_line":1,"end_line":1,"symbol":"","kind":null,"language":"rust","score":0.5,"signals":{"keyword":0.5},"text":"use std::io;\u001b[2J"}
        {"path":"docs/a page.md","start_line":3,"end_line":40,"symbol":"Guide > Adding","kind":"section","language":"markdown","score":0.25,"signals":{"vector":0.25},"text":"\n## Adding\n\nFirst.\nSecond.\nThird.\n"}
        --- 0
        note: SearchRequest { query: "x", limit: 10, mode: Hybrid, languages: [], paths: [], kinds: [] }
    "#]],
    );
}

#[test]
fn filters_reach_the_engine() {
    check(
        "search --lang py,rs --lang C++ --path src/** --kind function,method --mode symbol -n 1000 --json x y -- --z",
        &expect![[r#"
            {"path":"src/store.rs","start_line":98,"end_line":105,"symbol":"Store::add","kind":"method","language":"rust","score":0.875,"signals":{"vector":0.75,"keyword":0.25,"test-file":-0.125},"text":"    /// Adds a chunk.\n    pub fn add(&mut self, chunk: Chunk) -> Result<(), Error> {\n\n        let id = chunk.id();\n        let _日本語 = \"wide characters are not cut in half\";\n\t\tself.chunks.insert(id, chunk);\n        Ok(())\n    }\n"}
            {"path":"src/store.rs","start_line":1,"end_line":1,"symbol":"","kind":null,"language":"rust","score":0.5,"signals":{"keyword":0.5},"text":"use std::io;\u001b[2J"}
            {"path":"docs/a page.md","start_line":3,"end_line":40,"symbol":"Guide > Adding","kind":"section","language":"markdown","score":0.25,"signals":{"vector":0.25},"text":"\n## Adding\n\nFirst.\nSecond.\nThird.\n"}
            --- 0
            note: SearchRequest { query: "x y --z", limit: 1000, mode: Symbol, languages: [Python, Rust, Cpp], paths: ["src/**"], kinds: [Function, Method] }
        "#]],
    );
}

#[test]
fn nothing_found() {
    check(
        "search nothing",
        &expect![[r#"
        --- 1
        note: no file matches `x/**`
        nothing found; try other words
    "#]],
    );
    check(
        "search nothing --lang rust --json",
        &expect![[r#"
        --- 1
        note: no file matches `x/**`
        nothing found; try it without the filters
    "#]],
    );
}

#[test]
fn similar_takes_a_place() {
    check(
        "similar src/a.rs:7:3 --json",
        &expect![[r#"
        {"path":"docs/a page.md","start_line":3,"end_line":40,"symbol":"Guide > Adding","kind":"section","language":"markdown","score":0.25,"signals":{"vector":0.25},"text":"\n## Adding\n\nFirst.\nSecond.\nThird.\n"}
        --- 0
        note: like line 7 of src/a.rs
    "#]],
    );
}

#[test]
fn index_says_what_it_did() {
    check(
        "index",
        &expect![[r#"
        --- 0
        indexed 2 files of /w in 125 ms, removed 1 file: 1 chunk embedded, 7 known already; left out: 40 binary, 2 ignored
    "#]],
    );
    check(
        "index src --json",
        &expect![[r#"
        {"files_seen":1234,"files_indexed":2,"files_removed":1,"chunks_embedded":1,"chunks_reused":7,"skipped":{"binary":40,"ignored":2},"bytes":999,"elapsed_s":0.125,"up_to_date":false}
        --- 0
        indexed 2 files of /w/src in 125 ms, removed 1 file: 1 chunk embedded, 7 known already; left out: 40 binary, 2 ignored
    "#]],
    );
}

#[test]
fn an_index_that_was_up_to_date() {
    let report =
        IndexReport { files_seen: 1, up_to_date: true, elapsed: Duration::from_millis(2300), ..IndexReport::default() };
    expect!["the index of /w is up to date: 1 file looked at in 2.3 s"]
        .assert_eq(&index::summary(&report, Path::new("/w")));
}

#[test]
fn status_for_people_and_programs() {
    check(
        "status",
        &expect![[r#"
        workspace   /w
        index       4.8 MiB for 9.5 MiB of text (0.50 x)
                    generation 7, format 1, in /cache/w
        changed     2 min ago
        files       1,192 of 1,234 indexed
        left out    40 binary, 2 ignored
        chunks      9,000, 8,999 with a vector, 1 still without a vector
        languages   1,000 rust, 192 toml
        embedder    builtin-256
        problem     one thing is wrong; mend it
        --- 0
    "#]],
    );
    let ran = Place::new().run("status --json");
    let (before, rest) = ran.stdout.split_once("\"hosts\":[").unwrap();
    let (hosts, after) = rest.rsplit_once("],\"errors\":").unwrap();
    // Whether anybody is there is the machine's own business.
    assert!(
        hosts.starts_with("{\"name\":\"127.0.0.1:11434\",\"url\":\"http://127.0.0.1:11434\",\"state\":\""),
        "{hosts}"
    );
    expect![[r#"
        {"workspace":"/w","files":{"seen":1234,"indexed":1192,"pending":0,"skipped":{"binary":40,"ignored":2}},"chunks":{"total":9000,"embedded":8999,"pending":1},"languages":{"rust":1000,"toml":192},"embedder":"builtin-256","embedding":{"phase":"off","configured":"builtin-256","answers":"builtin-256","done":0,"total":0,"note":"","stopped":false},"index":{"bytes":5000000,"text_bytes":10000000,"age_s":125,"schema":1,"generation":7,"folder":"/cache/w"},"hosts":[],"errors":["one thing is wrong; mend it"],"usage":[]}
    "#]]
    .assert_eq(&format!("{before}\"hosts\":[],\"errors\":{after}"));
}

#[test]
fn why_for_people_and_programs() {
    for (line, expected) in [
        (
            "why src/a.rs",
            expect![[r#"
            src/a.rs is indexed as Rust, in 2 chunks
              1-9
              10-120  Store::add
            --- 0
        "#]],
        ),
        (
            "why target/x",
            expect![[r#"
            target/x is not indexed: ignored by `/target` (.gitignore:1)
              to index it all the same, add the line `!/target/x` to .codecompassignore
            --- 0
        "#]],
        ),
        (
            "why new.rs",
            expect![[r#"
            new.rs is not indexed yet; the next `search` or `index` takes it in
            --- 0
        "#]],
        ),
        (
            "why gone.rs",
            expect![[r#"
            gone.rs does not exist in this workspace
            --- 1
        "#]],
        ),
        (
            "why --json src/a.rs",
            expect![[r#"
                {"path":"src/a.rs","state":"indexed","language":"rust","chunks":[{"start_line":1,"end_line":9,"symbol":""},{"start_line":10,"end_line":120,"symbol":"Store::add"}]}
                --- 0
            "#]],
        ),
        (
            "why --json target/x",
            expect![[r#"
                {"path":"target/x","state":"skipped","reason":"ignored","because":"ignored by `/target` (.gitignore:1)","detail":{"rule":"/target","source":".gitignore","line":1,"reason":"ignored"}}
                --- 0
            "#]],
        ),
        (
            "why --json gone.rs",
            expect![[r#"
            {"path":"gone.rs","state":"missing"}
            --- 1
        "#]],
        ),
    ] {
        check(line, &expected);
    }
}

#[test]
fn settings_are_shown_with_their_sources() {
    let mut place = Place::new();
    std::fs::write(place.root().join(".codecompass.toml"), "[index]\nexclude = ['gen/**']\nmax_file_bytes = 'x'\n")
        .unwrap();
    place.variables.push(("CODECOMPASS_INDEX_THREADS".to_owned(), "2".to_owned()));
    let ran = place.run("config show --offline");
    // The places of other systems are tested elsewhere.
    if cfg!(all(unix, not(target_os = "macos"))) {
        expect![[r#"
            index.include                []                          default
            index.exclude                ["gen/**"]                  /w/.codecompass.toml:2
            index.max_file_bytes         "1 MiB"                     default
            index.threads                2                           CODECOMPASS_INDEX_THREADS
            index.disk_budget            "10 GiB"                    default
            index.watcher                "auto"                      default
            embedding.provider           "builtin"                   default
            embedding.model              ""                          default
            embedding.query_template     ""                          default
            embedding.document_template  ""                          default
            embedding.keep_alive         "30m"                       default
            ollama.hosts                 ["http://127.0.0.1:11434"]  default
            chat.model                   ""                          default
            chat.num_ctx                 0                           default
            chat.num_predict             0                           default
            chat.temperature             0.2                         default
            chat.think                   "auto"                      default
            chat.keep_alive              "30m"                       default
            chat.rewrite_model           ""                          default
            explain.model                ""                          default
            explain.num_ctx              0                           default
            explain.num_predict          0                           default
            explain.temperature          0.2                         default
            explain.think                "off"                       default
            explain.keep_alive           "30m"                       default
            explain.brief_model          ""                          default
            privacy.offline              true                        --offline
            privacy.allow_cloud_models   false                       default
            privacy.redact_secrets       true                        default
            privacy.audit_log            ""                          default
            editor.hover                 true                        default
            editor.code_lens             false                       default
            log.level                    "warn"                      default

            user file                    /w/home/.config/codecompass/config.toml (does not exist)
            project file                 /w/.codecompass.toml
            cache folder                 /w/home/.cache/codecompass
            --- 0
            warning: /w/.codecompass.toml:3: `index.max_file_bytes` is `x`, but must be a size above 0 such as 1048576 or "1 MiB"; the default, "1 MiB", is used
        "#]].assert_eq(&format!("{}--- {}\n{}", ran.stdout, ran.code, ran.stderr));
    }
    let ran = place.run("config show --json");
    let shown: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(shown["settings"]["index.threads"]["value"], 2);
    assert_eq!(shown["settings"]["index.threads"]["source"], "CODECOMPASS_INDEX_THREADS");
    assert_eq!(shown["mistakes"].as_array().map(Vec::len), Some(1));
}

#[test]
fn questions_are_scored_and_results_written() {
    let place = Place::new();
    let question = |id: u32, path: &str| {
        format!(
            r#"{{"id":"{id}","query":"q{id}","language":"rust","repo":"r{id}","targets":[{{"path":"{path}","start":5,"end":98}}]}}"#
        )
    };
    let text = format!("{}\n\n{}\n", question(1, "src/store.rs"), question(2, "docs/a page.md"));
    std::fs::write(place.root().join("questions.jsonl"), text).unwrap();
    let ran = place.run("eval questions.jsonl --results found.jsonl");
    expect![[r#"
                           n   ndcg@10             95%    mrr@10  recall@1  recall@5 recall@10
        overall            2     0.750  0.500 to 1.000     0.667     0.500     1.000     1.000
        mean of kinds      2     0.750  0.500 to 1.000     0.667     0.500     1.000     1.000
        kind doc           2     0.750  0.500 to 1.000     0.667     0.500     1.000     1.000
        rust doc           2     0.750  0.500 to 1.000     0.667     0.500     1.000     1.000

        the first ten results have 8 lines (median)
        --- 0
    "#]]
    .assert_eq(&format!("{}--- {}\n{}", ran.stdout, ran.code, ran.stderr));
    let found = std::fs::read_to_string(place.root().join("found.jsonl")).unwrap();
    assert!(
        found.starts_with(r#"{"id":"1","results":[{"path":"src/store.rs","start":98,"end":105,"score":0.875},"#),
        "{found}"
    );

    let ran = place.run("eval questions.jsonl --json --tree r2");
    let shown: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&shown["rows"]["overall"]["n"], &shown["rows"]["kind doc"]["ndcg@10"]), (&1.into(), &0.5.into()));

    for (line, sentence) in [
        ("eval no.jsonl", "cannot read the questions in `no.jsonl`"),
        ("eval src/a.rs", "`src/a.rs` cannot be used: line 1 is no question"),
        ("eval questions.jsonl --tree x", "no question in `questions.jsonl` is about `x`"),
    ] {
        let ran = place.run(line);
        assert!(ran.code == 2 && ran.stderr.starts_with(&format!("error: {sentence}")), "{}", ran.stderr);
    }
}

#[test]
fn completions_know_the_words() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = Place::new().run(&format!("completions {shell}"));
        assert_eq!((ran.code, &*ran.stderr), (0, ""));
        assert!(ran.stdout.contains("similar"), "{shell}");
    }
    assert!(Place::new().run("completions fish").stdout.contains("objective-c"));
}

#[test]
fn every_command_teaches_with_examples() {
    let ran = Place::new().run("--help");
    assert_eq!((ran.code, &*ran.stderr), (0, ""));
    for command in ["", "search", "similar", "index", "status", "why", "eval", "config", "config show", "completions"] {
        let ran = Place::new().run(&format!("{command} --help"));
        assert_eq!(ran.code, 0, "{command}");
        assert!(ran.stdout.contains("Examples:\n  codecompass"), "{command}");
        for line in ran.stdout.lines() {
            assert!(screen::width(line) <= 100, "{line}");
        }
    }
    assert!(Place::new().run("--version").stdout.starts_with("codecompass "));
}
