//! Through nginx as `deploy/gpu-server/nginx/` configures it.

use crate::{
    gateway::{Gateway, Machine, place},
    models, set,
};

#[tokio::test]
async fn everything_works() {
    let Some(_) = models::shared() else { return };
    // Of its own: what is cancelled here should not wait for other tests.
    let own = models::Own::start(0);
    let gateway = Gateway::nginx(&format!("127.0.0.1:{}", own.port), &Machine::default());
    set::everything(&gateway.laptop(&gateway.ada)).await;
}

#[test]
fn logs_name_the_user_and_never_the_token() {
    let Some(address) = models::shared() else { return };
    let gateway = Gateway::nginx(&place(&address), &Machine::default());
    set::models_are_listed(&gateway.laptop(&gateway.ada));
    let wrong = "f".repeat(64);
    assert_eq!(gateway.laptop(&wrong).run(&["models", "list"]).code, 2);
    let logged = gateway.logged();
    assert!(logged.contains("user=ada \"GET /ollama/api/tags\" 200"), "{logged}");
    assert!(logged.contains("user= \"GET /ollama/api/tags\" 401"), "{logged}");
    assert!(!logged.contains(&gateway.ada) && !logged.contains(&wrong), "{logged}");
}

#[test]
fn only_administrators_change_what_is_installed() {
    let Some(address) = models::shared() else { return };
    permissions(&Gateway::nginx(&place(&address), &Machine::default()));
}

/// What users and administrators may do, whichever proxy asks.
pub(crate) fn permissions(gateway: &Gateway) {
    let (ada, grace) = (&gateway.ada, &gateway.grace);
    for (method, path) in [
        ("POST", "/ollama/api/pull"),
        ("DELETE", "/ollama/api/delete"),
        ("POST", "/ollama/api/create"),
        ("POST", "/ollama/api/copy"),
        ("POST", "/ollama/api/push"),
    ] {
        let (status, body) = gateway.ask(method, path, ada, "{}");
        assert!(status == 403 && body.contains("only administrators"), "{method} {path}: {status} {body}");
        assert_eq!(gateway.ask(method, path, "nobody", "{}").0, 401, "{method} {path}");
        let (status, body) = gateway.ask(method, path, grace, r#"{"model":"x"}"#);
        assert!(status != 401 && status != 403, "{method} {path}: {status} {body}");
    }
    // What is not offered does not exist, however it is written.
    for path in ["/ollama/api/blobs/x", "/ollama/v1/models", "/api/tags", "/ollama/../api/pull", "/ollama/%61pi//pull/"]
    {
        let (status, body) = gateway.ask("POST", path, ada, "{}");
        assert!(status == 404 || status == 403 || status == 400, "{path}: {status} {body}");
    }
    // Ollama itself was never asked by others: the answers of the administrator are its own.
    let said = gateway.laptop(grace).run(&["models", "rm", "nothing", "--yes"]);
    assert!(said.err.contains("is not installed"), "{}", said.err);
    let said = gateway.laptop(ada).run(&["models", "pull", "nothing"]);
    assert!(said.err.contains("only administrators change"), "{}", said.err);
    assert_eq!(said.code, 2);
}
