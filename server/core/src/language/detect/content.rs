//! What the text itself says, for extensions that languages share.

use super::Language;

/// This much of a text tells its language.
pub(super) const ENOUGH: usize = 32 << 10;

/// `.ts`: TypeScript, or translations made with Qt.
pub(super) fn typescript(head: &str) -> Language {
    let start = head.trim_start();
    if ["<?xml", "<!DOCTYPE TS", "<TS "].iter().any(|opening| start.starts_with(opening)) {
        Language::PlainText
    } else {
        Language::TypeScript
    }
}

/// `.h`: C, C++ or Objective-C. Without a sign it is C.
pub(super) fn header(head: &str) -> Language {
    let mut lines = Code::new(head);
    let mut cpp_only = 0_u32;
    let mut found = Language::C;
    while let Some(line) = lines.next_line() {
        if objective_c_line(line) {
            return Language::ObjectiveC;
        }
        // What stands between `#ifdef __cplusplus` and its end is there for C++ and says nothing of the rest.
        if let Some(directive) = line.strip_prefix('#').map(str::trim_start) {
            if directive.starts_with("if") {
                if cpp_only > 0 || (directive.contains("__cplusplus") && !directive.starts_with("ifndef")) {
                    cpp_only += 1;
                }
            } else if directive.starts_with("endif") {
                cpp_only = cpp_only.saturating_sub(1);
            } else if directive.starts_with("el") && cpp_only == 1 {
                cpp_only = 0;
            }
            if directive.starts_with("pragma once") || !directive.starts_with("include") {
                continue;
            }
        }
        if cpp_only == 0 && cpp_line(line) {
            found = Language::Cpp;
        }
    }
    found
}

fn objective_c_line(line: &str) -> bool {
    [
        "@interface",
        "@protocol",
        "@class ",
        "@implementation",
        "@property",
        "@import ",
        "@end",
        "#import ",
        "NS_ASSUME_NONNULL",
    ]
    .iter()
    .any(|sign| line.starts_with(sign))
}

fn cpp_line(line: &str) -> bool {
    const STARTS: &[&str] = &[
        "namespace ",
        "namespace{",
        "inline namespace ",
        "template<",
        "template <",
        "public:",
        "private:",
        "protected:",
        "using ",
        "virtual ",
        "explicit ",
        "constexpr ",
        "static constexpr ",
        "friend ",
        "enum class ",
        "enum struct ",
        "[[nodiscard]]",
        "concept ",
    ];
    if STARTS.iter().any(|start| line.starts_with(start)) {
        return true;
    }
    if let Some(rest) = line.strip_prefix("class ") {
        return rest.contains(['{', ':', ';']) || !rest.contains('(');
    }
    if let Some(header) = line.strip_prefix('#').map(str::trim_start).and_then(|rest| rest.strip_prefix("include")) {
        // The headers of the standard library have no extension, those of C all do.
        let header = header.trim();
        return header
            .strip_prefix('<')
            .and_then(|rest| rest.strip_suffix('>'))
            .is_some_and(|header| !header.contains(['.', '/']))
            || [".hpp\"", ".hpp>", ".hh\"", ".hxx\""].iter().any(|end| header.ends_with(end));
    }
    line.contains("std::")
        || line.contains("nullptr")
        || line.contains(" operator")
        || line.contains("static_cast<")
        || line.contains(") override")
        || line.contains(") noexcept")
        || line.contains("= delete;")
        || line.contains("= default;")
        || (line.starts_with("struct ") && line.contains(" : public "))
        || (line.contains("::") && !line.contains('"'))
}

/// `.m`: Objective-C, or MATLAB, Octave, Mercury and others that have no grammar here.
pub(super) fn objective_c_or_matlab(head: &str) -> Language {
    let mut lines = Code::new(head);
    while let Some(line) = lines.next_line() {
        if objective_c_line(line)
            || line.starts_with("#include")
            || line.starts_with("#define")
            || line.starts_with("#if")
        {
            return Language::ObjectiveC;
        }
        let matlab = line.starts_with('%')
            || line.starts_with("function ")
            || line.starts_with("classdef ")
            || line.starts_with(":-");
        if matlab {
            return Language::PlainText;
        }
    }
    // Only comments, or plain C: `//` and `/*` are comments in neither MATLAB nor Mercury.
    let start = head.trim_start();
    if start.is_empty() || start.starts_with("//") || start.starts_with("/*") {
        Language::ObjectiveC
    } else {
        Language::PlainText
    }
}

