//! Cuts the bytes that arrive into messages. Whatever arrives, it goes on: what cannot be a message is reported, and the
//! next header that can be one is where it continues.

use std::io::{self, Read};

use memchr::memchr;
use serde_json::Value;

use super::super::proto::{Error, ErrorCode, Id};

/// A longer line is no header.
const LONGEST_LINE: usize = 4096;

/// How much of a message that is too large is looked at for its id.
const HEAD: usize = 512;

/// The header that every message has; what is lost looks for it.
const MARKER: &[u8] = b"content-length:";

/// What arrived.
#[derive(Debug)]
pub(crate) enum Frame {
    /// Some JSON.
    Json(Value),
    /// Something that is no message; the answer to it.
    Wrong(Id, Error),
}

/// Reads messages from a stream of bytes.
pub(crate) struct Frames<R> {
    input: R,
    /// What was read; from `start` on it is not used yet.
    buffer: Vec<u8>,
    start: usize,
    largest: usize,
    /// So many bytes of a message that is too large are still to come.
    skip: usize,
    /// Where the next message begins is not known.
    lost: bool,
    /// Something wrong was reported, and what follows from it is not worth another report.
    reported: bool,
}

/// What stood where a header should be.
enum Header {
    Length(usize),
    Wrong(&'static str),
    End,
}

enum Field {
    Length(usize),
    Other,
    Wrong(&'static str),
    /// The header may begin later on this line.
    None,
}

impl<R: Read> Frames<R> {
    /// Reads from `input`; messages of more than `largest` bytes are skipped.
    pub(crate) fn new(input: R, largest: usize) -> Self {
        Self { input, buffer: Vec::new(), start: 0, largest, skip: 0, lost: false, reported: false }
    }

    /// The next message, or `None` at the end of the input.
    pub(crate) fn next(&mut self) -> io::Result<Option<Frame>> {
        loop {
            if !self.skipped()? || self.lost && !self.found()? {
                return Ok(None);
            }
            match self.header()? {
                Header::End => return Ok(None),
                Header::Length(length) if length > self.largest => return self.too_large(length).map(Some),
                Header::Length(length) => return self.body(length),
                Header::Wrong(what) => {
                    self.lost = true;
                    if !std::mem::replace(&mut self.reported, true) {
                        return Ok(Some(wrong(ErrorCode::ParseError, what.to_owned())));
                    }
                }
            }
        }
    }

    fn header(&mut self) -> io::Result<Header> {
        let mut length = None;
        let mut begun = false;
        loop {
            let Some(end) = self.line()? else { return Ok(Header::End) };
            if end > LONGEST_LINE {
                // What begins like a header must not be taken for one again.
                self.start += 1;
                return Ok(Header::Wrong("a header was expected, and a line came that is too long for one"));
            }
            let line = self.buffer[self.start..self.start + end].trim_ascii_end();
            if line.is_empty() {
                self.start += end;
                match length {
                    Some(length) => return Ok(Header::Length(length)),
                    None if begun => return Ok(Header::Wrong("the header has no Content-Length")),
                    // Some clients end their messages with a line break.
                    None => continue,
                }
            }
            begun = true;
            match field(line) {
                Field::Length(bytes) if length.is_some_and(|length| length != bytes) => {
                    self.start += end;
                    return Ok(Header::Wrong("the header has two different lengths"));
                }
                Field::Length(bytes) => length = Some(bytes),
                Field::Other => {}
                Field::Wrong(what) => {
                    self.start += end;
                    return Ok(Header::Wrong(what));
                }
                Field::None => {
                    self.start += 1;
                    return Ok(Header::Wrong("a header was expected, and something else came"));
                }
            }
            self.start += end;
        }
    }

    fn body(&mut self, length: usize) -> io::Result<Option<Frame>> {
        while self.rest().len() < length {
            if self.fill()? == 0 {
                return Ok(None);
            }
        }
        let body = &self.rest()[..length];
        match serde_json::from_slice(body) {
            Ok(value) => {
                self.start += length;
                self.reported = false;
                Ok(Some(Frame::Json(value)))
            }
            Err(error) => {
                // The length may have been wrong: what may be a header in there is one.
                let next = marker(body);
                let what = match std::str::from_utf8(&body[..next]) {
                    Ok(_) => format!("the message is no JSON: {error}"),
                    Err(error) => format!("the message is no UTF-8: {error}"),
                };
                self.start += next;
                self.reported = true;
                Ok(Some(wrong(ErrorCode::ParseError, what)))
            }
        }
    }

