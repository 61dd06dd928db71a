//! The languages we know: their names, how a file shows which one it is, and the grammar with its [`Spec`].
//! It does not parse anything (see `syntax`) and never looks at the disk.

mod detect;
mod spec;
mod specs;

use serde::{Deserialize, Serialize};

pub use detect::detect;
pub(crate) use spec::written;
pub use spec::{Around, Injection, Name, Named, RefKind, RefRule, Rule, Spec, SymbolKind};

/// One language, or plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the variants are the languages' names")]
pub enum Language {
    Rust,
    Python,
    JavaScript,
    TypeScript,
    Tsx,
    Go,
    Java,
    C,
    Cpp,
    CSharp,
    Ruby,
    Php,
    Kotlin,
    Swift,
    Scala,
    Lua,
    Bash,
    Sql,
    Html,
    Css,
    Vue,
    Svelte,
    Elixir,
    Erlang,
    Haskell,
    OCaml,
    OCamlInterface,
    Zig,
    Dart,
    R,
    Julia,
    Nix,
    Hcl,
    Protobuf,
    GraphQl,
    Make,
    CMake,
    Dockerfile,
    PowerShell,
    Solidity,
    ObjectiveC,
    Markdown,
    Json,
    Yaml,
    Toml,
    Notebook,
    PlainText,
}

