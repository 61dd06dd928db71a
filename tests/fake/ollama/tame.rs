//! What a well-behaved host answers.

use serde_json::{Value, json};

use super::{Reply, Request};

/// What a well-behaved host answers: `qwen` can talk, `minilm` makes vectors, `stub` is in the cloud.
pub fn tame(request: &Request) -> Reply {
    let body = request.json();
    let model = body["model"].as_str().unwrap_or_default().trim_end_matches(":latest").to_owned();
    let missing = || Reply::error(404, &format!("model '{model}' not found"));
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/api/version") => Reply::json(200, &json!({"version": "0.12.3"})),
        ("GET", "/api/tags") => Reply::json(
            200,
            &json!({"models": [
                {"name": "qwen:latest", "model": "qwen:latest", "size": 4_700_000_000_u64, "digest": "aaaa",
                 "details": {"family": "qwen2", "parameter_size": "7.6B", "quantization_level": "Q4_K_M"}},
                {"name": "minilm:latest", "size": 46_000_000, "digest": "bbbb", "details": {"parameter_size": "23M"}},
                {"name": "stub:latest", "size": 300, "digest": "cccc", "details": {},
                 "remote_host": "https://ollama.com:443", "remote_model": "big"},
            ]}),
        ),
        ("GET", "/api/ps") => Reply::json(
            200,
            &json!({"models": [
            {"name": "qwen:latest", "size": 6_000, "size_vram": 3_000, "context_length": 4096}]}),
        ),
        ("POST", "/api/show") => match model.as_str() {
            "qwen" => Reply::json(
                200,
                &json!({"capabilities": ["completion", "tools"], "model_info": {
                "general.architecture": "qwen2", "qwen2.context_length": 32768, "qwen2.embedding_length": 3584}}),
            ),
            "minilm" => Reply::json(
                200,
                &json!({"capabilities": ["embedding"], "model_info": {
                "general.architecture": "bert", "bert.context_length": 512}}),
            ),
            "stub" => Reply::json(200, &json!({"capabilities": ["completion"]})),
            _ => missing(),
        },
        // Nothing to answer: the model is loaded, or let go.
        ("POST", "/api/chat") if model == "qwen" && body["messages"] == json!([]) => {
            let reason = if body["keep_alive"] == json!(0) { "unload" } else { "load" };
            let last = json!({"message": {"role": "assistant", "content": ""}, "done": true, "done_reason": reason});
            Reply::stream().lines(&[last]).end()
        }
        ("POST", "/api/chat") if model == "qwen" => Reply::stream()
            .lines(&[
                json!({"model": model, "message": {"role": "assistant", "content": "one"}, "done": false}),
                json!({"model": model, "message": {"role": "assistant", "content": " two"}, "done": false}),
                json!({"model": model, "message": {"role": "assistant", "content": ""}, "done": true,
                       "done_reason": "stop", "eval_count": 2, "eval_duration": 50_000_000}),
            ])
            .end(),
        ("POST", "/api/generate") if model == "qwen" => {
            Reply::stream().lines(&[json!({"response": "x"}), json!({"response": "", "done": true})]).end()
        }
        ("POST", "/api/embed") if model == "minilm" => embedded(request),
        ("POST", "/api/pull") if model == "new" => Reply::stream()
            .lines(&[
                json!({"status": "pulling manifest"}),
                json!({"status": "pulling aa", "digest": "aa", "total": 100}),
                json!({"status": "pulling bb", "digest": "bb", "total": 50, "completed": 20}),
                json!({"status": "pulling aa", "digest": "aa", "total": 100, "completed": 100}),
                json!({"status": "pulling bb", "digest": "bb", "total": 50, "completed": 50}),
                json!({"status": "verifying sha256 digest"}),
                json!({"status": "success"}),
            ])
            .end(),
        ("POST", "/api/pull") => Reply::stream()
            .lines(&[
                json!({"status": "pulling manifest"}),
                json!({"error": "pull model manifest: file does not exist"}),
            ])
            .end(),
        ("DELETE", "/api/delete") if ["qwen", "minilm", "stub"].contains(&model.as_str()) => Reply::whole(200, &[], ""),
        ("POST", "/api/chat" | "/api/generate" | "/api/embed") | ("DELETE", "/api/delete") => missing(),
        _ => Reply::whole(404, &[("content-type", "text/plain")], "404 page not found"),
    }
}

/// The answer of `/api/embed`: a vector for each text that was sent.
pub fn embedded(request: &Request) -> Reply {
    let body = request.json();
    let texts = match &body["input"] {
        Value::Array(texts) => texts.clone(),
        text => vec![text.clone()],
    };
    let vectors: Vec<Vec<f32>> = texts.iter().map(|text| vector(text.as_str().unwrap_or_default())).collect();
    Reply::json(200, &json!({"model": body["model"], "embeddings": vectors, "prompt_eval_count": texts.len()}))
}

/// A vector of unit length in which similar texts are near each other: its words, pairs of them, and their letters by threes,
/// each counted in one of 64 places.
pub fn vector(text: &str) -> Vec<f32> {
    let mut vector = vec![0.0_f32; 64];
    let mut count = |what: &[&str], weight: f32| {
        let bytes = what.iter().flat_map(|word| word.bytes().chain([0]));
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
        });
        vector[(hash >> 32) as usize % 64] += weight;
    };
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    for word in &words {
        count(&[word], 1.0);
        let ends: Vec<usize> = word.char_indices().map(|(at, _)| at).chain([word.len()]).collect();
        for three in ends.windows(4) {
            count(&[&word[three[0]..three[3]]], 0.5);
        }
    }
    for two in words.windows(2) {
        count(two, 0.5);
    }
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length == 0.0 {
        vector[0] = 1.0;
        return vector;
    }
    vector.iter().map(|x| x / length).collect()
}
