//! What is found and what is not. The secrets are put together here, so that no file of this repository holds one.

#![allow(clippy::unwrap_used, clippy::needless_raw_string_hashes, reason = "tests")]

use proptest::prelude::*;

use super::{redact, rules};

/// So many characters that look random, always the same ones for the same seed.
fn fill(alphabet: &str, count: usize, seed: u64) -> String {
    let alphabet: Vec<char> = alphabet.chars().collect();
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        alphabet[(state >> 33) as usize % alphabet.len()]
    };
    (0..count).map(|_| next()).collect()
}

const HEX: &str = "0123456789abcdef";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ALNUM: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
const DIGITS: &str = "0123456789";

/// Builds a secret from a recipe: `A40` is 40 letters and digits, `X` hex, `U` upper case, `L` lower case, `D` digits; what
/// stands between bars is itself.
fn built(recipe: &str, seed: u64) -> String {
    let mut out = String::new();
    for (index, part) in recipe.split('|').enumerate() {
        let alphabet = match part.as_bytes().first() {
            Some(b'A') => ALNUM,
            Some(b'X') => HEX,
            Some(b'U') => UPPER,
            Some(b'L') => LOWER,
            Some(b'D') => DIGITS,
            _ => "",
        };
        match part.get(1..).and_then(|count| count.parse().ok()) {
            Some(count) if !alphabet.is_empty() => out.push_str(&fill(alphabet, count, seed + index as u64)),
            _ => out.push_str(part),
        }
    }
    out
}

