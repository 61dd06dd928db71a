//! From what a host answered to what went wrong: the status decides first, the text second, because texts differ between
//! versions.

use std::time::Duration;

use serde_json::Value;

use crate::error::Failure;

/// An answer that is not what was asked for.
pub(crate) struct Refusal<'a> {
    pub(crate) status: u16,
    /// The `Retry-After` header.
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: &'a [u8],
    /// The endpoint.
    pub(crate) path: &'a str,
    /// The model that was asked, if the call names one.
    pub(crate) model: Option<&'a str>,
}

/// As much of a stranger's answer as goes into a sentence.
const SNIPPET: usize = 200;

/// What went wrong.
pub(crate) fn classify(refusal: &Refusal<'_>) -> Failure {
    let Refusal { status, retry_after, body, path, model } = *refusal;
    let model = || model.unwrap_or_default().to_owned();
    let Some(message) = message(body) else {
        return match status {
            401 => Failure::Unauthorised,
            403 => Failure::Forbidden { message: String::new() },
            404 | 405 if is_route(body) => Failure::NoSuchEndpoint { path: path.to_owned() },
            429 => Failure::Limited { retry_after },
            _ => Failure::Proxy { status, snippet: snippet(body) },
        };
    };
    if let Some(overflow) = context_overflow(&message) {
        return overflow;
    }
    match status {
        401 => Failure::Unauthorised,
        403 => Failure::Forbidden { message },
        404 if refusal.model.is_some() => Failure::NotFound { model: model() },
        404 => Failure::NoSuchEndpoint { path: path.to_owned() },
        429 => Failure::Limited { retry_after },
        503 => Failure::Busy { retry_after },
        501 => Failure::Unsupported { model: model(), what: "embedding".to_owned() },
        _ => {
            if let Some(what) = unsupported(&message) {
                Failure::Unsupported { model: model(), what }
            } else if (400..500).contains(&status) {
                Failure::Rejected { message }
            } else {
                Failure::Server { status, message }
            }
        }
    }
}

/// An error that came in the middle of an answer.
pub(crate) fn in_stream(message: &str) -> Failure {
    context_overflow(message).unwrap_or_else(|| Failure::Server { status: 200, message: message.to_owned() })
}

/// The text of `{"error": ...}`, in all the shapes it has: text, an object, an object written into the text.
pub(crate) fn message(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    match value.get("error")? {
        Value::String(text) => Some(text.clone()),
        Value::Object(inner) => Some(inner.get("message")?.as_str()?.to_owned()),
        _ => None,
    }
}

fn context_overflow(message: &str) -> Option<Failure> {
    let inner: Option<Value> = serde_json::from_str(message).ok();
    let inner = inner.as_ref().map(|value| value.get("error").unwrap_or(value));
    let text = inner.and_then(|value| value.get("message")?.as_str()).unwrap_or(message);
    let field = |name: &str| inner.and_then(|value| value.get(name)?.as_u64());
    let known = message.contains("exceed_context_size_error")
        || text.contains("exceeds the available context size")
        || text.contains("exceeds the context length")
        || text.contains("longer than the context length");
    known.then(|| {
        // `request (9000 tokens) exceeds the available context size (4096 tokens)`
        let numbers: Vec<u64> =
            text.split('(').skip(1).filter_map(|part| part.split_once(" tokens)")?.0.parse().ok()).collect();
        Failure::ContextOverflow {
            sent: numbers.first().copied().or_else(|| field("n_prompt_tokens")),
            fits: numbers.get(1).copied().or_else(|| field("n_ctx")),
        }
    })
}

/// What the model does not support, from `... does not support tools`.
fn unsupported(message: &str) -> Option<String> {
    let word = message.split_once("does not support ")?.1.split_whitespace().next()?;
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    Some(if word == "embeddings" { "embedding" } else { word }.to_owned())
}

/// What Ollama says of endpoints that it does not know.
fn is_route(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    text.starts_with("404 page not found") || text.starts_with("405 method not allowed")
}

