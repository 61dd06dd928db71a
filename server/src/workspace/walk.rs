//! TEMPORARY
use std::path::Path;
use codecompass_core::skip::SkipReason;
#[derive(Debug, Clone)] pub struct FileEntry { pub path: String, pub size: u64, pub mtime_ns: i64 }
#[derive(Debug, Default)] pub struct Walk { pub files: Vec<FileEntry>, pub skipped: Vec<(String, SkipReason)> }
pub fn read(root: &Path, key: &str, _max: u64) -> Result<Vec<u8>, SkipReason> { std::fs::read(root.join(key)).map_err(|e| SkipReason::Unreadable { error: e.to_string() }) }
