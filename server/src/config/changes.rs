//! What a change of the settings touches, so that nothing is done again for nothing.

use super::settings::{IndexSettings, LogSettings, Settings};

/// What differs between two settings, by what has to be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is the answer to a question of its own")]
pub struct Changes {
    /// Which files are indexed: the folder has to be walked again.
    pub index_rules: bool,
    /// How many threads index.
    pub threads: bool,
    /// How much room all indexes may take.
    pub disk_budget: bool,
    /// How changes on disk are noticed: the watcher has to be started again.
    pub watcher: bool,
    /// How text becomes vectors: another index is needed.
    pub embedding: bool,
    /// Where language models run.
    pub hosts: bool,
    /// How questions are answered and code is explained.
    pub generation: bool,
    /// What may leave this machine.
    pub privacy: bool,
    /// What an editor shows without being asked.
    pub editor: bool,
    /// How much is logged.
    pub log: bool,
}

impl Changes {
    /// Whether anything differs.
    pub fn any(self) -> bool {
        self != Self::default()
    }
}

/// What differs between `old` and `new`.
pub fn changed(old: &Settings, new: &Settings) -> Changes {
    // Taken apart by name, so that a new setting cannot be forgotten here.
    let Settings { index, embedding, ollama, chat, explain, routing, privacy, editor, log } = old;
    let IndexSettings { include, exclude, max_file_bytes, threads, disk_budget, watcher } = index;
    let LogSettings { level } = log;
    Changes {
        index_rules: (include, exclude, max_file_bytes)
            != (&new.index.include, &new.index.exclude, &new.index.max_file_bytes),
        threads: *threads != new.index.threads,
        disk_budget: *disk_budget != new.index.disk_budget,
        watcher: *watcher != new.index.watcher,
        embedding: *embedding != new.embedding,
        hosts: *ollama != new.ollama,
        generation: (chat, explain, routing) != (&new.chat, &new.explain, &new.routing),
        privacy: *privacy != new.privacy,
        editor: *editor != new.editor,
        log: *level != new.log.level,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{
        options::{KEYS, Kind, Value},
        settings::LogLevel,
    };

    #[test]
    fn every_setting_that_changes_is_noticed() {
        for key in KEYS {
            let old = Settings::default();
            let mut new = old.clone();
            let other = match key.value(&old) {
                Value::Globs(_) => Value::Globs(vec!["x".to_owned()]),
                Value::Size(bytes) => Value::Size(bytes + 1),
                Value::Count(count) => Value::Count(count + 1),
                Value::Flag(flag) => Value::Flag(!flag),
                Value::Word(word) => {
                    let Kind::Word(words) = key.kind else { unreachable!("only words are words") };
                    Value::Word(words.iter().find(|other| **other != word).expect("there is a choice"))
                }
                Value::Text(text) => Value::Text(text + "x"),
                Value::Hundredths(number) => Value::Hundredths(number + 1),
                Value::Hosts(_) => Value::Hosts(vec![]),
            };
            (key.set)(&mut new, other);
            assert_ne!(old, new, "{}", key.name);
            assert!(changed(&old, &new).any(), "{}", key.name);
        }
        assert!(!changed(&Settings::default(), &Settings::default()).any());
    }

    #[test]
    fn a_louder_log_touches_nothing_else() {
        let mut new = Settings::default();
        new.log.level = LogLevel::Debug;
        assert_eq!(changed(&Settings::default(), &new), Changes { log: true, ..Changes::default() });
    }
}
