//! The symbol table: where a name is defined, exactly, by prefix or nearly; who refers to it, and what a definition refers to.

use codecompass_core::document::SymbolRecord;

use crate::{
    error::Result,
    snapshot::{DEAD, Snapshot},
};

/// A definition and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The file.
    pub path: String,
    /// What the index holds of it; lines from 0.
    pub symbol: SymbolRecord,
    /// The chunk it starts in.
    pub chunk: u32,
}

/// A place that refers to a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The file.
    pub path: String,
    /// The line, from 0.
    pub line: u32,
    /// The definition that the reference stands in, empty where there is none: the caller.
    pub within: String,
    /// The chunk it stands in.
    pub chunk: u32,
}

/// Definitions named `name`; those in the same case first, then by path and line.
pub fn definitions(snapshot: &Snapshot, name: &str) -> Result<Vec<Definition>> {
    some_definitions(snapshot, name, usize::MAX)
}

/// As [`definitions`], but when there are more than `limit`, only those that come first by path: a name such as `new` has
/// thousands, and each has to be read.
pub fn some_definitions(snapshot: &Snapshot, name: &str, limit: usize) -> Result<Vec<Definition>> {
    let folded = name.to_lowercase();
    let mut chunks = Vec::new();
    for (index, segment) in snapshot.segments.iter().enumerate() {
        let base = snapshot.base(index);
        segment.keyword.definitions(&folded, |row| chunks.push(base + row))?;
    }
    chunks.retain(|&chunk| snapshot.file_of[chunk as usize] != DEAD);
    chunks.sort_by_cached_key(|&chunk| (snapshot.file(chunk).path.as_str(), snapshot.row(chunk).start_line));
    let mut found = Vec::new();
    for chunk in chunks {
        if found.len() >= limit {
            break;
        }
        for symbol in snapshot.record(chunk)?.definitions {
            if symbol.name.to_lowercase() == folded {
                found.push(Definition { path: snapshot.file(chunk).path.clone(), symbol, chunk });
            }
        }
    }
    found.sort_by(|a, b| {
        let key =
            |definition: &Definition| (definition.symbol.name != name, definition.path.clone(), definition.symbol.line);
        key(a).cmp(&key(b))
    });
    Ok(found)
}

/// Names (in lower case) that begin with `prefix`, sorted, at most `limit`.
pub fn names_with_prefix(snapshot: &Snapshot, prefix: &str, limit: usize) -> Result<Vec<String>> {
    let folded = prefix.to_lowercase();
    let mut names = Vec::new();
    for segment in &snapshot.segments {
        names.extend(segment.keyword.names_with_prefix(&folded, limit)?);
    }
    names.sort_unstable();
    names.dedup();
    names.truncate(limit);
    Ok(names)
}

/// Names (in lower case) that a person may have meant by `name`: at most two letters wrong, missing, added or swapped, or the
/// typed letters in order inside the name. Nearest first, at most `limit`.
pub fn names_like(snapshot: &Snapshot, name: &str, limit: usize) -> Result<Vec<String>> {
    let folded: Vec<char> = name.to_lowercase().chars().collect();
    let allowed = match folded.len() {
        0..=2 => 0,
        3..=5 => 1,
        _ => 2,
    };
    let wanted = letter_set(name);
    let mut near: Vec<(usize, String)> = Vec::new();
    for segment in &snapshot.segments {
        segment.keyword.each_name(|candidate| {
            // Each letter that only one of them has is a mistake: nearly all names end here.
            let has = letter_set(candidate);
            let (missing, extra) = ((wanted & !has).count_ones() as usize, (has & !wanted).count_ones() as usize);
            if missing > 0 && (missing > allowed || extra > allowed) {
                return;
            }
            let letters = candidate.chars().count();
            let distance = if letters.abs_diff(folded.len()) <= allowed {
                edit_distance(&folded, candidate, allowed)
            } else {
                None
            };
            let distance = distance.or_else(|| {
                (folded.len() >= 4 && letters <= 3 * folded.len() && is_subsequence(&folded, candidate))
                    .then(|| 3 + letters - folded.len())
            });
            if let Some(distance) = distance {
                near.push((distance, candidate.to_owned()));
            }
        })?;
    }
    near.sort_unstable();
    near.dedup();
    Ok(near.into_iter().map(|(_, name)| name).take(limit).collect())
}

/// How often living code refers to `name` (as written).
pub fn reference_count(snapshot: &Snapshot, name: &str) -> Result<u64> {
    let mut count = 0;
    for (index, segment) in snapshot.segments.iter().enumerate() {
        let base = snapshot.base(index);
        count += segment.keyword.count_references(name, |row| snapshot.file_of[(base + row) as usize] != DEAD)?;
    }
    Ok(count)
}

/// Places that refer to `name` (as written), by path and line: its callers, each with the definition that it stands in.
pub fn references(snapshot: &Snapshot, name: &str) -> Result<Vec<Reference>> {
    let mut found = Vec::new();
    for (index, segment) in snapshot.segments.iter().enumerate() {
        let base = snapshot.base(index);
        let mut places = Vec::new();
        segment.keyword.references(name, |row, lines| places.push((base + row, lines.to_vec())))?;
        for (chunk, lines) in places {
            if snapshot.file_of[chunk as usize] == DEAD {
                continue;
            }
            let record = snapshot.record(chunk)?;
            for line in lines {
                let line = first_line(snapshot, chunk) + line;
                let around =
                    record.definitions.iter().rev().find(|symbol| (symbol.line..symbol.end_line).contains(&line));
                let within = around.map_or_else(|| record.symbol.clone(), qualified);
                found.push(Reference { path: snapshot.file(chunk).path.clone(), line, within, chunk });
            }
        }
    }
    found.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    found.dedup();
    Ok(found)
}

/// `Store::add`.
pub fn qualified(symbol: &SymbolRecord) -> String {
    if symbol.container.is_empty() { symbol.name.clone() } else { format!("{}::{}", symbol.container, symbol.name) }
}

/// The line of a chunk's first byte: positions count from there, blank lines included.
fn first_line(snapshot: &Snapshot, chunk: u32) -> u32 {
    snapshot.row(chunk).first_line
}

/// The letters of a text, whatever their case, as bits; those outside of ASCII share some.
fn letter_set(text: &str) -> u64 {
    text.chars().fold(0, |set, letter| set | 1 << (u32::from(letter.to_ascii_lowercase()) & 63))
}

/// Optimal string alignment distance, given up beyond `allowed`.
fn edit_distance(a: &[char], b: &str, allowed: usize) -> Option<usize> {
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let mut cost = (row[j] + usize::from(x != y)).min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                cost = cost.min(before[j - 1] + 1);
            }
            next.push(cost);
        }
        if next.iter().min().is_some_and(|&best| best > allowed) {
            return None;
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().filter(|&distance| distance <= allowed)
}

fn is_subsequence(letters: &[char], of: &str) -> bool {
    let mut wanted = letters.iter();
    let mut next = wanted.next();
    for letter in of.chars() {
        if Some(&letter) == next {
            next = wanted.next();
        }
    }
    next.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_within_two_mistakes() {
        let letters: Vec<char> = "parseurl".chars().collect();
        assert_eq!(edit_distance(&letters, "parseurl", 2), Some(0));
        assert_eq!(edit_distance(&letters, "praseurl", 2), Some(1), "two letters swapped are one mistake");
        assert_eq!(edit_distance(&letters, "parsurls", 2), Some(2));
        assert_eq!(edit_distance(&letters, "completely", 2), None);
        assert!(is_subsequence(&['p', 'u', 'r', 'l'], "parse_url"));
    }
}
