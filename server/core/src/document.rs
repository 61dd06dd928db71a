//! From a file's text to all that the index stores of it: chunks with their headers, names, keyword fields and content ids.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::{
    chunk::{self, Chunk},
    language::{Language, RefKind, SymbolKind},
    syntax::{Outline, Stop, outline},
};

/// Identifies what is embedded of a chunk: equal ids, equal vectors. Path and position do not go in, so that a renamed file
/// or a moved function is known content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ContentId(pub [u8; 16]);

impl ContentId {
    /// The id of a header and a text.
    pub fn new(header: &str, text: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(header.len() as u64).to_le_bytes());
        hasher.update(header.as_bytes());
        hasher.update(text.as_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(id)
    }
}

/// A file, ready to be indexed.
#[derive(Debug, Clone)]
pub struct Document {
    /// Relative to the workspace, with `/`.
    pub path: String,
    /// Its language.
    pub language: Language,
    /// False when parsing was given up: the chunks are cut at blank lines and there are no symbols.
    pub parsed: bool,
    /// Its chunks, in order.
    pub chunks: Vec<DocumentChunk>,
}

/// A chunk, ready to be indexed.
#[derive(Debug, Clone)]
pub struct DocumentChunk {
    /// The bytes of the text that it covers.
    pub range: Range<u32>,
    /// Its lines from 0, end exclusive.
    pub lines: Range<u32>,
    /// The line of its first byte, from 0; the lines of `fields` count from there.
    pub first_line: u32,
    /// What it shows: `Store::add`; empty for text outside definitions.
    pub symbol: String,
    /// The kind of that definition.
    pub kind: Option<SymbolKind>,
    /// The names of the definitions around its start: what is embedded before its text.
    pub header: String,
    /// The definitions that start in it.
    pub definitions: Vec<SymbolRecord>,
    /// Whether it is test code by what is around it (`mod tests`).
    pub test: bool,
    /// What it says, for the vector store.
    pub content: ContentId,
    /// What it says, for the keyword index.
    pub fields: Fields,
}

/// A definition as the index stores it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SymbolRecord {
    /// The name as written.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// The names around it, joined by `::`.
    pub container: String,
    /// First line from 0.
    pub line: u32,
    /// Line behind the last.
    pub end_line: u32,
}

/// The text of each keyword field. In `body`, `doc`, `definitions` and `references` each line stands where the chunk's line
/// stands, so that a position is a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    /// Code and string literals.
    pub body: String,
    /// Comments.
    pub doc: String,
    /// The names of the definitions that start here, once as words.
    pub symbol: String,
    /// Their signatures and the names around them.
    pub signature: String,
    /// The names of the definitions, as written.
    pub definitions: String,
    /// The names referred to, as written.
    pub references: String,
}

/// Longest part of a signature that goes into the keyword index, in bytes.
const SIGNATURE_BYTES: usize = 240;

/// Reads, outlines and cuts a text.
pub fn document(path: &str, language: Language, text: &str, stop: Stop<'_>) -> Document {
    let outline = outline(language, text, stop);
    let cut = chunk::chunks(text, &outline);
    let lines = LineStarts::new(text);
    let mut cursors = Cursors::default();
    let chunks = cut.iter().map(|chunk| describe(text, &outline, chunk, &lines, &mut cursors)).collect();
    Document { path: path.to_owned(), language, parsed: outline.complete, chunks }
}

/// Where the last chunk ended in the outline's lists; chunks come in order.
#[derive(Default)]
struct Cursors {
    comment: usize,
    reference: usize,
}

fn describe(text: &str, outline: &Outline, chunk: &Chunk, lines: &LineStarts, cursors: &mut Cursors) -> DocumentChunk {
    let scope = chunk.scope(outline);
    let header = scope.join(" ");
    let own = &text[chunk.range.start as usize..chunk.range.end as usize];
    let mut fields = Fields::default();
    split_comments(own, chunk.range.start, &outline.comments, &mut cursors.comment, &mut fields);
    let mut definitions = Vec::new();
    let first_line = lines.at(chunk.range.start);
    let mut named_line = first_line;
    for index in chunk.definitions.clone() {
        let definition = &outline.definitions[index as usize];
        let line = lines.at(definition.range.start);
        let end_line = lines.at(definition.range.end.max(definition.range.start + 1) - 1) + 1;
        if definition.kind != SymbolKind::Module || definition.range.end - definition.range.start < 4000 {
            fields.symbol.push_str(&definition.name);
            fields.symbol.push('\n');
        }
        let signature = &text[definition.signature.start as usize..definition.signature.end as usize];
        fields.signature.push_str(prefix(signature, SIGNATURE_BYTES));
        fields.signature.push('\n');
        let own_line = lines.at(definition.name_range.start);
        push_at_line(&mut fields.definitions, &mut named_line, own_line, &definition.name);
        let container =
            definition.parent.map_or_else(Vec::new, |parent| chunk::names_down_to(outline, parent)).join("::");
        definitions.push(SymbolRecord {
            name: definition.name.clone(),
            kind: definition.kind,
            container,
            line,
            end_line,
        });
    }
    for name in &scope {
        fields.signature.push_str(name);
        fields.signature.push('\n');
    }
    let mut referring_line = first_line;
    while let Some(reference) = outline.references.get(cursors.reference) {
        if reference.range.start >= chunk.range.end {
            break;
        }
        cursors.reference += 1;
        if reference.kind != RefKind::Import || !reference.range.is_empty() {
            let name = &text[reference.range.start as usize..reference.range.end as usize];
            push_at_line(&mut fields.references, &mut referring_line, lines.at(reference.range.start), name);
        }
    }
    let symbol = chunk.symbol_path(outline).join("::");
    DocumentChunk {
        range: chunk.range.clone(),
        lines: chunk.lines.clone(),
        first_line,
        kind: chunk.kind(outline),
        test: symbol.split("::").chain(scope.iter().copied()).any(|name| matches!(name, "tests" | "test")),
        symbol,
        content: ContentId::new(&header, own),
        header,
        definitions,
        fields,
    }
}

