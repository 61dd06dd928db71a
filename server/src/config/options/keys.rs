//! The table of settings.

use super::{Key, Kind, Scope, Value};
use crate::config::settings::{LogLevel, Provider, Think, Watcher};

/// A setting that is a text.
macro_rules! text {
    ($name:literal, $about:literal, $kind:expr, $why:expr, $group:ident . $field:ident) => {
        Key {
            name: $name,
            about: $about,
            kind: $kind,
            scope: Scope::User($why),
            when_bad: None,
            get: |settings| Value::Text(settings.$group.$field.clone()),
            set: |settings, value| {
                if let Value::Text(text) = value {
                    settings.$group.$field = text;
                }
            },
        }
    };
}

/// A setting that is a number of things.
macro_rules! count {
    ($name:literal, $about:literal, $most:literal, $why:expr, $group:ident . $field:ident) => {
        Key {
            name: $name,
            about: $about,
            kind: Kind::Count($most),
            scope: Scope::User($why),
            when_bad: None,
            get: |settings| Value::Count(settings.$group.$field),
            set: |settings, value| {
                if let Value::Count(count) = value {
                    settings.$group.$field = count;
                }
            },
        }
    };
}

pub(super) const MACHINE: &str = "how much of this machine is used is its owner's choice";
pub(super) const NETWORK: &str = "a cloned repository must not decide where code is sent";
pub(super) const PRIVACY: &str = "a cloned repository must not decide what leaves this machine";
pub(super) const PERSONAL: &str = "it is the user's choice, not the project's";

