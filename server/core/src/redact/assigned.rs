//! What is assigned to a telling name. The name alone says little, because code is full of passwords that are read from
//! somewhere: the value has to be a literal, to look random and to stand for nothing else.

use std::{ops::Range, sync::LazyLock};

use memchr::{memchr, memrchr};
use regex::bytes::Regex;

use super::{
    Span,
    doubt::{entropy, has, is_a_placeholder, is_in_both_cases, is_mixed, is_wordlike},
    lines::pattern,
    rules::{ASSIGNED, PASSWORD, RULES},
};

/// Parts of telling names.
pub(super) const WORDS: &[&str] = &["passw", "pwd", "passphrase", "secret", "token", "key", "credential", "auth"];

/// `name = "value"` in most languages: with `:`, `=`, `:=`, `=>`, with quotes around the name, with a type between.
static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)([a-z0-9_.-]*(?:passw|pwd|passphrase|secret|token|key|credential|auth)[a-z0-9_.-]*)["'`\]]{0,2}\s*(?::\s*[a-z&'_<>\[\]]{1,20}\s*)?(?::=|=>|={1,3}|:|,|\()\s*[a-z@$&]{0,2}["'`]([^"'`\s]{8,512})["'`]"#,
    )
});

/// A whole line `NAME=value` or `name: value`, as in shells and configuration files.
static BARE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)^\s*(?:export\s+|env\s+|set\s+|-\s+)?([a-z0-9_.-]*(?:passw|pwd|passphrase|secret|token|key|credential)[a-z0-9_.-]*)\s*[=:]\s*([^\s"'`#;,(){}\[\]<>$]{8,512})\s*$"#,
    )
});

/// A long literal alone.
static LITERAL: LazyLock<Regex> = LazyLock::new(|| pattern(r#"["'`]([A-Za-z0-9+/=_-]{32,512})["'`]"#));

/// Names for what is random and no secret.
const HARMLESS: &[&str] = &[
    "public",
    "pub_key",
    "pubkey",
    "hash",
    "sha1",
    "sha2",
    "sha3",
    "sha5",
    "md5",
    "digest",
    "checksum",
    "integrity",
    "fingerprint",
    "etag",
    "commit",
    "revision",
    "uuid",
    "guid",
    "cache",
    "publickeytoken",
    "keyframe",
    "publishable",
    "keyword",
    "keycode",
    "monkey",
    "hotkey",
    "foreign",
    "primary",
    "thumbprint",
    "tokeniz",
];

/// Finds what is assigned to telling names in a line, or stands near one.
pub(super) fn find(bytes: &[u8], line: Range<usize>, spans: &mut Vec<Span>) {
    let text = &bytes[line.clone()];
    let mut add = |range: Range<usize>, kind, rank| {
        spans.push(Span { start: line.start + range.start, end: line.start + range.end, kind, rank });
    };
    let quoted = QUOTED.captures_iter(text).map(|found| (found, true));
    for (found, quoted) in quoted.chain(BARE.captures_iter(text).map(|found| (found, false))) {
        let (Some(name), Some(value)) = (found.get(1), found.get(2)) else { continue };
        // Without quotes and digits it may well be a name.
        if !quoted && !is_mixed(value.as_bytes()) {
            continue;
        }
        if let Some(kind) = judged(name.as_bytes(), value.as_bytes()) {
            add(value.range(), kind, RULES.len());
        }
    }
    if is_harmless(text) || !is_telling(text) {
        return;
    }
    // The value may stand on the next line.
    let next = if line.end < bytes.len() {
        let from = line.end + 1;
        from..memchr(b'\n', &bytes[from..]).map_or(bytes.len(), |at| from + at)
    } else {
        line.end..line.end
    };
    let opens = text.trim_ascii_end().last().is_some_and(|byte| b"=:(,[{>\\".contains(byte));
    for (range, counts) in [(line.clone(), true), (next, opens)] {
        let part = &bytes[range.clone()];
        if !counts || is_harmless(part) {
            continue;
        }
        for found in LITERAL.captures_iter(part) {
            let Some(value) = found.get(1).filter(|value| is_random(value.as_bytes())) else { continue };
            let (start, end) = (range.start + value.start(), range.start + value.end());
            spans.push(Span { start, end, kind: ASSIGNED, rank: RULES.len() + 1 });
        }
    }
}

/// What kind of secret a value is under that name, if it is one.
fn judged(name: &[u8], value: &[u8]) -> Option<&'static str> {
    let mixed = is_mixed(value);
    if is_harmless(name) || is_a_placeholder(value) || same_words(name, value) || looks_like_code(value) {
        return None;
    }
    // Without a digit it has to look more like noise.
    if !mixed && (!is_in_both_cases(value) || is_wordlike(value)) {
        return None;
    }
    let bits = entropy(value);
    if has(name, &["passw", "pwd", "passphrase"]) {
        let sign = value.iter().any(|byte| byte.is_ascii_punctuation() && !b"_-./:".contains(byte));
        let chosen = sign || (is_in_both_cases(value) || value.len() >= 16) && !is_wordlike(value);
        return (chosen && bits >= 2.75).then_some(PASSWORD);
    }
    if !is_telling(name) || has(name, &["auth"]) && !has(name, &["token", "key", "secret"]) {
        return None;
    }
    let least = match (mixed, is_hex(value)) {
        (true, true) => 3.0,
        (true, false) => 3.5,
        (false, _) => 4.0,
    };
    let random = value.len() >= if mixed { 16 } else { 20 } && bits >= least && !is_wordlike(value);
    random.then_some(ASSIGNED)
}

/// Names that mean a secret; `key` alone means most often something else.
fn is_telling(name: &[u8]) -> bool {
    has(name, &["passw", "passphrase", "secret", "token", "credential"])
        || has(name, &["api_key", "apikey", "api-key", "access_key", "accesskey", "access-key", "auth_key", "authkey"])
        || has(name, &["private_key", "privatekey", "signing_key", "signingkey", "encryption_key", "encryptionkey"])
        || has(
            name,
            &["master_key", "masterkey", "account_key", "accountkey", "app_key", "appkey", "_key=", "license_key"],
        )
}

fn is_harmless(text: &[u8]) -> bool {
    has(text, HARMLESS)
}

/// Whether a long literal without a name of its own is random enough.
fn is_random(value: &[u8]) -> bool {
    let least = if is_hex(value) { 3.2 } else { 4.3 };
    entropy(value) >= least && is_mixed(value) && !is_a_placeholder(value) && !is_wordlike(value)
}

fn is_hex(value: &[u8]) -> bool {
    value.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
}

/// Calls, paths, selectors, formats: nobody's password.
fn looks_like_code(value: &[u8]) -> bool {
    value.iter().any(|byte| b"(){}<>|\\".contains(byte))
        || memchr(b'/', value).is_some() && (value[0] == b'/' || value[0] == b'.' || memrchr(b'.', value).is_some())
        || memchr(b',', value).is_some()
}

/// `access_token = "access_token_2"`.
fn same_words(name: &[u8], value: &[u8]) -> bool {
    let letters = |text: &[u8]| -> Vec<u8> {
        text.iter().filter(|byte| byte.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).collect()
    };
    let (name, value) = (letters(name), letters(value));
    value.len() >= 4 && (has(&name, &[&String::from_utf8_lossy(&value)]) || name.len() >= 4 && value.starts_with(&name))
}
