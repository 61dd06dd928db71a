//! Names, first lines and contents with the language they show.

use super::detect;
use crate::language::Language::{self, *};

#[track_caller]
fn check(path: &str, head: &str, expected: Language) {
    assert_eq!(detect(path, head), expected, "{path}: {head}");
}

#[test]
fn by_name() {
    for (language, names) in [
        (Make, "Makefile makefile GNUmakefile Makefile.am Makefile.in Makefile.linux rules.mk"),
        (CMake, "CMakeLists.txt FindX.cmake config.cmake.in"),
        (Dockerfile, "Dockerfile Dockerfile.dev Containerfile app.dockerfile Dockerfile.prod.alpine"),
        (Ruby, "Rakefile Gemfile Podfile Vagrantfile Brewfile config.ru x.gemspec lib/tasks/x.rake Fastfile"),
        (Python, "BUILD WORKSPACE BUILD.bazel defs.bzl x.star SConstruct x.pyi x.pyw x.py Tiltfile"),
        (Bash, ".bashrc .zshrc .profile PKGBUILD gradlew a.sh a.bash a.zsh a.bats"),
        (
            PlainText,
            "Jenkinsfile Jenkinsfile.release LICENSE x.unknown noextension README .gitignore a.txt build.gradle",
        ),
        (PlainText, "a.pl a.pm a.v a.fs a.cls a.scss a.sass a.less a.xml a.svg a.lhs a.groovy a.erb"),
        (Markdown, "README.md a.mdx a.markdown Dockerfile.md x.Rmd"),
        (Rust, "dockerfile.rs src/Makefile.rs build.rs"),
        (JavaScript, "a.js a.mjs a.cjs a.jsx"),
        (TypeScript, "a.ts a.mts a.cts a.d.ts"),
        (Tsx, "a.tsx"),
        (Go, "a.go"),
        (Java, "A.java package-info.java"),
        (C, "a.c a.h config.h.in"),
        (Cpp, "a.cc a.cpp a.cxx a.hpp a.hh a.hxx a.inl a.ipp a.tpp a.cu a.cuh A.C a.ixx"),
        (CSharp, "a.cs a.csx"),
        (Php, "a.php a.phtml"),
        (Kotlin, "a.kt build.gradle.kts"),
        (Swift, "Package.swift"),
        (Scala, "a.scala build.sbt"),
        (Lua, "a.lua x-1.0.rockspec .luacheckrc"),
        (Sql, "a.sql"),
        (Html, "a.html a.htm a.xhtml"),
        (Css, "a.css"),
        (Vue, "A.vue"),
        (Svelte, "A.svelte"),
        (Elixir, "mix.exs a.ex"),
        (Erlang, "a.erl a.hrl rebar.config"),
        (Haskell, "A.hs"),
        (OCaml, "a.ml"),
        (OCamlInterface, "a.mli"),
        (Zig, "build.zig build.zig.zon"),
        (Dart, "a.dart"),
        (R, "a.R a.r .Rprofile"),
        (Julia, "a.jl"),
        (Nix, "flake.nix"),
        (Hcl, "main.tf x.tfvars x.hcl"),
        (Protobuf, "a.proto"),
        (GraphQl, "a.graphql a.gql"),
        (PowerShell, "a.ps1 a.psm1 a.psd1"),
        (Solidity, "A.sol"),
        (ObjectiveC, "a.mm"),
        (Json, "a.json tsconfig.jsonc a.json5 a.webmanifest a.geojson .swcrc a.json.example"),
        (Yaml, "a.yaml a.yml .clang-format app.yml.dist"),
        (Toml, "Cargo.toml Pipfile"),
        (Notebook, "a.ipynb"),
    ] {
        for name in names.split(' ') {
            check(name, "", language);
            check(&format!("some/folder.py/{name}"), "", language);
        }
    }
}

#[test]
fn by_first_line() {
    for (line, language) in [
        ("#!/usr/bin/env -S python3 -u", Python),
        ("#!/usr/bin/env python", Python),
        ("#!/usr/bin/python3.12 -E", Python),
        ("#! /usr/bin/env -S uv run --script", Python),
        ("#!/bin/sh -e", Bash),
        ("#!/bin/bash", Bash),
        ("#!/usr/bin/env -i LANG=C zsh", Bash),
        ("#!/bin/dash", Bash),
        ("#!/usr/bin/ksh93", Bash),
        ("#!/usr/bin/env node", JavaScript),
        ("#!/usr/bin/env -S deno run --allow-net", TypeScript),
        ("#!/usr/bin/env ruby", Ruby),
        ("#!/usr/bin/perl -w", PlainText),
        ("#!/usr/bin/env lua5.4", Lua),
        ("#!/usr/bin/php", Php),
        ("#!/usr/bin/env Rscript", R),
        ("#!/usr/bin/env elixir", Elixir),
        ("#!/usr/bin/env escript", Erlang),
        ("#!/usr/bin/env julia", Julia),
        ("#!/usr/bin/env pwsh", PowerShell),
        ("#!/usr/bin/env -Snode --test", JavaScript),
        ("#!/usr/bin/make -f", Make),
        ("#!/usr/bin/env runhaskell", Haskell),
        ("#!", PlainText),
        ("#!/usr/bin/env", PlainText),
        (" #!/bin/sh", PlainText),
    ] {
        check("bin/tool", &format!("{line}\nx\n"), language);
        check("bin/tool", &format!("{line}\r\nx\r\n"), language);
    }
    check("a.py", "#!/bin/sh\n", Python);
    check("run.tool", "#!/bin/sh\n", Bash);
}

