//! Whether what looks like a secret is one: how random it is, and whether it only stands for one.

use memchr::memchr_iter;

/// Bits a byte, by how often each byte occurs.
pub(super) fn entropy(text: &[u8]) -> f32 {
    let mut counts = [0_u32; 256];
    for byte in text {
        counts[usize::from(*byte)] += 1;
    }
    let all = text.len() as f32;
    counts.iter().filter(|count| **count > 0).map(|count| *count as f32 / all).map(|share| -share * share.log2()).sum()
}

/// Whether a token of a known shape only shows the shape.
pub(super) fn is_an_example(token: &[u8], least: f32) -> bool {
    entropy(token) < least || has(token, &["example", "xxxx", "0123456789", "1234567890", "abcdefgh", "your_", "your-"])
}

/// Whether a value only stands in the place of a secret, or is none at all: a name, a path, a template.
pub(super) fn is_a_placeholder(value: &[u8]) -> bool {
    let distinct = {
        let mut seen = [false; 256];
        for byte in value {
            seen[usize::from(*byte)] = true;
        }
        seen.iter().filter(|seen| **seen).count()
    };
    let wrapped = |open, close| value.first() == Some(&open) && value.last() == Some(&close);
    distinct <= 4
        || value.first() == Some(&b'$') && value.get(1).is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        || wrapped(b'<', b'>')
        || wrapped(b'{', b'}')
        || wrapped(b'[', b']')
        || wrapped(b'%', b'%')
        || wrapped(b'@', b'@')
        || has(value, &["${", "$(", "{{", "}}", "<%", "%(", "#{", "://", "->", "::", "()", "\\u", "\\x", "...", "***"])
        || has(
            value,
            &[
                "example",
                "changeme",
                "change_me",
                "change-me",
                "placeholder",
                "dummy",
                "sample",
                "your_",
                "your-",
                "yourpass",
                "yoursecret",
                "redacted",
                "xxxx",
                "password",
                "passwd",
                "passw0rd",
                "p4ssw",
                "p@ssw",
                "secret",
                "s3cret",
                "1234",
                "abcdef",
                "abc123",
                "qwert",
                "asdf",
                "process.env",
                "getenv",
                "environ",
                "localhost",
            ],
        )
        || value.len() < 24 && has(value, &["test", "fake", "mock", "foo", "demo", "hunter2", "swordfish", "letmein"])
}

/// Whether a password in an address is one that somebody really chose.
pub(super) fn is_chosen(password: &[u8]) -> bool {
    const SHOWN: &[&str] = &[
        "pass",
        "pw",
        "pwd",
        "user",
        "userid",
        "username",
        "admin",
        "root",
        "guest",
        "foo",
        "bar",
        "baz",
        "test",
        "tester",
        "postgres",
        "mysql",
        "redis",
        "mongo",
        "rabbit",
        "git",
        "token",
        "key",
        "anonymous",
        "host",
        "port",
        "emptyuser",
        "abc",
        "xyz",
        "none",
        "null",
        "dev",
        "local",
        "default",
    ];
    let word: Vec<u8> = password.iter().filter(|byte| byte.is_ascii_alphanumeric()).copied().collect();
    let shown = SHOWN.iter().any(|shown| {
        let rest = word.get(..shown.len()).filter(|begin| begin.eq_ignore_ascii_case(shown.as_bytes()));
        rest.is_some() && (word.len() == shown.len() || is_wordlike(password) && word.len() < 12)
    });
    // Signs alone show how signs are written.
    let encoded = memchr_iter(b'%', password).count() * 3;
    !shown
        && word.len() >= 4
        && encoded * 2 < password.len()
        && !has(password, &["open sesame", "opensesame"])
        && !(is_a_placeholder(password) && password.iter().any(u8::is_ascii_alphabetic))
}

/// Whether it is `user:password` in base 64, with a password that somebody really chose.
pub(super) fn is_login(text: &[u8]) -> bool {
    let mut plain = Vec::new();
    for four in text.chunks(4) {
        let mut number = 0_u32;
        for place in 0..4 {
            let digit = match four.get(place).copied().unwrap_or(b'=') {
                byte @ b'A'..=b'Z' => byte - b'A',
                byte @ b'a'..=b'z' => byte - b'a' + 26,
                byte @ b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => 0,
            };
            number = number << 6 | u32::from(digit);
        }
        plain.extend_from_slice(&number.to_be_bytes()[1..]);
    }
    while plain.last() == Some(&0) {
        plain.pop();
    }
    let colon = plain.iter().position(|byte| *byte == b':');
    colon.is_some_and(|colon| !plain.iter().any(u8::is_ascii_control) && is_chosen(&plain[colon + 1..]))
}

/// Whether a value is made of words: letters come in long runs, digits seldom.
pub(super) fn is_wordlike(value: &[u8]) -> bool {
    let (mut words, mut letters, mut numbers, mut humps) = (0, 0, 0, false);
    for (at, byte) in value.iter().enumerate() {
        let before = at.checked_sub(1).map_or(b' ', |before| value[before]);
        if byte.is_ascii_alphabetic() {
            let after = value.get(at + 1).copied().unwrap_or(b' ');
            let hump = byte.is_ascii_uppercase()
                && (before.is_ascii_lowercase() || before.is_ascii_uppercase() && after.is_ascii_lowercase());
            words += u32::from(hump || !before.is_ascii_alphabetic());
            letters += 1;
            humps |= hump;
        } else if byte.is_ascii_digit() {
            numbers += u32::from(!before.is_ascii_digit());
        }
    }
    numbers <= 2 && letters >= words * if humps { 4 } else { 3 }
}

/// Whether letters and digits are both there.
pub(super) fn is_mixed(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic)
}

/// Whether large and small letters are both there.
pub(super) fn is_in_both_cases(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_uppercase) && value.iter().any(u8::is_ascii_lowercase)
}

/// Whether one of the words, which are in lower case, is in the text, in whatever case.
pub(super) fn has(text: &[u8], words: &[&str]) -> bool {
    words.iter().any(|word| text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes())))
}
