//! Which panics are reported. The hook belongs to the process, so that this test has one of its own.

use std::{
    panic,
    sync::{Mutex, PoisonError, mpsc},
    thread,
};

use codecompass_index::{error::Result, guard::guarded};

static REPORTED: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[test]
fn panics_of_other_threads_are_reported_while_the_index_is_read() {
    panic::set_hook(Box::new(|info| {
        let text = info.payload_as_str().unwrap_or_default().to_owned();
        REPORTED.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }));
    let (inside, is_inside) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let reader = thread::spawn(move || {
        guarded("the words", || -> Result<()> {
            inside.send(()).expect("the test waits");
            may_go_on.recv().expect("the test sends");
            panic!("damage")
        })
    });
    is_inside.recv().expect("the reader sends");
    let other = thread::spawn(|| panic!("a fault of ours")).join();
    go_on.send(()).expect("the reader waits");

    assert!(other.is_err());
    assert!(reader.join().expect("its panic was caught").expect_err("it panicked").is_damage());
    assert_eq!(*REPORTED.lock().unwrap_or_else(PoisonError::into_inner), ["a fault of ours"]);
}
