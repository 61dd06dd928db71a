//! Which language a file is in: by name, extension, first line and, where an extension is shared, by content.
//!
//! Plain text is an answer too: for languages without a grammar here (Perl, Verilog, F#, MATLAB, Groovy, ...) a wrong
//! grammar would cut the file at wrong places, while blank lines cut any text well enough.

mod content;
mod script;
#[cfg(test)]
mod tests;

use super::Language;

/// The language of the file at `path` (with `/`), of whose text `head` is at least the first kilobyte or all there is.
/// The more of the text it has, the better shared extensions such as `.h` are told apart.
pub fn detect(path: &str, head: &str) -> Language {
    let end = (0..=content::ENOUGH.min(head.len())).rev().find(|end| head.is_char_boundary(*end)).unwrap_or(0);
    let head = &head[..end];
    let name = path.rsplit('/').next().unwrap_or(path);
    by_name(name, head)
        .or_else(|| by_extension(name, head))
        .or_else(|| script::by_first_line(head))
        .or_else(|| script::by_mode_line(head))
        .or_else(|| content::by_opening(name, head))
        .unwrap_or(Language::PlainText)
}

fn by_name(name: &str, head: &str) -> Option<Language> {
    Some(match name {
        "Makefile" | "makefile" | "GNUmakefile" | "BSDmakefile" | "Kbuild" | "Makefile.am" | "Makefile.in" => {
            Language::Make
        }
        "CMakeLists.txt" | "CMakeCache.txt" => Language::CMake,
        "Dockerfile" | "dockerfile" | "Containerfile" | "containerfile" => Language::Dockerfile,
        "Rakefile" | "rakefile" | "Gemfile" | "Guardfile" | "Podfile" | "Fastfile" | "Appfile" | "Matchfile"
        | "Brewfile" | "Vagrantfile" | "Capfile" | "Thorfile" | "Berksfile" | "Dangerfile" | "Puppetfile"
        | "Steepfile" | "Appraisals" | ".irbrc" | ".pryrc" | ".simplecov" => Language::Ruby,
        "BUILD" | "BUCK" | "WORKSPACE" | "BUILD.bazel" | "WORKSPACE.bazel" | "MODULE.bazel" | "Tiltfile"
        | "SConstruct" | "SConscript" | "Snakefile" | "wscript" | "DEPS" | ".pythonrc" | ".pystartup" => {
            Language::Python
        }
        ".bashrc" | ".bash_profile" | ".bash_login" | ".bash_logout" | ".bash_aliases" | ".profile" | ".zshrc"
        | ".zshenv" | ".zprofile" | ".zlogin" | ".zlogout" | ".kshrc" | ".xinitrc" | ".xsession" | "bashrc"
        | "zshrc" | "PKGBUILD" | "APKBUILD" | "gradlew" | "mvnw" => Language::Bash,
        ".luacheckrc" | ".luacov" | ".busted" => Language::Lua,
        ".Rprofile" => Language::R,
        "rebar.config" | "rebar.config.script" | "Emakefile" | "sys.config" => Language::Erlang,
        "mix.lock" => Language::Elixir,
        "Jakefile" => Language::JavaScript,
        "Pipfile" | "Cargo.lock" | "Cargo.toml.orig" | "poetry.lock" | "uv.lock" | "pdm.lock" | "Gopkg.lock" => {
            Language::Toml
        }
        ".clang-format" | ".clang-tidy" | ".clangd" | ".gemrc" | ".yamllint" | "CITATION.cff" | "pubspec.lock"
        | "yarn.lock" => Language::Yaml,
        "composer.lock" | "Pipfile.lock" | "flake.lock" | "deno.lock" | ".watchmanconfig" | ".arcconfig" | ".swcrc"
        | ".lintstagedrc" | ".nycrc" | ".jshintrc" | ".jscsrc" | ".tern-project" | ".auto-changelog" => Language::Json,
        ".babelrc" | ".eslintrc" | ".prettierrc" | ".stylelintrc" | ".releaserc" | ".mocharc" => {
            if head.trim_start().starts_with('{') { Language::Json } else { Language::Yaml }
        }
        // Groovy has no grammar here; its Pipeline syntax reads well in windows.
        "Jenkinsfile" => Language::PlainText,
        _ => {
            let (stem, _) = name.split_once('.')?;
            match stem {
                // `Dockerfile.dev`, but not `Dockerfile.md` or `dockerfile.rs`.
                "Dockerfile" | "Containerfile" if by_extension(name, head).is_none() => Language::Dockerfile,
                "Makefile" | "GNUmakefile" if by_extension(name, head).is_none() => Language::Make,
                "Jenkinsfile" => Language::PlainText,
                _ => return None,
            }
        }
    })
}

