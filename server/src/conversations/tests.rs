#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{fs, path::Path, thread};

use super::*;

fn turn(question: &str, answer: &str) -> Turn {
    Turn {
        question: question.to_owned(),
        mode: Mode::Ask,
        subject: None,
        at: now(),
        answer: Answer { text: answer.to_owned(), complete: true, ..Answer::default() },
    }
}

fn store(state: &Path) -> Conversations {
    Conversations::of(state, Path::new("/work space/project"))
}

#[test]
fn a_conversation_is_gone_on_with() {
    let state = tempfile::tempdir().unwrap();
    let store = store(state.path());
    assert!(store.list().unwrap().is_empty() && store.latest().unwrap().is_none());
    let id = id::fresh();
    store.add(&id, &turn("where is it?\nmore", "there")).unwrap();
    store.add(&id, &turn("and then?", "done")).unwrap();
    let read = store.read(&id).unwrap();
    assert_eq!((read.summary.title.as_str(), read.turns.len()), ("where is it?", 2));
    assert_eq!((read.turns[0].question.as_str(), read.turns[1].answer.text.as_str()), ("where is it?\nmore", "done"));
    store.replace_last(&id, &turn("and then?", "better")).unwrap();
    store.rename(&id, "  My title\n ").unwrap();
    let read = store.read(&id).unwrap();
    assert_eq!((read.summary.title.as_str(), read.turns[1].answer.text.as_str()), ("My title", "better"));
    assert_eq!(store.list().unwrap()[0].turns, 2);
    assert_eq!(store.find(&id[..5]).unwrap(), id);
    let exported = export::markdown(&read);
    assert!(
        exported.starts_with("# My title\n\n## You\n\nwhere is it?\nmore\n\n## CodeCompass\n\nthere\n"),
        "{exported}"
    );
    store.remove(&id).unwrap();
    assert!(store.read(&id).unwrap_err().to_string().contains("there is no conversation"));
}

#[test]
fn ids_lead_nowhere_else() {
    let state = tempfile::tempdir().unwrap();
    let store = store(state.path());
    for id in ["../../x", "", "a/b", "A"] {
        assert!(
            store.read(id).is_err() && store.add(id, &turn("q", "a")).is_err() && store.remove(id).is_err(),
            "{id}"
        );
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_them() {
    use std::os::unix::fs::PermissionsExt;
    let state = tempfile::tempdir().unwrap();
    let store = store(state.path());
    store.add("abc", &turn("q", "a")).unwrap();
    store.rename("abc", "b").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&store.folder), 0o700);
    for entry in fs::read_dir(&store.folder).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
}

#[test]
fn two_programs_at_once_lose_nothing() {
    let state = tempfile::tempdir().unwrap();
    thread::scope(|scope| {
        for program in 0..4 {
            let store = store(state.path());
            scope.spawn(move || {
                for number in 0..25 {
                    store.add("shared", &turn(&format!("{program} {number}"), "yes")).unwrap();
                    if number % 5 == 0 {
                        store.rename("shared", &format!("title {number}")).unwrap();
                    }
                }
            });
        }
    });
    let read = store(state.path()).read("shared").unwrap();
    assert_eq!(read.turns.len(), 100);
    for program in 0..4 {
        let own: Vec<_> = read.turns.iter().filter(|turn| turn.question.starts_with(&format!("{program} "))).collect();
        assert_eq!(own.len(), 25);
        assert!(own.iter().zip(0..).all(|(turn, number)| turn.question == format!("{program} {number}")));
    }
}

#[test]
fn a_line_that_was_cut_off_costs_only_itself() {
    let state = tempfile::tempdir().unwrap();
    let store = store(state.path());
    store.add("abc", &turn("first", "a")).unwrap();
    let path = store.path("abc");
    let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"{\"question\": \"cut o").unwrap();
    store.add("abc", &turn("second", "b")).unwrap();
    let questions: Vec<String> = store.read("abc").unwrap().turns.into_iter().map(|turn| turn.question).collect();
    assert_eq!(questions, ["first", "second"]);
    fs::write(store.path("bad"), "no json").unwrap();
    assert_eq!(store.list().unwrap().len(), 1, "what makes no sense is left out");
}

#[test]
fn what_is_too_much_goes_the_oldest_first_and_says_so() {
    let state = tempfile::tempdir().unwrap();
    let store = Conversations { limits: Limits { most: 3, most_bytes: 1 << 20, longest: 4000 }, ..store(state.path()) };
    for number in 0..3 {
        assert!(store.add(&format!("a{number}"), &turn("q", "a")).unwrap().is_empty());
        let file = fs::File::options().write(true).open(store.path(&format!("a{number}"))).unwrap();
        file.set_modified(SystemTime::now() - std::time::Duration::from_secs(100 - number)).unwrap();
    }
    let notes = store.add("a3", &turn("q", "a")).unwrap();
    assert_eq!(notes, ["to make room, 1 old conversation about this workspace had to go"]);
    assert!(!store.has("a0") && store.has("a1") && store.has("a3"));
    let mut notes = Vec::new();
    for number in 0..8 {
        notes.extend(store.add("a3", &turn(&format!("{number}"), &"x".repeat(500))).unwrap());
    }
    let read = store.read("a3").unwrap();
    assert!(!notes.is_empty() && notes[0].contains("oldest question"), "{notes:?}");
    assert_eq!(read.turns.last().unwrap().question, "7");
    assert!(read.dropped > 0 && fs::metadata(store.path("a3")).unwrap().len() <= 4000);
    assert!(export::markdown(&read).contains("older questions are not kept"));
}