/// All settings, in the order in which they are shown.
pub static KEYS: &[Key] = &[
    Key {
        name: "index.include",
        about: "Files to index although an ignore rule leaves them out.",
        kind: Kind::Globs,
        scope: Scope::Project,
        when_bad: None,
        get: |settings| Value::Globs(settings.index.include.clone()),
        set: |settings, value| {
            if let Value::Globs(globs) = value {
                settings.index.include = globs;
            }
        },
    },
    Key {
        name: "index.exclude",
        about: "Files to leave out, on top of the ignore rules.",
        kind: Kind::Globs,
        scope: Scope::Project,
        when_bad: None,
        get: |settings| Value::Globs(settings.index.exclude.clone()),
        set: |settings, value| {
            if let Value::Globs(globs) = value {
                settings.index.exclude = globs;
            }
        },
    },
    Key {
        name: "index.max_file_bytes",
        about: "Larger files are left out; `why FILE` says so.",
        kind: Kind::Size,
        scope: Scope::Project,
        when_bad: None,
        get: |settings| Value::Size(settings.index.max_file_bytes),
        set: |settings, value| {
            if let Value::Size(bytes) = value {
                settings.index.max_file_bytes = bytes;
            }
        },
    },
    Key {
        name: "index.threads",
        about: "Threads used for indexing; 0 means one for each core.",
        kind: Kind::Count(1024),
        scope: Scope::User(MACHINE),
        when_bad: None,
        get: |settings| Value::Count(settings.index.threads),
        set: |settings, value| {
            if let Value::Count(count) = value {
                settings.index.threads = count;
            }
        },
    },
    Key {
        name: "index.disk_budget",
        about: "What all indexes in the cache folder may take together; beyond it the least used are deleted.",
        kind: Kind::Size,
        scope: Scope::User(MACHINE),
        when_bad: None,
        get: |settings| Value::Size(settings.index.disk_budget),
        set: |settings, value| {
            if let Value::Size(bytes) = value {
                settings.index.disk_budget = bytes;
            }
        },
    },
    Key {
        name: "index.watcher",
        about: "How a server notices changes on disk: by the system, by looking from time to time, or as fits.",
        kind: Kind::Word(&["auto", "native", "polling"]),
        scope: Scope::User(MACHINE),
        when_bad: None,
        get: |settings| Value::Word(settings.index.watcher.as_str()),
        set: |settings, value| {
            if let Value::Word(word) = value {
                settings.index.watcher = Watcher::parse(word).unwrap_or_default();
            }
        },
    },
    Key {
        name: "embedding.provider",
        about: "Who turns text into vectors: the model inside the binary, or a model on the hosts with the role `embed`.",
        kind: Kind::Word(&["builtin", "ollama"]),
        scope: Scope::User(NETWORK),
        when_bad: None,
        get: |settings| Value::Word(settings.embedding.provider.as_str()),
        set: |settings, value| {
            if let Value::Word(word) = value {
                settings.embedding.provider = Provider::parse(word).unwrap_or_default();
            }
        },
    },
    text!(
        "embedding.model",
        "The model that makes vectors when the provider is `ollama`; empty: the best known one that the hosts have.",
        Kind::Model,
        NETWORK,
        embedding.model
    ),
    text!(
        "embedding.query_template",
        "What is sent for a question, with `{text}` in its place; empty: as the model's family wants it.",
        Kind::Template,
        NETWORK,
        embedding.query_template
    ),
    text!(
        "embedding.document_template",
        "What is sent for a piece of code, with `{text}` in its place; empty: as the model's family wants it.",
        Kind::Template,
        NETWORK,
        embedding.document_template
    ),
    text!(
        "embedding.keep_alive",
        "How long a host keeps the model for vectors loaded after its last use.",
        Kind::Duration,
        NETWORK,
        embedding.keep_alive
    ),
    Key {
        name: "ollama.hosts",
        about: "Where language models run, the preferred host first; see [below](#model-hosts).",
        kind: Kind::Hosts,
        scope: Scope::User(NETWORK),
        when_bad: None,
        get: |settings| Value::Hosts(settings.ollama.hosts.clone()),
        set: |settings, value| {
            if let Value::Hosts(hosts) = value {
                settings.ollama.hosts = hosts;
            }
        },
    },
    text!(
        "chat.model",
        "The model that answers questions; empty: the best known one that the hosts have.",
        Kind::Model,
        NETWORK,
        chat.model
    ),
    count!(
        "chat.num_ctx",
        "Tokens that the model reads at once; 0: what the host gives it, but at most 32768. One number for each model: the larger one of `chat` and `explain` counts.",
        16_777_216,
        NETWORK,
        chat.num_ctx
    ),
    count!(
        "chat.num_predict",
        "The longest answer, in tokens; 0: up to a quarter of the context.",
        1_048_576,
        NETWORK,
        chat.num_predict
    ),
    Key {
        name: "chat.temperature",
        about: "How freely the model words an answer: from 0, always the likeliest, to 2.",
        kind: Kind::UpToTwo,
        scope: Scope::User(NETWORK),
        when_bad: None,
        get: |settings| Value::Hundredths(settings.chat.temperature),
        set: |settings, value| {
            if let Value::Hundredths(number) = value {
                settings.chat.temperature = number;
            }
        },
    },
    Key {
        name: "chat.think",
        about: "Whether a model that can reasons before an answer: `auto` leaves it to the model.",
        kind: Kind::Word(Think::WORDS),
        scope: Scope::User(NETWORK),
        when_bad: None,
        get: |settings| Value::Word(settings.chat.think.as_str()),
        set: |settings, value| {
            if let Value::Word(word) = value {
                settings.chat.think = Think::parse(word).unwrap_or_default();
            }
        },
    },
    text!(
        "chat.keep_alive",
        "How long a host keeps the model loaded after an answer.",
        Kind::Duration,
        NETWORK,
        chat.keep_alive
    ),
    text!(
        "chat.rewrite_model",
        "The model that first makes a question which leans on earlier ones stand alone, for the search; empty: none, which is quicker and does well by rules.",
        Kind::Model,
        NETWORK,
        routing.rewrite_model
    ),
    text!(
        "explain.model",
        "The model that explains code; empty: that of `chat.model`.",
        Kind::Model,
        NETWORK,
        explain.model
    ),
    count!(
        "explain.num_ctx",
        "Tokens that the model reads at once; 0: what the host gives it, but at most 32768. One number for each model: the larger one of `chat` and `explain` counts.",
        16_777_216,
        NETWORK,
        explain.num_ctx
    ),
    count!(
        "explain.num_predict",
        "The longest answer, in tokens; 0: up to a quarter of the context.",
        1_048_576,
        NETWORK,
        explain.num_predict
    ),
    Key {
        name: "explain.temperature",
        about: "How freely the model words an explanation: from 0, always the likeliest, to 2.",
        kind: Kind::UpToTwo,
        scope: Scope::User(NETWORK),
        when_bad: None,
        get: |settings| Value::Hundredths(settings.explain.temperature),
        set: |settings, value| {
            if let Value::Hundredths(number) = value {
                settings.explain.temperature = number;
            }
        },
    },
    Key {
        name: "explain.think",
        about: "Whether a model that can reasons before an explanation, which takes longer: `auto` leaves it to the model.",
        kind: Kind::Word(Think::WORDS),
        scope: Scope::User(NETWORK),
        when_bad: None,
        get: |settings| Value::Word(settings.explain.think.as_str()),
        set: |settings, value| {
            if let Value::Word(word) = value {
                settings.explain.think = Think::parse(word).unwrap_or_default();
            }
        },
    },
    text!(
        "explain.keep_alive",
        "How long a host keeps the model loaded after an explanation.",
        Kind::Duration,
        NETWORK,
        explain.keep_alive
    ),
    text!(
        "explain.brief_model",
        "The model that explains in a sentence or two, for hovers; empty: that of `explain.model`.",
        Kind::Model,
        NETWORK,
        routing.brief_model
    ),
    Key {
        name: "privacy.offline",
        about: "No network at all, except to hosts on this machine. A value that makes no sense counts as true.",
        kind: Kind::Flag,
        scope: Scope::User(PRIVACY),
        when_bad: Some(Value::Flag(true)),
        get: |settings| Value::Flag(settings.privacy.offline),
        set: |settings, value| {
            if let Value::Flag(flag) = value {
                settings.privacy.offline = flag;
            }
        },
    },
    Key {
        name: "privacy.allow_cloud_models",
        about: "Models may be used that a host only passes on to Ollama's cloud.",
        kind: Kind::Flag,
        scope: Scope::User(PRIVACY),
        when_bad: None,
        get: |settings| Value::Flag(settings.privacy.allow_cloud_models),
        set: |settings, value| {
            if let Value::Flag(flag) = value {
                settings.privacy.allow_cloud_models = flag;
            }
        },
    },
    Key {
        name: "privacy.redact_secrets",
        about: "Keys, tokens and passwords in code are taken out of what is sent to another machine.",
        kind: Kind::Flag,
        scope: Scope::User(PRIVACY),
        when_bad: None,
        get: |settings| Value::Flag(settings.privacy.redact_secrets),
        set: |settings, value| {
            if let Value::Flag(flag) = value {
                settings.privacy.redact_secrets = flag;
            }
        },
    },
    text!(
        "privacy.audit_log",
        "A file to which a line is added for each request to a host: when, where, which model and files, how much, never what.",
        Kind::Path,
        PRIVACY,
        privacy.audit_log
    ),
    Key {
        name: "editor.hover",
        about: "Facts from the index when the pointer rests on a name.",
        kind: Kind::Flag,
        scope: Scope::User(PERSONAL),
        when_bad: None,
        get: |settings| Value::Flag(settings.editor.hover),
        set: |settings, value| {
            if let Value::Flag(flag) = value {
                settings.editor.hover = flag;
            }
        },
    },
    Key {
        name: "editor.code_lens",
        about: "A line above each definition that says how often it is referred to.",
        kind: Kind::Flag,
        scope: Scope::User(PERSONAL),
        when_bad: None,
        get: |settings| Value::Flag(settings.editor.code_lens),
        set: |settings, value| {
            if let Value::Flag(flag) = value {
                settings.editor.code_lens = flag;
            }
        },
    },
    Key {
        name: "log.level",
        about: "The least important messages that are still written to standard error; `-v` raises it.",
        kind: Kind::Word(&["off", "error", "warn", "info", "debug", "trace"]),
        scope: Scope::User(PERSONAL),
        when_bad: None,
        get: |settings| Value::Word(settings.log.level.as_str()),
        set: |settings, value| {
            if let Value::Word(word) = value {
                settings.log.level = LogLevel::parse(word).unwrap_or_default();
            }
        },
    },
];
