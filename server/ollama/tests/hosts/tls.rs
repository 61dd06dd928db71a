//! Certificates: whom we trust, and how we show who we are.

use std::{
    io::{Read, Write},
    net::TcpListener,
    path::PathBuf,
    sync::Arc,
};

use codecompass_ollama::{
    error::{Error, Failure},
    options::{ClientCertificate, HostOptions, Policy},
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
};
use tempfile::TempDir;

use crate::{open, options, quick};

/// An authority of its own, and a folder for what it signs.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    folder: TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), certificate.pem()).unwrap();
        Self { issuer: Issuer::new(params, key), certificate: certificate.der().clone(), folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn sign(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// The address of a host that says its version over TLS, to those with a certificate of ours or to all.
    fn host(&self, closed: bool) -> String {
        let (certificate, key) = self.sign("127.0.0.1");
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
        let builder = if closed {
            let mut roots = RootCertStore::empty();
            roots.add(self.certificate.clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.unwrap().with_client_cert_verifier(verifier)
        } else {
            builder.unwrap().with_no_client_auth()
        };
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = Arc::new(builder.with_single_cert(vec![certificate.der().clone()], key).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("https://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut stream = StreamOwned::new(connection, stream.unwrap());
                // A client that does not trust us says nothing that could be answered.
                if stream.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {
                    let body = r#"{"version":"1.2.3"}"#;
                    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                    let _ = stream.write_all(answer.as_bytes());
                    stream.conn.send_close_notify();
                    let _ = stream.flush();
                }
            }
        });
        address
    }
}

async fn ask(options: &HostOptions) -> Result<String, Error> {
    open(options, Policy::default(), quick()).version().await
}

async fn version(options: &HostOptions) -> Result<String, Failure> {
    ask(options).await.map_err(|error| error.failure)
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_it_is_named() {
    let authority = Authority::new();
    let at = options(&authority.host(false));
    match version(&at).await {
        Err(Failure::Transport { connecting: true, reason }) => {
            assert!(reason.contains("UnknownIssuer"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    assert!(ask(&at).await.unwrap_err().advice().contains("`ca_file`"));
    let trusting = HostOptions { ca_file: Some(authority.path("ca.pem")), ..at.clone() };
    assert_eq!(version(&trusting).await, Ok("1.2.3".to_owned()));
    assert_eq!(version(&HostOptions { insecure: true, ..at }).await, Ok("1.2.3".to_owned()));
}

#[tokio::test]
async fn we_show_our_certificate_to_those_who_want_it() {
    let authority = Authority::new();
    let (certificate, key) = authority.sign("ada");
    std::fs::write(authority.path("ada.pem"), certificate.pem()).unwrap();
    std::fs::write(authority.path("ada.key"), key.serialize_pem()).unwrap();
    let without = HostOptions { ca_file: Some(authority.path("ca.pem")), ..options(&authority.host(true)) };
    let error = ask(&without).await.unwrap_err();
    assert!(matches!(error.failure, Failure::Transport { .. }), "{error}");
    assert!(error.advice().contains("`client_cert`"), "{error}");
    let pair = ClientCertificate { certificate: authority.path("ada.pem"), key: authority.path("ada.key") };
    let with = HostOptions { client_certificate: Some(pair), ..without };
    assert_eq!(version(&with).await, Ok("1.2.3".to_owned()));
}
