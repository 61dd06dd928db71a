//! The vectors of the model card, the windows against embedding their text alone, and the cutting of words.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;

use super::vocabulary;
use super::*;

fn embed(role: &str, text: &str) -> Vec<f32> {
    match role {
        "query" => Embedder::builtin().query(text),
        _ => Embedder::builtin().document(text, &mut Scratch::default()).vector.to_vec(),
    }
}

fn words(text: &str) -> Vec<String> {
    let embedder = Embedder::builtin();
    let mut tokens = Vec::new();
    embedder.tokens(text, &mut tokens);
    tokens.into_iter().map(|token| String::from_utf8_lossy(embedder.vocabulary.word(token)).into_owned()).collect()
}

/// The lines of a text as the windows see them.
fn window_text(body: &str, window: Range<usize>) -> String {
    body.split_inclusive('\n').skip(window.start).take(window.len()).collect()
}

#[test]
fn the_vectors_of_the_model_card() {
    let file = include_str!("../../assets/embedding/test_vectors.json");
    let file: serde_json::Value = serde_json::from_str(file).unwrap();
    let cases = file["vectors"].as_array().unwrap();
    assert_eq!(cases.len(), 54);
    for case in cases {
        let text = case["text"].as_str().unwrap();
        let mut tokens = Vec::new();
        Embedder::builtin().tokens(text, &mut tokens);
        tokens.sort_unstable();
        let mut expected: Vec<u32> =
            case["ids"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect();
        expected.sort_unstable();
        assert_eq!(tokens, expected, "tokens of {text:?}");

        let vector: Vec<f64> = embed(case["role"].as_str().unwrap(), text).into_iter().map(f64::from).collect();
        let close = |got: f64, expected: &serde_json::Value| {
            assert!((got - expected.as_f64().unwrap()).abs() < 1e-4, "{got} is not {expected} in {text:?}");
        };
        for (got, expected) in vector.iter().zip(case["first8"].as_array().unwrap()) {
            close(*got, expected);
        }
        close(vector.iter().sum(), &case["sum"]);
        let ramp: f64 = vector.iter().enumerate().map(|(at, component)| (at + 1) as f64 * component).sum();
        close(ramp / Embedder::DIMENSION as f64, &case["ramp"]);
    }
}

#[test]
fn the_id_names_the_weights() {
    let mut hasher = blake3::Hasher::new();
    hasher.update(weights::file());
    hasher.update(vocabulary::file());
    let digest = hasher.finalize().to_hex();
    assert_eq!(Embedder::builtin().id(), format!("builtin-1-{}", &digest[..8]));
    assert_eq!(Embedder::builtin().vocabulary.len(), Embedder::builtin().weights.len());
}

#[test]
fn every_word_of_the_vocabulary_is_found() {
    let vocabulary = &Embedder::builtin().vocabulary;
    for token in 0..vocabulary.len() as u32 {
        let word = vocabulary.word(token);
        assert!(word.len() <= vocabulary::LONGEST);
        assert_eq!(vocabulary.find(vocabulary::Hash::of(word), |found| found == word), Some(token));
    }
}

#[test]
fn words_parts_and_pairs() {
    assert_eq!(words("HTTPServer"), ["http", "httpserver", "http server", "server"]);
    for text in ["fileName", "file_name", "file name", "FILE_NAME"] {
        let found = words(text);
        for word in ["file", "name", "filename", "file name"] {
            assert!(found.iter().any(|found| found == word), "{word} of {text}: {found:?}");
        }
    }
    assert_eq!(words("123456"), Vec::<String>::new(), "long numbers say nothing");
    assert_eq!(words("é ü"), Vec::<String>::new(), "only ASCII is read");
    assert_eq!(words(""), Vec::<String>::new());
}

#[test]
fn a_text_without_words_is_zero() {
    assert!(Embedder::builtin().query("…").iter().all(|&component| component == 0.0));
    let chunk = Embedder::builtin().chunk("", "", &mut Scratch::default());
    assert_eq!((chunk.norm, chunk.windows), (0.0, vec![[0.0; WINDOW_DIMENSION]]));
}

#[test]
fn windows_reach_the_end() {
    let of = |lines| windows(lines).map(|window| (window.start, window.end)).collect::<Vec<_>>();
    assert_eq!(of(0), [(0, 0)]);
    assert_eq!(of(16), [(0, 16)]);
    assert_eq!(of(17), [(0, 16), (12, 17)]);
    assert_eq!(of(28), [(0, 16), (12, 28)]);
    assert_eq!(of(29), [(0, 16), (12, 28), (24, 29)]);
}

proptest! {
    #[test]
    fn a_chunk_is_its_text_and_its_windows_are_theirs(
        header in "[A-Za-z:\n]{0,30}",
        body in "([A-Za-z0-9_é]{0,9}[ .\n]{0,2}\n?){0,90}",
    ) {
        let embedder = Embedder::builtin();
        let scratch = &mut Scratch::default();
        let chunk = embedder.chunk(&header, &body, scratch);
        let whole = embedder.document(&format!("{header}\n{body}"), scratch);
        prop_assert_eq!((chunk.whole, chunk.norm), (whole.vector, whole.norm));

        let expected: Vec<Range<usize>> = windows(body.lines().count()).collect();
        prop_assert_eq!(chunk.windows.len(), expected.len());
        for (window, lines) in chunk.windows.iter().zip(expected) {
            let text = window_text(&body, lines);
            embedder.read(&[&text], 0, scratch);
            let Scratch { tokens, pool, .. } = &mut *scratch;
            let alone = embedder.pool::<WINDOW_DIMENSION>(&tokens.all, pool).0;
            prop_assert_eq!(window.map(f32::to_bits), alone.map(f32::to_bits));
        }
    }

    #[test]
    fn pieces_follow_the_pattern(text in "[a-zA-Z0-9 _é-]{0,200}") {
        let mut pieces = Pieces::default();
        pieces.scan(&[&text]);
        let found: Vec<(usize, usize)> =
            pieces.starts.iter().zip(&pieces.ends).map(|(&start, &end)| (start as usize, end as usize)).collect();
        prop_assert_eq!(found, naive_pieces(text.as_bytes()));
    }

    #[test]
    fn every_machine_sums_the_same(terms in prop::collection::vec((0u32..31_425, -1.0f32..1.0), 0..40)) {
        let terms: Vec<Term> = terms.into_iter().map(|(token, weight)| Term { token, weight }).collect();
        let weights = &Embedder::builtin().weights;
        let (here, portable) = (sum::<256>(weights, &terms), sum::sum_portable::<256>(weights, &terms));
        prop_assert_eq!(here.map(f32::to_bits), portable.map(f32::to_bits));
    }
}

/// The pattern read literally: `[A-Z]+(?![a-z]) | [A-Z]?[a-z]+ | [0-9]+`.
fn naive_pieces(text: &[u8]) -> Vec<(usize, usize)> {
    let run = |from: usize, test: fn(&u8) -> bool| from + text[from..].iter().take_while(|byte| test(byte)).count();
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let mut capitals = run(at, u8::is_ascii_uppercase);
        if capitals > at && text.get(capitals).is_some_and(u8::is_ascii_lowercase) {
            capitals -= 1;
        }
        let small = run(at + usize::from(text[at].is_ascii_uppercase()), u8::is_ascii_lowercase);
        let end = if capitals > at {
            capitals
        } else if text[at].is_ascii_alphabetic() {
            small
        } else {
            run(at, u8::is_ascii_digit)
        };
        if end > at {
            found.push((at, end));
        }
        at = end.max(at + 1);
    }
    found
}
