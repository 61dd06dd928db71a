//! One line of an ignore file, read as git reads it and written as the glob library wants it.
//!
//! The library's own reading differs from git's in details that people do meet: `{a,b}` is no alternative for git, tabs
//! at the end count, `\` before a blank keeps it, classes know `[:alpha:]` and escapes, a class that is not closed
//! matches nothing.

/// A rule of an ignore file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    /// The rule as it was written, without the blanks that do not count.
    pub(super) written: String,
    /// The lines for `GitignoreBuilder::add_line`; a path that matches one of them matches the rule.
    pub(super) lines: Vec<String>,
}

/// The rule in `line` (without its line end); `None` when it holds none, or one that can never match.
pub(super) fn parse(line: &[u8]) -> Option<Pattern> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.is_empty() || line[0] == b'#' {
        return None;
    }
    let line = trim_blanks(line);
    let written = String::from_utf8_lossy(line).into_owned();
    let (negated, rest) = match line.strip_prefix(b"!") {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    let (only_folders, rest) = match rest.strip_suffix(b"/") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let anchored = rest.contains(&b'/');
    let rest = rest.strip_prefix(b"/").unwrap_or(rest);
    let before = format!("{}{}", if negated { "!" } else { "" }, if anchored { "/" } else { "**/" });
    let after = if only_folders { "/" } else { "" };
    let lines: Vec<String> = variants(rest.to_vec(), anchored)
        .iter()
        .filter_map(|variant| Some(format!("{before}{}{after}", translate(variant, anchored)?)))
        .collect();
    (!lines.is_empty()).then_some(Pattern { written, lines })
}

/// Git compares the part before the first special character by itself, and then takes `**` right after it for one that
/// stands at the start: `ab**/c` matches `abx/y/c`, and `abc` too. For the library these are two patterns.
fn variants(pattern: Vec<u8>, anchored: bool) -> Vec<Vec<u8>> {
    let plain = pattern.iter().take_while(|byte| !matches!(byte, b'*' | b'?' | b'[' | b'\\')).count();
    let count = pattern[plain..].iter().take_while(|byte| **byte == b'*').count();
    let (start, rest) = (&pattern[..plain], &pattern[plain + count..]);
    if !anchored || count < 2 || matches!(start, [] | [.., b'/']) || !matches!(rest, [] | [b'/', ..]) {
        return vec![pattern];
    }
    let deep = [start, b"*/**", rest].concat();
    let mut all = match rest {
        [] => vec![[start, b"*"].concat()],
        [_, rest @ ..] => variants([start, rest].concat(), anchored),
    };
    all.push(deep);
    all
}

/// Without the blanks at the end; those after a backslash count.
fn trim_blanks(line: &[u8]) -> &[u8] {
    let mut end = 0;
    let mut at = 0;
    while at < line.len() {
        match line[at] {
            b'\\' => {
                at += 2;
                end = at.min(line.len());
            }
            b' ' => at += 1,
            _ => {
                at += 1;
                end = at;
            }
        }
    }
    &line[..end]
}

/// The pattern for the library; `None` when it can never match.
fn translate(pattern: &[u8], anchored: bool) -> Option<String> {
    if pattern.is_empty() {
        return None;
    }
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut at = 0;
    while let Some(&byte) = pattern.get(at) {
        match byte {
            b'\\' => {
                at += 1;
                // A backslash with nothing to escape makes the whole rule void.
                at += literal(pattern.get(at..).filter(|rest| !rest.is_empty())?, &mut out);
            }
            b'*' => {
                let stars = pattern[at..].iter().take_while(|byte| **byte == b'*').count();
                let before = at == 0 || pattern[at - 1] == b'/';
                let after = matches!(pattern.get(at + stars), None | Some(b'/'));
                out += if stars > 1 && anchored && before && after { "**" } else { "*" };
                at += stars;
            }
            b'?' => {
                out.push('?');
                at += 1;
            }
            // No path has an empty part, so a rule with one never matches.
            b'/' if at == 0 || pattern[at - 1] == b'/' || at + 1 == pattern.len() => return None,
            b'[' => at += class(&pattern[at..], &mut out)?,
            _ => at += literal(&pattern[at..], &mut out),
        }
    }
    Some(out)
}

/// Writes the first character of `rest` so that it means only itself; returns its length.
fn literal(rest: &[u8], out: &mut String) -> usize {
    let length = (1..=rest.len().min(4)).find(|end| std::str::from_utf8(&rest[..*end]).is_ok());
    let Some(length) = length else {
        // A byte that is not UTF-8 cannot be written in a glob: any byte above ASCII is the closest.
        out.push_str("[!\u{1}-\u{7f}]");
        return 1;
    };
    let text = std::str::from_utf8(&rest[..length]).expect("it was just found to be valid");
    match rest[0] {
        b'*' | b'?' | b'[' | b']' | b'{' | b'}' | b',' | b'!' | b'#' | b'\\' | b'-' => {
            out.push('\\');
            out.push_str(text);
        }
        // Blanks at the end of a line would be trimmed.
        _ if text.chars().all(char::is_whitespace) => {
            out.push('{');
            out.push_str(text);
            out.push('}');
        }
        _ => out.push_str(text),
    }
    length
}