impl Language {
    /// All languages, plain text last.
    pub const ALL: &'static [Self] = &[
        Self::Rust,
        Self::Python,
        Self::JavaScript,
        Self::TypeScript,
        Self::Tsx,
        Self::Go,
        Self::Java,
        Self::C,
        Self::Cpp,
        Self::CSharp,
        Self::Ruby,
        Self::Php,
        Self::Kotlin,
        Self::Swift,
        Self::Scala,
        Self::Lua,
        Self::Bash,
        Self::Sql,
        Self::Html,
        Self::Css,
        Self::Vue,
        Self::Svelte,
        Self::Elixir,
        Self::Erlang,
        Self::Haskell,
        Self::OCaml,
        Self::OCamlInterface,
        Self::Zig,
        Self::Dart,
        Self::R,
        Self::Julia,
        Self::Nix,
        Self::Hcl,
        Self::Protobuf,
        Self::GraphQl,
        Self::Make,
        Self::CMake,
        Self::Dockerfile,
        Self::PowerShell,
        Self::Solidity,
        Self::ObjectiveC,
        Self::Markdown,
        Self::Json,
        Self::Yaml,
        Self::Toml,
        Self::Notebook,
        Self::PlainText,
    ];

    /// The lower-case word used in filters, settings and JSON; the editors' language id where they have one.
    pub fn id(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Python => "python",
            Self::JavaScript => "javascript",
            Self::TypeScript => "typescript",
            Self::Tsx => "tsx",
            Self::Go => "go",
            Self::Java => "java",
            Self::C => "c",
            Self::Cpp => "cpp",
            Self::CSharp => "csharp",
            Self::Ruby => "ruby",
            Self::Php => "php",
            Self::Kotlin => "kotlin",
            Self::Swift => "swift",
            Self::Scala => "scala",
            Self::Lua => "lua",
            Self::Bash => "bash",
            Self::Sql => "sql",
            Self::Html => "html",
            Self::Css => "css",
            Self::Vue => "vue",
            Self::Svelte => "svelte",
            Self::Elixir => "elixir",
            Self::Erlang => "erlang",
            Self::Haskell => "haskell",
            Self::OCaml => "ocaml",
            Self::OCamlInterface => "ocaml-interface",
            Self::Zig => "zig",
            Self::Dart => "dart",
            Self::R => "r",
            Self::Julia => "julia",
            Self::Nix => "nix",
            Self::Hcl => "hcl",
            Self::Protobuf => "protobuf",
            Self::GraphQl => "graphql",
            Self::Make => "make",
            Self::CMake => "cmake",
            Self::Dockerfile => "dockerfile",
            Self::PowerShell => "powershell",
            Self::Solidity => "solidity",
            Self::ObjectiveC => "objective-c",
            Self::Markdown => "markdown",
            Self::Json => "json",
            Self::Yaml => "yaml",
            Self::Toml => "toml",
            Self::Notebook => "notebook",
            Self::PlainText => "text",
        }
    }

    /// The name people write.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Python => "Python",
            Self::JavaScript => "JavaScript",
            Self::TypeScript => "TypeScript",
            Self::Tsx => "TSX",
            Self::Go => "Go",
            Self::Java => "Java",
            Self::C => "C",
            Self::Cpp => "C++",
            Self::CSharp => "C#",
            Self::Ruby => "Ruby",
            Self::Php => "PHP",
            Self::Kotlin => "Kotlin",
            Self::Swift => "Swift",
            Self::Scala => "Scala",
            Self::Lua => "Lua",
            Self::Bash => "Shell",
            Self::Sql => "SQL",
            Self::Html => "HTML",
            Self::Css => "CSS",
            Self::Vue => "Vue",
            Self::Svelte => "Svelte",
            Self::Elixir => "Elixir",
            Self::Erlang => "Erlang",
            Self::Haskell => "Haskell",
            Self::OCaml => "OCaml",
            Self::OCamlInterface => "OCaml interface",
            Self::Zig => "Zig",
            Self::Dart => "Dart",
            Self::R => "R",
            Self::Julia => "Julia",
            Self::Nix => "Nix",
            Self::Hcl => "HCL",
            Self::Protobuf => "Protobuf",
            Self::GraphQl => "GraphQL",
            Self::Make => "Make",
            Self::CMake => "CMake",
            Self::Dockerfile => "Dockerfile",
            Self::PowerShell => "PowerShell",
            Self::Solidity => "Solidity",
            Self::ObjectiveC => "Objective-C",
            Self::Markdown => "Markdown",
            Self::Json => "JSON",
            Self::Yaml => "YAML",
            Self::Toml => "TOML",
            Self::Notebook => "Jupyter notebook",
            Self::PlainText => "plain text",
        }
    }

    /// The language of that id or name, whatever its case.
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.trim();
        let alias = match word.to_ascii_lowercase().as_str() {
            "js" | "jsx" | "javascriptreact" => "javascript",
            "ts" => "typescript",
            "typescriptreact" => "tsx",
            "py" => "python",
            "rs" => "rust",
            "golang" => "go",
            "shell" | "sh" | "zsh" | "shellscript" => "bash",
            "c++" => "cpp",
            "c#" | "cs" => "csharp",
            "objc" | "objectivec" => "objective-c",
            "docker" => "dockerfile",
            "terraform" => "hcl",
            "makefile" => "make",
            "md" => "markdown",
            "yml" => "yaml",
            "proto" => "protobuf",
            "plaintext" | "plain" => "text",
            _ => "",
        };
        let wanted = if alias.is_empty() { word } else { alias };
        Self::ALL
            .iter()
            .copied()
            .find(|language| language.id().eq_ignore_ascii_case(wanted) || language.name().eq_ignore_ascii_case(wanted))
    }

    /// The grammar and what its nodes mean; `None` for plain text and for grammars left out of this build.
    pub fn grammar(self) -> Option<(tree_sitter::Language, &'static Spec)> {
        match self {
            #[cfg(feature = "lang-rust")]
            Self::Rust => Some((tree_sitter_rust::LANGUAGE.into(), &specs::rust::SPEC)),
            #[cfg(feature = "lang-python")]
            Self::Python => Some((tree_sitter_python::LANGUAGE.into(), &specs::python::SPEC)),
            #[cfg(feature = "lang-javascript")]
            Self::JavaScript => Some((tree_sitter_javascript::LANGUAGE.into(), &specs::javascript::SPEC)),
            #[cfg(feature = "lang-typescript")]
            Self::TypeScript => Some((tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(), &specs::javascript::SPEC)),
            #[cfg(feature = "lang-typescript")]
            Self::Tsx => Some((tree_sitter_typescript::LANGUAGE_TSX.into(), &specs::javascript::SPEC)),
            #[cfg(feature = "lang-go")]
            Self::Go => Some((tree_sitter_go::LANGUAGE.into(), &specs::go::SPEC)),
            #[cfg(feature = "lang-java")]
            Self::Java => Some((tree_sitter_java::LANGUAGE.into(), &specs::java::SPEC)),
            #[cfg(feature = "lang-c")]
            Self::C => Some((tree_sitter_c::LANGUAGE.into(), &specs::c::SPEC)),
            #[cfg(feature = "lang-cpp")]
            Self::Cpp => Some((tree_sitter_cpp::LANGUAGE.into(), &specs::cpp::SPEC)),
            #[cfg(feature = "lang-c-sharp")]
            Self::CSharp => Some((tree_sitter_c_sharp::LANGUAGE.into(), &specs::csharp::SPEC)),
            #[cfg(feature = "lang-ruby")]
            Self::Ruby => Some((tree_sitter_ruby::LANGUAGE.into(), &specs::ruby::SPEC)),
            #[cfg(feature = "lang-php")]
            Self::Php => Some((tree_sitter_php::LANGUAGE_PHP.into(), &specs::php::SPEC)),
            #[cfg(feature = "lang-kotlin-ng")]
            Self::Kotlin => Some((tree_sitter_kotlin_ng::LANGUAGE.into(), &specs::kotlin::SPEC)),
            #[cfg(feature = "lang-swift")]
            Self::Swift => Some((tree_sitter_swift::LANGUAGE.into(), &specs::swift::SPEC)),
            #[cfg(feature = "lang-scala")]
            Self::Scala => Some((tree_sitter_scala::LANGUAGE.into(), &specs::scala::SPEC)),
            #[cfg(feature = "lang-lua")]
            Self::Lua => Some((tree_sitter_lua::LANGUAGE.into(), &specs::lua::SPEC)),
            #[cfg(feature = "lang-bash")]
            Self::Bash => Some((tree_sitter_bash::LANGUAGE.into(), &specs::bash::SPEC)),
            #[cfg(feature = "lang-sequel")]
            Self::Sql => Some((tree_sitter_sequel::LANGUAGE.into(), &specs::sql::SPEC)),
            #[cfg(feature = "lang-html")]
            Self::Html => Some((tree_sitter_html::LANGUAGE.into(), &specs::html::SPEC)),
            #[cfg(feature = "lang-css")]
            Self::Css => Some((tree_sitter_css::LANGUAGE.into(), &specs::css::SPEC)),
            #[cfg(feature = "lang-html")]
            Self::Vue => Some((tree_sitter_html::LANGUAGE.into(), &specs::html::SPEC)),
            #[cfg(feature = "lang-svelte-ng")]
            Self::Svelte => Some((tree_sitter_svelte_ng::LANGUAGE.into(), &specs::svelte::SPEC)),
            #[cfg(feature = "lang-elixir")]
            Self::Elixir => Some((tree_sitter_elixir::LANGUAGE.into(), &specs::elixir::SPEC)),
            #[cfg(feature = "lang-erlang")]
            Self::Erlang => Some((tree_sitter_erlang::LANGUAGE.into(), &specs::erlang::SPEC)),
            #[cfg(feature = "lang-haskell")]
            Self::Haskell => Some((tree_sitter_haskell::LANGUAGE.into(), &specs::haskell::SPEC)),
            #[cfg(feature = "lang-ocaml")]
            Self::OCaml => Some((tree_sitter_ocaml::LANGUAGE_OCAML.into(), &specs::ocaml::SPEC)),
            #[cfg(feature = "lang-ocaml")]
            Self::OCamlInterface => Some((tree_sitter_ocaml::LANGUAGE_OCAML_INTERFACE.into(), &specs::ocaml::SPEC)),
            #[cfg(feature = "lang-zig")]
            Self::Zig => Some((tree_sitter_zig::LANGUAGE.into(), &specs::zig::SPEC)),
            #[cfg(feature = "lang-dart")]
            Self::Dart => Some((tree_sitter_dart::LANGUAGE.into(), &specs::dart::SPEC)),
            #[cfg(feature = "lang-r")]
            Self::R => Some((tree_sitter_r::LANGUAGE.into(), &specs::r::SPEC)),
            #[cfg(feature = "lang-julia")]
            Self::Julia => Some((tree_sitter_julia::LANGUAGE.into(), &specs::julia::SPEC)),
            #[cfg(feature = "lang-nix")]
            Self::Nix => Some((tree_sitter_nix::LANGUAGE.into(), &specs::nix::SPEC)),
            #[cfg(feature = "lang-hcl")]
            Self::Hcl => Some((tree_sitter_hcl::LANGUAGE.into(), &specs::hcl::SPEC)),
            #[cfg(feature = "lang-proto")]
            Self::Protobuf => Some((tree_sitter_proto::LANGUAGE.into(), &specs::protobuf::SPEC)),
            #[cfg(feature = "lang-graphql")]
            Self::GraphQl => Some((tree_sitter_graphql::LANGUAGE.into(), &specs::graphql::SPEC)),
            #[cfg(feature = "lang-make")]
            Self::Make => Some((tree_sitter_make::LANGUAGE.into(), &specs::make::SPEC)),
            #[cfg(feature = "lang-cmake")]
            Self::CMake => Some((tree_sitter_cmake::LANGUAGE.into(), &specs::cmake::SPEC)),
            #[cfg(feature = "lang-containerfile")]
            Self::Dockerfile => Some((tree_sitter_containerfile::LANGUAGE.into(), &specs::dockerfile::SPEC)),
            #[cfg(feature = "lang-powershell")]
            Self::PowerShell => Some((tree_sitter_powershell::LANGUAGE.into(), &specs::powershell::SPEC)),
            #[cfg(feature = "lang-solidity")]
            Self::Solidity => Some((tree_sitter_solidity::LANGUAGE.into(), &specs::solidity::SPEC)),
            #[cfg(feature = "lang-objc")]
            Self::ObjectiveC => Some((tree_sitter_objc::LANGUAGE.into(), &specs::objective_c::SPEC)),
            #[cfg(feature = "lang-md")]
            Self::Markdown => Some((tree_sitter_md::LANGUAGE.into(), &specs::markdown::SPEC)),
            #[cfg(feature = "lang-json")]
            Self::Json => Some((tree_sitter_json::LANGUAGE.into(), &specs::json::SPEC)),
            #[cfg(feature = "lang-yaml")]
            Self::Yaml => Some((tree_sitter_yaml::LANGUAGE.into(), &specs::yaml::SPEC)),
            #[cfg(feature = "lang-toml-ng")]
            Self::Toml => Some((tree_sitter_toml_ng::LANGUAGE.into(), &specs::toml::SPEC)),
            #[cfg(feature = "lang-json")]
            Self::Notebook => Some((tree_sitter_json::LANGUAGE.into(), &specs::notebook::SPEC)),
            #[allow(unreachable_patterns, reason = "reached only when a grammar is left out of the build")]
            _ => None,
        }
    }
}
