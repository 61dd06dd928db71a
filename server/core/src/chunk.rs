//! From a file's text and outline to chunks: the units that are searched, embedded and shown.
//!
//! A chunk is a definition with the comments and attributes above it; a large one is opened into its head and the
//! definitions inside it; small neighbours are joined. Chunks are whole lines, follow each other without gap or overlap and
//! cover every byte. Cutting never fails: text without definitions is cut at blank lines.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::{
    language::SymbolKind,
    syntax::{Definition, Outline},
};

/// A definition of up to this many lines is one piece. From the prototype's table in `docs/ranking.md`.
const MAX_LINES: u32 = 60;
/// Where text is cut at a blank line, no piece gets shorter than this.
const MIN_CUT: u32 = 30;
/// Neighbours are joined as long as the result has at most this many lines.
const JOINED_LINES: u32 = 45;
/// Larger pieces are cut whatever their lines: a vector of a longer text says nothing.
const MAX_BYTES: u32 = 8 * 1024;

/// A piece of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The bytes it covers. All chunks of a file together cover it exactly.
    pub range: Range<u32>,
    /// Its lines from 0, end exclusive, without blank lines at either end.
    pub lines: Range<u32>,
    /// The definitions that start in it: indexes into [`Outline::definitions`].
    pub definitions: Range<u32>,
    /// The definition it shows: the largest that is whole in it, else the largest that starts in it, else the one around.
    pub subject: Option<u32>,
    /// The innermost definition around its start, when that began in an earlier chunk.
    pub within: Option<u32>,
    /// Counts chunks of the same symbol path in this file, from 0.
    pub ordinal: u32,
}

impl Chunk {
    /// What kind of definition it shows.
    pub fn kind(&self, outline: &Outline) -> Option<SymbolKind> {
        self.subject.map(|index| outline.definitions[index as usize].kind)
    }

    /// The names around and of its subject, outermost first: `["Store", "add"]`.
    pub fn symbol_path<'a>(&self, outline: &'a Outline) -> Vec<&'a str> {
        self.subject.map_or_else(Vec::new, |index| names_down_to(outline, index))
    }

    /// The names of the definitions around its start.
    pub fn scope<'a>(&self, outline: &'a Outline) -> Vec<&'a str> {
        self.within.map_or_else(Vec::new, |index| names_down_to(outline, index))
    }
}

/// The names of a definition and of those around it, outermost first.
pub fn names_down_to(outline: &Outline, index: u32) -> Vec<&str> {
    let mut names = Vec::new();
    let mut at = Some(index);
    while let Some(index) = at {
        let definition = &outline.definitions[index as usize];
        if !definition.name.is_empty() {
            names.push(definition.name.as_str());
        }
        at = definition.parent;
    }
    names.reverse();
    names
}

/// A stretch of whole lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Piece {
    start: u32,
    end: u32,
}

impl Piece {
    fn len(self) -> u32 {
        self.end - self.start
    }
}

/// Cuts a text into chunks.
pub fn chunks(text: &str, outline: &Outline) -> Vec<Chunk> {
    if text.is_empty() {
        return Vec::new();
    }
    let lines = LineTable::new(text);
    let blocks = Blocks::new(&lines, outline);
    let mut pieces = Vec::new();
    open(&lines, &blocks, 0..blocks.list.len(), Piece { start: 0, end: lines.count() }, &mut pieces);
    let pieces = join(&lines, cut_large(&lines, pieces));
    describe(text, &lines, outline, &pieces)
}

/// Byte offsets of line starts, with the text's end as the last.
struct LineTable<'t> {
    text: &'t str,
    starts: Vec<u32>,
}

impl<'t> LineTable<'t> {
    fn new(text: &'t str) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at as u32 + 1));
        if *starts.last().expect("there is always a first line") as usize != text.len() {
            starts.push(text.len() as u32);
        }
        Self { text, starts }
    }

    fn count(&self) -> u32 {
        self.starts.len() as u32 - 1
    }

    fn at(&self, byte: u32) -> u32 {
        (self.starts.partition_point(|&start| start <= byte) as u32 - 1).min(self.count() - 1)
    }

    fn bytes(&self, piece: Piece) -> Range<u32> {
        self.starts[piece.start as usize]..self.starts[piece.end as usize]
    }

