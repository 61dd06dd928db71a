//! Says what a piece of JSON is: a request, a notification, a response, or nothing that the protocol knows.

use serde_json::Value;

use super::super::proto::{Error, ErrorCode, Id, Response};

/// What arrived from the client.
#[derive(Debug)]
pub(super) enum Message {
    /// Wants an answer.
    Request { id: Id, method: String, params: Option<Value> },
    /// Wants none.
    Notification { method: String, params: Option<Value> },
    /// Answers a request of ours.
    Response(Response),
    /// No message; the answer to it.
    Wrong(Id, Error),
}

/// What `value` is.
pub(super) fn read(value: Value) -> Message {
    let mut members = match value {
        Value::Object(members) => members,
        Value::Array(_) => return wrong(Id::Null, "batches of messages are not part of the protocol"),
        _ => return wrong(Id::Null, "a message is an object"),
    };
    let id = match members.remove("id") {
        None => None,
        Some(value) => match read_id(&value) {
            Some(id) => Some(id),
            None => return wrong(Id::Null, "an id is a whole number or text"),
        },
    };
    let answer_to = id.clone().unwrap_or_default();
    if members.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return wrong(answer_to, "`jsonrpc` must be \"2.0\"");
    }
    let method = match members.remove("method") {
        None => return read_response(id, members),
        Some(Value::String(method)) => method,
        Some(_) => return wrong(answer_to, "`method` must be text"),
    };
    let params = match members.remove("params") {
        // What is ours and needs nothing may be asked without anything.
        None | Some(Value::Null) if method.starts_with("codecompass/") => Some(Value::Object(serde_json::Map::new())),
        None | Some(Value::Null) => None,
        Some(params @ (Value::Object(_) | Value::Array(_))) => Some(params),
        Some(_) => return wrong(answer_to, "`params` must be an object or an array"),
    };
    match id {
        Some(Id::Null) => wrong(Id::Null, "the id of a request must not be null"),
        Some(id) => Message::Request { id, method, params },
        None => Message::Notification { method, params },
    }
}

fn read_response(id: Option<Id>, mut members: serde_json::Map<String, Value>) -> Message {
    let result = members.remove("result");
    match (id, members.remove("error")) {
        (Some(id), Some(error @ Value::Object(_))) => Message::Response(Response::from_error(id, read_error(&error))),
        (Some(id), _) if result.is_some() => Message::Response(Response::from_ok(id, result.unwrap_or_default())),
        (id, _) => wrong(id.unwrap_or_default(), "a message has a `method`, or a `result` or an `error` with an `id`"),
    }
}

fn read_error(error: &Value) -> Error {
    Error {
        code: error.get("code").and_then(Value::as_i64).map_or(ErrorCode::InternalError, ErrorCode::from),
        message: error.get("message").and_then(Value::as_str).unwrap_or("the client gave no reason").to_owned().into(),
        data: error.get("data").cloned(),
    }
}

pub(super) fn read_id(value: &Value) -> Option<Id> {
    match value {
        Value::Null => Some(Id::Null),
        Value::String(text) => Some(Id::String(text.clone())),
        // Clients whose language knows only one kind of number may write 1.0.
        Value::Number(number) => number
            .as_i64()
            .or_else(|| number.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < 1e15).map(|n| n as i64))
            .map(Id::Number),
        _ => None,
    }
}

fn wrong(id: Id, what: &'static str) -> Message {
    Message::Wrong(id, Error { code: ErrorCode::InvalidRequest, message: what.into(), data: None })
}