#[test]
fn by_mode_line_and_opening() {
    check("x", "# -*- mode: ruby -*-\n", Ruby);
    check("x", "# -*- coding: utf-8; mode: python; -*-\n", Python);
    check("x", "/* -*- C++ -*- */\n", Cpp);
    check("x", "# comment\n# vim: set ft=yaml sw=2:\n", Yaml);
    check("x", "a\n\n# vim:syntax=make\n", Make);
    check("x", "see nvim: ft=ruby\n", PlainText);
    check("x", "// -*- coding: utf-8 -*-\n", PlainText);
    check("page", "<!DOCTYPE html>\n<html>", Html);
    check("page", "<?php echo 1;", Php);
    check(".eslintrc", "{\"root\": true}", Json);
    check(".eslintrc", "root: true", Yaml);
}

#[test]
fn headers() {
    for text in [
        "#ifndef X_H\n#define X_H\nint f(void);\n#endif\n",
        "#ifdef __cplusplus\nextern \"C\" {\n#endif\nint f(void);\n#ifdef __cplusplus\n}\n#endif\n",
        "#ifdef __cplusplus\n#include <cstdint>\nclass X;\nnamespace a { class B; }\n#else\ntypedef struct X X;\n#endif\n",
        "/* class of things;\n * namespace std::x\n */\nstruct class_info { int template_id; };\n",
        "// using namespace std;\n#include <stdio.h>\n#include <sys/types.h>\n",
        "struct a { int class; };\nint new(int delete);\n",
        "",
    ] {
        check("a.h", text, C);
    }
    for text in [
        "#pragma once\n#include <vector>\n",
        "namespace x {\nint f();\n}\n",
        "class Store final : public Base {\npublic:\n};\n",
        "template <typename T>\nT f(T);\n",
        "// c\nint f(std::string);\n",
        "struct A {\n    A() = default;\n};\n",
        "#ifndef __cplusplus\n#error C++ only\n#endif\nnamespace a {}\n",
    ] {
        check("a.h", text, Cpp);
    }
    for text in
        ["#import <Foundation/Foundation.h>\n", "// x\n@interface A : NSObject\n@end\n", "NS_ASSUME_NONNULL_BEGIN\n"]
    {
        check("a.h", text, ObjectiveC);
    }
}

#[test]
fn shared_extensions() {
    check("a.m", "#import \"A.h\"\n@implementation A\n@end\n", ObjectiveC);
    check("a.m", "// only a comment\n", ObjectiveC);
    check("a.m", "/* c */\n#include <stdio.h>\n", ObjectiveC);
    check("a.m", "% Computes\nfunction y = f(x)\n", PlainText);
    check("a.m", "function y = f(x)\n  y = x;\nend\n", PlainText);
    check("a.m", ":- module hello.\n", PlainText);
    check("a.m", "x = 1;\ny = x + 2;\n", PlainText);
    check("a.mm", ".TH NAME 1\n", PlainText);
    check("a.mm", "#include <vector>\n", ObjectiveC);
    check("a.ts", "<?xml version=\"1.0\"?>\n<!DOCTYPE TS>\n<TS version=\"2.1\">", PlainText);
    check("a.ts", "export const x = <T>(y: T) => y;", TypeScript);
    check("a.inc", "<?php\nfunction f() {}\n", Php);
    check("a.inc", "#define X 1\nstatic int x;\n", C);
    check("a.inc", "static std::vector<int> x;\n", Cpp);
    check("a.inc", "SRC_URI = \"x\"\ninherit cmake\n", PlainText);
    check("a.inc", "; assembly\nmov eax, 1\n", PlainText);
    check("a.sc", "object Main extends App { val x = 1 }\n", Scala);
    check("a.sc", "(\nSynthDef(\\x, { |freq| }).add;\n)\n", PlainText);
    check("a.r", "REBOL [ Title: \"x\" ]\n", PlainText);
    check("a.r", "f <- function(x) x\n", R);
}

#[test]
fn any_head_is_survived() {
    let wide = "é".repeat(40_000);
    check("a.h", &wide, C);
    check("x", "#!/usr/bin/env \u{1F9ED}\n", PlainText);
    check("", "", PlainText);
    check("...", "", PlainText);
}
