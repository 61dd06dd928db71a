//! What the user says about a host.

use std::path::PathBuf;

use crate::{
    address::Address,
    secret::{Secret, Source},
};

/// One host as configured. Prints without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostOptions {
    /// The user's name for it.
    pub name: String,
    /// Where it is.
    pub address: Address,
    /// What it is used for.
    pub roles: Roles,
    /// How we say who we are.
    pub login: Login,
    /// Headers sent with every request.
    pub headers: Vec<(String, Secret)>,
    /// Certificates (PEM) of authorities that are trusted besides the usual ones.
    pub ca_file: Option<PathBuf>,
    /// The certificate (PEM) by which we show who we are, and its key.
    pub client_certificate: Option<ClientCertificate>,
    /// Nothing about the host's certificate is checked.
    pub insecure: bool,
    /// The way there.
    pub proxy: Proxy,
}

impl HostOptions {
    /// A host about which only its address is known.
    pub fn at(name: impl Into<String>, address: Address) -> Self {
        Self {
            name: name.into(),
            address,
            roles: Roles::default(),
            login: Login::None,
            headers: Vec::new(),
            ca_file: None,
            client_certificate: None,
            insecure: false,
            proxy: Proxy::Environment,
        }
    }
}

/// What a host is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roles {
    /// Answers questions.
    pub chat: bool,
    /// Makes vectors.
    pub embed: bool,
}

impl Default for Roles {
    fn default() -> Self {
        Self { chat: true, embed: true }
    }
}

/// How we say who we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// Not at all.
    None,
    /// By a token.
    Bearer(Source),
    /// By a name and a password.
    Basic(String, Source),
}

/// Two files in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate and those between it and its authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// The way to a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proxy {
    /// As `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say.
    Environment,
    /// Straight.
    None,
    /// Through this one, whose address may hold a password.
    Through(Secret),
}

/// What may be asked of any host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// Nothing leaves this machine.
    pub offline: bool,
    /// Models that the host only passes on to Ollama's cloud may be used.
    pub allow_cloud: bool,
}
