//! A small repository whose vectors are made by the real model, searched and asked about.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
};

use serde_json::Value;

use crate::{
    laptop::{Laptop, told},
    models,
};

/// Three files that share no word with the questions below.
const FILES: [(&str, &str); 3] = [
    (
        "src/parcel.rs",
        "/// Adds the price of each article and takes off what the customer's coupon is worth.\n\
         pub fn amount_due(basket: &[u32], coupon: u32) -> u32 {\n    \
         basket.iter().sum::<u32>().saturating_sub(coupon)\n}\n",
    ),
    (
        "src/greeting.py",
        "def wave(person):\n    \"\"\"Says good morning in the language of the person.\"\"\"\n    \
         return f\"{person.tongue.morning}, {person.name}!\"\n",
    ),
    (
        "src/night.go",
        "package night\n\n// Dim lowers the lamps of a corridor when nobody has walked there for a while.\n\
         func Dim(lamps []int) []int {\n\tfor i := range lamps {\n\t\tlamps[i] /= 2\n\t}\n\treturn lamps\n}\n",
    ),
];

const QUESTIONS: [(&str, &str); 4] = [
    ("turn the lights down", "src/night.go"),
    ("darken the building to save electricity", "src/night.go"),
    ("total of a shopping cart with a discount", "src/parcel.rs"),
    ("hello in another tongue", "src/greeting.py"),
];

fn write(folder: &Path) {
    for (path, text) in FILES {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// The repository is embedded by the host's model, and what is meant is found without a word in common.
pub(crate) fn is_searched_by_meaning(laptop: &Laptop) {
    write(&laptop.workspace());
    let said = laptop.run(&["index"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let said = laptop.run(&["status", "--json"]);
    let status: Value = serde_json::from_str(&said.out).unwrap();
    assert!(status["embedder"].as_str().unwrap().starts_with("all-minilm:latest@"), "{status}");
    assert_eq!((&status["chunks"]["pending"], &status["chunks"]["total"]), (&0.into(), &3.into()), "{status}");
    for (question, expected) in QUESTIONS {
        for mode in ["hybrid", "vector"] {
            let said = laptop.run(&["search", "--json", "-n", "1", "--mode", mode, question]);
            assert_eq!((said.code, &*said.err), (0, ""), "{question}");
            let hit: Value = serde_json::from_str(&said.out).unwrap();
            assert_eq!(hit["path"], expected, "{question}: {hit}");
        }
    }
}

/// Without the host the search goes on with what there is, and says so.
#[test]
fn is_searched_without_the_host() {
    let Some(_) = models::shared() else { return };
    let mut own = models::Own::start(0);
    let laptop = Laptop::new(&format!("127.0.0.1:{}", own.port));
    is_searched_by_meaning(&laptop);
    own.kill();
    let said = laptop.run(&["search", "--json", "-n", "1", "coupon of the customer"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("src/parcel.rs"), "{}", said.out);
    assert!(said.err.contains("searched with the built-in vectors"), "{}", said.err);
}

const QUESTION: &str = "what does amount_due do with the coupon?";

/// A question is answered as it comes, and at the end once more with what the answer rests on. Nothing is asked of what a
/// model of this size says.
pub(crate) fn is_asked_about(laptop: &Laptop) {
    write(&laptop.workspace());
    let said = laptop.run(&["ask", "--json", QUESTION]);
    let lines: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (answer, deltas) = lines.split_last().unwrap();
    assert!(deltas.len() > 3 && deltas.iter().all(|delta| delta["type"] == "delta"), "{}", said.out);
    assert_eq!(answer["type"], "answer", "{answer}");
    // A model of this size may talk until there is no more room.
    let long = answer["error"].as_str().is_some_and(|error| error.contains("its longest length"));
    assert_eq!(
        (said.code, answer["complete"].as_bool()),
        if long { (2, Some(false)) } else { (0, Some(true)) },
        "{answer}"
    );
    assert!(!answer["text"].as_str().unwrap().trim().is_empty(), "{answer}");
    assert_eq!((&answer["model"], &answer["host"]), (&models::TALKER.into(), &"gpu".into()), "{answer}");
    assert_eq!(answer["sources"][0]["path"], "src/parcel.rs", "{answer}");
}

/// The host dies while it answers: what came stays, is said to be incomplete, and the sources are there.
#[test]
fn an_answer_that_breaks_off_keeps_what_came() {
    let Some(_) = models::shared() else { return };
    let mut own = models::Own::start(0);
    let laptop = Laptop::new(&format!("127.0.0.1:{}", own.port));
    write(&laptop.workspace());
    let mut command = laptop.program(&["ask", "--json", QUESTION]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(first["type"], "delta", "{first}");
    own.kill();
    let last: Value = serde_json::from_str(&lines.last().unwrap().unwrap()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2), "{last}");
    assert_eq!((&last["type"], &last["complete"]), (&"answer".into(), &false.into()), "{last}");
    let text = last["text"].as_str().unwrap();
    assert!(text.starts_with(first["text"].as_str().unwrap()), "{last}");
    assert_eq!(last["sources"][0]["path"], "src/parcel.rs", "{last}");
    told("killed while `ask` answers", last["error"].as_str().unwrap());
}
