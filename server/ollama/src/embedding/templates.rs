//! The form in which texts are sent.

/// What the user wants texts to look like; empty: as the model's family wants it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TemplateOptions {
    /// For a question, `{text}` being the question.
    pub query: String,
    /// For a piece of code, `{text}` being the code.
    pub document: String,
}

/// The form in which texts are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Templates {
    /// For a question.
    pub query: String,
    /// For a piece of code.
    pub document: String,
}

/// Where the text goes.
const TEXT: &str = "{text}";

impl Templates {
    /// The templates for a model.
    pub fn of(model: &str, options: &TemplateOptions) -> Self {
        let _ = model;
        let pick = |text: &String| if text.is_empty() { TEXT.to_owned() } else { text.clone() };
        Self { query: pick(&options.query), document: pick(&options.document) }
    }

    /// A question as it is sent.
    pub fn query(&self, text: &str) -> String {
        self.query.replacen(TEXT, text, 1)
    }

    /// A piece of code as it is sent.
    pub fn document(&self, text: &str) -> String {
        self.document.replacen(TEXT, text, 1)
    }

    /// By which vectors of texts in another form are told apart.
    pub fn version(&self) -> String {
        let hash = self
            .document
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        format!("{hash:016x}")
    }
}