    /// Answers before the message has arrived: its length may be a lie.
    fn too_large(&mut self, length: usize) -> io::Result<Frame> {
        if self.rest().is_empty() {
            self.fill()?;
        }
        let head = &self.rest()[..self.rest().len().min(length).min(HEAD)];
        let id = request_id(head).unwrap_or(Id::Null);
        self.skip = length;
        let what = format!("a message of {length} bytes is larger than the limit of {}", self.largest);
        Ok(Frame::Wrong(id, error(ErrorCode::InvalidRequest, what)))
    }

    /// Leaves out the rest of a message that is too large. False at the end of the input.
    fn skipped(&mut self) -> io::Result<bool> {
        while self.skip > 0 {
            let now = self.rest().len().min(self.skip);
            self.start += now;
            self.skip -= now;
            if self.skip > 0 && self.fill()? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Leaves out everything before the next header. False at the end of the input.
    fn found(&mut self) -> io::Result<bool> {
        loop {
            self.start += marker_from(self.rest(), 0);
            if self.rest().len() >= MARKER.len() {
                self.lost = false;
                return Ok(true);
            }
            if self.fill()? == 0 {
                return Ok(false);
            }
        }
    }

    /// Where the next line ends, its end included. A line that is too long is given back as such before all of it is read.
    fn line(&mut self) -> io::Result<Option<usize>> {
        loop {
            match memchr(b'\n', self.rest()) {
                Some(end) => return Ok(Some(end + 1)),
                None if self.rest().len() > LONGEST_LINE => return Ok(Some(self.rest().len())),
                None if self.fill()? == 0 => return Ok(None),
                None => {}
            }
        }
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Reads more; 0 at the end of the input.
    fn fill(&mut self) -> io::Result<usize> {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
            // One large message must not cost its memory for ever.
            if self.buffer.len() < CHUNK {
                self.buffer.shrink_to(16 * CHUNK);
            }
        }
        let old = self.buffer.len();
        // With a large message the steps grow, so that it is not copied over and over again.
        self.buffer.resize(old + CHUNK.max(old / 2), 0);
        let read = loop {
            match self.input.read(&mut self.buffer[old..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        self.buffer.truncate(old + *read.as_ref().unwrap_or(&0));
        read
    }
}

const CHUNK: usize = 64 << 10;

fn field(line: &[u8]) -> Field {
    // A header after the first bytes of the line means that those bytes belong to something else.
    if marker_from(line, 1) + MARKER.len() <= line.len() {
        return Field::None;
    }
    let Some(colon) = memchr(b':', line) else { return Field::None };
    let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-' || *byte == b'_';
    if name.is_empty() || !name.iter().all(is_token) {
        return Field::None;
    }
    if !name.eq_ignore_ascii_case(&MARKER[..MARKER.len() - 1]) {
        return Field::Other;
    }
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    match std::str::from_utf8(value).ok().filter(|_| digits).map(str::parse) {
        Some(Ok(length)) => Field::Length(length),
        Some(Err(_)) => Field::Wrong("no message has such a Content-Length"),
        None => Field::Wrong("the Content-Length is no number"),
    }
}

/// Where in `bytes`, after its first, a header begins or may begin at the very end; else its length.
fn marker(bytes: &[u8]) -> usize {
    marker_from(bytes, 1.min(bytes.len()))
}

fn marker_from(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'c', b'C', rest)) {
        at += found;
        let here = &bytes[at..bytes.len().min(at + MARKER.len())];
        if here.eq_ignore_ascii_case(&MARKER[..here.len()]) {
            return at;
        }
        at += 1;
    }
    bytes.len()
}

/// The id of a request of which only the beginning is known, if it stands there.
fn request_id(head: &[u8]) -> Option<Id> {
    let head = String::from_utf8_lossy(head);
    let members = head.split("\"params\"").next().filter(|members| members.contains("\"method\""))?;
    let value = members.split("\"id\"").nth(1)?.trim_start().strip_prefix(':')?;
    match serde_json::Deserializer::from_str(value).into_iter::<Value>().next()?.ok()? {
        Value::String(text) => Some(Id::String(text)),
        // A number that ends where the beginning ends may go on.
        Value::Number(number) if value.trim_start().len() > number.to_string().len() => number.as_i64().map(Id::Number),
        _ => None,
    }
}

fn wrong(code: ErrorCode, message: String) -> Frame {
    Frame::Wrong(Id::Null, error(code, message))
}

fn error(code: ErrorCode, message: String) -> Error {
    Error { code, message: message.into(), data: None }
}

#[cfg(test)]
mod tests;
