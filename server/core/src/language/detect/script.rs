//! What a script says in its first line, and what an editor is told in a comment.

use super::Language;

/// The language of the interpreter in `#!...`.
pub(super) fn by_first_line(head: &str) -> Option<Language> {
    let line = head.strip_prefix("#!")?.lines().next()?;
    let mut words = line.split_whitespace();
    let mut command = words.next()?;
    if command.rsplit('/').next() == Some("env") {
        // `env -S python3 -u`, `env -i VAR=x sh`: what is neither an option nor a variable is the command.
        command = words.find_map(|word| match word.strip_prefix("-S") {
            Some("") => None,
            Some(command) => Some(command),
            None => (!word.starts_with('-') && !word.contains('=')).then_some(word),
        })?;
    }
    let program = command.rsplit('/').next()?;
    // An interpreter that we do not know is an answer too: the text is a script in its language.
    Some(interpreter(program).unwrap_or(Language::PlainText))
}

fn interpreter(program: &str) -> Option<Language> {
    let program = program.strip_suffix(".exe").unwrap_or(program).to_ascii_lowercase();
    // `python3.12`, `ruby-3`, `lua5.4`.
    let program = program.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-'));
    Some(match program {
        "python" | "pythonw" | "pypy" | "ipython" | "uv" | "sage" | "xonsh" | "snakemake" | "starlark" => {
            Language::Python
        }
        "sh" | "bash" | "zsh" | "dash" | "ksh" | "mksh" | "ash" | "busybox" | "rbash" | "bats" | "openrc-run" => {
            Language::Bash
        }
        "node" | "nodejs" | "bun" | "qjs" | "gjs" | "d8" | "zx" => Language::JavaScript,
        "deno" | "ts-node" | "tsx" | "ts-node-esm" => Language::TypeScript,
        "ruby" | "jruby" | "rake" | "macruby" | "truffleruby" => Language::Ruby,
        "php" | "php-cgi" => Language::Php,
        "lua" | "luajit" | "texlua" | "luau" => Language::Lua,
        "rscript" | "r" | "littler" => Language::R,
        "elixir" | "iex" => Language::Elixir,
        "escript" => Language::Erlang,
        "julia" => Language::Julia,
        "pwsh" | "powershell" => Language::PowerShell,
        "make" | "gmake" | "bmake" => Language::Make,
        "cmake" => Language::CMake,
        "scala" | "scala-cli" | "amm" => Language::Scala,
        "kotlin" | "kscript" => Language::Kotlin,
        "swift" => Language::Swift,
        "ocaml" | "ocamlrun" | "ocamlscript" => Language::OCaml,
        "runhaskell" | "runghc" | "stack" => Language::Haskell,
        "dart" => Language::Dart,
        "nix-shell" | "nix" => Language::Nix,
        "go" | "gorun" | "yaegi" => Language::Go,
        "java" | "jbang" => Language::Java,
        "rust-script" | "cargo" => Language::Rust,
        "dotnet" | "dotnet-script" | "csi" => Language::CSharp,
        "terraform" => Language::Hcl,
        "psql" | "sqlite" | "mysql" => Language::Sql,
        _ => return None,
    })
}

/// The language that a mode line of Vim or Emacs names, in the first or last lines.
pub(super) fn by_mode_line(head: &str) -> Option<Language> {
    let first = head.lines().take(5);
    // Only where all of a short text is here do its last lines count, but more lines do no harm.
    let last = head.lines().rev().take(5);
    first.chain(last).find_map(|line| mode(line).and_then(language_of_mode))
}

fn mode(line: &str) -> Option<&str> {
    if let Some((_, rest)) = line.split_once("-*-") {
        let (body, _) = rest.split_once("-*-")?;
        let body = body.trim();
        if !body.contains(':') {
            return Some(body);
        }
        return body.split(';').find_map(|setting| {
            let (key, value) = setting.split_once(':')?;
            key.trim().eq_ignore_ascii_case("mode").then_some(value.trim())
        });
    }
    let (before, rest) = ["vim:", "vi:", "ex:"].iter().find_map(|sign| line.split_once(sign))?;
    if !(before.is_empty() || before.ends_with(|c: char| c.is_whitespace())) {
        return None;
    }
    rest.split([' ', ':', '\t']).find_map(|setting| {
        let (key, value) = setting.split_once('=')?;
        matches!(key, "ft" | "filetype" | "syntax" | "syn").then_some(value)
    })
}

fn language_of_mode(mode: &str) -> Option<Language> {
    let mode = mode.to_ascii_lowercase();
    let mode = mode.strip_suffix("-mode").unwrap_or(&mode);
    Some(match mode {
        "shell-script" | "sh" | "bash" | "zsh" => Language::Bash,
        "make" | "makefile" | "makefile-gmake" => Language::Make,
        "objc" => Language::ObjectiveC,
        "cperl" | "perl" | "conf" | "fundamental" | "text" => Language::PlainText,
        "js" | "js2" => Language::JavaScript,
        "tuareg" | "caml" => Language::OCaml,
        "ps1" => Language::PowerShell,
        "terraform" | "tf" => Language::Hcl,
        "proto" => Language::Protobuf,
        _ => Language::parse(mode)?,
    })
}
