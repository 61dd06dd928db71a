use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn functions_and_variables() {
    check(
        Language::Bash,
        r#"#!/bin/sh
VERSION="1.0 $(git describe)"
export PREFIX=/usr lower=x
# Says hello.
greet() {
    local NAME="$1"
    LANG=C printf 'hello %s\n' "$NAME"
}
function build-all { make all && greet "$(whoami)"; }
if test -f x; then MODE=fast; fi
"$PREFIX/bin/run" --now
"#,
        &expect![[r#"
            variable VERSION 2-2
            variable PREFIX 3-3
            function greet 5-8
            function build-all 9-9
            variable MODE 10-10
            refers to: git printf make greet whoami test
        "#]],
    );
}