/// Each kind with a recipe. A `^` before and after the part that has to go; without any it is all of it.
const SAMPLES: &[(&str, &str)] = &[
    ("aws access key", "AK|IA|U16"),
    ("aws access key", "AS|IA|U16"),
    ("aws secret key", "aws_secret|_access_key = ^|A40|^"),
    ("google api key", "AI|za|A35"),
    ("google client secret", "GOC|SPX-|A28"),
    ("google token", "ya|29.|A60"),
    ("azure key", "DefaultEndpointsProtocol=https;AccountName=x;Account|Key=^|A86|==^;"),
    ("azure client secret", "A3|8Q|~|A34"),
    ("azure signature", "https://x.blob.core.windows.net/c?sv=2020&si|g=^|A43|%3D^"),
    ("azure devops token", "A76|AZ|DO|A4"),
    ("digitalocean token", "dop|_v1_|X64"),
    ("alibaba access key", "LT|AI|A20"),
    ("heroku key", "HR|KU-|A36"),
    ("fly.io token", "fm|2_|A120"),
    ("cloudflare key", "v1|.0-|X24|-|X146"),
    ("github token", "gh|p_|A36"),
    ("github token", "github|_pat_|A22|_|A59"),
    ("gitlab token", "gl|pat-|A20"),
    ("bitbucket token", "AT|BB|A28"),
    ("npm token", "np|m_|A36"),
    ("npm token", "//registry.npmjs.org/:_auth|Token=^|X8|-|X4|-|X12|^"),
    ("pypi token", "pypi-|AgEIcHlwaS5vcmc|A70"),
    ("crates.io token", "ci|o|A32"),
    ("rubygems key", "ruby|gems_|X48"),
    ("nuget key", "oy|2|L43"),
    ("docker token", "dckr|_pat_|A27"),
    ("artifactory token", "AK|Cp|A69"),
    ("terraform token", "A14|.atlas|v1.|A64"),
    ("pulumi token", "pu|l-|X40"),
    ("vault token", "hv|s.|A24"),
    ("doppler token", "dp|.pt.|A43"),
    ("1password token", "ops|_eyJ|A300"),
    ("age key", "AGE-SECRET|-KEY-1|QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHCE"),
    ("tailscale key", "ts|key-auth-|A12|-|A32"),
    ("anthropic key", "sk-|ant-api03-|A93|AA"),
    ("openrouter key", "sk-|or-v1-|X64"),
    ("openai key", "sk-|proj-|A74"),
    ("openai key", "sk|-|A48"),
    ("hugging face token", "h|f_|A34"),
    ("replicate token", "r|8_|A37"),
    ("groq key", "gs|k_|A52"),
    ("perplexity key", "pp|lx-|A48"),
    ("xai key", "xa|i-|A80"),
    ("databricks token", "da|pi|X32"),
    ("langsmith key", "lsv|2_pt_|X32|_|X10"),
    ("slack token", "xo|xb-|D12|-|D12|-|A24"),
    ("slack webhook", "https://hooks.sl|ack.com/services/^T|U8|/B|U8|/|A24|^"),
    ("discord webhook", "https://discord.com/api/web|hooks/^|D18|/|A68|^"),
    ("discord token", "bot = \"^|M|A23|.|A6|.|A38|^\""),
    ("telegram token", "D9|:A|A|A33"),
    (
        "teams webhook",
        "https://x.webhook.off|ice.com/webhookb2/^|X8|-|X4|-|X4|-|X4|-|X12|@|X8|-|X4|-|X4|-|X4|-|X12|/Incoming|Webhook/|X32|/|X8|-|X4|-|X4|-|X4|-|X12|^",
    ),
    ("twilio key", "S|K|X32"),
    ("sendgrid key", "S|G.|A22|.|A43"),
    ("mailgun key", "ke|y-|X32"),
    ("mailchimp key", "X32|-u|s14"),
    ("brevo key", "xkey|sib-|X64|-|A16"),
    ("postmark or resend key", "re|_|A8|_|A24"),
    ("stripe key", "sk|_live_|A24"),
    ("stripe webhook secret", "wh|sec_|A40"),
    ("shopify token", "shp|at_|X32"),
    ("square token", "sq0|csp-|A43"),
    ("braintree token", "access|_token$production$|L16|$|X32"),
    ("plaid token", "access-|sandbox-|X8|-|X4|-|X4|-|X4|-|X12"),
    ("easypost key", "EZ|AK|A54"),
    ("atlassian token", "ATA|TT3|A180"),
    ("linear key", "lin|_api_|A40"),
    ("notion token", "sec|ret_|A43"),
    ("airtable token", "pa|t|A14|.|X64"),
    ("figma token", "fi|gd_|A43"),
    ("postman key", "PM|AK-|X24|-|X34"),
    ("typeform token", "tf|p_|A44"),
    ("dropbox token", "s|l.|A135"),
    ("new relic key", "NR|AK-|U27"),
    ("grafana token", "gl|sa_|A32|_|X8"),
    ("sentry token", "sntr|yu_|X64"),
    ("planetscale token", "psc|ale_tkn_|A43"),
    ("supabase token", "sb|p_|X40"),
    ("netlify token", "nf|p_|A40"),
    ("sonar token", "sq|p_|X40"),
    ("json web token", "ey|J|A33|.ey|J|A80|.|A43"),
    ("bearer token", "Authorization: Bear|er ^|A48|^"),
    ("basic login", "Authorization: Bas|ic ^YWRhOlc0bm4|1cnd4LVRvbSE=^"),
    ("password", "postgres://svc:^|A6|!|A8|^@db.internal:5432/x"),
    ("password", "Server=db;Database=x;User Id=sa;Pass|word=^|A6|!|A6|^;Encrypt=true"),
    ("password", "jdbc:mysql://db/x?user=app&pass|word=^|A12|^\""),
    ("password", "DB_PASS|WORD=^|A9|!|A3|D2|^"),
    ("password", "  pass|word: \"^|A7|#|A5|D2|^\","),
    ("assigned secret", "const API_|KEY: &str = \"^|A32|^\";"),
    ("assigned secret", "\"client_|secret\": \"^|A24|^\""),
    ("assigned secret", "sec|ret := `^|X40|^`"),
    ("assigned secret", "export SESSION_SEC|RET=^|A40|^"),
    ("assigned secret", "signing_|key =>  '^|X64|^',"),
    ("assigned secret", "config.set(\"api_|token\", \"^|A28|^\")"),
];

/// The text around a secret, and the secret.
fn sample(recipe: &str, seed: u64) -> (String, String) {
    let text = built(recipe, seed);
    let parts: Vec<&str> = text.split('^').collect();
    match parts[..] {
        [before, secret, after] => (format!("{before}{secret}{after}"), secret.to_owned()),
        _ => (text.clone(), text),
    }
}

