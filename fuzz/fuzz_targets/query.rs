//! Any text as a query: `cargo +nightly fuzz run query`.

#![no_main]

use codecompass_core::query;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(parsed) = query::parse(text) {
        assert!(parsed.terms.len() <= query::MAX_TERMS);
        assert!(!parsed.text.trim().is_empty());
    }
    let plain = query::plain(text);
    if let Ok(parsed) = query::parse(&plain) {
        assert!(parsed.literals.is_empty() && parsed.filters.is_empty(), "plain words are nothing else");
    }
});
