//! What can go wrong with a host, by what can be done about it.

use std::{fmt, time::Duration};

/// A call to a host that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The host's address.
    pub host: String,
    /// What happened.
    pub failure: Failure,
}

impl std::error::Error for Error {}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The host does not have the model.
    NotFound {
        /// The model.
        model: String,
    },
    /// The host does not know the endpoint: it is an old version, or the address has a wrong path.
    NoSuchEndpoint {
        /// The endpoint.
        path: String,
    },
    /// The host has too much to do.
    Busy {
        /// When to come back, if it says so.
        retry_after: Option<Duration>,
    },
    /// Somebody counts our requests, and this was one too many.
    Limited {
        /// After which it may be tried again, if that was said.
        retry_after: Option<Duration>,
    },
    /// Who we are was not said, or not believed.
    Unauthorised,
    /// Who we are is known, and it is not allowed.
    Forbidden {
        /// What the host says; empty when it says nothing.
        message: String,
    },
    /// What was sent does not fit into the model's context.
    ContextOverflow {
        /// Tokens that were sent, if the host says so.
        sent: Option<u64>,
        /// Tokens that fit, if the host says so.
        fits: Option<u64>,
    },
    /// The model cannot do this.
    Unsupported {
        /// The model.
        model: String,
        /// What it cannot do: `chat`, `tools`, `insert`, `thinking`, `vision` or `embedding`.
        what: String,
    },
    /// The host refuses the request as it is.
    Rejected {
        /// What the host says.
        message: String,
    },
    /// The host failed.
    Server {
        /// The status, or 200 when it failed after it began to answer.
        status: u16,
        /// What the host says.
        message: String,
    },
    /// Something that is not Ollama answered: a proxy, a login page, another service.
    Proxy {
        /// The status.
        status: u16,
        /// The beginning of what it said.
        snippet: String,
    },
    /// No connection, or it broke.
    Transport {
        /// Nothing was sent yet: there was no connection.
        connecting: bool,
        /// The reason.
        reason: String,
    },
    /// Nothing came for so long.
    Silent {
        /// How long was waited.
        waited: Duration,
        /// What was waited for.
        what: &'static str,
    },
    /// The answer ended before its end.
    Incomplete,
    /// The host is not on this machine, and nothing may leave it.
    Offline,
    /// The model is not on the host: it passes everything on to Ollama's cloud.
    Cloud {
        /// The model.
        model: String,
    },
    /// No configured host can do this now.
    NoHost {
        /// What was wanted: `chat` or `embed`.
        role: &'static str,
        /// Why not, a sentence for each host; empty when none is configured for it.
        why: Vec<String>,
        /// Whether one of them may be able to in a while, without anybody's doing.
        waiting: bool,
    },
    /// No host of that name is configured.
    NoSuchHost {
        /// The names that there are.
        known: Vec<String>,
    },
    /// No model on the host can do this.
    NoModel {
        /// What was wanted: `chat` or `embed`.
        role: &'static str,
        /// A model that can.
        fetch: String,
    },
    /// The request could not be accounted for, so it was not sent.
    Audit {
        /// Why.
        message: String,
    },
    /// What the user wrote about the host cannot be used.
    Options {
        /// Why.
        message: String,
    },
}

impl Failure {
    /// What happened, in a word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::NoSuchEndpoint { .. } => "no_such_endpoint",
            Self::Busy { .. } => "busy",
            Self::Limited { .. } => "limited",
            Self::Unauthorised => "unauthorised",
            Self::Forbidden { .. } => "forbidden",
            Self::ContextOverflow { .. } => "context_overflow",
            Self::Unsupported { .. } => "unsupported",
            Self::Rejected { .. } => "rejected",
            Self::Server { .. } => "server",
            Self::Proxy { .. } => "proxy",
            Self::Transport { .. } => "transport",
            Self::Silent { .. } => "silent",
            Self::Incomplete => "incomplete",
            Self::Offline => "offline",
            Self::Cloud { .. } => "cloud",
            Self::NoHost { .. } => "no_host",
            Self::NoSuchHost { .. } => "no_such_host",
            Self::NoModel { .. } => "no_model",
            Self::Audit { .. } => "audit",
            Self::Options { .. } => "options",
        }
    }

    /// Whether the same call may well succeed in a moment.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Transport { connecting: true, reason } => !is_about_certificates(reason),
            Self::Busy { .. } | Self::Limited { .. } => true,
            Self::Proxy { status, .. } => matches!(status, 502..=504),
            _ => false,
        }
    }
}

/// Whether a connection was refused because of who is at the other end: that does not pass.
fn is_about_certificates(reason: &str) -> bool {
    reason.to_lowercase().contains("certificate")
}

