//! From what the user typed to what is looked for: words, names, quoted literals and filters.

use crate::{
    language::{Language, SymbolKind},
    terms,
};

/// Longer queries are refused, in bytes: nobody types them, and what is pasted by mistake is better reported than cut.
pub const MAX_QUERY_BYTES: usize = 16 * 1024;
/// At most this many different terms are looked up, the first ones.
pub const MAX_TERMS: usize = 64;

/// A query, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// The words without the filters: what is embedded.
    pub text: String,
    /// What is looked for in the keyword index.
    pub terms: Vec<QueryTerm>,
    /// Text in double quotes or backticks that a result must contain, as written.
    pub literals: Vec<String>,
    /// The name, when the query is nothing but one (`parse_url`, `Store::add`, `"HTTP server"`): its words joined, lower case.
    pub name: Option<String>,
    /// Whether the user asks for tests, so that they are not demoted.
    pub wants_tests: bool,
    /// Whether the user asks for examples, benchmarks, documentation or scripts.
    pub wants_side: bool,
    /// Only these.
    pub filters: Filters,
    /// Terms beyond [`MAX_TERMS`] that are not looked up.
    pub dropped_terms: usize,
}

/// A term with what the ranking has to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryTerm {
    /// As it stands in the index.
    pub text: String,
    /// Whether it is an identifier of several words kept whole.
    pub whole: bool,
}

/// What a result must be, whatever its score.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// One of these languages.
    pub languages: Vec<Language>,
    /// One of these globs or parts of a path.
    pub paths: Vec<String>,
    /// One of these kinds.
    pub kinds: Vec<SymbolKind>,
}

impl Filters {
    /// Whether nothing is filtered out.
    pub fn is_empty(&self) -> bool {
        self.languages.is_empty() && self.paths.is_empty() && self.kinds.is_empty()
    }
}

/// A filter of the query that means nothing: `lang:klingon`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// No such language.
    #[error("`{0}` is no language that CodeCompass knows; `codecompass search --help` lists them")]
    UnknownLanguage(String),
    /// No such kind of definition.
    #[error("`{0}` is no kind of definition; the kinds are {kinds}", kinds = SymbolKind::ALL.map(SymbolKind::as_str).join(", "))]
    UnknownKind(String),
    /// Nothing to look for.
    #[error("the query is empty; say what to look for, for example `where are retries counted`")]
    Empty,
    /// Too long.
    #[error("the query has {0} bytes and at most {MAX_QUERY_BYTES} are read; ask in fewer words")]
    TooLong(usize),
}

/// Takes a query apart.
pub fn parse(input: &str) -> Result<Query, QueryError> {
    if input.len() > MAX_QUERY_BYTES {
        return Err(QueryError::TooLong(input.len()));
    }
    let mut query = Query::default();
    let mut words = Vec::new();
    for token in tokens(input) {
        match token {
            Token::Literal(text) => {
                query.literals.push(text.to_owned());
                words.push(text);
            }
            Token::Word(word) => match word.split_once(':') {
                Some(("lang" | "language", value)) if !value.is_empty() => {
                    let language =
                        Language::parse(value).ok_or_else(|| QueryError::UnknownLanguage(value.to_owned()))?;
                    query.filters.languages.push(language);
                }
                Some(("path" | "file", value)) if !value.is_empty() => query.filters.paths.push(value.to_owned()),
                Some(("kind", value)) if !value.is_empty() => {
                    let kind = SymbolKind::parse(&value.to_ascii_lowercase());
                    query.filters.kinds.push(kind.ok_or_else(|| QueryError::UnknownKind(value.to_owned()))?);
                }
                _ => words.push(word),
            },
        }
    }
    query.text = words.join(" ");
    if query.text.trim().is_empty() {
        return Err(QueryError::Empty);
    }
    query.name = name_of(&words);
    collect_terms(&mut query);
    Ok(query)
}

/// `text` as words only: what would be a quoted literal or a filter is not one any more. For text that nobody typed as a
/// query, such as the questions of an evaluation.
pub fn plain(text: &str) -> String {
    let text = text.replace(['"', '`'], " ");
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        words.push(match word.split_once(':') {
            // A filter has its value behind the colon at once.
            Some(("lang" | "language" | "path" | "file" | "kind", value)) if !value.is_empty() => {
                word.replace(':', ": ")
            }
            _ => word.to_owned(),
        });
    }
    words.join(" ")
}

