//! Any bytes, any grammar: `cargo +nightly fuzz run chunker`. The first byte chooses the language.

#![no_main]

use codecompass_core::{document::document, language::Language, text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, rest)) = bytes.split_first() else { return };
    let language = Language::ALL[usize::from(choice) % Language::ALL.len()];
    let Ok(text) = text::decode(rest.to_vec()) else { return };
    let document = document("fuzz", language, &text.text, &|| false);
    let mut at = 0;
    for chunk in &document.chunks {
        assert_eq!(chunk.range.start, at, "chunks follow each other");
        assert!(text.text.is_char_boundary(chunk.range.end as usize), "chunks end between characters");
        at = chunk.range.end;
    }
    assert_eq!(at as usize, text.text.len(), "chunks cover every byte");
});