fn by_extension(name: &str, head: &str) -> Option<Language> {
    let (stem, extension) = name.rsplit_once('.')?;
    let language = match extension.to_ascii_lowercase().as_str() {
        "rs" => Language::Rust,
        "py" | "pyi" | "pyw" | "bzl" | "star" | "starlark" | "bazel" | "gyp" | "gypi" | "wsgi" => Language::Python,
        // JSX is part of the JavaScript grammar.
        "js" | "mjs" | "cjs" | "jsx" | "es" | "es6" | "jsm" | "sjs" | "ssjs" => Language::JavaScript,
        "ts" => content::typescript(head),
        "mts" | "cts" => Language::TypeScript,
        "tsx" => Language::Tsx,
        "go" => Language::Go,
        "java" | "jav" => Language::Java,
        // `.C` with a capital is C++ since the days of cfront.
        "c" if extension == "C" => Language::Cpp,
        "c" => Language::C,
        "h" => content::header(head),
        "cc" | "cpp" | "cxx" | "c++" | "hpp" | "hh" | "hxx" | "h++" | "inl" | "ipp" | "tpp" | "txx" | "tcc" | "ixx"
        | "cppm" | "ccm" | "cxxm" | "mxx" | "cu" | "cuh" | "ino" => Language::Cpp,
        "cs" | "csx" | "cake" => Language::CSharp,
        "rb" | "rake" | "gemspec" | "ru" | "podspec" | "jbuilder" | "rabl" | "thor" | "rbi" | "rbw" | "builder" => {
            Language::Ruby
        }
        "php" | "phtml" | "php3" | "php4" | "php5" | "php7" | "php8" | "phps" | "phpt" => Language::Php,
        "kt" | "kts" | "ktm" => Language::Kotlin,
        "swift" | "swiftinterface" => Language::Swift,
        "scala" | "sbt" | "mill" => Language::Scala,
        "sc" => content::scala_or_supercollider(head),
        "lua" | "rockspec" | "luau" | "wlua" => Language::Lua,
        "sh" | "bash" | "zsh" | "ksh" | "dash" | "bats" | "ebuild" | "eclass" | "command" => Language::Bash,
        "sql" | "psql" | "pgsql" | "ddl" | "dml" | "hql" => Language::Sql,
        "html" | "htm" | "xhtml" | "xht" | "shtml" => Language::Html,
        // The grammar reads plain CSS only; in SCSS, Sass and Less it would lose its way at each mixin.
        "css" | "pcss" | "postcss" => Language::Css,
        "vue" => Language::Vue,
        "svelte" => Language::Svelte,
        "ex" | "exs" => Language::Elixir,
        "erl" | "hrl" | "escript" | "xrl" | "yrl" => Language::Erlang,
        "hs" | "hs-boot" | "hsc" => Language::Haskell,
        "ml" => Language::OCaml,
        "mli" => Language::OCamlInterface,
        "zig" | "zon" => Language::Zig,
        "dart" => Language::Dart,
        "r" => content::r_or_rebol(head),
        "jl" => Language::Julia,
        "nix" => Language::Nix,
        "hcl" | "tf" | "tfvars" | "tofu" | "nomad" | "sentinel" => Language::Hcl,
        "proto" | "protodevel" => Language::Protobuf,
        "graphql" | "gql" | "graphqls" => Language::GraphQl,
        "mk" | "mak" | "make" | "makefile" => Language::Make,
        "cmake" => Language::CMake,
        "dockerfile" | "containerfile" => Language::Dockerfile,
        "ps1" | "psm1" | "psd1" => Language::PowerShell,
        "sol" => Language::Solidity,
        "m" => content::objective_c_or_matlab(head),
        "mm" => content::objective_cpp_or_roff(head),
        "inc" => content::include(head),
        "md" | "markdown" | "mdx" | "mdown" | "mkd" | "mkdn" | "qmd" | "rmd" | "mdc" => Language::Markdown,
        "json" | "jsonc" | "json5" | "jsonl" | "ndjson" | "webmanifest" | "geojson" | "topojson" | "avsc" | "har"
        | "map" | "jsonld" | "code-workspace" | "code-snippets" | "sublime-settings" | "sublime-project" | "gltf"
        | "resjson" => Language::Json,
        "yaml" | "yml" | "yaml-tmlanguage" | "sublime-syntax" | "eyaml" | "cff" => Language::Yaml,
        "toml" => Language::Toml,
        "ipynb" => Language::Notebook,
        // Known and without a grammar: the content must not be guessed at. `.pl` is Perl or Prolog, `.v` Verilog or Coq,
        // `.fs` F#, GLSL or Forth, `.cls` LaTeX, Apex or Visual Basic.
        "pl" | "pm" | "pod" | "t" | "pro" | "v" | "sv" | "vh" | "vhd" | "vhdl" | "fs" | "fsx" | "fsi" | "fsproj"
        | "cls" | "sty" | "tex" | "bib" | "txt" | "text" | "rst" | "adoc" | "asciidoc" | "org" | "groovy"
        | "gradle" | "scss" | "sass" | "less" | "styl" | "xml" | "xsd" | "xsl" | "xslt" | "svg" | "plist"
        | "csproj" | "vbproj" | "props" | "targets" | "resx" | "xaml" | "pom" | "wsdl" | "vb" | "bas" | "pas"
        | "asm" | "s" | "f" | "f90" | "f95" | "d" | "nim" | "cr" | "clj" | "cljs" | "cljc" | "edn" | "el" | "lisp"
        | "scm" | "rkt" | "csv" | "tsv" | "log" | "ini" | "cfg" | "conf" | "properties" | "bat" | "cmd" | "vim"
        | "awk" | "sed" | "fish" | "tcl" | "coffee" | "elm" | "purs" | "lean" | "diff" | "patch" | "pyx" | "pxd"
        | "lhs" | "erb" | "eex" | "heex" | "leex" | "haml" | "slim" | "jade" | "pug" | "hbs" | "mustache" | "j2"
        | "jinja" | "jinja2" | "liquid" | "ejs" | "njk" | "thrift" | "capnp" | "fbs" | "wat" | "wgsl" | "glsl"
        | "vert" | "frag" | "hlsl" | "metal" | "po" | "pot" | "snap" => Language::PlainText,
        // What is left when the last part of the name is taken off says it: `config.h.in`, `app.yml.example`.
        "in" | "example" | "sample" | "dist" | "template" | "tmpl" | "tpl" | "orig" | "bak" | "old" | "default" => {
            return by_name(stem, head).or_else(|| by_extension(stem, head));
        }
        _ => return None,
    };
    Some(language)
}
