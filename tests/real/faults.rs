//! What goes wrong on the way to a GPU server, what the user reads of it, and that the next question works.

use std::{fs, io::Write, net::TcpStream, sync::Arc, time::Duration};

use codecompass_ollama::error::Failure;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};

use crate::{
    gateway::{Gateway, Machine, free_port, place},
    laptop::{Laptop, sentence, told},
    models::{self, Own},
    set,
};

#[test]
fn no_ollama_at_all() {
    let Some(_) = models::shared() else { return };
    let laptop = Laptop::new(&format!("127.0.0.1:{}", free_port()));
    let said = told("no Ollama", &laptop.run(&["models", "list"]).err);
    assert!(said.contains("cannot be reached") && said.contains("`ollama serve`"), "{said}");
}

#[test]
fn a_wrong_token_is_named() {
    let Some(address) = models::shared() else { return };
    let gateway = Gateway::nginx(&place(&address), &Machine::default());
    let wrong = "0".repeat(64);
    let laptop = gateway.laptop(&wrong);
    let said = told("wrong token", &laptop.run(&["models", "list"]).err);
    assert!(said.contains("does not accept who we are") && said.contains("`token_file`"), "{said}");
    assert!(!said.contains(&wrong), "{said}");
    let (code, report) = laptop.doctor();
    assert_eq!(code, 1);
    assert!(report["findings"].to_string().contains("does not accept who we are"), "{report:#}");
    // The right one, in the same file.
    assert_eq!(gateway.laptop(&gateway.ada).run(&["models", "list"]).code, 0);
}

/// What the user reads of a host with a certificate for a name, good until the end of a year.
fn with_certificate(fault: &str, name: &str, year: i32) -> Option<String> {
    let address = models::shared()?;
    let mut authority = CertificateParams::new(vec![]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let ca = authority.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(authority, key);
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2024, 1, 1);
    params.not_after = date_time_ymd(year, 12, 31);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap().pem();
    let machine = Machine { certificate: Some([certificate, key.serialize_pem(), ca]), ..Machine::default() };
    let gateway = Gateway::nginx(&place(&address), &machine);
    Some(told(fault, &gateway.laptop(&gateway.ada).run(&["models", "list"]).err))
}

#[test]
fn an_expired_certificate_is_named() {
    let Some(said) = with_certificate("expired certificate", "localhost", 2024) else { return };
    assert!(said.contains("certificate has expired") && said.contains("renew it"), "{said}");
}

#[test]
fn a_certificate_for_another_name_is_named() {
    let Some(said) = with_certificate("certificate for another name", "gpu.example.org", 4000) else { return };
    assert!(said.contains("gpu.example.org") && said.contains("a name that the certificate has"), "{said}");
}

#[test]
fn an_unknown_authority_is_named() {
    let Some(address) = models::shared() else { return };
    let gateway = Gateway::nginx(&place(&address), &Machine::default());
    let laptop = Laptop::with(&gateway.url(), Some(&gateway.ada), None);
    let said = told("unknown authority", &laptop.run(&["models", "list"]).err);
    assert!(said.contains("authority that signed") && said.contains("`ca_file`"), "{said}");
}

#[test]
fn the_doctor_notices_a_buffer_on_the_way() {
    let Some(address) = models::shared() else { return };
    let machine = Machine { instead: Some(("proxy_buffering off", "proxy_buffering on")), ..Machine::default() };
    let gateway = Gateway::nginx(&place(&address), &machine);
    let (code, report) = gateway.laptop(&gateway.ada).doctor();
    assert_eq!(code, 1, "{report:#}");
    let found = report["findings"].as_array().unwrap().iter().find(|finding| finding["level"] == "problem").unwrap();
    let said =
        told("buffering", &format!("{}; {}", found["message"].as_str().unwrap(), found["fix"].as_str().unwrap()));
    assert!(said.contains("held back") && said.contains("`proxy_buffering off`"), "{said}");
}

#[test]
fn a_host_header_that_is_passed_on_is_named() {
    let Some(address) = models::shared() else { return };
    let machine = Machine {
        instead: Some(("proxy_set_header Host localhost", "proxy_set_header Host gpu.example.org")),
        ..Machine::default()
    };
    let gateway = Gateway::nginx(&place(&address), &machine);
    let said = told("foreign Host header", &gateway.laptop(&gateway.ada).run(&["models", "list"]).err);
    assert!(said.contains("forbids access") && said.contains("Host header"), "{said}");
}