#[test]
fn every_kind_is_found_and_gone() {
    let mut missed = Vec::new();
    for seed in 1..20 {
        for (kind, recipe) in SAMPLES {
            let (line, secret) = sample(recipe, seed * 1000);
            let text = format!("fn before() {{}}\n{line}\nfn after() {{}}\n");
            let redacted = redact(&text);
            let good = matches!(&redacted.found[..], [one] if one.kind == *kind && one.line == 2)
                && !redacted.text.contains(&secret)
                && redacted.text.starts_with("fn before() {}\n")
                && redacted.text.ends_with("\nfn after() {}\n");
            if !good {
                missed.push(format!("{kind}: {line} -> {redacted:?}"));
            }
        }
    }
    assert!(missed.is_empty(), "{} of {}:\n{}", missed.len(), 19 * SAMPLES.len(), missed.join("\n"));
    let kinds = rules::kinds().filter(|kind| *kind != rules::PRIVATE_KEY);
    let without: Vec<&str> = kinds.filter(|kind| !SAMPLES.iter().any(|(known, _)| known == kind)).collect();
    assert_eq!(without, Vec::<&str>::new(), "each kind has a sample");
}

fn key_lines(count: usize) -> Vec<String> {
    (0..count).map(|line| fill(ALNUM, if line + 1 == count { 22 } else { 64 }, 7 + line as u64)).collect()
}

#[test]
fn private_keys_are_taken_out_whole_and_in_pieces() {
    let (begin, end) = ("-----BEGIN RSA PRI|VATE KEY-----", "-----END RSA PRI|VATE KEY-----");
    let (begin, end) = (begin.replace('|', ""), end.replace('|', ""));
    let lines = key_lines(12);
    let body = lines.join("\n");
    let quoted: String = lines.iter().flat_map(|line| ["    \"", line, "\\n\"\n"]).collect();
    let commented: String = lines.iter().flat_map(|line| ["# ", line, "\n"]).collect();
    let putty = format!("PuTTY-User-Key-File-2: ssh-rsa\nPrivate-{}: 12\n{body}\n", "Lines");
    for text in [
        format!("a\n{begin}\n{body}\n{end}\nz\n"),
        format!("a\r\n{begin}\r\n{}\r\n{end}\r\nz\r\n", lines.join("\r\n")),
        format!("a\n{begin}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n{body}\n{end}\nz\n"),
        format!("a\nkey = \"{begin}\\n{}\\n{end}\\n\"\nz\n", lines.join("\\n")),
        format!("a\n    \"{begin}\\n\"\n{quoted}    \"{end}\\n\";\nz\n"),
        format!("a\n# {begin}\n{commented}# {end}\nz\n"),
        format!("a\n{putty}z: 1\n"),
        // The file was cut before or behind.
        format!("a\n{begin}\n{body}"),
        format!("{body}\n{end}\nz\n"),
        begin.replace("RSA", "OPENSSH") + "\n" + &body + "\n" + &end.replace("RSA", "OPENSSH"),
        begin.replace("RSA", "PGP").replace("KEY", "KEY BLOCK") + "\nVersion: 1\n\n" + &body,
    ] {
        let redacted = redact(&text);
        assert_eq!(redacted.found.len(), 1, "{text}\n{redacted:?}");
        assert_eq!(redacted.found[0].kind, "private key");
        for line in &lines {
            assert!(!redacted.text.contains(line.as_str()), "{}", redacted.text);
        }
        assert_eq!(redacted.text.matches('\n').count(), text.matches('\n').count());
        assert_eq!(redacted.text.matches('\r').count(), text.matches('\r').count());
        assert_eq!(redacted.text.starts_with('a'), text.starts_with('a'));
        assert!(!text.contains("\nz") || redacted.text.contains("\nz"), "{}", redacted.text);
    }
}

