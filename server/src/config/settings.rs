//! Settings as meant: resolved, checked, ready for use by the code.

use codecompass_ollama::options::HostOptions;

use super::hosts::default_hosts;

/// Everything the engine can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What is indexed and how.
    pub index: IndexSettings,
    /// How text becomes vectors.
    pub embedding: EmbeddingSettings,
    /// Where language models run.
    pub ollama: OllamaSettings,
    /// How questions are answered.
    pub chat: GenerationSettings,
    /// How code is explained.
    pub explain: GenerationSettings,
    /// Which models do the small things on the way.
    pub routing: RoutingSettings,
    /// What may leave this machine.
    pub privacy: PrivacySettings,
    /// What an editor shows without being asked.
    pub editor: EditorSettings,
    /// What is written to the log.
    pub log: LogSettings,
}

impl Default for Settings {
    fn default() -> Self {
        let chat = GenerationSettings::default();
        Self {
            index: IndexSettings::default(),
            embedding: EmbeddingSettings::default(),
            ollama: OllamaSettings::default(),
            explain: GenerationSettings { think: Think::Off, ..chat.clone() },
            chat,
            routing: RoutingSettings::default(),
            privacy: PrivacySettings::default(),
            editor: EditorSettings::default(),
            log: LogSettings::default(),
        }
    }
}

/// What is indexed and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexSettings {
    /// Globs of files that are indexed although an ignore rule says otherwise.
    pub include: Vec<String>,
    /// Globs of files that are not indexed.
    pub exclude: Vec<String>,
    /// Larger files are skipped, in bytes.
    pub max_file_bytes: u64,
    /// Threads used for indexing; 0 means one a core.
    pub threads: usize,
    /// Bytes that all indexes in the cache folder together may take.
    pub disk_budget: u64,
    /// How a server notices changes on disk.
    pub watcher: Watcher,
}

impl IndexSettings {
    /// Threads to index with.
    pub fn thread_count(&self) -> usize {
        if self.threads > 0 { self.threads } else { std::thread::available_parallelism().map_or(1, usize::from) }
    }
}

impl Default for IndexSettings {
    fn default() -> Self {
        Self {
            include: Vec::new(),
            exclude: Vec::new(),
            max_file_bytes: 1 << 20,
            threads: 0,
            disk_budget: 10 << 30,
            watcher: Watcher::default(),
        }
    }
}

/// How a server notices changes on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Watcher {
    /// By the system where it can, by looking where it cannot.
    #[default]
    Auto,
    /// By the system only.
    Native,
    /// By looking from time to time.
    Polling,
}

impl Watcher {
    /// Whether the user wants nobody to watch.
    pub fn is_polling(self) -> bool {
        self == Self::Polling
    }

    /// All there are.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Native, Self::Polling];

    /// The word used in settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Native => "native",
            Self::Polling => "polling",
        }
    }

    /// The one of that name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|watcher| watcher.as_str() == word)
    }
}

/// How text becomes vectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbeddingSettings {
    /// Who makes the vectors.
    pub provider: Provider,
    /// The model on the hosts; empty: chosen from what they have.
    pub model: String,
    /// What is sent for a question, `{text}` being the question; empty: as the model's family wants it.
    pub query_template: String,
    /// What is sent for a piece of code, `{text}` being the code; empty: as the model's family wants it.
    pub document_template: String,
    /// How long the model stays loaded, as Ollama reads it.
    pub keep_alive: String,
}

impl Default for EmbeddingSettings {
    fn default() -> Self {
        Self {
            provider: Provider::default(),
            model: String::new(),
            query_template: String::new(),
            document_template: String::new(),
            keep_alive: "30m".to_owned(),
        }
    }
}

/// Who makes the vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Provider {
    /// The model inside the binary.
    #[default]
    Builtin,
    /// A model on the hosts with the role `embed`.
    Ollama,
}

impl Provider {
    /// The word used in settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::Ollama => "ollama",
        }
    }

    /// The one of that name.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Builtin, Self::Ollama].into_iter().find(|provider| provider.as_str() == word)
    }
}

/// How a model writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenerationSettings {
    /// The model; empty: chosen from what the hosts have, or that of `chat` for `explain`.
    pub model: String,
    /// Tokens that the model reads at once; 0: as the host has it.
    pub num_ctx: usize,
    /// The longest answer in tokens; 0: a share of the context.
    pub num_predict: usize,
    /// In hundredths.
    pub temperature: u16,
    /// Whether the model reasons first.
    pub think: Think,
    /// How long the model stays loaded, as Ollama reads it.
    pub keep_alive: String,
}

impl Default for GenerationSettings {
    fn default() -> Self {
        Self {
            model: String::new(),
            num_ctx: 0,
            num_predict: 0,
            temperature: 20,
            think: Think::default(),
            keep_alive: "30m".to_owned(),
        }
    }
}

/// Which models do the small things on the way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoutingSettings {
    /// The model that explains in a sentence or two; empty: that which explains at length.
    pub brief_model: String,
    /// The model that makes questions stand alone before code is looked for; empty: none does.
    pub rewrite_model: String,
}

/// Whether a model reasons before it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Think {
    /// As the model does by itself.
    #[default]
    Auto,
    /// No.
    Off,
    /// Yes.
    On,
    /// A little, for models that know degrees.
    Low,
    /// More.
    Medium,
    /// Much.
    High,
}

impl Think {
    /// The words used in settings.
    pub const WORDS: &[&str] = &["auto", "off", "on", "low", "medium", "high"];
    const ALL: [Self; 6] = [Self::Auto, Self::Off, Self::On, Self::Low, Self::Medium, Self::High];

    /// The word used in settings.
    pub fn as_str(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    /// The one of that name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|think| think.as_str() == word)
    }
}

/// Where language models run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OllamaSettings {
    /// The hosts, the preferred one first.
    pub hosts: Vec<HostOptions>,
}

impl Default for OllamaSettings {
    fn default() -> Self {
        Self { hosts: default_hosts() }
    }
}

/// What may leave this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivacySettings {
    /// No network at all, not even to configured hosts.
    pub offline: bool,
    /// Models that a host only passes on to Ollama's cloud may be used.
    pub allow_cloud_models: bool,
    /// Secrets in code are taken out of what is sent to another machine.
    pub redact_secrets: bool,
    /// The file to which a line is added for each request; empty: none.
    pub audit_log: String,
}

impl Default for PrivacySettings {
    fn default() -> Self {
        Self { offline: false, allow_cloud_models: false, redact_secrets: true, audit_log: String::new() }
    }
}

/// What an editor shows without being asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditorSettings {
    /// Facts from the index when the pointer rests on a name.
    pub hover: bool,
    /// A line above each definition that says how often it is referred to.
    pub code_lens: bool,
}

impl Default for EditorSettings {
    fn default() -> Self {
        Self { hover: true, code_lens: false }
    }
}

/// What is written to the log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogSettings {
    /// The least important messages that are still written.
    pub level: LogLevel,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What failed.
    Error,
    /// What failed or was worked around.
    #[default]
    Warn,
    /// What was done.
    Info,
    /// How it was done.
    Debug,
    /// Every step.
    Trace,
}

impl LogLevel {
    /// From the quietest to the loudest.
    pub const ALL: [Self; 6] = [Self::Off, Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    /// The word used in settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }

    /// The level of that name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == word)
    }
}
