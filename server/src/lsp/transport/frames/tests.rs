//! Whatever arrives, every good message after it is found.

#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Gives out its bytes in pieces of these sizes, over and over.
struct Pieces<'a> {
    bytes: &'a [u8],
    sizes: Vec<usize>,
    turn: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.sizes[self.turn % self.sizes.len()].min(self.bytes.len()).min(buffer.len());
        self.turn += 1;
        let (now, later) = self.bytes.split_at(size);
        buffer[..size].copy_from_slice(now);
        self.bytes = later;
        Ok(size)
    }
}

const LARGEST: usize = 1000;

fn frames(bytes: &[u8], sizes: Vec<usize>) -> Vec<Frame> {
    let mut frames = Frames::new(Pieces { bytes, sizes, turn: 0 }, LARGEST);
    std::iter::from_fn(|| frames.next().unwrap()).collect()
}

/// What is read, in short: numbers of good messages, and codes of errors.
fn read(bytes: &[u8]) -> Vec<String> {
    let mut results: Vec<Vec<String>> = [1, 2, 3, 7, 64, 1 << 20]
        .map(|size| {
            let short = |frame: Frame| match frame {
                Frame::Json(value) => value["n"].to_string(),
                Frame::Wrong(id, error) => format!("{} {id}: {}", error.code, error.message),
            };
            frames(bytes, vec![size]).into_iter().map(short).collect()
        })
        .into();
    let last = results.pop().unwrap();
    for result in results {
        assert_eq!(result, last, "it matters how the bytes are cut");
    }
    last
}

