//! Several processes on one workspace.

use crate::place::{Place, output, said};

#[test]
fn two_that_start_at_once_find_the_same() {
    let place = Place::generated(150, 1);
    let run = |arguments: &'static [&'static str]| {
        let mut command = place.program(&place.cache());
        command.args(arguments);
        output(command)
    };
    const SEARCH: &[&str] = &["search", "--json", "verify the invoice"];
    let outputs = std::thread::scope(|scope| {
        [SEARCH, SEARCH, &["index"]].map(|arguments| scope.spawn(|| run(arguments))).map(|run| run.join().unwrap())
    });
    for output in &outputs {
        assert_eq!(output.status.code(), Some(0), "{}", said(output));
        assert!(!said(output).contains("damaged"), "{}", said(output));
    }
    assert!(!outputs[0].stdout.is_empty());
    assert_eq!(outputs[0].stdout, outputs[1].stdout);
    assert_eq!(run(SEARCH).stdout, outputs[0].stdout);
}
