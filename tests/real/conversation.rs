//! A whole conversation with a real model, from an editor and from the command line. Nothing is asked of what a model of this
//! size says; what it was shown, how it streams, stops and is checked has to be right all the same.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::{editor::Editor, laptop::Laptop, models};

const FILES: [(&str, &str); 3] = [
    (
        "src/parcel.rs",
        "/// Adds the price of each article and takes off what the customer's coupon is worth.\n\
         pub fn amount_due(basket: &[u32], coupon: u32) -> u32 {\n    \
         basket.iter().sum::<u32>().saturating_sub(coupon)\n}\n",
    ),
    (
        "src/till.rs",
        "use crate::parcel::amount_due;\n\n/// What the screen of the till shows.\n\
         pub fn ring_up(basket: &[u32]) -> String {\n    format!(\"{} to pay\", amount_due(basket, 0))\n}\n",
    ),
    (
        "src/greeting.py",
        "def wave(person):\n    \"\"\"Says good morning in the language of the person.\"\"\"\n    \
         return f\"{person.tongue.morning}, {person.name}!\"\n",
    ),
];

const QUESTION: &str = "what does `amount_due` do with the coupon?";
const FOLLOW_UP: &str = "and where is that called?";

fn laptop() -> Option<Laptop> {
    let laptop = Laptop::new(&models::shared()?);
    for (path, text) in FILES {
        let path = laptop.workspace().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let said = laptop.run(&["index"]);
    assert_eq!(said.code, 0, "{}", said.err);
    Some(laptop)
}

/// The model has said all it had to say, or all that it may: this one likes to talk.
fn ended(answer: &Value) -> bool {
    answer["complete"] == true || answer["error"].as_str().is_some_and(|error| error.contains("longest length"))
}

/// The place of a source among those that were sent.
fn place_of(answer: &Value, path: &str) -> Option<usize> {
    answer["sources"].as_array().unwrap().iter().position(|source| source["path"] == path)
}

/// Each citation that is said to be verified is of a source that was sent, and within its file. The first line of each is
/// given by `first`.
fn check_citations(answer: &Value, folder: &Path, first: impl Fn(&Value) -> u64) {
    for citation in answer["citations"].as_array().unwrap() {
        if citation["verified"] != true {
            assert!(citation["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{answer:#}");
            continue;
        }
        let path = citation["path"].as_str().unwrap();
        assert!(place_of(answer, path).is_some(), "{path} was not sent: {answer:#}");
        let lines = fs::read_to_string(folder.join(path)).unwrap().lines().count() as u64;
        assert!((1..=lines).contains(&first(citation)), "{answer:#}");
    }
}

#[test]
fn an_editor_has_a_conversation() {
    let Some(laptop) = laptop() else { return };
    let mut editor = Editor::open(&laptop);
    let id = editor.begin("codecompass/chat", &json!({ "message": QUESTION, "token": "first" }));
    let (answer, before) = editor.end(id);
    assert!(ended(&answer), "{answer:#}");
    assert_eq!((&answer["model"], &answer["host"]), (&json!(models::TALKER), &json!("gpu")));
    assert_eq!(place_of(&answer, "src/parcel.rs"), Some(0), "{answer:#}");
    let deltas: Vec<&Value> = before
        .iter()
        .filter(|message| message["method"] == "codecompass/chatDelta")
        .map(|message| &message["params"])
        .collect();
    assert!(deltas.iter().enumerate().all(|(number, delta)| delta["sequence"] == number), "{deltas:?}");
    let texts: Vec<&str> =
        deltas.iter().filter(|delta| delta["kind"] == "text").map(|delta| delta["text"].as_str().unwrap()).collect();
    assert!(texts.len() > 3, "it came at once: {texts:?}");
    let line = |citation: &Value| citation["range"]["start"]["line"].as_u64().unwrap() + 1;
    check_citations(&answer, &laptop.workspace(), line);
    // What the host counted is what was said to be sent, as far as the estimate of an unknown model goes.
    let (estimated, counted) =
        (answer["ledger"]["estimated"].as_f64().unwrap(), answer["ledger"]["counted"].as_f64().unwrap());
    assert!((estimated / counted - 1.0).abs() < 0.35, "{estimated} estimated, {counted} counted");

    let conversation = &answer["conversation"];
    let ask = json!({ "message": FOLLOW_UP, "conversation": conversation, "token": "second" });
    let answer = editor.request("codecompass/chat", ask);
    assert_eq!(&answer["conversation"], conversation);
    let caller = place_of(&answer, "src/till.rs").unwrap_or_else(|| panic!("who calls it was not sent: {answer:#}"));
    assert!(caller < 2 && place_of(&answer, "src/parcel.rs").is_some(), "{answer:#}");
    check_citations(&answer, &laptop.workspace(), line);

    let ask = json!({ "message": "write a very long story about it", "conversation": conversation, "token": "third" });
    let id = editor.begin("codecompass/chat", &ask);
    editor.until("codecompass/chatDelta", |delta| delta["token"] == "third" && delta["kind"] == "text");
    let stop = json!({ "command": "codecompass.chat.stop", "arguments": [{ "token": "third" }] });
    editor.begin("workspace/executeCommand", &stop);
    let (answer, _) = editor.end(id);
    assert_eq!((&answer["stopped"], &answer["complete"]), (&json!(true), &json!(false)), "{answer:#}");
    assert!(!answer["text"].as_str().unwrap().is_empty(), "what came is kept: {answer:#}");

    let get = json!({ "action": "get", "id": conversation });
    let kept = editor.request("codecompass/conversations", get);
    let asked = kept["conversation"]["asked"].as_array().unwrap();
    assert_eq!((asked.len(), &asked[1]["message"]), (3, &json!(FOLLOW_UP)), "{kept:#}");
    assert_eq!(asked[2]["answer"]["stopped"], true, "{kept:#}");
}

#[test]
fn the_command_line_goes_on_with_a_conversation() {
    let Some(laptop) = laptop() else { return };
    let ask = |arguments: &[&str]| -> Value {
        let said = laptop.run(&[&["ask", "--json", "--ledger"], arguments].concat());
        let answer: Value = serde_json::from_str(said.out.lines().last().unwrap()).unwrap();
        assert!(ended(&answer), "{answer:#}{}", said.err);
        answer
    };
    let line = |citation: &Value| citation["start_line"].as_u64().unwrap();
    let first = ask(&[QUESTION]);
    assert_eq!(place_of(&first, "src/parcel.rs"), Some(0), "{first:#}");
    check_citations(&first, &laptop.workspace(), line);
    let second = ask(&["-c", FOLLOW_UP]);
    assert_eq!(second["conversation"], first["conversation"]);
    assert!(place_of(&second, "src/till.rs").is_some_and(|place| place < 2), "{second:#}");
    check_citations(&second, &laptop.workspace(), line);
    // Two answers have taught how this model counts; a third is off by little.
    let third = ask(&["-c", "is it tested?"]);
    let (estimated, counted) =
        (third["ledger"]["estimated"].as_f64().unwrap(), third["ledger"]["counted"].as_f64().unwrap());
    assert!((estimated / counted - 1.0).abs() < 0.10, "{estimated} estimated, {counted} counted");

    let listed = laptop.run(&["conversations", "list", "--json"]);
    assert_eq!((listed.code, listed.out.lines().count()), (0, 1), "{}", listed.out);
    let exported = laptop.run(&["conversations", "export", first["conversation"].as_str().unwrap()]);
    assert!(exported.out.contains(QUESTION) && exported.out.contains(FOLLOW_UP), "{}", exported.out);
}
