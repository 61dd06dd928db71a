//! Settings as meant: resolved, checked, ready for use by the code.

/// Everything the engine can be told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// What is indexed and how.
    pub index: IndexSettings,
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
}

impl Default for IndexSettings {
    fn default() -> Self {
        Self { include: Vec::new(), exclude: Vec::new(), max_file_bytes: 1 << 20, threads: 0, disk_budget: 10 << 30 }
    }
}