#[tokio::test]
async fn a_host_killed_in_the_middle_of_an_answer() {
    let Some(_) = models::shared() else { return };
    for through in [false, true] {
        let mut own = Own::start(0);
        let place = format!("127.0.0.1:{}", own.port);
        let gateway = through.then(|| Gateway::nginx(&place, &Machine::default()));
        let laptop = gateway.as_ref().map_or_else(|| Laptop::new(&place), |gateway| gateway.laptop(&gateway.ada));
        let way = if through { "through nginx" } else { "straight" };
        let host = laptop.host();
        let mut events = host.chat(&set::story()).await.unwrap();
        let mut text = String::new();
        while text.len() < 40 {
            text += &events.next().await.unwrap().unwrap().text;
        }
        own.kill();
        // What had come stays; then the answer is said to have ended too early, and never to be complete.
        let error = loop {
            match events.next().await.expect("an answer that was cut off is not complete") {
                Ok(piece) => {
                    assert!(!piece.done);
                    text += &piece.text;
                }
                Err(error) => break error,
            }
        };
        assert!(
            matches!(error.failure, Failure::Incomplete | Failure::Transport { connecting: false, .. }),
            "{error:?}"
        );
        sentence(&format!("killed in the middle of an answer, {way}"), &error);

        let error = host.models().await.unwrap_err();
        let said = sentence(&format!("still down, {way}"), &error);
        let known = if through { "gets no answer from Ollama" } else { "`ollama serve`" };
        assert!(said.contains(known), "{said}");

        let again = Own::start(own.port);
        set::an_answer_streams(&host).await;
        drop(again);
    }
}

#[tokio::test]
async fn a_proxy_that_waits_less_than_a_model_takes() {
    let Some(_) = models::shared() else { return };
    let own = Own::start(0);
    let place = format!("127.0.0.1:{}", own.port);
    let machine = Machine { instead: Some(("proxy_read_timeout 600s", "proxy_read_timeout 1s")), ..Machine::default() };
    let gateway = Gateway::nginx(&place, &machine);
    // Somebody else's long answer keeps the model from beginning with ours, as loading it would.
    let busy = Laptop::new(&place).host().chat(&set::story()).await.unwrap();
    let host = gateway.laptop(&gateway.ada).host();
    let error = host.chat(&set::question("Say yes.", 1)).await.unwrap_err();
    let said = sentence("proxy waits too short", &error);
    assert!(said.contains("status 504") && said.contains("let the proxy wait longer"), "{said}");
    drop(busy);
    set::an_answer_streams(&host).await;
}

#[test]
fn too_many_requests_at_once_are_named() {
    let Some(address) = models::shared() else { return };
    let gateway = Gateway::nginx(&place(&address), &Machine::default());
    // Eight questions whose end does not come use up what one user may have open.
    let open: Vec<_> = (0..8).map(|_| half_a_question(&gateway)).collect();
    let said = told("too many requests", &gateway.laptop(&gateway.ada).run(&["models", "list"]).err);
    assert!(said.contains("so many requests of one user") && said.contains("same login"), "{said}");
    // Others are not kept waiting by it.
    assert_eq!(gateway.laptop(&gateway.grace).run(&["models", "list"]).code, 0);
    drop(open);
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while gateway.laptop(&gateway.ada).run(&["models", "list"]).code != 0 {
        assert!(std::time::Instant::now() < deadline, "it does not end");
    }
}

#[test]
fn a_program_that_loops_is_slowed_down() {
    let Some(address) = models::shared() else { return };
    let gateway = Gateway::nginx(&place(&address), &Machine::default());
    let statuses = gateway.hurry(400);
    let count = |status: &str| statuses.iter().filter(|found| *found == status).count();
    assert!(count("200") >= 60 && count("429") >= 100, "{statuses:?}");
    assert_eq!(count("200") + count("429"), 400, "{statuses:?}");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_named() {
    let Some(address) = models::shared() else { return };
    let gateway = Gateway::nginx(&place(&address), &Machine::default());
    let error =
        gateway.laptop(&gateway.ada).host().chat(&set::question(&"word ".repeat(7 << 20), 1)).await.unwrap_err();
    let said = sentence("33 MB at once", &error);
    assert!(said.contains("no request of this size") && said.contains("raise the largest request"), "{said}");
}

/// A question over TLS whose body never comes.
fn half_a_question(gateway: &Gateway) -> rustls::StreamOwned<rustls::ClientConnection, TcpStream> {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&fs::read(gateway.authority()).unwrap()).unwrap()).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "localhost".try_into().unwrap();
    let connection = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let port = gateway.url().trim_end_matches("/ollama").rsplit(':').next().unwrap().parse::<u16>().unwrap();
    let mut stream = rustls::StreamOwned::new(connection, TcpStream::connect(("127.0.0.1", port)).unwrap());
    let head = format!(
        "POST /ollama/api/show HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Length: 100\r\n\r\n{{",
        gateway.ada
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.flush().unwrap();
    stream
}