/// `.mm`: Objective-C++, or a manual in roff.
pub(super) fn objective_cpp_or_roff(head: &str) -> Language {
    let roff = head
        .lines()
        .take(20)
        .any(|line| line.starts_with(".\\\"") || line.starts_with(".TH ") || line.starts_with(".P"));
    if roff { Language::PlainText } else { Language::ObjectiveC }
}

/// `.inc`: included by PHP, C or C++; also by assemblers, Pascal, `BitBake` and others without a grammar.
pub(super) fn include(head: &str) -> Language {
    if head.contains("<?php") || head.trim_start().starts_with("<?=") {
        return Language::Php;
    }
    let mut c_like = false;
    let mut lines = Code::new(head);
    while let Some(line) = lines.next_line() {
        if ["#include", "#define", "#if", "#pragma", "static ", "extern ", "struct ", "typedef ", "const "]
            .iter()
            .any(|sign| line.starts_with(sign))
            || (line.ends_with(");") && !line.starts_with('('))
        {
            c_like = true;
        }
        if [";", "%", ".", "SRC_URI", "inherit ", "require ", "procedure ", "function "]
            .iter()
            .any(|sign| line.starts_with(sign))
        {
            return Language::PlainText;
        }
    }
    if c_like { header(head) } else { Language::PlainText }
}

/// `.sc`: Scala (Ammonite, scala-cli) or `SuperCollider`.
pub(super) fn scala_or_supercollider(head: &str) -> Language {
    let mut lines = Code::new(head);
    while let Some(line) = lines.next_line() {
        if line.contains(".postln")
            || line.contains("SynthDef")
            || line.starts_with("arg ")
            || line.contains("{ |")
            || line.starts_with('^')
            || line.contains(" { arg ")
            || line.contains("s.boot")
        {
            return Language::PlainText;
        }
    }
    Language::Scala
}

/// `.r`: R, or Rebol, whose scripts begin with their name.
pub(super) fn r_or_rebol(head: &str) -> Language {
    let rebol = head.lines().take(5).any(|line| {
        let line = line.trim_start().to_ascii_lowercase();
        line.starts_with("rebol [") || line.starts_with("rebol[") || line.starts_with("red [")
    });
    if rebol { Language::PlainText } else { Language::R }
}

/// Files with no extension that show in their first characters what they are.
pub(super) fn by_opening(name: &str, head: &str) -> Option<Language> {
    if name.trim_start_matches('.').contains('.') {
        return None;
    }
    let start = head.trim_start();
    let lower = start.get(..15).unwrap_or(start).to_ascii_lowercase();
    if start.starts_with("<?php") {
        return Some(Language::Php);
    }
    (lower.starts_with("<!doctype html") || lower.starts_with("<html")).then_some(Language::Html)
}

/// The lines of a text in the manner of C, trimmed, without those that are empty or comments.
struct Code<'a> {
    lines: std::str::Lines<'a>,
    in_comment: bool,
}

impl<'a> Code<'a> {
    fn new(text: &'a str) -> Self {
        Self { lines: text.lines(), in_comment: false }
    }

    fn next_line(&mut self) -> Option<&'a str> {
        for line in self.lines.by_ref() {
            let mut line = line.trim();
            if self.in_comment {
                let Some((_, after)) = line.split_once("*/") else { continue };
                self.in_comment = false;
                line = after.trim();
            }
            while let Some(comment) = line.strip_prefix("/*") {
                let after = comment.split_once("*/").map(|(_, after)| after.trim());
                self.in_comment = after.is_none();
                line = after.unwrap_or_default();
            }
            // A comment after code, which may open a block.
            if let Some((code, comment)) = line.split_once("/*") {
                self.in_comment = !comment.contains("*/");
                line = code.trim_end();
            }
            if let Some((code, _)) = line.split_once("//") {
                line = code.trim_end();
            }
            if !line.is_empty() {
                return Some(line);
            }
        }
        None
    }
}