    fn line(&self, line: u32) -> &'t str {
        let range = self.bytes(Piece { start: line, end: line + 1 });
        self.text[range.start as usize..range.end as usize].trim()
    }

    fn size(&self, piece: Piece) -> u32 {
        let range = self.bytes(piece);
        range.end - range.start
    }

    /// The piece without blank lines at its ends; empty when all are blank.
    fn trim(&self, mut piece: Piece) -> Piece {
        while piece.start < piece.end && self.line(piece.start).is_empty() {
            piece.start += 1;
        }
        while piece.end > piece.start && self.line(piece.end - 1).is_empty() {
            piece.end -= 1;
        }
        piece
    }
}

/// Definitions as stretches of lines, in order; `children` tells how many of the following lie inside.
struct Blocks {
    list: Vec<Block>,
}

struct Block {
    piece: Piece,
    /// Index behind the last block inside this one.
    next: usize,
}

impl Blocks {
    fn new(lines: &LineTable<'_>, outline: &Outline) -> Self {
        let mut list: Vec<Block> = Vec::with_capacity(outline.definitions.len());
        let mut open: Vec<usize> = Vec::new();
        let mut previous_end = 0;
        for definition in &outline.definitions {
            if definition.range.is_empty() || !worth_a_piece(definition) {
                continue;
            }
            let first = lines.at(definition.range.start);
            let end = lines.at(definition.range.end - 1) + 1;
            while let Some(&top) = open.last() {
                if list[top].piece.end > first {
                    break;
                }
                previous_end = list[top].piece.end;
                list[top].next = list.len();
                open.pop();
            }
            let floor = open.last().map_or(previous_end, |&top| previous_end.max(list[top].piece.start + 1));
            let mut start = first.max(floor.min(first));
            while start > floor && belongs_below(lines.line(start - 1)) {
                start -= 1;
            }
            let limit = open.last().map_or(lines.count(), |&top| list[top].piece.end);
            let piece = Piece { start, end: end.min(limit) };
            // Two definitions on one line: the first has it.
            let taken = open.last().is_some_and(|&top| list[top].piece == piece || piece.len() == 0);
            if taken {
                continue;
            }
            list.push(Block { piece, next: usize::MAX });
            open.push(list.len() - 1);
        }
        let end = list.len();
        for top in open {
            list[top].next = end;
        }
        Self { list }
    }
}

/// Keys and constants do not make pieces of their own unless they are long; they stay with their neighbours.
fn worth_a_piece(definition: &Definition) -> bool {
    let long = definition.range.end - definition.range.start > 400;
    long || !matches!(
        definition.kind,
        SymbolKind::Key | SymbolKind::Constant | SymbolKind::Variable | SymbolKind::Field
    )
}

/// A comment, attribute or decorator line belongs to the definition below it.
fn belongs_below(line: &str) -> bool {
    const OPENINGS: [&str; 12] = ["//", "/*", "*", "#", "@", "[", "\"\"\"", "--", "%", ";;", "(*", "'''"];
    // `#include` and `#endif` are no attributes.
    let directive = ["#include", "#if", "#endif", "#else", "#define", "#pragma", "#undef", "#region", "#endregion"];
    !line.is_empty()
        && OPENINGS.iter().any(|opening| line.starts_with(opening))
        && !directive.iter().any(|word| line.starts_with(word))
}

/// Cuts `region` along the blocks of `range` (all of them inside it).
fn open(lines: &LineTable<'_>, blocks: &Blocks, range: Range<usize>, region: Piece, out: &mut Vec<Piece>) {
    let mut at = region.start;
    let mut index = range.start;
    while index < range.end {
        let block = &blocks.list[index];
        let piece = Piece { start: block.piece.start.max(at), end: block.piece.end.min(region.end) };
        let next = block.next.min(range.end);
        if piece.start < piece.end {
            if at < piece.start {
                cut(lines, Piece { start: at, end: piece.start }, out);
            }
            let fits = piece.len() <= MAX_LINES && lines.size(piece) <= MAX_BYTES;
            if fits || next == index + 1 {
                cut(lines, piece, out);
            } else {
                open(lines, blocks, index + 1..next, piece, out);
            }
            at = piece.end;
        }
        index = next;
    }
    if at < region.end {
        cut(lines, Piece { start: at, end: region.end }, out);
    }
}

