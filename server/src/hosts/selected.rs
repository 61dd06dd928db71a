//! Models that were chosen for as long as a process runs, in the place of those in the settings.

use crate::config::settings::Settings;

/// What a model is chosen for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Work {
    /// Answers questions.
    #[default]
    Chat,
    /// Explains code.
    Explain,
    /// Makes vectors.
    Embed,
}

impl Work {
    /// The one of that name.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "chat" => Self::Chat,
            "explain" => Self::Explain,
            "embed" => Self::Embed,
            _ => return None,
        })
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Explain => "explain",
            Self::Embed => "embed",
        }
    }

    /// The setting that chooses the same for good.
    pub fn setting(self) -> &'static str {
        match self {
            Self::Chat => "chat.model",
            Self::Explain => "explain.model",
            Self::Embed => "embedding.model",
        }
    }
}

/// The models that were chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selected {
    chat: Option<String>,
    explain: Option<String>,
    embed: Option<String>,
}

impl Selected {
    /// A model for one kind of work.
    pub fn one(work: Work, model: &str) -> Self {
        let mut selected = Self::default();
        *selected.place(work) = Some(model.to_owned());
        selected
    }

    /// What is chosen now counts; what it says nothing about stays.
    pub fn take(&mut self, newer: Self) {
        let Self { chat, explain, embed } = newer;
        self.chat = chat.or(self.chat.take());
        self.explain = explain.or(self.explain.take());
        self.embed = embed.or(self.embed.take());
    }

    /// Puts them into the settings.
    pub fn apply(&self, settings: &mut Settings) {
        let places = [
            (&self.chat, &mut settings.chat.model),
            (&self.explain, &mut settings.explain.model),
            (&self.embed, &mut settings.embedding.model),
        ];
        for (chosen, place) in places {
            if let Some(chosen) = chosen {
                place.clone_from(chosen);
            }
        }
    }

    fn place(&mut self, work: Work) -> &mut Option<String> {
        match work {
            Work::Chat => &mut self.chat,
            Work::Explain => &mut self.explain,
            Work::Embed => &mut self.embed,
        }
    }
}
