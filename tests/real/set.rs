//! What has to work with any host, whatever is in front of it.

use std::time::{Duration, Instant};

use codecompass_ollama::{
    host::Host,
    request::{ChatMessage, ChatMessageRequest, GenerateEmbeddingsRequest, ModelOptions},
};
use serde_json::Value;

use crate::{
    laptop::Laptop,
    models::{EMBEDDER, TALKER},
    repository,
};

/// A question whose answer has at most so many tokens.
pub(crate) fn question(text: &str, tokens: i32) -> ChatMessageRequest {
    ask(TALKER, text, tokens)
}

fn ask(model: &str, text: &str, tokens: i32) -> ChatMessageRequest {
    ChatMessageRequest::new(model.to_owned(), vec![ChatMessage::user(text.to_owned())])
        .options(ModelOptions::default().num_predict(tokens).temperature(0.0).seed(1))
}

/// A question that keeps the model busy for seconds.
pub(crate) fn story() -> ChatMessageRequest {
    question("Write a very long story about a lighthouse keeper and the sea.", 1000)
}

/// Both models are listed with what they are for.
pub(crate) fn models_are_listed(laptop: &Laptop) {
    let said = laptop.run(&["models", "list", "--json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let models: Vec<Value> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (name, can) in [(TALKER, "completion"), (EMBEDDER, "embedding")] {
        let model = models.iter().find(|model| model["name"] == name).unwrap_or_else(|| panic!("{name}: {}", said.out));
        assert_eq!(model["capabilities"][0], can, "{model}");
        assert!(model["size"].as_u64().unwrap() > 40_000_000, "{model}");
        assert!(model["context"].as_u64().unwrap() >= 512, "{model}");
    }
    let said = laptop.run(&["models", "list"]);
    assert!(said.out.contains("smollm2:135m") && said.out.contains("embedding"), "{}", said.out);
}

/// The doctor finds nothing broken, and sees that answers come as they are made.
pub(crate) fn the_doctor_is_content(laptop: &Laptop) {
    let (code, report) = laptop.doctor();
    assert_eq!((code, &report["ok"]), (0, &Value::Bool(true)), "{report:#}");
    let host = &report["hosts"][0];
    assert_eq!(host["pace"]["model"], TALKER, "{report:#}");
    assert_eq!(host["pace"]["streamed"], true, "{report:#}");
    let findings = report["findings"].to_string();
    assert!(findings.contains("is loaded with a context of"), "{report:#}");
}

/// An answer comes in pieces, and ends with what it cost.
pub(crate) async fn an_answer_streams(host: &Host) {
    let mut events = host.chat(&question("What is a lighthouse? Answer in two sentences.", 60)).await.unwrap();
    let (mut pieces, mut text, mut last) = (0, String::new(), None);
    while let Some(piece) = events.next().await {
        let piece = piece.unwrap();
        pieces += usize::from(!piece.text.is_empty());
        text += &piece.text;
        last = Some(piece);
    }
    let last = last.unwrap();
    assert!(pieces > 5 && text.split_whitespace().count() > 5, "{pieces} pieces: {text}");
    assert!(last.done && last.done_reason.is_some(), "{last:?}");
    assert!(last.metrics.prompt_tokens > Some(10) && last.metrics.answer_tokens > Some(5), "{last:?}");
    assert!(last.metrics.tokens_per_second() > Some(0.5), "{last:?}");
}

/// A dropped answer leaves the host free for the next question, long before the answer would have ended.
pub(crate) async fn a_cancelled_answer_frees_the_host(host: &Host) {
    let mut events = host.chat(&story()).await.unwrap();
    let began = Instant::now();
    let mut pieces = 0_u32;
    while pieces < 8 {
        pieces += u32::from(!events.next().await.unwrap().unwrap().text.is_empty());
    }
    // Hundreds of tokens would have come.
    let whole = began.elapsed() / 8 * 400;
    drop(events);
    let dropped = Instant::now();
    let mut events = host.chat(&question("Say yes.", 1)).await.unwrap();
    while let Some(piece) = events.next().await {
        piece.unwrap();
    }
    let waited = dropped.elapsed();
    assert!(waited < (whole / 2).max(Duration::from_secs(1)), "{waited:?}, a whole answer takes {whole:?}");
}

/// A question that is taken back while the host still reads it costs no more than what it had read: nothing was sent yet by
/// which a proxy could notice that nobody listens.
pub(crate) async fn a_question_taken_back_frees_the_host(host: &Host) {
    let lines = |count| question(&"The keeper counts the ships that pass in the night. ".repeat(count), 1);
    let began = Instant::now();
    host.chat(&lines(33)).await.unwrap();
    let tenth = began.elapsed();
    // Nothing that was read before helps to read this.
    let mut long = lines(330);
    long.messages.insert(0, ChatMessage::system("You are the sea.".to_owned()));
    assert!(tokio::time::timeout(tenth, host.chat(&long)).await.is_err(), "it was read at once");
    let dropped = Instant::now();
    let mut events = host.chat(&question("Say yes.", 1)).await.unwrap();
    while let Some(piece) = events.next().await {
        piece.unwrap();
    }
    let waited = dropped.elapsed();
    assert!(waited < tenth * 5, "{waited:?}, a tenth of it takes {tenth:?}");
}

/// A batch of texts becomes vectors of length one in their order; the numbers are those of the model's card.
pub(crate) async fn texts_become_vectors(host: &Host) {
    let texts =
        ["That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day"];
    let input = texts.map(str::to_owned).to_vec().into();
    let embedded = host.embed(&GenerateEmbeddingsRequest::new(EMBEDDER.to_owned(), input)).await.unwrap();
    let vectors = &embedded.vectors;
    assert_eq!((vectors.len(), vectors[0].len()), (4, 384));
    let cosine = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    for vector in vectors {
        assert!((cosine(vector, vector) - 1.0).abs() < 1e-3);
    }
    for (other, published) in [(1, 0.6945), (2, 0.9428), (3, 0.2568)] {
        let found = cosine(&vectors[0], &vectors[other]);
        assert!((found - published).abs() < 2e-3, "{}: {found}, published {published}", texts[other]);
    }
}

/// What the host has not, and what does not fit, is said in our words.
pub(crate) async fn refusals_are_understood(host: &Host) {
    use codecompass_ollama::error::Failure;
    let error = host.chat(&ask("qwen9:900b", "hello", 1)).await.unwrap_err();
    assert_eq!(error.failure, Failure::NotFound { model: "qwen9:900b".to_owned() });

    let error = host.chat(&ask(EMBEDDER, "hello", 1)).await.unwrap_err();
    assert_eq!(error.failure, Failure::Unsupported { model: EMBEDDER.to_owned(), what: "chat".to_owned() });

    let vector = GenerateEmbeddingsRequest::new(TALKER.to_owned(), "hello".to_owned().into());
    let error = host.embed(&vector).await.unwrap_err();
    assert_eq!(error.failure, Failure::Unsupported { model: TALKER.to_owned(), what: "embedding".to_owned() });

    let mut long = question(&"word ".repeat(9000), 1);
    long.options = long.options.map(|options| options.num_ctx(4096));
    match host.chat(&long).await.unwrap_err().failure {
        Failure::ContextOverflow { sent: Some(sent), fits: Some(4096) } => assert!(sent > 9000, "{sent}"),
        other => panic!("{other:?}"),
    }
    let text = GenerateEmbeddingsRequest::new(EMBEDDER.to_owned(), "word ".repeat(2000).into());
    let error = host.embed(&text).await.unwrap_err();
    assert!(matches!(error.failure, Failure::ContextOverflow { .. }), "{error:?}");
}

/// Everything above.
pub(crate) async fn everything(laptop: &Laptop) {
    models_are_listed(laptop);
    the_doctor_is_content(laptop);
    repository::is_searched_by_meaning(laptop);
    repository::is_asked_about(laptop);
    let host = laptop.host();
    an_answer_streams(&host).await;
    a_cancelled_answer_frees_the_host(&host).await;
    a_question_taken_back_frees_the_host(&host).await;
    texts_become_vectors(&host).await;
    refusals_are_understood(&host).await;
}