/// Cuts a piece without definitions of its own at the blank line nearest below the limit, or at the limit.
fn cut(lines: &LineTable<'_>, mut piece: Piece, out: &mut Vec<Piece>) {
    while piece.len() > MAX_LINES {
        let limit = piece.start + MAX_LINES;
        let blank = (piece.start + MIN_CUT..limit).rev().find(|&line| lines.line(line).is_empty());
        let end = blank.map_or(limit, |line| line + 1);
        out.push(Piece { start: piece.start, end });
        piece.start = end;
    }
    if piece.len() > 0 {
        out.push(piece);
    }
}

/// Cuts pieces that are short in lines and long in bytes. A single line over the limit stays whole here.
fn cut_large(lines: &LineTable<'_>, pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out = Vec::with_capacity(pieces.len());
    for mut piece in pieces {
        while lines.size(piece) > MAX_BYTES && piece.len() > 1 {
            let mut end = piece.start + 1;
            while end < piece.end && lines.size(Piece { start: piece.start, end: end + 1 }) <= MAX_BYTES {
                end += 1;
            }
            if end == piece.end {
                break;
            }
            out.push(Piece { start: piece.start, end });
            piece.start = end;
        }
        out.push(piece);
    }
    out
}

/// Joins each piece to the one before it while both fit. A piece that is too long to be joined stops what a change above it
/// moves.
fn join(lines: &LineTable<'_>, pieces: Vec<Piece>) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match joined.last_mut() {
            Some(last) if belong_together(lines, *last, piece) => last.end = piece.end,
            _ => joined.push(piece),
        }
    }
    joined
}

/// Blank stretches belong to what stands before them, or at the very top to what comes after.
fn belong_together(lines: &LineTable<'_>, above: Piece, below: Piece) -> bool {
    let both = lines.trim(Piece { start: above.start, end: below.end });
    let blank = lines.trim(above).len() == 0 || lines.trim(below).len() == 0;
    blank || both.len() <= JOINED_LINES && lines.size(both) <= MAX_BYTES
}

/// Turns pieces into chunks: what starts in each, what is around it. A line over the byte limit becomes several chunks.
fn describe(text: &str, lines: &LineTable<'_>, outline: &Outline, pieces: &[Piece]) -> Vec<Chunk> {
    let mut chunks = Vec::with_capacity(pieces.len());
    let mut first = 0u32;
    let mut around: Vec<u32> = Vec::new();
    let mut ordinals: rustc_hash::FxHashMap<Option<u32>, u32> = rustc_hash::FxHashMap::default();
    for &piece in pieces {
        let shown = lines.trim(piece);
        let shown = if shown.len() == 0 { piece } else { shown };
        for range in byte_windows(text, lines.bytes(piece)) {
            let definitions = &outline.definitions;
            let mut end = first;
            while (end as usize) < definitions.len() && definitions[end as usize].range.start < range.end {
                end += 1;
            }
            while around.last().is_some_and(|&index| definitions[index as usize].range.end <= range.start) {
                around.pop();
            }
            let within = around.last().copied();
            let subject = (first..end)
                .max_by_key(|&index| {
                    // What is whole in this chunk says more about it than the head of something larger.
                    let whole = definitions[index as usize].range.clone();
                    (whole.end <= range.end, whole.end.min(range.end) - whole.start, std::cmp::Reverse(index))
                })
                .or(within);
            for index in first..end {
                while around
                    .last()
                    .is_some_and(|&top| definitions[top as usize].range.end <= definitions[index as usize].range.start)
                {
                    around.pop();
                }
                around.push(index);
            }
            let ordinal = ordinals.entry(subject).or_insert(0);
            chunks.push(Chunk {
                range,
                lines: shown.start..shown.end,
                definitions: first..end,
                subject,
                within,
                ordinal: *ordinal,
            });
            *ordinal += 1;
            first = end;
        }
    }
    chunks
}

/// The range in windows of at most twice the byte limit, on character boundaries. Nearly always the range itself.
fn byte_windows(text: &str, range: Range<u32>) -> Vec<Range<u32>> {
    if range.end - range.start <= 2 * MAX_BYTES {
        return vec![range];
    }
    let mut windows = Vec::new();
    let mut start = range.start;
    while start < range.end {
        let mut end = (start + MAX_BYTES).min(range.end);
        while !text.is_char_boundary(end as usize) {
            end -= 1;
        }
        windows.push(start..end);
        start = end;
    }
    windows
}

#[cfg(test)]
mod tests;
