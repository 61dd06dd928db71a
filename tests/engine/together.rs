//! Several processes on one workspace.

use crate::place::{Place, output, said};

const SEARCH: &[&str] = &["search", "--json", "verify the invoice"];

#[test]
fn two_that_start_at_once_find_the_same() {
    let place = Place::generated(150, 1);
    let program = |arguments: &[&str]| {
        let mut command = place.program(&place.cache());
        command.args(arguments);
        command
    };
    let outputs = std::thread::scope(|scope| {
        [SEARCH, SEARCH, &["index"]]
            .map(program)
            .map(|command| scope.spawn(|| output(command)))
            .map(|running| running.join().unwrap())
    });
    for ended in &outputs {
        assert_eq!(ended.status.code(), Some(0), "{}", said(ended));
        assert!(!said(ended).contains("damaged"), "{}", said(ended));
    }
    assert!(!outputs[0].stdout.is_empty());
    assert_eq!(outputs[0].stdout, outputs[1].stdout);
    assert_eq!(output(program(SEARCH)).stdout, outputs[0].stdout);
}
