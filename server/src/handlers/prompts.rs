//! The prompt files: those in the binary, and those that the user put into `prompts/` of the configuration folder. A
//! repository has no say in them.

use std::{collections::BTreeMap, fs, io::ErrorKind, path::Path};

use codecompass_core::prompt::template::{Slot, Template};

/// What a prompt is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A question about the code.
    Question,
    /// An explanation of code.
    Explain,
    /// An explanation of a problem that a tool reports.
    Problem,
    /// A short explanation.
    Quick,
    /// A question that leans on earlier ones, made one that stands alone.
    Rewrite,
}

impl Kind {
    /// All there are.
    pub const ALL: [Self; 5] = [Self::Question, Self::Explain, Self::Problem, Self::Quick, Self::Rewrite];

    /// The name of its file.
    pub fn file(self) -> &'static str {
        match self {
            Self::Question => "question.md",
            Self::Explain => "explain.md",
            Self::Problem => "problem.md",
            Self::Quick => "quick.md",
            Self::Rewrite => "rewrite.md",
        }
    }

    /// The file in the binary.
    pub fn built_in(self) -> &'static str {
        match self {
            Self::Question => include_str!("../../prompts/question.md"),
            Self::Explain => include_str!("../../prompts/explain.md"),
            Self::Problem => include_str!("../../prompts/problem.md"),
            Self::Quick => include_str!("../../prompts/quick.md"),
            Self::Rewrite => include_str!("../../prompts/rewrite.md"),
        }
    }

    /// The places without which it would ask for nothing.
    pub fn required(self) -> &'static [Slot] {
        match self {
            Self::Question => &[Slot::Question, Slot::Sources],
            Self::Explain | Self::Quick => &[Slot::Subject, Slot::Sources],
            Self::Problem => &[Slot::Subject, Slot::Facts, Slot::Sources],
            Self::Rewrite => &[Slot::Question, Slot::History],
        }
    }
}

/// All prompt files, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompts {
    templates: BTreeMap<Kind, Template>,
    /// What is wrong with the user's files, a sentence each; the ones in the binary are used in their place.
    pub mistakes: Vec<String>,
}

impl Default for Prompts {
    fn default() -> Self {
        Self::load(None)
    }
}

impl Prompts {
    /// Those in the binary, or in `folder` (the `prompts` folder beside the user's configuration file) where there are some.
    pub fn load(folder: Option<&Path>) -> Self {
        let mut mistakes = Vec::new();
        let read = Kind::ALL.map(|kind| {
            let own = folder.and_then(|folder| own(kind, &folder.join(kind.file()), &mut mistakes));
            (kind, own.unwrap_or_else(|| built_in(kind)))
        });
        Self { templates: BTreeMap::from(read), mistakes }
    }

    /// The prompt file for this.
    pub fn of(&self, kind: Kind) -> &Template {
        &self.templates[&kind]
    }
}

fn built_in(kind: Kind) -> Template {
    Template::parse(kind.built_in(), kind.required()).expect("a test reads all prompt files of the binary")
}

/// The user's file, if there is one that can be used.
fn own(kind: Kind, path: &Path, mistakes: &mut Vec<String>) -> Option<Template> {
    let read = match fs::read(path) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned()),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return None,
        Err(error) => Err(error.to_string()),
    };
    let parsed = read.and_then(|file| Template::parse(&file, kind.required()).map_err(|error| error.to_string()));
    match parsed {
        Ok(template) => Some(template),
        Err(error) => {
            let path = path.display();
            mistakes.push(format!("the prompt file {path} is not used: {error}; the built-in one is used instead"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn the_files_of_the_binary_are_right() {
        for kind in Kind::ALL {
            Template::parse(kind.built_in(), kind.required()).unwrap();
            assert!(kind.built_in().contains("<!--"), "{kind:?} says what it is for");
        }
        let prompts = Prompts::default();
        assert!(prompts.mistakes.is_empty());
        for kind in [Kind::Question, Kind::Explain, Kind::Problem] {
            assert!(prompts.of(kind).has(Slot::Facts) && prompts.of(kind).has(Slot::Question), "{kind:?}");
        }
    }

    #[test]
    fn the_users_file_is_used_and_a_broken_one_is_said_once() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("explain.md"), "# user\n{{sources}}\nExplain {{subject}} in verse.\n").unwrap();
        fs::write(folder.path().join("question.md"), "# user\n{{sources}}\n{{qestion}}\n").unwrap();
        fs::write(folder.path().join("quick.md"), b"\xFF\xFE").unwrap();
        let prompts = Prompts::load(Some(folder.path()));
        assert_eq!(prompts.of(Kind::Explain).sections.len(), 1);
        assert_eq!(prompts.of(Kind::Question), Prompts::default().of(Kind::Question));
        let [question, quick] = prompts.mistakes.as_slice() else { panic!("{:?}", prompts.mistakes) };
        assert!(question.contains("question.md is not used: line 3 has `{{qestion}}`"), "{question}");
        assert!(quick.ends_with("it is not UTF-8; the built-in one is used instead"), "{quick}");
    }
}
