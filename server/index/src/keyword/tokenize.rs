//! Our terms as tantivy's tokens. A token's position is its line in the chunk.

use codecompass_core::terms;
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager};

/// Words of identifiers and whole identifiers.
pub(super) const TERMS: &str = "terms";
/// Names as written, separated by white space.
pub(super) const NAMES: &str = "names";
/// Names in lower case.
pub(super) const FOLDED_NAMES: &str = "folded-names";

/// Tokenizers are not stored with an index: they are handed over each time one is written.
pub(super) fn all() -> TokenizerManager {
    let tokenizers = TokenizerManager::new();
    tokenizers.register(TERMS, Terms::default());
    tokenizers.register(NAMES, Names { fold: false });
    tokenizers.register(FOLDED_NAMES, Names { fold: true });
    tokenizers
}

/// The same for use without the engine: terms, folded names, names.
pub(super) fn each() -> [TextAnalyzer; 3] {
    [
        TextAnalyzer::from(Terms::default()),
        TextAnalyzer::from(Names { fold: true }),
        TextAnalyzer::from(Names { fold: false }),
    ]
}

/// Terms of a text, all of them found at once into one buffer.
#[derive(Clone, Default)]
struct Terms {
    found: Found,
}

#[derive(Clone, Default)]
struct Found {
    /// All terms, one after the other.
    text: String,
    /// End of each term in `text`, and its line.
    ends: Vec<(u32, u32)>,
}

impl Tokenizer for Terms {
    type TokenStream<'a> = TermStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> TermStream<'a> {
        self.found.text.clear();
        self.found.ends.clear();
        let mut buffer = String::new();
        for (line, content) in text.split('\n').enumerate() {
            let found = &mut self.found;
            terms::for_each_term(content, &mut buffer, |term| {
                found.text.push_str(term);
                found.ends.push((found.text.len() as u32, line as u32));
            });
        }
        TermStream { found: &self.found, next: 0, token: Token::default() }
    }
}

struct TermStream<'a> {
    found: &'a Found,
    next: usize,
    token: Token,
}

impl TokenStream for TermStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(&(end, line)) = self.found.ends.get(self.next) else { return false };
        let start = self.next.checked_sub(1).map_or(0, |before| self.found.ends[before].0);
        self.token.text.clear();
        self.token.text.push_str(&self.found.text[start as usize..end as usize]);
        self.token.position = line as usize;
        self.next += 1;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[derive(Clone)]
struct Names {
    fold: bool,
}

impl Tokenizer for Names {
    type TokenStream<'a> = NameStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> NameStream<'a> {
        NameStream { rest: text, line: 0, fold: self.fold, token: Token::default() }
    }
}

struct NameStream<'a> {
    rest: &'a str,
    line: usize,
    fold: bool,
    token: Token,
}

impl TokenStream for NameStream<'_> {
    fn advance(&mut self) -> bool {
        loop {
            match self.rest.as_bytes().first() {
                None => return false,
                Some(b'\n') => {
                    self.line += 1;
                    self.rest = &self.rest[1..];
                }
                Some(b' ') => self.rest = &self.rest[1..],
                Some(_) => break,
            }
        }
        let end = self.rest.find([' ', '\n']).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.token.text.clear();
        if self.fold {
            self.token.text.extend(name.chars().flat_map(char::to_lowercase));
        } else {
            self.token.text.push_str(name);
        }
        self.token.position = self.line;
        self.rest = rest;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