impl Error {
    /// What went wrong and what to do, for people.
    pub fn sentence(&self) -> String {
        format!("{self}; {}", self.advice())
    }

    /// What the user can do, as a sentence without its end.
    pub fn advice(&self) -> String {
        let host = &self.host;
        match &self.failure {
            Failure::NotFound { model } => format!("`codecompass models pull {model}` fetches it"),
            Failure::NoSuchEndpoint { .. } => "update Ollama there, or check the path in the host's `url`".to_owned(),
            Failure::Busy { .. } => "try again in a moment, or raise OLLAMA_MAX_QUEUE on the host".to_owned(),
            Failure::Limited { .. } => {
                "try again in a moment; other programs that use the same login count too".to_owned()
            }
            Failure::Unauthorised => "check the host's token (`token_env`, `token_file` or `token_command`), or its \
                                      user and password, in `ollama.hosts`"
                .to_owned(),
            Failure::Forbidden { message } if message.is_empty() => {
                "if a proxy or tunnel leads there, let it set the Host header to `localhost`; otherwise ask its \
                 administrator for access"
                    .to_owned()
            }
            Failure::Forbidden { .. } => "ask its administrator for access".to_owned(),
            Failure::ContextOverflow { .. } => "send less, or raise `num_ctx` for this model".to_owned(),
            Failure::Unsupported { .. } => {
                "choose another model; `codecompass models list` shows what each can do".to_owned()
            }
            Failure::Rejected { .. } => "check the model's name and options".to_owned(),
            Failure::Server { .. } => "look into the host's log (`journalctl -u ollama`)".to_owned(),
            Failure::Proxy { status: 413, .. } => "raise the largest request that the proxy lets through".to_owned(),
            Failure::Proxy { status: 300..=399, .. } => {
                "use the address that it leads to, or a token with which no login is needed".to_owned()
            }
            Failure::Proxy { status: 502..=504, .. } => {
                "start Ollama behind the proxy, and let the proxy wait longer than a model takes to load".to_owned()
            }
            Failure::Proxy { .. } => format!("check that {host} is an Ollama host"),
            Failure::Transport { reason, .. } if reason.contains("CertificateRequired") => {
                "name the certificate that you were given with `client_cert` and `client_key` in `ollama.hosts`"
                    .to_owned()
            }
            Failure::Transport { reason, .. } if reason.contains("certificate expired") => {
                "its administrator has to renew it; if it is new, check this machine's clock".to_owned()
            }
            Failure::Transport { reason, .. } if reason.contains("not valid for name") => {
                "write the `url` in `ollama.hosts` with a name that the certificate has".to_owned()
            }
            Failure::Transport { reason, .. } if is_about_certificates(reason) => {
                "name the certificate of its authority with `ca_file` in `ollama.hosts`".to_owned()
            }
            Failure::Transport { connecting: true, .. } => {
                format!("start Ollama there (`ollama serve`), or check the address {host}")
            }
            Failure::Transport { .. } | Failure::Incomplete => "ask again; the host's log says why it ended".to_owned(),
            Failure::Silent { .. } => "check whether the host is overloaded or the model too large for it".to_owned(),
            Failure::Offline => "take away `--offline` or `privacy.offline` to use it".to_owned(),
            Failure::Cloud { .. } => {
                "choose a model that runs on the host, or set `privacy.allow_cloud_models = true`".to_owned()
            }
            Failure::NoHost { role, why, .. } if why.is_empty() => {
                format!("give a host in `ollama.hosts` the role `{role}`")
            }
            Failure::NoSuchHost { known } if known.is_empty() => "name one in `ollama.hosts`".to_owned(),
            Failure::NoSuchHost { known } => {
                let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                format!("behind the `@` of a model stands one of {}", known.join(", "))
            }
            Failure::NoModel { fetch, .. } => format!("`codecompass models pull {fetch}` fetches one"),
            Failure::NoHost { .. } => "`codecompass doctor` says what each host lacks".to_owned(),
            Failure::Audit { .. } => "let it be written, or take away `privacy.audit_log`".to_owned(),
            Failure::Options { .. } => "mend it in `ollama.hosts`".to_owned(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = &self.host;
        match &self.failure {
            Failure::NotFound { model } => write!(f, "model `{model}` is not installed on {host}"),
            Failure::NoSuchEndpoint { path } => write!(f, "{host} does not know /{path}"),
            Failure::Busy { .. } => write!(f, "{host} is busy"),
            Failure::Limited { .. } => write!(f, "{host} takes only so many requests of one user at once"),
            Failure::Unauthorised => write!(f, "{host} does not accept who we are"),
            Failure::Forbidden { message } if message.is_empty() => write!(f, "{host} forbids access"),
            Failure::Forbidden { message } => write!(f, "{host} forbids this: {message}"),
            Failure::ContextOverflow { sent: Some(sent), fits: Some(fits) } => {
                write!(f, "{sent} tokens were sent to {host}, but {fits} fit into the model's context")
            }
            Failure::ContextOverflow { .. } => {
                write!(f, "what was sent to {host} does not fit into the model's context")
            }
            Failure::Unsupported { model, what } => write!(f, "model `{model}` on {host} does not support {what}"),
            Failure::Rejected { message } => write!(f, "{host} refuses the request: {message}"),
            Failure::Server { message, .. } => write!(f, "{host} failed: {message}"),
            Failure::Proxy { status: status @ 502..=504, .. } => {
                write!(f, "the proxy at {host} gets no answer from Ollama (status {status})")
            }
            Failure::Proxy { status: 413, .. } => write!(f, "the proxy at {host} lets no request of this size through"),
            Failure::Proxy { status, snippet } if snippet.is_empty() => {
                write!(f, "something other than Ollama answered at {host} with status {status}")
            }
            Failure::Proxy { status, snippet } => {
                write!(f, "something other than Ollama answered at {host} with status {status}: {snippet}")
            }
            Failure::Transport { reason, .. } if reason.contains("certificate expired") => {
                write!(f, "{host} is not trusted: its certificate has expired")
            }
            Failure::Transport { reason, .. } if reason.contains("UnknownIssuer") => {
                write!(f, "{host} is not trusted: nobody here knows the authority that signed its certificate")
            }
            Failure::Transport { connecting: true, reason } => write!(f, "{host} cannot be reached: {reason}"),
            Failure::Transport { reason, .. } => {
                write!(f, "the connection to {host} broke before the answer was complete: {reason}")
            }
            Failure::Silent { waited, what } => {
                write!(f, "{host} was silent for {} s while we waited for {what}", waited.as_secs())
            }
            Failure::Incomplete => write!(f, "the answer of {host} ended before it was complete"),
            Failure::Offline => write!(f, "{host} is not used, because nothing may leave this machine"),
            Failure::Cloud { model } => {
                write!(f, "model `{model}` is not used, because {host} would pass everything on to Ollama's cloud")
            }
            Failure::NoHost { role, why, .. } if why.is_empty() => write!(f, "no host is configured for `{role}`"),
            Failure::NoSuchHost { .. } => write!(f, "there is no host `{host}`"),
            Failure::NoModel { role: "embed", .. } => write!(f, "{host} has no model that makes vectors"),
            Failure::NoModel { .. } => write!(f, "{host} has no model that can answer"),
            Failure::NoHost { why, .. } => f.write_str(&why.join("; ")),
            Failure::Audit { message } => write!(f, "nothing was sent to {host}: {message}"),
            Failure::Options { message } => write!(f, "{host} cannot be used: {message}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(failure: Failure) -> String {
        let error = Error { host: "https://gpu".to_owned(), failure };
        format!("{error}; {}", error.advice())
    }

    #[test]
    fn distrust_is_said_without_the_words_of_a_library() {
        for (reason, expected) in [
            (
                "invalid peer certificate: certificate expired: verification time 1795258142 (UNIX), but ...",
                "https://gpu is not trusted: its certificate has expired; its administrator has to renew it; if it is \
                 new, check this machine's clock",
            ),
            (
                "invalid peer certificate: UnknownIssuer",
                "https://gpu is not trusted: nobody here knows the authority that signed its certificate; name the \
                 certificate of its authority with `ca_file` in `ollama.hosts`",
            ),
        ] {
            assert_eq!(said(Failure::Transport { connecting: true, reason: reason.to_owned() }), expected);
        }
    }

    #[test]
    fn a_proxy_is_told_from_a_stranger() {
        let proxy = |status| said(Failure::Proxy { status, snippet: "Bad Gateway nginx".to_owned() });
        assert!(proxy(502).starts_with("the proxy at https://gpu gets no answer from Ollama (status 502); "));
        assert!(proxy(413).starts_with("the proxy at https://gpu lets no request of this size through; "));
        assert!(proxy(200).starts_with("something other than Ollama answered at https://gpu with status 200: Bad"));
    }

    #[test]
    fn an_answer_that_was_cut_off_is_incomplete() {
        let cut = Failure::Transport { connecting: false, reason: "connection reset".to_owned() };
        assert!(said(cut).starts_with("the connection to https://gpu broke before the answer was complete: "));
    }
}
