//! What the user wants of models, and how a name says which host is to run one.

use super::Role;

/// What the user wants of the model for some work. What is `None` is found out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wish {
    /// The model.
    pub model: Option<String>,
    /// The host that is to run it and no other, by its name or address.
    pub host: Option<String>,
    /// Tokens that it reads at once.
    pub num_ctx: Option<u64>,
    /// How long it stays loaded after the last request, as Ollama reads it: `30m`, `-1`.
    pub keep_alive: Option<String>,
}

impl Wish {
    /// The same wish for the model that `text` names: `qwen2.5-coder:7b`, on the host behind the last `@` where there is one
    /// (`qwen2.5-coder:7b@gpu`). `@gpu` is the best model of that host, and nothing the best of all.
    #[must_use]
    pub fn naming(self, text: &str) -> Self {
        let text = text.trim();
        let (model, host) = match text.rsplit_once('@').filter(|(_, host)| !host.trim().is_empty()) {
            Some((model, host)) => (model.trim(), Some(host.trim().to_owned())),
            None => (text, None),
        };
        Self { model: (!model.is_empty()).then(|| model.to_owned()), host, ..self }
    }

    /// Whether it says which model or host it is to be.
    pub fn names_something(&self) -> bool {
        self.model.is_some() || self.host.is_some()
    }
}

/// What the user wants of the models of each role.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wishes {
    /// Of the model that answers questions.
    pub chat: Wish,
    /// Of the model that makes vectors.
    pub embed: Wish,
}

impl Wishes {
    pub(super) fn of(&self, role: Role) -> &Wish {
        match role {
            Role::Chat => &self.chat,
            Role::Embed => &self.embed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_its_host() {
        for (text, model, host) in [
            ("qwen:7b", Some("qwen:7b"), None),
            (" qwen:7b@gpu ", Some("qwen:7b"), Some("gpu")),
            ("ada/qwen@127.0.0.1:11434", Some("ada/qwen"), Some("127.0.0.1:11434")),
            ("qwen@odd@gpu", Some("qwen@odd"), Some("gpu")),
            ("@gpu", None, Some("gpu")),
            ("qwen@", Some("qwen@"), None),
            ("", None, None),
        ] {
            let wish = Wish { host: Some("before".to_owned()), ..Wish::default() }.naming(text);
            assert_eq!((wish.model.as_deref(), wish.host.as_deref()), (model, host), "{text}");
        }
    }
}