/// The beginning of a text as one line without markup.
pub(crate) fn snippet(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(8 * SNIPPET)]);
    let mut plain = String::new();
    let mut inside = false;
    for c in text.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                plain.push(' ');
            }
            _ if inside => {}
            _ => plain.push(if c.is_control() { ' ' } else { c }),
        }
    }
    let words: Vec<&str> = plain.split_whitespace().collect();
    words.join(" ").chars().take(SNIPPET).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, body: &str, expected: &Failure) {
        let refusal =
            Refusal { status, retry_after: None, body: body.as_bytes(), path: "api/chat", model: Some("qwen") };
        assert_eq!(classify(&refusal), *expected, "{status} {body}");
    }

    fn unsupported(what: &str) -> Failure {
        Failure::Unsupported { model: "qwen".to_owned(), what: what.to_owned() }
    }

    #[test]
    fn missing_models_and_missing_endpoints_are_told_apart() {
        let missing = Failure::NotFound { model: "qwen".to_owned() };
        check(404, r#"{"error":"model 'qwen' not found"}"#, &missing);
        check(404, r#"{"error":"model \"qwen\" not found, try pulling it first"}"#, &missing);
        check(404, "404 page not found", &Failure::NoSuchEndpoint { path: "api/chat".to_owned() });
        check(404, "<html><h1>Not Found</h1></html>", &Failure::Proxy { status: 404, snippet: "Not Found".to_owned() });
    }

    #[test]
    fn capabilities_that_are_missing_are_named() {
        check(400, r#"{"error":"\"qwen\" does not support chat"}"#, &unsupported("chat"));
        check(
            400,
            r#"{"error":"registry.ollama.ai/library/qwen:latest does not support tools"}"#,
            &unsupported("tools"),
        );
        check(400, r#"{"error":"\"qwen\" does not support thinking"}"#, &unsupported("thinking"));
        let text = r#"{"error":"This server does not support embeddings. Start it with `--embeddings`"}"#;
        for status in [400, 500, 501] {
            check(status, text, &unsupported("embedding"));
        }
    }

    #[test]
    fn what_does_not_fit_is_recognised_in_all_its_shapes() {
        let unknown = Failure::ContextOverflow { sent: None, fits: None };
        let known = Failure::ContextOverflow { sent: Some(9000), fits: Some(4096) };
        check(400, r#"{"error":"the input length exceeds the context length"}"#, &unknown);
        check(
            400,
            r#"{"error":"the prompt is longer than the context length currently available (use a smaller one)"}"#,
            &unknown,
        );
        let text = "request (9000 tokens) exceeds the available context size (4096 tokens), try increasing it";
        check(400, &serde_json::json!({"error": text}).to_string(), &known);
        let inner = serde_json::json!({"error": {"code": 400, "type": "exceed_context_size_error", "message": text}});
        check(400, &serde_json::json!({"error": inner.to_string()}).to_string(), &known);
        let bare = serde_json::json!({"type": "exceed_context_size_error", "n_prompt_tokens": 9000, "n_ctx": 4096});
        check(500, &serde_json::json!({"error": bare.to_string()}).to_string(), &known);
        assert_eq!(in_stream(text), known);
    }

    #[test]
    fn proxies_are_recognised_by_what_is_not_ollama() {
        check(401, "<html>Log in</html>", &Failure::Unauthorised);
        check(403, "", &Failure::Forbidden { message: String::new() });
        check(302, "", &Failure::Proxy { status: 302, snippet: String::new() });
        check(
            502,
            "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n</html>",
            &Failure::Proxy { status: 502, snippet: "502 Bad Gateway".to_owned() },
        );
        check(413, "too large", &Failure::Proxy { status: 413, snippet: "too large".to_owned() });
        check(429, "slow down", &Failure::Limited { retry_after: None });
        check(429, r#"{"error":"slow down"}"#, &Failure::Limited { retry_after: None });
        check(
            503,
            r#"{"error":"server busy, please try again.  maximum pending requests exceeded"}"#,
            &Failure::Busy { retry_after: None },
        );
    }

    #[test]
    fn the_hosts_own_words_are_kept() {
        let message = "model runner has unexpectedly stopped".to_owned();
        check(
            500,
            &serde_json::json!({"error": message}).to_string(),
            &Failure::Server { status: 500, message: message.clone() },
        );
        check(
            400,
            r#"{"error":"invalid model name"}"#,
            &Failure::Rejected { message: "invalid model name".to_owned() },
        );
        check(403, r#"{"error":"cloud is disabled"}"#, &Failure::Forbidden { message: "cloud is disabled".to_owned() });
    }
}