#[test]
fn code_about_secrets_is_left_alone() {
    let fence = "-----BEGIN PRI|VATE KEY-----".replace('|', "");
    for text in [
        "let password = prompt_password(\"Password: \")?;",
        "password = \"changeme\"",
        "password: ${DB_PASSWORD}",
        "PASSWORD=<your-password>",
        "token = os.environ[\"GITHUB_TOKEN_2024\"]",
        "const TOKEN_HEADER: &str = \"x-access-token-v2\";",
        "secretKeyRef: database-credentials-2",
        "api_key = \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"",
        "access_key = \"AKIAIOSFODNN7EXAMPLE\"",
        "postgres://user:password@localhost/db",
        "https://user:pass@example.com/",
        "mongodb://%s:%s@%s/",
        "redis://:${REDIS_PASSWORD}@cache:6379",
        "\"sha256\": \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"",
        "integrity key sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
        "let token_count = tokens.iter().filter(|token| token.kind == Kind::Ident2).count();",
        "keyboard.map(\"ctrl+shift+alt+F12\", action)",
        "public_key = \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"",
        "Authorization: Bearer <token>",
        "header(\"Authorization\", format!(\"Bearer {token}\"))",
        "Basic YWRtaW46cGFzc3dvcmQ=",
        "if line == \"{fence}\" { in_key = true; }",
        "user.password_hash = bcrypt(user.password, rounds=12)",
        "<input type=\"password\" autocomplete=\"current-password\" id=\"login-password-2\">",
        "token: 'com.example.project.TokenProvider2',",
        "password=\"P@ssw0rd\"",
        "secret_name = \"projects/42/secrets/db\"",
        "let key = \"user:settings:theme:2\";",
        "pwd = PathUtil.pwd",
        "check_body(b\"username=user&password=secure%20password\").await;",
        "http://foo:%F0%9F%92%A9@example.com/bar",
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
    ] {
        let text = text.replace("{fence}", &fence);
        assert_eq!(redact(&text).found, [], "{text}");
    }
}

#[test]
fn what_is_said_of_a_secret_does_not_hold_it() {
    let (line, secret) = sample("gh|p_|A36", 5);
    let text = format!("one\ntwo {line} {line}\n");
    let redacted = redact(&text);
    assert_eq!(redacted.text, "one\ntwo [secret: github token] [secret: github token]\n");
    assert_eq!(
        redacted.found.iter().map(|finding| (finding.line, finding.bytes)).collect::<Vec<_>>(),
        [(2, 40), (2, 40)]
    );
    assert!(!format!("{:?}", redacted.found).contains(&secret));
    // Nobody hides a secret by writing our words around it.
    let hidden = format!("[secret: {line}]");
    assert_eq!(redact(&hidden).found.len(), 1);
}

#[test]
fn long_lines_take_their_time_and_no_more() {
    let word = "https://a:eyJ-token=\"key-sk-AKIA";
    let short = word.repeat(1 << 9);
    let long = word.repeat(1 << 14);
    let time = |text: &str| {
        let began = std::time::Instant::now();
        redact(text);
        began.elapsed().as_secs_f64()
    };
    time(&short);
    let (short, long) = (time(&short).max(1e-4), time(&long));
    assert!(long < short * 32.0 * 8.0, "32 times the text took {} times as long", long / short);
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        ("[a-z_]{1,8}", 0..SAMPLES.len(), 1..500_u64)
            .prop_map(|(before, which, seed)| { format!("{before} {}", sample(SAMPLES[which].1, seed).0) }),
        "[ -~]{0,40}".prop_map(|text| text),
        "\\PC{0,20}".prop_map(|text| text),
        Just("\r\n".to_owned()),
        Just("\n".to_owned()),
        Just("-----BEGIN PRI|VATE KEY-----\n".replace('|', "")),
        Just("-----END PRI|VATE KEY-----\n".replace('|', "")),
        (1..4_usize).prop_map(|count| key_lines(count).join("\n") + "\n"),
    ]
}

proptest! {
    #[test]
    fn lines_stay_and_a_second_time_changes_nothing(pieces in prop::collection::vec(piece(), 0..12)) {
        let text = pieces.concat();
        let once = redact(&text);
        prop_assert_eq!(once.text.matches('\n').count(), text.matches('\n').count());
        let twice = redact(&once.text);
        prop_assert_eq!(&twice.text, &once.text);
        prop_assert!(twice.found.is_empty());
        if once.found.is_empty() {
            prop_assert_eq!(&once.text, &text);
        }
    }
}