/// Appends `word` on the line where it stands: newlines are the lines between.
fn push_at_line(list: &mut String, at: &mut u32, line: u32, word: &str) {
    while *at < line {
        list.push('\n');
        *at += 1;
    }
    if word.len() <= 200 && !word.contains(['\n', ' ']) {
        list.push_str(word);
        list.push(' ');
    }
}

/// Comments to `doc`, the rest to `body`; newlines to both.
fn split_comments(own: &str, start: u32, comments: &[Range<u32>], next: &mut usize, fields: &mut Fields) {
    fields.body.reserve(own.len());
    let end = start + own.len() as u32;
    let newlines = |from: &str, to: &mut String| {
        to.extend(std::iter::repeat_n('\n', memchr::memchr_iter(b'\n', from.as_bytes()).count()));
    };
    let mut at = start;
    while let Some(comment) = comments.get(*next) {
        if comment.start >= end {
            break;
        }
        let from = comment.start.max(at);
        let to = comment.end.min(end);
        if from < to {
            let code = &own[(at - start) as usize..(from - start) as usize];
            let prose = &own[(from - start) as usize..(to - start) as usize];
            fields.body.push_str(code);
            newlines(code, &mut fields.doc);
            fields.doc.push_str(prose);
            fields.doc.push(' ');
            newlines(prose, &mut fields.body);
            at = to;
        }
        if comment.end > end {
            break;
        }
        *next += 1;
    }
    let rest = &own[(at - start) as usize..];
    fields.body.push_str(rest);
}

/// At most `bytes` of the text, whole characters.
fn prefix(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Line numbers of byte offsets.
struct LineStarts(Vec<u32>);

impl LineStarts {
    fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at as u32 + 1));
        Self(starts)
    }

    fn at(&self, byte: u32) -> u32 {
        self.0.partition_point(|&start| start <= byte) as u32 - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rust(text: &str) -> Document {
        document("src/store.rs", Language::Rust, text, &|| false)
    }

    #[test]
    fn comments_and_code_are_told_apart_on_their_lines() {
        let document = rust("// About add.\nfn add() { push(\"// no comment\") } // end\n\nconst N: u8 = 1;\n");
        let fields = &document.chunks[0].fields;
        assert_eq!(fields.body, "\nfn add() { push(\"// no comment\") } \n\nconst N: u8 = 1;\n");
        assert_eq!(fields.doc.lines().map(str::trim).collect::<Vec<_>>(), ["// About add.", "// end"]);
        assert_eq!(fields.symbol, "add\nN\n");
        assert_eq!(fields.definitions, "\nadd \n\nN ");
        assert_eq!(fields.references, "\npush ");
    }

    #[test]
    fn the_content_id_knows_text_and_scope_but_neither_path_nor_place() {
        let text = "fn add() {}\n";
        let here = document("a.rs", Language::Rust, text, &|| false).chunks[0].content;
        let there = document("b/c.rs", Language::Rust, text, &|| false).chunks[0].content;
        assert_eq!(here, there);
        assert_ne!(ContentId::new("a", "b"), ContentId::new("", "ab"));
    }

    #[test]
    fn definitions_carry_their_container() {
        let document = rust("impl Store {\n    fn add(&self) {}\n}\n");
        let names: Vec<String> = document.chunks[0]
            .definitions
            .iter()
            .map(|d| format!("{}/{} {}-{}", d.container, d.name, d.line, d.end_line))
            .collect();
        assert_eq!(names, ["/Store 0-3", "Store/add 1-2"]);
    }

    #[test]
    fn tests_are_marked() {
        let document = rust("mod tests {\n    fn adds() {}\n}\n");
        assert!(document.chunks[0].test);
    }
}
