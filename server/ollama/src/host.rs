//! One host that can be asked.

use std::{
    collections::HashMap,
    fs,
    sync::{Arc, Mutex},
    time::Instant,
};

use reqwest::{
    Certificate, Client, Identity, NoProxy,
    header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue},
    redirect,
};

use crate::{
    address::Address,
    error::{Error, Failure},
    models::Shown,
    offline::LoopbackOnly,
    options::{HostOptions, Login, Policy, Proxy, Roles},
    secret::Secret,
    timers::Timers,
};

/// A host with its connections. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Host(Arc<Inner>);

pub(crate) struct Inner {
    name: String,
    roles: Roles,
    pub(crate) address: Address,
    pub(crate) client: Client,
    pub(crate) policy: Policy,
    pub(crate) timers: Timers,
    /// Models that were seen to run on the host itself, and when.
    pub(crate) local: Mutex<HashMap<String, Instant>>,
    /// What it said of models, by name and digest: that does not change.
    pub(crate) shown: Mutex<HashMap<(String, String), Shown>>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("name", &self.0.name).field("address", &self.0.address).finish_non_exhaustive()
    }
}

impl Host {
    /// Reads the host's secrets and certificates and makes it ready. Opens no connection.
    pub fn open(
        options: &HostOptions,
        policy: Policy,
        timers: Timers,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        let client = client(options, policy, timers, environment)
            .map_err(|message| Error { host: options.address.to_string(), failure: Failure::Options { message } })?;
        Ok(Self(Arc::new(Inner {
            name: options.name.clone(),
            roles: options.roles,
            address: options.address.clone(),
            client,
            policy,
            timers,
            local: Mutex::default(),
            shown: Mutex::default(),
        })))
    }

    /// The user's name for it.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// What it is used for.
    pub fn roles(&self) -> Roles {
        self.0.roles
    }

    /// Where it is.
    pub fn address(&self) -> &Address {
        &self.0.address
    }

    /// Whether it is the same one, not only another with the same address.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// Why a call to this host failed.
    pub(crate) fn error(&self, failure: Failure) -> Error {
        Error { host: self.0.address.to_string(), failure }
    }
}

fn client(
    options: &HostOptions,
    policy: Policy,
    timers: Timers,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Client, String> {
    let mut builder = Client::builder()
        .user_agent(concat!("codecompass/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(timers.connect)
        // A login page would turn our question into another one.
        .redirect(redirect::Policy::none())
        // A connection of its own for each answer: closing it is how the host learns that nobody waits any more.
        .http1_only()
        .tcp_nodelay(true)
        .default_headers(headers(options, environment)?)
        .danger_accept_invalid_certs(options.insecure);
    if let Some(path) = &options.ca_file {
        let pem = fs::read(path).map_err(|error| format!("ca_file {} cannot be read: {error}", path.display()))?;
        let certificates = Certificate::from_pem_bundle(&pem).ok().filter(|certificates| !certificates.is_empty());
        let Some(certificates) = certificates else {
            return Err(format!("ca_file {} holds no certificate in PEM", path.display()));
        };
        for certificate in certificates {
            builder = builder.add_root_certificate(certificate);
        }
    }
    if let Some(pair) = &options.client_certificate {
        let mut pem = Vec::new();
        for path in [&pair.key, &pair.certificate] {
            pem.extend(fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?);
            pem.push(b'\n');
        }
        let identity = Identity::from_pem(&pem).map_err(|_| {
            format!("{} and {} are no certificate and key in PEM", pair.certificate.display(), pair.key.display())
        })?;
        builder = builder.identity(identity);
    }
    builder = if policy.offline {
        // A proxy on this machine would carry it further.
        builder.no_proxy().dns_resolver(Arc::new(LoopbackOnly))
    } else {
        match &options.proxy {
            Proxy::Through(url) => builder.proxy(through(url)?),
            Proxy::None => builder.no_proxy(),
            Proxy::Environment if options.address.is_loopback() => builder.no_proxy(),
            Proxy::Environment => builder,
        }
    };
    builder.build().map_err(|error| format!("the connection cannot be set up: {}", error.without_url()))
}

fn through(url: &Secret) -> Result<reqwest::Proxy, String> {
    // The error would repeat the address with its password.
    let proxy = reqwest::Proxy::all(url.reveal()).map_err(|_| "`proxy` is not an address".to_owned())?;
    Ok(proxy.no_proxy(NoProxy::from_env()))
}

fn headers(options: &HostOptions, environment: &dyn Fn(&str) -> Option<String>) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in &options.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("`{name}` is no name of a header"))?;
        headers.insert(
            name.clone(),
            hidden(value.reveal()).ok_or(format!("header {name} has a value that cannot be sent"))?,
        );
    }
    let authorization = match &options.login {
        Login::None => return Ok(headers),
        Login::Bearer(source) => format!("Bearer {}", source.read(environment)?.reveal()),
        Login::Basic(user, source) => {
            format!("Basic {}", base64(format!("{user}:{}", source.read(environment)?.reveal()).as_bytes()))
        }
    };
    let value = hidden(&authorization).ok_or("the token holds characters that cannot be sent")?;
    headers.insert(AUTHORIZATION, value);
    Ok(headers)
}

/// A header that prints as a placeholder.
fn hidden(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let number = three.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let digit = DIGITS[(number >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= three.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_as_others_read_it() {
        for (text, expected) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("ada:l@ve\u{fc}", "YWRhOmxAdmXDvA==")]
        {
            assert_eq!(base64(text.as_bytes()), expected);
        }
    }
}
