//! The address of a host, in every form in which people write `OLLAMA_HOST`.

use std::{fmt, net::IpAddr};

use percent_encoding::percent_decode_str;
use reqwest::Url;

use crate::secret::Secret;

/// The port that Ollama listens on.
const PORT: u16 = 11434;

/// Where a host's API begins: scheme, host, port and a path that ends with a slash. Holds no user and no password.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Url);

/// A user's name and password that stood in an address.
pub type Login = (String, Secret);

impl Address {
    /// Reads an address the way Ollama reads `OLLAMA_HOST`; what is wrong is said without repeating a password.
    pub fn parse(text: &str) -> Result<(Self, Option<Login>), String> {
        let text = text.trim().trim_matches(['"', '\'']).trim();
        let (scheme, rest, mut port) = match text.split_once("://") {
            None => ("http", text, PORT),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => ("http", rest, 80),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => ("https", rest, 443),
            Some(_) => return Err("an address begins with http:// or https://, or with a host".to_owned()),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let (login, authority) = match authority.rsplit_once('@') {
            Some((login, authority)) => (Some(login), authority),
            None => (None, authority),
        };
        let (host, written) = split_port(authority);
        if let Some(written) = written
            && let Ok(number) = written.parse()
            && number > 0
        {
            port = number;
        }
        let host = dialled(host);
        let url = format!("{scheme}://{host}:{port}/{}", path.trim_matches('/'));
        let mut url = Url::parse(&url).map_err(|error| format!("it is not an address ({error})"))?;
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok((Self(url), login.and_then(read_login)))
    }

    /// The address of an endpoint such as `api/chat`.
    pub(crate) fn endpoint(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path()));
        url
    }

    /// Whether it names this machine. Another name may lead here too, but only the resolver would know.
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => is_loopback(IpAddr::V6(ip)),
            None => false,
        }
    }

    /// The address as a number, if it is one.
    pub(crate) fn ip(&self) -> Option<IpAddr> {
        match self.0.host()? {
            url::Host::Domain(_) => None,
            url::Host::Ipv4(ip) => Some(ip.into()),
            url::Host::Ipv6(ip) => Some(ip.into()),
        }
    }

    /// Whether what is sent there can be read on the way.
    pub fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether it is Ollama's own cloud.
    pub fn is_cloud(&self) -> bool {
        self.0.domain().is_some_and(|name| name == "ollama.com" || name.ends_with(".ollama.com"))
    }
}

/// Whether an address is this machine, also when it is IPv4 written as IPv6.
pub(crate) fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

impl Default for Address {
    fn default() -> Self {
        Self(Url::parse("http://127.0.0.1:11434/").expect("it is a URL"))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Host and port. An IPv6 address without brackets has no port.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    if authority.parse::<std::net::Ipv6Addr>().is_ok() {
        return (authority, None);
    }
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

/// The host to dial: nobody listens at "every address", but loopback is one of them.
fn dialled(host: &str) -> String {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) if ip.is_unspecified() => "127.0.0.1".to_owned(),
        Ok(IpAddr::V6(ip)) if ip.is_unspecified() => "[::1]".to_owned(),
        Ok(IpAddr::V6(ip)) => format!("[{ip}]"),
        _ if host.is_empty() => "127.0.0.1".to_owned(),
        _ => host.to_owned(),
    }
}

fn read_login(login: &str) -> Option<Login> {
    let decode = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    (!login.is_empty()).then(|| (decode(user), Secret::new(decode(password))))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn every_form_of_ollama_host_is_understood() {
        for (text, expected) in [
            ("", "http://127.0.0.1:11434"),
            ("gpu-box", "http://gpu-box:11434"),
            ("gpu-box:8080", "http://gpu-box:8080"),
            (":8080", "http://127.0.0.1:8080"),
            ("10.0.0.7", "http://10.0.0.7:11434"),
            ("0.0.0.0", "http://127.0.0.1:11434"),
            ("0.0.0.0:99", "http://127.0.0.1:99"),
            ("http://gpu-box", "http://gpu-box"),
            ("https://gpu-box", "https://gpu-box"),
            ("HTTPS://gpu-box:8443", "https://gpu-box:8443"),
            ("[::1]:11434", "http://[::1]:11434"),
            ("[::1]", "http://[::1]:11434"),
            ("::1", "http://[::1]:11434"),
            ("fd00::7", "http://[fd00::7]:11434"),
            ("[::]:80", "http://[::1]"),
            ("::", "http://[::1]:11434"),
            ("https://gw.example/ollama", "https://gw.example/ollama"),
            ("https://gw.example/ollama//", "https://gw.example/ollama"),
            ("gw/team/ollama/", "http://gw:11434/team/ollama"),
            ("  \"gpu-box:1\" ", "http://gpu-box:1"),
            ("'gpu-box'", "http://gpu-box:11434"),
            // A port that is none falls back to the usual one, as Ollama does.
            ("gpu-box:seven", "http://gpu-box:11434"),
            ("gpu-box:99999", "http://gpu-box:11434"),
            ("https://gpu-box:0", "https://gpu-box"),
            ("https://gw/ollama?x=1#y", "https://gw/ollama"),
        ] {
            assert_eq!(Address::parse(text).unwrap().0.to_string(), expected, "{text}");
        }
        for text in ["ftp://gpu", "unix:///run/ollama.sock", "http://a b", "http://[::1"] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn endpoints_stand_below_the_path() {
        let endpoint = |text| Address::parse(text).unwrap().0.endpoint("api/chat").to_string();
        assert_eq!(endpoint("https://gw/ollama"), "https://gw/ollama/api/chat");
        assert_eq!(endpoint("gpu"), "http://gpu:11434/api/chat");
    }

    #[test]
    fn a_password_in_the_address_is_taken_out_of_it() {
        let (address, login) = Address::parse("https://ada:l%40ve@gpu/x").unwrap();
        let (user, password) = login.clone().unwrap();
        assert_eq!((user.as_str(), password.reveal()), ("ada", "l@ve"));
        assert_eq!(format!("{address} {address:?}"), "https://gpu/x https://gpu/x");
        assert!(!format!("{login:?}").contains("l@ve"));
        let wrong = Address::parse("ftp://ada:love@gpu").unwrap_err();
        assert!(!wrong.contains("love"), "{wrong}");
    }

    #[test]
    fn this_machine_is_recognised() {
        for (text, loopback) in [
            ("", true),
            ("localhost", true),
            ("127.9.9.9", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("0.0.0.0", true),
            ("10.0.0.7", false),
            ("localhost.example", false),
            ("fd00::1", false),
        ] {
            assert_eq!(Address::parse(text).unwrap().0.is_loopback(), loopback, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(text in "\\PC{0,40}") {
            // It may be refused, but always as a value.
            let _ = Address::parse(&text);
        }
    }
}
