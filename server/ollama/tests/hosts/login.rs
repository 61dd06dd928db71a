//! Who we say we are, and that nobody reads it who should not.

use codecompass_ollama::{
    error::Failure,
    options::{HostOptions, Login, Policy},
    secret::{Secret, Source},
};

use crate::{
    fake::{Fake, Reply},
    open, options, quick,
};

#[tokio::test]
async fn tokens_passwords_and_headers_are_sent_and_never_shown() {
    let fake =
        Fake::tame_but(|request| (request.header("authorization").is_none()).then(|| Reply::whole(401, &[], "no")));
    let secret = || Source::Given(Secret::new("hush-hush"));
    for (login, expected) in [
        (Login::Bearer(secret()), "Bearer hush-hush"),
        (Login::Basic("ada".to_owned(), secret()), "Basic YWRhOmh1c2gtaHVzaA=="),
    ] {
        let headers = vec![("X-Team".to_owned(), Secret::new("hush-hush"))];
        let options = HostOptions { login, headers, ..options(&fake.address) };
        let host = open(&options, Policy::default(), quick());
        host.version().await.unwrap();
        let request = fake.requests().pop().unwrap();
        assert_eq!(request.header("authorization"), Some(expected));
        assert_eq!(request.header("x-team"), Some("hush-hush"));
        let shown = format!("{options:?} {host:?}");
        assert!(!shown.contains("hush"), "{shown}");
    }
    let error = crate::host(&fake).version().await.unwrap_err();
    assert_eq!(error.failure, Failure::Unauthorised);
    assert!(error.advice().contains("token_env"));
}

#[tokio::test]
async fn a_path_in_front_of_the_api_is_kept() {
    let fake = Fake::start(|request| match request.path.as_str() {
        "/team/ollama/api/version" => Reply::json(200, &serde_json::json!({"version": "1"})),
        _ => Reply::whole(404, &[], "<h1>not here</h1>"),
    });
    let host = |path: &str| open(&options(&format!("http://{}{path}", fake.address)), Policy::default(), quick());
    assert_eq!(host("/team/ollama").version().await.unwrap(), "1");
    assert_eq!(host("/team/ollama/").version().await.unwrap(), "1");
    let error = host("/").version().await.unwrap_err();
    assert_eq!(error.failure, Failure::Proxy { status: 404, snippet: "not here".to_owned() });
}

#[test]
fn what_cannot_be_used_is_said_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "nothing").unwrap();
    let wrong = |options: &HostOptions| {
        let opened = codecompass_ollama::host::Host::open(options, Policy::default(), quick(), &|_| None);
        opened.unwrap_err().to_string()
    };
    let at = options("gpu");
    let missing = Login::Bearer(Source::Environment("GPU_TOKEN".to_owned()));
    assert_eq!(
        wrong(&HostOptions { login: missing, ..at.clone() }),
        "http://gpu:11434 cannot be used: the environment variable GPU_TOKEN is not set"
    );
    assert!(wrong(&HostOptions { ca_file: Some(empty), ..at.clone() }).contains("holds no certificate in PEM"));
    let proxy = codecompass_ollama::options::Proxy::Through(Secret::new("::::hush"));
    assert!(!wrong(&HostOptions { proxy, ..at }).contains("hush"));
}
