//! Questions, files and hosts that are not as they should be: one clear sentence, and what came of the answer is kept.

use super::*;

#[track_caller]
fn refused(ask: Ask, wanted: &str) {
    let error = asked(ask).0.unwrap_err().to_string();
    assert!(error.contains(wanted) && !error.contains('\n'), "{error}");
}

#[test]
fn what_cannot_be_explained_is_refused_before_a_model_is_asked() {
    let fake = Fake::tame_but(|_| None);
    let scene = Scene::with(&fake.address);
    scene.fixture.write("data.bin", "\0\u{1}\0\u{2}");
    let explain =
        |key: &str, target: Target| scene.ask(What::Explanation { key: key.to_owned(), target, history: Vec::new() });
    refused(explain("src/store.rs", Target::Lines(900..901)), "src/store.rs has 7 lines; line 901 is not one of them");
    refused(explain("data.bin", Target::File), "`codecompass why data.bin` says why");
    refused(explain("src/gone.rs", Target::File), "src/gone.rs");
    assert!(fake.asked("/api/chat").is_empty());
}

#[test]
fn an_unknown_name_is_said_with_what_may_be_meant() {
    let fake = answering(|| Reply::stream().lines(&[said("Yes."), done()]).end());
    let scene = Scene::with(&fake.address);
    let answer = asked(scene.question("is @src/stor.rs right?")).0.unwrap();
    let note = "did you mean src/store.rs?";
    assert!(answer.complete && answer.notes.iter().any(|said| said.ends_with(note)), "{:?}", answer.notes);
}

#[test]
fn a_model_that_reads_less_than_its_instructions_is_not_asked() {
    let fake = Fake::tame_but(|_| None);
    let mut scene = Scene::with(&fake.address);
    scene.settings.chat.num_ctx = 64;
    refused(scene.question("how are items added?"), "take a model with a larger context (setting chat.num_ctx)");
    assert!(fake.asked("/api/chat").is_empty());
}

#[test]
fn an_answer_that_never_ends_is_broken_off_and_kept() {
    let fake = answering(|| {
        let lines: Vec<_> = (0..40).map(|_| said(&"again and ".repeat(4_000))).collect();
        Reply::stream().lines(&lines).silence()
    });
    let scene = Scene::with(&fake.address);
    let answer = asked(scene.question("how are items added?")).0.unwrap();
    assert!(!answer.complete && answer.text.starts_with("again and again"));
    assert!(answer.error.unwrap().starts_with("the answer did not end and was broken off; "));
    fake.gone();
}

#[test]
fn bytes_that_are_no_text_end_the_answer_and_what_came_is_kept() {
    let fake = answering(|| {
        let odd = b"{\"message\":{\"role\":\"assistant\",\"content\":\"a\xFF\xFEb\"},\"done\":false}\n";
        Reply::stream().lines(&[said("Items are ")]).chunk(odd).lines(&[done()]).end()
    });
    let scene = Scene::with(&fake.address);
    let answer = asked(scene.question("how are items added?")).0.unwrap();
    assert_eq!((answer.text.trim(), answer.complete), ("Items are", false));
    let error = answer.error.unwrap();
    assert!(!error.contains('\n') && error.contains(&fake.address), "{error}");
}

#[test]
fn a_folder_that_is_deleted_meanwhile_takes_no_answer_with_it() {
    let gate = Wait::default();
    let held = gate.clone();
    let fake = answering(move || {
        Reply::stream().lines(&[said("Items are added ")]).wait(&held).lines(&[said("by `add` [1]."), done()]).end()
    });
    let scene = Scene::with(&fake.address);
    let root = scene.fixture.root();
    let (answer, _) = stopped_by(scene.question("how are items added?"), move |step, _| {
        if matches!(step, Step::Text(_)) && root.exists() {
            std::fs::remove_dir_all(&root).unwrap();
            gate.open();
        }
    });
    let answer = answer.unwrap();
    assert!(answer.complete && answer.text.starts_with("Items are added by `add`"), "{answer:?}");
    let citation = &answer.citations[0];
    assert!(!citation.verified && citation.reason.is_some(), "{citation:?}");
}