enum Token<'q> {
    Word(&'q str),
    Literal(&'q str),
}

/// Words at white space; text in double quotes or backticks is one literal. An unclosed quote is a character like others.
fn tokens(input: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = input.trim_start();
    while let Some(first) = rest.chars().next() {
        if matches!(first, '"' | '`')
            && let Some(close) = rest[1..].find(first)
        {
            let inside = rest[1..=close].trim();
            if !inside.is_empty() {
                tokens.push(Token::Literal(inside));
            }
            rest = rest[close + 2..].trim_start();
            continue;
        }
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        tokens.push(Token::Word(&rest[..end]));
        rest = rest[end..].trim_start();
    }
    tokens
}

/// One or two words without a stop word may be a name.
fn name_of(words: &[&str]) -> Option<String> {
    let parts: Vec<String> = words.iter().flat_map(|word| word.split_whitespace()).map(str::to_owned).collect();
    let name = match parts.as_slice() {
        [one] => one.rsplit("::").next().unwrap_or(one).rsplit(['.', '#']).next().unwrap_or(one).to_owned(),
        [first, second] if ![first, second].iter().any(|word| terms::is_stop_word(&word.to_lowercase())) => {
            format!("{first}{second}")
        }
        _ => return None,
    };
    let name = fold_name(&name);
    (!name.is_empty()).then_some(name)
}

/// A name without case and punctuation: `HTTP_server` and `httpServer` are the same to a person who types.
pub fn fold_name(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn collect_terms(query: &mut Query) {
    let mut buffer = String::new();
    let text = std::mem::take(&mut query.text);
    terms::for_each_identifier(&text, |identifier| {
        let word = identifier.to_lowercase();
        match word.as_str() {
            "test" | "tests" | "testing" | "spec" | "specs" | "tested" => query.wants_tests = true,
            "example" | "examples" | "bench" | "benches" | "benchmark" | "benchmarks" | "docs" | "documentation"
            | "script" | "scripts" | "demo" | "readme" | "tutorial" => query.wants_side = true,
            _ => {}
        }
        if terms::is_stop_word(&word) {
            return;
        }
        let mut found: Vec<String> = Vec::new();
        terms::identifier_terms(identifier, &mut buffer, &mut |term| found.push(term.to_owned()));
        let whole = found.len() > 1;
        let last = found.len();
        for (index, term) in found.into_iter().enumerate() {
            let whole = whole && index + 1 == last;
            if query.terms.iter().any(|known| known.text == term) {
                continue;
            }
            if query.terms.len() < MAX_TERMS {
                query.terms.push(QueryTerm { text: term, whole });
            } else {
                query.dropped_terms += 1;
            }
        }
    });
    // `where is it` has stop words only: better those than nothing.
    if query.terms.is_empty() {
        terms::for_each_term(&text, &mut buffer, |term| {
            if query.terms.len() < MAX_TERMS && !query.terms.iter().any(|known| known.text == term) {
                query.terms.push(QueryTerm { text: term.to_owned(), whole: false });
            }
        });
    }
    query.text = text;
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use proptest::prelude::*;

    use super::*;

    fn terms_of(input: &str) -> Vec<String> {
        parse(input).unwrap().terms.into_iter().map(|term| term.text).collect()
    }

    #[test]
    fn stop_words_are_dropped_and_identifiers_split() {
        assert_eq!(terms_of("where is the parseUrl function"), ["pars", "url", "parseurl", "function"]);
        assert_eq!(terms_of("where is it"), ["wher", "is", "it"]);
    }

    #[test]
    fn filters_and_literals_are_taken_out() {
        let query = parse("lang:rust path:src/** kind:function \"no such file\" open").unwrap();
        assert_eq!(query.filters.languages, [Language::Rust]);
        assert_eq!(query.filters.paths, ["src/**"]);
        assert_eq!(query.filters.kinds, [SymbolKind::Function]);
        assert_eq!(query.literals, ["no such file"]);
        assert_eq!(query.text, "no such file open");
    }

    #[test]
    fn a_lone_name_is_known_as_one() {
        assert_eq!(parse("Store::add_item").unwrap().name.as_deref(), Some("additem"));
        assert_eq!(parse("http server").unwrap().name.as_deref(), Some("httpserver"));
        assert_eq!(parse("the server").unwrap().name, None);
        assert_eq!(parse("who opens the file").unwrap().name, None);
    }

    #[test]
    fn what_means_nothing_is_said() {
        assert_eq!(parse("  "), Err(QueryError::Empty));
        assert_eq!(parse("lang:klingon x"), Err(QueryError::UnknownLanguage("klingon".to_owned())));
        assert_eq!(parse(&"x ".repeat(50_000)), Err(QueryError::TooLong(100_000)));
        assert!(parse("lang:rust").is_err());
        assert!(parse("std::fs").unwrap().filters.is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(input in "\\PC{0,200}") {
            if let Ok(query) = parse(&input) {
                prop_assert!(query.terms.len() <= MAX_TERMS);
            }
        }

        #[test]
        fn plain_text_is_words_only(input in "(lang:|path:|kind:|[a-z]{1,4}|[\"` :]){0,12}") {
            match parse(&plain(&input)) {
                Ok(query) => prop_assert!(query.literals.is_empty() && query.filters.is_empty()),
                Err(error) => prop_assert_eq!(error, QueryError::Empty),
            }
        }
    }
}
