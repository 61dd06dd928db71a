use expect_test::expect;

use super::check;
use crate::language::Language;

#[test]
fn definitions_and_references() {
    check(
        Language::Css,
        r#"
@import "a.css";
:root { --main: #fff; }
.card, .card > a:hover { color: var(--main); background: url("x.png"); }
@media (max-width: 600px) { .card { display: none; } }
@keyframes spin { from { transform: rotate(0deg); } to { transform: rotate(360deg); } }
@supports (display: grid) { .g { display: grid; } }
@font-face { font-family: "X"; }
/* note */
@layer base { h1 { color: red; } }
.a { &:hover { color: blue } .b & { color: red } animation: spin 1s; }
"#,
        &expect![[r#"
            section :root 3-3
            variable --main 3-3 in :root
            section .card, .card > a:hover 4-4
            section @media (max-width: 600px) 5-5
            section .card 5-5 in @media (max-width: 600px)
            section spin 6-6
            section @supports (display: grid) 7-7
            section .g 7-7 in @supports (display: grid)
            section @font-face 8-8
            section @layer base 10-10
            section h1 10-10 in @layer base
            section .a 11-11
            section &:hover 11-11 in .a
            section .b & 11-11 in .a
            refers to: --main
        "#]],
    );
}
