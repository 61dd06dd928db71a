//! Through Caddy as `deploy/gpu-server/caddy/` configures it.

use crate::{
    gateway::{Gateway, Machine, place},
    models, set,
    through_nginx::permissions,
};

#[tokio::test]
async fn everything_works() {
    let Some(_) = models::shared() else { return };
    let own = models::Own::start(0);
    let gateway = Gateway::caddy(&format!("127.0.0.1:{}", own.port), &Machine::default());
    set::everything(&gateway.laptop(&gateway.ada)).await;
}

#[test]
fn logs_name_the_user_and_never_the_token() {
    let Some(address) = models::shared() else { return };
    let gateway = Gateway::caddy(&place(&address), &Machine::default());
    set::models_are_listed(&gateway.laptop(&gateway.ada));
    let wrong = "f".repeat(64);
    assert_eq!(gateway.laptop(&wrong).run(&["models", "list"]).code, 2);
    let logged = gateway.logged();
    assert!(logged.contains(r#""X-Codecompass-User":["ada"]"#), "{logged}");
    assert!(!logged.contains(&gateway.ada) && !logged.contains(&wrong), "{logged}");
}

#[test]
fn only_administrators_change_what_is_installed() {
    let Some(address) = models::shared() else { return };
    permissions(&Gateway::caddy(&place(&address), &Machine::default()));
}
