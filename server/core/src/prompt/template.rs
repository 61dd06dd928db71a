//! Prompts as files: sections for the roles, with named places for what is filled in.
//!
//! ```text
//! <!-- What this prompt is for; comments at the top are not sent. -->
//! # system
//! You explain code ...
//! # user
//! {{sources}}
//! {{question}}
//! ```

use super::Role;

/// A longer file is no prompt, in bytes.
const LONGEST: usize = 32 << 10;

/// What is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// The user's words.
    Question,
    /// The numbered pieces of code.
    Sources,
    /// What is to be explained, in a line.
    Subject,
    /// Where the user is in the editor.
    Editor,
    /// Problems, commits, changes: text that is not cited by number.
    Facts,
    /// Earlier turns that were shortened.
    History,
}

impl Slot {
    /// All there are.
    pub const ALL: [Self; 6] = [Self::Question, Self::Sources, Self::Subject, Self::Editor, Self::Facts, Self::History];

    /// The name between the braces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Sources => "sources",
            Self::Subject => "subject",
            Self::Editor => "editor",
            Self::Facts => "facts",
            Self::History => "history",
        }
    }
}

/// A prompt file, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The sections, in order.
    pub sections: Vec<(Role, Vec<Piece>)>,
}

/// A part of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Said as it stands.
    Text(String),
    /// Filled in.
    Slot(Slot),
}

/// What is wrong with a prompt file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Too long.
    #[error("it has {0} bytes and at most {LONGEST} are read")]
    TooLong(usize),
    /// A heading that is no role.
    #[error("line {line} says `# {found}`; the sections are `# system` and `# user`")]
    UnknownSection {
        /// From 1.
        line: usize,
        /// What it says.
        found: String,
    },
    /// Text before the first section.
    #[error("line {0} stands before the first section; begin with `# system`")]
    NoSection(usize),
    /// No user section.
    #[error("it has no section `# user`")]
    NoUser,
    /// A name that means nothing.
    #[error("line {line} has `{{{{{found}}}}}`; the places are {places}", places = Slot::ALL.map(|slot| format!("{{{{{}}}}}", slot.as_str())).join(", "))]
    UnknownPlace {
        /// From 1.
        line: usize,
        /// What it says.
        found: String,
    },
    /// A place that has to be there.
    #[error("it has no place `{{{{{0}}}}}`, without which the model would not know what it is about")]
    MissingPlace(&'static str),
    /// A place named twice.
    #[error("it has the place `{{{{{0}}}}}` twice")]
    PlaceTwice(&'static str),
}

impl Template {
    /// Reads a prompt file that must have the places `required`.
    pub fn parse(file: &str, required: &[Slot]) -> Result<Self, TemplateError> {
        if file.len() > LONGEST {
            return Err(TemplateError::TooLong(file.len()));
        }
        let file = file.replace("\r\n", "\n");
        let mut sections: Vec<(Role, String, usize)> = Vec::new();
        let mut in_comment = false;
        for (number, line) in file.lines().enumerate() {
            let line_number = number + 1;
            if sections.is_empty() {
                in_comment |= line.trim_start().starts_with("<!--");
                if in_comment {
                    in_comment = !line.contains("-->");
                    continue;
                }
            }
            match line.strip_prefix("# ").map(str::trim) {
                Some("system") => sections.push((Role::System, String::new(), line_number)),
                Some("user") => sections.push((Role::User, String::new(), line_number)),
                Some(other) => {
                    return Err(TemplateError::UnknownSection { line: line_number, found: other.to_owned() });
                }
                None => match sections.last_mut() {
                    Some((_, text, _)) => {
                        text.push_str(line);
                        text.push('\n');
                    }
                    None if line.trim().is_empty() => {}
                    None => return Err(TemplateError::NoSection(line_number)),
                },
            }
        }
        if !sections.iter().any(|(role, ..)| *role == Role::User) {
            return Err(TemplateError::NoUser);
        }
        let mut seen: Vec<Slot> = Vec::new();
        let mut read = Vec::new();
        for (role, text, first) in sections {
            let blank = text.len() - text.trim_start_matches('\n').len();
            read.push((role, pieces(text.trim_matches('\n'), first + 1 + blank, &mut seen)?));
        }
        match required.iter().find(|slot| !seen.contains(slot)) {
            Some(missing) => Err(TemplateError::MissingPlace(missing.as_str())),
            None => Ok(Self { sections: read }),
        }
    }

    /// Whether it has a place for this.
    pub fn has(&self, slot: Slot) -> bool {
        self.sections.iter().any(|(_, pieces)| pieces.contains(&Piece::Slot(slot)))
    }
}

fn pieces(text: &str, first: usize, seen: &mut Vec<Slot>) -> Result<Vec<Piece>, TemplateError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, name, after)) = rest
        .split_once("{{")
        .and_then(|(before, after)| after.split_once("}}").map(|(name, after)| (before, name, after)))
    {
        let name = name.trim();
        let Some(slot) = Slot::ALL.into_iter().find(|slot| slot.as_str() == name) else {
            let line = first + text[..text.len() - rest.len() + before.len()].matches('\n').count();
            return Err(TemplateError::UnknownPlace { line, found: name.chars().take(40).collect() });
        };
        if seen.contains(&slot) {
            return Err(TemplateError::PlaceTwice(slot.as_str()));
        }
        seen.push(slot);
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        pieces.push(Piece::Slot(slot));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn sections_and_places_are_read() {
        let file = "<!-- for tests,\n not sent -->\n# system\n\nBe short.\n\n# user\n{{sources}}\nQ: {{ question }}\n";
        let template = Template::parse(file, &[Slot::Question]).unwrap();
        assert_eq!(template.sections[0], (Role::System, vec![Piece::Text("Be short.".to_owned())]));
        let user = vec![Piece::Slot(Slot::Sources), Piece::Text("\nQ: ".to_owned()), Piece::Slot(Slot::Question)];
        assert_eq!(template.sections[1], (Role::User, user));
        assert!(!template.has(Slot::Facts));
    }

    #[test]
    fn what_is_wrong_is_said_in_a_sentence() {
        let wrong = |file: &str| Template::parse(file, &[Slot::Sources]).unwrap_err().to_string();
        assert_eq!(
            wrong("# user\n\n{{soruces}}"),
            "line 3 has `{{soruces}}`; the places are {{question}}, {{sources}}, {{subject}}, {{editor}}, {{facts}}, {{history}}"
        );
        assert_eq!(wrong("hello"), "line 1 stands before the first section; begin with `# system`");
        assert_eq!(wrong("# system\nx"), "it has no section `# user`");
        assert_eq!(wrong("# tools\nx"), "line 1 says `# tools`; the sections are `# system` and `# user`");
        assert!(wrong("# user\nx").contains("no place `{{sources}}`"));
        assert!(wrong("# user\n{{sources}}{{sources}}").contains("twice"));
        assert!(wrong(&"x".repeat(40_000)).contains("40000 bytes"));
    }
}