fn good(number: u64) -> Vec<u8> {
    let body = json!({ "jsonrpc": "2.0", "n": number, "é": "Content-Length: 7\r\n\r\n" }).to_string();
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// A message with this length in its header.
fn with_length(number: u64, length: impl std::fmt::Display) -> Vec<u8> {
    let body = json!({ "jsonrpc": "2.0", "n": number }).to_string();
    format!("Content-Length: {length}\r\n\r\n{body}").into_bytes()
}

/// Between two good messages: both are read, and this is said in between.
#[track_caller]
fn check(wrong: &[u8], said: &str) {
    let bytes = [good(1), wrong.to_vec(), good(2), good(3)].concat();
    let mut read = read(&bytes);
    assert_eq!(read.remove(0), "1");
    assert_eq!(read.split_off(read.len() - 2), ["2", "3"], "{read:?}");
    assert_eq!(read.join("; "), said);
}

#[test]
fn headers_as_different_clients_write_them() {
    let body = "{\"n\":1}";
    for header in [
        "Content-Length: 7\r\n\r\n",
        "Content-Length: 7\n\n",
        "content-length:7\r\n\r\n",
        "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 7\r\n\r\n",
        "Content-Length: 7\r\nContent-Type: x\r\n\r\n",
        "\r\n\r\nContent-Length: 7\r\n\r\n",
        "Content-Length: 7\r\nContent-Length: 7\r\n\r\n",
    ] {
        assert_eq!(read(format!("{header}{body}").as_bytes()), ["1"], "{header:?}");
    }
}

#[test]
fn what_makes_no_sense_is_answered_once_and_left_behind() {
    check(b"", "");
    check(b"hello\r\n", "-32700 null: a header was expected, and something else came");
    check(b"no line break", "-32700 null: a header was expected, and something else came");
    check(b"name: ", "-32700 null: a header was expected, and something else came");
    check(b"\xff\xfe\x00", "-32700 null: a header was expected, and something else came");
    check(b"Content-Type: x\r\n\r\n{\"n\":9}", "-32700 null: the header has no Content-Length");
    check(b"Content-Length: seven\r\n\r\n{\"n\":9}", "-32700 null: the Content-Length is no number");
    check(b"Content-Length: -7\r\n\r\n{\"n\":9}", "-32700 null: the Content-Length is no number");
    check(b"Content-Length:\r\n\r\n{\"n\":9}", "-32700 null: the Content-Length is no number");
    check(
        b"Content-Length: 99999999999999999999999\r\n\r\n{\"n\":9}",
        "-32700 null: no message has such a Content-Length",
    );
    check(
        b"Content-Length: 7\r\nContent-Length: 8\r\n\r\n{\"n\":9}",
        "-32700 null: the header has two different lengths",
    );
    check(
        b"Content-Length: 0\r\n\r\n",
        "-32700 null: the message is no JSON: EOF while parsing a value at line 1 column 0",
    );
    check(
        b"Content-Length: 9\r\n\r\n{\"n\":\"\xff\"}",
        "-32700 null: the message is no UTF-8: invalid utf-8 sequence of 1 bytes from index 6",
    );
    check(
        b"Content-Length: 7\r\n\r\n{\"n\" 1}",
        "-32700 null: the message is no JSON: expected `:` at line 1 column 6",
    );
    check(b"Content-Length: ", "-32700 null: a header was expected, and something else came");
    let long = [b"Content-Length: ".to_vec(), vec![b'1'; 3 * LONGEST_LINE]].concat();
    check(&long, "-32700 null: a header was expected, and a line came that is too long for one");
    let long = vec![b'x'; 3 * LONGEST_LINE];
    check(&long, "-32700 null: a header was expected, and a line came that is too long for one");
    let deep = "[".repeat(900);
    let deep = format!("Content-Length: {}\r\n\r\n{deep}", deep.len());
    check(deep.as_bytes(), "-32700 null: the message is no JSON: recursion limit exceeded at line 1 column 128");
}

#[test]
fn a_message_that_is_too_large_is_left_out_as_a_whole() {
    let large = |head: &str| {
        let body =
            format!("{{\"jsonrpc\":\"2.0\",{head}\"params\":\"{}\"}}", good(9).len().to_string().repeat(LARGEST));
        (body.len(), format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes())
    };
    let (length, bytes) = large("\"id\":5,\"method\":\"m\",");
    let said = format!("-32600 5: a message of {length} bytes is larger than the limit of 1000");
    let read = frames(&[bytes, good(2)].concat(), vec![1 << 20]);
    let [Frame::Wrong(id, error), Frame::Json(value)] = &read[..] else { panic!("{read:?}") };
    assert_eq!(format!("{} {id}: {}", error.code, error.message), said);
    assert_eq!(value["n"], 2);
    for (head, id) in [
        ("\"id\":\"x\",\"method\":\"m\",", Id::String("x".to_owned())),
        ("\"method\":\"m\",\"id\":5,", Id::Number(5)),
        ("\"method\":\"m\",", Id::Null),
        ("\"id\":5,\"result\":1,", Id::Null),
    ] {
        let bytes = [large(head).1, good(2)].concat();
        let read = frames(&bytes, vec![1 << 20]);
        assert!(matches!(&read[..], [Frame::Wrong(found, _), Frame::Json(_)] if *found == id), "{head}: {read:?}");
    }
}

#[test]
fn lies_about_the_length_cost_one_message() {
    let right = with_length(9, 0).len() - "Content-Length: 0\r\n\r\n".len();
    for wrong in 1..right {
        let read = read(&[good(1), with_length(9, wrong), good(2), good(3)].concat());
        assert_eq!(
            (read.first(), &read[read.len() - 2..]),
            (Some(&"1".to_owned()), &["2".to_owned(), "3".to_owned()][..])
        );
        assert!(read[1].starts_with("-32700"), "{wrong}: {read:?}");
    }
    for wrong in right + 1..right + good(2).len() {
        let read = read(&[good(1), with_length(9, wrong), good(2), good(3)].concat());
        assert_eq!((read.first(), &read[read.len() - 1..]), (Some(&"1".to_owned()), &["3".to_owned()][..]), "{wrong}");
        assert!(read[1].starts_with("-32700"), "{wrong}: {read:?}");
        // The text of the message looks like a header too, but is found out.
        assert!(read.contains(&"2".to_owned()), "{wrong}: {read:?}");
    }
}

#[test]
fn an_end_in_the_middle_is_an_end() {
    let whole = good(1);
    for length in 0..whole.len() {
        assert_eq!(read(&whole[..length]), [""; 0], "{length}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300), sizes in proptest::collection::vec(1_usize..50, 1..5)) {
        let read = frames(&[bytes, good(1), good(2)].concat(), sizes);
        let last: Vec<&Frame> = read.iter().rev().take(2).collect();
        let found = matches!(&last[..], [Frame::Json(second), Frame::Json(first)] if first["n"] == 1 && second["n"] == 2);
        prop_assert!(found, "{:?}", read);
    }

    #[test]
    fn any_pieces_of_messages_are_survived(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just("Content-Length: "), Just("5"), Just("17"), Just("\r\n"), Just("\r\n\r\n"), Just("{\"n\":0}"),
                Just("{"), Just("\""), Just("}"), Just(": "), Just("x"), Just("é"), Just("Content-Type: a"),
            ],
            0..30,
        ),
    ) {
        // Enough good ones after it that no length above reaches the last.
        let rest: Vec<u8> = (1..=30).flat_map(good).collect();
        let read = frames(&[pieces.concat().into_bytes(), rest].concat(), vec![5]);
        let found = matches!(read.last(), Some(Frame::Json(value)) if value["n"] == 30);
        // A length above the limit may take all of it.
        let skips = read.iter().any(|frame| matches!(frame, Frame::Wrong(_, error) if error.message.contains("limit")));
        prop_assert!(found || skips, "{:?}", read);
    }
}
