//! The form in which texts are sent. Most models were trained with words before the text that say what it is for, and no host
//! adds them.

use super::parts;

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

/// A family of models, by how their names begin, and its forms. Longer names stand before those that they begin with.
struct Family(&'static str, &'static str, &'static str);

const PASSAGES: &str = "Represent this sentence for searching relevant passages: {text}";

/// As the models' cards say. Those that are not listed take texts as they are: bge-m3, granite-embedding, all-minilm.
const FAMILIES: &[Family] = &[
    Family("nomic-embed", "search_query: {text}", "search_document: {text}"),
    // The title would be the file's path, but vectors belong to content, wherever it stands.
    Family("embeddinggemma", "task: code retrieval | query: {text}", "title: none | text: {text}"),
    Family(
        "qwen3-embedding",
        "Instruct: Given a question about a code base, retrieve the code that answers it\nQuery:{text}",
        TEXT,
    ),
    Family("mxbai-embed", PASSAGES, TEXT),
    Family("snowflake-arctic-embed2", "query: {text}", TEXT),
    Family("snowflake-arctic-embed", PASSAGES, TEXT),
];

impl Templates {
    /// The templates for a model.
    pub fn of(model: &str, options: &TemplateOptions) -> Self {
        let name = model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase();
        let family = FAMILIES.iter().find(|Family(begin, ..)| name.starts_with(begin));
        let (query, document) = family.map_or((TEXT, TEXT), |Family(_, query, document)| (query, document));
        let pick = |own: &String, usual: &str| if own.is_empty() { usual.to_owned() } else { own.clone() };
        Self { query: pick(&options.query, query), document: pick(&options.document, document) }
    }

    /// A question as it is sent.
    pub fn query(&self, text: &str) -> String {
        fill(&self.query, text)
    }

    /// A piece of code as it is sent.
    pub fn document(&self, text: &str) -> String {
        fill(&self.document, text)
    }

    /// By which vectors of texts in another form are told apart. The form of questions is no part of it: it changes no vector
    /// that is kept.
    pub fn version(&self) -> String {
        let hash = self
            .document
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        format!("{}-{:08x}", parts::VERSION, hash as u32)
    }
}

/// A template that has no place for the text stands before it.
fn fill(template: &str, text: &str) -> String {
    match template.split_once(TEXT) {
        Some((before, after)) => format!("{before}{text}{after}"),
        None => format!("{template}{text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_gets_its_own_form() {
        for (model, query, document) in [
            ("nomic-embed-text:v1.5", "search_query: q", "search_document: d"),
            ("nomic-embed-text-v2-moe", "search_query: q", "search_document: d"),
            ("embeddinggemma:latest", "task: code retrieval | query: q", "title: none | text: d"),
            (
                "ada/qwen3-embedding:0.6b",
                "Instruct: Given a question about a code base, retrieve the code that answers it\nQuery:q",
                "d",
            ),
            ("mxbai-embed-large", "Represent this sentence for searching relevant passages: q", "d"),
            ("snowflake-arctic-embed:33m", "Represent this sentence for searching relevant passages: q", "d"),
            ("snowflake-arctic-embed2", "query: q", "d"),
            ("bge-m3", "q", "d"),
            ("all-minilm", "q", "d"),
            ("something-new", "q", "d"),
        ] {
            let templates = Templates::of(model, &TemplateOptions::default());
            assert_eq!((templates.query("q").as_str(), templates.document("d").as_str()), (query, document), "{model}");
        }
    }

    #[test]
    fn the_users_form_goes_before_the_familys() {
        let options = TemplateOptions { query: "find: {text}!".to_owned(), document: "code: ".to_owned() };
        let own = Templates::of("nomic-embed-text", &options);
        // What stands in a text is no template.
        assert_eq!(own.query("{text}"), "find: {text}!");
        assert_eq!(own.document("d"), "code: d");
        let usual = Templates::of("nomic-embed-text", &TemplateOptions::default());
        assert_ne!(own.version(), usual.version());
        let query_only = TemplateOptions { document: String::new(), ..options };
        assert_eq!(Templates::of("nomic-embed-text", &query_only).version(), usual.version());
    }
}