/// Writes the class at the start of `pattern` as the library reads classes; returns its length. `None` when it is not
/// closed (git lets such a rule match nothing).
fn class(pattern: &[u8], out: &mut String) -> Option<usize> {
    let mut at = 1;
    let negated = matches!(pattern.get(at), Some(b'!' | b'^'));
    at += usize::from(negated);
    let mut members = [false; 256];
    let first = at;
    let mut previous: Option<u8> = None;
    loop {
        let byte = *pattern.get(at)?;
        match byte {
            b']' if at > first => break,
            b'-' if previous.is_some() && !matches!(pattern.get(at + 1), None | Some(b']')) => {
                at += 1;
                let mut end = *pattern.get(at)?;
                if end == b'\\' {
                    at += 1;
                    end = *pattern.get(at)?;
                }
                for member in previous.take()?..=end {
                    members[usize::from(member)] = true;
                }
                at += 1;
            }
            b'[' if pattern.get(at + 1) == Some(&b':') => {
                let rest = &pattern[at + 2..];
                let close = rest.iter().position(|byte| *byte == b']')?;
                if close == 0 || rest[close - 1] != b':' {
                    // Not `[:name:]`: the bracket is a member like any other.
                    members[usize::from(b'[')] = true;
                    previous = Some(b'[');
                    at += 1;
                    continue;
                }
                let belongs = named(&rest[..close - 1])?;
                for member in 0..=127_u8 {
                    members[usize::from(member)] |= belongs(&member);
                }
                previous = None;
                at += 2 + close + 1;
            }
            _ => {
                let mut member = byte;
                if member == b'\\' {
                    at += 1;
                    member = *pattern.get(at)?;
                }
                members[usize::from(member)] = true;
                previous = Some(member);
                at += 1;
            }
        }
    }
    write_class(&mut members, negated, out)?;
    Some(at + 1)
}

fn named(name: &[u8]) -> Option<fn(&u8) -> bool> {
    Some(match name {
        b"alnum" => u8::is_ascii_alphanumeric,
        b"alpha" => u8::is_ascii_alphabetic,
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"cntrl" => u8::is_ascii_control,
        b"digit" => u8::is_ascii_digit,
        b"graph" => u8::is_ascii_graphic,
        b"lower" => u8::is_ascii_lowercase,
        b"print" => |byte| byte.is_ascii_graphic() || *byte == b' ',
        b"punct" => u8::is_ascii_punctuation,
        b"space" => |byte| byte.is_ascii_whitespace() || *byte == 0x0B,
        b"upper" => u8::is_ascii_uppercase,
        b"xdigit" => u8::is_ascii_hexdigit,
        _ => return None,
    })
}

/// Writes the members in an order in which none of them has a meaning of its own. `/` is never matched by a class, and
/// members above ASCII (bytes of a longer character) cannot be written: `None`.
fn write_class(members: &mut [bool; 256], negated: bool, out: &mut String) -> Option<()> {
    if members[128..].contains(&true) {
        return None;
    }
    members[usize::from(b'/')] = negated;
    members[0] = false;
    let list: Vec<char> = (1..128_u8).filter(|byte| members[usize::from(*byte)]).map(char::from).collect();
    let special = |member: &char| matches!(member, ']' | '!' | '^' | '-' | '\\' | '[');
    let (marks, plain): (Vec<char>, Vec<char>) = list.into_iter().partition(special);
    if !negated && plain.is_empty() {
        // Only signs that mean something in a class: alternatives say it without doubt.
        if marks.is_empty() {
            return None;
        }
        let alternatives: Vec<String> = marks.iter().map(|mark| format!("\\{mark}")).collect();
        out.push('{');
        out.push_str(&alternatives.join(","));
        out.push('}');
        return Some(());
    }
    out.push('[');
    if negated {
        out.push('!');
    }
    if marks.contains(&']') {
        out.push(']');
    }
    out.extend(plain);
    out.extend(marks.iter().filter(|mark| !matches!(mark, ']' | '-')));
    if marks.contains(&'-') {
        out.push('-');
    }
    out.push(']');
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Option<&str>) {
        let lines = parse(line.as_bytes()).map(|pattern| pattern.lines.join(" or "));
        assert_eq!(lines.as_deref(), expected, "{line:?}");
    }

    #[test]
    fn lines_as_git_reads_them() {
        check("", None);
        check("   ", None);
        check("# note", None);
        check("/", None);
        check("!", None);
        check("target/", Some("**/target/"));
        check("/target", Some("/target"));
        check("a/b", Some("/a/b"));
        check("!keep.log", Some("!**/keep.log"));
        check("\\#x", Some("**/\\#x"));
        check("\\!x", Some("**/\\!x"));
        check("x  ", Some("**/x"));
        check("x\\ ", Some("**/x{ }"));
        check("x\t", Some("**/x{\t}"));
        check("x\r", Some("**/x"));
        check("{a,b}", Some("**/\\{a\\,b\\}"));
        check("x\\", None);
        check("[ab", None);
        check("[a-c!]", Some("**/[abc!]"));
        check("[!a]", Some("**/[!/a]"));
        check("[]-]", Some("**/{\\-,\\]}"));
        check("[[:digit:]]", Some("**/[0123456789]"));
        check("a//b", None);
        check("[//a]", Some("/[a]"));
        check("**", Some("**/*"));
        check("a/**/b", Some("/a/**/b"));
        check("a**/b", Some("/ab or /a*/**/b"));
        check("?**/b", Some("/?*/b"));
        check("c/a**", Some("/c/a* or /c/a*/**"));
        check("/**", Some("/**"));
    }
}
